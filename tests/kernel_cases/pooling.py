from __future__ import annotations

import numpy as np

from minitorch.kernels import pooling
from minitorch.ops.windows import Window

from . import Case

SQUARE = Window((2, 2), (2, 2), (0, 0), (1, 1))
LARGE = Window((3, 3), (2, 1), (1, 1), (1, 2))  # overlaps, and reaches over the edges
ROW = Window((2,), (2,), (0,), (1,))


def images(rng, shape, dtype, special):
    """With ties, and some that are NaN or infinite."""
    x = rng.integers(-2, 3, shape).astype(dtype)
    if special is not None and x.size:
        x.reshape(-1)[rng.integers(0, x.size, 1 + x.size // 9)] = special
    return x


def winners(shape, window=SQUARE, dtype=np.float32, special=None, turned=False):
    def draw(rng):
        x = images(rng, shape, dtype, special)
        if turned:
            x = np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)
        y = pooling.max_pool(x, window, window.counts(shape[-window.rank :]))
        return x, y, window

    return draw


def unpick(shape, window=SQUARE, dtype=np.float32):
    def draw(rng):
        x, y, _ = winners(shape, window)(rng)
        which = pooling.winners.plain(x, y, window)
        g = rng.standard_normal(y.shape).astype(dtype)
        return g, which, window, shape[-window.rank :]

    return draw


def back(shape, window=SQUARE, dtype=np.float32, special=None):
    def draw(rng):
        x, y, _ = winners(shape, window, dtype, special)(rng)
        return rng.standard_normal(y.shape).astype(dtype), x, y, window, shape[-window.rank :]

    return draw


SHAPES = ((2, 3, 8, 12), (3, 7, 5), (2, 2), (0, 3, 4, 4))
CASES = {
    "max_pool_back": [
        *(Case(back(shape), 0, 0) for shape in ((2, 3, 8, 12), (4, 6), (2, 2, 2))),
        Case(back((2, 8, 6), dtype=np.float64), 0, 0),
        Case(back((2, 8, 6), special=np.inf), 0, 0),
        Case(back((2, 8, 6), special=np.nan), applies=False),
        Case(back((2, 8, 6), dtype=np.float16), applies=False),
        Case(back((2, 8, 7)), applies=False),
        Case(back((2, 8, 6), LARGE), applies=False),
    ],
    "winners": [
        *(Case(winners(shape), 0, 0) for shape in SHAPES),
        *(Case(winners((2, 3, 8, 12), special=s), 0, 0) for s in (np.nan, np.inf, -np.inf)),
        Case(winners((2, 8, 6), dtype=np.float64), 0, 0),
        Case(winners((2, 8, 6), dtype=np.float16), applies=False),
        Case(winners((2, 8, 6), LARGE), applies=False),
        Case(winners((2, 8, 6), turned=True), applies=False),
    ],
    "unpick": [
        *(Case(unpick(shape, window)) for shape in SHAPES for window in (SQUARE, LARGE)),
        Case(unpick((2, 8, 6), dtype=np.float64)),
        Case(unpick((2, 8, 6), dtype=np.float16), applies=False),
        Case(unpick((2, 8), ROW), applies=False),
    ],
}
