"""Smooth activations and their slopes.

In float32 NumPy goes over chunks that the cache holds. The error function of GELU is there the
tanh of a polynomial, and in the compiled loops its sigmoid: 1 + tanh(z) is 2 sigmoid(2 z).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from minitorch.kernels.error import COEFFICIENTS, ROOT_2, erf, in_chunks, series, singles
from minitorch.kernels.rows import Floats
from minitorch.kernels.seam import kernel

CUBIC, SCALE = 0.044715, math.sqrt(2 / math.pi)  # of GELU with tanh, arXiv 1606.08415
NORMAL = 1 / math.sqrt(2 * math.pi)
HALVED = tuple(c * 0.5**i / ROOT_2 for i, c in enumerate(COEFFICIENTS))  # for x / sqrt(2)

_HALVED = singles(*HALVED)
_ONE, _HALF, _MINUS_HALF, _NORMAL = singles(1, 0.5, -0.5, NORMAL)
_TANH = singles(SCALE, CUBIC * SCALE)
_STEEP = singles(SCALE, 3 * CUBIC * SCALE)


def _chunked(chunk: Callable[[Any, Any, Any], None]) -> Callable[..., Any]:
    """For float32, in place of what computes with float64, `chunk(x, y, scratch)`."""

    def around(double: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @wraps(double)
        def run(x: Any) -> Any:
            if x.dtype == np.float32:
                return in_chunks(chunk, x)
            if x.dtype != np.float64:
                return run(x.astype(np.float32)).astype(x.dtype)
            with np.errstate(under="ignore", over="ignore"):
                return np.asarray(double(x))

        return run

    return around


def _gelu_chunk(x: Any, y: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    series(u, y, _HALVED)
    y *= x
    np.tanh(y, out=y)
    y += _ONE
    y *= x
    y *= _HALF


def _gelu_slope_chunk(x: Any, y: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    series(u, y, _HALVED)
    y *= x
    np.tanh(y, out=y)
    y *= _HALF
    y += _HALF
    u *= _MINUS_HALF
    np.exp(u, out=u)
    u *= _NORMAL
    u *= x
    y += u


def _tanh_gelu_chunk(x: Any, y: Any, u: Any) -> None:
    np.multiply(x, x, out=y)
    y *= _TANH[1]
    y += _TANH[0]
    y *= x
    np.tanh(y, out=y)
    y += _ONE
    y *= x
    y *= _HALF


def _tanh_gelu_slope_chunk(x: Any, y: Any, t: Any) -> None:
    np.multiply(x, x, out=t)
    np.multiply(t, _STEEP[1], out=y)
    y += _STEEP[0]
    y *= x
    t *= _TANH[1]
    t += _TANH[0]
    t *= x
    np.tanh(t, out=t)
    y *= _ONE - t
    y += _ONE
    t += _ONE
    y *= t
    y *= _HALF


def _silu_chunk(x: Any, y: Any, u: Any) -> None:
    np.negative(x, out=u)
    np.exp(u, out=u)
    u += _ONE
    np.divide(x, u, out=y)


def _silu_slope_chunk(x: Any, y: Any, u: Any) -> None:
    np.negative(x, out=u)
    np.exp(u, out=u)
    u += _ONE
    np.reciprocal(u, out=u)
    np.subtract(_ONE, u, out=y)
    y *= x
    y += _ONE
    y *= u


@kernel(pays=1 << 12)
@np.errstate(over="ignore")
def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    y = np.negative(x)
    y = np.exp(y, out=y if type(y) is np.ndarray else None)  # infinity gives 0, as it should
    y = np.add(y, 1, out=y if type(y) is np.ndarray else None)
    y = np.reciprocal(y, out=y if type(y) is np.ndarray else None)
    return y if y.dtype is x.dtype else y.astype(x.dtype)  # that of bfloat16 is of float32


@kernel(pays=1 << 12)
@_chunked(_gelu_chunk)
def gelu(x: Floats) -> Floats:
    """x times the part of a normal distribution that lies below x."""
    return x * (0.5 * (1 + erf(x / ROOT_2)))


@kernel(pays=1 << 12)
@_chunked(_gelu_slope_chunk)
def gelu_slope(x: Floats) -> Floats:
    """The derivative of `gelu`."""
    return 0.5 * (1 + erf(x / ROOT_2)) + x * np.exp(-0.5 * x * x) * NORMAL


@kernel(pays=1 << 12)
@_chunked(_tanh_gelu_chunk)
def tanh_gelu(x: Floats) -> Floats:
    """`gelu`, with tanh in place of the error function."""
    return x * (0.5 * (1 + np.tanh(x * (SCALE + CUBIC * SCALE * x * x))))


@kernel(pays=1 << 12)
@_chunked(_tanh_gelu_slope_chunk)
def tanh_gelu_slope(x: Floats) -> Floats:
    """The derivative of `tanh_gelu`."""
    t = np.tanh(x * (SCALE + CUBIC * SCALE * x * x))
    return 0.5 * (1 + t) * (1 + (1 - t) * x * (SCALE + 3 * CUBIC * SCALE * x * x))


@kernel(pays=1 << 12)
@_chunked(_silu_chunk)
def silu(x: Floats) -> Floats:
    """x sigmoid(x)."""
    return x / (1 + np.exp(-x))


@kernel(pays=1 << 12)
@_chunked(_silu_slope_chunk)
def silu_slope(x: Floats) -> Floats:
    """The derivative of `silu`."""
    s = 1 / (1 + np.exp(-x))
    return s * (1 + x * (1 - s))
