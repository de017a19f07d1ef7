"""A graph with modules in a notebook or a page: modules open at a click, without script.

Each view is a picture of its own, and a radio button says which is seen: the whole with the
layers closed, with everything closed, with everything open, and the inside of each module. What
lies over a closed module is the label of the button that opens it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from minitorch.faces import html
from minitorch.inspect import words
from minitorch.inspect.drawing import modules_svg, svg
from minitorch.inspect.drawing.compound import Composer, Drawing

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Graph

MOST = 400  # vertices in a picture with everything open
TALL = 2200.0  # a picture that is higher is not the first to be seen
STYLE = (
    ".mtv>input{position:absolute;opacity:0;pointer-events:none}"
    ".mtv>div.view{display:none;overflow-x:auto}.mtv svg{display:block}"
    ".mtv>input:focus-visible~div.view{outline:2px solid #7a5fd0}"
    ".mtv .bar{margin:.2em 0 .5em}.mtv .bar label,.mtv .way label{cursor:pointer}"
    ".mtv .bar label{display:inline-block;padding:.05em .7em;margin-right:.4em;"
    "border:1px solid var(--mt-line);border-radius:1em}"
    ".mtv .way label{text-decoration:underline}.mtv .canvas{position:relative}"
    ".mtv .canvas label{position:absolute;cursor:zoom-in;border-radius:7px}"
    ".mtv .canvas label:hover{background:#7a5fd033}"
)


@dataclass
class View:
    """One picture: what the bar or the way calls it, and the group that it is the inside of."""

    title: str
    drawing: Drawing
    group: int | None = None


class Views:
    """All pictures of a graph, and which view opens which group."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.name = graph, f"mtv{secrets.token_hex(4)}"
        composer = Composer(graph)
        self.nesting = nesting = composer.nesting
        layers, closed = nesting.opened(), nesting.opened(depth=1)
        every = nesting.opened(open="all")
        self.views = [View("layers", composer.drawing(layers))]
        if closed != layers:
            self.views.append(View("overview", composer.drawing(closed)))
        if every != layers and len(graph.nodes) <= MOST:
            self.views.append(View("every operation", composer.drawing(every)))
        if self.views[0].drawing.height > TALL:  # the overview, if there is one, comes first
            self.views.insert(0, self.views.pop(min(1, len(self.views) - 1)))
        self.general = len(self.views)
        self.opens: dict[tuple[str, str], int] = {}  # by path and class: of many calls, the first
        for group in graph.groups:
            key = (group.path, group.kind)
            if key not in self.opens and group.parent is not None:
                self.opens[key] = len(self.views)
                drawing = composer.drawing({group.number}, group.number)
                self.views.append(View(group.title(), drawing, group.number))

    def html(self) -> str:
        """The buttons, the bar and the pictures."""
        buttons = "".join(
            f'<input type="radio" name="{self.name}" id="{self.name}-{i}" '
            f'aria-label="{html.escape(view.title)}"{" checked" * (not i)}>'
            for i, view in enumerate(self.views)
        )
        chosen = "".join(
            f"#{self.name}-{i}:checked~.v{i}{{display:block!important}}"
            f"#{self.name}-{i}:checked~.bar label[for={self.name}-{i}]{{background:#7a5fd033}}"
            for i in range(len(self.views))
        )
        whole = self.views[: self.general]
        bar = "".join(self.label(i, html.escape(view.title)) for i, view in enumerate(whole))
        style = f"<style>{modules_svg.themed()}{STYLE}{chosen}</style>"
        pictures = "".join(self.view(i, view) for i, view in enumerate(self.views))
        shown = f'<div class="bar">{bar}</div>' if self.general > 1 else ""
        return html.shown(style, f'<div class="mtv">{buttons}{shown}{pictures}</div>')

    def label(self, view: int, inside: str, **more: object) -> str:
        """What shows a view when it is clicked."""
        return html.tag("label", inside, for_=f"{self.name}-{view}", **more)

    def view(self, i: int, view: View) -> str:
        """One picture with what can be opened in it, and the way to where it is."""
        over = []
        for item, x, y, w, h in view.drawing.boxes:
            if item[0] == "group":
                over.append(self._over(item[1], x - w / 2, y - h / 2, w, h))
        for group, x, y, w, _ in view.drawing.frames:
            if group != view.group:
                wide = min(w, words.cells(self.graph.groups[group].title()) * svg.PITCH + 20)
                over.append(self._over(group, x, y, wide, 24.0))
        width, height = modules_svg.extent(view.drawing)
        picture = modules_svg.picture(self.graph, view.drawing, style=False)
        canvas = f'<div class="canvas" style="width:{width:.0f}px;height:{height:.0f}px">'
        return (
            f'<div class="view v{i}">{self._way(view)}{canvas}{picture}{"".join(over)}</div></div>'
        )

    def _over(self, number: int, x: float, y: float, width: float, height: float) -> str:
        group = self.graph.groups[number]
        view = self.opens.get((group.path, group.kind))
        if view is None:
            return ""
        left, top = x + svg.MARGIN, y + svg.MARGIN
        place = f"left:{left:.0f}px;top:{top:.0f}px;width:{width:.0f}px;height:{height:.0f}px"
        return self.label(view, "", style=place, title=f"open {svg.plain(group.title())}")

    def _way(self, view: View) -> str:
        """From the whole to a module, each step to be clicked."""
        if view.group is None:
            return ""
        steps = []
        for number in [*self.nesting.around(view.group)][::-1]:
            group = self.graph.groups[number]
            opens = 0 if group.parent is None else self.opens[group.path, group.kind]
            name = html.escape(group.name)
            steps.append(name if number == view.group else self.label(opens, name))
        if self.graph.groups[view.group].parent is None:
            steps.insert(0, self.label(0, "the whole"))
        return f'<div class="way">{" › ".join(steps)}</div>'
