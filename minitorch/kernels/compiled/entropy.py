"""Cross-entropies, each in one loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, singles
from minitorch.kernels.compiled.rows import BIG, highest
from minitorch.kernels.compiled.scalars import ONE, ZERO, apart, exp, log

LOWEST, LEAST = np.float32(-100), np.float32(1e-12)


def binary(x: np.ndarray, target: np.ndarray) -> Any:
    if x.shape != target.shape or not singles(x, target):
        return NotImplemented
    losses = np.empty(x.shape, np.float32)
    _binary(x.reshape(-1), target.reshape(-1), losses.reshape(-1))
    return losses


@compiled
def _binary(x: Any, target: Any, losses: Any) -> None:
    for i in range(x.size):
        present, absent = log(x[i]), log(ONE - x[i])
        present = LOWEST if present < LOWEST else present  # and NaN stays
        absent = LOWEST if absent < LOWEST else absent
        losses[i] = (target[i] - ONE) * absent - target[i] * present


def binary_slope(x: np.ndarray, target: np.ndarray) -> Any:
    if x.shape != target.shape or not singles(x, target):
        return NotImplemented
    y = np.empty(x.shape, np.float32)
    _binary_slope(x.reshape(-1), target.reshape(-1), y.reshape(-1))
    return y


@compiled
def _binary_slope(x: Any, target: Any, y: Any) -> None:
    for i in range(x.size):
        spread = x[i] * (ONE - x[i])
        spread = LEAST if spread < LEAST else spread  # and NaN stays
        y[i] = (x[i] - target[i]) / spread


def cross(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Any:
    if not _fit(x, target, weight):
        return NotImplemented
    return np.float32(_cross(x, target, weight))


def miss(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Any:
    if not _fit(x, target, weight):
        return NotImplemented
    y = np.empty_like(x)
    _miss(x, target, weight, y)
    return y


def _fit(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> bool:
    return singles(x, weight) and target.dtype == np.int64 and target.flags.c_contiguous


# Exponentials are of what logits are above that of the target, whose own is 1: no sum is too small.
# Where one is too large it is made again below the largest.


@compiled
def _cross(x: Any, target: Any, weight: Any) -> Any:
    rows, n = x.shape
    loss = 0.0
    for i in range(rows):
        aimed = x[i, target[i]]
        total, top = ZERO, aimed
        for j in range(n):
            total += exp(x[i, j] - top)
        if not total < BIG:
            total, top = ZERO, highest(x[i], n)
            for j in range(n):
                total += exp(x[i, j] - top)
        loss -= weight[i] * apart(aimed, top, log(total))
    return loss


@compiled
def _miss(x: Any, target: Any, weight: Any, y: Any) -> None:
    rows, n = x.shape
    for i in range(rows):
        total, top = ZERO, x[i, target[i]]
        for j in range(n):
            y[i, j] = exp(x[i, j] - top)
            total += y[i, j]
        if not total < BIG:
            total, top = ZERO, highest(x[i], n)
            for j in range(n):
                y[i, j] = exp(x[i, j] - top)
                total += y[i, j]
        share = weight[i] / total
        for j in range(n):
            y[i, j] *= share
        y[i, target[i]] -= weight[i]
