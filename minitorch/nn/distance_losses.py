"""The losses of `torch.nn.functional` that measure distances between two tensors of one shape."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.errors.matching import same_size
from minitorch.faces.operands import promoted
from minitorch.faces.shaping import broadcast_tensors
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating
from minitorch.nn.reduction import check_reduction, reduced, reduction_of
from minitorch.ops import loss

__all__ = ["huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"]


def _pair(name: str, input: Any, target: Any) -> None:
    for x in (input, target):
        if not isinstance(x, Tensor):
            raise AttributeError(
                f"'{type(x).__name__}' object has no attribute 'size': {name}() takes two "
                "tensors; make one with torch.tensor(...)"
            )
    if input.shape != target.shape:
        hint = same_size(list(input.shape), list(target.shape))
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            f"Please ensure they have the same size.{f' hint: {hint}' if hint else ''}",
            stacklevel=3,
        )


def _alike(input: Any, target: Any) -> bool:
    """Whether these are floating-point tensors of one shape and dtype, with elements."""
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        return False
    a, b = input._value, target._value
    return a.dtype is b.dtype and a.dtype.kind == "f" and a.shape == b.shape and a.size > 0


def _weighted(losses: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    if weight is None:
        return reduced(losses, reduction)
    if weight.shape != losses.shape:
        raise ValueError(
            f"Weights and input must have the same size: got {weight.shape} and {losses.shape}"
        )
    losses = losses * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of `(input - target)²`; with `weight`, the weighted mean.

    Shapes that differ broadcast, with a warning.

    Example:
        >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]))
        tensor(4.5000)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    if reduction == "mean" and weight is None and _alike(input, target):
        return loss.mse.binary(input, target)
    check_reduction(reduction)
    _pair("mse_loss", input, target)
    a, b = promoted(input, target, name="mse_loss")
    require_floating(a, "mse_cpu")  # type: ignore[arg-type]
    difference = a - b  # type: ignore[operator]
    return _weighted(difference * difference, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of `|input - target|`; with `weight`, the weighted mean.

    Example:
        >>> torch.nn.functional.l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0]))
        tensor(1.5000)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    _pair("l1_loss", input, target)
    return _weighted((input - target).abs(), weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The mean (or sum, or none) of `d² / (2 beta)` where `d = |input - target| < beta`.

    Elsewhere it is `d - beta / 2`; with `beta=0` it is `l1_loss`; arXiv 1504.08083.

    Example:
        >>> torch.nn.functional.smooth_l1_loss(torch.tensor([0.5, 3.0]), torch.zeros(2))
        tensor(1.3125)
    """
    reduction = reduction_of(size_average, reduce, reduction, 3)
    check_reduction(reduction)
    _pair("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta: {beta}")
    if not beta:
        return reduced((input - target).abs(), reduction)
    return reduced(_huber("smooth_l1_cpu", input, target, beta) / beta, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of `d² / 2` where `d = |input - target| < delta`.

    Elsewhere it is `delta * (d - delta / 2)` (Huber 1964). `weight` multiplies each element's
    loss.

    Example:
        >>> torch.nn.functional.huber_loss(torch.tensor([0.5, 3.0]), torch.zeros(2))
        tensor(1.3125)
    """
    check_reduction(reduction)
    _pair("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta: {delta}")
    losses = _huber("huber_cpu", input, target, delta)
    if weight is None:
        return reduced(losses, reduction)
    if weight.shape != input.shape:
        raise ValueError(
            f"Weights and input must have the same size: got {weight.shape} and {input.shape}"
        )
    return reduced(losses * weight, reduction)


def _huber(kernel: str, input: Tensor, target: Tensor, delta: float) -> Tensor:
    """Half the square of the difference; beyond `delta`, its tangent there."""
    a, b = broadcast_tensors(*promoted(input, target, name=kernel))
    require_floating(a, kernel)
    difference: Any = a - b
    near = difference.clamp(-delta, delta)
    return near * (difference - near * 0.5)
