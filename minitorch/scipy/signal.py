"""`scipy.signal`, whose convolutions and correlations take boxes.

Example:
    >>> from minitorch.scipy.signal import convolve
    >>> x = np.array([1., 2., 3.])
    >>> minitorch.grad(lambda k: convolve(x, k, mode="valid").sum())(np.array([1., 1.]))
    array([5., 3.])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import signal as _theirs

from minitorch.engine.box import Box
from minitorch.faces.array import Array
from minitorch.faces.numpy.operands import axis_tuple, joined
from minitorch.ops.shape import flip, getitem, reshape, transpose
from minitorch.scipy.namespace import completed, differentiable, has_box
from minitorch.scipy.ops.convolution import convolve_axes, slide_axes, turned

Axes = Sequence[int]
MODES = ("full", "valid", "same")


def convolve(
    in1: Any, in2: Any, mode: str = "full", method: str = "auto", *,
    axes: Sequence[Axes] | None = None, dot_axes: Sequence[Axes] = ((), ()),
) -> Any:  # fmt: skip
    """`scipy.signal.convolve`, also along some axes only.

    Args:
        in1: an array.
        in2: another one; without `axes`, of the same rank.
        mode: "full", all sums; "same", the middle of these, in the size of in1; "valid", those
            where one array lies within the other.
        method: "direct", "fft", or "auto" for the faster one.
        axes: the axes of in1, and of in2, to convolve along; all, if not given.
        dot_axes: the axes of in1, and of in2, to sum products over. The result has what is left
            of the axes of in1, then of in2, then the convolved ones.

    Example:
        >>> from minitorch.scipy.signal import convolve
        >>> images, filters = np.ones((5, 3, 8, 8)), np.ones((3, 4, 2, 2))
        >>> convolve(images, filters, axes=[(2, 3), (2, 3)], dot_axes=[(1,), (0,)]).shape
        (5, 4, 9, 9)
    """
    if mode not in MODES:
        raise ValueError(
            f"convolve: mode= must be one of {', '.join(MODES)}, not {mode!r}; axes= and dot_axes= "
            "are given by keyword"
        )
    if axes is None:
        if not has_box(in1, in2):
            return _theirs.convolve(in1, in2, mode, method)
        if np.ndim(in1) != np.ndim(in2):
            raise ValueError("in1 and in2 should have the same dimensionality")
        axes = (range(np.ndim(in1)), range(np.ndim(in2)))
    plain = not has_box(in1, in2)
    a, b = joined(in1, in2, face=Array if plain else None)
    a, rows = _folded(a, axes[0], dot_axes[0])
    b, columns = _folded(b, axes[1], dot_axes[1])
    m, n = a._value.shape[1:], b._value.shape[1:]
    if len(m) != len(n) or m[0] != n[0]:
        raise ValueError(
            f"convolve: axes= {axes} and dot_axes= {dot_axes} must pair the axes of shapes "
            f"{tuple(np.shape(in1))} and {tuple(np.shape(in2))}, the latter in equal sizes"
        )
    y = _valid(a, b, method) if mode == "valid" else convolve_axes(a, turned(b), method)
    if mode == "same":
        middle = ((k - 1) // 2 for k in n[1:])
        parts = (slice(i, i + k) for i, k in zip(middle, m[1:], strict=True))
        y = getitem(y, (slice(None), slice(None), *parts))
    y = reshape(y, (*rows, *columns, *y._value.shape[2:]))
    return y._value[()] if plain else y


def _folded(x: Box, axes: Axes, dot_axes: Axes) -> tuple[Any, tuple[int, ...]]:
    """`x` with all other axes as the first, those of `dot_axes` as the second, then `axes`; and
    the sizes of those others.
    """
    sizes = x._value.shape
    moved, summed = (axis_tuple(tuple(some), len(sizes)) for some in (axes, dot_axes))
    rest = tuple(i for i in range(len(sizes)) if i not in (*moved, *summed))
    left = tuple(sizes[i] for i in rest)
    depth = math.prod(sizes[i] for i in summed)
    x = transpose(x, (*rest, *summed, *moved))
    return reshape(x, (math.prod(left), depth, *(sizes[i] for i in moved))), left


def _valid(a: Any, b: Any, method: str) -> Any:
    """The sums where the one array lies within the other, along all axes."""
    m, n = a._value.shape[2:], b._value.shape[2:]
    axes = tuple(range(2, len(m) + 2))
    if all(i >= k for i, k in zip(m, n, strict=True)):
        return slide_axes(a, flip(b, axes), method)
    if all(i <= k for i, k in zip(m, n, strict=True)):
        return turned(slide_axes(b, flip(a, axes), method))
    raise ValueError(
        "For 'valid' mode, one must be at least as large as the other in every dimension: "
        f"the sizes to convolve along are {m} and {n}"
    )


def _reversed(x: Any) -> Any:
    return np.conj(np.flip(x))


@differentiable(_theirs.correlate)
def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """`scipy.signal.correlate`: the convolution with in2 reversed and conjugated."""
    return convolve(in1, _reversed(in2), mode, method)


@differentiable(_theirs.convolve2d)
def convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """`scipy.signal.convolve2d`, with zeros outside."""
    if boundary != "fill" or fillvalue != 0:
        raise TypeError("scipy.signal.convolve2d of a box takes boundary='fill', fillvalue=0")
    return convolve(in1, in2, mode)


@differentiable(_theirs.correlate2d)
def correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """`scipy.signal.correlate2d`, with zeros outside."""
    y = convolve2d(in1, _reversed(in2), "full" if mode == "same" else mode, boundary, fillvalue)
    if mode != "same":
        return y
    starts = [n // 2 for n in np.shape(in2)]  # for even sizes not where `correlate` has them
    return y[tuple(slice(i, i + n) for i, n in zip(starts, np.shape(in1), strict=True))]


def _by_fourier(name: str) -> Any:
    @differentiable(getattr(_theirs, name))
    def function(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
        rank = np.ndim(in1)
        if axes is not None and len(axis_tuple(axes, rank)) != rank:
            raise TypeError(
                f"scipy.signal.{name} of a box convolves along all axes; for some of them, see "
                "axes= of minitorch.scipy.signal.convolve"
            )
        return convolve(in1, in2, mode, "fft")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`scipy.signal.{name}`: the convolution, by Fourier transforms."
    return function


fftconvolve, oaconvolve = _by_fourier("fftconvolve"), _by_fourier("oaconvolve")
__getattr__, __dir__ = completed(_theirs, globals())
