"""The embeddings of `torch.nn.functional`: rows of a table, and sums of such rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.modes import no_grad
from minitorch.errors.raising import teaching
from minitorch.faces.choosing import where
from minitorch.faces.examples import all_values
from minitorch.faces.interchange import from_numpy
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_tensor
from minitorch.ops import embedding as ops
from minitorch.ops import index

__all__ = ["embedding", "embedding_bag"]


def _check_table(input: Any, weight: Any, name: str) -> None:
    require_tensor(input, name, "indices", 2)
    require_tensor(weight, name, "weight", 1)
    if input._value.dtype.name not in ("int64", "int32"):
        raise teaching(RuntimeError)(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
            f"Long, Int; but got {input.dtype.scalar_type} instead (while checking arguments for "
            f"{name}); input.long() converts"
        )


def _dense(sparse: bool, name: str) -> None:
    if sparse:
        raise NotImplementedError(
            f"{name}(sparse=True): there are no sparse gradients here; sparse=False gives the same "
            "numbers"
        )


def _wrapped(padding_idx: int | None, rows: int) -> int | None:
    """The row of the padding, counted from the first."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings: {padding_idx} of {rows} rows"
        )
    return padding_idx % rows


def _renormalize(weight: Tensor, places: np.ndarray, max_norm: float, kind: float) -> None:
    """Shorten the rows that are looked up to `max_norm`, in place."""
    with no_grad():
        rows = from_numpy(np.unique(places))
        table = weight.detach()
        chosen = table[rows]
        norms = chosen.norm(kind, 1, keepdim=True)
        factor = where(norms > max_norm, max_norm / (norms + 1e-7), norms.new_ones(()))
        table[rows] = chosen * factor


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of a table that the indices name.

    Args:
        input: indices of shape `(*)`.
        weight: the table, `(V, D)`; the result has shape `(*, D)`.
        padding_idx: the row that gets no gradient.
        max_norm, norm_type: rows longer than `max_norm` are first shortened to it, in place.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is named.
        sparse: has to be False.

    Raises:
        IndexError: an index names no row.

    Example:
        >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> torch.nn.functional.embedding(torch.tensor([1, 0, 1]), table)
        tensor([[3., 4.],
                [1., 2.],
                [3., 4.]])
    """
    _check_table(input, weight, "embedding")
    _dense(sparse, "embedding")
    if weight.ndim != 2:
        raise RuntimeError(f"'weight' must be 2-D, not {weight.ndim}-D: a table of rows")
    padding = _wrapped(padding_idx, weight.shape[0])
    places = all_values(input)
    _check_rows(places, weight.shape[0])
    if max_norm is not None:
        _renormalize(weight, places, max_norm, norm_type)
    y: Any = ops.embedding.binary(weight, input)
    if scale_grad_by_freq:
        counts = np.bincount(places.reshape(-1), minlength=weight.shape[0])[places]
        share = from_numpy(np.asarray(1 / counts, y.dtype.numpy)).unsqueeze(-1)
        y = y.detach() + (y - y.detach()) * share
    if padding is not None and y._node is not None:
        y = where((input == padding).unsqueeze(-1), y.detach(), y)
    return y


def _check_rows(places: np.ndarray, rows: int) -> None:
    if places.size and (places.min() < 0 or places.max() >= rows):
        wrong = places[(places < 0) | (places >= rows)].flat[0]
        raise (IndexError if rows else RuntimeError)(
            f"index out of range in self: embedding() of index {wrong} in a table of {rows} rows"
        )


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sums (or means, or maxima) of bags of rows of a table.

    Args:
        input: indices, a bag in each row of shape `(B, N)`, or one after the other in `(N,)`.
        weight: the table, `(V, D)`; the result has shape `(B, D)`.
        offsets: where in `(N,)` each bag begins; with `include_last_offset` also where the last
            one ends.
        max_norm, norm_type: rows longer than `max_norm` are first shortened to it, in place.
        scale_grad_by_freq: whether a row's gradient is divided by how often it is named.
        mode: "sum", "mean" or "max".
        sparse: has to be False.
        per_sample_weights: what each row is multiplied with, in the shape of `input`.
        padding_idx: the row that counts for nothing.

    Raises:
        ValueError, RuntimeError: shapes, offsets or indices that do not fit.

    Example:
        >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> torch.nn.functional.embedding_bag(torch.tensor([[1, 0], [1, 1]]), table)
        tensor([[2., 3.],
                [3., 4.]])
    """
    require_tensor(input, "embedding_bag", "input", 1)
    require_tensor(weight, "embedding_bag", "weight", 2)
    _check_bag(input, weight, offsets, per_sample_weights, mode, scale_grad_by_freq)
    _dense(sparse, "embedding_bag")
    places, starts = _bags(input, offsets, include_last_offset)
    rows = weight.shape[0]
    if places.size and (places.min() < 0 or places.max() >= rows):
        i = int(((places < 0) | (places >= rows)).argmax())
        raise RuntimeError(
            f"Index {i} of input takes value {places[i]} which is not in the valid range "
            f"[0, {rows})"
        )
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but "
            f"got {padding_idx}"
        )
    if max_norm is not None:
        _renormalize(weight, places, max_norm, norm_type)
    ends = np.append(starts[1:], len(places))
    owner = np.repeat(np.arange(len(starts)), ends - starts)
    counted = np.ones(len(places), bool)
    if padding_idx is not None:
        counted = places != padding_idx % rows
    factors = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if not counted.all():
        kept = np.flatnonzero(counted)
        places, owner = places[kept], owner[kept]
        factors = None if factors is None else factors[from_numpy(kept)]
    found = embedding(from_numpy(places.copy()), weight, scale_grad_by_freq=scale_grad_by_freq)
    if factors is not None:
        found = found * factors.unsqueeze(1)
    return _joined(found, owner, len(starts), mode)


