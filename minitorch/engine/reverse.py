"""The backward pass: one sweep over the graph, from the youngest node to the oldest.

A value is always younger than what it was made of, so popping nodes by age runs each node once,
after all that depend on it: no recursion, whatever the depth. The sweep runs on bare arrays;
where the gradients are themselves recorded or traced it runs the same rules on boxes.
"""

from __future__ import annotations

import warnings
from collections.abc import Container, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import conform, identity
from minitorch.engine.forward import live
from minitorch.engine.modes import RECORD, TRACE, state
from minitorch.engine.node import Extras, Leaf, Node, Traced, extras_of
from minitorch.engine.observing import (
    look_for_nan,
    observe,
    replaced,
    replaced_after,
    shown_to,
    turned,
)
from minitorch.errors.raising import teaching

ndarray = np.ndarray


def sweep(
    seeds: Sequence[tuple[Node, Any]],
    face: type[Box],
    *,
    retain: bool = False,
    create: bool = False,
    targets: Iterable[Node] | None = None,
    ends: bool = False,
    alone: bool = False,
    foreign: Container[Node] = (),
) -> dict[Node, Any]:
    """Carry gradients from `seeds`, pairs of a node and its incoming gradient, down the graph.

    Args:
        seeds: the nodes to begin with; gradients are boxes of their node's shape and dtype.
        face: what hooks are shown, and gradients become, boxes of.
        retain: keep what the nodes saved, so that they can be swept again.
        create: record the sweep itself, so that the gradients can be differentiated.
        targets: the nodes whose gradients are wanted; only what leads to them is run.
            None for all leaves that are reached.
        ends: whether the sweep ends at the targets, even where one leads to another.
        alone: whether only the gradients are recorded, and not what the rules read of the graph:
            it belongs to a function that has returned, and no one can differentiate by its inputs.
        foreign: the targets whose hooks another sweep runs, which this one is a part of.

    Returns:
        The gradient of each target or leaf that was reached, boxed.
    """
    boxed = create or (state.mode & TRACE != 0 and carried([g for _, g in seeds]))
    before, outer = state.mode, state.sweep
    state.mode = before | RECORD if create else before & ~RECORD  # as `record` does
    try:
        goals = set(targets) if targets else set()
        needed = None if targets is None else lead_to(goals, [n for n, _ in seeds], ends)
        run = state.sweep = _Sweep(face, boxed, retain, needed, goals, ends, alone)
        run.seeds = seeds
        if foreign:
            run.foreign = foreign
        for node, g in seeds:
            run.lent.add(id(g._value))
            if needed is None or node in needed:
                run.add(node, g if boxed else g._value)
        run.run()
        return run.results()
    finally:
        state.sweep = outer
        state.mode = state.mode & ~RECORD | before & RECORD


def carried(gs: Iterable[Box]) -> bool:
    """Whether live transforms carry gradients, or may carry what the nodes below saved.

    Under batching alone these lie inside of all batches, where nothing but arrays is.
    """
    if state.recorder is not None or None in [level.size for level in state.levels]:
        return True
    return True in [isinstance(g._node, Traced) for g in gs]


def lead_to(targets: set[Node], roots: list[Node], ends: bool = False) -> set[Node]:
    """All nodes from which a target can be reached, the targets among them."""
    oldest = min([node.age for node in targets], default=0)
    seen = below(roots, targets if ends else (), oldest)
    needed: set[Node] = set()
    for node in sorted(seen, key=lambda node: node.age):
        if node in targets or any(parent in needed for parent in node.parents):
            needed.add(node)
    return needed


def below(roots: list[Node], ends: Container[Node] = (), oldest: int = 0) -> set[Node]:
    """The roots and all nodes that they were made of, down to `ends` and to an age."""
    seen, stack = set(roots), list(roots)
    while stack:
        node = stack.pop()
        if node in ends:
            continue
        for parent in node.parents:
            if parent not in seen and parent.age >= oldest:
                seen.add(parent)
                stack.append(parent)
    return seen


