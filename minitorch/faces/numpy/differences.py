"""Differences, slopes, areas, interpolation, convolution, with NumPy's signatures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy import reductions
from minitorch.faces.numpy.choosing import where
from minitorch.faces.numpy.operands import (
    WIDE,
    axis_index,
    axis_tuple,
    boxed,
    constant,
    face_among,
    floating,
    is_tracked,
    joined,
)
from minitorch.faces.numpy.reductions import argument
from minitorch.faces.numpy.shaping import ravel, sizes_of
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import is_number, to_dtype
from minitorch.ops import convolution, index, shape
from minitorch.ops.complex import conjugate

Function = Callable[..., Any]
add, subtract = ufuncs[np.add], ufuncs[np.subtract]
multiply, divide = ufuncs[np.multiply], ufuncs[np.divide]
remainder = ufuncs[np.remainder]


def _part(x: Box, axis: int, start: int | None, stop: int | None) -> Any:
    """A slice of `x` along an axis."""
    return shape.getitem.unary(x, (slice(None),) * axis + (slice(start, stop),))


def _steps(x: Box, axis: int = 0) -> Any:
    """The differences of neighbours along an axis."""
    minus = ufuncs[np.not_equal] if x._value.dtype == bool else subtract
    return minus(_part(x, axis, 1, None), _part(x, axis, None, -1))


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """`numpy.diff`: the n-th differences of neighbours along an axis."""
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    x = argument(a, None, prepend, append)
    if not x._value.ndim:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = axis_index(axis, x._value.ndim)
    sizes = x._value.shape
    one = (*sizes[:axis], 1, *sizes[axis + 1 :])
    ends = [
        end if end is None or np.ndim(end) else shape.broadcast_to(boxed(end, x.face), one)
        for end in (None if end is np._NoValue else end for end in (prepend, append))
    ]
    if ends != [None, None]:
        parts = [part for part in (ends[0], x, ends[1]) if part is not None]
        x = shape.cat(joined(*parts, keeps=False), axis)
    for _ in range(n):
        x = _steps(x, axis)
    return x


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """`numpy.ediff1d`: the differences of neighbours of all elements, with others around them."""
    x = ravel(argument(ary, None, to_end, to_begin))
    parts = [_steps(x)]
    for end, place in ((to_begin, 0), (to_end, 1)):
        if end is None:
            continue
        other = ravel(boxed(np.asarray(end) if is_number(end) else end, x.face))
        if not np.can_cast(other._value.dtype, x._value.dtype, "same_kind"):
            raise TypeError(
                f"dtype of `{('to_begin', 'to_end')[place]}` must be compatible with input `ary` "
                "under the `same_kind` rule."
            )
        parts.insert(place * len(parts), to_dtype(other, x._value.dtype))
    return parts[0] if len(parts) == 1 else shape.cat(parts, 0)


# slopes


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """`numpy.gradient`: slopes along axes by central differences; `varargs` are the spacings.

    Gradients reach the spacings too.
    """
    x = floating(boxed(f, face_among(f, *varargs)))
    rank = x._value.ndim
    axes = tuple(range(rank)) if axis is None else axis_tuple(axis, rank)
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    out = [
        _slopes(x, along, h, edge_order)
        for along, h in zip(axes, _spacings(x, varargs, axes), strict=True)
    ]
    return out[0] if len(out) == 1 else tuple(out)


def _spacings(x: Box, given: Sequence[Any], axes: Sequence[int]) -> list[Any]:
    """The distance of neighbours for each axis: one for all, or a vector of them."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and not np.ndim(given[0]):
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise TypeError("invalid number of arguments")
    return [_spacing(x, h, axis) for h, axis in zip(given, axes, strict=True)]


