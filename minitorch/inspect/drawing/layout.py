"""Where the vertices and edges of a graph are drawn: layers from top to bottom.

The method is that of Sugiyama, Tagawa and Toda ("Methods for visual understanding of
hierarchical system structures", 1981): layers by longest paths, crossings reduced by
barycentres, then coordinates. Here the edges of one vertex share a trunk, which passes through
the layers between it and those that use it, so that a value used in a hundred places is drawn
as one line with a hundred branches. Coordinates are least squares under the least distances
in a layer, which is isotonic regression.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 16
STILL = 1e-3  # what moves less is where it belongs
GAP, TRUNK = 22.0, 10.0  # the least space beside a box, and beside a line
FLOOR = 34.0  # the space between layers
STEEP = 20.0  # how much less tall than its layer a box is before its lines go straight beside it
Door = tuple[float, float | None]
Branch = tuple[float, float, float, float, bool]
Trunk = tuple[float, float, float]
Gates = tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True)
class Layout:
    """The centre of each vertex, and the lines: from (x, y) straight down to `bend`, then on.

    A branch is `(x0, y0, x1, y1, arrow)`, drawn as a curve; a trunk a vertical piece.
    """

    width: float
    height: float
    centres: tuple[tuple[float, float], ...]
    branches: tuple[Branch, ...]
    trunks: tuple[Trunk, ...]


class Layered:
    """The points of a drawing: vertices first, then the places where trunks cross layers."""

    def __init__(
        self,
        count: int,
        edges: Sequence[tuple[int, int]],
        leaves: set[int],
        doors: Sequence[Door] = (),
        gates: Gates = (frozenset(), frozenset()),
    ) -> None:
        self.count, self.leaves = count, leaves
        self.layer = between(layers(count, edges, leaves | gates[0]), gates)
        self.lines: list[tuple[int, int]] = []  # between points in neighbouring layers
        self.doors: list[Door] = []  # of each line
        trunk: dict[tuple[int, float, int], int] = {}
        free: list[Door] = [(0.0, None)] * len(edges)
        for (tail, head), (leaving, arriving) in zip(edges, doors or free, strict=True):
            point = tail
            for level in range(self.layer[tail] + 1, self.layer[head]):
                passing = trunk.get((tail, leaving, level))
                if passing is None:
                    passing = trunk[tail, leaving, level] = len(self.layer)
                    self.layer.append(level)
                    self.lines.append((point, passing))
                    self.doors.append((leaving if point == tail else 0.0, None))
                point = passing
            self.lines.append((point, head))
            self.doors.append((leaving if point == tail else 0.0, arriving))
        self.up: list[list[int]] = [[] for _ in self.layer]
        self.down: list[list[int]] = [[] for _ in self.layer]
        for a, b in self.lines:
            self.down[a].append(b)
            self.up[b].append(a)

    def ordered(self) -> list[list[int]]:
        """The points of each layer from left to right, with few crossings."""
        order = self._first()
        best, fewest = order, self.crossings(order)
        for sweep in range(SWEEPS):
            if not fewest:
                break
            downward = sweep % 2 == 0
            order = [list(row) for row in order]
            near = self.up if downward else self.down
            at = positions(order)
            for row in order if downward else reversed(order):
                key = {p: _mean([at[q] for q in near[p]], at[p]) for p in row}
                row.sort(key=key.__getitem__)
                at.update({p: i for i, p in enumerate(row)})
            self._exchange(order, at, flip=sweep % 4 > 1)
            crossings = self.crossings(order)
            if crossings < fewest:
                best, fewest = order, crossings
        best = [list(row) for row in best]
        for _ in range(3):
            self._exchange(best, positions(best), flip=False)
        return best

    def _first(self) -> list[list[int]]:
        """The order in which a walk from the results, argument by argument, meets the points."""
        rows: list[list[int]] = [[] for _ in range(max(self.layer, default=0) + 1)]
        seen: set[int] = set()
        ends = [p for p in range(len(self.layer)) if not self.down[p]]
        stack = ends[::-1]
        while stack:
            point = stack.pop()
            if point not in seen:
                seen.add(point)
                rows[self.layer[point]].append(point)
                stack.extend(reversed(self.up[point]))
        return rows

    def _exchange(self, order: list[list[int]], at: dict[int, int], flip: bool) -> None:
        """Exchange neighbours in a layer wherever that leaves fewer crossings.

        Where it leaves as many, arguments of one operation are put in their order; with `flip`
        any neighbours are exchanged, a way out of places where no step is better.
        """
        for row in order:
            for i in range(len(row) - 1):
                a, b = row[i], row[i + 1]
                now = wrong(self.up[a], self.up[b], at) + wrong(self.down[a], self.down[b], at)
                then = wrong(self.up[b], self.up[a], at) + wrong(self.down[b], self.down[a], at)
                if then < now or (then == now and (flip or self._swapped(a, b))):
                    row[i], row[i + 1] = b, a
                    at[a], at[b] = i + 1, i

    def _swapped(self, a: int, b: int) -> bool:
        """Whether `a`, left of `b`, is an argument of the same operation, but a later one."""
        both = set(self.down[a]) & set(self.down[b])
        return any(self.up[head].index(a) > self.up[head].index(b) for head in both)

    def crossings(self, order: list[list[int]]) -> int:
        """How many pairs of lines cross."""
        at, total = positions(order), 0
        for row in order:
            passed: list[int] = []
            for point in row:
                ends = sorted(at[q] for q in self.down[point])
                total += sum(len(passed) - bisect_left(passed, end + 1) for end in ends)
                for end in ends:
                    insort(passed, end)
        return total

    def across(self, order: list[list[int]], widths: Sequence[float]) -> list[float]:
        """The x coordinate of each point's centre."""
        width = [*widths, *[0.0] * (len(self.layer) - self.count)]
        x = [0.0] * len(self.layer)
        for row in order:
            left = 0.0
            for i, point in enumerate(row):
                left += self.distance(row[i - 1], point, width) if i else 0.0
                x[point] = left
            middle = left / 2
            for point in row:
                x[point] -= middle
        both = [u + d for u, d in zip(self.up, self.down)]
        for sweep in range(3 * SWEEPS):
            downward = sweep % 2 == 0
            near = both if sweep >= SWEEPS else self.up if downward else self.down
            before = list(x)
            for row in order if downward else reversed(order):
                self._settle(row, near, x, width)
            moved = max((abs(a - b) for a, b in zip(x, before)), default=0.0)
            if sweep >= SWEEPS and moved < STILL:
                break
        return x

    def distance(self, a: int, b: int, width: Sequence[float]) -> float:
        """The least distance between the centres of two neighbours in a layer."""
        return (width[a] + width[b]) / 2 + (GAP if width[a] and width[b] else TRUNK)

    def _settle(
        self, row: list[int], near: list[list[int]], x: list[float], width: Sequence[float]
    ) -> None:
        """Move the points of a layer as near to their neighbours as their distances allow."""
        offsets = [0.0]
        for a, b in pairwise(row):
            offsets.append(offsets[-1] + self.distance(a, b, width))
        wanted, weights = [], []
        for point, offset in zip(row, offsets):
            pulls = [(self._stiffness(point, q), x[q]) for q in near[point]]
            weight = sum(w for w, _ in pulls)
            goal = sum(w * at for w, at in pulls) / weight if pulls else x[point]
            wanted.append(goal - offset)
            weights.append(weight if pulls else 0.01)
        for point, offset, place in zip(row, offsets, isotonic(wanted, weights)):
            x[point] = place + offset

    def _stiffness(self, a: int, b: int) -> float:
        """How much a line wants to be straight: trunks most, and least what goes to a leaf."""
        if a in self.leaves or b in self.leaves:
            return 0.01
        return 1.0 + 3.0 * (a >= self.count) + 3.0 * (b >= self.count)


