"""The picture of a graph, as SVG written here: no other program is needed.

Each box brings its own background, so that it can be read on a light and on a dark page; lines
are of a grey that shows on both. Text is in a fixed pitch, and a box is as wide as its text.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from minitorch.inspect.drawing.layout import Branch, Trunk, layout
from minitorch.inspect.words import cells

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Graph, Vertex

PITCH = 7.5  # the width of a letter, at least that of the usual fixed-pitch fonts of 12 px
LINE = 16.0
MARGIN = 14.0
LONGEST = 30  # letters in a line; longer texts are cut, and shown whole as a tooltip

LIGHT = {
    "input": ("#e3f6ea", "#2f9e5b", "#12482a"),
    "parameter": ("#fff3da", "#d18b1d", "#5a3a06"),
    "constant": ("#f1f2f4", "#9aa1ab", "#3c434d"),
    "operation": ("#eaf0fd", "#5b7fd6", "#1c2f63"),
    "output": ("#fbe9f2", "#c2417f", "#6b1440"),
}
DARK = {
    "input": ("#143323", "#3fae6d", "#c9f0d8"),
    "parameter": ("#3a2a0c", "#d69a3a", "#fbe3b5"),
    "constant": ("#2a2e35", "#7d8590", "#d5d9df"),
    "operation": ("#1b2747", "#6f90e0", "#d7e2fc"),
    "output": ("#3d1529", "#d9629b", "#fbd3e6"),
}


def rules(colours: dict[str, tuple[str, str, str]], within: str = "") -> str:
    """The colours of the boxes, as rules for pictures within some element."""
    return "".join(
        f"{within}.mtg .{kind} .b{{fill:{fill};stroke:{line}}}"
        f" {within}.mtg .{kind} .r{{stroke:{line}}} {within}.mtg .{kind} text{{fill:{text}}}\n"
        for kind, (fill, line, text) in colours.items()
    )


def style(light: dict[str, tuple[str, str, str]], dark: dict[str, tuple[str, str, str]]) -> str:
    """The style of a picture whose boxes have these colours (inside, border, text)."""
    return (
        ".mtg text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "text-anchor:middle}\n"
        ".mtg .n{font-weight:bold} .mtg .s{font-size:10.5px}\n"
        ".mtg .b{stroke-width:1.3} .mtg .constant .b{stroke-dasharray:4 3}\n"
        ".mtg .r{fill:none;stroke-width:1}\n"
        ".mtg .e{fill:none;stroke:#8a93a0;stroke-width:1.3} .mtg .a{fill:#8a93a0}\n"
        f"{rules(light)}"
        f"@media (prefers-color-scheme:dark){{\n{rules(dark)}}}\n"
    )


STYLE = style(LIGHT, DARK)


def cut(text: str, longest: int = LONGEST) -> str:
    """A text of at most so many letters' width, without letters that XML forbids."""
    text = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    if cells(text) <= longest:
        return text
    while cells(text) > longest - 1:
        text = text[:-1]
    return f"{text}…"


def texts(node: Vertex) -> list[tuple[str, str]]:
    """The lines in a box, each with its class: `n` a name, `v` a value, `s` small."""
    about = node.lines()
    if node.kind != "operation":
        if node.name and len(about) == 1 and cells(node.name) + cells(about[0]) + 3 <= LONGEST:
            lines = [("n", f"{node.name} = {about[0]}")]
        else:
            first = [("n", node.name)] if node.name else []
            lines = [*first, *(("v", line) for line in about)]
    else:
        small = [("s", node.settings)] if node.settings else []
        lines = [("n", node.name), *small, *(("v", line) for line in about)]
    if node.outputs:
        lines.append(("s", f"→ {', '.join(node.outputs)}"))
    return [(kind, cut(text)) for kind, text in lines]


def size(node: Vertex) -> tuple[float, float]:
    """The width and height of a vertex's box."""
    lines = texts(node)
    width = max(cells(text) for _, text in lines) * PITCH + 18
    if node.kind in ("input", "parameter"):
        width += 14
    ring = 6 if node.outputs else 0
    return max(width, 40.0) + ring, len(lines) * LINE + 12 + ring


