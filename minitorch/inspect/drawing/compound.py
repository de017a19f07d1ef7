"""Where the boxes of a graph with modules are drawn: each open module is a drawing in a frame.

The inside of a module is laid out by itself, as a layered graph whose values come in at gates
above all and go out at gates below. Then the frame is one box in the drawing around it, with
doors where its gates are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from minitorch.inspect.drawing import labels
from minitorch.inspect.drawing.formats import results_of
from minitorch.inspect.drawing.groups import Nesting
from minitorch.inspect.drawing.layout import Door, layout
from minitorch.inspect.words import cells

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Edge, Graph

Value = tuple[int, int]  # the number of a vertex, and which of its results
# "vertex" or "group" with its number; "in", "out" or "result" with a value; "from" or "to" with a
# value and a name
Item = tuple[str, Any]
Link = tuple[Item, Item, Value]
PAD, TITLE = 14.0, 26.0


@dataclass
class Drawing:
    """The inside of one group, or the whole: boxes and lines with places relative to its corner."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[tuple[Item, float, float, float, float]] = field(default_factory=list)
    frames: list[tuple[int, float, float, float, float]] = field(default_factory=list)
    trunks: list[tuple[float, float, float]] = field(default_factory=list)
    branches: list[tuple[float, float, float, float, bool]] = field(default_factory=list)
    notes: list[tuple[float, float, str, bool]] = field(default_factory=list)  # True: left of it
    doors: dict[Item, float] = field(default_factory=dict)  # the x of each gate

    def take(self, other: Drawing, x: float, y: float) -> None:
        """Put another drawing's shapes at a place in this one."""
        self.boxes += [(item, x + a, y + b, w, h) for item, a, b, w, h in other.boxes]
        self.frames += [(group, x + a, y + b, w, h) for group, a, b, w, h in other.frames]
        self.trunks += [(x + a, y + top, y + end) for a, top, end in other.trunks]
        self.notes += [(x + a, y + b, text, left) for a, b, text, left in other.notes]
        self.branches += [(x + a, y + b, x + c, y + d, e) for a, b, c, d, e in other.branches]


