from __future__ import annotations

import numpy as np

from . import Case


def looked_up(n: int, rows: int, width: int, dtype=np.float32, often: int = 0):
    """Of `n` rows of a table, the first `often` are all the same."""

    def draw(rng):
        places = rng.integers(0, rows, n)
        places[:often] = 0
        return rng.standard_normal((n, width)).astype(dtype), places, rows

    return draw


CASES = {
    "add_rows": [
        *(Case(looked_up(*sizes), 1e-5, 3e-6) for sizes in (
            (0, 3, 2), (1, 1, 1), (40, 300, 5), (50, 9, 3), (300, 4, 17),
        )),
        Case(looked_up(60, 200, 4, often=30), 1e-5, 3e-6),
        Case(looked_up(50, 9, 3, np.float64), 1e-13, 1e-14),
        Case(looked_up(50, 9, 3, np.float16), applies=False),
    ]
}  # fmt: skip
