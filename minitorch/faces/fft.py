"""torch.fft: discrete Fourier transforms.

An input is cut, or filled up with zeros, to the length asked for; along each dimension one
primitive follows. float32 gives complex64, float64 complex128; integers become floats first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.arguments import checked
from minitorch.faces.arithmetic import named
from minitorch.faces.creation import made
from minitorch.faces.operands import (
    axis_of,
    check_memory,
    default_float,
    floating,
    input_box,
    integer,
    integers,
    to_dtype,
)
from minitorch.ops import fft as ops
from minitorch.ops.complex import conjugate
from minitorch.ops.shape import getitem, pad, roll

Function = Callable[..., Any]
SINGLE = np.dtype(np.complex64)


def as_complex(x: Box) -> Box:
    """A box in the complex dtype of its precision, complex64 at least."""
    return to_dtype(x, np.result_type(x._value.dtype, SINGLE))


def fitted(x: Any, n: int, axis: int) -> Any:
    """`x` cut, or filled up with zeros, to n elements along an axis."""
    have = x._value.shape[axis]
    if have > n:
        return getitem.unary(x, (slice(None),) * axis + (slice(0, n),))
    if have < n:
        widths = [(0, 0)] * x._value.ndim
        widths[axis] = (0, n - have)
        return pad.unary(x, tuple(widths))
    return x


def transformed(x: Any, n: int, axis: int, norm: str, inverse: bool) -> Any:
    """The complex transform along an axis."""
    return ops.fft.unary(fitted(as_complex(x), n, axis), axis, norm, inverse)


def half(x: Any, n: int, axis: int, norm: str) -> Any:
    """The first half of the transform of real numbers along an axis."""
    return ops.rfft.unary(fitted(x, n, axis), axis, norm)


def unhalved(x: Any, n: int, axis: int, norm: str) -> Any:
    """The n real numbers whose `half` is `x`."""
    return ops.irfft.unary(fitted(as_complex(x), n // 2 + 1, axis), axis, n, norm)


# what torch.fft asks of its arguments


def _scaling(norm: Any, opposite: bool = False) -> str:
    norm = "backward" if norm is None else norm
    if not isinstance(norm, str):
        raise TypeError(f"argument 'norm' must be str, not {type(norm).__name__}")
    if norm not in ops.OPPOSITE:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return ops.OPPOSITE[norm] if opposite else norm


def _argument(input: Any, name: str, real: bool = False) -> Box:
    x = input_box(input, f"fft_{name}")
    kind = dtypes.of(x._value.dtype).scalar_type
    if real and x._value.dtype.kind == "c":
        raise RuntimeError(f"{name} expects a real input tensor, but got {kind}")
    x = floating(x)
    if x._value.dtype.kind == "f" and x._value.dtype.itemsize < 4:
        raise RuntimeError(f"Unsupported dtype {kind}: fft.{name} needs float32 or float64")
    return x


def _length(n: Any, name: str) -> int:
    n = integer(n, f"fft_{name}(): argument 'n'")
    check_memory((n,), np.dtype(np.complex64), f"fft_{name}")
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


# along one dimension


def _one(name: str, doc: str, run: Function, real: bool = False, doubled: bool = False) -> Function:
    """`run(x, n, axis, norm)` as a function; `doubled`: n is counted after the transform."""

    def function(input: Any, n: int | None = None, dim: int = -1, norm: Any = None) -> Any:
        x = _argument(input, name, real)
        if not x._value.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        axis = axis_of(dim, x._value.ndim)
        have = x._value.shape[axis]
        size = _length((2 * (have - 1) if doubled else have) if n is None else n, name)
        return run(x, size, axis, norm)

    return named(function, name, f"{doc}.\n\n    `n` tells the length, `norm` (\"backward\", "
                 '"forward" or "ortho") which direction is scaled by 1 / n.\n    ')  # fmt: skip


fft = _one(
    "fft", "The Fourier transform along a dimension",
    lambda x, n, axis, norm: transformed(x, n, axis, _scaling(norm), False),
)  # fmt: skip
ifft = _one(
    "ifft", "The inverse of `fft`",
    lambda x, n, axis, norm: transformed(x, n, axis, _scaling(norm), True),
)  # fmt: skip
rfft = _one(
    "rfft", "The first half of the Fourier transform of real numbers, which tells the other",
    lambda x, n, axis, norm: half(x, n, axis, _scaling(norm)), real=True,
)  # fmt: skip
irfft = _one(
    "irfft", "The inverse of `rfft`; n is even unless it is given",
    lambda x, n, axis, norm: unhalved(x, n, axis, _scaling(norm)), doubled=True,
)  # fmt: skip
hfft = _one(
    "hfft", "The real Fourier transform of numbers whose second half mirrors the first",
    lambda x, n, axis, norm: unhalved(conjugate(x), n, axis, _scaling(norm, True)), doubled=True,
)  # fmt: skip
ihfft = _one(
    "ihfft", "The inverse of `hfft`",
    lambda x, n, axis, norm: conjugate(half(x, n, axis, _scaling(norm, True))), real=True,
)  # fmt: skip

# along several dimensions


def _ints(value: Any, name: str) -> tuple[int, ...]:
    if isinstance(value, (tuple, list)):
        return integers(value, name)
    return (integer(value, f"argument '{name}'"),)


def _places(x: Box, s: Any, dim: Any, doubled: bool) -> tuple[list[int], list[int]]:
    """The lengths and the axes of a transform along several dimensions."""
    rank = x._value.ndim
    lengths = None if s is None else _ints(s, "s")
    if dim is None:
        if lengths is not None and len(lengths) > rank:
            raise RuntimeError(
                f"Got shape with {len(lengths)} values but input tensor only has {rank} dimensions."
            )
        axes = list(range(0 if lengths is None else rank - len(lengths), rank))
    else:
        axes = [axis_of(d, rank) for d in _ints(dim, "dim")]
        if len(set(axes)) < len(axes):
            raise RuntimeError("FFT dims must be unique")
        if lengths is not None and len(lengths) != len(axes):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    sizes = [x._value.shape[axis] for axis in axes]
    if doubled and axes:
        sizes[-1] = 2 * (sizes[-1] - 1)
    if lengths is not None:
        sizes = [own if n == -1 else n for n, own in zip(lengths, sizes, strict=True)]
    for n in sizes:
        check_memory((n,), np.dtype(np.complex64), "fft")
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return sizes, axes


def _several(name: str, doc: str, run: Function, default: Sequence[int] | None,
             real: bool = False, doubled: bool = False) -> Function:  # fmt: skip
    """`run(x, sizes, axes, norm)` as a function of an array and its dimensions."""
    least = 1 if real or doubled else 0

    def function(input: Any, s: Any = None, dim: Any = default, norm: Any = None) -> Any:
        x = _argument(input, name, real)
        sizes, axes = _places(x, s, dim, doubled)
        if len(axes) < least:
            raise RuntimeError(f"{name} must transform at least one axis")
        return run(x, sizes, axes, norm)

    return named(function, name, f"{doc}; of the sizes `s`, along `dim`.")


def _fftn(inverse: bool, x: Any, sizes: list[int], axes: list[int], norm: str) -> Any:
    x = as_complex(x)
    for n, axis in zip(reversed(sizes), reversed(axes), strict=True):
        x = transformed(x, n, axis, norm, inverse)
    return x


def _rfftn(x: Any, sizes: list[int], axes: list[int], norm: str) -> Any:
    x = half(x, sizes[-1], axes[-1], norm)
    return _fftn(False, x, sizes[:-1], axes[:-1], norm)


def _irfftn(x: Any, sizes: list[int], axes: list[int], norm: str) -> Any:
    x = _fftn(True, x, sizes[:-1], axes[:-1], norm)
    return unhalved(x, sizes[-1], axes[-1], norm)


def _forward(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return _fftn(False, x, sizes, axes, _scaling(norm))


def _inverse(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return _fftn(True, x, sizes, axes, _scaling(norm))


def _real(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return _rfftn(x, sizes, axes, _scaling(norm))


def _unreal(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return _irfftn(x, sizes, axes, _scaling(norm))


def _mirrored(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return _irfftn(conjugate(x), sizes, axes, _scaling(norm, True))


def _unmirrored(x: Any, sizes: Any, axes: Any, norm: Any) -> Any:
    return conjugate(_rfftn(x, sizes, axes, _scaling(norm, True)))


TWO = (-2, -1)
fftn = _several("fftn", "The Fourier transform along several dimensions", _forward, None)
ifftn = _several("ifftn", "The inverse of `fftn`", _inverse, None)
rfftn = _several("rfftn", "`rfft` along the last dimension, then `fft`", _real, None, real=True)
irfftn = _several("irfftn", "The inverse of `rfftn`", _unreal, None, doubled=True)
hfftn = _several("hfftn", "`fft`, then `hfft` along the last dimension", _mirrored, None,
                 doubled=True)  # fmt: skip
ihfftn = _several("ihfftn", "The inverse of `hfftn`", _unmirrored, None, real=True)
fft2 = _several("fft2", "The Fourier transform along two dimensions", _forward, TWO)
ifft2 = _several("ifft2", "The inverse of `fft2`", _inverse, TWO)
rfft2 = _several("rfft2", "`rfft` along the last dimension, then `fft`", _real, TWO, real=True)
irfft2 = _several("irfft2", "The inverse of `rfft2`", _unreal, TWO, doubled=True)
hfft2 = _several("hfft2", "`fft`, then `hfft` along the last dimension", _mirrored, TWO,
                 doubled=True)  # fmt: skip
ihfft2 = _several("ihfft2", "The inverse of `hfft2`", _unmirrored, TWO, real=True)

# frequencies


def _frequencies(name: str, doc: str, places: Callable[[int], np.ndarray]) -> Function:
    def function(n: int, d: float = 1.0, *, dtype: Any = None, layout: Any = None,
                 device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
        n = integer(n, f"fft_{name}(): argument 'n' (position 1)")
        check_memory((n,), np.dtype(np.complex64), f"fft_{name}")
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
        kind = dtypes.of(default_float()) if dtype is None else dtypes.as_dtype(dtype, "dtype")
        if not (kind.is_floating_point or kind.is_complex):
            raise RuntimeError(f"{name} requires a floating point or complex dtype")
        with np.errstate(all="ignore"):
            scale = np.divide(1.0, float(n) * float(d))
            value = (places(n) * scale).astype(kind.numpy)
        return made(value, None, device, requires_grad, layout=layout)

    return named(function, name, f"{doc}, for samples `d` apart.")


fftfreq = _frequencies(
    "fftfreq", "The frequencies of the n elements of `fft`",
    lambda n: np.concatenate([np.arange((n + 1) // 2), np.arange(-(n // 2), 0)]),
)  # fmt: skip
rfftfreq = _frequencies(
    "rfftfreq", "The frequencies of the elements of `rfft`", lambda n: np.arange(n // 2 + 1)
)


def _shift(name: str, doc: str, up: bool) -> Function:
    def function(input: Any, dim: Any = None) -> Any:
        x = input_box(input, f"fft_{name}")
        rank = x._value.ndim
        if not rank:
            raise (IndexError if dim is not None else RuntimeError)(
                "`shifts` required: Dimension specified as 0 but tensor has no dimensions"
            )
        axes = (
            tuple(range(rank))
            if dim is None
            else tuple(axis_of(d, rank) for d in _ints(dim, "dim"))
        )
        sizes = [x._value.shape[axis] for axis in axes]
        steps = tuple(n // 2 if up else (n + 1) // 2 for n in sizes)
        return roll.unary(x, axes, steps)

    return named(function, name, f"{doc}.")


fftshift = _shift("fftshift", "The frequency 0 moved to the middle", True)
ifftshift = _shift("ifftshift", "The inverse of `fftshift`", False)

functions: dict[str, Function] = {
    f.__name__: checked(f)
    for f in (fft, ifft, rfft, irfft, hfft, ihfft, fftn, ifftn, rfftn, irfftn, hfftn, ihfftn,
              fft2, ifft2, rfft2, irfft2, hfft2, ihfft2, fftfreq, rfftfreq, fftshift, ifftshift)
}  # fmt: skip
takes_out = tuple(name for name in functions if "shift" not in name)
