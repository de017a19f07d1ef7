"""Reverse mode over a function: one run under recording, which gradients are pulled through.

An argument goes in as a box under an identity node of its own. These nodes bound the backward
sweep, so that a gradient inside of another, or inside of a loss that is differentiated by
`.backward()`, needs no bookkeeping: whatever else is live above the nodes is recorded, nothing
below them is touched, and no `.grad` is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.differential.call import Call, common_face, leaving, left, zeros
from minitorch.engine.batch import batched, inside
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, live, shallow
from minitorch.engine.layers import carried_box
from minitorch.engine.modes import RECORD, record, state
from minitorch.engine.node import Leaf, Node, Traced, node_of
from minitorch.engine.observing import turned
from minitorch.engine.reverse import sweep
from minitorch.faces.numpy.operands import in_face, is_tracked
from minitorch.ops.shape import broadcast_to

Batches = tuple[Level, ...]


class Directions(Level):
    """A batch of tangents: the values that bear them are not batched, so a trace ignores it."""


class Input(Leaf):
    """The leaf below an input: only its own trace asks for the gradient that arrives there."""

    __slots__ = ()


class Root(NamedTuple):
    """An input of a trace: the box that the function sees, and where its gradient arrives."""

    box: Box
    node: Node
    leaf: Leaf | None  # below `node`, unless a node of an outer trace is


def rooted(box: Box, recording: bool, batches: Batches) -> Root:
    """`box` under a node of its own, inside of the live batches."""
    if batches:  # every example gets a gradient of its own, even of an argument that all share
        level = batches[-1]
        root = rooted(in_batch(box, level), recording, batches[:-1])
        return root._replace(box=batched(root.box, level.number))
    node = node_of(box) if recording else None
    leaf = Input(box._value.shape, box._value.dtype) if node is None else None
    below = carrying(box, leaf or node)
    if not isinstance(below, Traced) and state.recorder is None:
        inner = fresh(box.face, copied(box._value))
        identity.hang(1, [below], (box,), (), (inner,))
        return Root(inner, inner._node, leaf)  # type: ignore[arg-type]
    inner = identity.unary(shallow(box, below))
    return Root(inner, node_of(inner), leaf)  # type: ignore[arg-type]


def copied(array: np.ndarray) -> np.ndarray:
    """A copy, which repeats in memory nothing that the array itself does not."""
    if 0 not in array.strides:
        return array.copy()
    once = tuple([slice(1) if step == 0 else slice(None) for step in array.strides])
    return broadcast_to(array[once].copy(), array.shape)


def carrying(box: Box, node: Node | None) -> Any:
    """`node` together with the live tangents that `box` carries."""
    carried = box._node
    if isinstance(carried, Traced) and carried.tangents:
        alive = live()
        tangents = tuple(pair for pair in carried.tangents if pair[0] in alive)
        return Traced(node, tangents) if tangents else node
    return node


def in_batch(box: Box, level: Level) -> Box:
    """The box inside of a batched one, or `box` repeated for each example."""
    inner, own = inside(box, level.number)
    return inner if own else broadcast_to(box, (level.size, *box._value.shape))


def innermost(box: Box) -> Box:
    """The box inside of all batches."""
    while type(box._node) is Traced and box._node.batch:
        box = carried_box(box)
    return box


def untracked(box: Box) -> Box:
    """`box` without its node; live tangents and batches stay."""
    node = box._node
    if isinstance(node, Traced) and node.batch:
        return batched(untracked(box._value.box), node.batch)  # type: ignore[attr-defined]
    return shallow(box, carrying(box, None))


def recorded(box: Box) -> bool:
    """Whether a node stands behind a box, or behind what it carries: its examples, its tangents."""
    carried = box._node
    if not isinstance(carried, Traced):
        return node_of(box) is not None
    if carried.batch:
        return recorded(box._value.box)  # type: ignore[attr-defined]
    return carried.node is not None or any(recorded(t) for _, t in carried.tangents)


def live_batches() -> Batches:
    """The live batching levels, outermost first."""
    return tuple(
        level for level in state.levels if level.size is not None and type(level) is not Directions
    )


class Trace:
    """One run of a call under recording.

    `outputs` are the leaves of what the function returned, `form` its form; `nodes` are their
    places in the graph, None where an output is a constant.
    """

    __slots__ = ("batches", "bounded", "call", "form", "nodes", "outputs", "recording", "roots")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.batches = live_batches() if state.levels else ()
        self.recording = record(True)
        try:
            roots = [rooted(box, self.recording, self.batches) for box in call.boxes]
            y = call.run([root.box for root in roots])
        finally:
            record(self.recording)
        self.outputs, self.form = call.results(y)
        self.roots = [(root.node, root.leaf) for root in roots]  # their boxes are the function's
        self.nodes = [node_of(self.inside(y)) for y in self.outputs]
        self.bounded = None in [leaf for _, leaf in self.roots] or self._meets_others()

    def inside(self, box: Box) -> Box:
        """`box` inside of all live batches."""
        for level in reversed(self.batches):
            box = in_batch(box, level)
        return box

    def outside(self, box: Box) -> Box:
        """The reverse: `box`, whose first axes are the live batches, as one of their examples."""
        for level in self.batches:
            box = batched(box, level.number)
        return box

    def _meets_others(self) -> bool:
        """Whether the graph leads to anything but the inputs: captured values that are tracked."""
        seen = {node for node, _ in self.roots}
        oldest = min([node.age for node in seen], default=0)
        stack = [node for node in self.nodes if node is not None]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            if node.age < oldest and type(node) is not Input:  # that of an inner trace, ended
                return True
            seen.add(node)
            stack.extend(node.parents)
        return False

    def behind(self, boxes: Iterable[Box]) -> bool:
        """Whether the inputs of this trace are among what these values were made of."""
        seen = {node for node, _ in self.roots}
        oldest = min([node.age for node in seen], default=0)
        stack = [node_of(box) for box in boxes]
        passed = set()
        while stack:
            node = stack.pop()
            if node in seen:
                return True
            if node is not None and node.age > oldest and node not in passed:
                passed.add(node)
                stack.extend(node.parents)
        return False

    def sweep(self, gs: Sequence[Box | None], keep: bool = False) -> list[Box | None]:
        """What arrives inside of the batches at each input for gradients of the outputs.

        Args:
            gs: a gradient of each output, None for zeros.
            keep: whether the trace will be swept again.
        """
        seeds = [
            (node, self.inside(g))
            for node, g in zip(self.nodes, gs, strict=True)
            if node is not None and g is not None
        ]
        if not seeds:
            return [None] * len(self.roots)
        create = self.bounded and self.recording
        if not create and state.mode & RECORD:  # an outer trace may want the derivative by g
            create = True in [g._node is not None and recorded(g) for _, g in seeds]
        found = sweep(
            seeds,
            common_face([box for _, box in seeds]),
            retain=keep or create,
            create=create,
            targets=[node for node, _ in self.roots] if self.bounded else None,
            ends=True,
            alone=not self.bounded,
        )
        if self.bounded:
            return [found.get(node) for node, _ in self.roots]
        return [found.get(leaf) for _, leaf in self.roots]  # type: ignore[arg-type]

    def pull(self, gs: Sequence[Box | None], keep: bool = False, analytic: bool = False) -> Any:
        """The gradients of the arguments, in their form, for gradients of the outputs.

        Those of complex Tensors are conjugated, as in PyTorch, unless `analytic` asks for the
        derivative by a complex number.
        """
        arrived = zip(self.sweep(gs, keep), self.roots, self.call.boxes, strict=True)
        return self.call.built(
            [self._gradient(g, node, box.face, analytic) for g, (node, _), box in arrived]
        )

    def _gradient(self, g: Box | None, node: Node, face: type[Box], analytic: bool) -> Any:
        """What arrived at an input, zeros if nothing, in the form in which the input came."""
        g = self.outside(zeros(face, node.shape, node.dtype) if g is None else g)
        if not face.rank:
            return left(g, face)
        g = in_face(g, face)
        return left(g if analytic else turned(g, face), face)

    def released(self, y: Box) -> Box:
        """An output, tracked only by what is outside of this trace."""
        return y if self.bounded and self.recording else untracked(y)

    def parted(self, y: Box) -> Box:
        """`released`, and tracked only if it depends on what is tracked outside."""
        if self.recording and self._depends_on_others(node_of(innermost(y))):
            return y
        return untracked(y)

    def _depends_on_others(self, node: Node | None) -> bool:
        """Whether a value was made of anything that is tracked but the inputs."""
        own = {leaf for _, leaf in self.roots}
        oldest = min([node.age for node, _ in self.roots], default=0)
        stack: list[Node | None] = [node]
        seen: set[Node] = set()
        while stack:
            node = stack.pop()
            if node is None or node in seen or node in own:
                continue
            if node.age < oldest:
                return True
            seen.add(node)
            stack.extend(node.parents)
        return False

    def value(self, kept: bool = False) -> Any:
        """What the function returned; where the graph is kept, in arrays of the caller's own."""
        boxes = [self.released(y) for y in self.outputs]
        if kept:
            boxes = [
                box if box.face.rank or is_tracked(box) else fresh(box.face, box._value.copy())
                for box in boxes
            ]
        return leaving(boxes, self.form)
