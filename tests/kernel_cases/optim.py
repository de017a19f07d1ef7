from __future__ import annotations

import numpy as np

from . import Case


def step(n, state, *settings, rates, dtype=np.float32, awkward=False):
    """Parameters, gradient and state, the last one not negative, and rates as 0-d arrays."""

    def draw(rng):
        arrays = [np.array(rng.standard_normal(n), dtype) for _ in range(2 + state)]
        if state:
            arrays[-1] = np.abs(arrays[-1])
        if awkward:
            arrays[1][:3] = np.nan, np.inf, 0
        numbers = [np.array(rate, dtype) for rate in rates]
        return (*arrays, numbers if state else numbers[0], *settings)

    return draw


def cases(state, *settings, rates):
    def case(n=300, rtol=2e-6, atol=1e-6, applies=True, **how):
        draw = step(n, state, *settings, rates=rates, **how)
        return Case(draw, rtol, atol, writes=(0, *range(2, 2 + state)), applies=applies)

    return [
        *(case(n) for n in (0, 1, 7, 300, 70_000)),
        case(awkward=True),
        case(dtype=np.float64, rtol=1e-14, atol=1e-14),
        case(dtype=np.float16, applies=False),
    ]


ADAM = (0.01, 1e-8, 0.1, 0.999, 0.001)

CASES = {
    "sgd": cases(0, rates=(0.1,)),
    "momentum": [
        *cases(1, False, rates=(0.1, 0.9, 0.75)),
        *cases(1, True, rates=(0.1, 0.9, 1.0)),
    ],
    "adam": cases(2, rates=ADAM),
}
