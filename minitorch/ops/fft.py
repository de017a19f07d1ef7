"""Discrete Fourier transforms along one axis.

All are linear. `norm` tells which direction is scaled by 1 / n ('backward', 'forward') or
whether both are by its square root ('ortho'), as in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.ops.complex import conj
from minitorch.ops.elementwise import multiply
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import shifted

OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _fft(x: np.ndarray, axis: int, norm: Any, inverse: bool) -> np.ndarray:
    return (np.fft.ifft if inverse else np.fft.fft)(x, None, axis, norm)


def _weighted(x: Any, n: int, axis: int, middle: float) -> Any:
    """Half a spectrum of n numbers, with a factor for what stands there for its mirror image too.

    That is all but the first and, for even n, the last.
    """
    sizes = shape_of(x)
    weights = np.full((sizes[axis],) + (1,) * (len(sizes) - 1 - axis), middle)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    dtype = (x._value if isinstance(x, Box) else x).dtype
    return multiply(x, weights.astype(dtype))


fft = Primitive(
    "fft", _fft, names=("x", "axis", "norm", "inverse"), linear=(0,), batch=shifted,
    vjps=(lambda g, axis, norm, inverse: fft(g, axis, norm, inverse),),
    grad_name="FftC2CBackward0",
    doc="the Fourier transform of complex x along an axis, or its inverse",
)  # fmt: skip

rfft = Primitive(
    "rfft", lambda x, axis, norm: np.fft.rfft(x, None, axis, norm), linear=(0,), batch=shifted,
    vjps=(
        lambda g, x_shape, axis, norm: irfft(
            _weighted(conj(g), x_shape[axis], axis, 0.5), axis, x_shape[axis], OPPOSITE[norm]
        ),
    ),
    grad_name="FftR2CBackward0",
    doc="the Fourier transform of real x along an axis, without the half that mirrors the other",
)  # fmt: skip

irfft = Primitive(
    "irfft", lambda x, axis, n, norm: np.fft.irfft(x, n, axis, norm), linear=(0,), batch=shifted,
    vjps=(
        lambda g, axis, n, norm: _weighted(conj(rfft(g, axis, OPPOSITE[norm])), n, axis, 2.0),
    ),
    grad_name="FftC2RBackward0",
    doc="the n real numbers whose `rfft` is x, with n // 2 + 1 elements along the axis",
)  # fmt: skip

# short-time transforms: a signal cut into frames, and frames added up to a signal


def _frames(x: np.ndarray, size: int, hop: int) -> np.ndarray:
    every = np.lib.stride_tricks.sliding_window_view(x, size, -1)
    return np.ascontiguousarray(every[..., ::hop, :])


def _overlap_add(x: np.ndarray, hop: int, length: int) -> np.ndarray:
    *lead, count, size = x.shape
    steps = -(-size // hop)
    rows = max(count + steps, -(-length // hop))
    y = np.zeros((*lead, rows, hop), x.dtype)
    for k in range(steps):
        part = x[..., k * hop : (k + 1) * hop]
        y[..., k : k + count, : part.shape[-1]] += part
    return y.reshape(*lead, rows * hop)[..., :length]


def _each(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*boxes, *params)


frames = Primitive(
    "frames", _frames, names=("x", "size", "hop"), linear=(0,), batch=_each,
    vjps=(lambda g, x_shape, hop: overlap_add(g, hop, x_shape[-1]),),
    doc="the frames of `size` elements that begin at each `hop`-th of the last axis",
)  # fmt: skip

overlap_add = Primitive(
    "overlap_add", _overlap_add, names=("x", "hop", "length"), linear=(0,), batch=_each,
    vjps=(lambda g, x_shape, hop: frames(g, x_shape[-1], hop),),
    doc="a signal of `length` elements: frames added up where they lay; the adjoint of `frames`",
)  # fmt: skip
