"""The backward pass, step by step: each node's rule, what comes in and what goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.conform import conform
from minitorch.engine.node import Bundle, Node, Output
from minitorch.engine.observing import observe
from minitorch.engine.plan import Rule
from minitorch.engine.reverse import freed
from minitorch.faces import html
from minitorch.faces.array import Array
from minitorch.inspect import words
from minitorch.inspect.drawing.graph import Graph, numbered
from minitorch.inspect.recording import History


@dataclass(frozen=True, eq=False)
class Passed:
    """What a node passes to one parent.

    Attributes:
        argument: the parent's name as an argument of the operation.
        parent: the parent's number in the graph.
        rule: the rule as an expression over `g` and what it reads.
        gradient: what it gave, in the form of the parent.
        note: what was done to bring it to that form; mostly empty.
    """

    argument: str
    parent: int
    rule: str
    gradient: np.ndarray
    note: str


@dataclass(frozen=True, eq=False)
class Visit:
    """One node of the backward pass: what came in, from which nodes, and what goes on."""

    number: int
    incoming: tuple[tuple[int | None, np.ndarray], ...]
    gradient: tuple[np.ndarray | None, ...]
    passed: tuple[Passed, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The backward pass of one scalar, told node by node; `minitorch.explain` makes it.

    Attributes:
        graph: the computation graph; the numbers are those of its nodes.
        visits: the nodes in the order in which the pass comes to them, youngest first.
        gradients: what arrives at each input and parameter, by name.
    """

    graph: Graph
    visits: tuple[Visit, ...]
    gradients: Mapping[str, np.ndarray]

    def __str__(self) -> str:
        return "\n\n".join([self._heading(), *map(self._told, self.visits), self._results()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        paragraphs = [self._heading(), *map(self._told, self.visits), self._results()]
        return html.shown(*map(html.pre, paragraphs))

    def _heading(self) -> str:
        node = next(node for node in self.graph.nodes if node.outputs)
        inputs = [f"{v.name} = {v.inline()}" for v in self.graph.nodes if v.kind == "input"]
        title = self.graph.title or "result"
        call = f"{title}({', '.join(inputs)})" if inputs else title
        return f"{call} = {node.inline()}\nThe backward pass, from the youngest node to the oldest:"

    def _told(self, visit: Visit) -> str:
        node = self.graph.nodes[visit.number]
        if node.kind != "operation":
            name = f"{node.name} = " if node.name else ""
            return f"#{node.number}  {name}{node.inline()}\n    g = {self._sum(visit)}"
        arguments = [
            f"{edge.name}={self.graph.carried(edge)}" for edge in self.graph.incoming(node.number)
        ]
        call = f"{node.name}({', '.join([*arguments, *filter(None, [node.settings])])})"
        lines = [f"#{node.number}  {call} = {node.inline()}", f"    g = {self._sum(visit)}"]
        wide = max((len(self._to(part)) for part in visit.passed), default=0)
        wider = max((len(part.rule) for part in visit.passed), default=0)
        for part in visit.passed:
            note = f"   ({part.note})" if part.note else ""
            lines.append(
                f"    to {self._to(part).ljust(wide)}   {part.rule.ljust(wider)}"
                f" = {array(part.gradient)}{note}"
            )
        return "\n".join(lines)

    def _to(self, part: Passed) -> str:
        parent = self.graph.nodes[part.parent]
        leaf = parent.kind != "operation" and parent.name
        where = parent.name if leaf else f"#{parent.number}"
        return f"{part.argument} ({where})" if part.argument else where

    def _sum(self, visit: Visit) -> str:
        """The incoming gradient; where several met, from which nodes they came."""
        if len(visit.gradient) > 1:
            parts = ["0" if g is None else array(g) for g in visit.gradient]
            return f"({', '.join(parts)})"
        (total,) = visit.gradient
        assert total is not None
        if len(visit.incoming) == 1:
            source, _ = visit.incoming[0]
            return f"{array(total)}   (the start)" if source is None else array(total)
        terms = [f"{array(g)} (from #{source})" for source, g in visit.incoming]
        return f"{' + '.join(terms)} = {array(total)}"

    def _results(self) -> str:
        if not self.gradients:
            return "No input was reached: the result does not depend on any."
        wide = max(map(len, self.gradients))
        lines = [f"    {name.ljust(wide)}   {array(g)}" for name, g in self.gradients.items()]
        return "\n".join(["The gradients:", *lines])


def array(g: np.ndarray) -> str:
    """A gradient in one line."""
    return words.inline(g, g.shape, g.dtype)


def explained(history: History) -> Explanation:
    """Walk the backward pass of a history's one result."""
    if len(history.outputs) != 1:
        names = ", ".join(name for name, _, _ in history.outputs)
        raise TypeError(f"explain needs a function of one result; this one gave several: {names}")
    ((_, start, value),) = history.outputs
    if value.size != 1 or value.dtype.kind not in "biuf":
        raise TypeError(
            "explain needs a result that is one real number, as grad does; this one has shape "
            f"{words.shape(value.shape)}, dtype {value.dtype}. Reduce it (np.sum, np.mean)"
        )
    graph, numbers = numbered(history)
    walk = _Walk(history, numbers)
    if start is not None:
        walk.add(start, None, np.ones(value.shape, value.dtype))
        walk.run()
    return Explanation(graph, tuple(walk.visits), walk.gradients(graph))


class _Walk:
    """A backward pass that writes down what it does; the rules are those that `grad` runs."""

    def __init__(self, history: History, numbers: dict[Node, int]) -> None:
        self.history, self.numbers = history, numbers
        self.incoming: dict[Node, list[tuple[int | None, Any]]] = {}
        self.heap: list[tuple[int, Node]] = []  # leaves wait until the end
        self.visits: list[Visit] = []
        self.arrived: dict[Node, np.ndarray] = {}

    def add(self, node: Node, source: int | None, g: Any) -> None:
        if node not in self.incoming:
            self.incoming[node] = []
            if not node.is_leaf:
                heappush(self.heap, (-node.age, node))
        self.incoming[node].append((source, g))

    def run(self) -> None:
        while self.heap:
            node = heappop(self.heap)[1]
            incoming = self.incoming.pop(node)
            g = total(node, incoming)
            if node in self.history.inputs:
                self.arrive(node, incoming, g)
            elif type(node) is Output:
                (bundle,) = node.plan.backward(g, node, node.saved)
                self.add(node.parents[0], self.numbers[node], bundle)
            else:
                self.visit(node, incoming, g)
        for leaf, incoming in self.incoming.items():
            self.arrive(leaf, incoming, total(leaf, incoming))

    def arrive(self, node: Node, incoming: list[tuple[int | None, Any]], g: Any) -> None:
        """At an input or a leaf; it is told of where several gradients meet."""
        self.arrived[node] = g
        if len(incoming) > 1:
            self.visits.append(Visit(self.numbers[node], tuple(incoming), (g,), ()))

    def visit(self, node: Node, incoming: list[tuple[int | None, Any]], g: Any) -> None:
        if node.saved is None:
            raise freed(node)
        number = self.numbers[node]
        gradient = tuple(g.parts) if isinstance(g, Bundle) else (g,)
        arguments = [o.name for o in self.history.steps[node].operands if o.node is not None]
        grads = node.plan.backward(g, node, node.saved)
        passed = []
        for i, (parent, raw) in enumerate(zip(node.parents, grads)):
            part = conform(raw, parent)
            self.add(parent, number, part)
            text = rule_of(node, i)
            passed.append(
                Passed(arguments[i], self.numbers[parent], text, np.array(part), note(raw, part))
            )
        came = () if isinstance(g, Bundle) else tuple(incoming)
        self.visits.append(Visit(number, came, gradient, tuple(passed)))

    def gradients(self, graph: Graph) -> dict[str, np.ndarray]:
        """What arrived at the inputs, zeros where nothing did, and at the other leaves."""
        out: dict[str, np.ndarray] = {}
        for node, name in self.history.inputs.items():
            out[name] = self.arrived.get(node, np.zeros(node.shape, node.dtype))
        for node, g in self.arrived.items():
            if node not in self.history.inputs:
                vertex = graph.nodes[self.numbers[node]]
                out[vertex.name or f"#{vertex.number}"] = g
        return out


def total(node: Node, incoming: list[tuple[int | None, Any]]) -> Any:
    """The sum of what came in at a node, after its hooks."""
    g = incoming[0][1]
    for _, more in incoming[1:]:
        g = g + more
    if node.extras is not None and node.extras.hooks:
        g = observe(node, g, Array)
    return g._value if isinstance(g, Box) else g


def rule_of(node: Node, i: int) -> str:
    """The rule that carries a gradient to parent `i`, in words."""
    op: Any = getattr(node.plan, "op", None)
    wanted = getattr(node.plan, "wanted", None)
    if op is None or not hasattr(op, "vjps"):
        return "its backward function"
    if wanted is None:  # an operation on a sequence
        return words.part_of_sequence(op.vjps[0])
    if not op.vjps:  # a user's primitive, whose rules are told to `defvjp`
        return "its rule"
    found = op.vjps[wanted[i]]
    return words.rule(found) if isinstance(found, Rule) else "its rule"


def note(raw: Any, part: np.ndarray) -> str:
    """What was done to a gradient to bring it to the form of its argument."""
    done = []
    if raw.shape != part.shape:
        done.append(f"{words.shape(raw.shape)} summed to {words.shape(part.shape)}")
    if raw.dtype != part.dtype:
        done.append(f"cast to {part.dtype}")
    return ", ".join(done)
