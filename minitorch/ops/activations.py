"""Smooth activations that keep nothing but their argument for the way back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.kernels import error
from minitorch.kernels.error import CUBIC, SCALE
from minitorch.ops.elementwise import elementwise, exp, sigmoid, softplus, square, tanh

NORMAL = 1 / math.sqrt(2 * math.pi)

gelu = elementwise(
    "gelu", error.gelu, (lambda x: gelu_slope(x),), names=("x",),
    doc="x times the part of a normal distribution that lies below x",
)  # fmt: skip

gelu_slope = elementwise(
    "gelu_slope", error.gelu_slope,
    (lambda x: (2 - square(x)) * (NORMAL * exp(-0.5 * square(x))),), names=("x",),
    doc="the derivative of `gelu`",
)  # fmt: skip


def _tanh_gelu(x: np.ndarray) -> np.ndarray:
    y = np.asarray(x * x)
    y *= CUBIC * SCALE
    y += SCALE
    y *= x
    np.tanh(y, out=y)
    y += 1
    y *= x
    y *= 0.5
    return y


def _tanh_gelu_bend(x: Any) -> Any:
    squares = square(x)
    t = tanh(x * (SCALE + CUBIC * SCALE * squares))
    slope, bend = SCALE + 3 * CUBIC * SCALE * squares, 3 * CUBIC * SCALE * squares
    return (1 - t * t) * (slope + bend - x * t * slope * slope)


tanh_gelu = elementwise(
    "tanh_gelu", _tanh_gelu, (lambda x: tanh_gelu_slope(x),), grad_name="GeluBackward0",
    doc="`gelu`, with tanh in place of the error function",
)  # fmt: skip

tanh_gelu_slope = elementwise(
    "tanh_gelu_slope", error.tanh_gelu_slope, (lambda x: _tanh_gelu_bend(x),), names=("x",),
    doc="the derivative of `tanh_gelu`",
)  # fmt: skip


def _silu_slope(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


silu = elementwise(
    "silu", lambda x: x * sigmoid.run(x), (lambda x: _silu_slope(x),), doc="x sigmoid(x)"
)


def _mish_slope(x: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


mish = elementwise(
    "mish", lambda x: x * np.tanh(softplus.run(x)), (lambda x: _mish_slope(x),),
    doc="x tanh(softplus(x))",
)  # fmt: skip
