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

from minitorch.engine.box import Box, fresh
from minitorch.engine.layers import Batched as Batched
from minitorch.engine.layers import batched as batched
from minitorch.engine.layers import carried_box
from minitorch.engine.layers import inside as inside
from minitorch.engine.modes import state
from minitorch.engine.node import LOST, Traced

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive


def is_batch(level: int) -> bool:
    """Whether the live transform of this number is a batching one."""
    return any(live.number == level for live in state.levels)


def level_of(boxes: tuple[Box, ...]) -> int:
    """The innermost level of which one of these boxes has examples; 0 if there is none."""
    nodes: list[Any] = [box._node for box in boxes]
    return max([node.batch for node in nodes if isinstance(node, Traced)], default=0)


def apply(op: Primitive, boxes: tuple[Box, ...], params: tuple[Any, ...], level: int) -> Any:
    """Run `op` for all examples of a level."""
    if not is_batch(level):
        raise RuntimeError(LOST)
    pairs = [inside(box, level) for box in boxes]
    inner = tuple(box for box, _ in pairs)
    flags = tuple(flag for _, flag in pairs)
    rule = op.batch or each
    result = rule(op, inner, flags, params)
    if type(result) is tuple:
        return tuple(batched(y, level) for y in result)
    return batched(result, level)


def rewritten(
    op: Primitive, box: Box, boxes: tuple[Box, ...], params: tuple[Any, ...], level: int
) -> Box:
    """What `op(box, *boxes)` writes into the examples of `box`, in place."""
    if level_of((box,)) != level:
        raise RuntimeError(
            "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a "
            "Tensor `other` in extra_args that has more elements than `self`. This happened due to "
            "`other` being vmapped over but `self` not being vmapped over in a vmap. Please use an "
            f"out-of-place operation ({op.name} in place on shape {list(box._value.shape)}), or "
            "make `self` from a tensor that is vmapped over, as by torch.zeros_like or new_zeros."
        )
    return op.apply((as_it_was(box), *boxes), params)


def as_it_was(box: Box) -> Box:
    """`box` with a copy of its values, which are about to be lost."""
    node = box._node
    if type(node) is Traced and node.batch:
        return batched(as_it_was(carried_box(box)), node.batch)
    if box._view is not None:
        box._view.refresh(box)
    copy = fresh(box.face, box._value.copy())
    copy._node = box._node
    return copy


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
