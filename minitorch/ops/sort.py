"""Where sorted elements come from.

Sorting, partial sorting, medians and quantiles are all one thing: elements gathered at places
that their order tells. The places are constants; what is differentiated is the gathering.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.reduce import total
from minitorch.ops.shape import shifted


def _argsort(x: np.ndarray, axis: int, kind: Any, descending: bool) -> np.ndarray:
    if not descending:
        return np.argsort(x, axis, kind)
    return np.argsort(~x if x.dtype.kind in "iub" else -x, axis, "stable")


argsort = Constant(
    "argsort", _argsort, names=("x", "axis", "kind", "descending"), batch=shifted,
    doc="the places of the elements in sorted order along an axis; NaN comes last",
)  # fmt: skip

argpartition = Constant(
    "argpartition", lambda x, axis, kth: np.argpartition(x, kth, axis), batch=shifted,
    doc="the places of the elements along an axis such that those of ranks `kth` are in order",
)  # fmt: skip


def _ranked(x: np.ndarray, ranks: np.ndarray, skip: bool) -> np.ndarray:
    n = x.shape[-1]
    if ranks.ndim == 1:
        wanted = np.unique(np.append(ranks, n - 1))
        order = np.argpartition(x, wanted, -1)
        places = order[..., ranks]
    else:
        order = np.argsort(x, -1)
        each = np.broadcast_to(ranks, (*x.shape[:-1], ranks.shape[-1]))
        places = np.take_along_axis(order, each, -1)
    if skip or x.dtype.kind not in "fc":
        return places
    last = order[..., -1:]
    return np.where(np.isnan(np.take_along_axis(x, last, -1)), last, places)


ranked = Constant(
    "ranked", _ranked, names=("x", "ranks", "skip"),
    batch=lambda op, boxes, flags, params: op(*boxes, *params),
    doc=(
        "the places along the last axis of the elements of some ranks, one axis of them for all "
        "slices or for each; where a slice has a NaN, the place of a NaN, unless `skip`"
    ),
)  # fmt: skip


# PyTorch's order: stable, NaN the largest, which comes first where the order is descending

FEW = 256  # elements that a plain sort puts in order at once


def _order(x: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    if descending:
        return x.shape[axis] - 1 - np.flip(_ascending(np.flip(x, axis), axis), axis)
    return _ascending(x, axis)


def _ascending(x: np.ndarray, axis: int) -> np.ndarray:
    """The places in order. Sorting numbers is much faster in NumPy than sorting their places
    stably, so that of one number made of each key and its place is sorted.
    """
    n = x.shape[axis]
    if n < FEW or not x.size:
        return np.argsort(x, axis, kind="stable")
    keys = _keys(x)
    if keys is None:
        return _distinct(x, axis)
    own = np.arange(n).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    both = (keys.astype(np.int64) << 32) | own
    both.sort(axis)
    return both & 0xFFFFFFFF


def _keys(x: np.ndarray) -> np.ndarray | None:
    """Integers of 32 bits in the order of the elements of `x`, equal where these are."""
    kind, size = x.dtype.kind, x.dtype.itemsize
    if kind == "f" and size <= 4:
        bits = (x.astype(np.float32) + np.float32(0)).view(np.int32)  # -0 becomes 0
        np.bitwise_xor(bits, 0x7FFFFFFF, out=bits, where=bits < 0)
        np.copyto(bits, 0x7FFFFFFF, where=np.isnan(x))
        return bits
    if kind == "b" or (kind in "iu" and size < 4) or x.dtype == np.int32:
        return x
    if kind in "iu":
        low, high = int(x.min()), int(x.max())
        return x - x.dtype.type(low) if high - low < 1 << 31 else None
    return None


def _distinct(x: np.ndarray, axis: int) -> np.ndarray:
    """The places in order, quickly if no two elements are equal."""
    places = np.argsort(x, axis)
    y = np.moveaxis(np.take_along_axis(x, places, axis), axis, -1)
    return places if (y[..., 1:] > y[..., :-1]).all() else np.argsort(x, axis, kind="stable")


order = Constant(
    "order", _order, names=("x", "axis", "descending"), batch=shifted,
    doc="the places of the elements in order along an axis: stable, NaN counts as the largest",
)  # fmt: skip


def _middle_place(x: np.ndarray, axis: int, skip: bool) -> np.ndarray:
    places, n = _ascending(x, axis), x.shape[axis]
    unknown = np.sum(x != x, axis, keepdims=True)
    rank = np.maximum(n - unknown - 1, 0) // 2
    if not skip:
        rank = np.where(unknown > 0, n - unknown, rank)
    return np.take_along_axis(places, rank, axis)


middle_place = Constant(
    "middle_place", _middle_place, names=("x", "axis", "skip"), batch=shifted,
    doc="where the lower median along an axis is: that of a NaN if there is one, unless `skip`",
)  # fmt: skip


def _mode_place(x: np.ndarray, axis: int) -> np.ndarray:
    places = np.moveaxis(_ascending(x, axis), axis, -1)
    y = np.take_along_axis(np.moveaxis(x, axis, -1), places, -1)
    ends = np.ones(y.shape, bool)
    ends[..., :-1] = y[..., :-1] != y[..., 1:]
    own = np.arange(1, y.shape[-1] + 1)
    before = np.zeros(y.shape, np.intp)  # where the run of equals before each one ended
    before[..., 1:] = np.maximum.accumulate(np.where(ends, own, 0), -1)[..., :-1]
    longest = np.argmax(np.where(ends, own - before, 0), -1, keepdims=True)
    return np.moveaxis(np.take_along_axis(places, longest, -1), -1, axis)


mode_place = Constant(
    "mode_place", _mode_place, names=("x", "axis"), batch=shifted,
    doc="where the last of the most frequent elements along an axis is; of several, the smallest",
)  # fmt: skip

evenly = Constant(
    "evenly",
    lambda x, y: (same := ((x == y) | ((x != x) & (y != y))).astype(x.dtype)) / same.sum(),
    names=("x", "y"), arrays=2, doc="the part that each element of x has in a y that is among them",
)  # fmt: skip


def _middle(x: np.ndarray, skip: bool) -> np.ndarray:
    if not x.size:
        return np.asarray(np.nan, x.dtype)
    return x.ravel()[_middle_place(x.ravel(), 0, skip)[0]]


middle = Primitive(
    "middle", _middle, names=("x", "skip"), grad_name="MedianBackward0",
    vjps=(lambda g, x, y: g * evenly(x, y),),
    jvps=(lambda t, x, y: total(t * evenly(x, y), None, False),),
    doc="the lower median of all elements; those equal to it share its gradient",
)  # fmt: skip