def _check_bag(
    input: Tensor, weight: Tensor, offsets: Any, factors: Any, mode: str, scaled: bool
) -> None:
    if factors is not None and input.shape != factors.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({factors.shape}) is not None, then it must "
            f"have the same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}"
        )
    if input.dim() not in (1, 2):
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}"
        )
    if input.dim() == 2 and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of "
            f"fixed length sequences. However, found offsets of type {type(offsets)}"
        )
    if input.dim() == 1 and (offsets is None or offsets.dim() != 1):
        raise ValueError("offsets has to be a 1D Tensor" + " but got None" * (offsets is None))
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scaled:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if factors is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}')."
        )
    _check_table(input, weight, "embedding_bag")
    if factors is not None and factors.dtype != weight.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument "
            f"'per_sample_weights'; but these have {weight.dtype} and {factors.dtype}"
        )


def _bags(
    input: Tensor, offsets: Tensor | None, include_last: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The indices in one row, and where in it each bag begins."""
    places = all_values(input)
    if offsets is None:
        size, width = places.shape
        return places.reshape(-1), np.arange(size) * width
    starts = all_values(offsets)
    if starts.dtype.name not in ("int64", "int32"):
        raise RuntimeError(
            "Expected tensor for argument #1 'offsets' to have one of the following scalar types: "
            f"Long, Int; but got {offsets.dtype.scalar_type} instead"
        )
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
            f"position 0. However, got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(places):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(places)} but got "
            f"offsets[-1] of {starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise RuntimeError(f"offsets of bags have to rise, but are {starts.tolist()}")
    if include_last:
        places, starts = places[: starts[-1]], starts[:-1]
    return places, starts


def _joined(found: Any, owner: np.ndarray, bags: int, mode: str) -> Tensor:
    """The rows of each bag as one; a bag without any is 0."""
    if mode == "max":
        return _largest(found, owner, bags)
    sums: Any = ops.add_rows(found, fresh(Tensor, owner), bags)
    if mode == "sum":
        return sums
    counts = np.maximum(np.bincount(owner, minlength=bags), 1)
    return sums / from_numpy(counts.astype(sums.dtype.numpy)).unsqueeze(1)


def _largest(found: Any, owner: np.ndarray, bags: int) -> Tensor:
    """The maximum of each bag and column, of which the first gets the gradient."""
    values = found.detach()._value
    filled, starts = np.unique(owner, return_index=True)
    ends = np.append(starts, len(owner))[1:]
    best = [values[a:b].argmax(0) + a for a, b in zip(starts, ends, strict=True)]
    places = np.array(best, int).reshape(len(filled), values.shape[1])
    chosen = index.take.unary(found, (places, np.arange(values.shape[1])))
    result: Any = ops.add_rows(chosen, fresh(Tensor, filled), bags)
    return result
