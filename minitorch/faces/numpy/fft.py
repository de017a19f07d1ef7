"""`numpy.fft` on boxes: Fourier transforms, with NumPy's signatures.

An input is cut, or filled up with zeros, to the length asked for; along each axis one primitive
follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import arithmetic
from minitorch.faces.numpy.operands import axis_index, boxed, face_among, floating, into
from minitorch.faces.numpy.shaping import roll
from minitorch.faces.operands import to_dtype
from minitorch.ops import fft as ops
from minitorch.ops.complex import conjugate
from minitorch.ops.shape import getitem, pad

Function = Callable[..., Any]
SINGLE, HALF = np.dtype(np.complex64), np.dtype(np.float16)


def _scaling(norm: str | None, opposite: bool = False) -> str:
    norm = "backward" if norm is None else norm
    if norm not in ops.OPPOSITE:
        raise ValueError(
            f"Invalid norm value {norm}; should be None, 'backward', 'ortho' or 'forward'."
        )
    return ops.OPPOSITE[norm] if opposite else norm


def _argument(a: Any, out: Any) -> Box:
    x = floating(boxed(a, face_among(a, out)))
    if not x._value.ndim:
        raise IndexError("a Fourier transform needs an array of at least one axis")
    return x


def _complex(x: Box) -> Box:
    return to_dtype(x, np.result_type(x._value.dtype, SINGLE))


def _real(x: Box) -> Box:
    if x._value.dtype.kind == "c":
        raise TypeError(
            f"rfft and ihfft are of real numbers, not of {x._value.dtype}: use fft, or np.real(x)"
        )
    return x


def _fitted(x: Any, n: int, axis: int) -> Any:
    """`x` cut, or filled up with zeros, to n elements along an axis."""
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    have = x._value.shape[axis]
    if have > n:
        return getitem.unary(x, (slice(None),) * axis + (slice(0, n),))
    if have < n:
        rest = (0, 0)
        widths = [rest] * x._value.ndim
        widths[axis] = (0, n - have)
        return pad.unary(x, tuple(widths))
    return x


def _transform(x: Any, n: int | None, axis: int, norm: str, inverse: bool) -> Any:
    n = x._value.shape[axis] if n is None else n
    return ops.fft.unary(_fitted(_complex(x), n, axis), axis, norm, inverse)


def _rfft(x: Any, n: int | None, axis: int, norm: str) -> Any:
    n = x._value.shape[axis] if n is None else n
    return ops.rfft.unary(_fitted(_real(x), n, axis), axis, norm)


def _irfft(x: Any, n: int | None, axis: int, norm: str) -> Any:
    n = 2 * (x._value.shape[axis] - 1) if n is None else n
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    y = ops.irfft.unary(_fitted(_complex(x), n // 2 + 1, axis), axis, n, norm)
    return to_dtype(y, HALF) if x._value.dtype == HALF else y  # computed in single precision


# along one axis


def _one(name: str, doc: str, run: Function) -> Function:
    def function(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None,
                 out: Any = None) -> Any:  # fmt: skip
        x = _argument(a, out)
        y = run(x, n, axis_index(axis, x._value.ndim), norm)
        return into(out, y, f"fft.{name}")

    return arithmetic.named(function, name, f"`numpy.fft.{name}`: {doc}.")


fft = _one(
    "fft", "the Fourier transform along an axis",
    lambda x, n, axis, norm: _transform(x, n, axis, _scaling(norm), False),
)  # fmt: skip
ifft = _one(
    "ifft", "the inverse of `fft`",
    lambda x, n, axis, norm: _transform(x, n, axis, _scaling(norm), True),
)  # fmt: skip
rfft = _one(
    "rfft", "the first half of the Fourier transform of real numbers, which tells the other",
    lambda x, n, axis, norm: _rfft(x, n, axis, _scaling(norm)),
)  # fmt: skip
irfft = _one(
    "irfft", "the inverse of `rfft`; n is even unless it is given",
    lambda x, n, axis, norm: _irfft(x, n, axis, _scaling(norm)),
)  # fmt: skip
hfft = _one(
    "hfft", "the real Fourier transform of numbers whose second half mirrors the first",
    lambda x, n, axis, norm: _irfft(conjugate(x), n, axis, _scaling(norm, opposite=True)),
)  # fmt: skip
ihfft = _one(
    "ihfft", "the inverse of `hfft`",
    lambda x, n, axis, norm: conjugate(_rfft(x, n, axis, _scaling(norm, opposite=True))),
)  # fmt: skip

# along several axes


def _lengths(x: Box, s: Any, axes: Any) -> tuple[list[int | None], list[int]]:
    """The lengths asked for (None as they are, -1 too) and the axes, none of them negative."""
    rank = x._value.ndim
    if axes is None:
        axes = range(rank) if s is None else range(rank - len(s), rank)
    places = [axis_index(axis, rank) for axis in axes]
    if s is None:
        return [None] * len(places), places
    if len(s) != len(places):
        raise ValueError("Shape and axes have different lengths.")
    return [None if n == -1 else n for n in s], places


def _several(name: str, doc: str, run: Function, default: Sequence[int] | None) -> Function:
    def function(a: Any, s: Any = None, axes: Any = default, norm: str | None = None,
                 out: Any = None) -> Any:  # fmt: skip
        x = _argument(a, out)
        y = run(x, *_lengths(x, s, axes), _scaling(norm))
        return into(out, y, f"fft.{name}")

    return arithmetic.named(function, name, f"`numpy.fft.{name}`: {doc}.")


def _fftn(inverse: bool) -> Function:
    def run(x: Any, sizes: list[int | None], axes: list[int], norm: str) -> Any:
        for n, axis in zip(reversed(sizes), reversed(axes), strict=True):
            x = _transform(x, n, axis, norm, inverse)
        return x

    return run


def _rfftn(x: Any, sizes: list[int | None], axes: list[int], norm: str) -> Any:
    x = _rfft(x, sizes[-1], axes[-1], norm)
    return _fftn(False)(x, sizes[:-1], axes[:-1], norm)


def _irfftn(x: Any, sizes: list[int | None], axes: list[int], norm: str) -> Any:
    x = _fftn(True)(x, sizes[:-1], axes[:-1], norm)
    return _irfft(x, sizes[-1], axes[-1], norm)


fftn = _several("fftn", "the Fourier transform along several axes", _fftn(False), None)
ifftn = _several("ifftn", "the inverse of `fftn`", _fftn(True), None)
rfftn = _several("rfftn", "`rfft` along the last of several axes, then `fft`", _rfftn, None)
irfftn = _several("irfftn", "the inverse of `rfftn`", _irfftn, None)
fft2 = _several("fft2", "the Fourier transform along two axes", _fftn(False), (-2, -1))
ifft2 = _several("ifft2", "the inverse of `fft2`", _fftn(True), (-2, -1))
rfft2 = _several("rfft2", "`rfft` along the last of two axes, then `fft`", _rfftn, (-2, -1))
irfft2 = _several("irfft2", "the inverse of `rfft2`", _irfftn, (-2, -1))

# where the frequency 0 stands


def _shift(name: str, doc: str, sign: int) -> Function:
    def function(x: Any, axes: Any = None) -> Any:
        sizes = boxed(x)._value.shape
        if axes is None:
            axes = range(len(sizes))
        axes = (axes,) if isinstance(axes, (int, np.integer)) else tuple(axes)
        return roll(x, tuple(sign * (sizes[axis] // 2) for axis in axes), axes)

    return arithmetic.named(function, name, f"`numpy.fft.{name}`: {doc}.")


fftshift = _shift("fftshift", "the frequency 0 moved to the middle", 1)
ifftshift = _shift("ifftshift", "the inverse of `fftshift`", -1)

functions: dict[Function, Function] = {
    np.fft.fft: fft, np.fft.ifft: ifft, np.fft.rfft: rfft, np.fft.irfft: irfft, np.fft.hfft: hfft,
    np.fft.ihfft: ihfft, np.fft.fft2: fft2, np.fft.ifft2: ifft2, np.fft.rfft2: rfft2,
    np.fft.irfft2: irfft2, np.fft.fftn: fftn, np.fft.ifftn: ifftn, np.fft.rfftn: rfftn,
    np.fft.irfftn: irfftn, np.fft.fftshift: fftshift, np.fft.ifftshift: ifftshift,
}  # fmt: skip
