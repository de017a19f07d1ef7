"""`x[...]` and `x[...] = v`, as PyTorch reads them.

Ints, slices, None and Ellipsis give a view; then index tensors and masks pick from that view.
NumPy would mix the two steps where an int stands beside an index array.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import TRACE, state
from minitorch.engine.node import written
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.examples import BatchedIndex, level_of_index
from minitorch.faces.operands import box_of, fitting, is_number, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as ops
from minitorch.ops.shape import broadcast_to, getitem, reshape

Basic = tuple[Any, ...]
EVERYTHING = slice(None)


def get(x: Box, index: Any) -> Any:
    """x[index]."""
    if type(index) is int:  # by far the most common
        try:
            return getitem.unary(x, (index,))
        except IndexError as error:
            raise _clearer(error, x) from None
    if state.mode & TRACE and (level := level_of_index(index)):
        return BatchedIndex(x, index, level, parse).get()
    basic, arrays = parse(index, x._value.shape)
    try:
        y = getitem.unary(x, basic)
        return y if arrays is None else ops.take.unary(y, arrays)
    except IndexError as error:
        raise _clearer(error, x) from None


def put(x: Box, index: Any, value: Any, accumulate: bool = False) -> None:
    """x[index] = value, in place; with `accumulate`, x[index] += value, repeated places too."""
    if state.mode & TRACE and (level := level_of_index(index)):
        whole = BatchedIndex(x, index, level, parse)
        return whole.put(_value(value, whole.target, None))
    basic, arrays = parse(index, x._value.shape)
    try:
        target = getitem.unary(x, basic) if any(b != EVERYTHING for b in basic) else x
        part = _value(value, target, arrays)
        if arrays is None:
            have, want = part._value.shape, target._value.shape
            if have != want[len(want) - len(have) :]:
                part = broadcast_to.unary(part, want)
            write(ew.add if accumulate else ew.overwrite, target, part)
            if is_number(value):
                written(target, ew.overwrite, "FillBackward3")
        else:
            _check_dtypes(target, value)
            write(ops.index_put, target, part, arrays, accumulate or None, fills=True)
    except IndexError as error:
        raise _clearer(error, x) from None
    except ValueError as error:
        shape = np.shape(getattr(value, "_value", value))
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(shape)} cannot be broadcast to the "
            f"indexing result of x[{index!r}], for x of shape {list(x._value.shape)} ({error})"
        ) from None
    if target is not x and x._node is not target._node and target._view is None:
        x._node = target._node


def _check_dtypes(target: Box, value: Any) -> None:
    """Refuse a tensor of another dtype, which index arrays do not convert, unless it is 0-d."""
    if isinstance(value, Box) and value._value.ndim and value._value.dtype != target._value.dtype:
        own, given = (dtypes.of(x._value.dtype).scalar_type for x in (target, value))
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{own} for the destination and {given} for the source: convert it with .to(dtype)"
        )


def _value(value: Any, target: Box, arrays: Basic | None) -> Box:
    """What is assigned, in the target's dtype, without leading sizes of 1 that it has too many."""
    dtype = target._value.dtype
    if is_number(value):
        return fitting(value, dtype, target.face)
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
    part = to_dtype(box_of(value, "the value assigned", target), dtype)
    shape = part._value.shape
    rank = target._value.ndim if arrays is None else _picked(target._value.shape, arrays)
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return part if shape == part._value.shape else reshape(part, shape)


def _picked(shape: tuple[int, ...], arrays: Basic) -> int:
    """How many dimensions an index picks from an array of that shape."""
    return np.broadcast_to(np.empty((), bool), shape)[arrays].ndim


_NO_DIMENSION = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python to convert a 0-dim tensor to a "
    "number"
)


def _clearer(error: IndexError, x: Box) -> IndexError:
    if not x._value.ndim:
        return IndexError(_NO_DIMENSION)
    text = str(error).replace("axis", "dimension")
    text = text.replace("too many indices for array", "too many indices for tensor of dimension "
                        f"{x._value.ndim}")  # fmt: skip
    return IndexError(f"{text} (the tensor indexed has shape {list(x._value.shape)})")


