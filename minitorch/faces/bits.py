"""`x.view(dtype)`: the same memory read as elements of another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import memory
from minitorch.faces import dtypes


def as_bits(x: Any, dtype: Any) -> Any:
    """A tensor of another dtype on the same memory; no gradient flows through."""
    value, target = x._value, dtypes.as_dtype(dtype, "view()").numpy
    y = x.detach()
    y._value = value.view(target) if value.itemsize == target.itemsize else _resized(value, target)
    return y


def _resized(value: np.ndarray, target: np.dtype[Any]) -> np.ndarray:
    """`value` as elements of another size, of which the last axis has more or fewer."""
    own, item = value.itemsize, target.itemsize
    words = (
        f"view {dtypes.of(value.dtype)!r} as {dtypes.of(target)!r} (different element sizes), but "
        f"got sizes {list(value.shape)} and strides {list(memory.steps(value))}"
    )
    if not value.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to {words}")
    if value.strides[-1] != own:
        raise RuntimeError(f"self.stride(-1) must be 1 to {words}")
    if item > own:
        times = item // own
        start = memory.address(value) - memory.address(memory.storage(value))
        if value.shape[-1] % times:
            raise RuntimeError(f"self.size(-1) must be divisible by {times} to {words}")
        if start % item:
            raise RuntimeError(f"self.storage_offset() must be divisible by {times} to {words}")
        if any(step % item for step in value.strides[:-1]):
            raise RuntimeError(f"self.stride(i) must be divisible by {times} to {words}")
    whole = memory.storage(value)
    at = memory.address(value) - memory.address(whole)
    shape = (*value.shape[:-1], value.shape[-1] * own // item)
    return memory.laid(whole, target, at, shape, (*value.strides[:-1], item))
