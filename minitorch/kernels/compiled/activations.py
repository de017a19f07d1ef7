"""Smooth activations and their slopes, a number at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.kernels.activations import CUBIC, HALVED, NORMAL, SCALE
from minitorch.kernels.compiled import scalars
from minitorch.kernels.compiled.jit import compiled, singles
from minitorch.kernels.compiled.scalars import HALF, ONE, exp, f

A0, A1, A2, A3, A4, A5, A6 = (f(2 * c) for c in HALVED)
DENSITY = f(NORMAL)
FAR = f(40)
LINEAR, CUBED, STEEP = f(2 * SCALE), f(2 * CUBIC * SCALE), f(6 * CUBIC * SCALE)


@compiled
def _gelu(x: Any, y: Any) -> None:
    for i in range(x.size):
        u = x[i] * x[i]
        p = A5 + u * A6
        p = A3 + u * (A4 + u * p)
        p = A0 + u * (A1 + u * (A2 + u * p))
        y[i] = x[i] / (ONE + exp(-(x[i] * p)))


@compiled
def _gelu_slope(x: Any, y: Any) -> None:
    for i in range(x.size):
        u = x[i] * x[i]
        p = A5 + u * A6
        p = A3 + u * (A4 + u * p)
        p = A0 + u * (A1 + u * (A2 + u * p))
        y[i] = ONE / (ONE + exp(-(x[i] * p))) + x[i] * (DENSITY * exp(-HALF * u))


@compiled
def _tanh_gelu(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = x[i] / (ONE + exp(-(x[i] * (LINEAR + CUBED * (x[i] * x[i])))))


@compiled
def _tanh_gelu_slope(x: Any, y: Any) -> None:
    for i in range(x.size):
        u = x[i] * x[i]
        z = -(x[i] * (LINEAR + CUBED * u))
        e = exp(FAR if z > FAR else z)  # with no infinity, which times a sigmoid of 0 were NaN
        s = ONE / (ONE + e)
        y[i] = s + s * s * e * (x[i] * (LINEAR + STEEP * u))


@compiled
def _silu(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = x[i] / (ONE + exp(-x[i]))


@compiled
def _silu_slope(x: Any, y: Any) -> None:
    for i in range(x.size):
        s = scalars.sigmoid(x[i])
        y[i] = s * (ONE + x[i] * (ONE - s))


@compiled
def _sigmoid(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = scalars.sigmoid(x[i])


def _over(loop: Callable[[Any, Any], None]) -> Callable[[Any], Any]:
    """The kernel that runs a loop over all numbers."""

    def run(x: Any) -> Any:
        if not singles(x):
            return NotImplemented
        y = np.empty_like(x)
        loop(x.reshape(-1), y.reshape(-1))
        return y

    return run


sigmoid = _over(_sigmoid)
gelu, gelu_slope = _over(_gelu), _over(_gelu_slope)
tanh_gelu, tanh_gelu_slope = _over(_tanh_gelu), _over(_tanh_gelu_slope)
silu, silu_slope = _over(_silu), _over(_silu_slope)
