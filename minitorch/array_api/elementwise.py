"""Elementwise functions of the array API standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .operands import is_tensor, together, torch, with_number

_SAME_NAME = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log "
    "log10 log1p log2 logical_not negative reciprocal round sin sinh signbit sqrt square tan tanh "
    "trunc"
)
_OF_ONE = {**{name: name for name in _SAME_NAME.split()}, "bitwise_invert": "bitwise_not",
           "sign": "sgn"}  # fmt: skip
_OF_TWO = {
    **{
        name: name
        for name in (
            "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
            "copysign divide floor_divide hypot logaddexp logical_and logical_or logical_xor "
            "maximum minimum multiply nextafter pow remainder subtract"
        ).split()
    },
    "equal": "eq",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "not_equal": "ne",
}
_KEPT_ON_INTEGERS = ("ceil", "floor", "round", "trunc")


def _unary(name: str, target: str) -> Callable[[Any], Any]:
    def function(x: Any, /) -> Any:
        if name in _KEPT_ON_INTEGERS and not x.is_floating_point() and not x.is_complex():
            return x.clone()
        return getattr(torch, target)(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`torch.{target}` of each element."
    return function


def _binary(name: str, target: str) -> Callable[[Any, Any], Any]:
    def function(x1: Any, x2: Any, /) -> Any:
        return getattr(torch, target)(*together(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`torch.{target}` of each pair of elements."
    return function


def positive(x: Any, /) -> Any:
    """A copy of `x`."""
    return x.clone()


def real(x: Any, /) -> Any:
    """The real part of each element."""
    return torch.real(x) if x.is_complex() else x.clone()


def imag(x: Any, /) -> Any:
    """The imaginary part of each element."""
    return torch.imag(x) if x.is_complex() else torch.zeros_like(x)


def conj(x: Any, /) -> Any:
    """The complex conjugate of each element."""
    return torch.conj(x) if x.is_complex() else x.clone()


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Each element, but no less than `min` and no more than `max`; in the dtype of `x`."""
    bounds = {}
    for name, bound in (("min", min), ("max", max)):
        if bound is not None:
            if not is_tensor(bound):
                with_number(x.dtype, bound)
            bounds[name] = bound.to(x.dtype) if is_tensor(bound) else bound
    if not bounds:
        return x.clone()
    if any(is_tensor(bound) for bound in bounds.values()):
        bounds = {n: torch.asarray(b, dtype=x.dtype) for n, b in bounds.items()}
    return torch.clamp(x, **bounds)


functions: dict[str, Callable[..., Any]] = {
    **{name: _unary(name, target) for name, target in _OF_ONE.items()},
    **{name: _binary(name, target) for name, target in _OF_TWO.items()},
    **{f.__name__: f for f in (positive, real, imag, conj, clip)},
}
