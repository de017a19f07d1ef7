"""Shuffles: swaps followed one by one and all at once give the same."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch.kernels import shuffle


def targets(n: int) -> np.ndarray:
    steps = np.arange(n)
    return steps + (np.random.default_rng(n).random(n) * (n - steps)).astype(np.int64)


@pytest.mark.parametrize("n", [2, 3, 10, 255, 256, 257, 5000])
def test_swaps_all_at_once(n):
    want = targets(n)
    for i, target in enumerate(targets(n)):
        if i == 0:
            want = np.arange(n)
        want[[i, target]] = want[[target, i]]
    np.testing.assert_array_equal(shuffle.one_by_one(targets(n)), want)
    np.testing.assert_array_equal(shuffle.all_at_once(targets(n)), want)
    np.testing.assert_array_equal(shuffle.swapped(targets(n)), want)
