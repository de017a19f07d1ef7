"""Attention within a block of queries and keys, forward and backward.

In a causal block the first query sees `shown` keys and each next one more; else `shown` is the
number of keys. A mask is added to the scores, or true where a query sees a key; `drop` multiplies
the weights; without axes they change nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.kernels.rows import Floats, exponentials
from minitorch.kernels.seam import kernel

FAR = 1e30  # stands for the logarithm inf in products, which must not meet infinities


@lru_cache(maxsize=16)
def causal_mask(rows: int, columns: int, dtype: np.dtype[Any]) -> Floats:
    """-inf where a column comes after its row, else 0."""
    later = np.arange(columns) > np.arange(rows)[:, np.newaxis]
    mask = np.where(later, dtype.type(-np.inf), dtype.type(0))
    mask.setflags(write=False)
    return mask


def hide(scores: Floats, mask: np.ndarray, shown: int) -> None:
    """Add what the masks say."""
    rows, keys = scores.shape[-2:]
    if mask.ndim:
        if mask.dtype == np.bool_:
            mask = np.where(mask, scores.dtype.type(0), scores.dtype.type(-np.inf))
        scores += mask
    if shown < keys:
        later = scores[..., shown - 1 :]
        later += causal_mask(rows, keys - shown + 1, scores.dtype)


def across(x: Floats, factor: float = 1.0, below: float | None = None) -> Floats:
    """`x * factor` with rows as columns, as BLAS takes it the fastest; and a row of one number."""
    *lead, rows, width = x.shape
    out = np.empty((*lead, width + (below is not None), rows), x.dtype)
    turned = out[..., :width, :]
    turned[...] = x.swapaxes(-1, -2)
    if factor != 1:
        turned *= x.dtype.type(factor)
    if below is not None:
        out[..., width, :] = below
    return out


def _beside(x: Floats, column: Floats) -> Floats:
    """`x` with another column, which its product with what has a row of 1 below is less."""
    *lead, rows, width = x.shape
    out = np.empty((*lead, rows, width + 1), x.dtype)
    out[..., :width] = x
    np.negative(column, out=out[..., width:])
    return out


@kernel(pays=1 << 12)
def attend(
    q: Floats, k: Floats, v: Floats, mask: np.ndarray, drop: Floats, shown: int, scale: float,
    y: Floats,
) -> Floats:  # fmt: skip
    """Write softmax(scale * q @ k.T + mask) * drop @ v to `y`; the logs of the softmax's sums.

    A query that sees nothing gives 0, and the logarithm inf.
    """
    scores = q @ across(k, scale)
    hide(scores, mask, shown)
    weights, sums, top = exponentials(scores)
    if drop.ndim:
        weights *= drop
    if top is None:
        np.divide(weights @ v, sums, out=y, casting="same_kind")
        return np.log(sums, out=sums)
    blind = sums == 0
    sums[blind] = 1
    np.divide(weights @ v, sums, out=y, casting="same_kind")
    np.log(sums, out=sums)
    sums += top
    sums[blind] = np.inf
    return sums


@kernel(pays=1 << 12)
def weigh(
    q: Floats, k: Floats, level: Floats, u: Floats, v: Floats, slack: Floats, mask: np.ndarray,
    drop: Floats, shown: int, scale: float, factor: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """The weights exp(scale * q @ k.T + mask - level), and with them the slopes of the scores.

    These are weights * (u @ v.T * drop - slack), times a factor.
    """
    weights = _beside(q, np.minimum(level, FAR)) @ across(k, scale, 1)
    hide(weights, mask, shown)
    np.exp(weights, out=weights)
    if drop.ndim:
        slopes = u @ across(v)
        slopes *= drop
        slopes -= slack
        if factor != 1:
            slopes *= slopes.dtype.type(factor)
    else:
        slopes = _beside(u, slack) @ across(v, factor, factor)
    slopes *= weights
    return weights, slopes
