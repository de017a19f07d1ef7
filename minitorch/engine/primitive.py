"""Primitives: an operation, declared once together with its derivative.

The rules that make up a derivative are described in `engine/plan.py`; here is how an operation
is declared and how it is called: take the arrays out of the boxes, run, box the result and,
where a gradient will be wanted, hang a node on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine import batch, forward
from minitorch.engine.box import Box, counter, face_of, fresh, new
from minitorch.engine.memory import out_of_memory
from minitorch.engine.modes import RECORD, TRACE, inferring, state
from minitorch.engine.node import Dual, Node, Traced, tick
from minitorch.engine.plan import Plan, Rule, compile_push
from minitorch.engine.registry import registry as registry
from minitorch.engine.registry import watchers

ndarray = np.ndarray


class Primitive:
    """One operation on arrays, with its derivatives.

    Args:
        name: the operation's name, as it stands in the registry.
        run: the function on arrays; its parameters are the arrays, then the settings.
        arrays: how many of the parameters are arrays.
        names: the parameters' names, where `run` does not show them (ufuncs).
        slopes: elementwise operations: the derivative by each array, as a function of the named
            values or a number; None where there is none. It is the vjp and the jvp.
        vjps: the rules that carry a gradient back to each array.
        jvps: the rules that carry a tangent forward from each array.
        linear: the arrays in each of which the operation is linear: their jvp is the operation.
        batch: the batching rule; see `engine/batch.py`.
        broadcasts: whether the arrays are broadcast against each other.
        several: whether the result is a tuple of arrays; `g` is then a list of gradients.
        renewed: whether a result that was overwritten is computed again for the rules, which read
            all arguments too: for where PyTorch keeps something else, and allows the write.
        grad_name: the node's name as PyTorch prints it; where it depends on the settings, a
            function of what the node saved, which must hold no arrays (those are freed).

    Example:
        >>> from minitorch.ops.elementwise import exp
        >>> exp.name, [rule.reads for rule in exp.vjps]
        ('exp', [('y',)])
    """

    __slots__ = (
        "arrays", "batch", "broadcasts", "doc", "grad_name", "jvps", "linear", "name", "names",
        "plans", "pushes", "renewed", "run", "several", "ufunc", "vjps",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        *,
        arrays: int = 1,
        names: Sequence[str] | None = None,
        slopes: Sequence[Callable[..., Any] | float | None] | None = None,
        vjps: Sequence[Callable[..., Any] | None] = (),
        jvps: Sequence[Callable[..., Any] | None] = (),
        linear: Sequence[int] = (),
        batch: Callable[..., Any] | None = None,
        broadcasts: bool = False,
        several: bool = False,
        renewed: bool = False,
        grad_name: str | Callable[[Any], str] | None = None,
        doc: str = "",
    ) -> None:
        if name in registry:
            raise ValueError(f"there is a primitive named {name!r} already")
        self.name, self.run, self.arrays, self.doc = name, run, arrays, doc
        self.ufunc = type(run) is np.ufunc  # which writes its result where it is told to
        if names is None:
            names = run.__code__.co_varnames[: run.__code__.co_argcount]
        self.names = tuple(names)
        if vjps and (taken := {"g", "y"} & set(self.names[:arrays])):
            raise ValueError(f"{name}: its rules take {taken} for the gradient or the result")
        if slopes is not None:
            rules = tuple(None if s is None else Rule(s, slope=True) for s in slopes)
            self.vjps = self.jvps = rules
        else:
            self.vjps = tuple(None if r is None else Rule(r, slope=False) for r in vjps)
            self.jvps = tuple(None if r is None else Rule(r, slope=False) for r in jvps)
        self.linear = tuple(linear)
        self.batch = batch
        self.broadcasts = broadcasts
        self.several = several
        self.renewed = renewed
        camel = "".join(part.capitalize() for part in name.split("_"))
        self.grad_name = grad_name or f"{camel}Backward0"
        self.plans: list[Plan | None] = [None] * (1 << arrays)
        self.pushes: list[Callable[..., Any] | None] = [None] * (1 << arrays)
        registry[name] = self
        for told in watchers:
            told(self)

    def __repr__(self) -> str:
        return f"<primitive {self.name}({', '.join(self.names)})>"

    @staticmethod
    def known(name: str) -> Primitive:
        """A primitive by its name: how the engine calls operations that are declared above it."""
        return registry[name]

    def rule(self, i: int) -> Rule:
        """The vjp for argument `i`; a missing one is an error, never a zero gradient."""
        found = self.vjps[i] if i < len(self.vjps) else None
        if found is None:
            raise NotImplementedError(
                f"{self.name} has no derivative with respect to its argument {self.names[i]!r}; "
                "detach() that argument if it is meant to be a constant"
            )
        return found

    def plan(self, mask: int) -> Plan:
        """The plan for the arguments whose bits are set in `mask`."""
        plan = self.plans[mask]
        if plan is None:
            wanted = tuple(i for i in range(self.arrays) if mask >> i & 1)
            plan = self.plans[mask] = Plan(self, wanted)
        return plan

    def jvp(self, i: int) -> Rule:
        """The jvp for argument `i`, where the operation is not linear in it."""
        found = self.jvps[i] if i < len(self.jvps) else None
        if found is None:
            raise NotImplementedError(
                f"{self.name} has no forward derivative with respect to its argument "
                f"{self.names[i]!r}; detach() it if it is meant to be a constant"
            )
        return found

    def push(self, mask: int) -> Callable[..., Any]:
        """The compiled forward derivative along the arguments whose bits are set in `mask`."""
        push = self.pushes[mask]
        if push is None:
            wanted = tuple(i for i in range(self.arrays) if mask >> i & 1)
            push = self.pushes[mask] = compile_push(self, wanted)
        return push

    def __call__(self, *args: Any) -> Any:
        """Arrays in, arrays out; boxes in (arrays among them are constants), boxes out."""
        for a in args:
            if type(a) is not ndarray and isinstance(a, Box):
                break
        else:
            return self.run(*args)
        if self.arrays == 1 and not self.several:
            return self.unary(*args)
        arrays = args[: self.arrays]
        face = face_of(tuple(a for a in arrays if isinstance(a, Box)))
        boxes = tuple(a if isinstance(a, Box) else fresh(face, np.asarray(a)) for a in arrays)
        return self.apply(boxes, args[self.arrays :])

    def unary(self, x: Box, *params: Any) -> Any:
        """The call with one box, and settings: the hot path of functions of one array."""
        if x._view is not None:
            x._view.refresh(x)
        parent = x._node
        if parent is not None and state.mode != RECORD:
            if state.mode & TRACE:
                if type(parent) is Dual:
                    return forward.unary(self, x, params)
                return self.apply((x,), params)
            parent = None
        try:
            value = self.run(x._value, *params)
        except MemoryError as error:
            raise out_of_memory(self.name, error) from None
        if type(value) is not ndarray:
            value = np.asarray(value)
        y = new(x.face)
        y._value = value
        y._counter = [0] if not inferring else counter(x.face)
        y._view = None
        if parent is None:
            y._node = None
            return y
        node = new(Node)
        node.plan = plan = self.plans[1] or self.plan(1)
        node.parents = (parent,)
        node.age = tick()
        node.shape = value.shape
        node.dtype = value.dtype
        node.extras = None
        plan.keep(node, y, x, *params)
        y._node = node
        return y

    def binary(self, a: Box, b: Box) -> Any:
        """The call with two boxes of one face and no settings: the hot path of arithmetic."""
        if a._view is not None:
            a._view.refresh(a)
        if b._view is not None:
            b._view.refresh(b)
        left = a._node
        right = b._node
        if (left is not None or right is not None) and state.mode != RECORD:
            if state.mode & TRACE:
                return forward.binary(self, a, b)
            left = right = None
        try:
            value = self.run(a._value, b._value)
        except MemoryError as error:
            raise out_of_memory(self.name, error) from None
        if type(value) is not ndarray:
            value = np.asarray(value)
        y = new(a.face)
        y._value = value
        y._counter = [0] if not inferring else counter(a.face)
        y._view = None
        if left is None:
            if right is None:
                y._node = None
                return y
            plan = self.plans[2] or self.plan(2)
            parents: tuple[Node, ...] = (right,)
        elif right is None:
            plan = self.plans[1] or self.plan(1)
            parents = (left,)
        else:
            plan = self.plans[3] or self.plan(3)
            parents = (left, right)
        node = new(Node)
        node.plan = plan
        node.parents = parents
        node.age = tick()
        node.shape = value.shape
        node.dtype = value.dtype
        node.extras = None
        plan.keep(node, y, a, b)
        y._node = node
        return y

    def ternary(self, a: Box, b: Box, c: Box) -> Any:
        """The call with three boxes and no settings: the hot path of layers."""
        parents, mask, bit = [], 0, 1
        for box in (a, b, c):
            if box._view is not None:
                box._view.refresh(box)
            if box._node is not None:
                parents.append(box._node)
                mask |= bit
            bit += bit
        if mask and state.mode != RECORD:
            if state.mode & TRACE:
                return self.apply((a, b, c), ())
            mask = 0
        try:
            value = self.run(a._value, b._value, c._value)
        except MemoryError as error:
            raise out_of_memory(self.name, error) from None
        face = a.face if a.face is b.face is c.face else face_of((a, b, c))
        y = new(face)
        y._value = value = value if type(value) is ndarray else np.asarray(value)
        y._counter = [0] if not inferring else counter(face)
        y._view = None
        if not mask:
            y._node = None
            return y
        y._node = node = new(Node)
        node.plan = plan = self.plans[mask] or self.plan(mask)
        node.parents = tuple(parents)
        node.age = tick()
        node.shape = value.shape
        node.dtype = value.dtype
        node.extras = None
        plan.keep(node, y, a, b, c)
        return y

    def apply(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        """The call in general: any number of boxes, several results, live transforms."""
        parents: list[Any] = []
        mask, bit = 0, 1
        for box in boxes:
            if box._view is not None:
                box._view.refresh(box)
            if box._node is not None:
                parents.append(box._node)
                mask |= bit
            bit += bit
        if mask and state.mode != RECORD:
            if state.mode & TRACE:
                traced = [node for node in parents if isinstance(node, Traced)]
                if traced:
                    level = max([node.batch for node in traced])
                    if level:
                        return batch.apply(self, boxes, params, level)
                    level = max([node.level for node in traced])
                    return forward.apply(self, boxes, params, level)
            if not state.mode & RECORD:
                mask = 0
        value = self.execute(boxes, params)
        face = face_of(boxes)
        if self.several:
            results = tuple([fresh(face, np.asarray(v)) for v in value])
        else:
            results = (fresh(face, value if type(value) is ndarray else np.asarray(value)),)
        if mask:
            self.hang(mask, parents, boxes, params, results)
            if state.mode & TRACE and state.recorder is not None:
                state.recorder(self, boxes, params, results)
        return results if self.several else results[0]

    def pushforward(
        self,
        primals: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
        tangents: list[Box | None],
    ) -> tuple[Box | None, ...]:
        """The tangents of the results, given those of the arguments (None where constant)."""
        known = dict(zip(self.names, (*primals, *params), strict=True))
        known.update({"y": results[0]}, **{f"y{i}": y for i, y in enumerate(results)})

        def value(name: str) -> Any:
            if name in known:
                return known[name]
            argument, _, aspect = name.rpartition("_")
            return getattr(known[argument]._value, aspect)

        total: list[Any] = [None] * len(results)
        for i, tangent in enumerate(tangents):
            if tangent is None:
                continue
            if i in self.linear:
                terms = self(*primals[:i], tangent, *primals[i + 1 :], *params)
            else:
                terms = self.jvp(i)(tangent, value)
            terms = terms if type(terms) is tuple else (terms,)
            total = [t if s is None else s + t for s, t in zip(total, terms, strict=True)]
        if self.broadcasts and total[0] is not None:
            shape = results[0]._value.shape
            if total[0]._value.shape != shape:
                total[0] = self.known("broadcast_to")(total[0], shape)
        return tuple(total)

    def execute(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        """Run on the boxes' arrays."""
        try:
            return self.run(*[box._value for box in boxes], *params)
        except MemoryError as error:
            raise out_of_memory(self.name, error) from None

    def track(
        self, boxes: tuple[Box, ...], params: tuple[Any, ...], results: tuple[Box, ...]
    ) -> None:
        """Record that an operation on these boxes gave these results."""
        parents = [box._node for box in boxes if box._node is not None]
        mask = sum(1 << i for i, box in enumerate(boxes) if box._node is not None)
        self.hang(mask, parents, boxes, params, results)
        if state.recorder is not None:
            state.recorder(self, boxes, params, results)

    def hang(
        self,
        mask: int,
        parents: list[Node],
        boxes: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
    ) -> None:
        """Hang a node with these parents on the results; `mask` tells whose places they are."""
        node = new(Node)
        node.plan = plan = self.plans[mask] or self.plan(mask)
        node.parents = tuple(parents)
        node.age = tick()
        node.extras = None
        if not self.several:
            (y,) = results
            plan.keep(node, y, *boxes, *params)
            node.shape, node.dtype = y._value.shape, y._value.dtype
            y._node = node
            return
        plan.keep(node, results, *boxes, *params)
        forms: Any = zip(*[(y._value.shape, y._value.dtype) for y in results], strict=True)
        node.shape, node.dtype = forms  # of each
        for i, y in enumerate(results):
            y._node = node.result(i)


