"""The order in which the dimensions of a tensor lie in memory: strides and memory formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import memory
from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.faces.descriptors import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    preserve_format,
)

Shape = tuple[int, ...]
# The dimensions from the one with the largest steps to the one with the smallest.
ORDERS = {channels_last: (0, 2, 3, 1), channels_last_3d: (0, 2, 3, 4, 1)}


def ordered(shape: Shape, order: Shape, dtype: Any) -> np.ndarray:
    """A new array of a shape, whose dimensions lie in memory in the given order."""
    array = np.empty(tuple([shape[i] for i in order]), dtype)
    return array.transpose(sorted(range(len(order)), key=order.__getitem__))


def formatted(array: np.ndarray, memory_format: Any) -> np.ndarray:
    """An array in a memory format: itself if it lies so."""
    if memory_format in (None, preserve_format) or lies_in(array, memory_format):
        return array
    order = ORDERS.get(memory_format, tuple(range(array.ndim)))
    if len(order) != array.ndim:
        raise RuntimeError(
            f"required rank {len(order)} tensor to use {memory_format.name} format; this one has "
            f"shape {list(array.shape)}"
        )
    y = ordered(array.shape, order, array.dtype)
    y[...] = array
    return y


def lies_in(array: Any, memory_format: Any) -> bool:
    """Whether the elements of an array fill a block of memory in the order of a format."""
    if memory_format not in ORDERS:
        return bool(array.flags.c_contiguous) if isinstance(array, np.ndarray) else True
    order, step = ORDERS[memory_format], array.itemsize
    if len(order) != array.ndim:
        return False
    for i in reversed(order):
        if array.shape[i] != 1:
            if array.strides[i] != step:
                return False
            step *= array.shape[i]
    return True


def dense_like(array: np.ndarray) -> np.ndarray:
    """An array of the shape and dtype of another that fills a block, with its order of dimensions.

    Dimensions that have no steps stay where they are.
    """
    if memory.dense(array):
        return array
    order = list(range(array.ndim))
    for i in reversed(range(array.ndim)):
        at = i
        for j in range(i + 1, array.ndim):
            here, there = (array.strides[order[k]] for k in (at, j))
            if here and there and here > there:
                break
            if here and there and here < there:
                order[at], order[j] = order[j], order[at]
                at = j
    return ordered(array.shape, tuple(order), array.dtype)


def copied(x: Box, memory_format: Any) -> Any:
    """A copy, through which gradients flow, in a memory format (None: that of `x`)."""
    y, value = identity.unary(x), x._value
    if type(value) is not np.ndarray:
        return y
    if memory_format in (None, preserve_format):
        if not value.flags.c_contiguous:
            y._value = np.empty_like(dense_like(value))
            y._value[...] = value
    elif memory_format is not contiguous_format:
        y._value = formatted(y._value, memory_format)
    return y


def is_contiguous(self: Any, *, memory_format: Any = contiguous_format) -> bool:
    """Whether the elements lie in memory in row-major order, or in that of a memory format."""
    return lies_in(self._value, memory_format)


def dim_order(self: Any, *, ambiguity_check: Any = False) -> Shape:
    """The dimensions from the one with the largest steps in memory to that with the smallest."""
    steps = self._value.strides
    return tuple(sorted(range(len(steps)), key=lambda i: -steps[i]))


methods: dict[str, Callable[..., Any]] = {"is_contiguous": is_contiguous, "dim_order": dim_order}
