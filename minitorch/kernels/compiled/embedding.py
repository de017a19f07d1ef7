"""The gradient of a table, a row at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, floats


@compiled
def _add(x: Any, places: Any, y: Any) -> None:
    for i in range(len(places)):
        place = places[i]
        for j in range(x.shape[1]):
            y[place, j] += x[i, j]


def add_rows(x: Any, places: Any, rows: int) -> Any:
    if not floats(x) or places.dtype != np.int64:
        return NotImplemented
    y = np.zeros((rows, x.shape[1]), x.dtype)
    _add(x, places, y)
    return y
