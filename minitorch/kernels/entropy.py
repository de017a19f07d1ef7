"""Cross-entropies: that of probabilities for yes or no, and that of logits for classes."""

from __future__ import annotations

import numpy as np

from minitorch.kernels.rows import LARGE, exponentials, sums, tops
from minitorch.kernels.seam import kernel


def _floored_log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        y = np.log(x)
    return np.maximum(y, -100, out=y if type(y) is np.ndarray else None)


@kernel(pays=4096)
def binary(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """-target log(x) - (1 - target) log(1 - x), with logarithms of at least -100."""
    losses = (target - 1) * _floored_log(1 - x)
    losses -= target * _floored_log(x)
    return losses


@kernel(pays=4096)
def binary_slope(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(x - target) / (x (1 - x)), and that at least 1e-12."""
    return (x - target) / np.maximum(x * (1 - x), 1e-12)


@kernel(pays=512)
def cross(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The sum over rows of weight * (logsumexp(x) - x[target])."""
    places = np.arange(len(x)), target
    y = np.subtract(x, x[places][:, np.newaxis])
    if x.dtype.char in "fd" and np.maximum.reduce(y, None, initial=0) < LARGE:
        # sums of 1 and what else there is: no underflow either
        return np.dot(np.log(sums(np.exp(y, out=y))[:, 0]), weight)
    y = np.subtract(x, tops(x))
    losses = np.log(np.add.reduce(np.exp(y), 1)) - y[places]
    return np.dot(losses, weight)


@kernel(pays=512)
def miss(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """softmax(x), less 1 at each row's target, times the row's weight."""
    y, total, _ = exponentials(x)
    y *= weight[:, np.newaxis] / total
    places = np.arange(0, y.size, y.shape[1] or 1)
    places += target
    y.reshape(-1)[places] -= weight
    return y
