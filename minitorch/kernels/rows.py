"""Largest numbers, sums and exponentials of the rows of an array: of all along its last axis.

NumPy's own reductions of short rows take several times as long as these.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

LARGE, LITTLE = 64, 0.01  # exponentials of so much, or sums of so little, lose no digits
SHORT = 1024  # sums of longer rows are as fast with NumPy as with BLAS, and nearer to the truth
FEW, MANY = 24, 512  # columns, between which rows are reduced fastest by the place of their largest
KEPT = 4096  # rows, for which a vector of ones is worth keeping


@lru_cache(maxsize=64)
def _ones(count: int, dtype: np.dtype[Any]) -> np.ndarray:
    row = np.ones(count, dtype)
    row.setflags(write=False)
    return row


def ones(count: int, dtype: np.dtype[Any]) -> np.ndarray:
    """A vector of ones, to be read only."""
    return _ones(count, dtype) if count <= KEPT else np.ones(count, dtype)


def tops(x: Floats) -> Floats:
    """The largest of each row; NaN where there is one."""
    n = x.shape[-1]
    rows = x.reshape(-1, n) if n else x
    if 0 < n < FEW:
        found = np.maximum.reduce(np.ascontiguousarray(rows.T), 0)
    elif FEW <= n < MANY and x.dtype.char in "fd":
        found = rows[np.arange(len(rows)), rows.argmax(1)]
    else:
        return np.maximum.reduce(x, -1, keepdims=True)
    return found.reshape(*x.shape[:-1], 1)


def sums(x: Floats) -> Floats:
    """The sum of each row."""
    n = x.shape[-1]
    if n > SHORT or not n or x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return np.add.reduce(x, -1, keepdims=True)
    return x.reshape(-1, n).dot(ones(n, x.dtype)).reshape(*x.shape[:-1], 1)


def products(a: Floats, b: Floats) -> Floats:
    """The sum of each row of a * b."""
    if a.dtype.char not in "fd":
        return np.add.reduce(a * b, -1, keepdims=True)
    return np.einsum("...i,...i->...", a, b)[..., np.newaxis]


def small(x: Floats) -> bool:
    """Whether the exponentials of all numbers can be summed as they are."""
    return bool(x.size and x.dtype.char in "fd" and np.maximum.reduce(x, None) < LARGE)


def exponentials(x: Floats) -> tuple[Floats, Floats, Floats | None]:
    """exp(x) and the sums of its rows; where these would be too large or small, exp(x - top).

    `top`, the third, is then the largest of each row, and 0 where that is -inf.
    """
    if small(x):
        y = np.exp(x, order="C")
        total = sums(y)
        if np.minimum.reduce(total, None) > LITTLE:
            return y, total, None
    top = tops(x)
    top[top == -np.inf] = 0
    y = np.subtract(x, top, order="C")
    np.exp(y, out=y)
    return y, sums(y), top
