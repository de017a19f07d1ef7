from __future__ import annotations

import numpy as np

from minitorch.kernels.recurrent import blocks, lstm

from . import Case


def cell(size: int, n: int, dtype=np.float32):
    def draw(rng):
        parts = np.tanh(rng.standard_normal((5, size, n))).astype(dtype)
        return parts, rng.standard_normal((size, n)).astype(dtype)

    return draw


def odd(rng):
    parts, state = cell(3, 5)(rng)
    parts[0, 0, 0], parts[1, 1, 1], state[2, 2] = np.nan, 0, np.inf
    return parts, state


def turned(rng):
    parts, state = cell(3, 5)(rng)
    return parts, state.T.copy().T


def back(sizes: tuple[int, ...], reverse: bool, which: int, size: int = 4, dtype=np.float32):
    """One block of a layer, which begins where another ended, and is begun by the next."""

    def draw(rng):
        def numbers(*shape):
            return rng.standard_normal(shape).astype(dtype)

        rows, n = sum(sizes), sizes[0]
        c0, w_hh = numbers(n, size), numbers(4 * size, size) / dtype(4 * size**0.5)
        args = (numbers(rows, 2), numbers(n, size), c0, numbers(4 * size, 2), w_hh)
        kept = lstm((*args, numbers(4 * size), numbers(4 * size)), sizes, reverse)[3]
        block = blocks(sizes, reverse, 4 * size)[which]
        dh, dc = numbers(size, block.n), numbers(size, block.n)
        return kept, c0, numbers(rows, size), dh, dc, w_hh, block

    return draw


BACK = [
    back((3, 3, 3), False, 0), back((3, 3, 3), True, 0), back((3, 2, 2, 1), False, 1),
    back((3, 2, 2, 1), True, 1), back((3, 2, 2, 1), True, 2), back((1,), False, 0),
    back((2, 0), False, 1), back((32,) * 19, False, 1, 128), back((32,) * 19, True, 1, 128),
]  # fmt: skip

CASES = {
    "lstm_cell": [
        *(Case(cell(*shape), 1e-6, 1e-7, (0,)) for shape in ((1, 1), (128, 32), (5, 7), (0, 3))),
        Case(odd, 1e-6, 1e-7, (0,)),
        Case(cell(3, 2, np.float64), applies=False),
        Case(turned, applies=False),
    ],
    "lstm_steps_back": [
        *(Case(draw, 1e-5, 1e-6, (3, 4)) for draw in BACK),
        Case(back((2, 2), False, 0, dtype=np.float64), applies=False),
    ],
}
