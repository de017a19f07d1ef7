"""Normalisation of channels: over a batch, or over groups of the channels of each example.

Images are looked at as (examples, channels, places). Sums over the places come first; statistics
are made of these small tables, (1, channels) over a batch where `groups` is 0, else (examples,
groups). What is done with the large arrays is one number for each row of places.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.kernels.seam import kernel

BLOCK = 1 << 16  # numbers that stay in the cache from one pass over them to the next


def images(x: np.ndarray) -> np.ndarray:
    """`x` as (examples, channels, places)."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


def _seen(x: np.ndarray, groups: int) -> np.ndarray:
    """The same; a batch of vectors is one example, so that no loop over places has but one."""
    return x.T[np.newaxis] if x.ndim == 2 and not groups else images(x)


def _blocks(x: np.ndarray) -> Iterator[slice]:
    step = max(1, BLOCK // max(x[:1].size, 1))
    return (slice(start, start + step) for start in range(0, len(x), step))


def sizes(x: np.ndarray, groups: int) -> int:
    """How many numbers of images a statistic is made of."""
    n, channels, places = x.shape
    return max((channels // groups if groups else n) * places, 1)


def gathered(sums: np.ndarray, groups: int) -> np.ndarray:
    """Sums over rows added up to those over what is normalised together."""
    if not groups:
        return np.add.reduce(sums, 0, keepdims=True)
    n, channels = sums.shape
    if groups == channels:
        return sums
    return np.add.reduce(sums.reshape(n, groups, channels // groups), 2)


def spread_out(table: np.ndarray, channels: int) -> np.ndarray:
    """A statistic for each row."""
    groups = table.shape[1]
    return table if groups == channels else np.repeat(table, channels // groups, 1)


def columns(table: np.ndarray, x: np.ndarray, block: slice) -> np.ndarray:
    """What is to be combined with a block of rows."""
    return (table[block] if len(table) == len(x) else table)[..., np.newaxis]


@kernel(pays=1 << 12)
def forward(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, groups: int, eps: float
) -> tuple[np.ndarray, ...]:
    """`x` normalised, times a weight, plus a bias, of each channel; means and variances."""
    result = np.empty(x.shape, x.dtype)
    x, y = _seen(x, groups), _seen(result, groups)
    count = sizes(x, groups)
    centre = gathered(np.einsum("ncl->nc", x), groups)
    centre /= count
    squares, middle = np.empty(x.shape[:2], x.dtype), spread_out(centre, x.shape[1])
    for block in _blocks(x):
        part = np.subtract(x[block], columns(middle, x, block), out=y[block])
        np.einsum("ncl,ncl->nc", part, part, out=squares[block])
    spread = gathered(squares, groups) / count
    rate = spread_out(1 / np.sqrt(spread + eps), x.shape[1]) * weight
    shift = bias[:, np.newaxis]
    for block in _blocks(x):
        part = y[block]
        part *= columns(rate, x, block)
        part += shift
    return result, centre, spread


@kernel(pays=1 << 12)
def backward(
    u: np.ndarray, level: np.ndarray, slant: np.ndarray, x: np.ndarray, weight: np.ndarray,
    centre: np.ndarray, spread: np.ndarray, places: tuple[int, ...], groups: int, eps: float,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    """The gradients of the arguments at some `places`, for those of the three results."""
    shape = x.shape
    x, u = _seen(x, groups), _seen(u, groups)
    middle, products = spread_out(centre, x.shape[1]), np.empty(x.shape[:2], x.dtype)
    scratch = np.empty_like(x[next(_blocks(x), slice(0))])
    for block in _blocks(x):
        part, own = x[block], columns(middle, x, block)
        y = np.subtract(part, own, out=scratch[: len(part)])
        np.einsum("ncl,ncl->nc", u[block], y, out=products[block])
    sums = np.einsum("ncl->nc", u)
    found, factor, slope, shift = slopes(
        sums, products, level, slant, weight, centre, spread, groups, eps, sizes(x, groups)
    )
    if 0 in places:
        found[0] = np.empty(shape, x.dtype)
        dx = _seen(found[0], groups)
        for block in _blocks(x):
            part = x[block]
            y = np.multiply(part, columns(slope, x, block), out=scratch[: len(part)])
            y += columns(shift, x, block)
            np.multiply(u[block], columns(factor, x, block), out=dx[block])
            dx[block] += y
    return tuple([found[i] for i in places])


def slopes(
    sums: np.ndarray, products: np.ndarray, level: np.ndarray, slant: np.ndarray,
    weight: np.ndarray, centre: np.ndarray, spread: np.ndarray, groups: int, eps: float, count: int,
) -> tuple[list[Any], np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """The gradients of the parameters, and of what, row by row, that of x is the sum.

    That is `u * factor + x * slope + shift`. `sums` and `products` are those of u, and of u with
    what `x` is more than its mean.
    """
    channels = len(weight)
    rate = 1 / np.sqrt(spread + eps)
    steep = spread_out(rate, channels)
    by_weight, by_bias = np.add.reduce(products * steep, 0), np.add.reduce(sums, 0)
    slope = 2 * slant - rate * rate * rate * gathered(products * weight, groups)
    slope /= count
    shift = (level - rate * gathered(sums * weight, groups)) / count - slope * centre
    rows = [spread_out(table, channels) for table in (slope, shift)]
    return [None, by_weight, by_bias], steep * weight, rows[0], rows[1]
