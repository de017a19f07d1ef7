"""Normalisation along axes, without the learnt scale and shift: those are a product and a sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.engine.joint import Joint
from minitorch.engine.primitive import Primitive
from minitorch.ops.elementwise import rsqrt, square, zeros_of
from minitorch.ops.reduce import count, mean, shape_of, total
from minitorch.ops.shape import alike, broadcast_to, reshape


def _mean(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.add.reduce(x, axes, keepdims=True) / max(count(x.shape, axes), 1)


def _standardize(x: np.ndarray, axes: tuple[int, ...], eps: float) -> tuple[np.ndarray, ...]:
    centre = _mean(x, axes)
    y = np.subtract(x, centre, order="C")
    spread = _mean(y * y, axes)
    y *= 1 / np.sqrt(spread + eps)
    return y, centre, spread


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    axes, eps = params
    return op(*boxes, tuple(axis + 1 for axis in axes), eps)


def _back(g: Any, x: Any, centre: Any, spread: Any, axes: tuple[int, ...], eps: float) -> Any:
    n, rate = count(shape_of(x), axes), rsqrt(spread + eps)
    y = (x - centre) * rate
    level = mean(g[0], axes, True) - g[1] / (n * rate)
    slant = mean(g[0] * y, axes, True) - g[2] * 2 / (n * rate * rate)
    return (g[0] - level - y * slant) * rate


def _along(t: Any, x: Any, centre: Any, spread: Any, axes: tuple[int, ...], eps: float) -> Any:
    rate = rsqrt(spread + eps)
    y, level = (x - centre) * rate, mean(t, axes, True)
    slant = mean(t * y, axes, True)
    return (t - level - y * slant) * rate, level, 2 * slant / rate


standardize = Primitive(
    "standardize", _standardize, several=True, batch=_batch, grad_name="NativeBatchNormBackward0",
    vjps=(lambda g, x, y1, y2, axes, eps: _back(g, x, y1, y2, axes, eps),),
    jvps=(lambda t, x, y1, y2, axes, eps: _along(t, x, y1, y2, axes, eps),),
    doc="x less its mean along axes, over sqrt(its variance + eps); that mean; that variance",
)  # fmt: skip


# layer norm, with its scale and shift: in the place of these stand 1 and 0 where there are none


def _rows(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """`x` as a matrix with a row for each example."""
    return x.reshape(math.prod(x.shape[: axes[0]]), count(x.shape, axes))


def _row_means(x: np.ndarray) -> np.ndarray:
    """The means of rows: of many short ones NumPy's own sums take several times as long."""
    n = x.shape[1]
    return x @ np.full((n, 1), 1 / max(n, 1), x.dtype)


def _means_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    sums = np.einsum("ij,ij->i", a, b)[:, np.newaxis]
    sums /= max(a.shape[1], 1)
    return sums


def _layer_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, axes: tuple[int, ...], eps: float
) -> tuple[np.ndarray, ...]:
    rows = _rows(x, axes)
    centre = _row_means(rows)
    y = np.subtract(rows, centre)
    rate = _means_of_products(y, y)
    rate += eps
    np.sqrt(rate, out=rate)
    np.divide(1, rate, out=rate)
    y *= rate
    if weight.ndim:
        y *= weight.reshape(-1)
    if bias.ndim:
        y += bias.reshape(-1)
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
    y = (x - y1) * y2
    out = []
    for i in wanted:
        if i == 0:
            n = max(count(shape_of(x), axes), 1)
            scaled = g[0] * weight if shape_of(weight) else g[0]
            level, slant = g[1] / (n * y2), g[2] * y2 / n
            out.append(without_part(scaled, y, level, slant, axes) * y2)
        else:
            own = g[0] if axes[0] else identity(g[0])  # else the sum over examples is a copy
            out.append(g[0] * y if i == 1 else own)
    return tuple(out)


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


def _without_part(
    u: np.ndarray, z: np.ndarray, level: np.ndarray, slant: np.ndarray, axes: tuple[int, ...]
) -> np.ndarray:
    rows, by = _rows(u, axes), _rows(z, axes)
    height = _row_means(rows)
    height -= level.reshape(-1, 1)
    slope = _means_of_products(rows, by)
    slope += slant.reshape(-1, 1)
    out = np.multiply(by, slope)
    np.subtract(rows, out, out=out)
    out -= height
    return out.reshape(u.shape)


def _mean_product(a: Any, b: Any, axes: tuple[int, ...]) -> Any:
    return mean(a * b, axes, True)


def _turned_by(c: Any, u: Any, z: Any, slant: Any, a: Any, b: Any, axes: tuple[int, ...]) -> Any:
    return -c * (_mean_product(u, z, axes) + slant) - a * _mean_product(b, c, axes)


def _batch_part(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), tuple(axis + 1 for axis in params[0]))


without_part = Primitive(
    "without_part", _without_part, arrays=4, batch=_batch_part,
    vjps=(
        lambda g, z, axes: g - mean(g, axes, True) - z * _mean_product(g, z, axes),
        lambda g, u, z, slant, axes: _turned_by(g, u, z, slant, u, z, axes),
        lambda g, axes: total(g, axes, True),
        lambda g, z, axes: -total(g * z, axes, True),
    ),
    jvps=(
        lambda t, z, axes: t - mean(t, axes, True) - z * _mean_product(t, z, axes),
        lambda t, u, z, slant, axes: _turned_by(t, u, z, slant, z, u, axes),
        lambda t, u: t + zeros_of(u),
        lambda t, z: -(z * t),
    ),
    doc="u less its mean, less z times (the mean of u * z, plus slant), plus level",
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
