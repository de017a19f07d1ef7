"""What memory held before it was written to.

A rule may not read, in place of a value that was saved for it, what an in-place write put there
afterwards. A `Tensor` then refuses to go on, as PyTorch does. An `Array` remembers what its writes
replace, in the list that counts them (`_counter`), so that the saved value can be had again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.modes import RECORD, state

bounds = np.lib.array_utils.byte_bounds


class Write(NamedTuple):
    """One write: how many there were before it, where it went, and what was there."""

    number: int
    low: int
    high: int
    part: np.ndarray
    old: np.ndarray


def replaced(box: Box) -> Write | None:
    """What a write to `box` is about to replace, if its face remembers that."""
    if not (box.face._remembers and state.mode & RECORD):
        return None
    part = box._value
    return Write(box._counter[0], *bounds(part), part, part.copy())


def wrote(box: Box, write: Write | None) -> None:
    """Count a write that was made, and remember it."""
    box._counter[0] += 1
    if write is not None:
        box._counter.append(write)


def restored(value: Any, count: int, history: list[Any]) -> Any:
    """An array or box with what it held after `count` writes; None where that is not known."""
    missed = history[0] - count
    if missed >= len(history) or history[-missed].number != count:
        return None
    writes = history[-missed:]
    if not isinstance(value, Box):
        return _undone(value, writes)
    box = fresh(value.face, _undone(value._value, writes))
    box._node = value._node
    if box._value is value._value:
        box._counter = value._counter
    return box


def _undone(array: np.ndarray, writes: list[Write]) -> np.ndarray:
    """`array` without these writes: itself, if they went elsewhere in the same memory."""
    low, high = bounds(array)
    met = [write for write in writes if write.low < high and low < write.high]
    if not met:
        return array
    start = min(low, *(write.low for write in met))
    end = max(high, *(write.high for write in met))
    memory = np.empty(end - start, np.uint8)

    def laid(part: np.ndarray) -> np.ndarray:
        at = part.__array_interface__["data"][0] - start
        return np.ndarray(part.shape, part.dtype, memory, at, part.strides)

    copy = laid(array)
    copy[...] = array
    for write in reversed(met):
        laid(write.part)[...] = write.old
    return copy
