"""Normalisation of examples along their last axes: layer norm and RMS norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.composition import pulled, pushed
from minitorch.engine.joint import Joint
from minitorch.engine.primitive import Primitive
from minitorch.kernels import layer_norm as kernels
from minitorch.ops.elementwise import rsqrt, square, zeros_of
from minitorch.ops.reduce import count, mean, shape_of, total
from minitorch.ops.shape import alike, broadcast_to, reshape


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.add.reduce(x, axes, keepdims=True) / max(count(x.shape, axes), 1)


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    axes, eps = params
    return op(*boxes, tuple(axis + 1 for axis in axes), eps)


# layer norm, with its scale and shift: in the place of these stand 1 and 0 where there are none


def _rows(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """`x` as a matrix with a row for each example."""
    return x.reshape(math.prod(x.shape[: axes[0]]), count(x.shape, axes))


def _layer_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, axes: tuple[int, ...], eps: float
) -> tuple[np.ndarray, ...]:
    y, centre, rate = kernels.forward(_rows(x, axes), weight, bias, eps)
    lead = (*x.shape[: axes[0]], *(1,) * len(axes))
    return y.reshape(x.shape), centre.reshape(lead), rate.reshape(lead)


def _batch_layer_norm(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """Parameters of each example come after."""
    x, weight, bias = boxes
    axes, eps = params
    if not flags[0]:
        x = broadcast_to(x, (batch.size_of(boxes, flags), *x._value.shape))
    moved = tuple(axis + 1 for axis in axes)
    if not any(flags[1:]):
        return op(x, weight, bias, moved, eps)
    none = np.zeros((), x._value.dtype)
    y, centre, rate = op(x, none + 1, none, moved, eps)
    weight, bias = batch.aligned((x, weight, bias), (True, *flags[1:]), reshape)[1:]
    return y * weight + bias, centre, rate


def _layer_norm_vjp(
    g: Any, wanted: tuple[int, ...], x: Any, weight: Any, y1: Any, y2: Any, axes: tuple[int, ...]
) -> tuple[Any, ...]:
    found: Any = layer_norm_back(*g, x, weight, y1, y2, wanted, axes)
    return found


def _layer_norm_jvp(
    t: Any, x: Any, weight: Any, y1: Any, y2: Any, axes: tuple[int, ...]
) -> tuple[Any, ...]:
    y, level = (x - y1) * y2, mean(t, axes, True)
    slant = mean(t * y, axes, True)
    moved = (t - level - y * slant) * y2
    return moved * weight if shape_of(weight) else moved, level, -(y2 * y2) * slant


def _alone(x: Any) -> tuple[Any, Any]:
    """The tangents of mean and rate where there is none."""
    return zeros_of(x), zeros_of(x)


layer_norm = Joint(
    "layer_norm", _layer_norm, _layer_norm_vjp, (0, 1, 2), arrays=3, several=True,
    batch=_batch_layer_norm, grad_name="NativeLayerNormBackward0",
    jvps=(
        _layer_norm_jvp,
        lambda t, x, y1, y2: (t * ((x - y1) * y2), *_alone(y1)),
        lambda t, x, y1: (t + zeros_of(x), *_alone(y1)),
    ),
    doc="x less its mean along its last axes, over sqrt(its variance + eps), times a weight, plus "
    "a bias; that mean; what it was multiplied with",
)  # fmt: skip


# the way back; u, level and slant are the gradients of the results


def _layer_norm_back(
    u: np.ndarray, level: np.ndarray, slant: np.ndarray, x: np.ndarray, weight: np.ndarray,
    centre: np.ndarray, rate: np.ndarray, places: tuple[int, ...], axes: tuple[int, ...],
) -> tuple[np.ndarray, ...]:  # fmt: skip
    rows, grads = _rows(x, axes), _rows(u, axes)
    found = kernels.backward(rows, grads, weight, centre, rate, level, slant, places)
    own = x.shape[axes[0] :]
    return tuple([y.reshape(own if i else x.shape) for i, y in zip(places, found, strict=True)])


def _composed_back(places: tuple[int, ...], axes: tuple[int, ...], lead: tuple[int, ...]) -> Any:
    """`layer_norm_back` made of other operations, with sums along `lead`."""

    def back(
        u: Any, level: Any, slant: Any, x: Any, weight: Any, centre: Any, rate: Any
    ) -> tuple[Any, ...]:
        y, n = (x - centre) * rate, max(count(shape_of(x), axes), 1)
        found = []
        for i in places:
            if i:
                # each result is of all that is batched
                found.append(total(u * y if i == 1 else u + zeros_of(rate), lead, False))
                continue
            scaled = u * weight
            along = mean(scaled * y, axes, True) + slant * rate / n
            found.append((scaled - mean(scaled, axes, True) - y * along) * rate + level / n)
        return tuple(found)

    return back


def _batch_back(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    places, axes = params
    moved = tuple(axis + 1 for axis in axes)
    own = batch.aligned(tuple(alike(boxes, flags)), (True,) * len(boxes), reshape)
    return _composed_back(places, moved, tuple(range(1, moved[0])))(*own)


def _second(
    g: Any, wanted: tuple[int, ...], u: Any, level: Any, slant: Any, x: Any, weight: Any,
    centre: Any, rate: Any, places: tuple[int, ...], axes: tuple[int, ...],
) -> tuple[Any, ...]:  # fmt: skip
    back = _composed_back(places, axes, tuple(range(axes[0])))
    found = pulled(back, (u, level, slant, x, weight, centre, rate), g)
    return tuple(found[i] for i in wanted)


def _second_tangent(i: int) -> Any:
    def rule(
        t: Any, u: Any, level: Any, slant: Any, x: Any, weight: Any, centre: Any, rate: Any,
        places: tuple[int, ...], axes: tuple[int, ...],
    ) -> tuple[Any, ...]:  # fmt: skip
        back = _composed_back(places, axes, tuple(range(axes[0])))
        return pushed(back, (u, level, slant, x, weight, centre, rate), i, t)

    return rule


layer_norm_back = Joint(
    "layer_norm_back", _layer_norm_back, _second, range(7), arrays=7, several=True,
    batch=_batch_back, jvps=tuple(_second_tangent(i) for i in range(7)),
    grad_name="NativeLayerNormBackwardBackward0",
    doc="the gradients of layer_norm's arguments at some `places`",
)  # fmt: skip


def _standing(x: np.ndarray, axes: tuple[int, ...], eps: float) -> np.ndarray:
    return x * (1 / np.sqrt(_mean(x * x, axes) + eps))


def _turned(g: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    """The (symmetric) derivative of `rms_norm`."""
    rate = rsqrt(mean(square(x), axes, True) + eps)
    y = x * rate
    return (g - y * mean(g * y, axes, True)) * rate


rms_norm = Primitive(
    "rms_norm", _standing, batch=_batch,
    vjps=(lambda g, x, axes, eps: _turned(g, x, axes, eps),),
    jvps=(lambda t, x, axes, eps: _turned(t, x, axes, eps),),
    doc="x over sqrt(the mean of its squares along axes + eps)",
)  # fmt: skip
