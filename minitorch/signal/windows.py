"""torch.signal.windows: windows of M places, symmetric or, with `sym=False`, periodic.

Each is a tensor of shape (M,) in float32 or float64 whose largest value is 1, with ones where M is
1; ValueError refuses a negative M and other dtypes.

Example:
    >>> torch.signal.windows.hann(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from minitorch.faces import dtypes
from minitorch.faces.creation import full

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine",
    "general_hamming", "hamming", "hann", "kaiser", "nuttall",
]  # fmt: skip


def _made(name: str, values: np.ndarray, dtype: Any, options: dict[str, Any]) -> Any:
    """A tensor of the values."""
    target = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype, "dtype")
    if target not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {target!r}")
    window = full(values.shape, 0.0, dtype=target, **options)
    window._value[...] = values
    return window


def _places(name: str, M: Any, sym: bool) -> tuple[np.ndarray, int]:
    """The places 0 to M - 1, and the last of the whole window."""
    M = operator.index(M)
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    return np.arange(M, dtype=np.float64), max(M - 1 + (not sym), 1)


def _positive(name: str, what: str, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{what} must be positive, got: {value} instead ({name})")


def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None,
                   **options: Any) -> Any:  # fmt: skip
    """The sum of (-1)^i a[i] cos(2 pi i t), t from 0 to 1."""
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    weights = list(a)
    if not weights:
        raise ValueError("Coefficients cannot be empty")
    return _cosines("general_cosine", M, weights, sym, dtype, options)


def _cosines(name: str, M: int, weights: list[float], sym: bool, dtype: Any, options: Any) -> Any:
    k, whole = _places(name, M, sym)
    values = sum(
        (-1) ** i * w * np.cos(2 * np.pi * i * k / whole) for i, w in enumerate(weights)
    ) + np.zeros_like(k)
    return _made(name, values if len(k) != 1 else np.ones(1), dtype, options)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None,
                    **options: Any) -> Any:  # fmt: skip
    """alpha - (1 - alpha) cos(2 pi t), t from 0 to 1."""
    return _cosines("general_hamming", M, [alpha, 1 - alpha], sym, dtype, options)


def hamming(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """0.54 - 0.46 cos(2 pi t), t from 0 to 1."""
    return _cosines("hamming", M, [0.54, 0.46], sym, dtype, options)


def hann(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """Half a period of a squared sine."""
    return _cosines("hann", M, [0.5, 0.5], sym, dtype, options)


def blackman(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t), t from 0 to 1."""
    return _cosines("blackman", M, [0.42, 0.5, 0.08], sym, dtype, options)


def nuttall(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """The window of four cosines whose side lobes fall fastest (A. Nuttall, 1981)."""
    weights = [0.3635819, 0.4891775, 0.1365995, 0.0106411]
    return _cosines("nuttall", M, weights, sym, dtype, options)


def bartlett(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """A triangle."""
    k, whole = _places("bartlett", M, sym)
    values = 1 - abs(2 * k / whole - 1) if len(k) != 1 else np.ones(1)
    return _made("bartlett", values, dtype, options)


def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None,
           **options: Any) -> Any:  # fmt: skip
    """The Kaiser window of shape `beta`, of modified Bessel functions."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead (kaiser)")
    k, whole = _places("kaiser", M, sym)
    x = 2 * k / whole - 1 if len(k) != 1 else np.zeros(1)
    return _made("kaiser", np.i0(beta * np.sqrt(1 - x * x)) / np.i0(beta), dtype, options)


def cosine(M: int, *, sym: bool = True, dtype: Any = None, **options: Any) -> Any:
    """Half a period of a sine, taken between its places."""
    k, whole = _places("cosine", M, sym)
    whole = whole + 1 if len(k) > 1 else 1
    return _made("cosine", np.sin(np.pi * (k + 0.5) / whole), dtype, options)


def exponential(M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True,
                dtype: Any = None, **options: Any) -> Any:  # fmt: skip
    """exp(-|k - center| / tau); `center`, the middle, can be given of a periodic window."""
    _positive("exponential", "Tau", tau)
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    k, whole = _places("exponential", M, sym)
    middle = (whole if len(k) > 1 else 0) / 2 if center is None else center
    return _made("exponential", np.exp(-abs(k - middle) / tau), dtype, options)


def gaussian(M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None,
             **options: Any) -> Any:  # fmt: skip
    """exp(-((k - middle) / std)^2 / 2)."""
    _positive("gaussian", "Standard deviation", std)
    k, whole = _places("gaussian", M, sym)
    middle = (whole if len(k) > 1 else 0) / 2
    return _made("gaussian", np.exp(-(((k - middle) / std) ** 2) / 2), dtype, options)
