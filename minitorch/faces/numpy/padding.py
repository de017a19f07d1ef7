"""`numpy.pad`, in all its modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy.creation import linspace
from minitorch.faces.numpy.indexing import boxes_in, held, nested
from minitorch.faces.numpy.joining import concatenate
from minitorch.faces.numpy.operands import boxed, face_among, joined
from minitorch.faces.numpy.products import tensordot
from minitorch.faces.numpy.shaping import moveaxis
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops

Function = Callable[..., Any]

STATISTICS = {"maximum": "max", "mean": "mean", "median": "median", "minimum": "min"}
KNOWN: dict[str, str | None] = {
    "constant": "constant_values", "linear_ramp": "end_values", "reflect": "reflect_type",
    "symmetric": "reflect_type", "edge": None, "wrap": None, "empty": None,
    **dict.fromkeys(STATISTICS, "stat_length"),
}  # fmt: skip


def pad(array: Any, pad_width: Any, mode: Any = "constant", **settings: Any) -> Any:
    """`numpy.pad`: longer at both ends of axes, in any of NumPy's modes.

    `constant_values` and `end_values` may be traced.
    """
    given = settings.get("constant_values", settings.get("end_values", 0))
    x = boxed(array, face_among(array, *boxes_in(given)))
    rank = x._value.ndim
    widths = _widths(pad_width, rank)
    if callable(mode):
        return _by_function(x, widths, mode, settings)
    if mode not in KNOWN:
        raise ValueError(f"mode {mode!r} is not supported; use one of {sorted(KNOWN)}")
    if not {KNOWN[mode]}.issuperset(settings):
        unknown = sorted(set(settings) - {KNOWN[mode]})
        raise ValueError(f"unsupported keyword arguments for mode {mode!r}: {unknown}")
    if mode == "empty" or (mode == "constant" and not boxes_in(given) and not np.any(given)):
        return ops.pad.unary(x, tuple(widths))
    if mode in ("constant", "linear_ramp"):
        return _with_values(x, widths, given, mode == "linear_ramp")
    lengths = _pairs(settings.get("stat_length"), rank)
    odd = settings.get("reflect_type", "even") == "odd"
    for axis, width in enumerate(widths):
        if not any(width):
            continue
        if not x._value.shape[axis]:
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant'")
        if mode in STATISTICS:
            x = _with_statistic(x, axis, width, mode, lengths[axis])
        elif odd:
            x = _mapped(x, axis, width, mode)
        else:
            places = np.pad(np.arange(x._value.shape[axis]), width, mode)
            x = indexing.take.unary(x, (slice(None),) * axis + (places,))
    return x


def _widths(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """How much is added before and after, for each axis."""
    if isinstance(pad_width, dict):
        given: Any = [(0, 0)] * rank
        for axis, width in pad_width.items():
            given[axis] = (width, width) if np.ndim(width) == 0 else width
        pad_width = given
    widths = np.asarray(pad_width)
    if widths.dtype.kind not in "iu":
        raise TypeError("`pad_width` must be of integral type.")
    if (widths < 0).any():
        raise ValueError("index can't contain negative values")
    return [(int(a), int(b)) for a, b in np.broadcast_to(widths, (rank, 2))]


def _pairs(value: Any, rank: int) -> list[Any]:
    """A setting for each axis: what it is before and after."""
    if value is None:
        return [(None, None)] * rank
    return [(int(a), int(b)) for a, b in np.broadcast_to(np.asarray(value), (rank, 2))]


def _with_values(x: Box, widths: Any, values: Any, ramp: bool) -> Any:
    """With values that are given, or on straight lines that end at them."""
    rank = x._value.ndim
    ends = ops.broadcast_to.unary(held(nested(values), x), (rank, 2))
    for axis, width in enumerate(widths):
        sizes, n = list(x._value.shape), x._value.shape[axis]
        parts = []
        for side, count in enumerate(width):
            sizes[axis] = count
            end = ops.getitem.unary(ends, (axis, side))
            if ramp:
                part = _ramp(_section(x, axis, side * (n - 1), 1), end, axis, count, bool(side))
            else:
                part = ops.broadcast_to.unary(end, tuple(sizes))
            parts.append(part)
        x = concatenate([parts[0], x, parts[1]], axis)
    return x


def _ramp(edge: Box, end: Box, axis: int, count: int, after: bool) -> Any:
    """The line from an edge of the array to a value at the end, without the edge itself."""
    sizes = list(edge._value.shape)
    start = ops.reshape.unary(edge, tuple(sizes[:axis] + sizes[axis + 1 :]))
    line = linspace(end, start, count, endpoint=False, axis=axis)
    line = ops.flip.unary(line, (axis,)) if after else line
    dtype = edge._value.dtype
    return to_dtype(ew.trunc.unary(line) if dtype.kind in "iu" else line, dtype)


def _with_statistic(x: Box, axis: int, width: Any, mode: str, lengths: Any) -> Any:
    """With a statistic of the elements near each end of an axis."""
    n, dtype = x._value.shape[axis], x._value.dtype
    sizes, parts = list(x._value.shape), []
    for side, (count, length) in enumerate(zip(width, lengths, strict=True)):
        most = n if length is None else min(length, n)
        if not most:
            raise ValueError("stat_length of 0 yields no value for padding")
        section = _section(x, axis, side * (n - most), most)
        y = getattr(np, STATISTICS[mode])(section, axis=axis, keepdims=True)
        y = ew.rint.unary(y) if dtype.kind in "iu" and y._value.dtype.kind == "f" else y
        sizes[axis] = count
        parts.append(ops.broadcast_to.unary(to_dtype(y, dtype), tuple(sizes)))
    return concatenate([parts[0], x, parts[1]], axis)


def _section(x: Box, axis: int, start: int, count: int) -> Any:
    return ops.getitem.unary(x, (slice(None),) * axis + (slice(start, start + count),))


def _mapped(x: Box, axis: int, width: Any, mode: str) -> Any:
    """Reflected through the edges themselves: a linear map, which NumPy tells of unit vectors."""
    unit = np.eye(x._value.shape[axis], dtype=x._value.dtype)
    rows = np.pad(unit, (width, (0, 0)), mode, reflect_type="odd")  # type: ignore[call-overload]
    matrix, y = joined(rows, x)
    return moveaxis(tensordot(matrix, y, (1, axis)), 0, axis)


def _by_function(x: Box, widths: Any, function: Function, settings: dict[str, Any]) -> Any:
    """With what a function writes into the ends of each vector."""
    y = ops.pad.unary(x, tuple(widths))
    for axis, width in enumerate(widths):
        vectors = moveaxis(y, axis, -1)
        for at in np.ndindex(*vectors._value.shape[:-1]):
            function(ops.getitem.unary(vectors, at), width, axis, settings)
    return y


functions: dict[Function, Function] = {np.pad: pad}
