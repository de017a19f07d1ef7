"""Operations that move elements without computing: views, joins, repetitions, triangles.

All are linear, so each states only its adjoint. Axes are non-negative here; the faces see to it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.conform import sum_to
from minitorch.engine.memory import relaid
from minitorch.engine.primitive import Primitive, Variadic
from minitorch.engine.views import ViewPrimitive

Shape = tuple[int, ...]
Boxes = tuple[Box, ...]
Flags = tuple[bool, ...]


def shifted(op: Primitive, boxes: Boxes, flags: Flags, params: tuple[Any, ...]) -> Any:
    """Batching for operations whose first setting is an axis or a tuple of axes."""
    axis, *rest = params
    moved = tuple(a + 1 for a in axis) if isinstance(axis, tuple) else axis + 1
    return op(*boxes, moved, *rest)


def packed(x: np.ndarray) -> np.ndarray:
    """`x` in row-major order, where NumPy keeps the order of its arguments and PyTorch does not."""
    return x if x.flags.c_contiguous else x.copy()


# views


def _expand(x: np.ndarray, shape: Shape) -> np.ndarray:
    """`x` at a larger shape without a copy; unlike NumPy's own, its views keep their base."""
    x = np.asarray(x)
    lead = len(shape) - x.ndim
    strides, fits = [0] * lead, lead >= 0
    for have, want, step in zip(x.shape, shape[lead:], x.strides):
        fits = fits and (have == want or have == 1)
        strides.append(step if have == want else 0)
    if not fits:
        raise ValueError(f"an array of shape {x.shape} can't be broadcast to {shape}")
    return relaid(x, shape, tuple(strides))


def _batch_expand(op: Primitive, boxes: Boxes, flags: Flags, params: tuple[Any, ...]) -> Any:
    (box,), (shape,) = boxes, params
    size, *own = box._value.shape
    return op(reshape(box, (size, *(1,) * (len(shape) - len(own)), *own)), (size, *shape))


broadcast_to = ViewPrimitive(
    "broadcast_to", _expand, names=("x", "shape"), linear=(0,), batch=_batch_expand,
    vjps=(lambda g, x_shape: sum_to(g, x_shape),), grad_name="ExpandBackward0",
    doc="x repeated along axes of size 1, and along new axes in front, to `shape`",
)  # fmt: skip

reshape = ViewPrimitive(
    "reshape", lambda x, shape: x.reshape(shape), linear=(0,), grad_name="ViewBackward0",
    batch=lambda op, boxes, flags, params: op(*boxes, (boxes[0]._value.shape[0], *params[0])),
    vjps=(lambda g, x_shape: reshape(g, x_shape),),
    doc="x in another shape; a view where the layout allows it",
)  # fmt: skip

transpose = ViewPrimitive(
    "transpose", lambda x, order: x.transpose(order), linear=(0,), grad_name="PermuteBackward0",
    batch=lambda op, boxes, flags, params: op(*boxes, (0, *(i + 1 for i in params[0]))),
    vjps=(lambda g, order: transpose(g, inverse(order)),), doc="x with its axes in another order",
)  # fmt: skip

swap = ViewPrimitive(
    "swap", lambda x: x.swapaxes(-1, -2), linear=(0,), grad_name="TBackward0",
    batch=lambda op, boxes, flags, params: op(*boxes), vjps=(lambda g: swap(g),),
    doc="x with its last two axes exchanged",
)  # fmt: skip

diagonal = ViewPrimitive(
    "diagonal", lambda x, axes, offset: _diagonal(x, axes, offset), linear=(0,), batch=shifted,
    vjps=(lambda g, x_shape, axes, offset: undiagonal(g, axes, offset, x_shape),),
    doc="the diagonal of the two axes, as the last axis",
)  # fmt: skip

undiagonal = Primitive(
    "undiagonal", lambda x, axes, offset, shape: _undiagonal(x, axes, offset, shape), linear=(0,),
    batch=lambda op, boxes, flags, params: op(
        *boxes, tuple(a + 1 for a in params[0]), params[1], (boxes[0]._value.shape[0], *params[2])
    ),
    vjps=(lambda g, axes, offset: diagonal(g, axes, offset),), grad_name="DiagEmbedBackward0",
    doc="zeros of `shape` with x on a diagonal: the adjoint of `diagonal`",
)  # fmt: skip


def inverse(order: Shape) -> Shape:
    """The order that undoes `order`."""
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _diagonal(x: np.ndarray, axes: Shape, offset: int) -> np.ndarray:
    y = x.diagonal(offset, *axes)
    y.flags.writeable = x.flags.writeable  # NumPy's is read-only, though it is a view
    return y


def _undiagonal(x: np.ndarray, axes: Shape, offset: int, shape: Shape) -> np.ndarray:
    y = np.zeros(shape, x.dtype)
    _diagonal(y, axes, offset)[...] = x
    return y


