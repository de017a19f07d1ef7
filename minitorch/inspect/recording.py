"""Running a function so that every value is kept, and reading the graph that is there anyway.

A node keeps only what its rules read. Under a `Recorder` each operation is remembered with all
its arguments, constants among them, and with its result. Of a graph that was made without one,
what is still alive can be told: the values that rules saved, and the shapes of the rest.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from threading import get_ident
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import TRACE, state
from minitorch.engine.node import Node, Output, Traced
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import view_write
from minitorch.inspect.undisturbed import undisturbed
from minitorch.nn.modules.everywhere import AROUND, calls


@dataclasses.dataclass(eq=False)
class Scope:
    """A call of a module, and the call that it happened in."""

    module: Any
    outer: Scope | None


class Operand(NamedTuple):
    """An argument of an operation: its place in the graph, or a constant (whose `node` is None).

    `key` is the same for two constants that are one array, `memory` for two in one memory.
    """

    name: str
    node: Node | None
    value: np.ndarray | None
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] = np.dtype(np.float64)
    key: int = 0
    memory: int = 0


class Step(NamedTuple):
    """An executed operation: its arguments, its settings and its results."""

    name: str
    operands: tuple[Operand, ...]
    settings: dict[str, Any]
    results: tuple[np.ndarray | None, ...]


class Recorder:
    """What every operation of this thread did while this context was entered.

    A model that is called is put back, as it was before, by `afterwards`.
    """

    def __init__(self, afterwards: contextlib.ExitStack) -> None:
        self.afterwards = afterwards
        self.protected: set[int] = set()
        self.steps: dict[Node, Step] = {}
        self.scopes: dict[Node, Scope] = {}  # of the operations inside of modules
        self.scope: Scope | None = None
        self.held: list[np.ndarray] = []  # arrays whose ids tell them apart
        self._thread = get_ident()

    def __enter__(self) -> Recorder:
        self._before = (state.mode & TRACE, state.recorder)
        state.mode |= TRACE
        state.recorder = self
        self._around = calls.get(AROUND)
        calls[AROUND] = "around", self._called
        return self

    def __exit__(self, *exc: object) -> None:
        if self._around is None:
            calls.pop(AROUND, None)
        else:
            calls[AROUND] = self._around
        trace, state.recorder = self._before
        state.mode = (state.mode & ~TRACE) | trace

    def _called(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run a module's call; the operations in it are noted as its."""
        if get_ident() != self._thread:
            return module._call_between_hooks(args, kwargs)
        if id(module) not in self.protected:
            self.protected.update(map(id, module.modules()))
            self.afterwards.enter_context(undisturbed(module))
        outer = self.scope
        self.scope = Scope(module, outer)
        try:
            if self._around is not None:
                return self._around[1](module, args, kwargs)
            return module._call_between_hooks(args, kwargs)
        finally:
            self.scope = outer

    def __call__(
        self, op: Primitive, boxes: Sequence[Box], params: Sequence[Any], results: Sequence[Box]
    ) -> None:
        node = place(results[0])
        if node is None:
            return
        node = node.parents[0] if type(node) is Output else node
        names, settings = signature(op, len(boxes), params)
        operands = tuple(self._operand(*pair) for pair in zip(names, boxes, strict=True))
        if op is view_write and operands[0].node is None:  # its memory holds the result by now
            operands = (operands[0]._replace(value=None), *operands[1:])
        values = tuple(np.array(y._value) for y in results)
        self.steps[node] = Step(op.name, operands, settings, values)
        if self.scope is not None:
            self.scopes[node] = self.scope

    def _operand(self, name: str, box: Box) -> Operand:
        node, value = place(box), box._value
        if node is not None:
            return Operand(name, node, None, value.shape, value.dtype)
        self.held.append(value)
        key = id(value) if value.ndim else 0
        memory = id(owner(value))
        return Operand(name, None, np.array(value), value.shape, value.dtype, key, memory)


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory an array lies in."""
    while type(array.base) is np.ndarray:
        array = array.base
    return array


def place(box: Box) -> Node | None:
    """The node of a box as it is, without a look at whether its view is up to date."""
    node = box._node
    return node.node if isinstance(node, Traced) else node


def signature(op: Any, arrays: int, params: Sequence[Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of an operation's arrays, and its settings by name."""
    names = op.names[: op.arrays]
    if len(names) != arrays:  # a sequence of arrays: numbered
        names = [f"{names[0]}[{i}]" for i in range(arrays)]
    return list(names), dict(zip(op.names[op.arrays :], params))


