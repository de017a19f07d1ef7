"""Softmax and its logarithm, a row at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, singles
from minitorch.kernels.compiled.rows import BIG, LITTLE, highest
from minitorch.kernels.compiled.scalars import ONE, ZERO, apart, exp


@compiled
def _exponentials(x: Any, tops: Any, y: Any, sums: Any) -> bool:
    """Write exp(x - top) and its sums; whether none of these is too large or small."""
    rows, n = x.shape
    good = True
    for i in range(rows):
        top, total = tops[i], ZERO
        for j in range(n):
            e = exp(x[i, j] - top)
            y[i, j] = e
            total += e
        sums[i] = total
        if not LITTLE < total < BIG:
            good = False
    return good


@compiled
def _highest(x: Any, tops: Any) -> None:
    for i in range(len(x)):
        tops[i] = highest(x[i], x.shape[1])


@compiled
def _scale(y: Any, rates: Any) -> None:
    rows, n = y.shape
    for i in range(rows):
        rate = rates[i]
        for j in range(n):
            y[i, j] *= rate


@compiled
def _less(x: Any, tops: Any, levels: Any, y: Any) -> None:
    rows, n = y.shape
    for i in range(rows):
        top, level = tops[i], levels[i]
        for j in range(n):
            y[i, j] = apart(x[i, j], top, level)


@compiled
def _softmax_back(u: Any, p: Any, y: Any) -> None:
    rows, n = u.shape
    for i in range(rows):
        slack = ZERO
        for j in range(n):
            slack += u[i, j] * p[i, j]
        for j in range(n):
            y[i, j] = (u[i, j] - slack) * p[i, j]


@compiled
def _log_softmax_back(u: Any, x: Any, y: Any) -> None:
    rows, n = u.shape
    for i in range(rows):
        total = ZERO
        for j in range(n):
            total += u[i, j]
        for j in range(n):
            y[i, j] = u[i, j] - exp(x[i, j]) * total


def _applies(*arrays: Any) -> bool:
    return singles(*arrays) and arrays[0].ndim > 0 and arrays[0].size > 0


def _flat(x: Any) -> Any:
    return x.reshape(-1, x.shape[-1])


def _summed(x: Any) -> tuple[Any, Any, Any]:
    """Exponentials of rows, what was taken off before, and the sums."""
    y = np.empty_like(x)
    tops, sums = np.zeros(len(x), np.float32), np.empty(len(x), np.float32)
    if not _exponentials(x, tops, y, sums):
        _highest(x, tops)
        _exponentials(x, tops, y, sums)
    return y, tops, sums


def softmax(x: Any) -> Any:
    if not _applies(x):
        return NotImplemented
    y, _, sums = _summed(_flat(x))
    _scale(y, ONE / sums)
    return y.reshape(x.shape)


def softmax_back(u: Any, p: Any) -> Any:
    if not _applies(u, p):
        return NotImplemented
    y = np.empty_like(u)
    _softmax_back(_flat(u), _flat(p), _flat(y))
    return y


def log_softmax(x: Any) -> Any:
    if not _applies(x):
        return NotImplemented
    rows = _flat(x)
    y, tops, sums = _summed(rows)
    _less(rows, tops, np.log(sums, out=sums), y)
    return y.reshape(x.shape)


def log_softmax_back(u: Any, y: Any) -> Any:
    if not _applies(u, y):
        return NotImplemented
    found = np.empty_like(u)
    _log_softmax_back(_flat(u), _flat(y), _flat(found))
    return found