class _Sweep:
    """The state of one backward pass."""

    foreign: Container[Node] = ()
    seeds: Sequence[tuple[Node, Any]] = ()
    _reached: set[Node] | None = None

    def __init__(
        self,
        face: type[Box],
        boxed: bool,
        retain: bool,
        needed: set[Node] | None,
        targets: set[Node],
        ends: bool,
        alone: bool,
    ) -> None:
        self.face, self.boxed, self.retain = face, boxed, retain
        self.needed, self.targets, self.ends, self.alone = needed, targets, ends, alone
        self.pending: dict[Node, Any] = {}
        self.heap: list[tuple[int, Node]] = []
        self.captured: dict[Node, Any] = {}
        self.owned: set[Node] = set()  # the nodes whose pending gradient this sweep may write to
        self.lent: set[int] = set()  # the ids of arrays that are the caller's, or given to him

    def reaches(self, node: Node) -> bool:
        """Whether a gradient arrives at `node` in this pass."""
        if self._reached is None:
            roots = [root for root, _ in self.seeds]
            self._reached = below(roots) if self.needed is None else self.needed
        return node in self._reached

    def add(self, node: Node, g: Any) -> None:
        """Let `g` come in at `node`."""
        waiting = self.pending.get(node)
        if waiting is None:
            self.pending[node] = g
            if node.age:
                heappush(self.heap, (-node.age, node))
        elif node in self.owned:
            np.add(waiting, g, out=waiting)
        else:
            self.pending[node] = total = waiting + g
            if type(total) is ndarray:
                self.owned.add(node)

    def run(self) -> None:
        """Run the rules of all nodes, youngest first."""
        heap, pending, owned = self.heap, self.pending, self.owned
        plain, retain = not self.boxed and self.needed is None, self.retain
        node = ahead = None
        while heap or node is not None:
            if node is None:
                node = heappop(heap)[1]
                g = pending.pop(node)
            if plain and node.extras is None:
                saved = node.saved
                if saved is None:
                    raise freed(node)
                parents = node.parents
                grads = node.plan.backward(g, node, saved)
            else:
                parents, grads = self.special(node, g)
            if not retain and node.versions and parents:  # without parents it was not run
                node.saved = None
            node, youngest = None, -heap[0][0] if heap else 0  # the next, if it need not wait
            for parent, incoming in zip(parents, grads):
                if plain and (incoming.shape != parent.shape or incoming.dtype is not parent.dtype):
                    incoming = conform(incoming, parent)
                age = parent.age
                if age > youngest:  # younger than all that wait
                    if node is not None:
                        pending[node] = ahead
                        heappush(heap, (-youngest, node))
                    node, ahead, youngest = parent, incoming, age
                    continue
                if parent is node:
                    ahead = ahead + incoming
                    continue
                waiting = pending.get(parent)
                if waiting is not None:
                    if parent in owned:
                        waiting += incoming
                    else:
                        pending[parent] = total = waiting + incoming
                        if type(total) is ndarray:
                            owned.add(parent)
                    continue
                pending[parent] = incoming
                if age:
                    heappush(heap, (-age, parent))
                elif plain and incoming is not g and incoming.base is None and parent.shape:
                    owned.add(parent)  # without a shape it may be a NumPy scalar: no buffer
            if node is not None:
                g = ahead

    def special(self, node: Node, g: Any) -> tuple[tuple[Node, ...], Any]:
        """The parents of a node and their gradients, with all that few sweeps or nodes need."""
        if node.extras is not None and node not in self.foreign:
            g = self.observe(node, g)
        if node in self.targets:
            self.captured[node] = g
            if self.ends:
                return (), ()
        parents, plan = node.parents, node.plan
        wanted: Sequence[int] = range(len(parents))
        if self.needed is not None:
            wanted = [i for i in wanted if parents[i] in self.needed]
            if not wanted:
                return (), ()
        saved, extras = node.saved, node.extras
        if saved is None:
            raise freed(node)
        if extras is not None:
            if extras.unpack is not None:
                saved = extras.unpack(node)
            if extras.before:
                g = shown_to(extras.before, node, g, self.face)
        if self.boxed:
            saved = rebox(node, self.face, self.alone, saved)
        if len(wanted) == len(parents) or not plan.rules:
            grads = plan.backward(g, node, saved)
            grads = tuple(grads[i] for i in wanted)
        else:
            grads = tuple(plan.rules[i](g, node, saved) for i in wanted)
        if state.anomalies:
            look_for_nan(node, grads, wanted)
        if extras is not None:
            if not self.retain:
                extras.tangents.clear()  # that of the node's own result leads back to it
            if extras.after:
                grads = replaced_after(extras.after, node, g, grads, wanted, self.face)
            wanted = [i for i, part in zip(wanted, grads, strict=True) if part is not None]
            grads = [part for part in grads if part is not None]
        parents = tuple(parents[i] for i in wanted)
        return parents, tuple(conform(g, p) for g, p in zip(grads, parents, strict=True))

    def results(self) -> dict[Node, Any]:
        """The gradients of targets and leaves, boxed; each in memory of its own."""
        out = {}
        for node, g in (*self.captured.items(), *self.pending.items()):
            if node.extras is not None and node not in self.captured and node not in self.foreign:
                g = self.observe(node, g)
            if isinstance(g, Box):
                out[node] = self.parted(g)
            else:
                out[node] = fresh(self.face, g if node in self.owned else np.array(g))
        return out

    def observe(self, node: Node, g: Any) -> Any:
        """Show `g` to the node's hooks; what they give instead is theirs."""
        shown = observe(node, g, self.face)
        if shown is not g:
            self.owned.discard(node)
            self.lent.add(id(shown._value if self.boxed else shown))
        return shown

    def parted(self, g: Box) -> Box:
        """The boxed gradient `g`; a copy where its memory is also somebody else's."""
        value = g._value
        if type(value) is ndarray and (value.base is not None or id(value) in self.lent):
            return identity.unary(g)
        self.lent.add(id(value))
        return g