@dataclasses.dataclass
class History:
    """The graph under some results: each node's step, and the values and names that are known.

    `outputs` are the results, as (name, node or None, value); `inputs` the names of the nodes
    at which the graph is cut; `names` those of other leaves, `shared` those of constant arrays;
    `given` are arguments without gradients, by their memory. `scopes` tells in which call of a
    module an operation was, and `modules` the names of modules.
    """

    title: str
    outputs: list[tuple[str, Node | None, np.ndarray]]
    inputs: dict[Node, str] = dataclasses.field(default_factory=dict)
    names: dict[Node, str] = dataclasses.field(default_factory=dict)
    shared: dict[int, str] = dataclasses.field(default_factory=dict)
    steps: dict[Node, Step] = dataclasses.field(default_factory=dict)
    values: dict[Node, np.ndarray] = dataclasses.field(default_factory=dict)
    scopes: dict[Node, Scope] = dataclasses.field(default_factory=dict)
    modules: dict[int, str] = dataclasses.field(default_factory=dict)
    given: dict[int, tuple[str, np.ndarray]] = dataclasses.field(default_factory=dict)

    def nodes(self) -> list[Node]:
        """The nodes under the outputs, oldest first; one of several results before these."""
        seen = dict.fromkeys(node for _, node, _ in self.outputs if node is not None)
        stack = list(seen)
        while stack:
            for parent in self.parents(stack.pop()):
                if parent not in seen:
                    seen[parent] = None
                    stack.append(parent)
        return sorted(seen, key=lambda node: node.age)

    def parents(self, node: Node) -> tuple[Node, ...]:
        """A node's parents; an input has none here."""
        return () if node in self.inputs else node.parents

    def complete(self) -> None:
        """Give each node its step and, where that is known, its value."""
        for node in self.nodes():
            if not node.is_leaf and type(node) is not Output and node not in self.inputs:
                if node not in self.steps:
                    self.steps[node] = remembered(node, self.values)
                (first, *more) = self.steps[node].results
                if first is not None and not more:
                    self.values[node] = first
        for _, output, value in self.outputs:
            if output is not None:
                self.values.setdefault(output, value)


def remembered(node: Node, values: dict[Node, np.ndarray]) -> Step:
    """The step of a node that no recorder saw, from what its rules saved and nobody overwrote.

    The values of its parents that are found so are added to `values`.
    """
    op: Any = getattr(node.plan, "op", None)
    if not isinstance(op, Primitive):
        return Step(node.name(), tuple(_unnamed(p) for p in node.parents), {}, _results(node, {}))
    alive, settings = _saved(node)
    wanted: Sequence[int] = getattr(node.plan, "wanted", range(len(node.parents)))
    count = op.arrays
    if not node.plan.rules and node.saved:  # an operation on a sequence
        wanted, shapes, params = node.saved
        count, settings = len(shapes), signature(op, len(shapes), params)[1]
    names, _ = signature(op, count, ())
    operands = []
    for i, name in enumerate(names):
        parent = node.parents[list(wanted).index(i)] if i in wanted else None
        value = alive.get(i)
        if parent is not None:
            if value is not None:
                values.setdefault(parent, value)
            operands.append(Operand(name, parent, None, parent.shape, parent.dtype))
        elif value is not None:
            key = id(value) if value.ndim else 0
            operands.append(Operand(name, None, value, value.shape, value.dtype, key))
    return Step(op.name, tuple(operands), settings, _results(node, alive))


def _unnamed(parent: Node) -> Operand:
    return Operand("", parent, None, parent.shape, parent.dtype)


def _saved(node: Node) -> tuple[dict[int, np.ndarray], dict[str, Any]]:
    """The arrays that a node keeps and that are as they were, by source; its settings."""
    sources = {source for source in node.plan.sources if source is not None}
    kept = {source: node.kept(source) for source in sources}
    alive = {source: value for source, value in kept.items() if value is not None}
    settings = {}
    reads = dict.fromkeys(name for i in getattr(node.plan, "wanted", ())
                          for name in node.plan.op.rule(i).reads)  # fmt: skip
    for name, source, value in zip(reads, node.plan.sources, node.saved or ()):
        if source is None and name in node.plan.op.names:
            settings[name] = value
    return alive, settings


def _results(node: Node, alive: dict[int, np.ndarray]) -> tuple[np.ndarray | None, ...]:
    several = getattr(getattr(node.plan, "op", None), "several", False)
    return tuple(alive.get(-1 - i) for i in range(len(node.shape) if several else 1))
