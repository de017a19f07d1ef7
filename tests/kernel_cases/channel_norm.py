from __future__ import annotations

import numpy as np

from . import Case


def forward(shape, groups, dtype=np.float32, worst=None, turned=False):
    def draw(rng):
        x = rng.standard_normal(shape).astype(dtype) * 2 + 3
        if worst is not None:
            x.reshape(-1)[5] = worst
        if turned:
            x = np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2)
        weight, bias = (rng.standard_normal(shape[1]).astype(dtype) for _ in range(2))
        return x, weight, bias, groups, 1e-5

    return draw


def backward(shape, groups, places=(0, 1, 2), dtype=np.float32, worst=None):
    def draw(rng):
        x, weight, *_ = forward(shape, groups, dtype)(rng)
        u = rng.standard_normal(shape).astype(dtype)
        if worst is not None:
            u.reshape(-1)[5] = worst
        form = (shape[0], groups) if groups else (1, shape[1])
        level, slant, centre = (rng.standard_normal(form).astype(dtype) for _ in range(3))
        spread = rng.uniform(0.5, 2, form).astype(dtype)
        return u, level, slant, x, weight, centre, spread, places, groups, 1e-5

    return draw


SOME = [((4, 6, 5, 7), 0), ((3, 6, 8, 8), 2), ((3, 6, 33), 6), ((2, 4, 4, 4, 4), 1)]
LOOSE = {"rtol": 2e-5, "atol": 1e-4}  # sums in another order
CASES = {
    "forward": [
        *(Case(forward(shape, groups), **LOOSE) for shape, groups in SOME),
        Case(forward((4, 6, 5, 7), 0, np.float64), 1e-10, 1e-10),
        *(Case(forward((4, 6, 5, 7), 2, worst=worst), **LOOSE) for worst in (np.nan, np.inf)),
        Case(forward((4, 6, 5, 7), 0, turned=True), applies=False),
        Case(forward((4, 6, 5, 7), 0, np.float16), applies=False),
        Case(forward((5, 6, 2), 0), applies=False),
        Case(forward((0, 6, 20), 0), applies=False),
    ],
    "backward": [
        *(Case(backward(shape, groups), **LOOSE) for shape, groups in SOME),
        Case(backward((4, 6, 5, 7), 0, (2, 0), np.float64), 1e-10, 1e-10),
        *(Case(backward((4, 6, 5, 7), 2, worst=worst), **LOOSE) for worst in (np.nan, np.inf)),
        Case(backward((4, 6, 5, 7), 0, (1,), np.float16), applies=False),
        Case(backward((5, 6, 2), 0), applies=False),
    ],
}
