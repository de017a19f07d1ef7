"""Samples of what the engine itself needs: adjoints of broadcasting, casts, parts of a base."""

from __future__ import annotations

import math

import numpy as np

from minitorch.engine.memory import Geometry
from tests.samples import (
    complex_,
    elementwise,
    op,
    real,
)

NONE = None  # no counterpart in PyTorch


def _summed(x: np.ndarray, to: tuple[int, ...]) -> np.ndarray:
    """Every element of `x` added to the one of `to` that it was broadcast from."""
    places = np.broadcast_to(np.arange(math.prod(to)).reshape(to), x.shape)
    sums = np.bincount(places.ravel(), x.ravel(), math.prod(to))
    return sums.reshape(to).astype(x.dtype)


for shape, to in (((2, 3, 4), (3, 4)), ((2, 3, 4), (1, 4)), ((2, 3, 4), (2, 1, 1)), ((3,), (3,)),
                  ((3, 4), ()), ((0, 3), (3,)), ((2, 0), (1, 0)), ((), ())):  # fmt: skip
    op("sum_to", real(*shape), params=(to,), torch=lambda torch, x, to: x.sum_to_size(to),
       numpy=_summed)  # fmt: skip
elementwise(
    "cast", real, params=(np.dtype(np.float64),), numpy=lambda x, dtype: x.astype(dtype),
    torch=lambda torch, x, dtype: x.to(getattr(torch, dtype.name)),
)  # fmt: skip
for domain, dtype in ((real, np.complex128), (complex_, np.complex128), (complex_, np.float64)):
    op("cast", domain(3), params=(np.dtype(dtype),), torch=NONE,
       numpy=lambda x, dtype: (x if dtype.kind == "c" else x.real).astype(dtype))  # fmt: skip
op("sum_to", complex_(2, 3), params=((3,),), numpy=lambda x, to: x[0] + x[1], torch=NONE)
op("identity", complex_(3), numpy=lambda x: x, torch=NONE)
elementwise("identity", real, numpy=lambda x: x, torch="clone")


_base, _none = np.empty((3, 4)), np.empty((0, 4))
GEOMETRIES = [
    *(Geometry(_base, view) for view in (
        _base[1:, ::2], _base.T, _base[1, 2, ...], np.broadcast_to(_base[:, :1], (3, 5)), _base[:0],
        np.lib.stride_tricks.sliding_window_view(_base[0], 2),
    )),
    Geometry(_none, _none[:, 1]),
]  # fmt: skip


def _shown(base: np.ndarray, geometry: Geometry) -> np.ndarray:
    return np.ascontiguousarray(base)[np.unravel_index(_places(geometry), base.shape)]


def _places(geometry: Geometry) -> np.ndarray:
    """For each element of the view the number of the element of the base."""
    return geometry.view(np.arange(geometry.size))


def _added(part: np.ndarray, geometry: Geometry) -> np.ndarray:
    sums = np.bincount(_places(geometry).ravel(), part.ravel(), geometry.size)
    return sums.reshape(geometry.base_form[0]).astype(part.dtype)


def _replaced(base: np.ndarray, part: np.ndarray, geometry: Geometry) -> np.ndarray:
    y = base.flatten()
    y[_places(geometry)] = part
    return y.reshape(base.shape)


for geometry in GEOMETRIES:
    base, part = real(*geometry.base_form[0]), real(*geometry.view_form[0])
    op("view_read", base, params=(geometry,), numpy=_shown, torch=NONE)
    op("view_scatter", part, params=(geometry,), numpy=_added, torch=NONE)
    if not geometry.overlaps:
        op("view_write", base, part, params=(geometry,), numpy=_replaced, torch=NONE)
