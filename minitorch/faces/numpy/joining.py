"""Joining, splitting, repeating, inserting, with NumPy's signatures."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.faces import arithmetic
from minitorch.faces.numpy.indexing import boxes_in, element, held, nested, slices, writable
from minitorch.faces.numpy.operands import (
    axis_index,
    boxed,
    constant,
    face_among,
    in_face,
    into,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.shaping import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    moveaxis,
    ravel,
    sizes_of,
)
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops

Function = Callable[..., Any]

# joined


def alike(arrays: Any, dtype: Any = None, casting: str = "same_kind", out: Any = None) -> list[Box]:
    """The arrays of a sequence as boxes of one face and dtype."""
    if isinstance(arrays, Box):
        arrays = list(arrays)  # type: ignore[call-overload]
    face = face_among(*boxes_in(arrays), out)
    parts: Any = [element(x, face) for x in arrays]
    if not parts:
        raise ValueError("need at least one array to join")
    if dtype is None:
        same = all(isinstance(x, Box) for x in parts) and len({x._value.dtype for x in parts}) == 1
        return parts if same else joined(*parts, keeps=False, face=face)
    if out is not None:
        raise TypeError("only one of out= and dtype= can be given: out has a dtype of its own")
    target, boxes = numpy_dtype(dtype), [boxed(x, face, keeps=False) for x in parts]
    for x in boxes:
        if not np.can_cast(x._value.dtype, target, casting):  # type: ignore[arg-type]
            raise TypeError(
                f"Cannot cast array data from {x._value.dtype!r} to {target!r} according to the "
                f"rule {casting!r}"
            )
    return [to_dtype(x, target) for x in boxes]


def concatenate(arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None,
                casting: str = "same_kind") -> Any:  # fmt: skip
    """`numpy.concatenate`: the arrays joined along an axis, or all their elements."""
    boxes = alike(arrays, dtype, casting, out)
    if axis is None:
        boxes, axis = [ravel(x) for x in boxes], 0
    if not boxes[0]._value.ndim:
        raise ValueError("zero-dimensional arrays cannot be concatenated; use np.stack")
    return into(out, ops.cat(boxes, axis_index(axis, boxes[0]._value.ndim)), "concatenate", casting)


def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None,
          casting: str = "same_kind") -> Any:  # fmt: skip
    """`numpy.stack`: the arrays, all of one shape, joined along a new axis."""
    boxes = alike(arrays, dtype, casting, out)
    if len({x._value.shape for x in boxes}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return into(out, ops.stack(boxes, axis_index(axis, boxes[0]._value.ndim + 1)), "stack", casting)


def _joining(name: str, lift: Function, axis: int | None) -> Function:
    def function(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        boxes = [lift(x) for x in alike(tup, dtype, casting)]
        along = axis
        if along is None:
            along = 0 if boxes[0]._value.ndim == 1 else 1
        return ops.cat(boxes, along)

    return arithmetic.named(function, name, f"`numpy.{name}`: the arrays joined, side by side.")


def _column(x: Box) -> Any:
    """A vector as a column."""
    return x if x._value.ndim > 1 else ops.reshape.unary(x, (x._value.size, 1))


vstack = _joining("vstack", atleast_2d, 0)
hstack = _joining("hstack", atleast_1d, None)
dstack = _joining("dstack", atleast_3d, 2)


def column_stack(tup: Any) -> Any:
    """`numpy.column_stack`: the arrays joined side by side, vectors as columns."""
    return ops.cat([_column(x) for x in alike(tup)], 1)


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`numpy.append`: two arrays joined along an axis, or all their elements."""
    return concatenate((arr, values), axis)


def block(arrays: Any) -> Any:
    """`numpy.block`: an array made of blocks, given as nested lists as they stand in it."""
    face = face_among(*boxes_in(arrays))
    depth = _depth(arrays)

    def lifted(part: Any) -> Any:
        if isinstance(part, list):
            return [lifted(p) for p in part]
        return boxed(part, face, keeps=False)

    def rank(part: Any) -> int:
        return max(map(rank, part)) if isinstance(part, list) else part._value.ndim

    def assembled(part: Any, axis: int) -> Any:
        if isinstance(part, list):
            return concatenate([assembled(p, axis + 1) for p in part], axis)
        sizes = part._value.shape
        return ops.reshape.unary(part, (1,) * (axes - len(sizes)) + sizes)

    parts = lifted(arrays)
    axes = max(depth, rank(parts))
    y = assembled(parts, axes - depth)
    return y if depth else identity.unary(y)


