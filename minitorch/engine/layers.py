"""What a box carries under live transforms: tangents of forward mode, axes of examples.

A batched box holds, in a `Batched`, a box with one more axis in front, and nothing else: what
tangents it has lie on the box inside, whichever transform began first. So the layers of a box are
batches, the newest outermost, around tangents, the newest last; operations take off batches first.
(Both orders of a batch and a tangent mean the same; one of them has to be chosen, so that a node
hangs where the tangents of what it saved are.)
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import Dual, Traced
from minitorch.engine.registry import known

DATA_DEPENDENT = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow or "
    "as a number (.item(), .tolist(), bool(), an `if`), or asking for a result whose shape depends "
    "on the data. A batched value stands for many examples and has no array of its own: use "
    "operations on tensors (torch.where for an `if`), or do this outside of vmap."
)


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

    @property
    def itemsize(self) -> int:
        return self.box._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        return self.box._value.strides[1:]

    def __len__(self) -> int:
        return self.shape[0]

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(DATA_DEPENDENT)

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise RuntimeError(DATA_DEPENDENT)

    __bool__ = __array__

    @property
    def flags(self) -> Any:
        """How one example lies in memory."""
        example = np.empty(1, self.dtype)
        return np.lib.stride_tricks.as_strided(example, self.shape, self.strides).flags


def shallow(box: Box, node: Any) -> Box:
    """Another box of the same memory, with another place in the graph."""
    copy = fresh(box.face, box._value)
    copy._counter = box._counter
    copy._node = node
    return copy


def batched(box: Box, level: int) -> Box:
    """A box that shows one example of `box`, whose first axis is the batch of `level`."""
    carried = box._node
    if type(carried) is Traced and carried.batch > level:
        return batched(batched(_turned(carried_box(box)), level), carried.batch)
    outer = fresh(box.face, Batched(box, level))
    outer._node = Traced(batch=level)  # type: ignore[assignment]
    return outer


def carried_box(box: Box) -> Box:
    """The box in a batched one."""
    return box._value.box  # type: ignore[attr-defined]


def _turned(box: Box) -> Box:
    """`box` with its first two axes exchanged."""
    return known("transpose")(box, (1, 0, *range(2, box._value.ndim)))


def inside(box: Box, level: int) -> tuple[Box, bool]:
    """The box with the batch axis of this level in front, and whether it has one."""
    node = box._node
    if type(node) is not Traced:
        return box, False
    if node.batch == level:
        return carried_box(box), True
    if node.batch:
        inner, own = inside(carried_box(box), level)
        return (batched(_turned(inner), node.batch), True) if own else (box, False)
    parts = [(number, *inside(tangent, level)) for number, tangent in node.tangents]
    size = next((t._value.shape[0] for _, t, own in parts if own), None)
    if size is None:
        return box, False
    result = repeated(shallow(box, node.node), size)
    for number, tangent, own in parts:
        result = with_tangent(result, tangent if own else repeated(tangent, size), number)
    return result, True


def repeated(box: Box, size: int) -> Box:
    """`box` for each of `size` examples, along a new first axis."""
    return known("broadcast_to")(box, (size, *box._value.shape))


def with_tangent(box: Box, tangent: Box, level: int) -> Box:
    """`box` with `tangent` at `level`."""
    node = box._node
    if node is None and tangent._node is None and tangent._view is None:
        return shallow(box, Dual(level, tangent._value, box.face))
    if not isinstance(node, Traced):
        return shallow(box, Traced(node, ((level, tangent),)))
    if node.batch:
        inner = carried_box(box)
        moved, own = inside(tangent, node.batch)
        moved = moved if own else repeated(tangent, inner._value.shape[0])
        return batched(with_tangent(inner, moved, level), node.batch)
    tangents = (*node.tangents, (level, tangent))
    return shallow(box, Traced(node.node, tuple(sorted(tangents, key=lambda pair: pair[0]))))


def split(box: Box, level: int) -> tuple[Box, Box | None]:
    """The box without its tangent at `level` and that tangent (None where it has none)."""
    node = box._node
    if type(node) is Dual:
        return (shallow(box, None), node.tangents[0][1]) if node.number == level else (box, None)
    if not isinstance(node, Traced):
        return box, None
    if node.batch:
        primal, tangent = split(carried_box(box), level)
        if tangent is None:
            return box, None
        return batched(primal, node.batch), batched(tangent, node.batch)
    rest = tuple(pair for pair in node.tangents if pair[0] != level)
    if len(rest) == len(node.tangents):
        return box, None
    tangent = next(t for number, t in node.tangents if number == level)
    return shallow(box, Traced(node.node, rest) if rest else node.node), tangent
