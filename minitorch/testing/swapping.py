"""`replacing`: an operation of one's own in the place of a built-in one, throughout.

The engine asks a primitive for its function, its rules and the plans made of them each time that it
is called, so exchanging these reaches whatever is made of it: functions, methods, operators,
layers. The rules in the place of the built-in's run the given operation on boxes, under nodes of
their own, and let the engine differentiate it; so derivatives have every order, in both modes.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorch import ops
from minitorch.autograd import Function
from minitorch.engine import batch, composition
from minitorch.engine.box import Box, fresh, unboxed
from minitorch.engine.modes import record
from minitorch.engine.plan import Plan, Rule
from minitorch.engine.primitive import Constant, Primitive, Variadic
from minitorch.engine.registry import registry
from minitorch.engine.views import ViewPrimitive
from minitorch.extend import defvjp, primitive
from minitorch.extend.operation import Operation
from minitorch.faces.array import Array
from minitorch.faces.numpy.operands import in_face
from minitorch.faces.tensor import Tensor
from minitorch.ops.convolution import convolution
from minitorch.ops.linalg import matmul
from minitorch.ops.shape import reshape, transpose
from minitorch.testing.report import Report
from minitorch.testing.samples import verdict_on

Function_ = Callable[..., Any]
# what of a primitive is exchanged
EXCHANGED = ("run", "ufunc", "batch", "vjps", "jvps", "linear", "plans", "pushes")
# names in torch.* of what is called otherwise as a primitive
ALIASES = {
    "mm": "matmul", "bmm": "matmul", "mul": "multiply", "sub": "subtract", "div": "divide",
    "true_divide": "divide", "pow": "power", "neg": "negative", "abs": "absolute", "max": "amax",
    "min": "amin", "gt": "greater", "lt": "less", "eq": "equal", "mse_loss": "mse",
    "scaled_dot_product_attention": "attention", "conv1d": "convolution", "conv2d": "convolution",
    "conv3d": "convolution",
}  # fmt: skip


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    if x._value.ndim == 1:
        return reshape(_linear(reshape(x, (1, -1)), weight, bias), (-1,))
    return matmul(x, transpose(weight, (1, 0))) + bias


def _biased_convolution(x: Any, weight: Any, bias: Any, window: Any, groups: int) -> Any:
    return convolution(x, weight, window, groups) + reshape(bias, (-1, *(1,) * window.rank))


# fused operations that stand for a replaced one with others: they are taken apart meanwhile
MADE_OF: dict[str, dict[str, Callable[..., Any]]] = {
    "matmul": {"linear": _linear},
    "convolution": {"biased_convolution": _biased_convolution},
}


class replacing:
    """Within a block, `mine` computes and is differentiated in the place of a built-in operation.

    It serves wherever the built-in one would: in `torch.*`, methods, operators, `nn` and NumPy
    functions of arrays that are differentiated. `nn.Linear` is a matmul and an add meanwhile, a
    convolution with a bias one without and an add. When the block ends, by an error too, all is as
    before. The block is for the whole process: other
    threads get `mine` too. What `mine` itself calls, is the built-in one.

    Args:
        name: the primitive's name, as docs/primitives.md lists them; `mm`, `mul` and a few more of
            `torch`'s names are known, too.
        mine: takes what the primitive takes: its arrays, then its settings. It is one of
            a function of Tensors made of other operations; an `autograd.Function`; a primitive of
            `minitorch.extend`; a NumPy function of bare arrays with `vjp`; or, with `numpy=True`, a
            NumPy function made of operations that have derivatives.
        vjp: for a NumPy function: for each array, a function `(ans, *args)` that gives the function
            from the result's gradient to the array's, as in `minitorch.extend.defvjp`.
        numpy: whether `mine` is made of NumPy's functions, not of torch's.

    Raises:
        ValueError: there is no such operation; the nearest names are told.
        TypeError: `mine` can't be called, or the operation takes a list of arrays (`cat`), makes
            views (`reshape`) or has no fixed number of arguments.

    Example:
        >>> def mine(a, b):
        ...     return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(-2)
        >>> with minitorch.testing.replacing("matmul", mine) as swap:
        ...     torch.ones(2, 3) @ torch.ones(3, 2)
        tensor([[3., 3.],
                [3., 3.]])
        >>> swap.calls, swap.verdict().passed
        (1, True)
    """

    def __init__(
        self,
        name: str,
        mine: Any,
        *,
        vjp: Callable[..., Any] | Sequence[Callable[..., Any] | None] | None = None,
        numpy: bool = False,
    ) -> None:
        self.op = _named(name)
        self.mine = _on_boxes(mine, vjp, numpy, self.op.several)
        self._given = mine
        bare = mine if vjp is not None else mine.run if isinstance(mine, Operation) else None
        self._swap = _Swap(self.op, self.mine, bare)
        fused = MADE_OF.get(self.op.name, {})
        self._fused = [_Swap(registry[whole], parts) for whole, parts in fused.items()]

    @property
    def calls(self) -> int:
        """How often `mine` has computed in the place of the built-in operation."""
        return self._swap.calls

    def __enter__(self) -> replacing:
        for swap in (self._swap, *self._fused):
            swap.begin()
        return self

    def __exit__(self, *exc: object) -> None:
        for swap in (*self._fused, self._swap):
            swap.end()

    def verdict(self, *inputs: Any, **options: Any) -> Report:
        """A `check` of `mine` against the built-in operation.

        Args:
            inputs: the arguments of the primitive; without them, samples that suit it.
            options: those of `check`.

        Raises:
            ValueError: there are no samples for this operation: give inputs.
        """
        given = self._given
        if isinstance(given, type) and issubclass(given, Function) and given.jvp is Function.jvp:
            options.setdefault("modes", ("reverse",))
        with _suspended():
            return verdict_on(self.op, self.mine, inputs, options)


class _Swap:
    """One exchange of a primitive's function and rules.

    `mine` takes boxes; `bare`, where it is given, does the same on arrays. While one of them runs,
    the thread that runs it has the built-in operation.
    """

    live: dict[str, list[_Swap]] = {}
    lock = threading.RLock()

    def __init__(self, op: Primitive, mine: Function_, bare: Function_ | None = None) -> None:
        self.op, self.mine, self.bare, self.calls = op, mine, bare, 0
        self.thread = threading.local()
        self.before: dict[str, Any] = {}

    def begin(self) -> None:
        """Exchange."""
        op = self.op
        with self.lock:
            if self in self.live.get(op.name, ()):
                raise RuntimeError(f"replacing: {op.name} is replaced by this one already")
            self.before = {name: getattr(op, name) for name in EXCHANGED}
            self.before["pushes"] = list(op.pushes)  # those made now would keep our `run`
            self.pushes = op.pushes
            op.run, op.ufunc, op.batch = self.run, False, self.batched
            if not isinstance(op, Constant):
                rules = {"vjps": _pull, "jvps": _push}
                chosen: dict[str, Any] = {
                    name: [_rule(self, i, how) for i in range(op.arrays)]
                    for name, how in rules.items()
                }
                chosen["linear"] = ()
                chosen["pushes"] = [None] * len(op.pushes)
                for name, value in chosen.items():
                    setattr(op, name, _Choice(self, name, value))
                op.plans = _Plans(self, "plans", [None] * len(op.plans))  # type: ignore[assignment]
            self.live.setdefault(op.name, []).append(self)

    def end(self) -> None:
        """Put back what was there; a later exchange that goes on will put it back in our place."""
        with self.lock:
            stack = self.live[self.op.name]
            place = stack.index(self)
            self.before["pushes"] = self.pushes
            if stack[-1] is self:
                for name, value in self.before.items():
                    setattr(self.op, name, value)
            else:
                stack[place + 1].before = {**self.before, "pushes": list(self.pushes)}
                stack[place + 1].pushes = self.pushes
            stack.remove(self)

    @property
    def inside(self) -> bool:
        """Whether this thread is just running the given operation."""
        return getattr(self.thread, "inside", False)

    def within(self, f: Function_, *args: Any) -> Any:
        """`f(*args)`, for which the built-in operation is itself again."""
        before, self.thread.inside = self.inside, True
        try:
            return f(*args)
        finally:
            self.thread.inside = before

    def run(self, *args: Any, **keywords: Any) -> Any:
        """What takes the place of the primitive's function on bare arrays."""
        if self.inside:
            return self.before["run"](*args, **keywords)
        self.calls += 1
        if self.bare is not None:
            result = self.within(self.bare, *args)
        else:
            recording = record(False)
            try:
                boxes = [fresh(Tensor, np.asarray(a)) for a in args[: self.op.arrays]]
                result = self.within(self.mine, *boxes, *args[self.op.arrays :])
            finally:
                record(recording)
        return tuple(map(unboxed, result)) if self.op.several else np.asarray(unboxed(result))

    def batched(self, op: Primitive, boxes: Any, flags: Any, params: Any) -> Any:
        """The batching rule: one example after the other."""
        rule = self.before["batch"] if self.inside else None
        return (rule or batch.each)(op, boxes, flags, params)

    def results(self, args: Sequence[Any], params: Sequence[Any]) -> Callable[..., tuple[Box, ...]]:
        """`mine` as a function of its floating-point arrays, which gives a tuple."""

        def f(*moving: Box) -> tuple[Box, ...]:
            boxes = iter(moving)
            full = [next(boxes) if _moves(a) else _boxed(a, moving[0].face) for a in args]
            result = self.within(self.mine, *full, *params)
            return tuple(result) if self.op.several else (result,)

        return f