def _depth(part: Any) -> int:
    """How deep lists are nested, which must be the same everywhere."""
    if isinstance(part, tuple):
        raise TypeError("np.block: only lists can be used to arrange blocks, not tuples")
    if not isinstance(part, list):
        return 0
    depths = {_depth(p) for p in part}
    if len(depths) != 1:
        raise ValueError(
            "np.block: List depths are mismatched: each list must be filled, and nested as deep "
            "as the others"
        )
    return 1 + depths.pop()


class Joiner:
    """`np.r_` and `np.c_`: what stands between the brackets, joined.

    NumPy itself arranges the values and, once more, the numbers of the elements of the boxes:
    that tells where each of these went, whatever the directives.
    """

    def __init__(self, plain: Any) -> None:
        self.plain = plain

    def __getitem__(self, key: Any) -> Any:
        items = tuple(nested(x) for x in (key if isinstance(key, tuple) else (key,)))
        boxes = boxes_in(items)
        if not boxes:
            return self.plain[key]
        face, start = face_among(*boxes), 1
        plain, numbers = list(items), list(items)
        for i, item in enumerate(items):
            if isinstance(item, Box):
                shape, n = item._value.shape, item._value.size
                plain[i] = np.zeros(shape, item._value.dtype)
                numbers[i] = np.arange(start, start + n).reshape(shape)
                start += n
            elif not isinstance(item, str):
                shape = np.shape(np.r_[item] if isinstance(item, slice) else item)
                numbers[i] = np.zeros(shape, int)
        values, places = self.plain[tuple(plain)], self.plain[tuple(numbers)]
        flat = [ravel(in_face(x, face)) for x in boxes]
        elements = concatenate([np.zeros(1, flat[0]._value.dtype), *flat])
        y = to_dtype(indexing.take.unary(elements, (np.asarray(places),)), values.dtype)
        own = fresh(face, np.asarray(values)), fresh(face, np.asarray(places) > 0)
        return ew.where.apply((own[1], y, own[0]), ())


# parted


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`numpy.array_split`: views of parts: a number of nearly equal ones, or cut at indices."""
    given = constant(indices_or_sections, "np.split: the sections")
    x = boxed(ary, face_among(ary, indices_or_sections))
    axis = axis_index(axis, x._value.ndim)
    n = x._value.shape[axis]
    if np.ndim(given):
        cuts = [0, *(slice(None, i).indices(n)[1] for i in given), n]
    else:
        count = int(given)
        if count < 1:
            raise ValueError("number sections must be larger than 0.")
        small, more = divmod(n, count)
        cuts = np.cumsum([0] + [small + 1] * more + [small] * (count - more)).tolist()
    if cuts == sorted(cuts):
        return list(writable(ops.split.unary(x, axis, tuple(np.diff(cuts).tolist()))))
    head = (slice(None),) * axis
    return [ops.getitem.unary(x, (*head, slice(a, b))) for a, b in pairwise(cuts)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`numpy.split`: views of parts: a number of equal ones, or cut at indices."""
    x = boxed(ary, face_among(ary, indices_or_sections))
    given = constant(indices_or_sections, "np.split: the sections")
    if not np.ndim(given) and x._value.shape[axis] % given:
        raise ValueError("array split does not result in an equal division")
    return array_split(x, given, axis)


def _splitting(name: str, axis: int, least: int) -> Function:
    def function(ary: Any, indices_or_sections: Any) -> list[Any]:
        x = boxed(ary, face_among(ary, indices_or_sections))
        rank = x._value.ndim
        if rank < least:
            raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
        return split(x, indices_or_sections, 0 if rank == 1 else axis)

    return arithmetic.named(function, name, f"`numpy.{name}`: `split` along axis {axis}.")


