"""Convolution along one axis: two products, each of which is the other's adjoint."""

from __future__ import annotations

import numpy as np

from minitorch.engine.primitive import Primitive


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if not a.size or not b.size:
        return np.zeros(max(a.size + b.size - 1, 0), np.result_type(a, b))
    return np.convolve(a, b)


def _slide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    count = a.size - b.size + 1
    if not count or not b.size:
        return np.zeros(count, np.result_type(a, b))
    return np.convolve(a, b[::-1], "valid")


convolve = Primitive(
    "convolve", _convolve, arrays=2, linear=(0, 1),
    vjps=(lambda g, b: slide(g, b), lambda g, a: slide(g, a)),
    doc="the sums of a[i] * b[k - i], for all k where the two vectors overlap",
)  # fmt: skip

slide = Primitive(
    "slide", _slide, arrays=2, linear=(0, 1),
    vjps=(lambda g, b: convolve(g, b), lambda g, a: slide(a, g)),
    doc="the sums of a[k + i] * b[i], for all k where b lies within a, the longer vector",
)  # fmt: skip

windows = Primitive(
    "windows",
    lambda x, axis, size: np.lib.stride_tricks.sliding_window_view(x, size, axis).copy(),
    linear=(0,), vjps=(lambda g, axis: unwindows(g, axis),),
    batch=lambda op, boxes, flags, params: op(*boxes, params[0] + 1, params[1]),
    doc="all windows of some size along an axis, as a new last axis",
)  # fmt: skip


def _unwindows(x: np.ndarray, axis: int) -> np.ndarray:
    count, size = x.shape[axis], x.shape[-1]
    y = np.zeros((*x.shape[:axis], count + size - 1, *x.shape[axis + 1 : -1]), x.dtype)
    laid = np.moveaxis(y, axis, 0)
    parts = np.moveaxis(x, (axis, -1), (0, 1))
    if size <= count:
        for i in range(size):
            laid[i : i + count] += parts[:, i]
    else:
        for i in range(count):
            laid[i : i + size] += parts[i]
    return y


unwindows = Primitive(
    "unwindows", _unwindows, names=("x", "axis"), linear=(0,),
    vjps=(lambda g, x_shape, axis: windows(g, axis, x_shape[-1]),),
    batch=lambda op, boxes, flags, params: op(*boxes, params[0] + 1),
    doc="the windows added up where they lay: the adjoint of `windows`",
)  # fmt: skip
