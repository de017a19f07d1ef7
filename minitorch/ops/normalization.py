"""Normalisation along axes, without the learnt scale and shift: those are a product and a sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.ops.elementwise import rsqrt, square
from minitorch.ops.reduce import count, mean, shape_of


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
