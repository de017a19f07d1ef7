from __future__ import annotations

import numpy as np

from . import Case

ODD = np.array([0, -0.0, 1e-20, -1e-20, 30, -30, 200, -200, np.nan], np.float32)


def numbers(n: int, scale: float = 3.0):
    return lambda rng: ((rng.standard_normal(n) * scale).astype(np.float32),)


def special(x: np.ndarray):
    return lambda rng: (x,)


COMMON = [
    *(Case(numbers(n)) for n in (0, 1, 7, 255, 5000)),
    Case(special(ODD)),
    Case(lambda rng: (rng.standard_normal((3, 4, 5)).astype(np.float32),)),
    Case(lambda rng: (rng.standard_normal(6),), applies=False),
    Case(lambda rng: (rng.standard_normal((6, 5)).astype(np.float32).T,), applies=False),
]

NAMES = ("sigmoid", "gelu", "gelu_slope", "tanh_gelu", "silu", "silu_slope")
CASES = {
    **dict.fromkeys(NAMES, COMMON),
    # NumPy's loop takes 1 from tanh, times the slope of its argument
    "tanh_gelu_slope": [case._replace(atol=2e-6) for case in COMMON],
}
