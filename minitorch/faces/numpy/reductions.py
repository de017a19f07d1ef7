"""NumPy's reductions and scans, with NumPy's signatures, on boxes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.operands import (
    Axes,
    axis_index,
    axis_tuple,
    boxed,
    face_among,
    floating,
    into,
    is_tracked,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import reduce, shape
from minitorch.ops.complex import conjugate, real_part

Function = Callable[..., Any]
multiply, subtract = ufuncs[np.multiply], ufuncs[np.subtract]
INT64 = np.dtype(np.int64)


def axes_of(axis: Any, rank: int) -> Axes | None:
    """One or several axes as a tuple of non-negative ones; None for all.

    A 0-d array may be reduced along an axis 0 that it has not, as in NumPy.
    """
    if axis is None or (not rank and isinstance(axis, (int, np.integer)) and axis in (0, -1)):
        return None
    return axis_tuple(axis, rank)


def argument(a: Any, dtype: Any, *more: Any) -> Box:
    """The array that is reduced, in the dtype asked for; `more` tells the face if it is no box."""
    x = boxed(a, face_among(a, *more))
    return x if dtype is None else to_dtype(x, numpy_dtype(dtype))


def counted(x: Box, dtype: Any) -> Box:
    """`x` as sums and products take it: the Tensor face adds integers in int64."""
    small = dtype is None and x.face.rank and x._value.dtype.kind in "iub"
    return to_dtype(x, INT64) if small else x


def masking(where: Any, face: type[Box]) -> Box:
    """A mask as a box of bools."""
    mask = boxed(where, face)
    if mask._value.dtype != bool:
        raise TypeError(f"where= must be an array of bools, not of {mask._value.dtype}")
    return mask


def beginning(initial: Any, y: Box) -> Box:
    """The value that a reduction begins with, in the dtype of its result, as NumPy has it."""
    box = boxed(initial if isinstance(initial, Box) else np.asarray(initial), y.face)
    dtype = y._value.dtype
    if box._value.ndim:
        raise ValueError(f"initial= must be a number, not an array of shape {box._value.shape}")
    if box._value.dtype.kind == "c" != dtype.kind or (is_tracked(box) and dtype.kind in "iub"):
        raise TypeError(
            f"initial= of {box._value.dtype} would lose its imaginary part, or its gradient, in a "
            f"result of {dtype}: convert the array first, with .astype(...)"
        )
    return to_dtype(box, dtype)


def selected(x: Box, where: Any, fill: Any) -> Box:
    """`x` with `fill` where the mask is false."""
    if where is True:
        return x
    a, b = joined(x, fill)
    return ew.where.apply((masking(where, x.face), a, b), ())


def sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
        initial: Any = 0, where: Any = True) -> Any:  # fmt: skip
    """`numpy.sum`: the sum along axes."""
    x = selected(counted(argument(a, dtype, initial, where, out), dtype), where, 0)
    y = reduce.total.unary(x, axes_of(axis, x._value.ndim), bool(keepdims))
    if initial is not None and (isinstance(initial, Box) or initial != 0):
        y = ew.add.binary(y, beginning(initial, y))
    return into(out, y, "sum")


def prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
         initial: Any = 1, where: Any = True) -> Any:  # fmt: skip
    """`numpy.prod`: the product along axes."""
    x = selected(counted(argument(a, dtype, initial, where, out), dtype), where, 1)
    axes = axes_of(axis, x._value.ndim)
    axes = tuple(range(x._value.ndim)) if axes is None else axes
    kept = tuple(1 if i in axes else n for i, n in enumerate(x._value.shape))
    y = reduce.prod.unary(last(x, axes), x._value.ndim - len(axes), False)
    if keepdims:
        y = shape.reshape.unary(y, kept)
    if initial is not None and (isinstance(initial, Box) or initial != 1):
        y = ew.multiply.binary(y, beginning(initial, y))
    return into(out, y, "prod")


def last(x: Box, axes: Axes) -> Box:
    """`x` with the given axes folded into one, which is the last."""
    if len(axes) == 1 and axes[0] == x._value.ndim - 1:
        return x
    rest = tuple(i for i in range(x._value.ndim) if i not in axes)
    sizes = x._value.shape
    folded = math.prod(sizes[i] for i in axes)
    return shape.reshape(shape.transpose.unary(x, rest + axes), (*(sizes[i] for i in rest), folded))


def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *,
         where: Any = True) -> Any:  # fmt: skip
    """`numpy.mean`: the arithmetic mean along axes; integers give floating point."""
    x = floating(argument(a, dtype, where, out))
    axes = axes_of(axis, x._value.ndim)
    if where is True:
        return into(out, reduce.mean.unary(x, axes, bool(keepdims)), "mean")
    total = sum(x, axis, keepdims=keepdims, where=where)
    return into(out, ufuncs[np.divide](total, _count(x, axes, keepdims, where)), "mean")


def _count(x: Box, axes: Axes | None, keepdims: bool, where: Any) -> Box:
    """How many elements of `x` a mask selects along axes, in the dtype of `x`."""
    mask = to_dtype(masking(where, x.face), x._value.dtype)
    mask = shape.broadcast_to.unary(mask, x._value.shape)
    return reduce.total.unary(mask, axes, bool(keepdims))


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, *, where: Any = True, mean: Any = None,
        correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.var`: the variance along axes: the squared distances from the mean, summed and
    divided by n - ddof.
    """
    x = floating(argument(a, dtype, where, out, mean))
    if correction is not None:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    axes = axes_of(axis, x._value.ndim)
    if where is True and mean is None:
        y = reduce.var.unary(x, axes, ddof, bool(keepdims))
    else:
        y = _variance(x, axes, ddof, bool(keepdims), where, mean)
    return into(out, y, "var")


