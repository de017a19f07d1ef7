"""NumPy's functions of shape and order, with NumPy's signatures, on boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.batch import Batched
from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.faces import arithmetic
from minitorch.faces.numpy.indexing import nested
from minitorch.faces.numpy.operands import axis_index, axis_tuple, boxed, constant, face_among
from minitorch.faces.numpy.reductions import sum
from minitorch.ops import index as indexing
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
    if order not in ("C", "F", "A"):
        raise ValueError(f"order must be one of 'C', 'F' or 'A' to reshape, not {order!r}")
    if order == "F" or (order == "A" and _laid(x).flags.fnc):
        return transpose(reshape(transpose(x), sizes[::-1], copy=copy))
    y = ops.reshape.unary(x, sizes)
    if copy is False and y._counter is not x._counter and x._value.size:
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return identity.unary(y) if copy else y


def ravel(a: Any, order: str = "C") -> Any:
    """`numpy.ravel`: all elements in one dimension."""
    if order != "K":
        return reshape(a, (-1,), order)
    x = boxed(a)
    steps = [-abs(step) for step in _laid(x).strides]  # as they lie in memory
    return reshape(transpose(x, sorted(range(len(steps)), key=steps.__getitem__)), (-1,))


def _laid(x: Box) -> np.ndarray:
    """An array that lies in memory as `x` does: inside of vmap, as one example."""
    value, front = x._value, 0
    while isinstance(value, Batched):
        value, front = value.box._value, front + 1
    return value[(0,) * front] if front else value


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


def diagflat(v: Any, k: int = 0) -> Any:
    """`numpy.diagflat`: the matrix with all elements of an array on its diagonal."""
    return diag(ravel(boxed(nested(v))), k)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None,
          out: Any = None) -> Any:  # fmt: skip
    """`numpy.trace`: the sum of a diagonal of two axes."""
    return sum(diagonal(a, offset, axis1, axis2), -1, dtype, out)


# the same elements at other places


def flip(m: Any, axis: Any = None) -> Any:
    """`numpy.flip`: reversed along axes."""
    x = boxed(m)
    rank = x._value.ndim
    return ops.flip.unary(x, tuple(range(rank)) if axis is None else axis_tuple(axis, rank))


def flipud(m: Any) -> Any:
    """`numpy.flipud`: reversed along the first axis."""
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """`numpy.fliplr`: reversed along the second axis."""
    return flip(m, 1)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """`numpy.rot90`: turned by k quarters in the plane of two axes."""
    x = boxed(m)
    a, b = axis_tuple(axes, x._value.ndim)
    if k % 4 == 0:
        return identity.unary(x)
    if k % 4 == 2:
        return flip(x, (a, b))
    return swapaxes(flip(x, b), a, b) if k % 4 == 1 else flip(swapaxes(x, a, b), b)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """`numpy.roll`: the elements moved around along axes, or in the flattened array."""
    x = boxed(a)
    if axis is None and x._value.ndim != 1:
        return ops.reshape.unary(roll(ravel(x), shift, 0), x._value.shape)
    axis = 0 if axis is None else axis
    if type(shift) is int and type(axis) is int:
        return ops.roll.unary(x, axis_tuple(axis, x._value.ndim), (shift,))
    pairs = np.broadcast(constant(shift, "np.roll: shift"), axis)
    shifts, axes = zip(*((int(s), int(a)) for s, a in pairs), strict=True)
    return ops.roll.unary(x, axis_tuple(axes, x._value.ndim, allow_duplicate=True), shifts)


def sliding_window_view(x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False,
                        writeable: bool = False) -> Any:  # fmt: skip
    """`numpy.lib.stride_tricks.sliding_window_view`: all windows of a size; a copy here."""
    y, sizes = boxed(x), sizes_of(window_shape)
    rank = y._value.ndim
    axes = tuple(range(rank)) if axis is None else axis_tuple(axis, rank, allow_duplicate=True)
    if len(sizes) != len(axes):
        raise ValueError(
            f"window_shape {sizes} and axis must have the same length; an array of {rank} axes "
            f"was given, and the axes {axes}"
        )
    for size, at in zip(sizes, axes, strict=True):
        count = y._value.shape[at] - size + 1
        if size < 0 or count < 1:
            raise ValueError(
                f"a window of {size} does not fit along axis {at} of shape {tuple(y._value.shape)}"
            )
        places = np.arange(count)[:, None] + np.arange(size)
        y = moveaxis(indexing.take.unary(y, (slice(None),) * at + (places,)), at + 1, -1)
    return y


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
    np.atleast_3d: atleast_3d, np.diagonal: diagonal, np.diag: diag, np.diagflat: diagflat,
    np.trace: trace, np.flip: flip, np.flipud: flipud, np.fliplr: fliplr, np.rot90: rot90,
    np.roll: roll, np.lib.stride_tricks.sliding_window_view: sliding_window_view,
    np.shape: shape, np.ndim: ndim, np.size: size,
}  # fmt: skip
