"""Normalisation along axes, without the learnt scale and shift: those are a product and a sum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.composition import pulled, pushed
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


BLOCK = 1 << 16  # numbers


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


def _blocks(rows: np.ndarray) -> list[slice]:
    """Blocks of rows that stay in the cache from one pass over them to the next."""
    step = max(1, BLOCK // max(rows.shape[1], 1))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def _outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The products of two vectors' elements: BLAS makes them where there are two such to add."""
    columns, rows = np.zeros((a.size, 2), a.dtype), np.zeros((2, b.size), b.dtype)
    columns[:, 0], rows[0] = a.reshape(-1), b.reshape(-1)
    return columns @ rows


def _layer_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, axes: tuple[int, ...], eps: float
) -> tuple[np.ndarray, ...]:
    rows = _rows(x, axes)
    result = np.empty(rows.shape, x.dtype)
    centre, rate = (np.empty((len(rows), 1), x.dtype) for _ in range(2))
    for block in _blocks(rows):
        part, y = rows[block], result[block]
        centre[block] = middle = _row_means(part)
        np.subtract(part, middle, out=y)
        spread = _means_of_products(y, y)
        spread += eps
        np.sqrt(spread, out=spread)
        steep = np.divide(1, spread, out=rate[block])
        y *= _outer(steep, weight) if weight.ndim else steep
        if bias.ndim:
            y += bias.reshape(-1)
    lead = (*x.shape[: axes[0]], *(1,) * len(axes))
    return result.reshape(x.shape), centre.reshape(lead), rate.reshape(lead)


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
    n = rows.shape[1]
    level, slant, centre, rate = (part.reshape(-1) for part in (level, slant, centre, rate))
    scale = weight.reshape(-1) if weight.ndim else np.full(n, weight)
    ones = np.ones(len(rows), x.dtype)
    found = [np.zeros(shape, x.dtype) for shape in (rows.shape if 0 in places else 0, n, n)]
    for block in _blocks(rows):
        part, steep = grads[block], rate[block]
        y = np.subtract(rows[block], centre[block, np.newaxis])
        products = part * y
        if 1 in places:
            found[1] += steep @ products
        if 2 in places:
            found[2] += ones[block] @ part
        if 0 in places:
            slope = np.multiply(_outer(steep, scale), part, out=found[0][block])
            slope -= ((part @ scale * steep - level[block]) / n)[:, np.newaxis]
            y *= ((products @ scale + slant[block]) * (steep * steep * steep / n))[:, np.newaxis]
            slope -= y
    shapes = x.shape, x.shape[axes[0] :], x.shape[axes[0] :]
    return tuple([found[i].reshape(shapes[i]) for i in places])


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
