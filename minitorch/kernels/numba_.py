"""Compiled loops, for what is serial by nature; imported only where Numba is installed."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def swapped(targets: Any) -> Any:
    """`minitorch.kernels.shuffle.swapped`."""
    numbers = np.arange(len(targets))
    for i in range(len(targets)):
        target = targets[i]
        numbers[i], numbers[target] = numbers[target], numbers[i]
    return numbers
