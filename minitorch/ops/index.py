"""Indexing by arrays: take, put, gather, scatter.

Index arrays are copied by the faces where they are kept, so that a later change of the caller's
array cannot change a gradient. An element may be named twice: gradients add up there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.elementwise import masked
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import alike, packed, transpose

Index = tuple[Any, ...]
Shape = tuple[int, ...]


def is_advanced(part: Any) -> bool:
    """Whether a part of an index is an array."""
    return isinstance(part, np.ndarray)


def _moved(index: Index) -> int:
    """How many axes NumPy puts in front of the batch axis: those of arrays that stand apart."""
    at = [i for i, part in enumerate(index) if is_advanced(part) or isinstance(part, int)]
    if at and at[-1] - at[0] + 1 > len(at):
        return np.broadcast(*[index[i] for i in at]).ndim
    return 0


def _batch_take(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    (index,) = params
    y = op(*boxes, (slice(None), *index))
    front = _moved(index)
    if not front:
        return y
    rest = range(front + 1, y._value.ndim)
    return transpose(y, (front, *range(front), *rest))


def _batch_put(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    (x,), (shape, index) = boxes, params
    front = _moved(index)
    if front:
        x = transpose(x, (*range(1, front + 1), 0, *range(front + 1, x._value.ndim)))
    return op(x, (boxes[0]._value.shape[0], *shape), (slice(None), *index))


def _at(op: np.ufunc, y: np.ndarray, index: Index, x: np.ndarray) -> None:
    """`op.at(y, index, x)`, which is much faster in one dimension."""
    plain = len(index) == y.ndim and y.size and y.flags.c_contiguous
    if not plain or not all(_within(part, n) for part, n in zip(index, y.shape, strict=True)):
        op.at(y, index, x)
        return
    flat = y.reshape(-1)
    places = np.ravel_multi_index(index, y.shape, mode="wrap")  # type: ignore[call-overload]
    op.at(flat, places.reshape(-1), np.broadcast_to(x, places.shape).reshape(-1))


def _within(part: Any, size: int) -> bool:
    """Whether a part of an index is an array of places along an axis of some size."""
    if not is_advanced(part) or part.dtype.kind != "i":
        return False
    return bool(part.min(initial=0) >= -size and part.max(initial=0) < size)


def _put_add(x: np.ndarray, shape: Shape, index: Index) -> np.ndarray:
    y = np.zeros(shape, x.dtype)
    if any(is_advanced(part) and part.dtype != bool for part in index):
        _at(np.add, y, index, x)
    else:
        y[index] = x  # a mask names no element twice
    return y


take = Primitive(
    "take", lambda x, index: x[index], linear=(0,), batch=_batch_take, grad_name="IndexBackward0",
    vjps=(lambda g, x_shape, index: put_add(g, x_shape, index),),
    doc="x at a tuple with index arrays or boolean masks among its parts",
)  # fmt: skip

put_add = Primitive(
    "put_add", _put_add, names=("x", "shape", "index"), linear=(0,),
    vjps=(lambda g, index: take(g, index),), batch=_batch_put,
    doc="zeros of `shape` with x added at the index: the adjoint of `take`",
)  # fmt: skip


def _index_put(a: np.ndarray, b: np.ndarray, index: Index, accumulate: bool) -> np.ndarray:
    y = a.copy()
    if accumulate:
        _at(np.add, y, index, b)
    else:
        y[index] = b
    return y


index_put = Primitive(
    "index_put", _index_put, arrays=2, names=("a", "b", "index", "accumulate"),
    vjps=(
        lambda g, index, accumulate: g if accumulate else clear(g, index),
        lambda g, index, accumulate: take(g, index)
        if accumulate
        or accumulate is None
        else lasting(take(g, index), shape_of(g), index),
    ),
    jvps=(
        lambda t, index, accumulate: t if accumulate else clear(t, index),
        lambda t, a_shape, index, accumulate: put_add(
            spread(t, a_shape, index)
            if accumulate
            else lasting(spread(t, a_shape, index), a_shape, index),
            a_shape,
            index,
        ),
    ),
    broadcasts=True,
    doc="a with b written (or added) at the index; `accumulate` None writes, and gives all that "
    "goes to one place the gradient, as PyTorch does",
)  # fmt: skip


def _put_extreme(a: np.ndarray, b: np.ndarray, index: Index, largest: bool) -> np.ndarray:
    y = a.copy()
    _at(np.maximum if largest else np.minimum, y, index, b)
    return y


def _reaching(a: Any, b: Any, y: Any, index: Index) -> tuple[Any, Any]:
    """The parts that a and b have in their extremes y: those that reach one share it equally."""
    own, given = same(a, y), same(b, take(y, index))
    many = index_put(own, given, index, True)
    return own / many, given / take(many, index)


same = Constant(
    "same", lambda x, y: ((x == y) | ((x != x) & (y != y))).astype(x.dtype), names=("x", "y"),
    arrays=2, batch=batch.elementwise, broadcasts=True,
    doc="1 where x equals y, or both are NaN, else 0",
)  # fmt: skip

put_extreme = Primitive(
    "put_extreme", _put_extreme, arrays=2, names=("a", "b", "index", "largest"),
    vjps=(
        lambda g, y, a, b, index: g * _reaching(a, b, y, index)[0],
        lambda g, y, a, b, index: take(g, index) * _reaching(a, b, y, index)[1],
    ),
    jvps=(
        lambda t, y, a, b, index: t * _reaching(a, b, y, index)[0],
        lambda t, y, a, b, a_shape, index: put_add(
            t * _reaching(a, b, y, index)[1], a_shape, index
        ),
    ),
    doc="the maxima (or minima) of a and of the elements of b that go to each place at the index",
)  # fmt: skip

clear = Primitive(
    "clear", lambda x, index: _index_put(x, x.dtype.type(0), index, False), linear=(0,),
    batch=lambda op, boxes, flags, params: op(*boxes, (slice(None), *params[0])),
    vjps=(lambda g, index: clear(g, index),), doc="x with zeros at the index",
)  # fmt: skip


def spread(t: Any, shape: Shape, index: Index) -> Any:
    """`t` in the shape that `index` picks from an array of `shape`."""
    picked = np.broadcast_to(np.empty((), bool), shape)[index].shape
    return Primitive.known("broadcast_to")(t, picked)


def lasting(x: Any, shape: Shape, index: Index) -> Any:
    """`x`, in the shape that `index` picks, with 0 for what is overwritten at a repeated place."""
    owner = np.zeros(shape, np.intp)
    picked = owner[index].shape
    turn = np.arange(math.prod(picked)).reshape(picked)
    owner[index] = turn
    stays = owner[index] == turn
    return x if stays.all() else masked(x, stays)


# along one axis


def _along(index: np.ndarray, axis: int) -> Index:
    """The index tuple that names, for each element of `index`, its own place but for one axis."""
    shape, rank = index.shape, index.ndim
    return tuple(
        [
            index if i == axis else np.arange(n).reshape((1,) * i + (n,) + (1,) * (rank - i - 1))
            for i, n in enumerate(shape)
        ]
    )


def _scatter_add(x: np.ndarray, index: np.ndarray, shape: Shape, axis: int) -> np.ndarray:
    y = np.zeros(shape, x.dtype)
    _at(np.add, y, _along(index, axis), x)
    return y


def _batch_gather(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), params[0] + 1)


def _batch_scatter(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    shape, axis = params
    return op(*alike(boxes, flags), (batch.size_of(boxes, flags), *shape), axis + 1)


gather = Primitive(
    "gather", lambda x, index, axis: packed(x[_along(index, axis)]), arrays=2, linear=(0,),
    vjps=(lambda g, index, x_shape, axis: scatter_add(g, index, x_shape, axis),),
    batch=_batch_gather, doc="the elements of x that an index of the same rank names along an axis",
)  # fmt: skip

scatter_add = Primitive(
    "scatter_add", _scatter_add, names=("x", "index", "shape", "axis"), arrays=2, linear=(0,),
    vjps=(lambda g, index, axis: gather(g, index, axis),), batch=_batch_scatter,
    doc="zeros of `shape` with x added where the index says: the adjoint of `gather`",
)  # fmt: skip


one_hot = Constant(
    "one_hot", lambda x, classes: np.eye(classes, dtype=np.int64)[x],
    batch=lambda op, boxes, flags, params: op(*boxes, *params),
    doc="1 at the place that each integer names, else 0",
)  # fmt: skip
