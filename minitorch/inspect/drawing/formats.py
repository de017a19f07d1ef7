"""A graph as text, as a Mermaid flowchart and in DOT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minitorch.inspect import words
from minitorch.inspect.drawing.groups import Nesting
from minitorch.inspect.words import cells

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Edge, Graph, Vertex

DEEPEST = 24  # levels that are shown as a tree

_MERMAID = {
    "input": ('(["', '"])'),
    "parameter": ('{{"', '"}}'),
    "constant": ('["', '"]'),
    "operation": ('("', '")'),
}
_CLASSES = {
    "input": "fill:#e3f6ea,stroke:#2f9e5b,color:#12482a",
    "parameter": "fill:#fff3da,stroke:#d18b1d,color:#5a3a06",
    "constant": "fill:#f1f2f4,stroke:#9aa1ab,color:#3c434d,stroke-dasharray:4 3",
    "operation": "fill:#eaf0fd,stroke:#5b7fd6,color:#1c2f63",
    "output": "fill:#fbe9f2,stroke:#c2417f,color:#6b1440,stroke-width:3px",
}
_DOT = {
    "input": 'shape=box, style="rounded,filled", fillcolor="#e3f6ea", color="#2f9e5b"',
    "parameter": 'shape=hexagon, style=filled, fillcolor="#fff3da", color="#d18b1d"',
    "constant": 'shape=box, style="dashed,filled", fillcolor="#f1f2f4", color="#9aa1ab"',
    "operation": 'shape=box, style="rounded,filled", fillcolor="#eaf0fd", color="#5b7fd6"',
    "output": 'shape=box, peripheries=2, style="rounded,filled", fillcolor="#fbe9f2", '
    'color="#c2417f"',
}


def look(node: Vertex) -> str:
    """Which of the looks a vertex has: its kind, or that of an output."""
    return "output" if node.outputs and node.kind == "operation" else node.kind


def labels(node: Vertex) -> list[str]:
    """The lines that stand in a vertex."""
    leaf = node.kind != "operation"
    about = node.lines()
    if leaf and len(about) == 1:
        return [f"{node.name} = {about[0]}" if node.name else about[0]]
    return [part for part in (node.name, node.settings, *about) if part]


def mermaid(graph: Graph) -> str:
    """A flowchart in Mermaid's language."""
    lines = ["flowchart TD"]
    for node in graph.nodes:
        text = "<br/>".join(_mermaid(part) for part in labels(node))
        opening, closing = _MERMAID[node.kind]
        lines.append(f"    n{node.number}{opening}{text}{closing}:::{look(node)}")
    lines += [f"    n{edge.tail} --> n{edge.head}" for edge in graph.edges]
    used = {look(node) for node in graph.nodes}
    lines += [f"    classDef {name} {style}" for name, style in _CLASSES.items() if name in used]
    return "\n".join(lines)


def _mermaid(text: str) -> str:
    """Text in which Mermaid finds neither markup nor the end of the label."""
    return "".join(c if c.isalnum() or c in " .,=()-+…_" else f"#{ord(c)};" for c in text)


def dot(graph: Graph) -> str:
    """The graph in Graphviz's language."""
    lines = [
        f"digraph {_dot(graph.title or 'graph')} {{",
        '    node [fontname="monospace", fontsize=11];',
    ]
    for node in graph.nodes:
        text = "\n".join(labels(node))
        lines.append(f"    n{node.number} [label={_dot(text)}, {_DOT[look(node)]}];")
    lines += [f"    n{e.tail} -> n{e.head} [tooltip={_dot(e.name)}];" for e in graph.edges]
    return "\n".join([*lines, "}"])


