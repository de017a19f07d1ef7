from __future__ import annotations

import numpy as np

from . import Case


def numbers(*shape: int, size: float = 1.0, dtype=np.float32, arrays: int = 1):
    def draw(rng):
        return tuple((rng.standard_normal(shape) * size).astype(dtype) for _ in range(arrays))

    return draw


def special(rng):
    x = rng.standard_normal((5, 6)).astype(np.float32)
    x[0, 1], x[1], x[2, 2], x[3, :5] = np.nan, -np.inf, np.inf, -np.inf
    return (x,)


SHAPES = ((0, 3), (1, 1), (5,), (4, 10), (2, 3, 65), (7, 1000))


def cases(arrays: int, *more: Case) -> list[Case]:
    return [
        *(Case(numbers(*shape, arrays=arrays), 1e-5, 3e-6, applies=0 not in shape)
          for shape in SHAPES),
        Case(numbers(4, 6, dtype=np.float64, arrays=arrays), applies=False),
        *more,
    ]  # fmt: skip


def low(rng):
    """Rows whose exponentials are next to nothing, and whose sums decide little beside them."""
    return (np.array([[-43, -90], [-1000, -1000], [-3e4, -3e4], [-87, -88]], np.float32),)


FAR = Case(numbers(6, 9, size=300.0), 1e-5, 3e-5)  # where exponentials overflow

CASES = {
    "softmax": cases(1, FAR, Case(special), Case(low, 1e-6, 0)),
    "log_softmax": cases(1, FAR, Case(special), Case(low, 1e-6, 0)),
    "softmax_back": cases(2),
    "log_softmax_back": cases(2),
}
