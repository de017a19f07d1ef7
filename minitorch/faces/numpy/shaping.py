"""NumPy's functions of shape, joining, repetition and choice, with NumPy's signatures, on boxes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.faces import arithmetic
from minitorch.faces.numpy.operands import (
    axis_index,
    axis_tuple,
    boxed,
    face_among,
    into,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.reductions import sum
from minitorch.faces.operands import to_dtype
from minitorch.ops import shape as ops

Function = Callable[..., Any]
Shape = tuple[int, ...]


def sizes_of(shape: Any) -> Shape:
    """A shape given as an int or a sequence of ints."""
    if hasattr(shape, "__index__"):
        return (shape.__index__(),)
    return tuple(n.__index__() for n in shape)


# the same elements in another shape or order: views


def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None,
            copy: bool | None = None) -> Any:  # fmt: skip
    """`numpy.reshape`: a view where the layout allows it."""
    x, sizes = boxed(a), sizes_of(newshape if shape is None else shape)
    if order == "F" or (order in "AK" and x._value.flags.fnc):
        return transpose(reshape(transpose(x), sizes[::-1]))
    y = ops.reshape.unary(x, sizes)
    if copy is False and y._version is not x._version and x._value.size:
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return identity.unary(y) if copy else y


def ravel(a: Any, order: str = "C") -> Any:
    """`numpy.ravel`: all elements in one dimension."""
    return reshape(a, (-1,), order)


def transpose(a: Any, axes: Any = None) -> Any:
    """`numpy.transpose`: the axes in another order, by default reversed."""
    x = boxed(a)
    rank = x._value.ndim
    order = tuple(range(rank))[::-1] if axes is None else axis_tuple(axes, rank)
    if len(order) != rank:
        raise ValueError("axes don't match array")
    return ops.transpose.unary(x, order)


def matrix_transpose(x: Any, /) -> Any:
    """`numpy.matrix_transpose`: the last two axes exchanged."""
    if x._value.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x._value.ndim}")
    return ops.swap.unary(x)


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """`numpy.swapaxes`: two axes exchanged."""
    x = boxed(a)
    order = list(range(x._value.ndim))
    i, j = axis_index(axis1, len(order)), axis_index(axis2, len(order))
    order[i], order[j] = j, i
    return ops.transpose.unary(x, tuple(order))


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """`numpy.moveaxis`: some axes moved to other places."""
    x = boxed(a)
    sources, places = axis_tuple(source, x._value.ndim), axis_tuple(destination, x._value.ndim)
    if len(sources) != len(places):
        raise ValueError(
            "`source` and `destination` arguments must have the same number of elements"
        )
    order = [i for i in range(x._value.ndim) if i not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return ops.transpose.unary(x, tuple(order))


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """`numpy.rollaxis`: an axis moved back to before `start`."""
    rank = boxed(a)._value.ndim
    axis, start = axis_index(axis, rank), axis_index(start, rank + 1)
    return moveaxis(a, axis, start - 1 if axis < start else start)


def expand_dims(a: Any, axis: Any) -> Any:
    """`numpy.expand_dims`: new axes of size 1."""
    x = boxed(a)
    axis = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = x._value.ndim + len(axis)
    new, own = axis_tuple(axis, rank), iter(x._value.shape)
    return ops.reshape.unary(x, tuple(1 if i in new else next(own) for i in range(rank)))


def squeeze(a: Any, axis: Any = None) -> Any:
    """`numpy.squeeze`: without axes of size 1, all or those given."""
    x = boxed(a)
    sizes = x._value.shape
    ones = [i for i, n in enumerate(sizes) if n == 1]
    drop = ones if axis is None else axis_tuple(axis, len(sizes))
    if not all(sizes[i] == 1 for i in drop):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return ops.reshape.unary(x, tuple(n for i, n in enumerate(sizes) if i not in drop))


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """`numpy.broadcast_to`: repeated along axes of size 1 and new ones in front, without a copy."""
    return ops.broadcast_to.unary(boxed(array), sizes_of(shape))


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """`numpy.broadcast_arrays`: views of the arrays in the shape that they broadcast to."""
    face = face_among(*args)
    boxes = [boxed(x, face) for x in args]
    shape = np.broadcast_shapes(*(x._value.shape for x in boxes))
    return tuple(ops.broadcast_to.unary(x, shape) for x in boxes)


def _at_least(rank: int) -> Function:
    def function(*arys: Any) -> Any:
        face, out = face_among(*arys), []
        for x in arys:
            x = boxed(x, face)
            n, sizes = x._value.ndim, x._value.shape
            if n < rank:
                before = {0: rank - 1 if rank < 3 else 1, 1: 1, 2: 0}[n]
                after = rank - n - before
                x = ops.reshape.unary(x, (1,) * before + sizes + (1,) * after)
            out.append(x)
        return out[0] if len(out) == 1 else tuple(out)

    name = f"atleast_{rank}d"
    return arithmetic.named(function, name, f"`numpy.{name}`: arrays of at least {rank} axes.")


atleast_1d, atleast_2d, atleast_3d = _at_least(1), _at_least(2), _at_least(3)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """`numpy.diagonal`: the diagonal of two axes, as the last axis."""
    x = boxed(a)
    rank = x._value.ndim
    if rank < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    axes = (axis_index(axis1, rank), axis_index(axis2, rank))
    if axes[0] == axes[1]:
        raise ValueError("axis1 and axis2 cannot be the same")
    return ops.diagonal.unary(x, axes, int(offset))


def diag(v: Any, k: int = 0) -> Any:
    """`numpy.diag`: the diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x = boxed(v)
    if x._value.ndim == 1:
        n = x._value.shape[0] + abs(k)
        return ops.undiagonal.unary(x, (0, 1), k, (n, n))
    if x._value.ndim != 2:
        raise ValueError("Input must be 1- or 2-d.")
    return ops.diagonal.unary(x, (0, 1), k)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None,
          out: Any = None) -> Any:  # fmt: skip
    """`numpy.trace`: the sum of a diagonal of two axes."""
    return sum(diagonal(a, offset, axis1, axis2), -1, dtype, out)