# several views at once


def _sections(sizes: Shape) -> list[int]:
    return np.cumsum(sizes)[:-1].tolist()


def _rows(x: np.ndarray) -> list[np.ndarray]:
    return [x[i, ...] for i in range(x.shape[0])]


split = ViewPrimitive(
    "split", lambda x, axis, sizes: tuple(np.split(x, _sections(sizes), axis)), linear=(0,),
    several=True, batch=shifted, vjps=(lambda g, axis: cat(g, axis),),
    doc="x cut along an axis into parts of the given sizes",
)  # fmt: skip

unbind = ViewPrimitive(
    "unbind", lambda x, axis: tuple(_rows(np.moveaxis(x, axis, 0))), linear=(0,),
    several=True, batch=shifted, vjps=(lambda g, axis: stack(g, axis),),
    doc="the slices of x along an axis",
)  # fmt: skip

# joins


def alike(boxes: Boxes, flags: Flags) -> list[Box]:
    """All boxes with the batch axis: those that have none are repeated along one."""
    size = batch.size_of(boxes, flags)
    return [
        b if flag else broadcast_to(b, (size, *b._value.shape))
        for b, flag in zip(boxes, flags, strict=True)
    ]


def _batch_join(op: Primitive, boxes: Boxes, flags: Flags, params: tuple[Any, ...]) -> Any:
    return op(alike(boxes, flags), params[0] + 1)


def _sections_of(g: Any, wanted: Shape, shapes: list[Shape], axis: int) -> list[Any]:
    ends = list(accumulate(shape[axis] for shape in shapes))
    head = (slice(None),) * axis
    return [getitem(g, (*head, slice(ends[i] - shapes[i][axis], ends[i]))) for i in wanted]


def _slices_of(g: Any, wanted: Shape, shapes: list[Shape], axis: int) -> list[Any]:
    return [getitem(g, (slice(None),) * axis + (i,)) for i in wanted]


cat = Variadic(
    "cat", lambda arrays, axis: packed(np.concatenate(arrays, axis)), _sections_of,
    batch=_batch_join,
    doc="the arrays joined along an axis",
)  # fmt: skip

stack = Variadic(
    "stack", lambda arrays, axis: packed(np.stack(arrays, axis)), _slices_of, batch=_batch_join,
    doc="the arrays joined along a new axis",
)  # fmt: skip

# copies


def _batch_pad(op: Primitive, boxes: Boxes, flags: Flags, params: tuple[Any, ...]) -> Any:
    return op(*boxes, ((0, 0), *params[0]))


flip = Primitive(
    "flip", lambda x, axes: _flip(x, axes), linear=(0,), batch=shifted,
    vjps=(lambda g, axes: flip(g, axes),), doc="x reversed along axes",
)  # fmt: skip

roll = Primitive(
    "roll", lambda x, axes, shifts: _roll(x, axes, shifts), linear=(0,), batch=shifted,
    vjps=(lambda g, axes, shifts: roll(g, axes, tuple(-s for s in shifts)),),
    doc="x moved around along axes",
)  # fmt: skip

pad = Primitive(
    "pad", lambda x, widths: _pad(x, widths), linear=(0,), batch=_batch_pad,
    vjps=(lambda g, x_shape, widths: getitem(g, _middle(x_shape, widths)),),
    doc="x with zeros around it",
)  # fmt: skip

repeat = Primitive(
    "repeat", lambda x, axis, counts: np.repeat(x, counts, axis), linear=(0,), batch=shifted,
    vjps=(lambda g, axis, counts: unrepeat(g, axis, counts),),
    grad_name="RepeatInterleaveBackward0",
    doc="each slice of x along an axis, as many times as `counts` (a tuple) says",
)  # fmt: skip

unrepeat = Primitive(
    "unrepeat", lambda x, axis, counts: _unrepeat(x, axis, counts), linear=(0,), batch=shifted,
    vjps=(lambda g, axis, counts: repeat(g, axis, counts),),
    doc="the sums over the copies that `repeat` made: its adjoint",
)  # fmt: skip


def _flip(x: np.ndarray, axes: Shape) -> np.ndarray:
    reverse = slice(None, None, -1)
    return x[tuple([reverse if i in axes else slice(None) for i in range(x.ndim)])].copy()


def _roll(x: np.ndarray, axes: Shape, shifts: Shape) -> np.ndarray:
    y = x
    for axis, shift in zip(axes, shifts, strict=True):
        head = (slice(None),) * axis
        cut = -shift % max(x.shape[axis], 1)
        y = np.concatenate((y[(*head, slice(cut, None))], y[(*head, slice(0, cut))]), axis)
    return y.copy() if y is x else packed(y)


def _pad(x: np.ndarray, widths: tuple[tuple[int, int], ...]) -> np.ndarray:
    shape = tuple([n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)])
    return _place(x, shape, _middle(x.shape, widths))


