"""Layer norm, a row at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, singles
from minitorch.kernels.compiled.scalars import ONE, ZERO

BLOCK = 256  # rows whose gradients are added up before they are added to those of others


@compiled
def _forward(x: Any, weight: Any, bias: Any, eps: Any, y: Any, centre: Any, rate: Any) -> None:
    rows, n = x.shape
    share = ONE / np.float32(n)
    for i in range(rows):
        total = ZERO
        for j in range(n):
            total += x[i, j]
        middle = total * share
        spread = ZERO
        for j in range(n):
            spread += (x[i, j] - middle) * (x[i, j] - middle)
        steep = ONE / np.sqrt(spread * share + eps)
        centre[i], rate[i] = middle, steep
        for j in range(n):
            y[i, j] = (x[i, j] - middle) * steep * weight[j] + bias[j]


def _each(x: Any, n: int) -> Any:
    """A parameter of each column."""
    return np.ascontiguousarray(x).reshape(-1) if x.ndim else np.full(n, x)


def forward(rows: Any, weight: Any, bias: Any, eps: float) -> Any:
    if not singles(rows):
        return NotImplemented
    n = rows.shape[1]
    y = np.empty_like(rows)
    centre, rate = (np.empty((len(rows), 1), np.float32) for _ in range(2))
    parameters = _each(weight, n), _each(bias, n)
    _forward(rows, *parameters, np.float32(eps), y, centre.reshape(-1), rate.reshape(-1))
    return y, centre, rate


@compiled
def _sums(x: Any, g: Any, centre: Any, rate: Any, by_weight: Any, by_bias: Any) -> None:
    """The gradients of weight and bias."""
    rows, n = x.shape
    for start in range(0, rows, BLOCK):
        products, sums = np.zeros(n, np.float32), np.zeros(n, np.float32)
        for i in range(start, min(start + BLOCK, rows)):
            middle, steep = centre[i], rate[i]
            for j in range(n):
                products[j] += g[i, j] * ((x[i, j] - middle) * steep)
                sums[j] += g[i, j]
        for j in range(n):
            by_weight[j] += products[j]
            by_bias[j] += sums[j]


@compiled
def _slopes(
    x: Any, g: Any, weight: Any, centre: Any, rate: Any, level: Any, slant: Any, out: Any
) -> None:
    rows, n = x.shape
    share = ONE / np.float32(n)
    for i in range(rows):
        middle, steep = centre[i], rate[i]
        total = product = ZERO
        for j in range(n):
            scaled = g[i, j] * weight[j]
            total += scaled
            product += scaled * (x[i, j] - middle)
        shift = (total * steep - level[i]) * share
        tilt = (product + slant[i]) * (steep * steep * steep * share)
        for j in range(n):
            out[i, j] = g[i, j] * weight[j] * steep - shift - (x[i, j] - middle) * tilt


def backward(
    rows: Any, grads: Any, weight: Any, centre: Any, rate: Any, level: Any, slant: Any, places: Any
) -> Any:
    if not singles(rows, grads):
        return NotImplemented
    n = rows.shape[1]
    centre, rate, level, slant = (_each(x, len(rows)) for x in (centre, rate, level, slant))
    found = [np.zeros(n, np.float32) if i else np.empty_like(rows) for i in range(3)]
    if 1 in places or 2 in places:
        _sums(rows, grads, centre, rate, found[1], found[2])
    if 0 in places:
        _slopes(rows, grads, _each(weight, n), centre, rate, level, slant, found[0])
    return tuple([found[i] for i in places])
