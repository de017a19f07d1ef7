"""A user's primitive as an operation of the engine, and its derivative.

The engine calls it with the boxes of one `Call`, and its node keeps these, the results and the
call. Its rules are run on what was kept, on bare arrays or on boxes, as those of every operation;
so derivatives of any order, in both modes and batched, need nothing from the user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box, new, unboxed
from minitorch.engine.conform import conform
from minitorch.engine.modes import state
from minitorch.engine.node import Node, Traced, tick
from minitorch.engine.plan import Plan, as_saved, filled
from minitorch.engine.primitive import Primitive
from minitorch.extend.calls import Call, dense, positional
from minitorch.extend.transforms import Outside, run, transposed
from minitorch.ops.shape import broadcast_to

Values = Sequence[Any]


class Derivative(NamedTuple):
    """The rules of a primitive; each mode can be had from the other's rule by transposition.

    `pull(argnums, ans, args, kwargs)` gives the function from the result's gradient to those of
    the arguments; `push(argnums, tangents, ans, args, kwargs)` gives the result's tangent.
    """

    name: str
    pull: Callable[..., Any] | None = None
    push: Callable[..., Any] | None = None

    def pulled(self, call: Call, xs: Values, ys: Values, gs: Values, wanted: Values) -> list[Any]:
        """The gradients of the arrays `wanted` among `xs`, for the gradients `gs` of `ys`."""
        if self.pull is None:
            return self._adjoint_of_push(call, xs, ys, gs, wanted)
        argnums = tuple(dict.fromkeys([call.owners[k] for k in wanted]))
        ans, args = call.returned(scalars(ys)), call.filled(scalars(xs))
        g = call.returned([*scalars(gs), *map(still, ys[call.floats :])], hollow=True)
        grads = tuple(self.pull(argnums, ans, args, call.kwargs)(g))
        if len(grads) != len(argnums):
            raise ValueError(
                f"the vjp of {self.name} for the arguments {argnums} must give a gradient for "
                f"each; it gave {len(grads)}"
            )
        if call.direct:
            pairs = zip(wanted, argnums, grads)
            return [_summed(grad, xs[k], self.name, i) for k, i, grad in pairs]
        found: dict[int, Any] = {}
        for i, grad in zip(argnums, grads):
            parts = call.forms[i].leaves(dense(grad), _gradient(self.name, i))
            found.update(zip(call.within(i), parts, strict=True))
        return [_summed(found[k], xs[k], self.name, call.owners[k]) for k in wanted]

    def pushed(self, call: Call, xs: Values, ys: Values, ts: Values, wanted: Values) -> list[Any]:
        """The tangents of `ys`, for the tangents `ts` of the arrays `wanted` among `xs`."""
        if self.push is None:
            likes = ys[: call.floats]
            return transposed(
                lambda gs: self.pulled(call, xs, ys, gs, wanted), likes, ts, [*xs, *ys]
            )
        argnums = tuple(dict.fromkeys([call.owners[k] for k in wanted]))
        ans, args = call.returned(scalars(ys)), call.filled(scalars(xs))
        tangents: Any = scalars(ts)
        if not call.direct:
            moving = dict(zip(wanted, tangents, strict=True))
            parts = [moving[k] if k in moving else still(x) for k, x in enumerate(xs)]
            tangents = [
                call.forms[i].build(iter([parts[k] for k in call.within(i)]), hollow=True)
                for i in argnums
            ]
        what = f"the tangent that {self.name} gives"
        moved = self.push(argnums, tuple(tangents), ans, args, call.kwargs)
        pairs = zip(call.parts(dense(moved), what), ys[: call.floats])
        return [_spread(part, y, what) for part, y in pairs]

    def _adjoint_of_push(
        self, call: Call, xs: Values, ys: Values, gs: Values, wanted: Values
    ) -> list[Any]:
        likes = [xs[k] for k in wanted]
        try:
            return transposed(
                lambda ts: self.pushed(call, xs, ys, ts, wanted), likes, gs, [*xs, *ys]
            )
        except RecursionError:
            raise NotImplementedError(
                f"{self.name} has a forward derivative (jvp) that calls {self.name} itself, and no "
                "reverse one: state its vjp with defvjp"
            ) from None


class Operation(Primitive):
    """What `primitive` makes of a function: it is called with any arguments.

    It stands in no registry: it is its owner's, who may define it anew.
    """

    __slots__ = ("derivative", "forms", "untraced")

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.run, self.doc = fun, fun.__doc__ or ""
        self.name = getattr(fun, "__name__", None) or type(fun).__name__
        self.grad_name = f"{self.name}Backward"
        self.names, self.arrays, self.linear = ("args", "call"), 1, ()
        self.vjps = self.jvps = ()
        self.batch, self.broadcasts, self.several, self.plans = None, False, True, []
        self.derivative = Derivative(self.name)
        self.untraced: set[type] = set()
        self.forms: dict[Any, OperationPlan] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = positional(self.run, self.name, args, kwargs) if kwargs else (args, kwargs)
        call = Call(args, kwargs)
        boxes = call.open()
        if not boxes:
            return self.run(*args, **kwargs)
        results = self.apply(boxes, (call,))
        return call.returned(results)

    def execute(self, boxes: tuple[Box, ...], params: tuple[Any, ...]) -> list[np.ndarray]:
        (call,) = params
        arrays = [box._value for box in boxes]
        args = call.filled(scalars(arrays))
        if state.levels:
            with Outside():
                result = self.run(*args, **call.kwargs)
        else:
            result = self.run(*args, **call.kwargs)
        return call.close(result, arrays, self.name)

    def hang(
        self,
        mask: int,
        parents: list[Node],
        boxes: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
    ) -> None:
        (call,) = params
        if Node in self.untraced or not call.floats:
            return
        self.defined("backward")
        if not boxes[0].face.rank:
            call.own()
        kept = (*boxes, *results)
        node = new(Node)
        wanted = tuple([i for i in range(len(boxes)) if mask >> i & 1])
        node.plan = self.planned(wanted, len(boxes), len(results))
        node.parents = tuple(parents)
        node.age, node.extras = tick(), None
        node.saved = (*[box._value for box in kept], call)
        node.versions = tuple([part for x in kept for part in (x._counter, x._counter[0])])
        if len(results) == 1:
            (y,) = results
            node.shape, node.dtype = y._value.shape, y._value.dtype
            y._node = node
            return
        floats = results[: call.floats]
        node.shape = tuple([y._value.shape for y in floats])  # type: ignore[misc]  # of each
        node.dtype = tuple([y._value.dtype for y in floats])  # type: ignore[assignment]
        for i, y in enumerate(floats):
            y._node = node.result(i)

    def planned(self, wanted: tuple[int, ...], arguments: int, results: int) -> OperationPlan:
        """The plan for calls of this form, with the rules of this time."""
        form = (wanted, arguments, results)
        plan = self.forms.get(form)
        if plan is None or plan.derivative is not self.derivative:
            plan = self.forms[form] = OperationPlan(self, *form)
        return plan

    def pushforward(
        self,
        primals: tuple[Box, ...],
        params: tuple[Any, ...],
        results: tuple[Box, ...],
        tangents: list[Box | None],
    ) -> tuple[Box | None, ...]:
        (call,) = params
        constant = (None,) * (len(results) - call.floats)
        if Traced in self.untraced or not call.floats:
            return (None,) * len(results)
        self.defined("forward")
        n, m = len(primals), len(results)
        wanted = [i for i, t in enumerate(tangents) if t is not None]

        def rule(values: Values) -> list[Any]:
            xs, ys, ts = values[:n], values[n : n + m], values[n + m :]
            return self.derivative.pushed(call, xs, ys, ts, wanted)

        values = [*primals, *results, *(tangents[i] for i in wanted)]
        return (*run(rule, values, results[0].face), *constant)

    def defined(self, mode: str) -> None:
        """Refuse to differentiate what no rule was given for."""
        if self.derivative.pull is None and self.derivative.push is None:
            raise NotImplementedError(
                f"{self.name} has no derivative ({mode} mode): state one with "
                f"minitorch.extend.defvjp({self.name}, ...) or defjvp, or, where its result is "
                "meant to be a constant, make it with notrace_primitive"
            )


class OperationPlan(Plan):
    """The plan of calls of one form: arguments and results are kept, with the rules of its time."""

    __slots__ = ("arguments", "derivative")

    def __init__(
        self, op: Operation, wanted: tuple[int, ...], arguments: int, results: int
    ) -> None:
        self.op, self.wanted, self.arguments = op, wanted, arguments
        self.derivative = op.derivative
        self.sources = (*range(arguments), *(-1 - i for i in range(results)), None)

    def backward(self, g: Any, node: Node, saved: Any) -> Any:  # type: ignore[override]
        """The gradients of all parents."""
        return self._pulled(g, node, saved, self.wanted)

    @property
    def rules(self) -> Any:  # type: ignore[override]
        """The same for one parent each."""
        return [
            lambda g, node, saved, i=i: self._pulled(g, node, saved, (i,))[0] for i in self.wanted
        ]

    def _pulled(self, g: Any, node: Node, saved: Any, wanted: tuple[int, ...]) -> list[Any]:
        *kept, call = as_saved(node, saved, stale)
        n, m = self.arguments, len(kept)
        gs = [g] if m == n + 1 else filled(g, node)

        def rule(values: Values) -> list[Any]:
            xs, ys, gs = values[:n], values[n:m], values[m:]
            return self.derivative.pulled(call, xs, ys, gs, wanted)

        face = next((part.face for part in gs if isinstance(part, Box)), None)
        grads = run(rule, [*kept, *gs], face)
        # a rule may give memory that is not its own: as a view it is never written to
        return [g.view() if isinstance(g, np.ndarray) else g for g in grads]


def stale(node: Node, source: int, version: int, count: int) -> RuntimeError:
    """The error for an argument or a result that was written to after the call."""
    what = "a result" if source < 0 else "an argument"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an "
        f"inplace operation: {what} of the primitive {node.plan.op.name} is at version {version}; "
        f"expected version {count} instead. Hint: use the out-of-place form of the later write "
        "(`x = x + 1` for `x += 1`), or write to a copy."
    )


def scalars(values: Values) -> list[Any]:
    """The same with 0-d arrays as NumPy's numbers, which users' functions are written for."""
    return [x[()] if type(x) is np.ndarray and not x.ndim else x for x in values]


def still(like: Any) -> np.ndarray:
    """Zeros: the gradient or tangent of what does not move."""
    return np.zeros_like(unboxed(like))


def _part(value: Any, what: str) -> Any:
    """A rule's result as a box or an array of numbers."""
    value = dense(value)
    if isinstance(value, Box):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{what} must be a number or an array, not {type(value).__name__}")
    return array


def _fits(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether an array of shape `small` can be broadcast to shape `large`."""
    pairs = zip(small[::-1], large[::-1])
    return len(small) <= len(large) and all(m in (1, n) for m, n in pairs)


def _gradient(name: str, i: int) -> str:
    return f"the gradient that {name} gives for its argument {i}"


def _summed(value: Any, like: Any, name: str, i: int) -> Any:
    """A gradient in the form of its argument: what broadcasting added is summed away."""
    form = unboxed(like)
    if type(value) is np.ndarray and value.shape == form.shape and value.dtype == form.dtype:
        return value
    part = _part(value, _gradient(name, i))
    shape = tuple(unboxed(part).shape)
    if not _fits(form.shape, shape):
        raise ValueError(
            f"{_gradient(name, i)} must have that argument's shape, {form.shape}, not {shape}"
        )
    return conform(part, form)


def _spread(value: Any, like: Any, what: str) -> Any:
    """A tangent in the form of its result."""
    part, form = _part(value, what), unboxed(like)
    shape = tuple(unboxed(part).shape)
    if not _fits(shape, form.shape):
        raise ValueError(f"{what} must have the result's shape, {form.shape}, not {shape}")
    return conform(part if shape == form.shape else broadcast_to(part, form.shape), form)