def _spacing(x: Box, h: Any, axis: int) -> Any:
    if not np.ndim(h):
        return h
    if np.ndim(h) != 1:
        raise ValueError("distances must be either scalars or 1d")
    if len(h) != x._value.shape[axis]:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    steps = _steps(floating(boxed(h, x.face)))
    known = np.asarray(steps._value)
    if not is_tracked(steps) and (known == known[0]).all():
        return known[0]
    sizes = (-1 if i == axis else 1 for i in range(x._value.ndim))
    return shape.reshape(steps, tuple(sizes))


def _slopes(x: Box, axis: int, h: Any, edge_order: int) -> Any:
    """The slopes of `x` along one axis."""
    if x._value.shape[axis] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) "
            "elements are required."
        )
    even = not np.ndim(h)
    if even and edge_order == 1:
        return _even_slopes(x, axis, h)
    if even:
        middle = (_part(x, axis, 2, None) - _part(x, axis, None, -2)) / (2.0 * h)
    else:
        middle = _weighted(_inner(_part(h, axis, None, -1), _part(h, axis, 1, None)), x, axis)
    first, last = (h, h) if even else (_part(h, axis, None, 1), _part(h, axis, -1, None))
    if edge_order == 1:
        start = _steps(_part(x, axis, None, 2), axis) / first
        end = _steps(_part(x, axis, -2, None), axis) / last
    else:
        second, before = (h, h) if even else (_part(h, axis, 1, 2), _part(h, axis, -2, -1))
        start = _weighted(_edge(first, second), _part(x, axis, None, 3), axis)
        mirrored = tuple(-weight for weight in reversed(_edge(last, before)))
        end = _weighted(mirrored, _part(x, axis, -3, None), axis)
    y = shape.cat(joined(start, middle, end, keeps=False), axis)
    return to_dtype(y, x._value.dtype)


def _even_slopes(x: Box, axis: int, h: Any) -> Any:
    """The differences of both neighbours; at an end, where one is missing, of the other alone."""
    size, dtype = x._value.shape[axis], x._value.dtype
    places, head = np.arange(size), (slice(None),) * axis
    high, low = np.minimum(places + 1, size - 1), np.maximum(places - 1, 0)
    rest = (1,) * (x._value.ndim - axis - 1)
    steps = (high - low).astype(np.empty(0, dtype).real.dtype).reshape(-1, *rest)
    rise = index.take.unary(x, (*head, high)) - index.take.unary(x, (*head, low))
    return to_dtype(divide(rise, multiply(h, steps) if isinstance(h, Box) else h * steps), dtype)


def _inner(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """The weights of three neighbours for the slope at the middle one, a and b apart."""
    return -b / (a * (a + b)), (b - a) / (a * b), a / (b * (a + b))


def _edge(a: Any, b: Any) -> tuple[Any, Any, Any]:
    """The weights of three neighbours for the slope at the first, a and b apart."""
    return -(2.0 * a + b) / (a * (a + b)), (a + b) / (a * b), -a / (b * (a + b))


def _weighted(weights: tuple[Any, Any, Any], x: Box, axis: int) -> Any:
    """The sums of three neighbours, weighted."""
    a, b, c = weights
    return a * _part(x, axis, None, -2) + b * _part(x, axis, 1, -1) + c * _part(x, axis, 2, None)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """`numpy.trapezoid`: the area below `y` along an axis, by trapezoids.

    Example:
        >>> x = np.array([0., 1., 3.])
        >>> minitorch.grad(lambda y: np.trapezoid(y, x))(np.array([2., 2., 5.]))
        array([0.5, 1.5, 1. ])
    """
    face = face_among(y, x, dx)
    values = boxed(y, face)
    rank = values._value.ndim
    axis = axis_index(axis, rank)
    if x is None:
        widths = dx
    else:
        places = boxed(x, face)
        if places._value.ndim == 1:
            widths = _steps(places)
            widths = shape.reshape(widths, tuple(-1 if i == axis else 1 for i in range(rank)))
        else:
            widths = _steps(places, places._value.ndim + axis - rank)
    heights = add(_part(values, axis, 1, None), _part(values, axis, None, -1))
    return reductions.sum(divide(multiply(widths, heights), 2.0), axis)


# interpolation


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None,
           period: Any = None) -> Any:  # fmt: skip
    """`numpy.interp`: the line through the points (xp, fp), at x; gradients reach all of them.

    At a point the slope in x is that of the line to its right, at the last point to its left.

    Example:
        >>> xp, fp = np.array([0., 1., 3.]), np.array([0., 2., 3.])
        >>> minitorch.grad(lambda x: np.sum(np.interp(x, xp, fp)))(np.array([0.5, 2.0]))
        array([2. , 0.5])
    """
    face = face_among(x, xp, fp, left, right, period)
    least = None if face.rank else WIDE  # NumPy interpolates in float64, whatever comes in
    x, xp, fp = (floating(_at_least(boxed(v, face), least)) for v in (x, xp, fp))
    if xp._value.ndim != 1 or fp._value.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if xp._value.shape != fp._value.shape:
        raise ValueError("fp and xp are not of the same length.")
    if not xp._value.size:
        raise ValueError("array of sample points is empty")
    if "c" in (x._value.dtype.kind, xp._value.dtype.kind):
        raise TypeError("np.interp: x and xp must be real numbers; fp alone may be complex")
    if period is not None:
        x, xp, fp = _wound(x, xp, fp, period)
        left = right = None
    return _interpolated(x, xp, fp, left, right)


