"""A graph as text, as a Mermaid flowchart, in DOT and as a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minitorch.inspect.graph import Graph, Vertex

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
    """The tree from the results down; of a deep graph, one equation a line."""
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


def page(title: str, body: str) -> str:
    """An HTML page around a picture."""
    name = escape(title or "graph")
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{name}</title>\n'
        "<style>:root{color-scheme:light dark}body{margin:1rem;font-family:sans-serif}</style>\n"
        f"<h1>{name}</h1>\n{body}\n</html>"
    )
