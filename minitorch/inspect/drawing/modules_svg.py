"""The picture of a graph with modules, as SVG: closed modules are boxes, open ones frames."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from minitorch.faces import html
from minitorch.inspect.drawing import labels, svg
from minitorch.inspect.drawing.compound import Drawing, Item

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Graph

MARGIN = svg.MARGIN
LIGHT = {**svg.LIGHT, "module": ("#efeafc", "#7a5fd0", "#2f1d6b")}
DARK = {**svg.DARK, "module": ("#261d42", "#9a82ea", "#e3dafd")}
# frames are see-through, so that their colours do on light pages and on dark ones
STYLE = (
    svg.style(LIGHT, DARK)
    + ".mtg .f{fill:#7a5fd0;fill-opacity:.06;stroke:#8f7ad8;stroke-opacity:.7}\n"
    ".mtg .t{text-anchor:start;font-weight:bold;fill:#7c66d6}\n"
    ".mtg .w{text-anchor:start;font-size:10.5px;fill:#7d8693} .mtg .wl{text-anchor:end}\n"
)


def extent(drawing: Drawing) -> tuple[float, float]:
    """The width and height that a drawing takes."""
    return drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN


def themed() -> str:
    """The style for a page that may have chosen light or dark by itself."""
    pages = ((html.LIGHT_PAGES, LIGHT), (html.DARK_PAGES, DARK))
    return STYLE + "".join(svg.rules(look, f"{at} ") for ats, look in pages for at in ats)


def picture(graph: Graph, drawing: Drawing, style: bool = True) -> str:
    """The text of an SVG file."""
    width, height = extent(drawing)
    name = escape(f"The graph of {graph.title}" if graph.title else "The graph of a model")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="mtg" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.1f} {height:.1f}" '
            f'role="img" aria-label="{name}">',
            *([f"<style>\n{STYLE}</style>"] if style else []),
            *(_frame(graph, *frame) for frame in drawing.frames),
            *svg.lines(drawing.trunks, drawing.branches),
            *(
                f'<text class="{"w wl" if left else "w"}" x="{x:.1f}" y="{y:.1f}">'
                f"{escape(text)}</text>"
                for x, y, text, left in drawing.notes
            ),
            *(_box(graph, *box) for box in drawing.boxes),
            *(_title(graph, *frame) for frame in drawing.frames),
            "</svg>",
        ]
    )


def _frame(graph: Graph, group: int, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="f" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="9"/>'
    )


def _title(graph: Graph, group: int, x: float, y: float, width: float, height: float) -> str:
    text = svg.cut(graph.groups[group].title(), labels.TITLE)
    return f'<text class="t" x="{x + 10:.1f}" y="{y + 17:.1f}">{escape(text)}</text>'


def _box(graph: Graph, item: Item, x: float, y: float, width: float, height: float) -> str:
    kind = kind_of(graph, item)
    lines = labels.texts(graph, item)
    top = y - (len(lines) - 1) * svg.LINE / 2 + 4
    shown = "".join(
        f'<text class="{style}" x="{x:.1f}" y="{top + i * svg.LINE:.1f}">{escape(text)}</text>'
        for i, (style, text) in enumerate(lines)
    )
    about = escape(svg.plain(_about(graph, item)))
    shape = svg.shape(kind, x, y, width, height, "b")
    return f'<g class="{kind}"><title>{about}</title>{shape}{shown}</g>'


def kind_of(graph: Graph, item: Item) -> str:
    """The class of a box, which gives it its colour."""
    kind, what = item
    if kind == "group":
        return "module"
    if kind in ("result", "to"):
        return "output"
    found = graph.nodes[what if kind == "vertex" else what[0]].kind
    return "input" if kind == "from" and found == "operation" else found


def _about(graph: Graph, item: Item) -> str:
    kind, what = item
    if kind == "group":
        group = graph.groups[what]
        parts = (group.path, f"{group.kind}({group.settings})", f"{group.parameters:,} parameters")
        return " · ".join(part for part in parts if part)
    return svg.tooltip(graph, graph.nodes[what if kind == "vertex" else what[0]])