@contextmanager
def _suspended() -> Iterator[None]:
    """Within the block nothing is replaced."""
    with _Swap.lock:
        live = [swap for stack in _Swap.live.values() for swap in stack]
        for swap in reversed(live):
            swap.end()
        try:
            yield
        finally:
            for swap in live:
                swap.begin()


class _Choice:
    """A part of a primitive that is the built-in's within the given operation, and else its own."""

    def __init__(self, swap: _Swap, name: str, own: Any) -> None:
        self.swap, self.name, self.own = swap, name, own

    def now(self) -> Any:
        return self.swap.before[self.name] if self.swap.inside else self.own

    def __getitem__(self, i: Any) -> Any:
        return self.now()[i]

    def __setitem__(self, i: int, value: Any) -> None:
        self.now()[i] = value

    def __len__(self) -> int:
        return len(self.now())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.now())


class _Plans(_Choice):
    """The plans, which are made of the rules as they are then; ours are always plain ones."""

    def __getitem__(self, mask: Any) -> Any:
        plan = super().__getitem__(mask)
        if plan is None and not self.swap.inside:
            op = self.swap.op
            plan = self.own[mask] = Plan(op, tuple(i for i in range(op.arrays) if mask >> i & 1))
        return plan


def _rule(swap: _Swap, i: int, how: Callable[..., Any]) -> Rule:
    """A rule that reads all arguments."""
    names = ", ".join(swap.op.names)
    scope = {"_how": how, "_swap": swap}
    text = f"lambda g, {names}: _how(_swap, {i}, g, [{names}])"
    return Rule(eval(compile(text, __file__, "eval"), scope), slope=False)