def _variance(x: Box, axes: Axes | None, ddof: float, keepdims: bool, where: Any,
              centre: Any) -> Any:  # fmt: skip
    """The variance of the elements that a mask selects, around their mean or another centre."""
    if centre is None:
        centre = mean(x, axes, keepdims=True, where=where)
    # masked before it is squared: what the mask hides may be NaN
    apart = selected(subtract(x, centre), where, 0)
    squares = real_part(apart * conjugate(apart))
    freedom = ew.clamp.unary(subtract(_count(squares, axes, keepdims, where), ddof), 0, None)
    return ufuncs[np.divide](reduce.total.unary(squares, axes, keepdims), freedom)


def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, *, where: Any = True, mean: Any = None,
        correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.std`: the standard deviation along axes; its slope is 0 where it is 0."""
    spread = var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean,
                 correction=correction)  # fmt: skip
    return into(out, ew.root.unary(spread), "std")


def _least(dtype: np.dtype[Any], largest: bool) -> Any:
    """What no element of a dtype is beyond: it can stand for no elements at all."""
    if dtype.kind in "fc":
        return -math.inf if largest else math.inf
    if dtype.kind == "b":
        return not largest
    limits = np.iinfo(dtype)
    return limits.min if largest else limits.max


def _extreme(name: str, op: Any, of_two: Any) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False,
                 initial: Any = None, where: Any = True) -> Any:  # fmt: skip
        x = argument(a, None, initial, where, out)
        if where is not True:
            if initial is None:
                raise ValueError(
                    f"reduction operation '{of_two.name}' does not have an identity, so to "
                    "use a where mask one has to specify 'initial'"
                )
            x = selected(x, where, _least(x._value.dtype, name == "max"))
        if initial is not None and not x._value.size:
            sizes = np.sum(np.empty(x._value.shape, bool), axis, keepdims=bool(keepdims)).shape
            return into(out, shape.broadcast_to(beginning(initial, x), sizes), name)
        y = op.unary(x, axes_of(axis, x._value.ndim), bool(keepdims))
        return into(out, y if initial is None else of_two.binary(y, beginning(initial, y)), name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: {op.doc}; ties share the gradient equally."
    return function


max, min = _extreme("max", reduce.amax, ew.maximum), _extreme("min", reduce.amin, ew.minimum)


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """`numpy.ptp`: the maximum less the minimum along axes."""
    return into(out, subtract(max(a, axis, None, keepdims), min(a, axis, None, keepdims)), "ptp")


def _place(name: str, op: Any) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        x = argument(a, None, out)
        rank = x._value.ndim
        if rank != 1 and axes_of(axis, rank) is None:
            y = op.unary(shape.reshape.unary(x, (x._value.size,)), 0, False)
            y = shape.reshape.unary(y, (1,) * rank) if keepdims else y
        else:
            y = op.unary(x, 0 if axis is None else axis_index(axis, rank), bool(keepdims))
        return into(out, y, name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: {op.doc}, or in the flattened array."
    return function


argmax, argmin = _place("argmax", reduce.argmax), _place("argmin", reduce.argmin)


def _truth(name: str, op: Any, otherwise: bool) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False, *,
                 where: Any = True) -> Any:  # fmt: skip
        x = argument(a, None, where, out)
        if where is not True:
            x = selected(ufuncs[np.not_equal](x, 0), where, otherwise)
        y = op.unary(x, axes_of(axis, x._value.ndim), bool(keepdims))
        return into(out, y, name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: {op.doc}."
    return function


all, any = _truth("all", reduce.every, True), _truth("any", reduce.some, False)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """`numpy.count_nonzero`: how many elements are not 0 along axes."""
    return sum(ufuncs[np.not_equal](a, 0), axis, keepdims=keepdims)


def _scanned(a: Any, axis: Any, dtype: Any, out: Any) -> tuple[Box, int]:
    """The array and axis of a running sum or product."""
    x = counted(argument(a, dtype, out), dtype)
    if axis is None or not x._value.ndim:
        return shape.reshape.unary(x, (x._value.size,)), 0
    return x, axis_index(axis, x._value.ndim)


def cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.cumsum`: the running sum along an axis, or of all elements."""
    return into(out, reduce.cumsum.unary(*_scanned(a, axis, dtype, out)), "cumsum")


def cumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.cumprod`: the running product along an axis; right gradients with zeros too."""
    x, axis = _scanned(a, axis, dtype, out)
    if x._value.dtype.kind in "iub":
        x = to_dtype(x, np.add.accumulate(np.empty(1, x._value.dtype)).dtype)
    y = multiply(reduce.before(x, axis), x) if x._value.size else x
    return into(out, y, "cumprod")


