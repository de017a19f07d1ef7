"""Convolution of each channel with a weight of its own.

The windows show, place by place, parts of rows (examples, channels, *) that begin at `starts`.
"""

from __future__ import annotations

import numpy as np

from minitorch.kernels.seam import kernel


@kernel(pays=1 << 12)
def depthwise(rows: np.ndarray, factors: np.ndarray, starts: np.ndarray, y: np.ndarray) -> None:
    """Add to y (examples, channels, places) the parts times factors (channels, starts)."""
    size, product = y.shape[-1], np.empty_like(y)
    for start, factor in zip(starts.tolist(), factors.T, strict=True):
        y += np.multiply(rows[..., start : start + size], factor[:, np.newaxis], out=product)


@kernel(pays=1 << 12)
def depthwise_weight(rows: np.ndarray, z: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The sums (channels, starts) of products of z (examples, channels, places) with the parts."""
    y = np.empty((z.shape[1], len(starts)), z.dtype)
    for i, start in enumerate(starts.tolist()):
        y[:, i] = np.einsum("ncl,ncl->c", rows[..., start : start + z.shape[-1]], z)
    return y