def _middle(shape: Shape, widths: tuple[tuple[int, int], ...]) -> tuple[slice, ...]:
    return tuple(slice(w[0], w[0] + n) for w, n in zip(widths, shape, strict=True))


def _unrepeat(x: np.ndarray, axis: int, counts: Shape) -> np.ndarray:
    y = np.zeros((*x.shape[:axis], len(counts), *x.shape[axis + 1 :]), x.dtype)
    owner = np.repeat(np.arange(len(counts)), counts)
    index: Any = (slice(None),) * axis + (owner,)
    np.add.at(y, index, x)
    return y


tril = Primitive(
    "tril", lambda x, offset: packed(np.tril(x, offset)), linear=(0,),
    batch=lambda op, boxes, flags, params: op(*boxes, *params),
    vjps=(lambda g, offset: tril(g, offset),), doc="x with zeros above a diagonal",
)  # fmt: skip

triu = Primitive(
    "triu", lambda x, offset: packed(np.triu(x, offset)), linear=(0,),
    batch=lambda op, boxes, flags, params: op(*boxes, *params),
    vjps=(lambda g, offset: triu(g, offset),), doc="x with zeros below a diagonal",
)  # fmt: skip

# basic indexing is a view too; see ops/index.py for the rest of indexing


def _pick(x: np.ndarray, index: tuple[Any, ...]) -> np.ndarray:
    y = x[index]
    return y if isinstance(y, np.ndarray) else x[(*index, ...)]  # an ndarray, and a view


def _view_name(index: tuple[Any, ...]) -> str:
    """The name of the node of a view by indices: that of the last of them which changes a shape."""
    for part in reversed(index):
        if part is None:
            return "UnsqueezeBackward0"
        if not isinstance(part, slice):
            if part is not ...:
                return "SelectBackward0"
        elif part != slice(None):
            return "SliceBackward0"
    return "SliceBackward0" if len(index) == 1 and index[0] is not ... else "AliasBackward0"


getitem = ViewPrimitive(
    "getitem", _pick, names=("x", "index"), linear=(0,),
    grad_name=lambda saved: _view_name(saved[1]),
    batch=lambda op, boxes, flags, params: op(*boxes, (slice(None), *params[0])),
    vjps=(lambda g, x_shape, index: place(g, x_shape, index),),
    doc="x at a tuple of ints, slices, None and Ellipsis",
)  # fmt: skip


def _place(x: np.ndarray, shape: Shape, index: tuple[Any, ...]) -> np.ndarray:
    y = np.zeros(shape, x.dtype)
    y[index] = x
    return y


place = Primitive(
    "place", _place, names=("x", "shape", "index"), linear=(0,),
    batch=lambda op, boxes, flags, params: op(
        *boxes, (boxes[0]._value.shape[0], *params[0]), (slice(None), *params[1])
    ),
    vjps=(lambda g, index: getitem(g, index),),
    doc="zeros of `shape` with x at the index: the adjoint of `getitem`",
)  # fmt: skip


# sliding windows


def _windows(x: np.ndarray, axis: int, size: int, step: int) -> np.ndarray:
    shape, strides = [*x.shape, size], [*x.strides, x.strides[axis] if x.ndim else x.itemsize]
    if x.ndim:
        shape[axis] = (x.shape[axis] - size) // step + 1
        strides[axis] *= step
    return relaid(x, tuple(shape), tuple(strides))


def _overlaid(x: np.ndarray, axis: int, step: int, shape: Shape) -> np.ndarray:
    y = np.zeros(shape, x.dtype)
    if not shape:
        return x.sum(-1).astype(x.dtype)
    head, reach = (slice(None),) * axis, (x.shape[axis] - 1) * step + 1
    for i in range(x.shape[-1]):
        y[(*head, slice(i, i + reach, step))] += x[..., i]
    return y


strided_windows = ViewPrimitive(
    "unfold", lambda x, axis, size, step: _windows(x, axis, size, step), linear=(0,),
    batch=shifted, grad_name="UnfoldBackward0",
    vjps=(lambda g, x_shape, axis, step: overlaid(g, axis, step, x_shape),),
    doc="windows of x along an axis, `step` apart; their elements along a new last axis",
)  # fmt: skip

overlaid = Primitive(
    "overlaid", lambda x, axis, step, shape: _overlaid(x, axis, step, shape), linear=(0,),
    batch=lambda op, boxes, flags, params: op(
        *boxes, params[0] + 1, params[1], (boxes[0]._value.shape[0], *params[2])
    ),
    vjps=(lambda g, x_shape, axis, step: strided_windows(g, axis, x_shape[-1], step),),
    doc="the sums over windows, laid where they were taken from: the adjoint of `strided_windows`",
)  # fmt: skip
