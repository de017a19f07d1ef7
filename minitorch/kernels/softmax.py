"""Softmax, its logarithm and their derivatives, along the last axis."""

from __future__ import annotations

import numpy as np

from minitorch.kernels.rows import Floats, exponentials, products, sums
from minitorch.kernels.seam import kernel


@kernel(pays=1 << 12)
def softmax(x: Floats) -> Floats:
    """exp(x) divided by its sum."""
    y, total, _ = exponentials(x)
    y /= total
    return y


@kernel(pays=1 << 12)
def softmax_back(u: Floats, p: Floats) -> Floats:
    """p (u - the sum of u p)."""
    y = np.subtract(u, products(u, p))
    y *= p
    return y


@kernel(pays=1 << 12)
def log_softmax(x: Floats) -> Floats:
    """x less the logarithm of the sum of exp(x)."""
    y, level, top = exponentials(x)
    np.log(level, out=level)
    if top is None:
        return np.subtract(x, level, out=y)
    np.subtract(x, top, out=y)
    y -= level
    return y


@kernel(pays=1 << 12)
def log_softmax_back(u: Floats, y: Floats) -> Floats:
    """u - exp(y) times the sum of u."""
    found = np.exp(y)
    found *= sums(u)
    return np.subtract(u, found, out=found)
