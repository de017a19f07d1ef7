"""What is seen of a layer at each of its calls: its data, its active units, the batch's size."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.inspect.diagnosis.case import Case, Data, Layer, array_of, first_tensor
from minitorch.nn import ReLU, ReLU6
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.module import Module

# Units are dead that were inactive of late: in the window of calls under way and the one before.
WINDOW_CALLS, WINDOW_ROWS = 8, 256
FOLLOWED = (ReLU, ReLU6, _BatchNorm)  # looked at in every call; the others in some


def look(case: Case, module: Module, given: Any, output: Any) -> None:
    """Note what there is to note of a call in training."""
    layer = case.layers.setdefault(case.paths[id(module)], Layer(module))
    layer.calls += 1
    x = array_of(given)
    if x is None:
        return
    if layer.calls == 1 and module._parameters and given._node is None and x.dtype.kind == "f":
        layer.data = described(x)
    if isinstance(module, (ReLU, ReLU6)):
        found = first_tensor(output)
        y = None if found is None else array_of(found)
        if y is not None:
            activity(layer, y, case.sequences)
    if isinstance(module, _BatchNorm) and x.ndim > 1:
        layer.lone += x.shape[0] == 1


def activity(layer: Layer, y: np.ndarray, channels_first: bool) -> None:
    """Note which units (channels, or features, which are last) are above 0 in `y`."""
    if y.ndim < 2:
        return
    axis = 1 if y.ndim > 3 or (y.ndim == 3 and channels_first) else y.ndim - 1
    others = tuple(i for i in range(y.ndim) if i != axis)
    now: Any = ~(y <= 0).all(axis=others)  # nan is a matter of its own
    rows = y.size // y.shape[axis]
    full = layer.rows >= max(WINDOW_ROWS, WINDOW_CALLS * rows)
    if layer.active is None or layer.active.shape != now.shape:
        layer.active, layer.rows = now, rows
    elif full:
        layer.before, layer.rows_before = layer.active, layer.rows
        layer.active, layer.rows = now, rows
    else:
        layer.active |= now
        layer.rows += rows


def described(x: np.ndarray) -> Data:
    """The numbers about some data; their features are the last axis of a table."""
    wide = x.astype(np.float64)
    if not x.size or not np.isfinite(wide).all():
        return Data(x.shape, 0.0, 0.0, 0.0, 1.0)
    spread = 1.0
    if x.ndim == 2 and x.shape[0] > 1:
        deviations = wide.std(axis=0)
        varying = deviations[deviations > 0]
        spread = float(varying.max() / varying.min()) if varying.size else 1.0
    least, greatest = float(wide.min()), float(wide.max())
    return Data(x.shape, least, greatest, float(wide.mean()), float(wide.std()), spread)
