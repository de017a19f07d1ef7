"""Limiting gradients, between `backward()` and `optimizer.step()`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients so that their norm, taken over all of them, is at most `max_norm`.

    Args:
        parameters: the tensors whose `.grad` is changed in place; one tensor or several.
        max_norm: the largest norm allowed.
        norm_type: the p of the norm; `inf` for the largest absolute value.
        error_if_nonfinite: raise RuntimeError where the norm is infinite or NaN.
        foreach: accepted for PyTorch's sake; there is one way of doing it here.

    Returns:
        The norm before scaling.

    Example:
        >>> p = torch.nn.Parameter(torch.zeros(2))
        >>> p.grad = torch.tensor([3.0, 4.0])
        >>> torch.nn.utils.clip_grad_norm_(p, 1.0), p.grad
        (tensor(5.), tensor([0.6000, 0.8000]))
    """
    max_norm, norm_type = float(max_norm), float(norm_type)
    grads = _grads(parameters)
    total = get_total_norm(grads, norm_type, error_if_nonfinite)
    _scale(grads, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The old name of `clip_grad_norm_`."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
        "`torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Limit every element of the gradients to ±`clip_value`, in place.

    Example:
        >>> p = torch.nn.Parameter(torch.zeros(2))
        >>> p.grad = torch.tensor([3.0, -4.0])
        >>> torch.nn.utils.clip_grad_value_(p, 2)
        >>> p.grad
        tensor([ 2., -2.])
    """
    bound = float(clip_value)
    for grad in _grads(parameters):
        np.clip(grad._value, -bound, bound, out=grad._value)
        grad._counter[0] += 1


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor,
    foreach: bool | None = None,
) -> None:
    """Scale the gradients by `max_norm / total_norm`, where that is less than 1."""
    _scale(_grads(parameters), float(max_norm), total_norm)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of some tensors taken together.

    Example:
        >>> torch.nn.utils.get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])
        tensor(5.)
    """
    p = float(norm_type)
    values = [tensor._value for tensor in _listed(tensors)]
    if not values:
        return fresh(Tensor, np.zeros((), np.float32))
    norms = np.stack([_norm(value.ravel(), p) for value in values])
    total = np.asarray(_norm(norms, p))
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it "
            "cannot be clipped. To disable this error and scale the gradients by the non-finite "
            "norm anyway, set `error_if_nonfinite=False`"
        )
    return fresh(Tensor, total)


def _norm(x: np.ndarray, p: float) -> Any:
    """The p-norm of a vector, of whatever length."""
    if not x.size:
        return x.dtype.type(0)
    if p == 2.0 and x.dtype.kind == "f" and x.dtype.itemsize > 2:
        return np.sqrt(np.dot(x, x))
    with np.errstate(divide="ignore"):
        return np.linalg.norm(x, p).astype(np.abs(x[:1]).dtype)


def _scale(grads: list[Tensor], max_norm: float, total: Tensor) -> None:
    scale = total._value.dtype.type(max_norm) / (total._value + total._value.dtype.type(1e-6))
    if scale >= 1:
        return
    with np.errstate(invalid="ignore"):  # an infinite norm makes NaN of infinite elements
        for grad in grads:
            value = grad._value
            np.multiply(value, value.dtype.type(scale), out=value)
            grad._counter[0] += 1


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The gradients that the parameters have."""
    listed = _listed(parameters)
    if not listed and not isinstance(parameters, (list, tuple)):
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=3
        )
    return [parameter.grad for parameter in listed if parameter.grad is not None]
