"""torch.stft and torch.istft: the Fourier transforms of the frames of a signal, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.complexes import functions as complexes
from minitorch.faces.fft import as_complex
from minitorch.faces.operands import box_of, to_dtype, warn
from minitorch.ops import fft as ops
from minitorch.ops.shape import broadcast_to, cat, flip, getitem, pad, reshape, swap

Function = Callable[..., Any]


def stft(input: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
         window: Any = None, center: bool = True, pad_mode: str = "reflect",
         normalized: bool = False, onesided: bool | None = None,
         return_complex: bool | None = None,
         align_to_window: bool | None = None) -> Any:  # fmt: skip
    """The Fourier transforms of the frames of a signal: ([batch,] frequencies, frames).

    Args:
        input: a signal, or a batch of them.
        n_fft: how many samples are transformed at a time.
        hop_length: from frame to frame, a quarter of n_fft by default.
        win_length, window: a factor for each sample, filled up with zeros on both sides to n_fft.
        center: pad the signal (as `pad_mode` says), so that frame t is about sample t * hop_length.
        normalized: divide by the square root of n_fft.
        onesided: leave out the half that mirrors the other: where all is real.
        return_complex: must be given for real signals; False gives real and imaginary parts in a
            last dimension.

    Example:
        >>> torch.stft(torch.ones(16), 4, return_complex=True).shape
        torch.Size([3, 17])
    """
    x = box_of(input, "stft(): argument 'input' (position 1)")
    factors = None if window is None else box_of(window, "stft(): argument 'window'")
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    is_complex = any(b is not None and b._value.dtype.kind == "c" for b in (x, factors))
    if return_complex is None:
        if not is_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will "
                "further require that return_complex=True in a future PyTorch release."
            )
        return_complex = True
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    single = x._value.ndim == 1
    x = reshape.unary(x, (1, -1)) if single else x
    if center and x._value.ndim == 2:
        x = _padded(x, n_fft // 2, pad_mode)
    _check(x, n_fft, hop, width, factors)
    if align_to_window:
        x = pad.unary(x, ((0, 0), ((n_fft - width) // 2,) * 2))
    if is_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    y = _spectra(x, factors, n_fft, hop, width, normalized, onesided in (None, True), is_complex)
    y = getitem.unary(y, (0,)) if single else y
    return y if return_complex else complexes["view_as_real"](y)


def _spectra(x: Any, window: Box | None, n_fft: int, hop: int, width: int, normalized: bool,
             onesided: bool, is_complex: bool) -> Any:  # fmt: skip
    y = ops.frames.unary(x, n_fft, hop)
    if window is not None or width < n_fft:
        y = elementwise["mul"](y, _widened(window, x, width, n_fft))
    norm = "ortho" if normalized else "backward"
    if onesided and not is_complex:
        return swap.unary(ops.rfft.unary(y, 2, norm))
    return swap.unary(ops.fft.unary(as_complex(y), 2, norm, False))


def _settings(name: str, x: Box, n_fft: int, hop: int, width: int) -> str:
    shape = list(x._value.shape)
    return f"{name}(input of shape {shape}, {n_fft=}, hop_length={hop}, win_length={width})"


def _check(x: Box, n_fft: int, hop: int, width: int, window: Box | None) -> None:
    """Refuse what PyTorch refuses of the settings of a short-time transform."""
    given = _settings("stft", x, n_fft, hop, width)
    if x._value.dtype.kind not in "fc":
        raise RuntimeError(f"{given} : expected a tensor of floating point or complex values")
    if x._value.ndim != 2:
        raise RuntimeError(f"{given} : expected a 1D or 2D tensor")
    size = x._value.shape[1]
    if not 0 < n_fft <= size:
        raise RuntimeError(f"{given} : expected 0 < n_fft < {size}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{given} : expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        raise RuntimeError(
            f"{given} : expected 0 < win_length <= n_fft, but got win_length={width}"
        )
    if window is not None and window._value.shape != (width,):
        raise RuntimeError(
            f"{given} : expected a 1D window tensor of size equal to win_length={width}, but got "
            f"window with size {list(window._value.shape)}"
        )


def _widened(window: Box | None, like: Box, width: int, n_fft: int) -> Any:
    """The window, of ones by default, with zeros on both sides."""
    if window is None:
        window = fresh(like.face, np.ones(width, like._value.real.dtype))
    left = (n_fft - width) // 2
    return pad.unary(window, ((left, n_fft - width - left),)) if width < n_fft else window


def _padded(x: Any, n: int, mode: str) -> Any:
    """A batch of signals with n more samples on both sides."""
    size = x._value.shape[1]
    every = slice(None)
    if mode == "constant":
        return pad.unary(x, ((0, 0), (n, n)))
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}: use 'reflect', 'constant', 'replicate' or "
            "'circular'"
        )
    if n >= size + (mode == "circular") and mode != "replicate":
        raise RuntimeError(
            "Argument #4: Padding size should be less than the corresponding input dimension, but "
            f"got: padding ({n}, {n}) at dimension 2 of input [1, {x._value.shape[0]}, {size}]"
        )
    if not n:
        return x
    if mode == "reflect":
        ends = (
            flip.unary(getitem.unary(x, (every, part)), (1,))
            for part in (slice(1, n + 1), slice(size - n - 1, size - 1))
        )
    elif mode == "circular":
        ends = (getitem.unary(x, (every, part)) for part in (slice(size - n, size), slice(0, n)))
    else:
        ends = (
            broadcast_to.unary(getitem.unary(x, (every, part)), (x._value.shape[0], n))
            for part in (slice(0, 1), slice(size - 1, size))
        )
    left, right = ends
    return cat([left, x, right], 1)


def istft(input: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
          window: Any = None, center: bool = True, normalized: bool = False,
          onesided: bool | None = None, length: int | None = None,
          return_complex: bool = False) -> Any:  # fmt: skip
    """The signal whose `stft` is nearest to `input`, in the sense of least squares.

    D. Griffin and J. Lim, "Signal estimation from modified short-time Fourier transform" (1984).

    Example:
        >>> x, w = torch.arange(16.), torch.hann_window(4)
        >>> y = torch.istft(torch.stft(x, 4, window=w, return_complex=True), 4, window=w)
        >>> torch.allclose(x, y, atol=1e-5)
        True
    """
    x = box_of(input, "istft(): argument 'input' (position 1)")
    factors = None if window is None else box_of(window, "istft(): argument 'window'")
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    single = x._value.ndim == 2
    onesided = _check_inverse(x, factors, n_fft, hop, width, onesided, return_complex)
    y = swap.unary(getitem.unary(x, (None,)) if single else x)
    norm = "ortho" if normalized else "backward"
    if return_complex:
        y = ops.fft.unary(y, 2, norm, True)
    elif onesided:
        y = ops.irfft.unary(y, 2, n_fft, norm)
    else:
        y = ops.irfft.unary(getitem.unary(y, (..., slice(0, n_fft // 2 + 1))), 2, n_fft, norm)
    wide = _widened(factors, x, width, n_fft)
    if wide._value.dtype.kind in "iub":
        wide = to_dtype(wide, y._value.dtype)
    y = _added(elementwise["mul"](y, wide), wide, n_fft, hop, center, length)
    return getitem.unary(y, (0,)) if single else y


def _added(y: Any, window: Any, n_fft: int, hop: int, center: bool, length: int | None) -> Any:
    """The frames added up, and divided by the sum of the squares of the window over each sample."""
    count = y._value.shape[1]
    full = n_fft + hop * (count - 1)
    squares = elementwise["mul"](window, window)
    weights = broadcast_to.unary(getitem.unary(squares, (None,)), (count, n_fft))
    start = n_fft // 2 if center else 0
    end = full - start if length is None else min(start + length, full)
    part = slice(start, end)
    signal = getitem.unary(ops.overlap_add.unary(y, hop, full), (slice(None), part))
    weights = getitem.unary(ops.overlap_add.unary(weights, hop, full), (part,))
    least = np.abs(weights._value).min(initial=np.inf)
    if least <= 1e-11:  # NaN is not
        raise RuntimeError(
            f"istft(...) window overlap add min: {least}: the window is 0 at some sample of every "
            "frame that has it; give a window, hop_length and center that cover each sample"
        )
    y = elementwise["div"](signal, weights)
    missing = 0 if length is None else length - (end - start)
    if missing > 0:
        warn(
            "The length of signal is shorter than the length parameter. Result is being padded "
            "with zeros in the tail. Please check your center and hop_length settings.",
        )
        y = pad.unary(y, ((0, 0), (0, missing)))
    return y


def _check_inverse(x: Box, window: Box | None, n_fft: int, hop: int, width: int,
                   onesided: bool | None, return_complex: bool) -> bool:  # fmt: skip
    """Refuse what PyTorch refuses; tell whether half of each spectrum is left out."""
    given = _settings("istft", x, n_fft, hop, width)
    if x._value.dtype.kind != "c":
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with "
            "return_complex=True."
        )
    if not x._value.size:
        raise RuntimeError(f"{given} : input tensor cannot be empty.")
    if x._value.ndim not in (2, 3):
        raise RuntimeError(f"{given} : expected a tensor with 2 or 3 dimensions")
    have = x._value.shape[-2]
    onesided = have != n_fft if onesided is None else onesided
    expected = n_fft // 2 + 1 if onesided else n_fft
    if have != expected:
        raise RuntimeError(
            f"{given} : expected the frequency dimension (3rd to the last) of the input tensor to "
            f"match n_fft / 2 + 1 when onesided=True (n_fft otherwise): {expected}, but got {have}"
        )
    if not 0 < hop <= width:
        raise RuntimeError(f"{given} : expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{given} : expected 0 < win_length <= n_fft")
    if window is not None and window._value.shape != (width,):
        raise RuntimeError(
            f"{given} : Invalid window shape. window has to be 1D and length of `win_length`"
        )
    if window is not None and window._value.dtype.kind == "c" and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    if return_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    return onesided


functions: dict[str, Function] = {"stft": stft, "istft": istft}
