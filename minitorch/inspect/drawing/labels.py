"""What stands in the boxes and on the lines of a picture with modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.inspect import words
from minitorch.inspect.drawing.formats import results_of
from minitorch.inspect.drawing.svg import LINE, PITCH, cut
from minitorch.inspect.words import cells, measure

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Graph, Vertex
    from minitorch.inspect.drawing.groups import Group

SMALL = 6.5  # the width of a letter on a line
GATE = 12.0  # the room around a line that comes into a module, or goes out
TITLE = 48  # letters in the title of an open module
SETTINGS = 34  # letters in the settings of a closed one
WIDEST = 240.0  # a box that has the room of a note below it is no wider than this
SIZES = (
    ("in_features", "out_features"),
    ("in_channels", "out_channels"),
    ("input_size", "hidden_size"),
    ("num_embeddings", "embedding_dim"),
)


def shape_of(graph: Graph, value: tuple[int, int]) -> str:
    """The shape of a value, for the line that it goes along."""
    node = graph.nodes[value[0]]
    forms = node.forms or ((node.shape, node.dtype),)
    form = forms[min(value[1], len(forms) - 1)][0]
    return words.shape(form) if form else "()"


def is_leaf(graph: Graph, item: tuple[str, Any]) -> bool:
    """Whether a box stands beside what uses it: parameters and constants do."""
    return item[0] == "vertex" and graph.nodes[item[1]].kind in ("parameter", "constant")


def is_input(graph: Graph, item: tuple[str, Any]) -> bool:
    """Whether a box is an input of the whole graph."""
    return item[0] == "vertex" and graph.nodes[item[1]].kind == "input"


def texts(graph: Graph, item: tuple[str, Any]) -> list[tuple[str, str]]:
    """The lines in a box, each with its class: `n` a name, `v` a value, `s` small."""
    kind, what = item
    if kind == "group":
        return [(style, cut(text, SETTINGS)) for style, text in of_group(graph.groups[what])]
    if kind == "result":
        results = results_of(graph, graph.nodes[what[0]])
        return [("n", cut(", ".join(name for name, place in results if place == what[1])))]
    if kind in ("from", "to"):
        return [("n", cut(what[2]))]
    node = graph.nodes[what]
    within = graph.groups[node.group].path if node.group is not None else ""
    return [(style, cut(text)) for style, text in of_vertex(node, within)]


def of_group(group: Group) -> list[tuple[str, str]]:
    """A closed module: its name and class, its settings, its parameters."""
    lines = [("n", group.title())]
    if group.settings:
        lines.append(("s", group.settings))
    if group.parameters:
        many = "parameter" if group.parameters == 1 else "parameters"
        lines.append(("s", f"{group.parameters:,} {many}"))
    return lines


def of_vertex(node: Vertex, within: str) -> list[tuple[str, str]]:
    """A function, by its name; a parameter by its name in the module that it is `within`, and
    its shape; a constant by its value."""
    if node.kind == "operation":
        return [("n", node.name)] + [("s", node.settings)] * bool(node.settings)
    if node.kind == "input":
        return [("n", node.name)]
    if node.kind == "parameter":
        own = node.name.removeprefix(f"{within}.") or "parameter"
        return [("n", own), ("s", words.shape(node.shape))]
    name = [("n", node.name)] if node.name else []
    return [*name, ("v", node.lines()[0])]


def size(graph: Graph, item: tuple[str, Any], note: str = "") -> tuple[float, float]:
    """The width and height of a box with a note on the line below; gates are flat."""
    if item[0] in ("in", "out"):
        return GATE, 0.0
    lines = texts(graph, item)
    width = max(cells(text) * (SMALL if style == "s" else PITCH) for style, text in lines) + 22
    if item[0] == "from" or is_leaf(graph, item) or is_input(graph, item):
        width += 10
    return max(width, min(2 * SMALL * cells(note), WIDEST), 40.0), len(lines) * LINE + 12


def said(module: Any) -> str:
    """The settings of a layer in few words: what goes in and out, the kernel; else as its repr."""
    parts = []
    for before, after in SIZES:
        sizes = getattr(module, before, None), getattr(module, after, None)
        if all(isinstance(size, int) for size in sizes):
            parts.append(f"{sizes[0]} → {sizes[1]}")
    if kernel := measure(getattr(module, "kernel_size", None)):
        parts.append(f"kernel {kernel}")
        stride = measure(getattr(module, "stride", None))
        parts += [f"stride {stride}"] * (set(stride.split("×")) != {"1"} and stride != kernel)
    if parts:
        return ", ".join(parts)
    try:
        return whole_settings(module.extra_repr().replace("\n", ", "))
    except Exception:  # a picture of a model whose repr is broken is a picture still
        return ""


def whole_settings(text: str) -> str:
    """Settings, of too many the first ones."""
    while cells(text) > SETTINGS and ", " in text:
        text = text.removesuffix(", …").rpartition(", ")[0] + ", …"
    return text


def title_width(group: Group) -> float:
    """The room that the title of an open module takes."""
    return cells(cut(group.title(), TITLE)) * PITCH
