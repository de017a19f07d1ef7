"""HIPS autograd's `util`: helpers for rules and for walking over a graph."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def subvals(x: Iterable[Any], ivs: Iterable[tuple[int, Any]]) -> tuple[Any, ...]:
    """The tuple of `x` with other values at some places, given as pairs.

    Example:
        >>> from minitorch.util import subvals
        >>> subvals((1, 2, 3), [(0, 10), (2, 30)])
        (10, 2, 30)
    """
    parts = list(x)
    for i, value in ivs:
        parts[i] = value
    return tuple(parts)


def subval(x: Iterable[Any], i: int, v: Any) -> tuple[Any, ...]:
    """The tuple of `x` with the value `v` at place `i`."""
    return subvals(x, [(i, v)])


def toposort(
    end_node: Any, parents: Callable[[Any], Iterable[Any]] = operator.attrgetter("parents")
) -> Iterator[Any]:
    """All nodes under `end_node`, each before its parents: the order of a backward pass."""
    uses: dict[Any, int] = {}
    stack = [end_node]
    while stack:
        node = stack.pop()
        uses[node] = uses.get(node, 0) + 1
        if uses[node] == 1:
            stack.extend(parents(node))
    ready = [end_node]
    while ready:
        node = ready.pop()
        yield node
        for parent in parents(node):
            uses[parent] -= 1
            if not uses[parent]:
                ready.append(parent)
