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

from minitorch.engine.box import Box, fresh

if TYPE_CHECKING:
    from minitorch.engine.plan import Plan
    from minitorch.engine.primitive import Primitive

tick: Callable[[], int] = count(1).__next__  # a value is always younger than what it was made of


class Node:
    """An executed operation.

    `plan` names the primitive and the rules that will run; `parents` are the nodes of the
    arguments that want a gradient; `saved` is what the rules read (None once freed) and
    `versions` the counters of what was saved with the counts at that time; `age` orders the
    nodes; `shape` and `dtype` are those of the result, tuples where there are several; `extras`
    holds what few nodes have.
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

    @property
    def fun(self) -> Primitive | None:
        """The operation that was executed; None at a root."""
        return self.plan.op

    @property
    def value(self) -> np.ndarray | None:
        """The result, if a rule keeps it and it was not overwritten since; else None."""
        return self.kept(-1)

    def kept(self, source: int) -> np.ndarray | None:
        """What the node saved of `source` (see `Plan.sources`), if that is still as it was."""
        arrays = [i for i, source in enumerate(self.plan.sources) if source is not None]
        for k, i in enumerate(arrays):
            if self.plan.sources[i] == source and self.saved is not None:
                counter, count = self.versions[2 * k : 2 * k + 2]
                return self.saved[i] if counter[0] == count else None
        return None

    @property
    def recipe(self) -> tuple[Primitive | None, np.ndarray | None]:
        """How the value was made, and the value while it is alive: `(fun, value)`."""
        return self.fun, self.value

    @staticmethod
    def new_root(value: Any = 0.0) -> Leaf:
        """A node without parents, that begins a graph: the place of `value` in it."""
        array = np.asarray(value)
        return Leaf(array.shape, array.dtype)

    def result(self, i: int) -> Node:
        """The node that stands for result `i`: this one, or an `Output` where there are several."""
        if type(self.dtype) is not tuple:
            return self
        output = Output()
        output.plan, output.parents, output.index = OUTPUT, (self,), i
        output.saved, output.versions, output.extras = (), (), None
        output.shape, output.dtype = self.shape[i], self.dtype[i]  # type: ignore[assignment,index]
        output.age = tick()
        return output

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class Leaf(Node):
    """Where a gradient ends: the place of a box that requires grad and was made by no operation."""

    __slots__ = ("after", "grad")

    is_leaf = True
    fun = value = None  # type: ignore[assignment]

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

    @property
    def fun(self) -> Primitive | None:
        return self.parents[0].fun

    @property
    def value(self) -> np.ndarray | None:
        return self.parents[0].kept(-1 - self.index)

    def name(self) -> str:
        return self.parents[0].name()


class Bundle:
    """The gradients of an operation with several results: those that came in, by their number."""

    __slots__ = ("dtype", "given", "shape")

    base = None

    def __init__(self, node: Node, given: dict[int, Any]) -> None:
        self.given, self.shape, self.dtype = given, node.shape, node.dtype

    def __add__(self, other: Bundle) -> Bundle:
        for i, part in other.given.items():
            own = self.given.get(i)
            self.given[i] = part if own is None else own + part
        return self

    @property
    def parts(self) -> list[Any]:
        """A gradient for each result; None where none came in."""
        return [self.given.get(i) for i in range(len(self.shape))]


class OutputPlan:
    """How a gradient passes from one of several results to their operation."""

    rules = ()
    sources = ()

    @staticmethod
    def backward(g: Any, node: Node, saved: Any) -> tuple[Bundle]:
        (parent,) = node.parents
        return (Bundle(parent, {node.index: g}),)


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


LOST = (
    "a value was used after the transform that traced it (forward mode, vmap) had ended, or in "
    "another thread, where it is not live: return it from the function in place of storing it "
    "elsewhere, and start the transform in the thread that computes; reverse mode (grad, make_vjp) "
    "may cross threads"
)


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
        raise RuntimeError(LOST)

    @property
    def level(self) -> int:
        """The innermost transform that this box takes part in."""
        return max(self.batch, self.tangents[-1][0] if self.tangents else 0)


class Dual(Traced):
    """The one tangent of a value that nothing else carries, as a bare array: plain forward mode."""

    __slots__ = ("face", "number", "tangent")

    node, batch = None, 0

    def __init__(self, number: int, tangent: np.ndarray, face: type[Box]) -> None:
        self.number, self.tangent, self.face = number, tangent, face

    @property
    def tangents(self) -> tuple[tuple[int, Box], ...]:  # type: ignore[override]
        return ((self.number, fresh(self.face, self.tangent)),)


def node_of(box: Box) -> Node | None:
    """The box's place in the reverse-mode graph, whatever else carries it."""
    if box._view is not None:
        box._view.refresh(box)
    node = box._node
    return node.node if isinstance(node, Traced) else node
