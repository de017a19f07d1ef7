"""Derivatives through a composition: how the rules of a fused operation have every order.

A fused operation runs its own loops on bare arrays. Where its derivatives are themselves
differentiated, its rules run the composition that it stands for, on boxes under nodes of their
own, and let the engine do the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, live, shallow, split, with_tangent
from minitorch.engine.modes import record
from minitorch.engine.node import Leaf, Node, Traced, node_of
from minitorch.engine.reverse import sweep

Function = Callable[..., tuple[Box, ...]]


def pulled(f: Function, args: Sequence[Any], gs: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients by all of `args` for gradients of the results: arrays, or boxes for boxes."""
    some = next((a for a in (*args, *gs) if isinstance(a, Box)), None)
    face = Node.face if some is None else some.face
    boxes, seeds = ([_boxed(a, face) for a in values] for values in (args, gs))
    found = _pulled(f, boxes, seeds, face)
    return found if some is not None else tuple([g._value for g in found])


def _pulled(f: Function, boxes: list[Box], gs: list[Box], face: type[Box]) -> tuple[Box, ...]:
    recording = record(True)
    try:
        heads = [_head(box, recording) for box in boxes]
        ys = f(*heads)
    finally:
        record(recording)
    nodes: list[Any] = [node_of(head) for head in heads]
    pairs = [(node_of(y), g) for y, g in zip(ys, gs, strict=True)]
    found = sweep(
        [(node, g) for node, g in pairs if node is not None],
        face, create=recording, retain=recording, targets=nodes, ends=True,
    )  # fmt: skip
    return tuple([found[n] if n in found else _zeros(b) for n, b in zip(nodes, boxes, strict=True)])


def pushed(f: Function, args: Sequence[Box], i: int, t: Box) -> tuple[Box, ...]:
    """The tangents of the results along a tangent of argument `i`."""
    with Level() as level:
        heads = list(args)
        heads[i] = with_tangent(identity.unary(args[i]), t, level.number)
        pairs = [split(y, level.number) for y in f(*heads)]
    return tuple([_zeros(y) if moved is None else moved for y, moved in pairs])


def _boxed(value: Any, face: type[Box]) -> Box:
    return value if isinstance(value, Box) else fresh(face, value)


def _zeros(box: Box) -> Box:
    return fresh(box.face, np.zeros(box._value.shape, box._value.dtype))


def _head(box: Box, recording: bool) -> Box:
    """`box` under a node of its own, with the live tangents that it carries."""
    node: Any = node_of(box) if recording else None
    if node is None:
        node = Leaf(box._value.shape, box._value.dtype)
    if isinstance(box._node, Traced) and box._node.tangents:
        alive = live()
        node = Traced(node, tuple([pair for pair in box._node.tangents if pair[0] in alive]))
    return identity.unary(shallow(box, node))
