"""Nodes: the computation graph.

A node is one executed operation. It holds its parents, the plan that knows the rules to run
and the data which those rules read; never a box, so that later changes of a box cannot rewrite
history, and no reference runs in a circle.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    from minitorch.engine.box import Box
    from minitorch.engine.plan import Plan

tick: Callable[[], int] = count(1).__next__  # a value is always younger than what it was made of


class Node:
    """An executed operation.

    `plan` names the primitive and the rules that will run; `parents` are the nodes of the
    arguments that want a gradient; `saved` is what the rules read (None once freed) and
    `versions` the counters of what was saved with the counts at that time; `age` orders the
    nodes; `shape` and `dtype` are those of the result; `extras` holds what few nodes have.
    """

    __slots__ = ("age", "dtype", "extras", "parents", "plan", "saved", "shape", "versions")

    plan: Plan
    parents: tuple[Node, ...]
    saved: tuple[Any, ...] | None
    versions: tuple[Any, ...]
    age: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    extras: Extras | None

    index = 0
    is_leaf = False

    def name(self) -> str:
        """The node's name as PyTorch gives it, `MulBackward0` and so on."""
        return self.plan.op.grad_name

    @property
    def next_functions(self) -> tuple[tuple[Node, int], ...]:
        """The parents, each with the index of the output that it contributed."""
        return tuple((parent, parent.index) for parent in self.parents)

    def result(self, i: int) -> Node:
        """The node that stands for result `i`: this one, or an `Output` where there are several."""
        if not self.plan.op.several:
            return self
        output = Output()
        output.plan, output.parents, output.index = OUTPUT, (self,), i
        output.saved, output.versions, output.extras = (), (), None
        output.shape, output.dtype = self.shape[i], self.dtype  # type: ignore[assignment]
        output.age = tick()
        return output

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class Leaf(Node):
    """Where a gradient ends: the place of a box that requires grad and was made by no operation."""

    __slots__ = ("after", "grad")

    is_leaf = True

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.parents = ()
        self.age = 0
        self.shape = shape
        self.dtype = dtype
        self.extras = None
        self.grad: Box | None = None
        self.after: dict[int, Callable[[], None]] | None = None

    def name(self) -> str:
        return "AccumulateGrad"


class Output(Node):
    """One result of an operation that has several; its only parent is the operation's node."""

    __slots__ = ("index",)

    def name(self) -> str:
        return self.parents[0].name()


class Bundle:
    """The gradients of an operation with several results; None where none came in."""

    __slots__ = ("dtype", "parts", "shape")

    base = None

    def __init__(self, node: Node, parts: list[Any]) -> None:
        self.parts, self.shape, self.dtype = parts, node.shape, node.dtype

    def __add__(self, other: Bundle) -> Bundle:
        for i, part in enumerate(other.parts):
            if part is not None:
                own = self.parts[i]
                self.parts[i] = part if own is None else own + part
        return self


class OutputPlan:
    """How a gradient passes from one of several results to their operation."""

    rules = ()
    sources = ()

    @staticmethod
    def backward(g: Any, node: Node, saved: Any) -> tuple[Bundle]:
        (parent,) = node.parents
        parts = [None] * len(parent.shape)
        parts[node.index] = g
        return (Bundle(parent, parts),)


OUTPUT: Any = OutputPlan()


class Extras:
    """What few nodes have: hooks on the gradient, a retained gradient, tangents of saved values."""

    __slots__ = ("grad", "hooks", "retain", "tangents")

    def __init__(self) -> None:
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.retain = False
        self.grad: Box | None = None
        self.tangents: dict[int, tuple[tuple[int, Box], ...]] = {}


def extras_of(node: Node) -> Extras:
    """The node's extras, made on first use."""
    if node.extras is None:
        node.extras = Extras()
    return node.extras


class Traced:
    """Stands in a box's `_node` while a forward-mode or batching transform carries it.

    `node` is the node proper; `tangents` are (level, tangent) pairs, outermost level first;
    `batch` is the level of a batched box, whose value is a `Batched`, else 0.
    """

    __slots__ = ("batch", "node", "tangents")

    def __init__(
        self,
        node: Node | None = None,
        tangents: tuple[tuple[int, Box], ...] = (),
        batch: int = 0,
    ) -> None:
        self.node = node
        self.tangents = tangents
        self.batch = batch

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(
            "a value was used after the transform that traced it (forward mode, vmap) had ended: "
            "return it from the function in place of storing it elsewhere"
        )

    @property
    def level(self) -> int:
        """The innermost transform that this box takes part in."""
        return max(self.batch, self.tangents[-1][0] if self.tangents else 0)


def node_of(box: Box) -> Node | None:
    """The box's place in the reverse-mode graph, whatever else carries it."""
    if box._view is not None:
        box._view.refresh(box)
    node = box._node
    if type(node) is Traced:
        return node.node
    return node
