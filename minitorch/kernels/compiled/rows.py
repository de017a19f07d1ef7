"""What loops over rows of float32 numbers share."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from minitorch.kernels.compiled.jit import OPTIONS
from minitorch.kernels.compiled.scalars import INFINITE

LITTLE, BIG = np.float32(0.01), np.float32(1e30)  # between these, sums of exponentials are good
STEP = 64  # numbers in the four vectors that a loop takes at a time


@numba.njit(**OPTIONS | {"fastmath": {"nnan", "nsz", "reassoc"}})
def highest(row: Any, n: int) -> Any:
    """The largest of the first `n`, but 0 where that is -inf; among NaNs, any."""
    top = -INFINITE
    for j in range(n):
        top = max(row[j], top)
    return top if top != -INFINITE else np.float32(0)
