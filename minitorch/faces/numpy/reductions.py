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
    constant,
    face_among,
    floating,
    into,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.ufuncs import power, ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index, reduce, shape

Function = Callable[..., Any]
multiply, subtract = ufuncs[np.multiply], ufuncs[np.subtract]
INT64 = np.dtype(np.int64)


def axes_of(axis: Any, rank: int) -> Axes | None:
    """One or several axes as a tuple of non-negative ones; None for all."""
    return None if axis is None else axis_tuple(axis, rank)


def argument(a: Any, dtype: Any, *more: Any) -> Box:
    """The array that is reduced, in the dtype asked for; `more` tells the face if it is no box."""
    x = boxed(a, face_among(a, *more))
    return x if dtype is None else to_dtype(x, numpy_dtype(dtype))


def counted(x: Box, dtype: Any) -> Box:
    """`x` as sums and products take it: the Tensor face adds integers in int64."""
    small = dtype is None and x.face.rank and x._value.dtype.kind in "iub"
    return to_dtype(x, INT64) if small else x


def selected(x: Box, where: Any, fill: Any) -> Box:
    """`x` with `fill` where the mask is false."""
    if where is True:
        return x
    mask = boxed(constant(where, "where="), x.face)
    a, b = joined(x, fill)
    return ew.where.apply((to_dtype(mask, np.dtype(bool)), a, b), ())


def sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
        initial: Any = 0, where: Any = True) -> Any:  # fmt: skip
    """`numpy.sum`: the sum along axes."""
    x = selected(counted(argument(a, dtype, initial, where, out), dtype), where, 0)
    y = reduce.total.unary(x, axes_of(axis, x._value.ndim), bool(keepdims))
    if isinstance(initial, Box) or initial != 0:
        y = ufuncs[np.add](y, initial)
    return into(out, y, "sum")


def prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
         initial: Any = 1, where: Any = True) -> Any:  # fmt: skip
    """`numpy.prod`: the product along axes."""
    x = selected(counted(argument(a, dtype, initial, where, out), dtype), where, 1)
    axes = range(x._value.ndim) if axis is None else axis_tuple(axis, x._value.ndim)
    kept = tuple(1 if i in axes else n for i, n in enumerate(x._value.shape))
    y = reduce.prod.unary(_last(x, tuple(axes)), x._value.ndim - len(axes), False)
    if keepdims:
        y = shape.reshape.unary(y, kept)
    if isinstance(initial, Box) or initial != 1:
        y = multiply(y, initial)
    return into(out, y, "prod")


def _last(x: Box, axes: Axes) -> Box:
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


_mean = mean  # for `var`, where a parameter has that name


def _count(x: Box, axes: Axes | None, keepdims: bool, where: Any) -> np.ndarray:
    """How many elements of `x` a mask selects along axes, in the dtype of `x`."""
    mask = np.broadcast_to(constant(where, "where="), x._value.shape)
    return np.asarray(np.sum(mask, axis=axes, keepdims=bool(keepdims)), x._value.dtype)


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, *, where: Any = True, mean: Any = None,
        correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.var`: the variance along axes, divided by n - ddof."""
    x = floating(argument(a, dtype, where, out, mean))
    axes = axes_of(axis, x._value.ndim)
    ddof = ddof if correction is None else correction
    if where is True and mean is None:
        y = reduce.var.unary(x, axes, ddof, bool(keepdims))
    else:
        centre = _mean(x, axis, keepdims=True, where=where) if mean is None else mean
        squares = ufuncs[np.square](subtract(x, centre))
        freedom = np.maximum(_count(x, axes, keepdims, where) - ddof, 0)
        y = ufuncs[np.divide](
            sum(squares, axis, keepdims=keepdims, where=where),
            np.asarray(freedom, x._value.dtype),
        )
    return into(out, y, "var")


def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, *, where: Any = True, mean: Any = None,
        correction: float | None = None) -> Any:  # fmt: skip
    """`numpy.std`: the standard deviation along axes; its slope is 0 where it is 0."""
    spread = var(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean,
                 correction=correction)  # fmt: skip
    return into(out, ew.root.unary(spread), "std")


def _extreme(name: str, op: Any, of_two: np.ufunc) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False,
                 initial: Any = None, where: Any = True) -> Any:  # fmt: skip
        x = argument(a, None, initial, where, out)
        if where is not True:
            if initial is None:
                raise ValueError(f"np.{name} with where= needs initial=, the value of no elements")
            x = selected(x, where, constant(initial, "initial= beside where="))
        y = op.unary(x, axes_of(axis, x._value.ndim), bool(keepdims))
        return into(out, y if initial is None else ufuncs[of_two](y, initial), name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.{name}`: {op.doc}; ties share the gradient equally."
    return function


max, min = _extreme("max", reduce.amax, np.maximum), _extreme("min", reduce.amin, np.minimum)


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """`numpy.ptp`: the maximum less the minimum along axes."""
    return into(out, subtract(max(a, axis, None, keepdims), min(a, axis, None, keepdims)), "ptp")


