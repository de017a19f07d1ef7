"""torch.*: losses whose reduction is a number, and embeddings whose weight comes first.

These are the functions below those of `torch.nn.functional`, which programs seldom call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F

__all__ = [
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "embedding",
    "embedding_bag", "hinge_embedding_loss", "kl_div", "margin_ranking_loss", "poisson_nll_loss",
    "triplet_margin_loss",
]  # fmt: skip

REDUCTIONS = ("none", "mean", "sum")
MODES = ("sum", "mean", "max")


def _named(reduction: int) -> str:
    """The name of a reduction: 0 is "none", 1 is "mean", 2 is "sum"."""
    if isinstance(reduction, bool) or not isinstance(reduction, int):
        raise TypeError(
            f"argument 'reduction' must be int, not {type(reduction).__name__}: 0 for none, 1 for "
            "mean, 2 for sum; torch.nn.functional takes their names"
        )
    if not 0 <= reduction < 3:
        raise RuntimeError(f"reduction must be 0 (none), 1 (mean) or 2 (sum), not {reduction}")
    return REDUCTIONS[reduction]


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    pos_weight: Tensor | None = None,
    reduction: int = 1,
) -> Tensor:
    """`functional.binary_cross_entropy_with_logits`, its reduction a number."""
    return F.binary_cross_entropy_with_logits(
        input, target, weight, pos_weight=pos_weight, reduction=_named(reduction)
    )


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """`functional.cosine_embedding_loss`, its reduction a number."""
    return F.cosine_embedding_loss(input1, input2, target, margin, reduction=_named(reduction))


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 1,
    zero_infinity: bool = False,
) -> Tensor:
    """`functional.ctc_loss`, its reduction a number."""
    return F.ctc_loss(
        log_probs, targets, input_lengths, target_lengths, blank, _named(reduction), zero_infinity
    )


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 1
) -> Tensor:
    """`functional.hinge_embedding_loss`, its reduction a number."""
    return F.hinge_embedding_loss(input, target, margin, reduction=_named(reduction))


def kl_div(
    input: Tensor, target: Tensor, reduction: int = 1, *, log_target: bool = False
) -> Tensor:
    """`functional.kl_div`, its reduction a number."""
    losses = F.kl_div(input, target, reduction="none", log_target=log_target)
    how = _named(reduction)
    return losses if how == "none" else losses.mean() if how == "mean" else losses.sum()


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """`functional.margin_ranking_loss`, its reduction a number."""
    return F.margin_ranking_loss(input1, input2, target, margin, reduction=_named(reduction))


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int
) -> Tensor:
    """`functional.poisson_nll_loss`, its reduction a number."""
    return F.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=_named(reduction))


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 1,
) -> Tensor:
    """`functional.triplet_margin_loss`, its reduction a number."""
    return F.triplet_margin_loss(
        anchor, positive, negative, margin, p, eps, swap, reduction=_named(reduction)
    )


def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of `weight`, as `functional.embedding` gives them; a `padding_idx` of -1 is none.

    Example:
        >>> torch.embedding(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1, 0]))
        tensor([[3., 4.],
                [1., 2.]])
    """
    padding = None if padding_idx < 0 else padding_idx
    return F.embedding(indices, weight, padding, None, 2.0, scale_grad_by_freq, sparse)


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums (mode 0), means (1) or maxima (2) of rows of `weight`; see `functional.embedding_bag`.

    Returns:
        The results; to which bag each index belongs; how many each bag holds; and for the maxima
        the row that each is of. PyTorch leaves these out where it has not computed them.
    """
    if mode not in range(3):
        raise RuntimeError(
            f"embedding_bag(): mode must be 0 (sum), 1 (mean) or 2 (max), not {mode}"
        )
    y = F.embedding_bag(
        indices, weight, offsets, None, 2.0, scale_grad_by_freq, MODES[mode], sparse,
        per_sample_weights, include_last_offset, padding_idx,
    )  # fmt: skip
    rows, starts = indices._value, offsets._value
    bags = len(starts) - include_last_offset
    owner = np.searchsorted(starts[:bags], np.arange(len(rows)), "right") - 1
    kept = np.ones(len(rows), bool) if padding_idx is None else rows != padding_idx
    sizes = np.bincount(owner[kept], minlength=bags).astype(rows.dtype)
    largest = sizes if mode < 2 else _largest_rows(weight._value, rows, owner, kept, bags)
    parts = (owner.astype(rows.dtype), sizes, largest)
    return (y, *(fresh(Tensor, part) for part in parts))  # type: ignore[return-value]


def _largest_rows(
    weight: np.ndarray, rows: np.ndarray, owner: np.ndarray, kept: np.ndarray, bags: int
) -> np.ndarray:
    """For each bag and column, which row of `weight` holds the largest number; 0 if none."""
    found = np.zeros((bags, weight.shape[1]), rows.dtype)
    for bag in range(bags):
        mine = rows[kept & (owner == bag)]
        if len(mine):
            found[bag] = mine[weight[mine].argmax(0)]
    return found
