"""The computation graph as data: vertices with words about them, edges from parents to children."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.engine.node import Leaf, Node, Output
from minitorch.faces import html
from minitorch.inspect import words
from minitorch.inspect.drawing import formats, modules_svg, svg
from minitorch.inspect.drawing.compound import Composer
from minitorch.inspect.drawing.groups import Group, Nesting, Open, homes
from minitorch.inspect.drawing.labels import said
from minitorch.inspect.drawing.views import Views
from minitorch.inspect.recording import History, Operand, Scope

INPUT, PARAMETER, CONSTANT, OPERATION = "input", "parameter", "constant", "operation"


@dataclass(frozen=True, eq=False)
class Vertex:
    """A value in the graph, together with the operation that made it.

    Attributes:
        number: its place in the order of execution; leaves of a graph come first.
        kind: "input", "parameter" (any other leaf that wants a gradient), "constant" or
            "operation".
        name: the operation's name or the leaf's; empty for an unnamed leaf.
        value: the array, or None where it is no longer alive; of several results, the first.
        shape, dtype: the form of the value.
        settings: what the operation was told besides its arrays, as `axis=0`.
        results: of an operation with several results, a line on each.
        outputs: the names under which the vertex is a result of the whole graph.
        group: the number of the call of a module that it lies in, if it lies in one.
        forms: of an operation with several results, shape and dtype of each.
        places: which of its results the `outputs` are.
    """

    number: int
    kind: str
    name: str
    value: np.ndarray | None
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    settings: str = ""
    results: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    group: int | None = None
    forms: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...] = ()
    places: tuple[int, ...] = ()

    def lines(self) -> list[str]:
        """What is said of the value: one line, or shape and range."""
        if self.results:
            return [f"{i}: {line}" for i, line in enumerate(self.results)]
        return words.summary(self.value, self.shape, self.dtype)

    def inline(self) -> str:
        """The same in one line."""
        if self.results:
            return f"({', '.join(self.results)})"
        return words.inline(self.value, self.shape, self.dtype)


@dataclass(frozen=True, eq=False)
class Edge:
    """The value of vertex `tail` goes into vertex `head` as its argument `name`.

    `result` says which one, where the tail has several results.
    """

    tail: int
    head: int
    name: str
    result: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """A computation graph to look at; `minitorch.draw` makes it.

    A notebook shows its picture; `print` its text. `nodes` are in the order of execution, so
    that an edge's tail comes before its head; `groups` are the calls of modules, if there are any.

    Example:
        >>> def logistic(z):
        ...     return 1 / (1 + np.exp(-z))
        >>> graph = minitorch.draw(logistic, 1.5)
        >>> [node.name for node in graph.nodes if node.kind == "operation"]
        ['negative', 'exp', 'add', 'divide']
        >>> graph.nodes[-1].outputs, round(float(graph.nodes[-1].value), 3)
        (('logistic',), 0.818)
    """

    title: str
    nodes: tuple[Vertex, ...]
    edges: tuple[Edge, ...] = field(default=())
    groups: tuple[Group, ...] = field(default=())

    def parents(self, number: int) -> list[Vertex]:
        """The arguments of a vertex, in order."""
        return [self.nodes[edge.tail] for edge in self.incoming(number)]

    def incoming(self, number: int) -> tuple[Edge, ...]:
        """The edges into a vertex, in the order of its arguments."""
        return self._incoming.get(number, ())

    def carried(self, edge: Edge) -> str:
        """The value that goes along an edge, in one line."""
        tail = self.nodes[edge.tail]
        return tail.results[edge.result] if tail.results else tail.inline()

    @functools.cached_property
    def _incoming(self) -> dict[int, tuple[Edge, ...]]:
        found: dict[int, tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.head] = (*found.get(edge.head, ()), edge)
        return found

    def svg(self, depth: int | None = None, open: Open = None) -> str:
        """The picture, as the text of an SVG file.

        Args:
            depth: of a graph with modules, the number of levels that are open; by default open
                is the model, and all modules in it that have others in them.
            open: the paths of the modules that are open, or "all".
        """
        if not self.groups:
            return svg.picture(self)
        opened = Nesting(self).opened(depth, open)
        return modules_svg.picture(self, Composer(self).drawing(opened))

    def html(self) -> str:
        """A page with the picture, in which modules can be opened."""
        body = self._repr_html_() or html.tag("div", self.svg(), style="overflow:auto")
        return html.page(self.title or "graph", body)

    def mermaid(self) -> str:
        """A flowchart in Mermaid's language, which many Markdown viewers draw."""
        return formats.mermaid(self)

    def dot(self) -> str:
        """The graph in DOT, the language of Graphviz."""
        return formats.dot(self)

    def text(self) -> str:
        """The tree from the results down to the leaves; a deep one as a list of equations."""
        return formats.text(self)

    def save(
        self, path: str | os.PathLike[str], depth: int | None = None, open: Open = None
    ) -> None:
        """Write the graph to a file, in the form that its suffix names.

        Args:
            path: a name that ends in `.svg`, `.html`, `.mmd` (Mermaid), `.dot` or `.txt`.
            depth, open: which modules are open in an `.svg`; see `svg`.

        Raises:
            ValueError: any other suffix.
        """
        writers: dict[str, Callable[[], str]] = {
            ".svg": functools.partial(self.svg, depth, open), ".html": self.html,
            ".mmd": self.mermaid, ".dot": self.dot, ".txt": self.text,
        }  # fmt: skip
        suffix = Path(path).suffix.lower()
        if suffix not in writers:
            raise ValueError(
                f"a graph can be saved as {', '.join(writers)}; the file name was "
                f"{os.fspath(path)!r}. For another format save the SVG and convert it"
            )
        Path(path).write_text(writers[suffix]() + "\n", encoding="utf-8")

    def _repr_html_(self) -> str | None:
        return Views(self).html() if self.groups else None  # the picture alone: _repr_svg_

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Graph of {self.title or 'a value'}: {len(self.nodes)} nodes>"