class Composer:
    """Draws a graph, with the groups open that are in `opened`."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.opened = graph, set[int]()
        self.nesting = Nesting(graph)
        self.inside: dict[int | None, set[int]] = {None: set(range(len(graph.nodes)))}
        for node in graph.nodes:
            for group in self.nesting.around(node.group):
                self.inside.setdefault(group, set()).add(node.number)
        self.edges: dict[int | None, list[Edge]] = {None: list(graph.edges)}
        for edge in graph.edges:  # those with an end in a group
            ends = (graph.nodes[end].group for end in (edge.tail, edge.head))
            for group in {group for end in ends for group in self.nesting.around(end)}:
                self.edges.setdefault(group, []).append(edge)
        self.owned = self._owned()

    def drawing(self, opened: set[int], inside: int | None = None) -> Drawing:
        """The places of everything, or of one group and what is inside of it."""
        self.opened = opened
        return self.draw(None) if inside is None else self.alone(inside)

    def _owned(self) -> set[int]:
        """The parameters that no module uses but the one they belong to, in whatever call."""
        nodes, groups = self.graph.nodes, self.graph.groups
        users: dict[int, set[str]] = {}
        for edge in self.graph.edges:
            if nodes[edge.tail].kind == "parameter":
                group = nodes[edge.head].group
                users.setdefault(edge.tail, set()).add("" if group is None else groups[group].path)
        return {
            number
            for number, paths in users.items()
            if (own := nodes[number].name.rpartition(".")[0])
            and all(f"{path}.".startswith(f"{own}.") for path in paths)
        }

    def draw(self, group: int | None) -> Drawing:
        """The inside of a group; of None, everything."""
        links = self._links(group)
        opened = {item for link in links for item in link[:2]
                  if item[0] == "group" and item[1] in self.opened}  # fmt: skip
        return self._placed(links, {item: self.framed(item[1]) for item in opened})

    def _placed(self, links: Sequence[Link], parts: dict[Item, Drawing]) -> Drawing:
        """What the links connect, where there is room; some of it is drawn already."""
        items = self._sorted(links)
        number = {item: i for i, item in enumerate(items)}
        notes = self._notes(links, parts)
        sizes = [
            (parts[item].width, parts[item].height) if item in parts
            else labels.size(self.graph, item, notes.get(item, ""))
            for item in items
        ]  # fmt: skip
        edges, doors = self._edges(links, number, parts)
        leaves = {i for i, item in enumerate(items) if labels.is_leaf(self.graph, item)}
        first = {i for i, item in enumerate(items) if self._comes_in(item)}
        last = {i for i, item in enumerate(items) if item[0] in ("out", "result", "to")}
        gates = frozenset(first), frozenset(last)
        placed = layout(sizes, edges, leaves, doors, gates)
        drawing = Drawing(placed.width, placed.height)
        drawing.trunks, drawing.branches = list(placed.trunks), list(placed.branches)
        for i, (item, (x, y), (w, h)) in enumerate(zip(items, placed.centres, sizes, strict=True)):
            if item in parts:
                drawing.take(parts[item], x - w / 2, y - h / 2)
            elif item[0] in ("in", "out"):
                drawing.doors[item] = x
            else:
                own = labels.size(self.graph, item)[0] if i in first else w
                drawing.boxes.append((item, x, y, own, h))
                if item in notes:
                    drawing.notes.append(_note(drawing, notes[item], x, y + h / 2))
        return _roomy(drawing)

    def _comes_in(self, item: Item) -> bool:
        return item[0] in ("in", "from") or labels.is_input(self.graph, item)

    def framed(self, group: int) -> Drawing:
        """A group with a frame around it, and lines from its gates to the frame."""
        inner = self.draw(group)
        title = labels.title_width(self.graph.groups[group])
        width = max(inner.width, title) + 2 * PAD
        left, top = (width - inner.width) / 2, TITLE
        whole = Drawing(width, inner.height + TITLE + PAD)
        whole.frames.append((group, 0.0, 0.0, width, whole.height))
        whole.take(inner, left, top)
        for item, x in inner.doors.items():
            whole.doors[item] = left + x
            pieces = [(0.0, top) if item[0] == "in" else (top + inner.height, whole.height)]
            if item[0] == "in" and left + x < title + PAD:
                pieces = [(0.0, 6.0), (21.0, top)]  # the line passes behind the title
            whole.trunks += [(left + x, *ends) for ends in pieces]
        return whole

    def alone(self, group: int) -> Drawing:
        """A group in its frame, and around it where its values come from and where they go."""
        part, frame = self.framed(group), ("group", group)
        links: list[Link] = []
        for kind, value in part.doors:
            if kind == "in":
                links.append((("from", (*value, self._name(value[0], group))), frame, value))
            else:
                links.append((frame, ("to", (*value, self._users(value, group))), value))
        return self._placed(links, {frame: part})

    def _users(self, value: Value, group: int) -> str:
        """What uses a value outside of a group."""
        results = results_of(self.graph, self.graph.nodes[value[0]])
        names = [name for name, place in results if place == value[1]]
        for edge in self.edges[group]:
            if (edge.tail, edge.result) == value and edge.head not in self.inside[group]:
                names.append(self._name(edge.head, group))
        return ", ".join(dict.fromkeys(names))

    def _name(self, vertex: int, group: int) -> str:
        """What is called a vertex outside of a group: a module beside or around it, or itself."""
        outer = {None, *self.nesting.around(group)}
        for around in self.nesting.around(self.graph.nodes[vertex].group):
            if around not in outer and self.graph.groups[around].parent in outer:
                return self.graph.groups[around].title()
        return self.graph.nodes[vertex].name or "constant"

    def _links(self, group: int | None) -> list[Link]:
        """The lines inside of a group, each once for each value: from what, to what."""
        here = self.inside.get(group, set())
        found: dict[Link, None] = {}
        for edge in self.edges.get(group, ()):
            value = (edge.tail, edge.result)
            comes, goes = edge.tail in here, edge.head in here
            tail: Item = self.nesting.item(edge.tail, group) if comes else ("in", value)
            head: Item = self.nesting.item(edge.head, group) if goes else ("out", value)
            if tail != head and not self._hidden(edge, group):
                found[tail, head, value] = None
        for vertex in here:
            for _, place in results_of(self.graph, self.graph.nodes[vertex]):
                value = (vertex, place)
                ending: Item = ("result" if group is None else "out", value)
                found[self.nesting.item(vertex, group), ending, value] = None
        return list(found)

    def _hidden(self, edge: Edge, group: int | None) -> bool:
        """Whether a parameter goes to an operation inside of a closed module, its own."""
        if edge.tail in self.owned:
            for around in self.nesting.around(self.graph.nodes[edge.head].group):
                if around == group:
                    break
                if around not in self.opened:
                    return True
        return False

    def _notes(self, links: Sequence[Link], parts: dict[Item, Drawing]) -> dict[Item, str]:
        """The shapes of what leaves each box that is not open."""
        shapes: dict[Item, dict[Value, str]] = {}
        for tail, _, value in links:
            drawn = tail[0] in ("vertex", "group", "from") and tail not in parts
            if drawn and not labels.is_leaf(self.graph, tail):
                shapes.setdefault(tail, {})[value] = labels.shape_of(self.graph, value)
        return {item: _listed(list(found.values())) for item, found in shapes.items()}

    def _sorted(self, links: Sequence[Link]) -> list[Item]:
        """What the links connect, each after all that goes into it; as far as free, by age."""
        below: dict[Item, set[Item]] = {}
        waits: dict[Item, int] = {}
        for tail, head, _ in links:
            waits.setdefault(tail, 0)
            waits.setdefault(head, 0)
            if head not in below.setdefault(tail, set()):
                below[tail].add(head)
                waits[head] += 1
        ready = [(self._age(item), item) for item, count in waits.items() if not count]
        heapify(ready)
        order = []
        while ready:
            _, item = heappop(ready)
            order.append(item)
            for head in below.get(item, ()):
                waits[head] -= 1
                if not waits[head]:
                    heappush(ready, (self._age(head), head))
        return order

    def _age(self, item: Item) -> tuple[int, int]:
        kind, what = item
        if kind in ("in", "from"):
            return (0, what[0])
        if kind in ("out", "result", "to"):
            return (2, what[0])
        return (1, max(self.inside[what]) if kind == "group" else what)

    def _edges(
        self,
        links: Sequence[Link],
        number: dict[Item, int],
        parts: dict[Item, Drawing],
    ) -> tuple[list[tuple[int, int]], list[Door]]:
        """Each line as the numbers of its ends, with its doors; equal ones once."""
        found: dict[tuple[int, int, Door], None] = {}
        for tail, head, value in links:
            leaving, landing = 0.0, None
            if tail in parts:
                leaving = parts[tail].doors["out", value] - parts[tail].width / 2
            if head in parts:
                landing = parts[head].doors["in", value] - parts[head].width / 2
            elif head[0] == "out":
                landing = 0.0
            found[number[tail], number[head], (leaving, landing)] = None
        ordered = sorted(found, key=lambda line: line[2][1] or 0.0)  # as the doors of each head
        return [(a, b) for a, b, _ in ordered], [door for _, _, door in ordered]


def _note(drawing: Drawing, text: str, x: float, bottom: float) -> tuple[float, float, str, bool]:
    """Where the text stands beside a line that leaves a box: where the line does not turn to."""
    turns = [x1 - x0 for x0, y0, x1, _, _ in drawing.branches if x0 == x and y0 == bottom]
    length = cells(text) * labels.SMALL
    if min(turns, default=0.0) < 0 < max(turns) and min(map(abs, turns)) > 0.8 * length:
        return (x - length / 2, bottom + 29, text, False)  # in the fork
    left = any(turn > 4 for turn in turns) and not any(turn < -4 for turn in turns)
    return (x - 6 if left else x + 6, bottom + 14, text, left)


def _roomy(drawing: Drawing) -> Drawing:
    """A drawing that is wide enough for its notes."""
    left, right = 0.0, drawing.width
    for x, _, text, ends in drawing.notes:
        length = cells(text) * labels.SMALL
        left, right = min(left, x - length * ends), max(right, x + length * (not ends))
    whole = Drawing(right - left, drawing.height)
    whole.doors = {item: x - left for item, x in drawing.doors.items()}
    whole.take(drawing, -left, 0.0)
    return whole


def _listed(shapes: list[str]) -> str:
    """Shapes in one line, equal ones once."""
    times = {shape: shapes.count(shape) for shape in shapes}
    return ", ".join(f"{n} × {shape}" if n > 1 else shape for shape, n in times.items())