vsplit, hsplit = _splitting("vsplit", 0, 2), _splitting("hsplit", 1, 1)
dsplit = _splitting("dsplit", 2, 3)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """`numpy.unstack`: the slices along an axis, as views."""
    y = boxed(x)
    if not y._value.ndim:
        raise ValueError("Input array must be at least 1-d.")
    return slices(y, axis_index(axis, y._value.ndim))


# repeated, cut out, put in


def tile(A: Any, reps: Any) -> Any:
    """`numpy.tile`: the array repeated along each axis."""
    x = boxed(A, face_among(A, reps))
    reps = sizes_of(constant(reps, "np.tile: the numbers of repetitions"))
    own = x._value.shape
    rank = max(len(own), len(reps))
    own, reps = (1,) * (rank - len(own)) + own, (1,) * (rank - len(reps)) + reps
    paired = tuple(n for size in own for n in (1, size))
    wide = tuple(n for pair in zip(reps, own, strict=True) for n in pair)
    y = ops.broadcast_to.unary(ops.reshape.unary(x, paired), wide)
    y = ops.reshape.unary(y, tuple(c * n for c, n in zip(reps, own, strict=True)))
    return identity.unary(y) if y._view is not None else y


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """`numpy.repeat`: each element (each slice along an axis) repeated in place."""
    x = boxed(a)
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    counts = np.broadcast_to(constant(repeats, "np.repeat: repeats"), (x._value.shape[axis],))
    return ops.repeat.unary(x, axis, tuple(counts.tolist()))


def resize(a: Any, new_shape: Any) -> Any:
    """`numpy.resize`: the elements, from the start again where they do not suffice."""
    x, sizes = ravel(boxed(nested(a))), sizes_of(new_shape)
    if min(sizes, default=1) < 0:
        raise ValueError("all elements of `new_shape` must be non-negative")
    if not x._value.size:
        return fresh(x.face, np.zeros(sizes, x._value.dtype))
    places = np.arange(math.prod(sizes)).reshape(sizes) % x._value.size
    return indexing.take.unary(x, (places,))


def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """`numpy.delete`: without the elements, or the slices along an axis, that indices name."""
    x, axis = _along(boxed(arr, face_among(arr, obj)), axis)
    kept = np.delete(np.arange(x._value.shape[axis]), constant(obj, "np.delete: the indices"))
    return indexing.take.unary(x, (slice(None),) * axis + (kept,))


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """`numpy.insert`: with values put in before indices, along an axis."""
    face = face_among(arr, obj, *boxes_in(values))
    x, axis = _along(boxed(arr, face), axis)
    sizes = list(x._value.shape)
    n = sizes[axis]
    places = constant(obj, "np.insert: the indices")
    if isinstance(places, slice):
        places = np.arange(*places.indices(n))
    places = np.asarray(places)
    places = np.flatnonzero(places) if places.dtype == bool else places.astype(np.intp)
    part = held(values, x)
    if places.size == 1:  # one place takes any number of slices
        own = part._value.shape
        part = ops.reshape.unary(part, (1,) * (len(sizes) - len(own)) + own)
        part = part if places.ndim else moveaxis(part, 0, axis)
        sizes[axis], places = part._value.shape[axis], places.reshape(())
    else:
        sizes[axis] = places.size
    part = ops.broadcast_to.unary(part, tuple(sizes))
    order = np.insert(np.arange(n), places, np.arange(n, n + sizes[axis]))
    return indexing.take.unary(ops.cat([x, part], axis), (slice(None),) * axis + (order,))


def _along(x: Box, axis: int | None) -> tuple[Box, int]:
    """The array and an axis of it; without one, all elements in one axis."""
    if axis is None:
        return ravel(x), 0
    return x, axis_index(axis, x._value.ndim)


functions: dict[Function, Function] = {
    np.concatenate: concatenate, np.stack: stack, np.vstack: vstack, np.hstack: hstack,
    np.dstack: dstack, np.column_stack: column_stack, np.append: append, np.block: block,
    np.array_split: array_split, np.split: split, np.vsplit: vsplit, np.hsplit: hsplit,
    np.dsplit: dsplit, np.tile: tile, np.repeat: repeat, np.resize: resize, np.delete: delete,
    np.insert: insert,
}  # fmt: skip
if hasattr(np, "unstack"):  # NumPy 2.1 and later
    functions[np.unstack] = unstack
