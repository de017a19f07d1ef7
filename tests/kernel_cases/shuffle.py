from __future__ import annotations

import numpy as np

from . import Case


def targets(n: int):
    def draw(rng):
        steps = np.arange(n)
        return (steps + (rng.random(n) * (n - steps)).astype(np.int64),)

    return draw


CASES = {"swapped": [Case(targets(n), 0, 0) for n in (0, 1, 2, 255, 5000)]}
