"""Losses of class indices under vmap, where the indices differ from example to example."""

from __future__ import annotations

from typing import Any

from minitorch.faces.examples import all_values


def mapped_nll(scores: Any, target: Any, weight: Any, ignore_index: int, reduction: str,
               smoothing: float = 0.0) -> Any:  # fmt: skip
    """`nll_loss` of log probabilities, made of operations on whole tensors.

    Args:
        scores: log probabilities of shape `(C,)`, `(N, C)` or `(N, C, d1, …)`.
        target: class indices of shape `()`, `(N,)` or `(N, d1, …)`.
        smoothing: how much of the target is spread evenly over the classes.

    Raises:
        IndexError: a target is not the index of a class.
    """
    classes, shape = scores.shape[0 if scores.ndim == 1 else 1], target.shape
    rows = scores.reshape(1, -1) if scores.ndim == 1 else scores.movedim(1, -1)
    rows, places = rows.reshape(-1, classes), target.reshape(-1)
    _check_range(target, classes, ignore_index)
    ignored = places == ignore_index
    safe = places.masked_fill(ignored, 0).reshape(-1, 1)
    weights = rows.new_ones(1, classes) if weight is None else weight.reshape(1, -1)
    chosen = weights.expand(len(safe), classes).gather(1, safe).reshape(-1)
    counted = chosen.masked_fill(ignored, 0.0)
    losses = -rows.gather(1, safe).reshape(-1).masked_fill(ignored, 0.0) * counted
    if smoothing:
        spread = -(rows * weights).sum(1).masked_fill(ignored, 0.0)
        losses = (1 - smoothing) * losses + smoothing / classes * spread
    if reduction == "none":
        return losses.reshape(shape)
    return losses.sum() / counted.sum() if reduction == "mean" else losses.sum()


def _check_range(target: Any, classes: int, ignore_index: int) -> None:
    values = all_values(target)
    wrong = values[((values < 0) | (values >= classes)) & (values != ignore_index)]
    if wrong.size:
        raise IndexError(f"Target {wrong.flat[0]} is out of bounds: there are {classes} classes")
