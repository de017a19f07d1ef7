from __future__ import annotations

import numpy as np

from . import Case


def shares(shape, dtype=np.float32, target_shape=None):
    def draw(rng):
        x, target = (rng.random(s).astype(dtype) for s in (shape, target_shape or shape))
        return x, target

    return draw


def certain(rng):
    """Probabilities of 0 and 1, of almost nothing and of almost 1, and what is none."""
    x = np.array([0, 1, 1e-30, 1e-38, 1e-40, 1e-45, 0.99999994, 0.5, np.nan, -1, 2, np.inf], "f")
    return np.repeat(x, 3), np.tile(np.array([0, 1, 0.25], "f"), len(x))


def logits(n, classes, dtype=np.float32, scale=1, awkward=False, targets=np.int64):
    def draw(rng):
        x = np.array(rng.standard_normal((n, classes)) * scale, dtype)
        if awkward:
            x[0, 0], x[1, 1], x[2, :], x[3, 2] = np.nan, np.inf, -np.inf, -np.inf
        weight = rng.random(n).astype(dtype)
        return x, rng.integers(0, classes, n).astype(targets), weight

    return draw


def classes():
    shapes = (1, 1), (3, 2), (64, 10), (40, 100), (7, 2000)
    return [
        *(Case(logits(*shape), atol=2e-6) for shape in shapes),
        *(Case(logits(20, 7, scale=scale), 4e-6, 1e-5) for scale in (30, 1000)),
        Case(logits(9, 5, awkward=True)),
        Case(lambda rng: (np.empty((0, 5), "f"), np.empty(0, np.int64), np.empty(0, "f"))),
        Case(logits(9, 5, np.float64), applies=False),
        Case(logits(9, 5, targets=np.uint8), applies=False),
    ]


def probabilities():
    return [
        *(Case(shares(shape)) for shape in ((0,), (), (7,), (3, 5), (100, 784))),
        Case(certain),
        Case(shares((3, 5), np.float64), applies=False),
        Case(shares((3, 5), target_shape=(5,)), applies=False),
    ]


CASES = {
    "cross": classes(),
    "miss": classes(),
    "binary": probabilities(),
    "binary_slope": probabilities(),
}