def _dot(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def text(graph: Graph) -> str:
    """The tree from the results down; of a deep graph, one equation a line; modules as called."""
    if graph.groups:
        return modules(graph)
    return tree(graph) if depth(graph) <= DEEPEST else equations(graph)


def depth(graph: Graph) -> int:
    """The number of edges on the longest path."""
    level = [0] * len(graph.nodes)
    for edge in graph.edges:
        level[edge.head] = max(level[edge.head], level[edge.tail] + 1)
    return max(level, default=0)


def said(node: Vertex) -> str:
    """A vertex in one line: its name and its value."""
    name = f"{node.name}[{node.settings}]" if node.settings else node.name
    if node.kind in ("parameter", "constant"):
        name = f"{node.kind} {name}".rstrip() if node.kind == "parameter" else name
    return f"{name} = {node.inline()}" if name else node.inline()


def tree(graph: Graph) -> str:
    """A tree of lines; what is used twice is written once, and then referred to by its number."""
    uses = [len(node.outputs) for node in graph.nodes]
    for edge in graph.edges:
        uses[edge.tail] += 1
    lines: list[str] = []
    written: set[int] = set()
    roots = [node for node in graph.nodes if node.outputs]
    stack = [(node, "", "", "") for node in reversed(roots)]
    while stack:
        node, mark, indent, _ = stack.pop()
        inner = node.kind == "operation"
        number = f"#{node.number} " if inner and uses[node.number] > 1 else ""
        if inner and node.number in written:
            lines.append(f"{mark}{number}{node.name} (above)")
            continue
        written.add(node.number)
        name = f"{', '.join(node.outputs)} = " if node.outputs else ""
        lines.append(f"{mark}{name}{number}{said(node)}")
        parents = graph.parents(node.number)
        for i, parent in reversed(list(enumerate(parents))):
            last = i == len(parents) - 1
            branch, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
            stack.append((parent, indent + branch, indent + below, ""))
    return "\n".join(lines)


def equations(graph: Graph) -> str:
    """Every vertex once, in the order of execution, with the numbers of its arguments."""
    wide = len(str(len(graph.nodes)))
    lines = []
    for node in graph.nodes:
        number = f"#{node.number}".rjust(wide + 1)
        if node.kind == "operation":
            arguments = [f"#{edge.tail}" for edge in graph.incoming(node.number)]
            call = f"{node.name}({', '.join([*arguments, *filter(None, [node.settings])])})"
        else:
            call = f"{node.kind} {node.name}".rstrip()
        result = f"  → {', '.join(node.outputs)}" if node.outputs else ""
        lines.append(f"{number}  {call} = {node.inline()}{result}")
    return "\n".join(lines)


# modules


def modules(graph: Graph) -> str:
    """The tree of calls in the order of execution: of what each was made, and the shape of each.

    A value goes by the number of the line that made it, an input by its name.
    """
    telling = _Modules(graph)
    inputs = [f"{v.name} {words.shape(v.shape)}" for v in graph.nodes if v.kind == "input"]
    telling.lines.append((f"{graph.title}({', '.join(inputs)})", ""))
    telling.tell(0 if telling.nesting.is_one_call() else None, "")
    numbers = [
        f"{name} = {telling.name((v.number, place))}"
        for v in graph.nodes for name, place in results_of(graph, v)
    ]  # fmt: skip
    lines = telling.lines
    wide = max((cells(text) for text, shape in lines if shape), default=0)
    told = [f"{text}{' ' * (wide - cells(text))}  {shape}".rstrip() for text, shape in lines]
    return "\n".join([*told, f"→ {'; '.join(numbers)}"])


def results_of(graph: Graph, node: Vertex) -> list[tuple[str, int]]:
    """The names under which a vertex's results are those of the graph, and which results."""
    plain = {"", graph.title, "result"}
    places = node.places or (0,) * len(node.outputs)
    return [
        (f"output{'' if name in plain else name}", place)
        for name, place in zip(node.outputs, places, strict=True)
    ]


class _Modules:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.nesting = graph, Nesting(graph)
        self.lines: list[tuple[str, str]] = []
        self.named: dict[tuple[int, int], str] = {}
        self.count = 0
        self.inside: dict[int, list[int]] = {}  # the operations in each group, oldest first
        for node in graph.nodes:
            if node.kind == "operation":
                for group in self.nesting.around(node.group):
                    self.inside.setdefault(group, []).append(node.number)
        self.leaving: dict[int, list[Edge]] = {}
        for edge in graph.edges:
            self.leaving.setdefault(edge.tail, []).append(edge)

    def tell(self, group: int | None, indent: str) -> None:
        """Write a line for each thing that happens in a group."""
        here = [v.number for v in self.graph.nodes if v.group == group and v.kind == "operation"]
        events: list[tuple[int, str, int]] = [(n, "vertex", n) for n in here]
        events += [
            (self.inside[child][0], "group", child) for child in self.nesting.children[group]
        ]
        events.sort()
        for i, (_, kind, number) in enumerate(events):
            branch, below = ("└─ ", "   ") if i == len(events) - 1 else ("├─ ", "│  ")
            if kind == "vertex":
                self._operation(number, indent + branch)
            elif self.nesting.children[number]:
                self.lines.append((indent + branch + self.graph.groups[number].title(), ""))
                self.tell(number, indent + below)
            else:
                self._layer(number, indent + branch)

    def name(self, value: tuple[int, int]) -> str:
        """How a value is referred to."""
        node = self.graph.nodes[value[0]]
        return self.named.get(value) or node.name or node.inline()

    def _operation(self, number: int, start: str) -> None:
        node = self.graph.nodes[number]
        arguments = [self.name((e.tail, e.result)) for e in self.graph.incoming(number)]
        settings = [node.settings] if node.settings else []
        values = [(number, i) for i in range(len(node.forms) or 1)]
        self._line(f"{node.name}({', '.join([*arguments, *settings])})", start, values)

    def _layer(self, group: int, start: str) -> None:
        """A module without others in it: its operations are one."""
        inside = set(self.inside[group])
        values = dict.fromkeys(
            (edge.tail, edge.result)
            for number in self.inside[group]
            for edge in self.graph.incoming(number)
            if edge.tail not in inside
            and self.graph.nodes[edge.tail].kind in ("operation", "input")
        )
        leaving = {
            (number, edge.result)
            for number in inside
            for edge in self.leaving.get(number, ())
            if edge.head not in inside
        }
        for number in inside:
            node = self.graph.nodes[number]
            leaving.update((number, place) for _, place in results_of(self.graph, node))
        arguments = ", ".join(self.name(value) for value in values)
        self._line(f"{self.graph.groups[group].title()}({arguments})", start, sorted(leaving))

    def _line(self, text: str, start: str, made: list[tuple[int, int]]) -> None:
        self.count += 1
        shapes = []
        for i, value in enumerate(made):
            self.named[value] = f"#{self.count}[{i}]" if len(made) > 1 else f"#{self.count}"
            node = self.graph.nodes[value[0]]
            shapes.append(words.shape(node.forms[value[1]][0] if node.forms else node.shape))
        self.lines.append((f"{start}#{self.count} {text}", ", ".join(shapes)))
