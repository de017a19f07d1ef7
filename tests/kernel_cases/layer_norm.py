from __future__ import annotations

import numpy as np

from . import Case

ONE, ZERO = np.ones((), np.float32), np.zeros((), np.float32)


def arrays(rng: np.random.Generator, *shapes, dtype=np.float32):
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def forward(rows: int, n: int, dtype=np.float32, plain: bool = False, shift: float = 0.0):
    def draw(rng):
        x, weight, bias = arrays(rng, (rows, n), n, n, dtype=dtype)
        return (x + dtype(shift), *((ONE, ZERO) if plain else (weight, bias)), 1e-5)

    return draw


def backward(rows: int, n: int, places=(0, 1, 2), dtype=np.float32, plain: bool = False):
    def draw(rng):
        column = (rows, 1)
        x, g, weight, centre, rate, level, slant = arrays(
            rng, (rows, n), (rows, n), n, column, column, column, column, dtype=dtype
        )
        return x, g, ONE if plain else weight, centre, rate, level, slant, places

    return draw


SIZES = ((0, 4), (1, 1), (5, 3), (7, 64), (600, 70))

CASES = {
    "forward": [
        *(Case(forward(*size), 1e-5, 3e-6) for size in SIZES),
        Case(forward(5, 8, plain=True), 1e-5, 3e-6),
        Case(forward(5, 8, shift=1000.0), 1e-3, 1e-3),
        Case(forward(5, 8, np.float64), applies=False),
        Case(lambda rng: (arrays(rng, (8, 5))[0].T, ONE, ZERO, 1e-5), applies=False),
    ],
    "backward": [
        *(Case(backward(*size), 1e-5, 3e-5) for size in SIZES),
        *(Case(backward(5, 8, places), 1e-5, 1e-5) for places in ((0,), (1,), (2,), (1, 2))),
        Case(backward(5, 8, plain=True), 1e-5, 1e-5),
        Case(backward(5, 8, dtype=np.float64), applies=False),
    ],
}
