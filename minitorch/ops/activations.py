"""Activations: ReLU and its kin, and smooth ones, which keep nothing but their argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.primitive import Primitive
from minitorch.kernels import activations as kernels
from minitorch.kernels import rectifier
from minitorch.kernels.activations import CUBIC, NORMAL, SCALE
from minitorch.ops.elementwise import (
    elementwise,
    exp,
    sigmoid,
    softplus,
    square,
    tanh,
    zeros_of,
)

_ZEROS = {np.dtype(kind): np.zeros((), kind) for kind in "efd"}  # taken up faster than a number
FEW = 256  # numbers, among which choosing costs less than calls

relu = Primitive(
    "relu", lambda x: np.maximum(x, _ZEROS.get(x.dtype, 0)), batch=batch.elementwise,
    vjps=(lambda g, y: passed(g, y),), jvps=(lambda t, y: passed(t, y),),
    doc="x where it is > 0, else 0",
)  # fmt: skip
passed = elementwise(
    "passed",
    lambda x, gate: (
        np.where(gate, x, _ZEROS[x.dtype])
        if gate.size <= FEW and x.dtype in _ZEROS
        else rectifier.passed(x, gate)
    ),
    (lambda gate: is_nonzero(gate), 0),
    doc="x where the gate is not 0, else 0: the gradient of ReLU, whose result gates",
)  # fmt: skip
is_nonzero = elementwise(
    "is_nonzero", lambda x: x.astype(bool).astype(x.dtype), (0,), doc="0 where x is 0, else 1"
)
elu = elementwise(
    "elu", lambda x, low, high, rate: _elu(x, low, high, rate),
    (lambda x, low, high, rate: elu_slope(x, low * rate, high, rate),), arrays=1,
    doc="high * x where x > 0, else low * (exp(rate * x) - 1)",
)  # fmt: skip
elu_slope = elementwise(
    "elu_slope", lambda x, low, high, rate: _elu_slope(x, low, high, rate),
    (lambda x, low, rate: elu_slope(x, low * rate, 0.0, rate) * (1 - zeros_of(x)),), arrays=1,
    doc="high where x > 0, else low * exp(rate * x)",
)  # fmt: skip


def _elu(x: np.ndarray, low: float, high: float, rate: float) -> np.ndarray:
    t = np.tanh(np.minimum(x, 0) * (0.5 * rate))  # exp(z) - 1 is 2 t / (1 - t), for z of 0 or less
    y = t * (2 * low) / (1 - t)
    y += np.maximum(x, 0) * high
    return y


def _elu_slope(x: np.ndarray, low: float, high: float, rate: float) -> np.ndarray:
    y = np.exp(np.fmin(x, 0) * rate) * low
    if low != high:
        y += np.logical_not(x <= 0).astype(x.dtype) * (high - low)  # where y is low: at NaN too
    return y


gelu = elementwise(
    "gelu", kernels.gelu, (lambda x: gelu_slope(x),), names=("x",),
    doc="x times the part of a normal distribution that lies below x",
)  # fmt: skip

gelu_slope = elementwise(
    "gelu_slope", kernels.gelu_slope,
    (lambda x: (2 - square(x)) * (NORMAL * exp(-0.5 * square(x))),), names=("x",),
    doc="the derivative of `gelu`",
)  # fmt: skip


def _tanh_gelu_bend(x: Any) -> Any:
    squares = square(x)
    t = tanh(x * (SCALE + CUBIC * SCALE * squares))
    slope, bend = SCALE + 3 * CUBIC * SCALE * squares, 3 * CUBIC * SCALE * squares
    return (1 - t * t) * (slope + bend - x * t * slope * slope)


tanh_gelu = elementwise(
    "tanh_gelu", kernels.tanh_gelu, (lambda x: tanh_gelu_slope(x),), names=("x",),
    grad_name="GeluBackward0",
    doc="`gelu`, with tanh in place of the error function",
)  # fmt: skip

tanh_gelu_slope = elementwise(
    "tanh_gelu_slope", kernels.tanh_gelu_slope, (lambda x: _tanh_gelu_bend(x),), names=("x",),
    doc="the derivative of `tanh_gelu`",
)  # fmt: skip


silu = elementwise(
    "silu", kernels.silu, (lambda x: silu_slope(x),), names=("x",), doc="x sigmoid(x)"
)

silu_slope = elementwise(
    "silu_slope", kernels.silu_slope, (lambda x: _silu_bend(x),), names=("x",),
    doc="the derivative of `silu`",
)  # fmt: skip


def _silu_bend(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 - s) * (2 + x * (1 - 2 * s))


def _mish_slope(x: Any) -> Any:
    t = tanh(softplus(x))
    return t + x * (1 - t * t) * sigmoid(x)


mish = elementwise(
    "mish", lambda x: x * np.tanh(softplus.run(x)), (lambda x: _mish_slope(x),),
    doc="x tanh(softplus(x))",
)  # fmt: skip


# straight pieces: a choice for each element would be guessed wrong half of the time


def _leaky_relu(x: np.ndarray, rate: float) -> np.ndarray:
    if not np.isfinite(rate):
        return np.where(x > 0, x, x * x.dtype.type(rate))
    y = np.minimum(x, 0)
    y = np.multiply(y, rate, out=y if type(y) is np.ndarray else None)
    y += np.maximum(x, 0)
    return y if y.dtype == x.dtype else y.astype(x.dtype)  # that of bfloat16 is of float32


def _leaky_slope(x: np.ndarray, rate: float) -> np.ndarray:
    if not 0 <= rate <= 1:
        return np.where(x > 0, x.dtype.type(1), x.dtype.type(rate))
    return np.maximum((x > 0).astype(x.dtype), x.dtype.type(rate))


leaky_relu = elementwise(
    "leaky_relu", _leaky_relu, (lambda x, rate: leaky_slope(x, rate),), arrays=1,
    doc="x where it is > 0, else rate * x",
)  # fmt: skip

leaky_slope = elementwise(
    "leaky_slope", _leaky_slope, (0,), names=("x", "rate"), arrays=1,
    doc="1 where x > 0, else rate",
)  # fmt: skip

hardtanh = Primitive(
    "hardtanh", lambda x, low, high: np.minimum(np.maximum(x, low), high), batch=batch.elementwise,
    vjps=(lambda g, x, low, high: passed(g, is_between(x, low, high)),),
    jvps=(lambda t, x, low, high: passed(t, is_between(x, low, high)),),
    doc="x, but at least `low` and at most `high`; the slope is 0 at the bounds",
)  # fmt: skip

is_between = elementwise(
    "is_between",
    lambda x, low, high: np.logical_not(np.logical_or(x <= low, x >= high)).astype(x.dtype), (0,),
    names=("x", "low", "high"), arrays=1, doc="0 where x <= low or x >= high, else 1",
)  # fmt: skip
