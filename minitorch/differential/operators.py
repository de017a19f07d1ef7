"""Derivatives of functions: `grad(f)` is a function like `f` that gives its gradient.

An argument goes in as a box under an identity node of its own. These nodes bound the backward
sweep, so that a gradient inside of another, or inside of a loss that is differentiated by
`.backward()`, needs no bookkeeping: whatever else is live above the nodes is recorded, nothing
below them is touched, and no `.grad` is written.

NumPy arrays and numbers go in as `Array` and come out as NumPy; Tensors go in and come out as
Tensors. What an outer derivative still tracks comes out as a box.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.batch import batched, inside
from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.forward import Level, live, shallow, split, with_tangent
from minitorch.engine.modes import record, state
from minitorch.engine.node import Leaf, Node, Traced, node_of
from minitorch.engine.reverse import sweep
from minitorch.faces.array import Array
from minitorch.faces.numpy.operands import in_face, is_tracked
from minitorch.faces.operands import is_number, to_dtype
from minitorch.faces.tensor import Tensor
from minitorch.ops.shape import broadcast_to

Function = Callable[..., Any]
Argnum = int | tuple[int, ...] | list[int]

# the operators


def grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the gradient of `fun`, which must return a real scalar.

    Args:
        argnum: which argument to differentiate by, counted from 0 in the signature of `fun`; of
            several, the gradients come as a tuple.

    Returns:
        A function of the same arguments, by position or keyword. Its gradients have the shape of
        the arguments: NumPy's for arrays and numbers (integers count as float64), Tensors for
        Tensors. It can be differentiated again.

    Raises:
        TypeError: the result is no real scalar, or the argument no number, array or Tensor.

    Example:
        >>> def f(x, y):
        ...     return np.log(x ** 2) + y ** 2 + x * y
        >>> dfdy = minitorch.grad(f, argnum=1)
        >>> float(dfdy(13, y=4))
        21.0
        >>> d2fdxdy = minitorch.grad(dfdy, argnum=0)
        >>> float(d2fdxdy(x=13, y=4))
        1.0
    """

    @functools.wraps(fun)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(fun, argnum, args, kwargs)[1]

    return gradient


