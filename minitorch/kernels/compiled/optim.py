"""The optimizers' formulas, each as one loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, floats


def sgd(x: np.ndarray, g: np.ndarray, lr: Any) -> Any:
    return _sgd(x, g, lr.item()) if floats(x, g) else NotImplemented


@compiled
def _sgd(x: Any, g: Any, lr: Any) -> None:
    lr = x.dtype.type(lr)
    for i in range(x.size):
        x[i] -= lr * g[i]


def momentum(x: np.ndarray, g: np.ndarray, b: np.ndarray, rates: Any, nesterov: bool) -> Any:
    if not floats(x, g, b):
        return NotImplemented
    return _momentum(x, g, b, *[rate.item() for rate in rates], nesterov)


@compiled
def _momentum(x: Any, g: Any, b: Any, lr: Any, decay: Any, share: Any, nesterov: bool) -> None:
    kind = x.dtype.type
    lr, decay, share = kind(lr), kind(decay), kind(share)
    for i in range(x.size):
        b[i] = decay * b[i] + share * g[i]
        x[i] -= lr * (g[i] + decay * b[i] if nesterov else b[i])


def adam(
    x: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, rates: Any, top: Any = None
) -> Any:
    if top is not None or not floats(x, g, m, v):
        return NotImplemented
    return _adam(x, g, m, v, *[rate.item() for rate in rates])


@compiled
def _adam(
    x: Any, g: Any, m: Any, v: Any, rate: Any, eps: Any, gain1: Any, beta2: Any, gain2: Any
) -> None:
    kind = x.dtype.type
    rate, eps = kind(rate), kind(eps)
    gain1, beta2, gain2 = kind(gain1), kind(beta2), kind(gain2)
    for i in range(x.size):
        mean = m[i] + gain1 * (g[i] - m[i])
        square = beta2 * v[i] + gain2 * (g[i] * g[i])
        m[i] = mean
        v[i] = square
        x[i] -= rate * (mean / (np.sqrt(square) + eps))