def parse(index: Any, shape: tuple[int, ...]) -> tuple[Basic, Basic | None]:
    """Split an index into its basic part and, if it has any, the arrays to index that view by.

    In the basic part a slice of everything stands where arrays are.
    """
    parts = _spelled(_as_tuple(index), shape)
    basic: list[Any] = []
    arrays: list[Any] = []
    dim, advanced = 0, False
    for part in parts:
        if part is None:
            basic.append(None)
            arrays.append(slice(None))
        elif isinstance(part, np.ndarray):
            advanced = True
            if part.dtype == bool:
                _check_mask(part, shape, dim)
                places = part.nonzero() if part.ndim else None
                if places is None:  # x[True]: a new dimension of size 1, or of size 0
                    basic.append(None)
                    arrays.append(np.zeros(int(part), np.intp))
                    continue
                basic.extend([slice(None)] * part.ndim)
                arrays.extend(places)
                dim += part.ndim
            else:
                basic.append(slice(None))
                arrays.append(part)
                dim += 1
        else:
            basic.append(part)
            if not isinstance(part, int):
                arrays.append(slice(None))
            dim += 1
    return tuple(basic), tuple(arrays) if advanced else None


def _as_tuple(index: Any) -> tuple[Any, ...]:
    """The parts of an index; a list of anything but numbers counts as a tuple."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32:
        for part in index:
            if part is None or isinstance(part, (Box, *_PARTS)):
                return tuple(index)
    return (index,)


_PARTS = (list, tuple, range, slice, np.ndarray, type(Ellipsis))


def _spelled(parts: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """The parts as ints, slices, None and arrays, with Ellipsis spelled out."""
    out = [_part(part) for part in parts]
    taken = sum(_dims(part) for part in out)
    if taken > len(shape):
        if not shape and len(out) == 1 and isinstance(out[0], int):
            raise IndexError(_NO_DIMENSION)
        raise IndexError(
            f"too many indices for tensor of dimension {len(shape)}: {taken} were given, for "
            f"shape {list(shape)}"
        )
    dots = [i for i, part in enumerate(out) if part is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if dots:
        out[dots[0] : dots[0] + 1] = [slice(None)] * (len(shape) - taken)
    return out


def _dims(part: Any) -> int:
    """How many dimensions of the tensor a part of an index takes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


def _part(part: Any) -> Any:
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        return _slice(part)
    if isinstance(part, (bool, np.bool_)):
        return np.asarray(part)
    if isinstance(part, (int, np.integer)):
        return int(part)
    if isinstance(part, Box):
        part = part._value
        if not part.ndim and part.dtype.kind in "iu":
            return int(part)
    elif isinstance(part, (list, tuple, range)):
        part = np.asarray([getattr(p, "_value", p) for p in part])
        if part.dtype.kind == "U":
            raise TypeError("new(): invalid data type 'str' in an index: give integers")
        if not part.size:
            part = part.astype(np.int64)
    if not isinstance(part, np.ndarray):
        if isinstance(part, str):
            raise TypeError("new(): invalid data type 'str' in an index: give integers")
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {type(part).__name__})"
        )
    if part.dtype == np.uint8:
        return part.astype(bool)
    if part.dtype not in (np.int64, np.int32, np.bool_):
        raise IndexError(
            f"tensors used as indices must be long, int, byte or bool tensors, not {part.dtype}"
        )
    return np.array(part)  # a copy: a gradient must not change with the caller's array


def _slice(part: slice) -> slice:
    start, stop, step = (
        None if v is None else operator.index(v) for v in (part.start, part.stop, part.step)
    )
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero; use flip for a reversed copy")
    return slice(start, stop, step)


def _check_mask(mask: np.ndarray, shape: tuple[int, ...], dim: int) -> None:
    for i, n in enumerate(mask.shape):
        if n != shape[dim + i]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape "
                f"of the indexed tensor {list(shape)} at index {dim + i}"
            )
