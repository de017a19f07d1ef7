"""The softmax within attention, a row of scores at a time, between products that BLAS makes.

Rows are gone over in whole steps of vectors: what is beyond the keys that are seen becomes 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.attention import across, hide
from minitorch.kernels.compiled.jit import compiled
from minitorch.kernels.compiled.rows import BIG, LITTLE, STEP, highest
from minitorch.kernels.compiled.scalars import ONE, ZERO, exp

SINGLE = np.dtype(np.float32)


@compiled
def _soften(scores: Any, shown: int, tops: Any, weights: Any, sums: Any) -> bool:
    """Write rows' softmax, of scores less `tops`; whether no sum was too large or small."""
    blocks, rows, keys = scores.shape
    good = True
    for b in range(blocks):
        for i in range(rows):
            n = min(shown + i, keys)
            m, last, top = min(-(-n // STEP) * STEP, keys), np.int32(n), tops[b, i]
            total = ZERO
            for j in range(m):
                e = exp(scores[b, i, j] - top)
                e = e if np.int32(j) < last else ZERO
                weights[b, i, j] = e
                total += e
            sums[b, i] = total
            if not LITTLE < total < BIG:
                good = False
            rate = ONE / total if total != ZERO else ZERO
            for j in range(m):
                weights[b, i, j] *= rate
            for j in range(m, keys):
                weights[b, i, j] = ZERO
    return good


@compiled
def _highest(scores: Any, shown: int, tops: Any) -> None:
    blocks, rows, keys = scores.shape
    for b in range(blocks):
        for i in range(rows):
            tops[b, i] = highest(scores[b, i], min(shown + i, keys))


def attend(q: Any, k: Any, v: Any, mask: Any, drop: Any, shown: int, scale: float, y: Any) -> Any:
    if q.dtype is not SINGLE:
        return NotImplemented
    scores = q @ across(k, scale)
    rows, keys = scores.shape[-2:]
    hide(scores, mask, keys)
    flat, weights = scores.reshape(-1, rows, keys), np.empty_like(scores)
    tops, sums = np.zeros(flat.shape[:2], SINGLE), np.empty(flat.shape[:2], SINGLE)
    out = weights.reshape(flat.shape)
    if not _soften(flat, shown, tops, out, sums):
        _highest(flat, shown, tops)
        _soften(flat, shown, tops, out, sums)
        sums[sums == 0] = np.inf  # of queries that see nothing
    if drop.ndim:
        weights *= drop
    y[...] = weights @ v
    np.log(sums, out=sums)
    sums += tops
    return sums.reshape(*scores.shape[:-1], 1)


@compiled
def _weigh(scores: Any, level: Any, slopes: Any, slack: Any, shown: int, factor: Any) -> None:
    blocks, rows, keys = scores.shape
    for b in range(blocks):
        for i in range(rows):
            n = min(shown + i, keys)
            m, last = min(-(-n // STEP) * STEP, keys), np.int32(n)
            top, own = level[b, i], slack[b, i]
            for j in range(m):
                e = exp(scores[b, i, j] - top)
                e = e if np.int32(j) < last else ZERO
                scores[b, i, j] = e
                slopes[b, i, j] = (slopes[b, i, j] - own) * (e * factor)
            for j in range(m, keys):
                scores[b, i, j] = slopes[b, i, j] = ZERO


def weigh(
    q: Any, k: Any, level: Any, u: Any, v: Any, slack: Any, mask: Any, drop: Any, shown: int,
    scale: float, factor: float,
) -> Any:  # fmt: skip
    if q.dtype is not SINGLE:
        return NotImplemented
    weights, slopes = q @ across(k, scale), u @ across(v)
    rows, keys = weights.shape[-2:]
    hide(weights, mask, keys)
    if drop.ndim:
        slopes *= drop
    flat = weights.reshape(-1, rows, keys)
    level, slack = (x.reshape(flat.shape[:2]) for x in (level, slack))
    _weigh(flat, level, slopes.reshape(flat.shape), slack, shown, SINGLE.type(factor))
    return weights, slopes
