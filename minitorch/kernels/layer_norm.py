"""Layer norm, forward and backward, on a matrix with a row for each example.

In the place of weight and bias stand 1 and 0, without axes, where there are none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.rows import Floats
from minitorch.kernels.seam import kernel

BLOCK = 1 << 16  # numbers


def _row_means(x: Floats) -> Floats:
    """The means of rows: of many short ones NumPy's own sums take several times as long."""
    n = x.shape[1]
    return x @ np.full((n, 1), 1 / max(n, 1), x.dtype)


def _means_of_products(a: Floats, b: Floats) -> Floats:
    sums = np.einsum("ij,ij->i", a, b)[:, np.newaxis]
    sums /= max(a.shape[1], 1)
    return sums


def _blocks(rows: Floats) -> list[slice]:
    """Blocks of rows that stay in the cache from one pass over them to the next."""
    step = max(1, BLOCK // max(rows.shape[1], 1))
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def _outer(a: Floats, b: Floats) -> Floats:
    """The products of two vectors' elements: BLAS makes them where there are two such to add."""
    columns, rows = np.zeros((a.size, 2), a.dtype), np.zeros((2, b.size), b.dtype)
    columns[:, 0], rows[0] = a.reshape(-1), b.reshape(-1)
    return columns @ rows


@kernel(pays=1 << 12)
def forward(
    rows: Floats, weight: Floats, bias: Floats, eps: float
) -> tuple[Floats, Floats, Floats]:
    """The result, the rows' means, and what they are multiplied with; these as columns."""
    result = np.empty(rows.shape, rows.dtype)
    centre, rate = (np.empty((len(rows), 1), rows.dtype) for _ in range(2))
    for block in _blocks(rows):
        part, y = rows[block], result[block]
        centre[block] = middle = _row_means(part)
        np.subtract(part, middle, out=y)
        spread = _means_of_products(y, y)
        spread += eps
        np.sqrt(spread, out=spread)
        steep = np.divide(1, spread, out=rate[block])
        y *= _outer(steep, weight) if weight.ndim else steep
        if bias.ndim:
            y += bias.reshape(-1)
    return result, centre, rate


@kernel(pays=1 << 12)
def backward(
    rows: Floats, grads: Floats, weight: Floats, centre: Floats, rate: Floats, level: Floats,
    slant: Floats, places: tuple[int, ...],
) -> tuple[Any, ...]:  # fmt: skip
    """The gradients of rows, weight and bias at `places`, for those of the three results."""
    n = rows.shape[1]
    level, slant, centre, rate = (part.reshape(-1) for part in (level, slant, centre, rate))
    scale = weight.reshape(-1) if weight.ndim else np.full(n, weight)
    ones = np.ones(len(rows), rows.dtype)
    found = [np.zeros(shape, rows.dtype) for shape in (rows.shape if 0 in places else 0, n, n)]
    for block in _blocks(rows):
        part, steep = grads[block], rate[block]
        y = np.subtract(rows[block], centre[block, np.newaxis])
        products = part * y
        if 1 in places:
            found[1] += steep @ products
        if 2 in places:
            found[2] += ones[block] @ part
        if 0 in places:
            slope = np.multiply(_outer(steep, scale), part, out=found[0][block])
            slope -= ((part @ scale * steep - level[block]) / n)[:, np.newaxis]
            y *= ((products @ scale + slant[block]) * (steep * steep * steep / n))[:, np.newaxis]
            slope -= y
    return tuple([found[i] for i in places])
