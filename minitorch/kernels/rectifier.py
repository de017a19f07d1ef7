"""The gradient of ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.seam import kernel

ndarray = np.ndarray
BLOCK = 1 << 16  # numbers that stay in the cache from one pass over them to the next
# a zero, taken up faster than a number, and the integers whose bits numbers are
_KINDS = {np.dtype(k): (np.zeros((), k), np.dtype(f"i{np.dtype(k).itemsize}")) for k in "fd"}


@kernel(pays=1 << 14)
def passed(g: ndarray, y: ndarray) -> Any:
    """`g` where `y` is not 0, else 0, though `g` were infinite there."""
    dtype = y.dtype
    if dtype not in _KINDS or g.shape != y.shape or g.dtype != dtype:
        return np.where(y.astype(bool), g, g.dtype.type(0))
    zero, integer = _KINDS[dtype]
    if y.size <= BLOCK or not (y.flags.c_contiguous and g.flags.c_contiguous):
        bits = np.not_equal(y, zero).astype(integer)
        bits *= g.view(integer)  # no branch that is guessed wrong, and no infinity times 0
        return bits.view(dtype)
    found = np.empty_like(y)
    y, numbers, parts = y.reshape(-1), g.reshape(-1).view(integer), found.reshape(-1).view(integer)
    for start in range(0, y.size, BLOCK):
        block = slice(start, start + BLOCK)
        part = parts[block]
        part[...] = np.not_equal(y[block], zero)
        part *= numbers[block]
    return found