# joins and parts


def _alike(arrays: Any, dtype: Any, *more: Any) -> list[Box]:
    """The arrays of a sequence as boxes of one face and dtype."""
    if isinstance(arrays, Box):
        arrays = list(arrays)  # type: ignore[call-overload]
    face = face_among(*arrays, *more)
    boxes = [boxed(x, face, keeps=False) for x in arrays]
    if dtype is not None:
        return [to_dtype(x, numpy_dtype(dtype)) for x in boxes]
    if len({x._value.dtype for x in boxes}) == 1:
        return boxes
    return joined(*boxes)


def concatenate(arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None,
                casting: str = "same_kind") -> Any:  # fmt: skip
    """`numpy.concatenate`: the arrays joined along an axis, or all their elements."""
    boxes = _alike(arrays, dtype, out)
    if axis is None:
        boxes, axis = [ravel(x) for x in boxes], 0
    if not boxes[0]._value.ndim:
        raise ValueError("zero-dimensional arrays cannot be concatenated; use np.stack")
    return into(out, ops.cat(boxes, axis_index(axis, boxes[0]._value.ndim)), "concatenate")


def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None,
          casting: str = "same_kind") -> Any:  # fmt: skip
    """`numpy.stack`: the arrays, all of one shape, joined along a new axis."""
    boxes = _alike(arrays, dtype, out)
    if len({x._value.shape for x in boxes}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return into(out, ops.stack(boxes, axis_index(axis, boxes[0]._value.ndim + 1)), "stack")


def _joining(name: str, lift: Function, axis: int | None) -> Function:
    def function(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
        boxes = [lift(x) for x in _alike(tup, dtype)]
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
column_stack = _joining("column_stack", _column, 1)


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """`numpy.append`: two arrays joined along an axis, or all their elements."""
    return concatenate((arr, values), axis)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`numpy.array_split`: views of parts: a number of nearly equal ones, or cut at indices."""
    x = boxed(ary)
    axis = axis_index(axis, x._value.ndim)
    n = x._value.shape[axis]
    if hasattr(indices_or_sections, "__len__"):
        cuts = [0, *(slice(None, i).indices(n)[1] for i in indices_or_sections), n]
    else:
        count = int(indices_or_sections)
        if count < 1:
            raise ValueError("number sections must be larger than 0.")
        small, more = divmod(n, count)
        cuts = np.cumsum([0] + [small + 1] * more + [small] * (count - more)).tolist()
    if cuts == sorted(cuts):
        return list(ops.split.unary(x, axis, tuple(np.diff(cuts).tolist())))
    head = (slice(None),) * axis
    return [ops.getitem.unary(x, (*head, slice(a, b))) for a, b in pairwise(cuts)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """`numpy.split`: views of parts: a number of equal ones, or cut at indices."""
    if not hasattr(indices_or_sections, "__len__"):
        n = boxed(ary)._value.shape[axis]
        if n % indices_or_sections:
            raise ValueError("array split does not result in an equal division")
    return array_split(ary, indices_or_sections, axis)


def _splitting(name: str, axis: int, least: int) -> Function:
    def function(ary: Any, indices_or_sections: Any) -> list[Any]:
        rank = boxed(ary)._value.ndim
        if rank < least:
            raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
        return split(ary, indices_or_sections, 0 if rank == 1 else axis)

    return arithmetic.named(function, name, f"`numpy.{name}`: `split` along axis {axis}.")


vsplit, hsplit = _splitting("vsplit", 0, 2), _splitting("hsplit", 1, 1)
dsplit = _splitting("dsplit", 2, 3)

# what a shape is


def shape(a: Any) -> Shape:
    """`numpy.shape`: the sizes of the axes, as a tuple."""
    return tuple(a._value.shape)


def ndim(a: Any) -> int:
    """`numpy.ndim`: the number of axes."""
    return a._value.ndim


def size(a: Any, axis: Any = None) -> int:
    """`numpy.size`: the number of elements, or along axes."""
    sizes = a._value.shape
    axes = range(len(sizes)) if axis is None else axis_tuple(axis, len(sizes))
    return int(np.prod([sizes[i] for i in axes], dtype=np.intp))


functions: dict[Function, Function] = {
    np.reshape: reshape, np.ravel: ravel, np.transpose: transpose, np.swapaxes: swapaxes,
    np.moveaxis: moveaxis, np.rollaxis: rollaxis, np.matrix_transpose: matrix_transpose,
    np.expand_dims: expand_dims, np.squeeze: squeeze, np.broadcast_to: broadcast_to,
    np.broadcast_arrays: broadcast_arrays, np.atleast_1d: atleast_1d, np.atleast_2d: atleast_2d,
    np.atleast_3d: atleast_3d, np.diagonal: diagonal, np.diag: diag, np.trace: trace,
    np.concatenate: concatenate, np.stack: stack, np.vstack: vstack, np.hstack: hstack,
    np.dstack: dstack, np.column_stack: column_stack, np.append: append,
    np.array_split: array_split, np.split: split, np.vsplit: vsplit, np.hsplit: hsplit,
    np.dsplit: dsplit, np.shape: shape, np.ndim: ndim, np.size: size,
}  # fmt: skip
