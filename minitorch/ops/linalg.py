"""Matrix products, and the Euclidean norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.conform import cast
from minitorch.engine.primitive import Primitive
from minitorch.ops.complex import conjugate, is_complex, real_part
from minitorch.ops.elementwise import zeros_of
from minitorch.ops.reduce import kept, shape_of, total
from minitorch.ops.shape import alike, getitem, reshape, shifted, swap


def _rows(x: np.ndarray) -> np.ndarray:
    """`x` with all axes but the last folded into one."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _batch_matmul(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*batch.aligned(boxes, flags, reshape))


def _matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if b.ndim > 2 and b.shape[-2] == 1 == a.shape[-1] and a.dtype.kind == "f":
        if a.ndim == b.ndim == 3 and len(a) == len(b) and a.size * b.shape[2] > 4096:
            return np.einsum("nik,nkj->nij", a, b)
        return np.multiply(a, b, order="C")  # np.matmul takes outer products three times as long
    y = _product(a, b)
    return y if y.dtype is a.dtype else y.astype(a.dtype)  # that of bfloat16 is of float32


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a @ b`, where `b` is one matrix in one product: np.matmul makes one for each of `a`."""
    if a.ndim == b.ndim == 3 and 0 < len(a) == len(b) and not b.strides[0]:
        b = b[0]  # it is one matrix, repeated
    if b.ndim != 2:
        return np.matmul(a, b)
    if a.ndim == 2:
        return a.dot(b)  # np.matmul takes half a microsecond longer
    if a.ndim > 2:
        rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
        return rows.dot(b).reshape(*a.shape[:-1], b.shape[1])
    return np.matmul(a, b)


matmul = Primitive(
    "matmul", _matmul, names=("a", "b"), arrays=2, linear=(0, 1), broadcasts=True,
    vjps=(lambda g, b: matmul(g, swap(b)), lambda g, a: matmul(swap(a), g)),
    batch=_batch_matmul, grad_name="MmBackward0",
    doc="the product of matrices in the last two axes; the axes before them broadcast",
)  # fmt: skip


def _batch_dot(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    a, b = boxes
    row, column = (x._value.ndim - flag == 1 for x, flag in zip(boxes, flags, strict=True))
    if row:
        a = getitem(a, (*(slice(None),) * flags[0], None))
    y = matmul(a, getitem(b, (..., None)) if column else b)
    return getitem(y, (slice(None), 0 if row else slice(None), *(0,) * column))


def _outer(a: Any, b: Any) -> Any:
    """The products of each element of `a`, a vector or a number, with the vector `b`."""
    return getitem(a, (..., None)) * b


dot = Primitive(
    "dot", np.dot, names=("a", "b"), arrays=2, linear=(0, 1), batch=_batch_dot,
    vjps=(
        lambda g, b: _outer(g, b) if len(shape_of(b)) == 1 else dot(g, swap(b)),
        lambda g, a, b_shape: dot(swap(a), g)
        if len(shape_of(a)) == 2
        else (g * a if len(b_shape) == 1 else _outer(a, g)),
    ),
    grad_name="MmBackward0", doc="the product of vectors and matrices, of one or two axes each",
)  # fmt: skip


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    ahead, behind = [1, 2, 0], [2, 0, 1]
    return a[..., ahead] * b[..., behind] - a[..., behind] * b[..., ahead]


cross = Primitive(
    "cross", _cross, arrays=2, linear=(0, 1), broadcasts=True, batch=batch.elementwise,
    vjps=(lambda g, b: cross(b, g), lambda g, a: cross(g, a)), grad_name="LinalgCrossBackward0",
    doc="the cross product of vectors of three elements, in the last axis",
)  # fmt: skip


def _linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    y = _product(x, weight.T)
    y += bias
    return y if y.dtype is x.dtype else y.astype(x.dtype)


def _batch_linear(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    if flags == (True, False, False):
        return op(*boxes)
    x, weight, bias = alike(boxes, flags)
    y = linear_each(_batch_rows(x), weight, bias)
    size, *middle, _ = x._value.shape
    return y if len(middle) == 1 else reshape(y, (size, *middle, weight._value.shape[1]))


linear = Primitive(
    "linear", _linear, names=("x", "weight", "bias"), arrays=3, grad_name="AddmmBackward0",
    vjps=(
        lambda g, weight: matmul(g, weight) if len(shape_of(g)) > 1 else g @ weight,
        lambda g, x: outer_rows(g, x),
        lambda g: g,
    ),
    jvps=(
        lambda t, weight: t @ swap(weight),
        lambda t, x: x @ swap(t),
        lambda t: t,
    ),
    broadcasts=True, batch=_batch_linear,
    doc="x @ weight.T + bias, for x of at least one axis",
)  # fmt: skip


def _linear_each(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    y = _product(x, weight.swapaxes(1, 2))
    y += bias[:, None]
    return y if y.dtype is x.dtype else y.astype(x.dtype)


def _batch_linear_each(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    boxes = tuple(alike(boxes, flags))
    size, n = boxes[0]._value.shape[:2]
    y = op(*[reshape(box, (size * n, *box._value.shape[2:])) for box in boxes])
    return reshape(y, (size, n, *y._value.shape[1:]))


linear_each = Primitive(
    "linear_each", _linear_each, arrays=3, batch=_batch_linear_each, grad_name="AddmmBackward0",
    vjps=(
        lambda g, weight: matmul(g, weight),
        lambda g, x: matmul(swap(g), x),
        lambda g: total(g, (1,), False),
    ),
    jvps=(
        lambda t, weight: matmul(t, swap(weight)),
        lambda t, x: matmul(x, swap(t)),
        lambda t: getitem(t, (slice(None), None)),
    ),
    broadcasts=True,
    doc="x[i] @ weight[i].T + bias[i], for x of shape (n, rows, in): an affine map for each i",
)  # fmt: skip


def _batch_outer(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    a, b = (_batch_rows(x) for x in alike(boxes, flags))
    return matmul(swap(a), b)


def _batch_rows(x: Box) -> Any:
    """Batched `x` with all axes between the batch axis and the last folded into one."""
    size, *middle, last = x._value.shape
    if len(middle) == 1:
        return x
    return reshape(x, (size, math.prod(middle), last))


def _outer_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = _rows(a).T.dot(_rows(b))
    return y if y.dtype is a.dtype else y.astype(a.dtype)


outer_rows = Primitive(
    "outer_rows", _outer_rows, arrays=2, linear=(0, 1),
    batch=_batch_outer,
    vjps=(lambda g, b: b @ swap(g), lambda g, a: a @ g),
    doc="the sum over rows of the outer products of a's and b's: a weight's gradient",
)  # fmt: skip


def _euclidean(x: np.ndarray, axis: tuple[int, ...], keepdims: bool) -> np.ndarray:
    squares: Any = x * x if x.dtype.kind != "c" else x.real**2 + x.imag**2
    return np.sqrt(np.add.reduce(squares, axis, keepdims=keepdims))  # type: ignore[call-overload]


def _inverse_or_zero(y: Any) -> Any:
    """1 / y, but 0 where y is 0."""
    zeros = zeros_of(y)
    return (1 - zeros) / (y + zeros)


def _direction(g: Any, y: Any, x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    scale = kept(g * _inverse_or_zero(y), shape_of(x), axis, keepdims)
    if is_complex(x):
        scale = cast(scale, (x._value if isinstance(x, Box) else x).dtype)
    return scale * conjugate(x)


euclidean = Primitive(
    "euclidean", _euclidean, names=("x", "axis", "keepdims"), batch=shifted,
    vjps=(_direction,),
    jvps=(
        lambda t, y, x, axis, keepdims: total(real_part(conjugate(x) * t), axis, keepdims)
        * _inverse_or_zero(y),
    ),
    grad_name="LinalgVectorNormBackward0",
    doc="the square root of the sum of |x| ** 2 along axes; its slope at 0 is taken as 0",
)  # fmt: skip