def cumulative_sum(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
                   include_initial: bool = False) -> Any:  # fmt: skip
    """`numpy.cumulative_sum`: the running sum along an axis, from 0 on with `include_initial`."""
    y = cumsum(x, _one_axis(x, axis), dtype)
    return into(out, _headed(y, axis, 0) if include_initial else y, "cumulative_sum")


def cumulative_prod(x: Any, /, *, axis: Any = None, dtype: Any = None, out: Any = None,
                    include_initial: bool = False) -> Any:  # fmt: skip
    """`numpy.cumulative_prod`: the running product along an axis, from 1 on with
    `include_initial`.
    """
    y = cumprod(x, _one_axis(x, axis), dtype)
    return into(out, _headed(y, axis, 1) if include_initial else y, "cumulative_prod")


def _one_axis(x: Any, axis: Any) -> Any:
    if axis is None and np.ndim(x) > 1:
        raise ValueError(
            "For arrays which have more than one dimension ``axis`` argument is required."
        )
    return axis


def _headed(y: Box, axis: Any, value: int) -> Any:
    """A running sum or product with its value for no elements in front."""
    axis = 0 if axis is None else axis_index(axis, y._value.ndim)
    sizes = (*y._value.shape[:axis], 1, *y._value.shape[axis + 1 :])
    return shape.cat([np.full(sizes, value, y._value.dtype), y], axis)


functions: dict[Function, Function] = {
    np.sum: sum, np.prod: prod, np.mean: mean, np.var: var, np.std: std, np.max: max,
    np.amax: max, np.min: min, np.amin: min, np.ptp: ptp, np.argmax: argmax, np.argmin: argmin,
    np.all: all, np.any: any, np.count_nonzero: count_nonzero, np.cumsum: cumsum,
    np.cumprod: cumprod,
}  # fmt: skip
if hasattr(np, "cumulative_sum"):  # NumPy 2.1 and later
    functions |= {np.cumulative_sum: cumulative_sum, np.cumulative_prod: cumulative_prod}
