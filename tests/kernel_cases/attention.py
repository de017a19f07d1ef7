from __future__ import annotations

import numpy as np

from . import Case

NONE, ONE = np.zeros((), np.float32), np.ones((), np.float32)


def parts(rng: np.random.Generator, *shape: int, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def forward(lead, queries, keys, shown, scale=0.5, size=1.0, mask=NONE, drop=ONE, dtype=np.float32):
    """Arguments of `attend`, of 4 numbers a query and 3 a value."""

    def draw(rng):
        q, k, v = (
            parts(rng, *lead, n, width, dtype=dtype)
            for n, width in ((queries, 4), (keys, 4), (keys, 3))
        )
        y = np.zeros((*lead, queries, 3), dtype)
        return q * dtype(size), k, v, made(mask, rng), made(drop, rng), shown, scale, y

    return draw


def made(x, rng):
    return x(rng) if callable(x) else x


def backward(*args, factor=0.5, level=2.0, **kwargs):
    """Arguments of `weigh`."""

    def draw(rng):
        q, k, v, mask, drop, shown, scale, y = forward(*args, **kwargs)(rng)
        levels = np.abs(parts(rng, *q.shape[:-1], 1, dtype=q.dtype.type)) + q.dtype.type(level)
        slack = parts(rng, *q.shape[:-1], 1, dtype=q.dtype.type)
        u = parts(rng, *y.shape, dtype=q.dtype.type)
        return q, k, levels, u, v, slack, mask, drop, shown, scale, factor

    return draw


def padding(rng):
    """A mask of -inf and others, which hides all keys from the second query."""
    mask = parts(rng, 5, 7)
    mask[0, 2:], mask[1] = -np.inf, -np.inf
    return mask


def seen(rng):
    return rng.random((2, 1, 1, 7)) < 0.7


def dropped(rng):
    return (rng.random((2, 3, 5, 7)) < 0.8).astype(np.float32) / np.float32(0.8)


SHAPES = (
    {"lead": (2, 3), "queries": 5, "keys": 7, "shown": 7},
    {"lead": (2, 3), "queries": 5, "keys": 7, "shown": 1},
    {"lead": (1,), "queries": 3, "keys": 70, "shown": 68},
    {"lead": (2,), "queries": 130, "keys": 200, "shown": 65},
    {"lead": (0, 2), "queries": 3, "keys": 4, "shown": 4},
    {"lead": (2, 3), "queries": 5, "keys": 7, "shown": 7, "mask": padding},
    {"lead": (2, 3), "queries": 5, "keys": 7, "shown": 7, "mask": seen},
    {"lead": (2, 3), "queries": 5, "keys": 7, "shown": 3, "drop": dropped},
)
DOUBLE = {"lead": (2,), "queries": 3, "keys": 4, "shown": 4, "dtype": np.float64}

CASES = {
    "attend": [
        *(Case(forward(**shape), 1e-5, 2e-6, writes=(7,)) for shape in SHAPES),
        # scores of hundreds: not one exponential may overflow
        Case(forward((2, 3), 5, 7, 1, size=300.0), 1e-4, 1e-4, writes=(7,)),
        Case(forward(**DOUBLE), applies=False),
    ],
    "weigh": [
        *(Case(backward(**shape), 1e-5, 2e-6) for shape in SHAPES),
        Case(backward(**DOUBLE), applies=False),
    ],
}
