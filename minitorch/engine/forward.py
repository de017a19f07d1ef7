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
from minitorch.engine.layers import shallow as shallow
from minitorch.engine.layers import split as split
from minitorch.engine.layers import with_tangent as with_tangent
from minitorch.engine.modes import TRACE, state
from minitorch.engine.node import LOST, Dual, Output, Traced, extras_of, node_of, tick

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive

ndarray = np.ndarray


class Level:
    """A live transform: a context that gives its number and tells this thread that it is live.

    Args:
        size: the batch size of a batching transform; None for forward mode.
        randomness: what random functions do in it: "error", "same" numbers for all examples, or
            "different" ones; None where the values are not batched and they need not know.
    """

    def __init__(self, size: int | None = None, randomness: str | None = None) -> None:
        self.number = tick()
        self.size = size
        self.randomness = randomness

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