def picture(graph: Graph) -> str:
    """The text of an SVG file that shows the graph."""
    leaves = {node.number for node in graph.nodes if node.kind != "operation"}
    sizes = [size(node) for node in graph.nodes]
    placed = layout(sizes, [(edge.tail, edge.head) for edge in graph.edges], leaves)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    boxes = [
        _box(graph, node, *centre, *extent)
        for node, centre, extent in zip(graph.nodes, placed.centres, sizes, strict=True)
    ]
    name = escape(f"The computation graph of {graph.title}" if graph.title else "Computation graph")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mtg" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.1f} {height:.1f}" '
            f'role="img" aria-label="{name}">',
            f"<style>\n{STYLE}</style>",
            *lines(placed.trunks, placed.branches),
            *boxes,
            "</svg>",
        ]
    )


def lines(trunks: Iterable[Trunk], branches: Iterable[Branch]) -> list[str]:
    """The edges: trunks, and curves with an arrow where they arrive."""
    paths = [f"M{x:.1f} {top:.1f}V{bottom:.1f}" for x, top, bottom in trunks]
    arrows = []
    for x0, y0, x1, y1, arrow in branches:
        end = y1 - 6 if arrow else y1
        bend = (end - y0) * 0.5
        paths.append(
            f"M{x0:.1f} {y0:.1f}C{x0:.1f} {y0 + bend:.1f} {x1:.1f} {end - bend:.1f} "
            f"{x1:.1f} {end:.1f}"
        )
        if arrow:
            arrows.append(f"M{x1:.1f} {y1:.1f}l-4 -8h8z")
    return [f'<path class="{kind}" d="{" ".join(d)}"/>'
            for kind, d in (("e", paths), ("a", arrows)) if d]  # fmt: skip


def _box(graph: Graph, node: Vertex, x: float, y: float, width: float, height: float) -> str:
    """One vertex: its shape, its lines of text and all that is known of it as a tooltip."""
    kind = "output" if node.outputs and node.kind == "operation" else node.kind
    shapes = []
    if node.outputs:
        shapes.append(shape(node.kind, x, y, width, height, "r"))
        width, height = width - 6, height - 6
    shapes.append(shape(node.kind, x, y, width, height, "b"))
    lines = texts(node)
    top = y - (len(lines) - 1) * LINE / 2 + 4
    shown = "".join(
        f'<text class="{style}" x="{x:.1f}" y="{top + i * LINE:.1f}">{escape(text)}</text>'
        for i, (style, text) in enumerate(lines)
    )
    about = f"<title>{escape(tooltip(graph, node))}</title>"
    return f'<g class="{kind}">{about}{"".join(shapes)}{shown}</g>'


def shape(kind: str, x: float, y: float, width: float, height: float, style: str) -> str:
    """The outline of a box."""
    left, top = x - width / 2, y - height / 2
    if kind == "parameter":  # a hexagon
        edge = min(9.0, width / 4)
        return (
            f'<path class="{style}" d="M{left:.1f} {y:.1f}L{left + edge:.1f} {top:.1f}'
            f"H{left + width - edge:.1f}L{left + width:.1f} {y:.1f}"
            f'L{left + width - edge:.1f} {top + height:.1f}H{left + edge:.1f}Z"/>'
        )
    round_ = {"input": min(height / 2, 18.0), "constant": 2.0}.get(kind, 7.0)
    return (
        f'<rect class="{style}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{round_:.1f}"/>'
    )


def plain(text: str) -> str:
    """A text in which nothing breaks the line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def tooltip(graph: Graph, node: Vertex) -> str:
    """All that is known of a vertex."""
    arguments = [f"{edge.name} = {graph.carried(edge)}" for edge in graph.incoming(node.number)]
    head = f"{node.kind} {node.name}".rstrip()
    if node.kind == "operation":
        head = f"{node.name}({', '.join([*arguments, *filter(None, [node.settings])])})"
    return plain(f"#{node.number} {head} = {node.inline()}")
