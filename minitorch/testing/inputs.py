"""`make_tensor`: random tensors of any dtype, to try functions on."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.faces import dtypes
from minitorch.faces import functions as torch
from minitorch.faces.operands import sizes_of


def make_tensor(*shape: Any, dtype: dtypes.dtype, device: Any = "cpu", low: float | None = None,
                high: float | None = None, requires_grad: bool = False,
                noncontiguous: bool = False, exclude_zero: bool = False,
                memory_format: Any = None) -> Any:  # fmt: skip
    """A tensor of numbers drawn uniformly from [low, high).

    Args:
        low, high: [-9, 9) for floats, [-9, 10) for integers (from 0 for uint8), [0, 2) for bools.
        noncontiguous: every other column of a larger tensor.
        exclude_zero: put the smallest positive number where a 0 was drawn.

    Example:
        >>> torch.testing.make_tensor(2, 3, dtype=torch.int64, low=1, high=4).shape
        torch.Size([2, 3])
    """
    sizes = sizes_of(shape, "shape")
    kind = dtype.numpy.kind
    lowest, highest = {"b": (0, 2), "u": (0, 10), "i": (-9, 10)}.get(kind, (-9, 9))
    low, high = lowest if low is None else low, highest if high is None else high
    if low >= high:
        raise ValueError(f"make_tensor: low must be less than high, got {low} >= {high}")
    drawn = (*sizes[:-1], 2 * sizes[-1]) if noncontiguous and sizes else sizes
    if kind in "biu":
        y = torch.randint(int(low), int(high), drawn).to(dtype)
    elif kind == "c":
        parts = (torch.rand(drawn, dtype=dtypes.float64) * (high - low) + low for _ in range(2))
        y = torch.complex(*parts).to(dtype)
    else:
        y = (torch.rand(drawn, dtype=dtypes.float64) * (high - low) + low).to(dtype)
    if noncontiguous and sizes:
        y = y[..., ::2]
    if exclude_zero:
        tiny = 1 if kind in "biu" else float(np.finfo(dtype.numpy).tiny)
        y[y == 0] = tiny
    return y.requires_grad_(requires_grad)