def value_and_grad(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives the value of `fun` and its gradient, as a pair; see `grad`.

    Example:
        >>> value, slope = minitorch.value_and_grad(np.sin)(0.)
        >>> float(value), float(slope)
        (0.0, 1.0)
    """

    @functools.wraps(fun)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        return _value_and_grad(fun, argnum, args, kwargs)

    return value_and_gradient


def make_vjp(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives `(vjp, value)`: `vjp(g)` carries `g`, of the value's shape, back.

    Example:
        >>> vjp, value = minitorch.differential.make_vjp(np.square)(np.array([1., 2.]))
        >>> vjp(np.array([1., 10.]))
        array([ 2., 40.])
    """

    @functools.wraps(fun)
    def pulling(*args: Any, **kwargs: Any) -> Any:
        trace = _Trace(fun, argnum, args, kwargs)
        return functools.partial(_pulled, trace), trace.value()

    return pulling


def _pulled(trace: _Trace, g: Any) -> Any:
    """The gradients of the inputs, for a gradient `g` of the result."""
    y = trace.result
    g = g if isinstance(g, Box) else fresh(y.face, np.asarray(g))
    if tuple(g._value.shape) != tuple(y._value.shape):
        raise ValueError(
            f"vjp(): the gradient has shape {tuple(g._value.shape)}, "
            f"the value {tuple(y._value.shape)}"
        )
    return trace.pull(to_dtype(in_face(g, y.face), y._value.dtype), keep=True)


def make_jvp(fun: Function, argnum: Argnum = 0) -> Function:
    """The function that gives, for its arguments, `jvp`: `jvp(v)` is `(value, tangent)`.

    It runs `fun` once, forward, in memory that does not grow with the computation. For several
    arguments `v` is a tuple.

    Example:
        >>> x, v = np.array([1., 2.]), np.array([1., 10.])
        >>> value, tangent = minitorch.differential.make_jvp(np.square)(x)(v)
        >>> tangent
        array([ 2., 40.])
    """

    @functools.wraps(fun)
    def at(*args: Any, **kwargs: Any) -> Function:
        return functools.partial(_pushed, fun, argnum, args, kwargs)

    return at


def _pushed(fun: Function, argnum: Argnum, args: Any, kwargs: Any, v: Any) -> Any:
    """The value of `fun` and its tangent along `v`."""
    call = _Call(fun, argnum, args, kwargs)
    with Level() as level:
        inputs = []
        for box, tangent in zip(call.boxes, call.sorted(v), strict=True):
            tangent = to_dtype(in_face(_entered(tangent, "jvp()"), box.face), box._value.dtype)
            if tuple(tangent._value.shape) != tuple(box._value.shape):
                raise ValueError(
                    f"jvp(): the tangent has shape {tuple(tangent._value.shape)}, its argument "
                    f"{tuple(box._value.shape)}"
                )
            inputs.append(with_tangent(identity.unary(box), tangent, level.number))
        y = _result(fun, call.run(inputs))
    value, tangent = split(y, level.number)
    if tangent is None:
        tangent = fresh(y.face, np.zeros(y._value.shape, y._value.dtype))
    return _left(value, y.face), _left(tangent, y.face)


# how arguments go in and results come out


def _name(fun: Function) -> str:
    return getattr(fun, "__name__", None) or type(fun).__name__


def _entered(x: Any, what: str) -> Box:
    """An argument as a floating-point box; numbers and integer arrays become float64."""
    if isinstance(x, Tensor):
        if x._value.dtype.kind in "iub":
            raise RuntimeError(
                f"{what}: only Tensors of floating point and complex dtype can require gradients; "
                f"this one is {x.dtype!r}: convert it with .float()"
            )
        return x
    if not isinstance(x, Box):
        array = np.asarray(x) if is_number(x) or isinstance(x, np.ndarray) else None
        if array is None or array.dtype.kind not in "biufc":
            raise TypeError(
                f"{what} differentiates by numbers, NumPy arrays and Tensors, not by "
                f"{type(x).__name__ if array is None else f'an array of {array.dtype}'}: choose "
                "another argnum, or pass the parts as arguments of their own"
            )
        x = fresh(Array, array)
    return to_dtype(x, np.dtype(np.float64)) if x._value.dtype.kind in "iub" else x


def _result(fun: Function, y: Any) -> Box:
    """What a function returned as a box; an array or a number is a constant."""
    if isinstance(y, Box):
        return y
    if not is_number(y) and not (isinstance(y, np.ndarray) and y.dtype.kind in "biufc"):
        raise TypeError(
            f"{_name(fun)} must return a number, an array or a Tensor to be differentiated, not "
            f"{f'an array of {y.dtype}' if isinstance(y, np.ndarray) else type(y).__name__}"
        )
    return fresh(Array, np.asarray(y))


def _left(box: Box, face: type[Box]) -> Any:
    """A result on its way out: NumPy's, unless the face is Tensor or something tracks it."""
    if face.rank or is_tracked(box):
        return box
    return box._value[()]


class _Call:
    """One call of a function: where the chosen arguments stand in it, and their boxes."""

    def __init__(self, fun: Function, argnum: Argnum, args: Any, kwargs: dict[str, Any]) -> None:
        self.fun, self.args, self.kwargs = fun, list(args), dict(kwargs)
        self.one = not isinstance(argnum, (tuple, list))
        numbers: Any = (argnum,) if self.one else argnum
        self.places = [self._place(i) for i in numbers]
        if len(set(self.places)) < len(self.places):
            raise ValueError(f"argnum names an argument twice: {argnum}")
        what = f"the derivative of {_name(fun)}"
        self.boxes = [_entered(self._at(place), what) for place in self.places]
        self.faces = [box.face for box in self.boxes]

    def _at(self, place: int | str) -> Any:
        return self.kwargs[place] if isinstance(place, str) else self.args[place]

    def _place(self, i: Any) -> int | str:
        """Where argument `i` is: a position, or the keyword that the signature gives it."""
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise TypeError(f"argnum must be an int, or a tuple or list of ints, not {i!r}")
        i = i.__index__()
        if -len(self.args) <= i < len(self.args):
            return i % len(self.args)
        try:
            parameter = list(inspect.signature(self.fun).parameters.values())[i]
        except (IndexError, ValueError):
            raise TypeError(
                f"argnum {i}: {_name(self.fun)} was called with {len(self.args)} positional "
                f"arguments, and its signature names no argument {i}"
            ) from None
        name = parameter.name
        if name not in self.kwargs:
            if parameter.default is parameter.empty:
                raise TypeError(f"{_name(self.fun)}() is missing argument {i}, {name!r}")
            self.kwargs[name] = parameter.default
        return name

    def sorted(self, values: Any) -> Sequence[Any]:
        """What belongs to the chosen arguments, one for each."""
        values = (values,) if self.one else tuple(values)
        if len(values) != len(self.places):
            raise ValueError(
                f"expected {len(self.places)} parts, one an argument; got {len(values)}"
            )
        return values

    def run(self, inputs: Sequence[Any]) -> Any:
        """Call the function with `inputs` in the chosen places."""
        for place, box in zip(self.places, inputs, strict=True):
            if isinstance(place, str):
                self.kwargs[place] = box
            else:
                self.args[place] = box
        return self.fun(*self.args, **self.kwargs)


# reverse mode


class _Root(NamedTuple):
    """An input of a trace: the box that the function sees, and where its gradient arrives."""

    box: Box
    node: Node
    leaf: Leaf | None  # below `node`, unless a node of an outer trace is


def _rooted(box: Box, recording: bool, batches: tuple[Level, ...]) -> _Root:
    """`box` under a node of its own, inside of the live batches."""
    if batches:  # every example gets a gradient of its own, even of an argument that all share
        level = batches[-1]
        root = _rooted(_in_batch(box, level), recording, batches[:-1])
        return root._replace(box=batched(root.box, level.number))
    node = node_of(box) if recording else None
    leaf = Leaf(box._value.shape, box._value.dtype) if node is None else None
    inner = identity.unary(shallow(box, _carrying(box, leaf or node)))
    return _Root(inner, node_of(inner), leaf)  # type: ignore[arg-type]


def _carrying(box: Box, node: Node | None) -> Any:
    """`node` together with the live tangents that `box` carries."""
    carried = box._node
    if type(carried) is Traced and carried.tangents:
        alive = live()
        tangents = tuple(pair for pair in carried.tangents if pair[0] in alive)
        return Traced(node, tangents) if tangents else node
    return node


def _in_batch(box: Box, level: Level) -> Box:
    """The box inside of a batched one, or `box` repeated for each example."""
    inner, own = inside(box, level.number)
    return inner if own else broadcast_to(box, (level.size, *box._value.shape))


def _untracked(box: Box) -> Box:
    """`box` without its node; live tangents and batches stay."""
    node = box._node
    if type(node) is Traced and node.batch:
        return batched(_untracked(box._value.box), node.batch)  # type: ignore[attr-defined]
    return shallow(box, _carrying(box, None))


def _live_batches() -> tuple[Level, ...]:
    """The live batching levels, outermost first."""
    levels = state.levels
    batches = tuple(level for level in levels if level.size)
    if batches and levels[-len(batches) :] != batches:
        raise NotImplementedError(
            "a gradient inside forward mode inside vmap is not supported: take the gradient of the "
            "gradient (reverse over reverse), or put vmap inside of make_jvp"
        )
    return batches


class _Trace:
    """One run of a function under recording, which gradients can be pulled through."""

    def __init__(self, fun: Function, argnum: Argnum, args: Any, kwargs: dict[str, Any]) -> None:
        self.call = _Call(fun, argnum, args, kwargs)
        self.batches = _live_batches()
        self.recording = record(True)
        try:
            roots = [_rooted(box, self.recording, self.batches) for box in self.call.boxes]
            self.result = _result(fun, self.call.run([root.box for root in roots]))
        finally:
            record(self.recording)
        self.roots = [(root.node, root.leaf) for root in roots]
        self.node = node_of(self._inside(self.result))
        self.bounded = any(leaf is None for _, leaf in self.roots) or self._meets_others()

    def _inside(self, box: Box) -> Box:
        """`box` inside of all live batches."""
        for level in reversed(self.batches):
            box = _in_batch(box, level)
        return box

    def _meets_others(self) -> bool:
        """Whether the graph leads to anything but the inputs: captured values that are tracked."""
        seen = {node for node, _ in self.roots}
        oldest = min(node.age for node in seen)
        stack = [] if self.node is None else [self.node]
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            if node.age < oldest:
                return True
            seen.add(node)
            stack.extend(node.parents)
        return False

    def pull(self, g: Box, keep: bool = False) -> Any:
        """The gradients of the inputs for the gradient `g` of the result."""
        found: dict[Node, Any] = {}
        create = self.bounded and self.recording
        if self.node is not None:
            found = sweep(
                [(self.node, self._inside(g))],
                self.result.face,
                retain=keep or create,
                create=create,
                targets=[node for node, _ in self.roots] if self.bounded else None,
            )
        grads = tuple(
            self._gradient(found.get(node if self.bounded else leaf), node, face)  # type: ignore[arg-type]
            for (node, leaf), face in zip(self.roots, self.call.faces, strict=True)
        )
        return grads[0] if self.call.one else grads

    def _gradient(self, g: Box | None, node: Node, face: type[Box]) -> Any:
        """What arrived at an input, zeros if nothing, in the form in which the input came."""
        if g is None:
            g = fresh(face, np.zeros(node.shape, node.dtype))
        for level in self.batches:
            g = batched(g, level.number)
        return _left(in_face(g, face) if face.rank else g, face)

    def value(self) -> Any:
        """The result, tracked only by what is outside of this trace."""
        y = self.result
        return _left(y if self.bounded and self.recording else _untracked(y), y.face)


def _value_and_grad(fun: Function, argnum: Argnum, args: Any, kwargs: dict[str, Any]) -> Any:
    trace = _Trace(fun, argnum, args, kwargs)
    y = trace.result._value
    if y.size != 1 or y.dtype.kind not in "biufV":
        raise TypeError(
            f"grad differentiates functions that return one real number; {_name(fun)} returned "
            f"shape {tuple(y.shape)}, dtype {y.dtype}. Reduce it (np.sum, np.mean), or use "
            "make_vjp for a product with its Jacobian."
        )
    seed = fresh(trace.result.face, np.ones(y.shape, y.dtype))
    return trace.value(), trace.pull(seed)
