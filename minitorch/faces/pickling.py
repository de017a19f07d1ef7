"""What pickle keeps of a tensor: its memory, how it lies there, and whether it requires grad.

A view is kept as geometry on its base, so tensors that share memory still share it when they
come back. The graph is not kept: what comes back is a leaf.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes


def memory_of(array: np.ndarray) -> np.ndarray:
    """All memory from the first to the last element of `array`, as one dimension."""
    if array.size == 0:
        return np.empty(0, array.dtype)
    if array.flags.c_contiguous:
        return array.reshape(-1)
    item = array.itemsize
    backward = tuple(slice(None, None, -1 if step < 0 else 1) for step in array.strides)
    first = array[backward]  # begins at the lowest address
    length = 1 + sum((n - 1) * s // item for n, s in zip(first.shape, first.strides, strict=True))
    return np.lib.stride_tricks.as_strided(first, (length,), (item,))


def reduce_tensor(tensor: Any) -> tuple[Any, ...]:
    """For `Tensor.__reduce_ex__`: how pickle stores a tensor and rebuilds it."""
    value, view = tensor._value, tensor._view
    if not isinstance(value, np.ndarray):
        raise RuntimeError("cannot pickle a tensor inside vmap: return it from the function first")
    source: Any = None
    memory = memory_of(value)
    if view is not None:
        whole = memory_of(view.base._value)
        if _inside(memory, whole):
            source, memory = view.base, whole
    form = (_address(value) - _address(memory), value.shape, value.strides)
    is_foreign = value.dtype.kind == "V"  # bfloat16, which NumPy would call bytes
    if source is None:
        source = memory.view(np.uint8) if is_foreign else memory
    return rebuild_tensor, (
        type(tensor),
        source,
        form,
        dtypes.of(value.dtype) if is_foreign else value.dtype.str,
        tensor.requires_grad,
        vars(tensor),
    )


def rebuild_tensor(
    cls: type[Any],
    source: Any,
    form: tuple[int, tuple[int, ...], tuple[int, ...]],
    dtype: str | dtypes.dtype,
    requires_grad: bool,
    attributes: dict[str, Any],
) -> Any:
    """Lay a tensor on memory: of its own (an array), or of the tensor that it is a view of."""
    memory = memory_of(source._value) if isinstance(source, Box) else source
    offset, shape, strides = form
    empty = 0 in shape
    kind: Any = dtype.numpy if isinstance(dtype, dtypes.dtype) else dtype
    value = np.ndarray(shape, kind, None if empty else memory, 0 if empty else offset, strides)
    tensor = fresh(cls, value)
    if isinstance(source, Box):
        tensor._counter = source._counter
    if requires_grad:
        tensor.requires_grad = True
    vars(tensor).update(attributes)
    return tensor


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def _inside(part: np.ndarray, whole: np.ndarray) -> bool:
    start = _address(part) - _address(whole)
    return start >= 0 and start + part.nbytes <= whole.nbytes
