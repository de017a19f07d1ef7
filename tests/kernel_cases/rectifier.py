"""Samples of the gradient of ReLU."""

from __future__ import annotations

import numpy as np

from . import Case


def drawn(*shape, dtype=np.float32, awkward=False):
    def draw(rng):
        g = rng.standard_normal(shape).astype(dtype)
        y = np.maximum(rng.standard_normal(shape), 0).astype(dtype)
        if awkward:
            g[0, :4] = np.nan, np.inf, -np.inf, 0
            y[0, :5] = 0, 1, np.inf, -0.0, np.nan
        return g, y

    return draw


def apart(rng):
    g, y = drawn(6, 5)(rng)
    return g.T, y.T


CASES = {
    "passed": [
        Case(drawn(7, 6)),
        Case(drawn(7, 6, awkward=True)),
        Case(drawn(0, 3)),
        Case(drawn(300, 301, awkward=True)),
        Case(drawn(5, 4, dtype=np.float64)),
        Case(apart, applies=False),
        Case(drawn(5, 4, dtype=np.float16), applies=False),
        Case(lambda rng: (*drawn(3, 4)(rng)[:1], drawn(4)(rng)[1]), applies=False),
    ]
}
