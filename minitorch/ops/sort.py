"""Where sorted elements come from.

Sorting, partial sorting, medians and quantiles are all one thing: elements gathered at places
that their order tells. The places are constants; what is differentiated is the gathering.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.primitive import Constant
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
