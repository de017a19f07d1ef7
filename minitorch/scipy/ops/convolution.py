"""Convolution along any number of axes: two products, each of which is the other's adjoint.

Both sum over one axis of channels too: the first two axes of an array are those of a matrix whose
elements are arrays, and the product is the matrix product with convolution in place of `*`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import reshape, transpose


def turned(x: Any) -> Any:
    """The first two axes exchanged."""
    return transpose(x, (1, 0, *range(2, len(shape_of(x)))))


def _backwards(x: np.ndarray) -> np.ndarray:
    return np.flip(x, tuple(range(2, x.ndim)))


def _convolve(a: np.ndarray, b: np.ndarray, method: str) -> np.ndarray:
    room = [(0, 0), (0, 0), *((n - 1, n - 1) for n in b.shape[2:])]
    if a.shape[:2] == b.shape[:2] == (1, 1) and a.size and b.size:
        return _single(a, b, "full", method)
    return _slide(np.pad(a, room), _backwards(b).swapaxes(0, 1), method)


def _slide(a: np.ndarray, b: np.ndarray, method: str) -> np.ndarray:
    if a.shape[:2] == b.shape[:2] == (1, 1) and a.size and b.size:
        return _single(a, _backwards(b), "valid", method)
    sizes, rank = b.shape[2:], b.ndim - 2
    axes = tuple(range(2, b.ndim))
    views = np.lib.stride_tricks.sliding_window_view(a, sizes, axes) if rank else a
    inner = (1, *range(2 + rank, 2 + 2 * rank))
    y = np.tensordot(views, b, (inner, (1, *axes)))
    return np.ascontiguousarray(np.moveaxis(y, -1, 1))


def _single(a: np.ndarray, b: np.ndarray, mode: str, method: str) -> np.ndarray:
    """One channel: SciPy's own, which chooses between sums and Fourier transforms."""
    dtype = np.result_type(a, b)
    wide = np.result_type(dtype, np.float32) if dtype.kind == "f" else dtype
    y = signal.convolve(a[0, 0].astype(wide), b[0, 0].astype(wide), mode, method)
    return np.asarray(y, dtype)[None, None]


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    if flags != (True, False):
        return batch.each(op, boxes, flags, params)
    a, b = boxes
    size, rows, *rest = a._value.shape
    y = op(reshape(a, (size * rows, *rest)), b, *params)
    return reshape(y, (size, rows, *y._value.shape[1:]))


convolve_axes = Primitive(
    "convolve_axes", _convolve, arrays=2, linear=(0, 1),
    vjps=(
        lambda g, b, method: slide_axes(g, b, method),
        lambda g, a, method: turned(slide_axes(turned(g), turned(a), method)),
    ),
    batch=_batch,
    doc="the sums of a[i, d, m] * b[d, j, k - m], for all k where the two arrays overlap",
)  # fmt: skip

slide_axes = Primitive(
    "slide_axes", _slide, arrays=2, linear=(0, 1),
    vjps=(
        lambda g, b, method: convolve_axes(g, b, method),
        lambda g, a, method: turned(slide_axes(turned(a), turned(g), method)),
    ),
    batch=_batch,
    doc="the sums of a[i, d, k + m] * b[j, d, m], for all k where b lies within a",
)  # fmt: skip
