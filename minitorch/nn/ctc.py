"""The loss of connectionist temporal classification (Graves et al. 2006).

The probability of a target is that of all ways in which its labels, with blanks between them,
can be stretched over the time steps. It is summed forward in time, in logarithms, for all
examples at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.faces.choosing import where
from minitorch.faces.examples import all_values
from minitorch.faces.interchange import from_numpy
from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating, require_tensor
from minitorch.nn.reduction import check_reduction, reduced

__all__ = ["ctc_loss"]


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log probability of label sequences that are not aligned with the input.

    Args:
        log_probs: log probabilities of the labels at each time, `(T, N, C)` or `(T, C)`.
        targets: the labels, `(N, S)` with what comes after each target's length ignored, or all
            targets one after the other in one dimension.
        input_lengths, target_lengths: how many time steps and labels of each example count.
        blank: which of the C labels stands for none.
        reduction: "mean" (each loss is first divided by its target's length), "sum" or "none".
        zero_infinity: whether losses of targets too long for their input become 0.

    The gradient is PyTorch's: it supposes that `log_probs` come out of `log_softmax`.

    Raises:
        RuntimeError: lengths or dtypes that do not fit.

    Example:
        >>> scores = torch.zeros(2, 1, 2).log_softmax(2)
        >>> torch.nn.functional.ctc_loss(scores, torch.tensor([[1]]), (2,), (1,))
        tensor(0.2877)
    """
    check_reduction(reduction)
    require_tensor(log_probs, "ctc_loss", "log_probs", 1)
    require_tensor(targets, "ctc_loss", "targets", 2)
    if log_probs._value.dtype.itemsize == 2:
        raise NotImplementedError("\"ctc_loss_cpu\" not implemented for 'Half': use .float()")
    require_floating(log_probs, "ctc_loss_cpu")
    single = log_probs.ndim == 2
    scores = log_probs.unsqueeze(1) if single else log_probs
    steps, size, classes = scores.shape
    if not scores.numel():
        raise RuntimeError(
            f"log_probs tensor must not be empty: ctc_loss() got one of shape {log_probs.shape}"
        )
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: {blank} of {classes} labels")
    times = _lengths("input_lengths", input_lengths, size, steps)
    counts = _lengths("target_lengths", target_lengths, size, None)
    labels = _stretched(all_values(targets), counts, blank)
    if not 0 <= labels.min() <= labels.max() < classes:
        raise RuntimeError(
            f"ctc_loss(): targets must be labels from 0 to {classes - 1}, but there are values "
            f"from {labels.min()} to {labels.max()}"
        )
    losses = -_log_probability(scores, labels, times, counts, blank)
    losses = _turned(losses, scores, times, zero_infinity)
    if reduction == "mean":
        losses = losses / from_numpy(np.maximum(counts, 1).astype(losses._value.dtype))
    return reduced(losses.squeeze(0) if single else losses, reduction)


def _lengths(name: str, given: Any, size: int, most: int | None) -> np.ndarray:
    """The lengths of the examples, as checked integers."""
    values = np.asarray(all_values(given) if isinstance(given, Tensor) else given)
    if values.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral")
    values = values.reshape(-1)
    if len(values) != size:
        raise RuntimeError(f"{name} must be of size batch_size: {size}, not {len(values)}")
    if values.min(initial=0) < 0:
        raise RuntimeError(f"Expected {name} to have value at least 0, but got {values.min()}")
    if most is not None and values.max(initial=0) > most:
        raise RuntimeError(
            f"Expected {name} to have value at most {most}, but got value {values.max()}"
        )
    return values


def _stretched(targets: np.ndarray, counts: np.ndarray, blank: int) -> np.ndarray:
    """Each target with blanks before, between and behind its labels: a row of `2 S + 1`."""
    longest = int(counts.max(initial=0))
    if targets.ndim not in (1, 2):
        raise RuntimeError(
            f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument "
            "#2 'targets'"
        )
    if targets.ndim == 1:
        _check_size(targets, 0, int(counts.sum()), "")
    else:
        _check_size(targets, 0, len(counts), "")
        _check_size(targets, 1, longest, "at least ")
    labels = np.full((len(counts), 2 * longest + 1), blank, np.int64)
    starts = np.cumsum(counts) - counts
    for i, n in enumerate(counts):
        labels[i, 1 : 2 * n : 2] = (
            targets[i, :n] if targets.ndim == 2 else targets[starts[i] : starts[i] + n]
        )
    return labels


def _check_size(targets: np.ndarray, axis: int, needed: int, least: str) -> None:
    size = targets.shape[axis]
    if size < needed or (size > needed and not least):
        raise RuntimeError(
            f"Expected tensor to have size {least}{needed} at dimension {axis}, but got size "
            f"{size} for argument #2 'targets'"
        )


def _log_probability(
    scores: Tensor, labels: np.ndarray, times: np.ndarray, counts: np.ndarray, blank: int
) -> Any:
    """The log probability of each target: the recursion over time."""
    steps, size, _ = scores.shape
    width = labels.shape[1]
    index = from_numpy(labels).expand(steps, size, width)
    emitted: Any = scores.gather(2, index)
    impossible = scores.new_full((size, 2), -math.inf)
    # a blank between two labels may be left out if they differ
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    may_skip, never = from_numpy(skips), scores.new_full((), -math.inf)
    begins = from_numpy(np.broadcast_to(np.arange(width) < 2, labels.shape).copy())
    sums = where(begins, emitted[0], never)
    for t in range(1, steps):
        padded = cat([impossible, sums], 1)
        one, two = padded[:, 1 : width + 1], where(may_skip, padded[:, :width], never)
        longer = sums.logaddexp(one).logaddexp(two) + emitted[t]
        going = times > t
        sums = longer if going.all() else where(from_numpy(going).unsqueeze(1), longer, sums)
    return _ends(sums, counts, never)


def _ends(sums: Any, counts: np.ndarray, never: Any) -> Any:
    """The sum of the two ways to end: with the last label and with a blank behind it."""
    last = from_numpy(2 * counts.astype(np.int64)).unsqueeze(1)
    label = where(last > 0, sums.gather(1, (last - 1).clamp(min=0)), never)
    return sums.gather(1, last).logaddexp(label).squeeze(1)


def _turned(losses: Any, scores: Any, times: np.ndarray, zero_infinity: bool) -> Any:
    """The same losses, with PyTorch's gradient.

    That has the probabilities beyond the loss's own gradient; on the way back through
    `log_softmax` these vanish. Where a target is impossible it is NaN, or 0 with the loss.
    """
    running = from_numpy(np.arange(scores.shape[0])[:, np.newaxis] < times)
    total = scores.exp().sum(2).masked_fill(~running, 0).sum(0)
    hopeless = losses == math.inf
    losses = losses + (total - total.detach())
    if zero_infinity:
        return losses.masked_fill(hopeless, 0)
    infinite = where(hopeless, total + math.inf, total.new_zeros(())).exp().log()
    return where(hopeless, infinite, losses)  # the slope is 0 * inf
