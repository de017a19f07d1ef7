"""torch.*: bounds, choice by a condition, what to do with NaN, and when two tensors are equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.node import titled, written
from minitorch.engine.views import write
from minitorch.faces import complexes
from minitorch.faces.elementwise import binary, in_place_of, inplace, same_dtype
from minitorch.faces.operands import (
    TensorArgument,
    box_of,
    fitting,
    is_number,
    promoted,
    scalar,
    shape_error,
    to_dtype,
)
from minitorch.ops import elementwise as ew


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """`input`, but at least `min` and at most `max`, numbers or tensors; the slope at them is 1.

    Example:
        >>> torch.clamp(torch.tensor([-2., 0.5, 2.]), min=-1, max=1)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    x = _ordered(box_of(input, "clamp(): argument 'input'"))
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Box) or isinstance(max, Box):
        x = x if min is None else _at_least(x, min)
        return x if max is None else _at_most(x, max)
    bounds = [bound for bound in (min, max) if bound is not None]
    if x._value.dtype.kind == "f" and all(type(b) is float and -1e4 < b < 1e4 for b in bounds):
        return ew.clamp.unary(x, min, max)  # no dtype to find, nothing that might not fit
    x, *_ = promoted(x, *bounds, name="clamp")
    _ordered(x)
    for bound in bounds:
        fitting(bound, x._value.dtype, x.face)
    return ew.clamp.unary(x, *_unsigned(x, min, max))


def _unsigned(x: Box, *bounds: Any) -> tuple[Any, ...]:
    """The bounds; of unsigned integers, negative ones wrapped around."""
    if x._value.dtype.kind != "u":
        return bounds
    wrap = 1 << 8 * x._value.dtype.itemsize
    return tuple(b % wrap if isinstance(b, int) and b < 0 else b for b in bounds)


def _ordered(x: Any) -> Any:
    if x._value.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    return x


def clamp_(self: Any, min: Any = None, max: Any = None) -> Any:
    """In place: at least `min` and at most `max`."""
    _ordered(self)
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, Box) or isinstance(max, Box):
        self = self if min is None else _at_least_(self, min)
        return self if max is None else _at_most_(self, max)
    for bound in (min, max):
        if bound is not None:
            _bound(bound, "clamp_")
    return write(ew.clamp, self, *_unsigned(self, min, max))


_at_least, _at_most = binary(ew.at_least, "clamp"), binary(ew.at_most, "clamp")
_at_least_, _at_most_ = inplace(ew.at_least, "clamp_"), inplace(ew.at_most, "clamp_")


def _bound(value: Any, name: str) -> None:
    if not isinstance(value, Box):
        scalar(value, f"{name}(): the bound")


def clamp_min(input: Any, min: Any) -> Any:
    """`input`, but at least `min`."""
    _bound(min, "clamp_min")
    return titled(clamp(input, min=min), f"ClampMinBackward{int(isinstance(min, Box))}")


def clamp_max(input: Any, max: Any) -> Any:
    """`input`, but at most `max`."""
    _bound(max, "clamp_max")
    return titled(clamp(input, max=max), f"ClampMaxBackward{int(isinstance(max, Box))}")


def clamp_min_(self: Any, min: Any) -> Any:
    """In place: at least `min`."""
    _bound(min, "clamp_min_")
    op = ew.at_least if isinstance(min, Box) else ew.clamp
    return written(clamp_(self, min=min), op, f"ClampMinBackward{int(isinstance(min, Box))}")


def clamp_max_(self: Any, max: Any) -> Any:
    """In place: at most `max`."""
    _bound(max, "clamp_max_")
    op = ew.at_most if isinstance(max, Box) else ew.clamp
    return written(clamp_(self, max=max), op, f"ClampMaxBackward{int(isinstance(max, Box))}")


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition is true, else `other`; without them, the places of the true.

    Example:
        >>> torch.where(torch.tensor([True, False]), torch.tensor([1., 2.]), 0.)
        tensor([1., 0.])
    """
    condition = box_of(condition, "where(): argument 'condition' (position 1)")
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)  # type: ignore[attr-defined]
    if condition._value.dtype.kind not in "bu":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype}"  # type: ignore[attr-defined]
        )
    mask = to_dtype(condition, np.dtype(bool))
    if not isinstance(input, Box) and not isinstance(other, Box):
        a, b, _ = promoted(input, other, condition, name="where")
    else:
        a, b = promoted(input, other, name="where")
    try:
        return ew.where.apply((mask, a, b), ())
    except ValueError:
        raise shape_error("where", mask, a, b) from None


def nan_to_num(input: Any, nan: float | None = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """`input` with NaN and infinities replaced, the latter by the dtype's limits by default."""
    x = box_of(input, "nan_to_num(): argument 'input'")
    if x._value.dtype.kind not in "fc":
        return x.clone()  # type: ignore[attr-defined]
    if x._value.dtype.kind == "c":
        re, im = (nan_to_num(part, nan, posinf, neginf) for part in (x.real, x.imag))  # type: ignore[attr-defined]
        return complexes.complex(re, im)
    for bound in (nan, posinf, neginf):
        if bound is not None and not is_number(bound):
            raise TypeError(
                f"nan_to_num(): its bounds must be float, not {type(bound).__name__}: {bound!r}"
            )
    limits = np.finfo(x._value.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    return ew.finite_part.unary(x, float(nan or 0), high, low)


def isclose(input: TensorArgument, other: TensorArgument, rtol: float = 1e-5, atol: float = 1e-8,
            equal_nan: bool = False) -> Any:  # fmt: skip
    """Whether |input - other| <= atol + rtol * |other|, elementwise."""
    same_dtype("isclose", input, other)
    a, b = promoted(input, other, name="isclose")
    if not (rtol >= 0 and atol >= 0):
        raise RuntimeError(
            f"rtol and atol must be greater than or equal to zero, but got {rtol} and {atol}"
        )
    try:
        value = np.isclose(a._value, b._value, float(rtol), float(atol), equal_nan)
    except ValueError:
        raise shape_error("isclose", a, b) from None
    return a.face._from(value)  # type: ignore[attr-defined]


def allclose(input: TensorArgument, other: TensorArgument, rtol: float = 1e-5, atol: float = 1e-8,
             equal_nan: bool = False) -> bool:  # fmt: skip
    """Whether all elements are close; see `isclose`."""
    return bool(isclose(input, other, rtol, atol, equal_nan)._value.all())


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    a, b = box_of(input, "equal(): argument 'input'"), box_of(other, "equal(): argument 'other'")
    return a._value.shape == b._value.shape and bool((a._value == b._value).all())


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (clamp, clamp_min, clamp_max, where, nan_to_num, isclose, allclose, equal)
}
functions.update(clip=clamp)
methods: dict[str, Callable[..., Any]] = {
    "clamp_": clamp_, "clip_": clamp_, "clamp_min_": clamp_min_, "clamp_max_": clamp_max_,
    "nan_to_num_": in_place_of(nan_to_num, "nan_to_num_"),
}  # fmt: skip
takes_out = ("clamp", "clip", "clamp_min", "clamp_max", "where", "nan_to_num")