class Constant(Primitive):
    """An operation whose results no gradient flows through: comparisons, indices, truth."""

    __slots__ = ()

    def unary(self, x: Box, *params: Any) -> Any:
        return self.apply((x,), params)

    def binary(self, a: Box, b: Box) -> Any:
        return self.apply((a, b), ())

    def apply(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        if state.mode & TRACE:
            return super().apply(boxes, params)
        value, face = self.execute(boxes, params), face_of(boxes)
        if self.several:
            return tuple([fresh(face, np.asarray(v)) for v in value])
        return fresh(face, value if type(value) is ndarray else np.asarray(value))

    def hang(self, *args: Any) -> None:
        """Nothing is recorded."""

    def push(self, mask: int) -> Callable[..., Any]:
        raise TypeError(f"{self.name} has no derivative")

    def pushforward(self, *args: Any) -> tuple[None, ...]:
        """No tangent comes through."""
        return (None,) * len(args[2])


class Variadic(Primitive):
    """An operation on a sequence of arrays, linear in all of them together: cat, stack.

    It is called with the sequence, then its settings. Its one vjp gets the gradient, the
    numbers of the arguments that want theirs, the list of all arguments' shapes and the settings;
    it gives a gradient for each of these numbers.
    """

    __slots__ = ()

    def __init__(self, name: str, run: Callable[..., Any], vjp: Callable[..., Any], **more: Any):
        super().__init__(name, run, **more)
        self.vjps = (vjp,)  # type: ignore[assignment]
        self.plans = [SequencePlan(self, vjp)]

    def __call__(self, arrays: Sequence[Any], *params: Any) -> Any:
        boxes = tuple(a for a in arrays if isinstance(a, Box))
        if not boxes:
            return self.run(arrays, *params)
        face = face_of(boxes)
        all_boxes = tuple(a if isinstance(a, Box) else fresh(face, np.asarray(a)) for a in arrays)
        return self.apply(all_boxes, params)

    def pushforward(
        self,
        primals: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
        tangents: list[Box | None],
    ) -> tuple[Box | None, ...]:
        moved = [
            fresh(x.face, np.zeros(x._value.shape, x._value.dtype)) if t is None else t
            for x, t in zip(primals, tangents, strict=True)
        ]
        return (self(moved, *params),)

    def execute(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> Any:
        return self.run([box._value for box in boxes], *params)

    def hang(
        self,
        mask: int,
        parents: list[Node],
        boxes: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
    ) -> None:
        node = new(Node)
        node.plan = self.plans[0]  # type: ignore[assignment]
        node.parents = tuple(parents)
        node.age, node.extras = tick(), None
        wanted = tuple([i for i in range(len(boxes)) if mask >> i & 1])
        node.saved = (wanted, [box._value.shape for box in boxes], params)
        node.versions = ()
        y = results[0]
        node.shape, node.dtype = y._value.shape, y._value.dtype
        y._node = node


class SequencePlan(Plan):
    """The plan of a `Variadic`: which arguments are wanted is told by each node."""

    __slots__ = ("vjp",)

    def __init__(self, op: Primitive, vjp: Callable[..., Any]) -> None:
        self.op, self.vjp = op, vjp
        self.sources = (None, None, None)
        self.rules = ()
        self.backward = self._backward
        for told in watchers:
            told(self)

    def _backward(self, g: Any, node: Node, saved: Any) -> tuple[Any, ...]:
        wanted, shapes, params = saved
        return tuple(self.vjp(g, wanted, shapes, *params))
