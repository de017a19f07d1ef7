"""Convolution of each channel with a weight of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, floats


def depthwise(rows: np.ndarray, factors: np.ndarray, starts: np.ndarray, y: np.ndarray) -> Any:
    if not floats(rows, factors) or y.dtype != rows.dtype:
        return NotImplemented
    dense = np.ascontiguousarray(y)
    _depthwise(rows, factors, starts, dense)
    if dense is not y:
        y[...] = dense
    return None


def depthwise_weight(rows: np.ndarray, z: np.ndarray, starts: np.ndarray) -> Any:
    if not floats(rows) or z.dtype != rows.dtype:
        return NotImplemented
    y = np.zeros((z.shape[1], len(starts)), z.dtype)
    _depthwise_weight(rows, np.ascontiguousarray(z), starts, y)
    return y


@compiled
def _depthwise(rows: Any, factors: Any, starts: Any, y: Any) -> None:
    n, channels, size = y.shape
    for i in range(n):
        for c in range(channels):
            target = y[i, c]
            for k in range(len(starts)):
                part, factor = rows[i, c, starts[k] :], factors[c, k]
                for j in range(size):
                    target[j] += part[j] * factor


@compiled
def _depthwise_weight(rows: Any, z: Any, starts: Any, y: Any) -> None:
    n, channels, size = z.shape
    for i in range(n):
        for c in range(channels):
            numbers = z[i, c]
            for k in range(len(starts)):
                part, total = rows[i, c, starts[k] :], z.dtype.type(0)
                for j in range(size):
                    total += part[j] * numbers[j]
                y[c, k] += total
