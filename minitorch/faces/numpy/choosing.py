"""NumPy's functions that choose, take and round, with NumPy's signatures, on boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.numpy.indexing import boxes_in
from minitorch.faces.numpy.operands import (
    axis_index,
    axis_tuple,
    boxed,
    constant,
    face_among,
    into,
    joined,
)
from minitorch.faces.numpy.shaping import ravel
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops

Function = Callable[..., Any]

# choice


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """`numpy.where`: x where the condition is true, else y; without them, where it is true."""
    if x is None and y is None:
        return tuple(fresh(condition.face, at) for at in np.nonzero(condition._value))
    face = face_among(condition, x, y)
    mask = to_dtype(boxed(condition, face), np.dtype(bool))
    a, b = joined(x, y, keeps=False, face=face)
    return ew.where.apply((mask, a, b), ())


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None,
         mode: str = "raise") -> Any:  # fmt: skip
    """`numpy.take`: the elements, or slices along an axis, that indices name."""
    x = boxed(a, face_among(a, indices, out))
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    places = np.array(constant(indices, "np.take: indices"))
    if mode != "raise":
        n = x._value.shape[axis]
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    y = indexing.take.unary(x, (slice(None),) * axis + (places,))
    return into(out, y, "take")


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """`numpy.take_along_axis`: the elements that indices of the same rank name along an axis."""
    face = face_among(arr, indices)
    x = boxed(arr, face)
    places = boxed(indices if isinstance(indices, Box) else np.array(indices), face)
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    if places._value.ndim != x._value.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    own, named = list(x._value.shape), list(places._value.shape)
    n, m = own[axis], named[axis]
    own[axis] = named[axis] = 1
    sizes = list(np.broadcast_shapes(tuple(own), tuple(named)))
    sizes[axis] = n
    x = ops.broadcast_to.unary(x, tuple(sizes))
    sizes[axis] = m
    places = ops.broadcast_to.unary(places, tuple(sizes))
    return indexing.gather.apply((x, places), (axis,))


def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """`numpy.compress`: the slices along an axis at which a condition, a vector, is true."""
    mask = np.asarray(constant(condition, "np.compress: the condition"), bool)
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    x = boxed(a, face_among(condition, a, out))
    return take(x, np.flatnonzero(mask), axis, out)


def extract(condition: Any, arr: Any) -> Any:
    """`numpy.extract`: the elements at which a condition is true."""
    mask = np.asarray(constant(condition, "np.extract: the condition"))
    return take(boxed(arr, face_among(condition, arr)), np.flatnonzero(mask))


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """`numpy.choose`: each element from that of several arrays which an index names."""
    places = np.asarray(constant(a, "np.choose: the index"))
    face = face_among(a, out, *boxes_in(choices if isinstance(choices, Box) else list(choices)))
    arrays = joined(*choices, keeps=False, face=face)
    n = len(arrays)
    if mode == "raise" and ((places < 0) | (places >= n)).any():
        raise ValueError(f"invalid entry in choice array: expected indices from 0 to {n - 1}")
    places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    shape = np.broadcast_shapes(places.shape, *(x._value.shape for x in arrays))
    stacked = ops.stack([ops.broadcast_to.unary(x, shape) for x in arrays], 0)
    index = (np.broadcast_to(places, shape).astype(np.intp), *np.ogrid[tuple(map(slice, shape))])
    return into(out, indexing.take.unary(stacked, index), "choose")


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """`numpy.select`: each element from the array of the first condition that is true there."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(
            "select needs as many choices as conditions, and one at least; given "
            f"{len(condlist)} conditions and {len(choicelist)} choices"
        )
    face = face_among(*boxes_in([*condlist, *choicelist, default]))
    masks = [boxed(mask, face) for mask in condlist]
    if any(mask._value.dtype != bool for mask in masks):
        raise TypeError("select: each condition must be a boolean array")
    *choices, y = joined(*choicelist, default, keeps=False, face=face)
    for mask, x in zip(masks[::-1], choices[::-1], strict=True):
        y = ew.where.apply((mask, x, y), ())
    return y


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """`numpy.trim_zeros`: without the zeros at the front ("f") and the back ("b") of axes."""
    x, sides = boxed(filt), trim.lower()
    if sides not in ("", "f", "b", "fb", "bf"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}, expected 'f', 'b' or 'fb'")
    rank = x._value.ndim
    axes = range(rank) if axis is None else axis_tuple(axis, rank)
    index = []
    for at, (n, places) in enumerate(zip(x._value.shape, np.nonzero(x._value), strict=True)):
        first, last = (places.min(), places.max() + 1) if places.size else (n, n)
        start = int(first) if "f" in sides and at in axes else 0
        stop = int(last) if "b" in sides and at in axes else n
        index.append(slice(start, stop) if places.size or at not in axes else slice(0, 0))
    return ops.getitem.unary(x, tuple(index))


functions: dict[Function, Function] = {
    np.where: where, np.take: take, np.take_along_axis: take_along_axis,
    np.compress: compress, np.extract: extract, np.choose: choose, np.select: select,
    np.trim_zeros: trim_zeros,
}  # fmt: skip
