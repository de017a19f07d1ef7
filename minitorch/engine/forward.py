"""Forward mode: tangents carried along with values.

A box under forward mode bears, for each live level, a tangent: a box of the same shape. An
operation runs on the boxes stripped of the innermost level, and the tangent of its result is
the sum of its jvp rules; as rules are made of primitives, the outer levels and the graph of
reverse mode follow by themselves. Levels keep nested derivatives apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh, new
from minitorch.engine.modes import TRACE, state
from minitorch.engine.node import LOST, Dual, Output, Traced, extras_of, node_of, tick

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive

ndarray = np.ndarray


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
    if node is None and tangent._node is None and tangent._view is None:
        return shallow(box, Dual(level, tangent._value, box.face))
    if isinstance(node, Traced):
        return shallow(box, Traced(node.node, (*node.tangents, (level, tangent)), node.batch))
    return shallow(box, Traced(node, ((level, tangent),)))


def split(box: Box, level: int) -> tuple[Box, Box | None]:
    """The box without its tangent at `level` and that tangent (None where it has none)."""
    node = box._node
    if type(node) is Dual:
        return (shallow(box, None), node.tangents[0][1]) if node.number == level else (box, None)
    if not isinstance(node, Traced) or not node.tangents or node.tangents[-1][0] != level:
        return box, None
    outer = node.tangents[:-1]
    rest = Traced(node.node, outer, node.batch) if outer or node.batch else node.node
    return shallow(box, rest), node.tangents[-1][1]


def split_results(boxes: Iterable[Box], level: int) -> list[tuple[Box, Box | None]]:
    """What a function gave at `level`, split; refused if a part was computed without the level.

    In a thread that does not know of the level, operations hang nodes on boxes that bear tangents
    as on any others, so that such nodes stand where a tangent should be.
    """
    pairs = [split(box, level) for box in boxes]
    stack: list[Any] = [node_of(box) for box, _ in pairs]
    seen = set()
    while stack:
        node = stack.pop()
        if isinstance(node, Traced):
            raise RuntimeError(LOST)
        if node is not None and node.age > level and node not in seen:
            seen.add(node)
            stack.extend(node.parents)
    return pairs


def unary(op: Primitive, x: Box, params: tuple[Any, ...]) -> Any:
    """`op.unary` of a `Dual`: value and tangent on bare arrays."""
    value = op.run(x._value, *params)
    if type(value) is not ndarray:
        value = np.asarray(value)
    dual: Any = x._node
    push = op.pushes[1] or op.push(1)
    return _dual(x.face, value, dual.number, push(dual.tangent, value, x._value, *params))


def binary(op: Primitive, a: Box, b: Box) -> Any:
    """`op.binary` where forward mode is live."""
    left, right = a._node, b._node
    mask = (type(left) is Dual) + 2 * (type(right) is Dual)
    if mask == 3:
        alone = left.number == right.number  # type: ignore[union-attr]
    else:
        alone = mask > 0 and (right if mask == 1 else left) is None
    if not alone:
        return op.apply((a, b), ())
    value = op.run(a._value, b._value)
    if type(value) is not ndarray:
        value = np.asarray(value)
    push = op.pushes[mask] or op.push(mask)
    dual: Any = left if mask & 1 else right
    if mask == 3:
        tangent = push(dual.tangent, right.tangent, value, a._value, b._value)  # type: ignore[union-attr]
    else:
        tangent = push(dual.tangent, value, a._value, b._value)
    return _dual(a.face, value, dual.number, tangent)


def _dual(face: type[Box], value: np.ndarray, number: int, tangent: np.ndarray) -> Box:
    y = fresh(face, value)
    y._node = dual = new(Dual)  # type: ignore[assignment]
    dual.number, dual.tangent, dual.face = number, tangent, face
    return y


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
