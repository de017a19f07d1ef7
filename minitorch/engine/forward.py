"""Forward mode: tangents carried along with values.

A box under forward mode bears, for each live level, a tangent: a box of the same shape. An
operation runs on the boxes stripped of the innermost level, and the tangent of its result is
the sum of its jvp rules; as rules are made of primitives, the outer levels and the graph of
reverse mode follow by themselves. Levels keep nested derivatives apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.engine.box import Box, fresh
from minitorch.engine.modes import TRACE, state
from minitorch.engine.node import Output, Traced, extras_of, node_of, tick

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive


class Level:
    """A live transform: a context that gives its number and tells this thread that it is live.

    Args:
        size: the batch size of a batching transform; 0 for forward mode.
    """

    def __init__(self, size: int = 0) -> None:
        self.number = tick()
        self.size = size

    def __enter__(self) -> Level:
        self._before = (state.mode & TRACE, state.levels)
        state.levels = (*state.levels, self)
        state.mode |= TRACE
        return self

    def __exit__(self, *exc: object) -> None:
        trace, state.levels = self._before
        state.mode = (state.mode & ~TRACE) | trace


def live() -> set[int]:
    """The numbers of the transforms that are live in this thread."""
    return {level.number for level in state.levels}


def shallow(box: Box, node: Any) -> Box:
    """Another box of the same memory, with another place in the graph."""
    copy = fresh(box.face, box._value)
    copy._version = box._version
    copy._node = node
    return copy


def with_tangent(box: Box, tangent: Box, level: int) -> Box:
    """`box` with `tangent` at `level`, which is inside all levels that the box has yet."""
    node = box._node
    if type(node) is Traced:
        return shallow(box, Traced(node.node, (*node.tangents, (level, tangent)), node.batch))
    return shallow(box, Traced(node, ((level, tangent),)))


def split(box: Box, level: int) -> tuple[Box, Box | None]:
    """The box without its tangent at `level` and that tangent (None where it has none)."""
    node = box._node
    if type(node) is not Traced or not node.tangents or node.tangents[-1][0] != level:
        return box, None
    outer = node.tangents[:-1]
    rest = Traced(node.node, outer, node.batch) if outer or node.batch else node.node
    return shallow(box, rest), node.tangents[-1][1]


def apply(op: Primitive, boxes: tuple[Box, ...], params: tuple[Any, ...], level: int) -> Any:
    """Run `op` and its jvp rules at `level`."""
    pairs = [split(box, level) for box in boxes]
    primals = tuple(primal for primal, _ in pairs)
    tangents = [tangent for _, tangent in pairs]
    result = op.apply(primals, params)
    several = type(result) is tuple
    results = result if several else (result,)
    moved = op.pushforward(primals, params, results, tangents)
    outs = tuple(
        y if t is None else with_tangent(y, t, level) for y, t in zip(results, moved, strict=True)
    )
    _remember(outs[0], tangents, moved, level)
    return outs if several else outs[0]


def _remember(result: Box, tangents: list[Box | None], moved: Any, level: int) -> None:
    """Keep on the node the tangents of what it saved: a sweep inside this level needs them."""
    node = node_of(result)
    if node is None:
        return
    node = node.parents[0] if type(node) is Output else node
    for source in node.plan.sources:
        if source is None:
            continue
        tangent = tangents[source] if source >= 0 else moved[-1 - source]
        if tangent is not None:
            held = extras_of(node).tangents
            held[source] = (*held.get(source, ()), (level, tangent))
