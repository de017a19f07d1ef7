"""Batching: one run of an operation for many examples.

A batched box shows the shape of one example and holds, in a `Batched`, a box with one more
axis in front. Operations on it run their batching rule on the boxes inside; these bear the
nodes and tangents, so that a gradient inside or outside of a batched function is the gradient
of the operations that really ran.

A batching rule is `rule(op, boxes, batched, params)`: `boxes` are those inside, `batched` says
which of them have the batch axis (in front); the result has it in front too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.modes import state
from minitorch.engine.node import Traced

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive


class Batched:
    """The value of a batched box: a box inside, whose first axis runs over the examples."""

    __slots__ = ("box", "level")
    __array_ufunc__ = None  # NumPy refuses it where a transform that has ended leaked it

    def __init__(self, box: Box, level: int) -> None:
        self.box = box
        self.level = level

    @property
    def shape(self) -> tuple[int, ...]:
        return self.box._value.shape[1:]

    @property
    def ndim(self) -> int:
        return self.box._value.ndim - 1

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.box._value.dtype

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise RuntimeError(
            "a batched value has no array of its own inside vmap: it stands for many examples; "
            "use operations on tensors (torch.where for an `if`), or do this outside of vmap"
        )


def is_batch(level: int) -> bool:
    """Whether the live transform of this number is a batching one."""
    return any(live.number == level and live.size for live in state.levels)


def batched(box: Box, level: int) -> Box:
    """A box that shows one example of `box`, whose first axis is the batch of `level`."""
    outer = fresh(box.face, Batched(box, level))
    outer._node = Traced(batch=level)  # type: ignore[assignment]
    return outer


def inside(box: Box, level: int) -> tuple[Box, bool]:
    """The box with its batch axis in front, and whether it has one at this level."""
    node = box._node
    if type(node) is Traced and node.batch == level:
        return box._value.box, True  # type: ignore[attr-defined]
    return box, False


def apply(op: Primitive, boxes: tuple[Box, ...], params: tuple[Any, ...], level: int) -> Any:
    """Run `op` for all examples of a level."""
    pairs = [inside(box, level) for box in boxes]
    inner = tuple(box for box, _ in pairs)
    flags = tuple(flag for _, flag in pairs)
    rule = op.batch or each
    result = rule(op, inner, flags, params)
    if type(result) is tuple:
        return tuple(batched(y, level) for y in result)
    return batched(result, level)


def each(
    op: Primitive, boxes: tuple[Box, ...], flags: tuple[bool, ...], params: tuple[Any, ...]
) -> Any:
    """The last resort: one example after the other."""
    pick, stack = op.known("getitem"), op.known("stack")
    results = []
    for i in range(size_of(boxes, flags)):
        row = tuple(
            pick(box, (i,)) if flag else box for box, flag in zip(boxes, flags, strict=True)
        )
        results.append(op.apply(row, params))
    if not results:
        raise ValueError(f"vmap over zero examples cannot run {op.name}, which works one by one")
    if type(results[0]) is tuple:
        return tuple(stack(column, 0) for column in zip(*results, strict=True))
    return stack(results, 0)


def elementwise(
    op: Primitive, boxes: tuple[Box, ...], flags: tuple[bool, ...], params: tuple[Any, ...]
) -> Any:
    """Elementwise operations broadcast: the batch axis only has to stay in front."""
    return op(*aligned(boxes, flags, op.known("reshape")), *params)


def aligned(boxes: tuple[Box, ...], flags: tuple[bool, ...], reshape: Any) -> list[Box]:
    """The boxes with axes of size 1 behind the batch axis, to broadcast as examples do."""
    ranks = [box._value.ndim - flag for box, flag in zip(boxes, flags, strict=True)]
    rank = max(ranks)
    out = []
    for box, flag, own in zip(boxes, flags, ranks, strict=True):
        if flag and own < rank:
            shape = box._value.shape
            box = reshape(box, (shape[0], *(1,) * (rank - own), *shape[1:]))
        out.append(box)
    return out


def size_of(boxes: tuple[Box, ...], flags: tuple[bool, ...]) -> int:
    """The number of examples."""
    return next(box._value.shape[0] for box, flag in zip(boxes, flags, strict=True) if flag)
