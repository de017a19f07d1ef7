"""Functions that write into their first argument, with NumPy's signatures.

A box is written to in the graph; a plain array takes constants alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, unboxed
from minitorch.engine.views import write
from minitorch.faces.numpy.indexing import boxes_in, fitted, held, nested, overwrite, put_flat
from minitorch.faces.numpy.operands import axis_index, boxed, constant, is_tracked, raw
from minitorch.faces.operands import is_number
from minitorch.ops import elementwise as ew
from minitorch.ops import index as ops
from minitorch.ops import shape

Function = Callable[..., Any]


def _into_box(name: str, target: Any, *values: Any) -> bool:
    """Whether the target is a box; a traced value for anything else is refused."""
    if isinstance(target, Box):
        return True
    lost = next((x for x in boxes_in(values) if is_tracked(x)), None)
    if lost is not None:
        raise TypeError(
            f"np.{name}: writing a traced {lost.face.__name__} (shape {tuple(lost._value.shape)}) "
            "into a plain array would drop it from the graph that is being differentiated. Make "
            "the target by np.zeros_like(x) or np.copy(x) of a traced x, or build the result with "
            "np.where or np.concatenate; pass x.detach() if it is meant to be a constant."
        )
    return False


def _plainly(function: Function, target: Any, *settings: Any) -> None:
    """NumPy's own function, of a plain array and constants."""
    function(target, *[[unboxed(x) for x in s] if isinstance(s, list) else unboxed(s)
                       for s in settings])  # fmt: skip


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """`numpy.put`: write values at places of the flattened array."""
    if not _into_box("put", a, v):
        return _plainly(np.put, a, ind, v, mode)
    places, n = np.array(constant(ind, "np.put: the indices"), np.intp).ravel(), a._value.size
    if mode == "raise":
        outside = (places < -n) | (places >= n)
        if outside.any():
            raise IndexError(
                f"index {places[outside][0]} is out of bounds for axis 0 with size {n}"
            )
    places = np.clip(places, 0, n - 1) if mode == "clip" else places % n if n else places
    put_flat(a, places, nested(v))


def place(arr: Any, mask: Any, vals: Any) -> None:
    """`numpy.place`: write values one after the other where a mask is true."""
    if not _into_box("place", arr, vals):
        return _plainly(np.place, arr, mask, vals)
    places = _true(mask, arr, "place")
    if places.size and not np.size(unboxed(nested(vals))):
        raise ValueError("Cannot insert from an empty array!")
    put_flat(arr, places, vals)


def putmask(a: Any, mask: Any, values: Any) -> None:
    """`numpy.putmask`: write, where a mask is true, the value that stands at the same place."""
    if not _into_box("putmask", a, values):
        return _plainly(np.putmask, a, mask, values)
    places = _true(mask, a, "putmask")
    flat = shape.reshape.unary(held(values, a), (-1,))
    if places.size and flat._value.size:
        put_flat(a, places, ops.take.unary(flat, (places % flat._value.size,)))


def _true(mask: Any, target: Box, name: str) -> np.ndarray:
    """The places of the flattened target at which a mask of its size is true."""
    given = np.asarray(constant(mask, f"np.{name}: the mask"))
    if given.size != target._value.size:
        raise ValueError(
            f"{name}: mask and data must be the same size; the mask has the shape {given.shape}, "
            f"the array {tuple(target._value.shape)}"
        )
    return np.flatnonzero(given)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`numpy.copyto`: write values that broadcast, everywhere or where a mask is true."""
    if not _into_box("copyto", dst, src):
        return np.copyto(dst, unboxed(src), casting, where=unboxed(where))  # type: ignore[arg-type]
    own = dst._value.dtype
    value = unboxed(nested(src))
    kind = np.result_type(own, value) if is_number(value) else raw(value).dtype
    if not np.can_cast(kind, own, casting):  # type: ignore[arg-type]
        raise TypeError(
            f"Cannot cast array data from {kind!r} to {own!r} according to the rule {casting!r}"
        )
    part = held(src, dst)
    if where is not True:
        mask = boxed(np.array(constant(where, "np.copyto: where="), bool), dst.face)
        part = ew.where.apply((mask, fitted(part, dst._value.shape), dst), ())
    overwrite(dst, part)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """`numpy.fill_diagonal`: write values on the main diagonal."""
    if not _into_box("fill_diagonal", a, val):
        return _plainly(np.fill_diagonal, a, val, wrap)
    sizes, end = a._value.shape, None
    if len(sizes) < 2:
        raise ValueError("array must be at least 2-d")
    if len(sizes) == 2:
        step = sizes[1] + 1
        end = None if wrap else sizes[1] * sizes[1]
    elif len(set(sizes)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    else:
        step = 1 + int(np.cumprod(sizes[:-1]).sum())
    put_flat(a, np.arange(a._value.size)[:end:step], val)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """`numpy.put_along_axis`: write values at indices of the same rank along an axis."""
    if not _into_box("put_along_axis", arr, values):
        return _plainly(np.put_along_axis, arr, indices, values, axis)
    places = np.array(constant(indices, "np.put_along_axis: the indices"))
    sizes = arr._value.shape
    index: tuple[Any, ...]
    if axis is None:
        if places.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        index = np.unravel_index(places % max(arr._value.size, 1), sizes)
    else:
        if places.ndim != len(sizes):
            raise ValueError("`indices` and `arr` must have the same number of dimensions")
        grid = list(np.ogrid[tuple(map(slice, sizes))])
        grid[axis_index(axis, len(sizes))] = places
        index = tuple(grid)
    picked = np.broadcast_shapes(*(part.shape for part in index))
    write(ops.index_put, arr, fitted(held(values, arr), picked), index, False)


functions: dict[Function, Function] = {
    np.put: put, np.place: place, np.putmask: putmask, np.copyto: copyto,
    np.fill_diagonal: fill_diagonal, np.put_along_axis: put_along_axis,
}  # fmt: skip
