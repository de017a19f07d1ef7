"""The modules in a graph: which of them contain what, and which are open in a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minitorch.inspect.drawing.graph import Edge, Graph

Open = str | bool | Iterable[str] | None


@dataclass(frozen=True, eq=False)
class Group:
    """One call of a module, which holds vertices and other calls.

    Attributes:
        number: its place among the graph's groups; a parent comes before its children.
        name: what its parent calls the module; of the outermost one, its class.
        path: the names from the model down; "" for the model itself.
        kind: the module's class.
        parent: the number of the call that it happened in, or None.
        call, calls: the how-manieth call of the module this is, and of how many.
        settings: what the module shows of itself.
        parameters: how many numbers its parameters hold.
    """

    number: int
    name: str
    path: str
    kind: str
    parent: int | None
    call: int = 1
    calls: int = 1
    settings: str = ""
    parameters: int = 0

    def title(self) -> str:
        """Its name and class, and which call it is."""
        title = self.kind if self.name in ("", self.kind) else f"{self.name}: {self.kind}"
        return f"{title} ({self.call} of {self.calls})" if self.calls > 1 else title


class Nesting:
    """How the vertices of a graph lie in its groups.

    A value is named by the vertex it is a result of, and by which result.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.children: dict[int | None, list[int]] = {None: []}
        self.level: list[int] = []
        for group in graph.groups:
            self.children.setdefault(group.parent, []).append(group.number)
            self.children.setdefault(group.number, [])
            self.level.append(0 if group.parent is None else self.level[group.parent] + 1)

    def is_one_call(self) -> bool:
        """Whether it is a module that was drawn, and not a function that calls some."""
        outermost = self.children[None]
        return len(outermost) == 1 and self.graph.groups[0].kind == self.graph.title

    def around(self, group: int | None) -> Iterator[int]:
        """A group and those that it lies in, from inside out."""
        while group is not None:
            yield group
            group = self.graph.groups[group].parent

    def opened(self, depth: int | None = None, open: Open = None) -> set[int]:
        """The groups that are open: by default all but the innermost, and the outermost call.

        Args:
            depth: the number of levels to open.
            open: "all" or True for every group, False for none, or the paths of those to open.
        """
        numbers = range(len(self.graph.groups))
        if open is None and depth is None:
            opened = {number for number in numbers if self.children[number]}
            return opened | {0} if self.is_one_call() else opened
        if open is None:
            return {number for number in numbers if self.level[number] < depth}  # type: ignore[operator]
        if isinstance(open, bool) or open == "all":
            return {n for n in numbers if open and (depth is None or self.level[n] < depth)}
        paths = [open] if isinstance(open, str) else list(open)
        known = {group.path for group in self.graph.groups}
        for path in paths:
            if path not in known:
                raise ValueError(
                    f"open={path!r}: the picture has no module of that path; it has "
                    f"{', '.join(map(repr, sorted(known)))}"
                )
        wanted = {group.number for group in self.graph.groups if group.path in paths}
        return {outer for number in wanted for outer in self.around(number)}

    def item(self, vertex: int, inside: int | None) -> tuple[str, Any]:
        """What stands directly in a group for a vertex in it: ("vertex", n) or ("group", n)."""
        own = self.graph.nodes[vertex].group
        if own == inside:
            return "vertex", vertex
        for group in self.around(own):
            if self.graph.groups[group].parent == inside:
                return "group", group
        raise ValueError(f"vertex {vertex} is not in group {inside}")


def homes(groups: tuple[Group, ...], own: list[Any], edges: Iterable[Edge]) -> list[int | None]:
    """The group of each vertex; a leaf lies in the innermost one that holds all its uses.

    `own` has the group of each operation, and False for leaves that find theirs here.
    """
    chains: dict[int, tuple[int, ...]] = {}
    for edge in edges:
        if own[edge.tail] is not False:
            continue
        chain: list[int] = []
        at = own[edge.head]
        while at is not None and at is not False:
            chain.append(at)
            at = groups[at].parent
        chain.reverse()
        before = chains.get(edge.tail)
        same = tuple(chain) if before is None else tuple(
            a for a, b in zip(before, chain) if a == b
        )  # fmt: skip
        chains[edge.tail] = same
    return [
        (chains[i][-1] if chains.get(i) else None) if place is False else place
        for i, place in enumerate(own)
    ]