class _Building:
    """A graph in the making: vertices get their numbers as they come."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.nodes: list[Vertex] = []
        self.edges: list[Edge] = []
        self.numbers: dict[Node, int] = {}
        self.shared: dict[int, int] = {}  # constant arrays by their keys
        self.tags: dict[Node, list[str]] = {}
        self.scopes: dict[int, Scope] = {}  # of vertices
        for path, node, _ in history.outputs:
            if node is not None:
                self.tags.setdefault(node, []).append(path or history.title or "result")

    def graph(self) -> Graph:
        history = self.history
        for node in history.inputs:
            self.leaf(node, INPUT, history.inputs[node])
        for node in history.nodes():
            if node in self.numbers:
                continue
            if type(node) is Output:
                self.result(node)
            elif isinstance(node, Leaf):
                self.leaf(node, PARAMETER, history.names.get(node, ""))
            else:
                self.operation(node)
        for path, place, value in history.outputs:
            if place is None:
                self.add(CONSTANT, "", value, outputs=(path or history.title or "result",))
        groups = self.groups() if self.scopes else ()
        return Graph(history.title, tuple(self.nodes), tuple(self.edges), groups)

    def groups(self) -> tuple[Group, ...]:
        """The calls of modules, as the scopes of operations tell of them."""
        numbers: dict[Scope, int] = {}
        times: dict[int, int] = {}
        found: list[Group] = []
        for number in sorted(self.scopes):
            chain: list[Scope] = []
            scope: Scope | None = self.scopes[number]
            while scope is not None and scope not in numbers:
                chain.append(scope)
                scope = scope.outer
            for each in reversed(chain):
                numbers[each] = len(found)
                call = times[id(each.module)] = times.get(id(each.module), 0) + 1
                parent = numbers[each.outer] if each.outer is not None else None
                found.append(self.group(each, len(found), parent, call))
        found = [
            dataclasses.replace(group, calls=times[id(scope.module)])
            for scope, group in zip(numbers, found, strict=True)
        ]
        own = [
            numbers[self.scopes[v.number]] if v.number in self.scopes
            else None if v.kind in (INPUT, OPERATION) or v.outputs else False
            for v in self.nodes
        ]  # fmt: skip
        places = homes(tuple(found), own, self.edges)
        self.nodes = [dataclasses.replace(v, group=places[v.number]) for v in self.nodes]
        return tuple(found)

    def group(self, scope: Scope, number: int, parent: int | None, call: int) -> Group:
        """One call of a module."""
        module, names = scope.module, self.history.modules
        kind, path = type(module).__name__, names.get(id(module), "")
        above = names.get(id(scope.outer.module), "") if scope.outer is not None else ""
        name = path[len(above) + 1 :] if above and path.startswith(f"{above}.") else path
        settings = said(module) if not module._modules else ""
        size = sum(
            p._value.size for p in module.parameters() if not hasattr(p, "cls_to_become")
        )  # fmt: skip
        return Group(number, name or kind, path, kind, parent, call, 1, settings, size)

    def add(self, kind: str, name: str, value: np.ndarray | None, **more: Any) -> int:
        more.setdefault("shape", getattr(value, "shape", ()))
        more.setdefault("dtype", getattr(value, "dtype", None))
        self.nodes.append(Vertex(len(self.nodes), kind, name, frozen(value), **more))
        return len(self.nodes) - 1

    def leaf(self, node: Node, kind: str, name: str) -> None:
        value, tags = self.history.values.get(node), tuple(self.tags.get(node, ()))
        self.numbers[node] = self.add(
            kind, name, value, shape=node.shape, dtype=node.dtype, outputs=tags
        )

    def operation(self, node: Node) -> None:
        step = self.history.steps[node]
        edges = [(self.tail(operand), operand) for operand in step.operands]
        said = {name: words.setting(value) for name, value in step.settings.items()}
        several = bool(node.shape) and isinstance(node.shape[0], tuple)
        forms: Any = list(zip(node.shape, node.dtype)) if several else []  # type: ignore[call-overload]
        name = self.history.names.get(node)
        number = self.add(
            OPERATION,
            f"{name} = {step.name}" if name else step.name,
            step.results[0] if several else self.history.values.get(node),
            shape=forms[0][0] if several else node.shape,
            dtype=forms[0][1] if several else node.dtype,
            settings=", ".join(
                f"{k}={v}" for k, v in said.items() if v not in ("", "None", "False")
            ),
            results=tuple(
                words.inline(value, *form)
                for value, form in zip(step.results, forms, strict=several)
                if several
            ),
            outputs=tuple(self.tags.get(node, ())),
            forms=tuple(forms),
        )
        self.numbers[node] = number
        if node in self.history.scopes:
            self.scopes[number] = self.history.scopes[node]
        for tail, operand in edges:
            result = operand.node.index if operand.node is not None else 0
            self.edges.append(Edge(tail, number, operand.name, result))

    def result(self, node: Node) -> None:
        """One of several results stands for its operation."""
        number = self.numbers[node] = self.numbers[node.parents[0]]
        if node in self.tags:
            old = self.nodes[number]
            more = tuple(self.tags[node])
            places = old.places + (node.index,) * len(more)
            self.nodes[number] = dataclasses.replace(old, outputs=old.outputs + more, places=places)

    def tail(self, operand: Operand) -> int:
        """The vertex of an argument; constants get theirs here, shared arrays once."""
        if operand.node is not None:
            return self.numbers[operand.node]
        if operand.memory in self.history.given:
            if operand.memory not in self.shared:
                name, value = self.history.given[operand.memory]
                self.shared[operand.memory] = self.add(INPUT, name, value)
            return self.shared[operand.memory]
        if operand.key in self.shared:
            return self.shared[operand.key]
        name = self.history.shared.get(operand.key, "")
        number = self.add(CONSTANT, name, operand.value, shape=operand.shape, dtype=operand.dtype)
        if operand.key:
            self.shared[operand.key] = number
        return number


def frozen(value: np.ndarray | None) -> np.ndarray | None:
    """A copy that cannot be written to."""
    if value is None:
        return None
    copy = np.array(value)
    copy.flags.writeable = False
    return copy


def numbered(history: History) -> tuple[Graph, dict[Node, int]]:
    """The graph that a history tells of, and the number of each node in it."""
    building = _Building(history)
    return building.graph(), building.numbers


def graph_of(history: History) -> Graph:
    """The graph that a history tells of."""
    return numbered(history)[0]
