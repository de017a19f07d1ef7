"""The gradient of ReLU, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, floats


def passed(g: np.ndarray, y: np.ndarray) -> Any:
    if g.shape != y.shape or not floats(g, y):
        return NotImplemented
    found = np.empty_like(g)
    _passed(g.reshape(-1), y.reshape(-1), found.reshape(-1))
    return found


@compiled
def _passed(g: Any, y: Any, found: Any) -> None:
    zero = g.dtype.type(0)
    for i in range(g.size):
        found[i] = zero if y[i] == zero else g[i]
