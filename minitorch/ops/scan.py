"""Running extremes."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive


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
