"""What stands in the boxes and on the lines of a picture with modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minitorch.inspect import words
from minitorch.inspect.formats import results_of
from minitorch.inspect.layers import kernel_of
from minitorch.inspect.svg import LINE, PITCH, cells, cut

if TYPE_CHECKING:
    from minitorch.inspect.graph import Graph, Vertex
    from minitorch.inspect.groups import Group

SMALL = 6.5  # the width of a letter on a line
GATE = 12.0  # the room around a line that comes into a module, or goes out
TITLE = 48  # letters in the title of an open module
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


def texts(graph: Graph, item: tuple[str, Any]) -> list[tuple[str, str]]:
    """The lines in a box, each with its class: `n` a name, `v` a value, `s` small."""
    kind, what = item
    if kind == "group":
        return [(style, cut(text)) for style, text in of_group(graph.groups[what])]
    if kind == "result":
        results = results_of(graph, graph.nodes[what[0]])
        return [("n", cut(", ".join(name for name, place in results if place == what[1])))]
    return [(style, cut(text)) for style, text in of_vertex(graph.nodes[what])]


def of_group(group: Group) -> list[tuple[str, str]]:
    """A closed module: its name and class, its settings, its parameters."""
    lines = [("n", group.title())]
    if group.settings:
        lines.append(("s", group.settings))
    if group.parameters:
        many = "parameter" if group.parameters == 1 else "parameters"
        lines.append(("s", f"{group.parameters:,} {many}"))
    return lines


def of_vertex(node: Vertex) -> list[tuple[str, str]]:
    """A function, by its name; a parameter by its last name and shape; a constant by its value."""
    if node.kind == "operation":
        return [("n", node.name)] + [("s", node.settings)] * bool(node.settings)
    if node.kind == "input":
        return [("n", node.name)]
    if node.kind == "parameter":
        return [("n", node.name.rpartition(".")[2] or "parameter"), ("s", words.shape(node.shape))]
    name = [("n", node.name)] if node.name else []
    return [*name, ("v", node.lines()[0])]


def size(graph: Graph, item: tuple[str, Any], note: str = "") -> tuple[float, float]:
    """The width and height of a box with a note on the line below; gates are flat."""
    if item[0] in ("in", "out"):
        return GATE, 0.0
    lines = texts(graph, item)
    width = max(cells(text) for _, text in lines) * PITCH + 22
    if item[0] == "vertex" and graph.nodes[item[1]].kind in ("parameter", "input"):
        width += 10
    return max(width, 1.7 * SMALL * cells(note), 40.0), len(lines) * LINE + 12


def said(module: Any) -> str:
    """The settings of a layer in few words: what goes in and out, the kernel; else as its repr."""
    for before, after in SIZES:
        sizes = getattr(module, before, None), getattr(module, after, None)
        if all(isinstance(size, int) for size in sizes):
            kernel = kernel_of(module)
            return f"{sizes[0]} → {sizes[1]}" + f", kernel {kernel}" * bool(kernel)
    try:
        return module.extra_repr().replace("\n", ", ")
    except Exception:  # a picture of a model whose repr is broken is a picture still
        return ""


def title_width(group: Group) -> float:
    """The room that the title of an open module takes."""
    return cells(cut(group.title(), TITLE)) * PITCH
