"""Functions and indices under vmap whose integers differ from example to example.

Primitives take most indices as settings, the same for all examples. An index that is batched is
here turned into one of the whole batch, or the function is run for one example after the other.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.engine.batch import level_of
from minitorch.engine.box import Box
from minitorch.engine.conform import identity
from minitorch.engine.layers import DATA_DEPENDENT, Batched, batched, inside, repeated
from minitorch.engine.modes import TRACE, state
from minitorch.engine.views import write
from minitorch.faces.operands import to_dtype
from minitorch.ops import index as ops
from minitorch.ops.shape import broadcast_to, getitem, stack, transpose

Function = Callable[..., Any]
STAND_IN = np.iinfo(np.int64).max  # no index that anyone gives


# one example after the other


def one_by_one(function: Function, by_index: bool = False, in_place: bool = False) -> Function:
    """A function that under vmap is run for one example after the other.

    Args:
        by_index: whether only where a tensor of integers or truth values is batched.
        in_place: whether it writes its result into its first argument.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not state.mode & TRACE:
            return function(*args, **kwargs)
        boxes = [*_boxes(args), *_boxes(tuple(kwargs.values()))]
        level = level_of(tuple(
            box for box in boxes if not by_index or box._value.dtype.kind in "iub"
        ))  # fmt: skip
        if not level:
            return function(*args, **kwargs)
        if kwargs.get("out") is not None:
            raise RuntimeError(
                f"vmap: {function.__name__} with out= is not possible: leave out= away"
            )
        level = level_of(tuple(boxes))
        size = next(live.size for live in state.levels if live.number == level)
        rows = []
        for i in range(size):
            row = [_example(x, i, level) for x in args]
            if in_place:
                row[0] = row[0].clone()
            named = {name: _example(x, i, level) for name, x in kwargs.items()}
            rows.append(wrapped(*row, **named))
        return args[0].copy_(_joined(rows, level)) if in_place else _joined(rows, level)

    return wrapped


def _boxes(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, Box):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _boxes(value)


def _example(x: Any, i: int, level: int) -> Any:
    """An argument as one example sees it."""
    if isinstance(x, Box):
        inner, own = inside(x, level)
        return getitem(inner, (i,)) if own else x
    if isinstance(x, (tuple, list)) and any(True for _ in _boxes(x)):
        return type(x)([_example(part, i, level) for part in x])
    return x


def _joined(rows: list[Any], level: int) -> Any:
    """The results of all examples as one."""
    first = rows[0]
    if isinstance(first, tuple):
        parts = [_joined(list(column), level) for column in zip(*rows, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    if not isinstance(first, Box):
        if any(row != first for row in rows):
            raise RuntimeError(DATA_DEPENDENT)
        return first
    if len({tuple(row._value.shape) for row in rows}) > 1:
        raise RuntimeError(DATA_DEPENDENT)
    return batched(stack(rows, 0), level)


def for_each(function: Function) -> Function:
    """A function that makes a tensor after another: one of its own for each example of that."""

    @functools.wraps(function)
    def wrapped(input: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(input, *args, **kwargs)
        if state.mode & TRACE and isinstance(input, Box):
            for level in _levels(input):
                y = batched(identity(repeated(y, level.size)), level.number)
        return y

    return wrapped


def _levels(box: Box) -> list[Any]:
    """The levels at which a box is batched, outermost first."""
    return [live for live in state.levels if inside(box, live.number)[1]]


def all_values(box: Box) -> np.ndarray:
    """The values of all examples."""
    while isinstance(box._value, Batched):
        box = box._value.box
    return box._value


# indices


def level_of_index(index: Any) -> int:
    """The innermost level at which a part of an index is batched; 0 if none is."""
    return level_of(tuple(_boxes(index if isinstance(index, tuple) else (index,))))


class BatchedIndex:
    """An index of which parts differ from example to example, as one of the whole batch.

    Args:
        parse: what splits an index into its basic part and its arrays (`faces/indexing.py`).
    """

    def __init__(self, x: Any, index: Any, level: int, parse: Function) -> None:
        self.level = level
        self.parts: list[Box] = []
        given = index if isinstance(index, tuple) else (index,)
        basic, arrays = parse(tuple(self._standing_in(part) for part in given), x._value.shape)
        self.target, self.own = getitem(x, basic), False
        self.inner, self.own = inside(self.target, level)
        self.at = [i for i, a in enumerate(arrays) if isinstance(a, np.ndarray)]
        self.together = self.at[-1] - self.at[0] + 1 == len(self.at)
        self.index = self._whole(arrays)

    def _standing_in(self, part: Any) -> Any:
        """A part of the index; of a batched one, an array of its shape that can be told again."""
        if not (isinstance(part, Box) and level_of((part,)) == self.level):
            return part
        if part._value.dtype.kind not in "iu" or part._value.dtype == np.uint8:
            raise RuntimeError(
                "vmap: We do not support batching operators that can support dynamic shape. "
                "Attempting to batch over indexing with a boolean mask: use torch.where"
            )
        self.parts.append(part)
        return np.full(part._value.shape or (1,), STAND_IN - len(self.parts) + 1)

    def _whole(self, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
        """The index arrays with a first axis of examples, where they have one."""
        found: list[Any] = [None] * len(arrays)
        shapes = []
        for i, part in enumerate(arrays):
            if isinstance(part, np.ndarray):
                which = STAND_IN - int(part.flat[0]) if part.size else len(self.parts)
                found[i] = self.parts[which] if which < len(self.parts) else part
                shapes.append(tuple(getattr(found[i], "_value", part).shape))
            else:
                found[i] = part
        self.rank = max(map(len, shapes))
        for i in self.at:
            if isinstance(found[i], Box):
                array = inside(found[i], self.level)[0]._value
                if type(array) is not np.ndarray:
                    raise RuntimeError(DATA_DEPENDENT)
                n, shape = len(array), array.shape[1:]
                found[i] = array.reshape(n, *(1,) * (self.rank - len(shape)), *shape)
        if self.own:
            found.insert(0, np.arange(n).reshape(n, *(1,) * self.rank))
        return tuple(found)

    def get(self) -> Any:
        """The elements that the index names."""
        y = ops.take(self.inner, self.index)
        first, rank, axes = self.at[0], self.rank, range(y._value.ndim)
        if self.own and self.together:
            y = transpose(y, (0, *axes[1 + rank : 1 + rank + first], *axes[1 : 1 + rank],
                              *axes[1 + rank + first :]))  # fmt: skip
        elif self.together:
            y = transpose(y, (first, *axes[:first], *axes[first + 1 :]))
        return batched(y, self.level)

    def put(self, value: Box) -> None:
        """Write to the elements that the index names."""
        if not self.own:
            raise RuntimeError(
                "vmap: index_put_(self, indices, values) is not possible because the indices are "
                "vmapped over and self is not: make it from a tensor that is, as by "
                "torch.zeros_like or new_zeros"
            )
        picked = self.get()._value
        part, own = inside(broadcast_to(to_dtype(value, picked.dtype), picked.shape), self.level)
        if self.together and self.at[0]:
            first, last, axes = self.at[0], self.at[0] + self.rank, range(part._value.ndim)
            axes = range(own, len(axes))
            part = transpose(part, (*range(own), *axes[first:last], *axes[:first], *axes[last:]))
        write(ops.index_put, self.inner, part, self.index, None)
