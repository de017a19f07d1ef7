"""Running extremes, and running sums of exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.elementwise import exp, gap
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import cat, flip, getitem, packed, shifted


def _running_place(x: np.ndarray, axis: int, largest: bool) -> np.ndarray:
    best = (np.maximum if largest else np.minimum).accumulate(x, axis)
    places = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    reached = (x == best) | (x != x)  # from the first NaN on, NaN is the extreme
    return np.maximum.accumulate(np.where(reached, places, 0), axis)


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    axis, largest = params
    return op(*boxes, axis + 1, largest)


running_place = Constant(
    "running_place", _running_place, names=("x", "axis", "largest"), batch=_batch,
    doc="where the maximum (or minimum) up to each element is; of equals, the last",
)  # fmt: skip


def _decayed(u: Any, y: Any, axis: int) -> Any:
    """The sums of u[j] * exp(y[i] - y[j]) over all j >= i, for `y` that grows along the axis.

    In log n steps: each doubles how many terms have been added up.
    """
    head, n, by = (slice(None),) * axis, shape_of(u)[axis], 1
    while by < n:
        low, high = (*head, slice(0, n - by)), (*head, slice(by, None))
        decay = exp(gap(getitem(y, low), getitem(y, high)))
        ends = getitem(u, (*head, slice(n - by, None)))
        u = cat([getitem(u, low) + decay * getitem(u, high), ends], axis)
        by *= 2
    return u


def _pulled(g: Any, x: Any, y: Any, axis: int) -> Any:
    return exp(gap(x, y)) * _decayed(g, y, axis)


def _pushed(t: Any, x: Any, y: Any, axis: int) -> Any:
    back = (axis,)
    terms = t * exp(gap(x, y))
    return flip(_decayed(flip(terms, back), flip(0.0 - y, back), axis), back)


def _logcumsumexp(x: np.ndarray, axis: int) -> np.ndarray:
    if x.dtype.kind != "c":
        return packed(np.logaddexp.accumulate(x, axis))
    y = x.copy()
    rows = np.moveaxis(y, axis, 0)
    for i in range(1, len(rows)):
        a, b = rows[i - 1], rows[i]
        low, high = np.where(a.real < b.real, (a, b), (b, a))
        rows[i] = np.log1p(np.exp(low - high)) + high
    return y


logcumsumexp = Primitive(
    "logcumsumexp", lambda x, axis: _logcumsumexp(x, axis), batch=shifted,
    vjps=(_pulled,), jvps=(_pushed,),
    doc="the logarithm of the running sum of exp(x) along an axis, without overflow",
)  # fmt: skip