def _at_least(x: Box, least: np.dtype[Any] | None) -> Box:
    """`x` in a dtype that holds `least` too."""
    return x if least is None else to_dtype(x, np.result_type(x._value.dtype, least))


def _wound(x: Box, xp: Box, fp: Box, period: Any) -> tuple[Any, Any, Any]:
    """The points of a periodic line in order, with one more on each side."""
    if np.any(np.asarray(period._value if isinstance(period, Box) else period) == 0):
        raise ValueError("period must be a non-zero value")
    period = abs(period)
    x, xp = remainder(x, period), remainder(xp, period)
    order = np.argsort(np.asarray(xp._value))
    xp, fp = index.take.unary(xp, (order,)), index.take.unary(fp, (order,))
    before, after = _part(xp, 0, -1, None), _part(xp, 0, None, 1)
    xp = shape.cat(joined(subtract(before, period), xp, add(after, period), keeps=False), 0)
    return x, xp, shape.cat([_part(fp, 0, -1, None), fp, _part(fp, 0, None, 1)], 0)


def _interpolated(x: Box, xp: Box, fp: Box, left: Any, right: Any) -> Any:
    known, at = np.asarray(xp._value), np.asarray(x._value)
    n = known.size
    if n > 1:
        high = np.clip(np.searchsorted(known, at, "right"), 1, n - 1)
        low = high - 1
        near = np.where(at >= known[-1], high, low)  # the value at the last point is exact
        run = subtract(_taken(xp, high), _taken(xp, low))
        run = where(np.asarray(run._value) == 0, 1.0, run)
        slope = divide(subtract(_taken(fp, high), _taken(fp, low)), run)
        y = add(multiply(subtract(x, _taken(xp, near)), slope), _taken(fp, near))
    else:
        y = add(_taken(fp, np.zeros(at.shape, np.intp)), multiply(x, 0.0))
    ends = ((at < known[0], left, 0), (at > known[-1], right, -1))
    for outside, value, end in ends:
        if outside.any():
            y = where(outside, index.take.unary(fp, (end,)) if value is None else value, y)
    return y


def _taken(x: Box, places: np.ndarray) -> Any:
    return index.take.unary(x, (places,))


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    """`numpy.unwrap`: angles without jumps; what is added to each is a constant."""
    period = constant(period, "np.unwrap: period")
    x = argument(p, None, discont)
    known = np.asarray(x._value)
    y = np.unwrap(known, constant(discont, "np.unwrap: discont"), axis, period=period)
    return add(to_dtype(x, y.dtype) if not x.face.rank else x, _like(y - known, x))


