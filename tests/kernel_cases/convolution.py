from __future__ import annotations

import numpy as np

from . import Case

STARTS = np.array([0, 3, 1, 40])


def arrays(rng, n, channels, dtype, special):
    rows = rng.standard_normal((n, channels, 70)).astype(dtype)
    if special is not None:
        rows[0, 1, 20] = special
    return rows, rng.standard_normal((n, channels, 30)).astype(dtype)


def depthwise(n=3, channels=4, dtype=np.float32, special=None, turned=False):
    def draw(rng):
        rows, y = arrays(rng, n, channels, dtype, special)
        factors = rng.standard_normal((channels, 4)).astype(dtype)
        return rows, np.asfortranarray(factors) if turned else factors, STARTS, y

    return draw


def weight(n=3, channels=4, dtype=np.float32, special=None, turned=False):
    def draw(rng):
        rows, z = arrays(rng, n, channels, dtype, special)
        return rows, z.repeat(2, -1)[..., ::2] if turned else z, STARTS

    return draw


CASES = {
    "depthwise": [
        *(Case(depthwise(n, c), writes=(3,)) for n, c in ((3, 4), (1, 1), (0, 2))),
        *(Case(depthwise(special=s), writes=(3,)) for s in (np.nan, np.inf)),
        Case(depthwise(dtype=np.float64), 1e-12, 1e-12, (3,)),
        Case(depthwise(dtype=np.float16), applies=False),
        Case(depthwise(turned=True), applies=False),
    ],
    "depthwise_weight": [
        *(Case(weight(n, c), 1e-5, 1e-5) for n, c in ((3, 4), (1, 1), (0, 2))),
        *(Case(weight(special=s), 1e-5, 1e-5) for s in (np.nan, np.inf)),
        Case(weight(dtype=np.float64), 1e-12, 1e-12),
        Case(weight(dtype=np.float16), applies=False),
        Case(weight(turned=True), 1e-5, 1e-5),
    ],
}
