"""Nodes: the computation graph.

A node is one executed operation. It holds its parents, the plan that knows the rules to run
and the data which those rules read; never a box, so that later changes of a box cannot rewrite
history, and no reference runs in a circle.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.hooks import Hooks, RemovableHandle, registered

if TYPE_CHECKING:
    from minitorch.engine.plan import Plan
    from minitorch.engine.primitive import Primitive

tick: Callable[[], int] = count(1).__next__  # a value is always younger than what it was made of
_classes: dict[tuple[type, str], type] = {}  # of nodes that were shown, by their names


def nobody() -> None:
    """The owner of a leaf that belongs to no tensor of the program."""


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
    face: ClassVar[type[Box]] = Box  # what a program is shown saved values as

    def name(self) -> str:
        """The node's name as PyTorch gives it, `MulBackward0` and so on."""
        name = self.plan.op.grad_name
        return name if isinstance(name, str) else name(self.saved)

    def described(self) -> str:
        """The node's name, and of what form its result is, or the first of several."""
        shape, dtype = self.shape, self.dtype
        if isinstance(dtype, tuple):
            shape, dtype = shape[0], dtype[0]
        return f"{self.name()} (result of shape {list(shape)}, {dtype})"

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Each argument's node, and which of its results it was; (None, 0) of a constant."""
        edges: dict[int, tuple[Node | None, int]] = {}
        wanted = getattr(self.plan, "wanted", ())
        if len(wanted) != len(self.parents):
            wanted = range(len(self.parents))
        for i, parent in zip(wanted, self.parents, strict=True):
            edges[i] = (parent.shown(), parent.index)
        size = max(getattr(self.plan.op, "arrays", 0), len(self.parents))
        return tuple(edges.get(i, (None, 0)) for i in range(size))

    def shown(self) -> Node:
        """The node as a program sees it: its class bears its name, as in PyTorch."""
        kind, name = type(self), self.name().rpartition(":")[2]
        if kind.__name__ != name:
            self.__class__ = class_named(name, Titled if kind is Node else kind)
        return self

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for whatever a program wants to note on the node."""
        extras = extras_of(self)
        if extras.metadata is None:
            extras.metadata = {}
        return extras.metadata

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before the rules run; a tuple it returns replaces these."""
        extras = extras_of(self)
        extras.before = Hooks() if extras.before is None else extras.before
        return registered(extras.before, hook)

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after; what it returns replaces the first."""
        extras = extras_of(self)
        extras.after = Hooks() if extras.after is None else extras.after
        return registered(extras.after, hook)

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

    _saved_self = property(lambda self: self.shown_saved("self", 0))
    _saved_other = property(lambda self: self.shown_saved("other", 1))
    _saved_result = property(lambda self: self.shown_saved("result", -1))

    def shown_saved(self, name: str, source: int) -> Box | None:
        """What the rules read of an argument (or the result); None where those that run do not.

        Raises:
            AttributeError: no rule of the operation reads it.
            RuntimeError: it was freed.
        """
        plan = self.plan
        names = ("y", *getattr(plan.op, "names", ()))[: getattr(plan.op, "arrays", 0) + 1]
        rules = getattr(plan.op, "vjps", ())
        reads = {read for rule in rules for read in getattr(rule, "reads", ())}
        if len(names) > 3 or names[source + 1 : source + 2] == () or names[source + 1] not in reads:
            raise AttributeError(f"{self.name()!r} object has no attribute '_saved_{name}'")
        if self.saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved "
                f"tensors after they have already been freed): {self.name()} kept {name!r} until "
                "its backward pass; give that retain_graph=True"
            )
        if source not in plan.sources:
            return None
        packed = self.extras is not None and self.extras.unpack is not None
        saved = self.extras.unpack(self) if packed else self.saved  # type: ignore[union-attr,misc]
        box = fresh(self.face, saved[plan.sources.index(source)])
        if source < 0:
            box._node = self
        elif source in plan.wanted:
            box._node = self.parents[plan.wanted.index(source)]
        return box

    def __repr__(self) -> str:
        return f"<{type(self.shown()).__name__} object at {id(self):#x}>"


class Titled(Node):
    """A node that bears a name of its own: what all classes named by `class_named` are."""

    __slots__ = ()


def class_named(name: str, kind: type[Node] = Titled) -> Any:
    """The class of the nodes of that name."""
    known = _classes.get((kind, name))
    if known is None:
        body: dict[str, Any] = {"__slots__": ()}
        if not name.startswith("Copy"):  # the names of those are longer than their classes'
            body["name"] = lambda self: name
        known = _classes[kind, name] = type(name, (kind,), body)
    return known


def titled(box: Any, name: str) -> Any:
    """A result whose node is to bear the name of a function made of several operations."""
    node = box._node
    if node is not None:
        node = node.parents[0] if type(node) is Output else node
        if type(node) is Node or isinstance(node, Titled):
            node.__class__ = class_named(name)
    return box


def written(box: Any, op: Primitive, name: str) -> Any:
    """`titled`, of a tensor that `op` has just written to; that of a view tells of its base."""
    node = box._node
    ours = type(node) is Node or isinstance(node, Titled)
    if ours and box._view is None and node.plan.op is op:
        node.__class__ = class_named(name)
    return box


def adopted(box: Any, op: Primitive, value: Any) -> Any:
    """A tensor that `op` has just filled with a fresh `value`, in the place of that in the graph.

    What went on is one operation, written in place: the node of the copy need not be seen.
    """
    node, own = box._node, value._node
    if type(node) is not Node or box._view is not None or node.plan.op is not op or node.extras:
        return box
    if isinstance(own, Node) and not own.is_leaf and value._value.shape == box._value.shape:
        box._node = own
    return box


class Leaf(Node):
    """Where a gradient ends: the place of a box that requires grad and was made by no operation."""

    __slots__ = ("after", "grad", "owner")

    is_leaf = True
    fun = value = None  # type: ignore[assignment]

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.parents = ()
        self.age = 0
        self.shape = shape
        self.dtype = dtype
        self.extras = None
        self.grad: Box | None = None
        self.after: Hooks | None = None
        self.owner: Callable[[], Box | None] = nobody

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def shown(self) -> Node:
        return self

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        return ()

    @property
    def variable(self) -> Box | None:
        """The tensor that this is the leaf of, while there is one."""
        return self.owner()


Leaf.__name__ = Leaf.__qualname__ = "AccumulateGrad"  # as PyTorch shows it


class DeadEnd(Leaf):
    """The place of a view that requires grad since its base does, though no gradient gets there.

    Such are views made without recording, or before their base required grad; `seen` is the
    version that the view was made at.
    """

    __slots__ = ("seen",)
    grad = after = property(lambda self: None, lambda self, value: None)  # type: ignore[assignment]

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], seen: int) -> None:
        super().__init__(shape, dtype)
        self.seen = seen

    def shown(self) -> Any:
        return None


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

    def shown(self) -> Node:
        return self.parents[0].shown()


class Gradients(list[Any]):
    """The gradients of all results of an operation; `shared` is work that its rules share."""

    __slots__ = ("shared",)

    def __init__(self) -> None:
        self.shared: Any = None


class Bundle:
    """The gradients of an operation with several results: those that came in, by their number.

    `gradients` are they with zeros for the rest, once a rule has asked for them.
    """

    __slots__ = ("dtype", "given", "gradients", "shape")

    base = None

    def __init__(self, node: Node, given: dict[int, Any]) -> None:
        self.gradients: Gradients | None = None
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
    """What few nodes have.

    `hooks` see the gradient that comes in, `before` and `after` those on both sides of the rules;
    `retain` and `grad` are a gradient kept for the user; `tangents` those of saved values, and
    `unpack` how saved values that were packed are had again; `made` tells where the program made
    the node, and `metadata` is the program's.
    """

    __slots__ = (
        "after", "before", "grad", "hooks", "made", "metadata", "retain", "tangents", "unpack",
    )  # fmt: skip

    def __init__(self) -> None:
        self.hooks: Hooks | None = None
        self.before: Hooks | None = None
        self.after: Hooks | None = None
        self.retain = False
        self.grad: Box | None = None
        self.tangents: dict[int, tuple[tuple[int, Box], ...]] = {}
        self.unpack: Callable[[Any], Any] | None = None
        self.made: Any = None
        self.metadata: dict[str, Any] | None = None


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