def _like(array: np.ndarray, x: Box) -> Box:
    """A constant of the face of `x`, and in its dtype if it is of floating point."""
    kept = x.face.rank and x._value.dtype.kind == "f"
    return boxed(array.astype(x._value.dtype) if kept else array, x.face)


# products of neighbours


def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """`numpy.convolve`: the sums of a[i] * v[k - i], of two vectors.

    Example:
        >>> minitorch.grad(lambda v: np.convolve([1., 2.], v).sum())(np.array([3., 4.]))
        array([3., 3.])
    """
    a, v = _vectors("convolve", a, v)
    m, n = a._value.size, v._value.size
    if mode in ("valid", 0):
        a, v = (a, v) if m >= n else (v, a)
        return convolution.slide.binary(a, shape.flip.unary(v, (0,)))
    return _middle(convolution.convolve.binary(a, v), mode, m, n, (min(m, n) - 1) // 2)


def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """`numpy.correlate`: the sums of a[i + k] * conj(v[i]), of two vectors."""
    a, v = _vectors("correlate", a, v)
    m, n = a._value.size, v._value.size
    v = conjugate(v)
    if mode in ("valid", 0):
        if m >= n:
            return convolution.slide.binary(a, v)
        return shape.flip.unary(convolution.slide.binary(v, a), (0,))
    y = convolution.convolve.binary(a, shape.flip.unary(v, (0,)))
    return _middle(y, mode, m, n, (n - 1) // 2 if m >= n else m // 2)


def _vectors(name: str, a: Any, v: Any) -> list[Box]:
    face = face_among(a, v)
    boxes = [boxed(x, face) for x in (a, v)]
    for x in boxes:
        if x._value.ndim > 1:
            raise ValueError(
                f"np.{name}: object too deep for desired array: expected vectors, got shapes "
                f"{tuple(boxes[0]._value.shape)} and {tuple(boxes[1]._value.shape)}"
            )
        if not x._value.size:
            raise ValueError(f"np.{name}: a vector can't be empty")
    return joined(*(ravel(x) for x in boxes))


def _middle(y: Any, mode: Any, m: int, n: int, start: int) -> Any:
    """All of a full convolution, or its middle as long as the longer vector."""
    if mode in ("full", 2):
        return y
    if mode not in ("same", 1):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return _part(y, 0, start, start + max(m, n))


def sliding_window_view(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False,
                        writeable: bool = False) -> Any:  # fmt: skip
    """`numpy.lib.stride_tricks.sliding_window_view`: all windows of some shape, as new last axes.

    Of a box it is a copy, so that it can't be written through.
    """
    y = boxed(x)
    sizes = sizes_of(window_shape)
    rank = y._value.ndim
    axes = tuple(range(rank)) if axis is None else axis_tuple(axis, rank, allow_duplicate=True)
    if len(sizes) != len(axes):
        raise ValueError(
            f"Must provide matching length window_shape and axis; got {len(sizes)} window_shape "
            f"elements and {len(axes)} axes elements."
        )
    if writeable:
        raise ValueError("sliding_window_view of a box is a copy: writeable= has no meaning for it")
    for size, along in zip(sizes, axes, strict=True):
        if size < 0:
            raise ValueError("window_shape cannot contain negative values")
        if size > y._value.shape[along]:
            raise ValueError("window shape cannot be larger than input array shape")
        y = convolution.windows.unary(y, along, size)
    return y


functions: dict[Function, Function] = {
    np.diff: diff, np.ediff1d: ediff1d, np.gradient: gradient, np.trapezoid: trapezoid,
    np.interp: interp, np.unwrap: unwrap, np.convolve: convolve, np.correlate: correlate,
    np.lib.stride_tricks.sliding_window_view: sliding_window_view,
}  # fmt: skip
if hasattr(np, "trapz"):  # NumPy before 2.4
    functions[getattr(np, "trapz")] = trapezoid  # noqa: B009
