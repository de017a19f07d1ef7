"""Reductions, scans and the softmax family.

`axis` is a tuple of non-negative axes, or None for all; `keepdims` as in NumPy. `kept` brings a
gradient of a reduced shape back to where it broadcasts against the argument.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.kernels import rows
from minitorch.kernels import softmax as kernels
from minitorch.ops.complex import conjugate, real_part
from minitorch.ops.elementwise import exp, zeros_of
from minitorch.ops.shape import alike, broadcast_to, cat, flip, getitem, packed, reshape

Axis = tuple[int, ...] | None
Shape = tuple[int, ...]


def kept(g: Any, shape: Shape, axis: Axis, keepdims: bool) -> Any:
    """`g`, reduced from `shape` along `axis`, with the reduced axes at size 1."""
    if keepdims or axis is None:  # one number broadcasts anyway
        return g
    return reshape(g, tuple([1 if i in axis else n for i, n in enumerate(shape)]))


def spread(g: Any, shape: Shape, axis: Axis, keepdims: bool) -> Any:
    """`g`, reduced from `shape` along `axis`, in that shape again."""
    if axis is None and not isinstance(g, Box) and 0 < math.prod(shape) < 1024:
        y = np.empty(shape, g.dtype)  # what comes next is faster on a small array than on a view
        y.fill(g.item())
        return y
    return broadcast_to(kept(g, shape, axis, keepdims), shape)


def count(shape: Shape, axis: Axis) -> int:
    """How many elements are reduced to one."""
    return math.prod(shape) if axis is None else math.prod([shape[i] for i in axis])


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    axis, *rest = params
    if axis is None:
        axis = range(boxes[0]._value.ndim - 1)
    y = op(*boxes, tuple(i + 1 for i in axis), *rest)
    if params[0] is None and rest[-1:] == [False]:
        return reshape(y, y._value.shape[:1])
    return y


def _batch_axis(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*boxes, params[0] + 1, *params[1:])


def _batch_place(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    axis, keepdims = params
    if axis is not None:
        return op(*boxes, axis + 1, keepdims)
    size, *own = boxes[0]._value.shape
    y = op(reshape(boxes[0], (size, math.prod(own))), 1, False)
    return reshape(y, (size, *(1,) * len(own))) if keepdims else y


def _mean(x: np.ndarray, axis: Any, keepdims: Any) -> np.ndarray:
    size = count(x.shape, axis)
    return np.add.reduce(x, axis, keepdims=keepdims) / (size or np.nan)  # of nothing: NaN


# `sum` is named `total` here, and `max` `amax`, to leave Python's own names alone

total = Primitive(
    "sum", lambda x, axis, keepdims: np.add.reduce(x, axis, keepdims=keepdims), linear=(0,),
    vjps=(
        lambda g, x_shape, axis, keepdims: spread(g, x_shape, axis, keepdims),
    ),
    batch=_batch, doc="the sum along axes",
    grad_name=lambda saved: f"SumBackward{int(saved[1] is not None)}",
)  # fmt: skip

mean = Primitive(
    "mean", _mean, names=("x", "axis", "keepdims"), linear=(0,), batch=_batch,
    vjps=(
        lambda g, x_shape, axis, keepdims: spread(
            g / (count(x_shape, axis) or 1), x_shape, axis, keepdims
        ),
    ),
    doc="the arithmetic mean along axes",
    grad_name=lambda saved: f"MeanBackward{int(saved[1] is not None)}",
)  # fmt: skip


def _var(x: np.ndarray, axis: Any, correction: float, keepdims: Any) -> np.ndarray:
    n = count(x.shape, axis)
    centred = x - np.add.reduce(x, axis, keepdims=True) / n if n else x
    squares = (centred * centred.conj()).real if x.dtype.kind == "c" else centred * centred
    sums = np.add.reduce(squares, axis, keepdims=keepdims)
    return np.true_divide(sums, np.asarray(max(n - correction, 0), sums.dtype))


def _centred(x: Any, axis: Axis, correction: float) -> Any:
    """The slope of `var`: the distances from the mean, times 2 / (n - correction)."""
    shape = x._value.shape if isinstance(x, Box) else x.shape
    freedom = count(shape, axis) - correction
    return (x - mean(x, axis, True)) * (2.0 / freedom if freedom > 0 else math.nan)


var = Primitive(
    "var", _var, names=("x", "axis", "correction", "keepdims"), batch=_batch,
    vjps=(
        lambda g, x, axis, correction, keepdims: kept(g, shape_of(x), axis, keepdims)
        * conjugate(_centred(x, axis, correction)),
    ),
    jvps=(
        lambda t, x, axis, correction, keepdims: total(
            real_part(t * conjugate(_centred(x, axis, correction))), axis, keepdims
        ),
    ),
    doc="the variance along axes: squares summed, divided by n - correction",
)  # fmt: skip


def shape_of(x: Any) -> Shape:
    """The shape of an array or of a box."""
    return x._value.shape if isinstance(x, Box) else x.shape


def _shares(x: np.ndarray, axis: Axis, largest: bool) -> np.ndarray:
    best = (np.maximum if largest else np.minimum).reduce(x, axis, keepdims=True)
    ties = ((x == best) | ((x != x) & (best != best))).astype(x.dtype)  # NaN is the maximum too
    return ties / np.maximum(np.add.reduce(ties, axis, keepdims=True), 1)


shares = Constant(
    "shares", _shares, names=("x", "axis", "largest"),
    batch=lambda op, boxes, flags, params: op(
        *boxes,
        tuple(i + 1 for i in (range(boxes[0]._value.ndim - 1) if params[0] is None else params[0])),
        params[1],
    ),
    doc="what part each element has in a maximum (or minimum) along axes: ties share equally",
)  # fmt: skip


def _extreme(name: str, reduce: Any, largest: bool, doc: str) -> Primitive:
    return Primitive(
        name, lambda x, axis, keepdims: reduce(x, axis, keepdims=keepdims), batch=_batch, doc=doc,
        vjps=(
            lambda g, x, axis, keepdims: kept(g, shape_of(x), axis, keepdims)
            * shares(x, axis, largest),
        ),
        jvps=(
            lambda t, x, axis, keepdims: total(t * shares(x, axis, largest), axis, keepdims),
        ),
    )  # fmt: skip


amax = _extreme("amax", np.maximum.reduce, True, "the maximum along axes")
amin = _extreme("amin", np.minimum.reduce, False, "the minimum along axes")


def before(x: Any, axis: int) -> Any:
    """The product of all elements before each along an axis: log n steps of shift and multiply."""
    n, by = shape_of(x)[axis], 1
    y = shifted(x, axis, 1, 1) if n else x
    while by < n:
        y, by = y * shifted(y, axis, by, 1), 2 * by
    return y


def shifted(x: Any, axis: int, by: int, filler: int) -> Any:
    """`x` moved on along an axis, with a number in the places that become free."""
    head, n = (slice(None),) * axis, shape_of(x)[axis]
    first = getitem(x, (*head, slice(0, by)))
    return cat([zeros_of(first) * 0 + filler, getitem(x, (*head, slice(0, n - by)))], axis)


def _others(x: np.ndarray, axis: int) -> np.ndarray:
    head, n = (slice(None),) * axis, x.shape[axis]
    y = np.ones_like(x)
    if n > 1:
        upto, first = (*head, slice(0, n - 1)), (*head, slice(1, None))
        np.multiply.accumulate(x[upto], axis, out=y[first])
        back = (*head, slice(None, None, -1))
        y[upto] *= np.multiply.accumulate(x[back][upto], axis)[back]
    return y


def _others_along(x: Any, t: Any, axis: int) -> Any:
    """The tangent of `others` along `t`, which is its vjp too: the Jacobian is symmetric."""
    back = (axis,)
    left, left_t = _before_along(x, t, axis)
    right, right_t = (
        flip(part, back) for part in _before_along(flip(x, back), flip(t, back), axis)
    )
    return left_t * right + left * right_t


def _before_along(x: Any, t: Any, axis: int) -> tuple[Any, Any]:
    """`before(x)` and its tangent along `t`."""
    n, by = shape_of(x)[axis], 1
    y, moved = (x, t) if n == 0 else (shifted(x, axis, 1, 1), shifted(t, axis, 1, 0))
    while by < n:
        behind = shifted(y, axis, by, 1)
        y, moved = y * behind, moved * behind + y * shifted(moved, axis, by, 0)
        by *= 2
    return y, moved


others = Primitive(
    "others", _others, batch=_batch_axis,
    vjps=(lambda g, x, axis: _others_along(x, g, axis),),
    jvps=(lambda t, x, axis: _others_along(x, t, axis),),
    doc="for each element the product of all the others along an axis, right with zeros too",
)  # fmt: skip

prod = Primitive(
    "prod", lambda x, axis, keepdims: np.multiply.reduce(x, axis, keepdims=keepdims),
    vjps=(
        lambda g, x, axis, keepdims: kept(g, shape_of(x), (axis,), keepdims) * others(x, axis),
    ),
    jvps=(lambda t, x, axis, keepdims: total(t * others(x, axis), (axis,), keepdims),),
    batch=_batch_axis, doc="the product along one axis",
)  # fmt: skip

cumsum = Primitive(
    "cumsum", lambda x, axis: packed(np.add.accumulate(x, axis)), linear=(0,), batch=_batch_axis,
    vjps=(lambda g, axis: flip(cumsum(flip(g, (axis,)), axis), (axis,)),),
    doc="the running sum along an axis",
)  # fmt: skip

# the softmax family


def _logsumexp(x: np.ndarray, axis: Axis, keepdims: bool) -> np.ndarray:
    if axis == (x.ndim - 1,) and rows.small(x):
        sums = rows.sums(np.exp(x))
        if np.minimum.reduce(sums, None) > rows.LITTLE:
            y = np.log(sums)
            return y if keepdims else y[..., 0]
    top = np.maximum.reduce(x.real, axis, keepdims=True, initial=-np.inf)
    safe = np.where(np.isfinite(top), top, top.dtype.type(0))  # all -inf, or some inf
    sums = np.add.reduce(np.exp(x - safe), axis, keepdims=True)
    y = np.log(sums) + safe
    if keepdims:
        return y
    return y.reshape(()) if axis is None else y.squeeze(axis)


logsumexp = Primitive(
    "logsumexp", _logsumexp, names=("x", "axis", "keepdims"), batch=_batch,
    vjps=(
        lambda g, y, x, axis, keepdims: kept(g, shape_of(x), axis, keepdims)
        * exp(x - kept(y, shape_of(x), axis, keepdims)),
    ),
    jvps=(
        lambda t, y, x, axis, keepdims: total(
            t * exp(x - kept(y, shape_of(x), axis, keepdims)), axis, keepdims
        ),
    ),
    doc="log(sum(exp(x))) along axes, without overflow",
)  # fmt: skip


def exponentials(x: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """exp(x) and its sums along an axis; where these would be too large or small, of x less its
    maximum."""
    if axis == x.ndim - 1:
        return rows.exponentials(x)[:2]
    y = np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), order="C")
    np.exp(y, out=y)
    return y, np.add.reduce(y, axis, keepdims=True)


def _softmax(x: np.ndarray, axis: int) -> np.ndarray:
    if axis == x.ndim - 1:
        return kernels.softmax(x)  # type: ignore[no-any-return]
    y, sums = exponentials(x, axis)
    return np.divide(y, sums, out=y)


def _softmax_back(u: np.ndarray, p: np.ndarray, axis: int) -> np.ndarray:
    if axis == p.ndim - 1:
        return kernels.softmax_back(u, p)  # type: ignore[no-any-return]
    y = np.subtract(u, np.add.reduce(u * p, axis, keepdims=True))
    y *= p
    return y


def _log_softmax(x: np.ndarray, axis: int) -> np.ndarray:
    if axis == x.ndim - 1:
        return kernels.log_softmax(x)  # type: ignore[no-any-return]
    y = np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), order="C")
    return np.subtract(y, np.log(np.add.reduce(np.exp(y), axis, keepdims=True)), out=y)


def _log_softmax_back(u: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    if axis == y.ndim - 1:
        return kernels.log_softmax_back(u, y)  # type: ignore[no-any-return]
    return u - np.exp(y) * np.add.reduce(u, axis, keepdims=True)


softmax = Primitive(
    "softmax", _softmax, names=("x", "axis"), batch=_batch_axis,
    vjps=(lambda g, y, axis: softmax_back(g, y, axis),),
    jvps=(lambda t, y, axis: softmax_back(t, y, axis),),
    doc="exp(x) divided by its sum along an axis",
)  # fmt: skip


def _batch_softmax_back(op: Primitive, boxes: Any, flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), params[0] + 1)


softmax_back = Primitive(
    "softmax_back", _softmax_back, arrays=2, linear=(0,), batch=_batch_softmax_back,
    vjps=(
        lambda g, p, axis: softmax_back(g, p, axis),
        lambda g, u, p, axis: g * _apart(u, p, axis) - u * total(g * p, (axis,), True),
    ),
    jvps=(
        None,
        lambda t, u, p, axis: t * _apart(u, p, axis) - p * total(u * t, (axis,), True),
    ),
    grad_name="SoftmaxBackwardDataBackward0",
    doc="p (u - the sum of u p along an axis): the (symmetric) derivative of softmax where it is p",
)  # fmt: skip


def _apart(u: Any, p: Any, axis: int) -> Any:
    return u - total(u * p, (axis,), True)


log_softmax = Primitive(
    "log_softmax", _log_softmax, names=("x", "axis"), batch=_batch_axis,
    vjps=(lambda g, y, axis: log_softmax_back(g, y, axis),),
    jvps=(lambda t, y, axis: t - total(exp(y) * t, (axis,), True),),
    doc="log(softmax(x)), computed without underflow",
)  # fmt: skip

log_softmax_back = Primitive(
    "log_softmax_back", _log_softmax_back, names=("u", "logs", "axis"), arrays=2, linear=(0,),
    batch=_batch_softmax_back,
    vjps=(
        lambda g, logs, axis: g - total(exp(logs) * g, (axis,), True),
        lambda g, u, logs, axis: -g * exp(logs) * total(u, (axis,), True),
    ),
    jvps=(None, lambda t, u, logs, axis: -t * exp(logs) * total(u, (axis,), True)),
    grad_name="LogSoftmaxBackwardDataBackward0",
    doc="u less exp(logs) times the sum of u along an axis: the gradient of log_softmax",
)  # fmt: skip

# no gradient flows through these

argmax = Constant(
    "argmax", lambda x, axis, keepdims: np.argmax(x, axis, keepdims=keepdims),
    batch=_batch_place, doc="the place of the first maximum along an axis",
)  # fmt: skip
argmin = Constant(
    "argmin", lambda x, axis, keepdims: np.argmin(x, axis, keepdims=keepdims),
    batch=_batch_place, doc="the place of the first minimum along an axis",
)  # fmt: skip
every = Constant(
    "all", lambda x, axis, keepdims: np.logical_and.reduce(x, axis, keepdims=keepdims),
    batch=_batch, doc="whether all elements are true along axes",
)  # fmt: skip
some = Constant(
    "any", lambda x, axis, keepdims: np.logical_or.reduce(x, axis, keepdims=keepdims),
    batch=_batch, doc="whether any element is true along axes",
)  # fmt: skip