def rebox(
    node: Node, face: type[Box], alone: bool = False, saved: tuple[Any, ...] | None = None
) -> tuple[Any, ...]:
    """What the node saved, as boxes with their places in the graph, so that rules are recorded.

    `saved` is that, where it is not what the node holds (it was packed).
    """
    plan, counters = node.plan, iter(node.versions[::2])
    tangents = node.extras.tangents if node.extras is not None else {}
    levels = live() if tangents else ()
    out = []
    values = (node.saved or ()) if saved is None else saved
    for source, value in zip(plan.sources, values, strict=True):
        if source is None:
            out.append(value)
            continue
        box = fresh(face, value)
        box._counter = next(counters)
        if alone:
            pass
        elif source < 0:
            box._node = node.result(-1 - source)
        elif source in plan.wanted:
            box._node = node.parents[plan.wanted.index(source)]
        alive = tuple(pair for pair in tangents.get(source, ()) if pair[0] in levels)
        if alive:
            box._node = Traced(box._node, alive)  # type: ignore[assignment]
        out.append(box)
    return tuple(out)


def freed(node: Node) -> RuntimeError:
    """The error for a second sweep over a graph that the first one freed."""
    return teaching(RuntimeError)(  # type: ignore[no-any-return]
        "Trying to backward through the graph a second time (or directly access saved tensors "
        f"after they have already been freed). The values that {node.described()} kept were freed "
        "by the first backward()."
    )


def deposit(leaf: Leaf | Extras, g: Box, create: bool) -> None:
    """Add `g` to the `.grad` of a leaf, or to that in a node's extras."""
    grad = leaf.grad
    if grad is None:
        leaf.grad = g
    elif create or grad._node is not None:
        leaf.grad = grad + g
    else:
        np.add(grad._value, g._value, out=grad._value)
        grad._counter[0] += 1


def accumulate(leaf: Leaf, g: Box, create: bool) -> None:
    """Add `g` to the `.grad` of a leaf, between the hooks that wait for that."""
    owner, extras = leaf.owner(), leaf.extras
    if owner is not None and owner._node is None:
        return  # it does not require grad any more
    if extras is not None and extras.before:
        for hook in tuple(extras.before.values()):
            changed = hook((g,))
            if changed is not None:
                (g,) = replaced(hook, (g,), changed, leaf)
    deposit(leaf, g, create)
    if leaf.after:
        for hook in tuple(leaf.after.values()):
            hook(leaf.owner())
    if extras is not None and extras.after:
        for hook in tuple(extras.after.values()):
            hook((), (g,))


def backward(
    seeds: Sequence[tuple[Node, Box]],
    face: type[Box],
    *,
    retain: bool = False,
    create: bool = False,
    targets: Iterable[Node] | None = None,
) -> None:
    """Sweep, and add what comes in at each leaf (and at each target) to its `.grad`."""
    if create:
        warnings.warn(
            "Using backward() with create_graph=True will create a reference cycle between the "
            "parameter and its gradient which can cause a memory leak. Use autograd.grad() when "
            "creating the graph, or set the .grad fields to None after use.",
            stacklevel=3,
        )
    found = sweep(seeds, face, retain=retain, create=create, targets=targets)
    for node, g in found.items():
        if g._value.dtype.kind == "c":
            g = turned(g, face)
        if isinstance(node, Leaf):
            if node.extras is None and node.after is None:
                deposit(node, g, create)
            else:
                accumulate(node, g, create)
        elif not extras_of(node).retain:  # what is retained has its gradient yet
            deposit(extras_of(node), g, create)