def _place(name: str, op: Any) -> Function:
    def function(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        x = argument(a, None, out)
        rank = x._value.ndim
        if axis is None and rank != 1:
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
            x = selected(to_dtype(x, np.dtype(bool)), where, otherwise)
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


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """`numpy.diff`: the n-th differences of neighbours along an axis."""
    x = argument(a, None, prepend, append)
    axis = axis_index(axis, x._value.ndim)
    if n < 0:
        raise ValueError(f"np.diff: the order must be non-negative, not {n}")
    ends = [None if e is None else boxed(e, x.face) for e in (prepend, append)]
    if ends != [None, None]:
        sizes = x._value.shape
        one = (*sizes[:axis], 1, *sizes[axis + 1 :])
        ends = [e if e is None or e._value.ndim else shape.broadcast_to(e, one) for e in ends]
        parts = [p for p in (ends[0], x, ends[1]) if p is not None]
        x = shape.cat(joined(*parts), axis)
    head = (slice(None),) * axis
    step = ufuncs[np.not_equal] if x._value.dtype == bool else subtract
    for _ in range(n):
        x = step(
            shape.getitem.unary(x, (*head, slice(1, None))),
            shape.getitem.unary(x, (*head, slice(None, -1))),
        )
    return x


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None,
         descending: bool = False) -> Any:  # fmt: skip
    """`numpy.sort`: a sorted copy; gradients go back to where the elements came from.

    `descending` needs NumPy 2.5.
    """
    x = boxed(a)
    if axis is None or not x._value.ndim:
        x, axis = shape.reshape.unary(x, (x._value.size,)), 0
    axis = axis_index(axis, x._value.ndim)
    newer: dict[str, Any] = {"descending": True} if descending else {}
    places = np.argsort(np.asarray(x._value), axis, kind=kind, order=order, stable=stable, **newer)
    return index.gather.apply((x, boxed(places, x.face)), (axis,))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """`numpy.linalg.norm`: vector norms, and those of matrices that need no singular values.

    The slope of the 2-norm at 0 is taken as 0.
    """
    x = floating(boxed(x))
    if axis is None and ord is None:
        flat = shape.reshape.unary(x, (x._value.size,))
        y = _euclidean(flat, (0,), False)
        return shape.reshape.unary(y, (1,) * x._value.ndim) if keepdims else y
    axes = axis_tuple(range(x._value.ndim) if axis is None else axis, x._value.ndim)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, bool(keepdims))
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, bool(keepdims))
    raise ValueError(f"np.linalg.norm: a norm is of one or two axes, not of {len(axes)}")


def _euclidean(x: Box, axes: Axes, keepdims: bool) -> Any:
    return ew.root.unary(reduce.total.unary(ew.square.unary(x), axes, keepdims))


def _vector_norm(x: Box, ord: Any, axes: Axes, keepdims: bool) -> Any:
    if ord is None or ord == 2:
        return _euclidean(x, axes, keepdims)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order {ord!r} for vectors")
    if ord == 0:
        nonzero = to_dtype(ufuncs[np.not_equal](x, 0), x._value.dtype)
        return reduce.total.unary(nonzero, axes, keepdims)
    size = ew.absolute.unary(x)
    if abs(ord) == math.inf:
        return (reduce.amax if ord > 0 else reduce.amin).unary(size, axes, keepdims)
    if ord == 1:
        return reduce.total.unary(size, axes, keepdims)
    return power(reduce.total.unary(power(size, float(ord)), axes, keepdims), 1.0 / ord)


def _matrix_norm(x: Box, ord: Any, axes: Axes, keepdims: bool) -> Any:
    if ord in (None, "fro", "f"):
        return _euclidean(x, axes, keepdims)
    if ord not in (1, -1, math.inf, -math.inf):
        raise TypeError(
            f"np.linalg.norm: the matrix norm of order {ord!r} of a box needs singular values, "
            "which have no derivative here; use 'fro', 1, -1, inf or -inf"
        )
    rows, columns = axes if abs(ord) == 1 else axes[::-1]
    sums = reduce.total.unary(ew.absolute.unary(x), (rows,), True)
    y = (reduce.amax if ord > 0 else reduce.amin).unary(sums, (columns,), True)
    sizes = y._value.shape
    return (
        y
        if keepdims
        else shape.reshape.unary(y, tuple(n for i, n in enumerate(sizes) if i not in axes))
    )


functions: dict[Function, Function] = {
    np.sum: sum, np.prod: prod, np.mean: mean, np.var: var, np.std: std, np.max: max,
    np.amax: max, np.min: min, np.amin: min, np.ptp: ptp, np.argmax: argmax, np.argmin: argmin,
    np.all: all, np.any: any, np.count_nonzero: count_nonzero, np.cumsum: cumsum,
    np.cumprod: cumprod, np.diff: diff, np.sort: sort, np.linalg.norm: norm,
}  # fmt: skip