def layers(count: int, edges: Sequence[tuple[int, int]], leaves: set[int]) -> list[int]:
    """The layer of each vertex: below all its parents, and not far above its children.

    Leaves stand just above their first use, and so do trees of operations on leaves alone.
    """
    parents: list[list[int]] = [[] for _ in range(count)]
    children: list[list[int]] = [[] for _ in range(count)]
    for tail, head in edges:
        parents[head].append(tail)
        children[tail].append(head)
    layer = [0] * count
    for v in range(count):
        layer[v] = max((layer[p] + 1 for p in parents[v]), default=0)
    inner = [[p for p in above if p not in leaves] for above in parents]
    loose = [False] * count
    for v in range(count):
        loose[v] = all(loose[p] and set(children[p]) == {v} for p in inner[v])
    for v in reversed(range(count)):
        if children[v] and (loose[v] or len(inner[v]) < len(set(children[v]))):
            layer[v] = min(layer[c] for c in children[v]) - 1
    return layer


def wrong(left: list[int], right: list[int], at: dict[int, int]) -> int:
    """How many pairs of lines cross, from the ends of a point and of the one to its right."""
    return sum(at[p] > at[q] for p in left for q in right)


def positions(order: list[list[int]]) -> dict[int, int]:
    """The place of each point in its layer."""
    return {point: i for row in order for i, point in enumerate(row)}


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing numbers nearest to `wanted` in weighted least squares.

    Neighbours in the wrong order are pooled at their mean (pool adjacent violators).
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for goal, weight in zip(wanted, weights):
        pool = (goal, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heft, n = pools.pop()
            total = heft + pool[1]
            pool = ((mean * heft + pool[0] * pool[1]) / total, total, n + pool[2])
        pools.append(pool)
    return [mean for mean, _, n in pools for _ in range(n)]


def _mean(values: list[int], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def between(layer: list[int], gates: Gates) -> list[int]:
    """The layers with the first gates above all others, and the last ones below."""
    first, last = gates
    inner = [at for v, at in enumerate(layer) if v not in first and v not in last]
    top = min(inner, default=0) - bool(first)
    bottom = max(inner, default=top) + 1
    return [
        (top if v in first else bottom if v in last else at) - top for v, at in enumerate(layer)
    ]


def layout(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    leaves: set[int],
    doors: Sequence[Door] = (),
    gates: Gates = (frozenset(), frozenset()),
) -> Layout:
    """Place vertices of the given sizes; the tail of each edge has the lower number.

    `doors` say for each edge how far right of the middle it leaves its tail, and arrives at its
    head (None: wherever there is room). `gates` are the points that make a layer of their own
    above all others, and below.
    """
    graph = Layered(len(sizes), edges, leaves, doors, gates)
    order = graph.ordered()
    x = graph.across(order, [width for width, _ in sizes])
    half = [size[0] / 2 for size in sizes] + [0.0] * (len(x) - len(sizes))
    left = min((at - h for at, h in zip(x, half)), default=0.0)
    x = [at - left for at in x]
    tops, bottoms, y = [], [], 0.0
    for i, row in enumerate(order):
        tall = max((sizes[p][1] for p in row if p < len(sizes)), default=0.0)
        tops.append(y)
        bottoms.append(y + tall)
        reach = max((abs(x[a] - x[b]) for a in row for b in graph.down[a]), default=0.0)
        y += tall + (FLOOR + min(reach * 0.06, 60.0) if i < len(order) - 1 else 0.0)
    middles = [(top + bottom) / 2 for top, bottom in zip(tops, bottoms)]
    centres = tuple((x[v], middles[graph.layer[v]]) for v in range(len(sizes)))
    if doors:  # beside frames, which are tall, leaves stand as near as can be to their use
        centres = tuple(
            (at, bottoms[graph.layer[v]] - sizes[v][1] / 2 if v in leaves else y)
            for v, (at, y) in enumerate(centres)
        )
    trunks = tuple(
        (x[p], tops[graph.layer[p]], bottoms[graph.layer[p]]) for p in range(len(sizes), len(x))
    )
    width = max((at + h for at, h in zip(x, half)), default=0.0)
    branches = _branches(graph, order, x, sizes, centres, tops, bottoms)
    return Layout(width, bottoms[-1] if bottoms else 0.0, centres, branches, trunks)


def _branches(
    graph: Layered,
    order: list[list[int]],
    x: list[float],
    sizes: Sequence[tuple[float, float]],
    centres: Sequence[tuple[float, float]],
    tops: list[float],
    bottoms: list[float],
) -> tuple[Branch, ...]:
    """The lines between layers; those into one box arrive side by side.

    A box that is much less tall than its layer has straight lines to the ends of the layer: what
    turns sooner would go through its neighbours.
    """
    out: list[Branch] = []
    arriving: dict[int, list[tuple[int, Door]]] = {}
    for (a, b), door in zip(graph.lines, graph.doors, strict=True):
        arriving.setdefault(b, []).append((a, door))
    for row in order:
        for head in row:
            lines = sorted(arriving.get(head, ()), key=lambda line: x[line[0]])
            for i, (tail, (leaving, landing)) in enumerate(lines):
                real = tail < graph.count
                low, high = bottoms[graph.layer[tail]], tops[graph.layer[head]]
                y0 = centres[tail][1] + sizes[tail][1] / 2 if real else low
                x1, y1 = x[head], high
                if head < graph.count:
                    step = min(14.0, 0.6 * sizes[head][0] / len(lines))
                    x1 += (i - (len(lines) - 1) / 2) * step
                    y1 = centres[head][1] - sizes[head][1] / 2
                if landing is not None:
                    x1 = x[head] + landing
                x0, arrow = x[tail] + leaving, head < graph.count and landing is None
                if low - y0 > STEEP:
                    out.append((x0, y0, x0, low, False))
                    y0 = low
                if y1 - high > STEEP:
                    out.append((x1, high, x1, y1, arrow))
                    y1, arrow = high, False
                out.append((x0, y0, x1, y1, arrow))
    return tuple(out)
