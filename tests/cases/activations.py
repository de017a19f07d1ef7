"""Samples of the smooth activations."""

from __future__ import annotations

import math

import numpy as np

from tests.samples import elementwise, real

_erf = np.vectorize(math.erf, otypes=[float])


def _tanh_gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _tanh_gelu_slope(x: np.ndarray) -> np.ndarray:
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope


elementwise("gelu", real, torch="nn.functional.gelu",
            numpy=lambda x: (0.5 * x * (1 + _erf(x / math.sqrt(2)))).astype(x.dtype))  # fmt: skip
elementwise("gelu_slope", real, torch=None, numpy=lambda x: (
    0.5 * (1 + _erf(x / math.sqrt(2))) + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
).astype(x.dtype))  # fmt: skip
elementwise("tanh_gelu", real, numpy=_tanh_gelu,
            torch=lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"))  # fmt: skip
elementwise("tanh_gelu_slope", real, torch=None, numpy=_tanh_gelu_slope)
elementwise("silu", real, torch="nn.functional.silu", numpy=lambda x: x / (1 + np.exp(-x)))
elementwise("silu_slope", real, torch=None, numpy=lambda x: (
    (1 + np.exp(-x) * (1 + x)) / (1 + np.exp(-x)) ** 2
).astype(x.dtype))  # fmt: skip
elementwise("mish", real, torch="nn.functional.mish",
            numpy=lambda x: x * np.tanh(np.log1p(np.exp(x))))  # fmt: skip
for rate in (0.1, 0.0, -0.5, 1.5):
    elementwise("leaky_relu", real, params=(rate,), torch="nn.functional.leaky_relu",
                numpy=lambda x, rate: np.where(x > 0, x, rate * x).astype(x.dtype))  # fmt: skip
    elementwise("leaky_slope", real, params=(rate,), torch=None,
                numpy=lambda x, rate: np.where(x > 0, 1, rate).astype(x.dtype))  # fmt: skip
elementwise("hardtanh", real, params=(-0.5, 1.5), torch="nn.functional.hardtanh",
            numpy=lambda x, low, high: np.clip(x, low, high))  # fmt: skip
elementwise("is_between", real, params=(-0.5, 1.5), torch=None,
            numpy=lambda x, low, high: ((x > low) & (x < high)).astype(x.dtype))  # fmt: skip