def _pull(swap: _Swap, i: int, g: Any, values: list[Any]) -> Any:
    """The gradient of argument `i`."""
    args, params = values[: swap.op.arrays], values[swap.op.arrays :]
    moving = [k for k, a in enumerate(args) if _moves(a)]
    gs = g if swap.op.several else (g,)
    found = composition.pulled(swap.results(args, params), [args[k] for k in moving], gs)
    return found[moving.index(i)]


def _push(swap: _Swap, i: int, t: Any, values: list[Any]) -> Any:
    """The tangent of the result along that of argument `i`, on boxes or bare arrays."""
    args, params = values[: swap.op.arrays], values[swap.op.arrays :]
    boxed = isinstance(t, Box)
    moving = [k for k, a in enumerate(args) if _moves(a)]
    boxes = [_boxed(args[k], t.face if boxed else Tensor) for k in moving]
    recording = record(False)
    record(recording and boxed)
    try:
        found = composition.pushed(
            swap.results(args, params), boxes, moving.index(i), _boxed(t, Tensor)
        )
    finally:
        record(recording)
    out = found if boxed else tuple([y._value for y in found])
    return out if swap.op.several else out[0]


def _moves(a: Any) -> bool:
    return unboxed(a).dtype.kind in "fcV"


def _boxed(a: Any, face: type[Box]) -> Box:
    return a if isinstance(a, Box) else fresh(face, np.asarray(a))


def _on_boxes(mine: Any, vjp: Any, numpy: bool, several: bool) -> Function_:
    """What was given as a function of boxes, which it gets in the face that it is made for."""
    if isinstance(mine, type) and issubclass(mine, Function):
        mine = mine.apply
    elif vjp is not None:
        mine = primitive(mine)
        defvjp(mine, *([vjp] if callable(vjp) else vjp))
    if not callable(mine):
        raise TypeError(
            "replacing: expected a function, an autograd.Function or a primitive of "
            f"minitorch.extend, not {type(mine).__name__}"
        )
    face: type[Box] = Array if numpy or isinstance(mine, Operation) else Tensor

    def on_boxes(*args: Any) -> Any:
        given = next(a.face for a in args if isinstance(a, Box))
        result = mine(*[in_face(a, face) if isinstance(a, Box) else a for a in args])
        numbers = (Box, np.ndarray, np.generic, int, float, complex)
        kinds: Any = (tuple, list) if several else numbers
        if not isinstance(result, kinds):
            raise TypeError(
                f"replacing: the replacement gave a {type(result).__name__}, not "
                f"{'a tuple of arrays' if several else 'an array'}"
            )
        if several:
            return tuple(in_face(_boxed(y, face), given) for y in result)
        return in_face(_boxed(result, face), given)

    return on_boxes


def _named(name: str) -> Primitive:
    """The primitive of this name.

    Raises:
        ValueError: there is none, with the nearest names.
        TypeError: it is one that can't be replaced.
    """
    for found in pkgutil.iter_modules(ops.__path__):
        importlib.import_module(f"{ops.__name__}.{found.name}")
    op = registry.get(ALIASES.get(name, name))
    if op is None:
        near = difflib.get_close_matches(name, [*registry, *ALIASES], 3, 0.6)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise ValueError(
            f"replacing: there is no primitive named {name!r}{hint}. docs/primitives.md lists "
            "them; other functions are made of these"
        )
    if isinstance(op, (Variadic, ViewPrimitive)):
        what = "takes a list of arrays" if isinstance(op, Variadic) else "gives a view of memory"
        raise TypeError(f"replacing: {name} {what}; such operations can't be replaced")
    return op
