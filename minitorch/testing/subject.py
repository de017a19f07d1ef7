"""What is checked, as a function of its floating-point arrays."""

from __future__ import annotations

import contextlib
import copy
import inspect
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minitorch.autograd import Function
from minitorch.differential.containers import flatten, is_result
from minitorch.engine.box import Box, fresh
from minitorch.faces.array import Array
from minitorch.faces.tensor import Tensor
from minitorch.func import functional_call
from minitorch.nn import Module
from minitorch.random import get_rng_state, manual_seed, set_rng_state


class Inputs:
    """The arguments of a call: which of their arrays move, and what these are called.

    Floating-point Tensors and arrays move (of Tensors those that require grad, if some do); Python
    numbers only where nothing else is there. If all of these are whole, they count as floats.
    """

    def __init__(self, args: Sequence[Any], keywords: dict[str, Any], tensors: bool) -> None:
        self.leaves, self.form = flatten((tuple(args), keywords))
        arrays = [leaf for leaf in self.leaves if isinstance(leaf, (Box, np.ndarray))]
        if not arrays and not any(isinstance(leaf, (float, complex)) for leaf in self.leaves):
            self.leaves = [float(x) if type(x) is int else x for x in self.leaves]
        self.face: type[Box] = (
            Tensor if tensors or any(isinstance(a, Tensor) for a in arrays) else Array
        )
        chosen = [a for a in arrays if isinstance(a, Tensor) and a.requires_grad]
        self.values = [np.asarray(_value(leaf)) for leaf in self.leaves]
        self.boxed = [isinstance(leaf, (Box, np.ndarray)) for leaf in self.leaves]
        self.moving = [
            i
            for i, (leaf, value) in enumerate(zip(self.leaves, self.values))
            if value.dtype.kind in "fc"
            and (isinstance(leaf, (Box, np.ndarray)) or not arrays)
            and (not chosen or any(leaf is a for a in chosen))
        ]

    @property
    def arrays(self) -> list[np.ndarray]:
        """The arrays that move."""
        return [self.values[i] for i in self.moving]

    def filled(self, moving: Sequence[Any], kind: Any = None) -> tuple[tuple[Any, ...], Any]:
        """Positional and keyword arguments with these boxes or arrays in place of what moves."""
        leaves: list[Any] = []
        for leaf, value, boxed in zip(self.leaves, self.values, self.boxed, strict=True):
            if not boxed:
                leaves.append(leaf)
                continue
            array = in_precision(value, kind).copy()
            leaves.append(fresh(Tensor, array) if self.face is Tensor else array)
        for i, given in zip(self.moving, moving, strict=True):
            leaves[i] = given
        args, keywords = self.form.build(iter(leaves))
        return args, keywords


class Subject:
    """A target: a function, a module, a `Function`, a primitive, or a class of modules.

    Each call begins with the same random numbers, and leaves a module as it was.
    """

    def __init__(self, target: Any, seed: int | None = 0) -> None:
        if isinstance(target, type) and issubclass(target, Module):
            with repeatable(seed or 0):
                target = target()
        elif isinstance(target, Module):
            target = copy.deepcopy(target)
        self.name = name_of(target)
        owner = getattr(target, "__self__", None)
        if isinstance(owner, type) and issubclass(owner, Function):
            target = owner  # given as Function.apply
            self.name = owner.__name__
        self.is_function = isinstance(target, type) and issubclass(target, Function)
        self.target: Any = target.apply if self.is_function else target
        if not callable(self.target):
            raise TypeError(f"check: {self.name} is no function and no module; it can't be called")
        # a Function says itself whether it has forward mode
        self.has_forward = not self.is_function or target.jvp is not Function.jvp
        self.module: Module | None = target if isinstance(target, Module) else None
        self.seed = seed
        self.form = ""  # of the last result
        self._casts: dict[Any, Module] = {}
        self._draws: dict[bool, bool] = {}  # in training, in evaluation: whether it is random

    def cast(self, kind: Any) -> Any:
        """The target, in the case of a module a copy of it with numbers of this dtype."""
        if self.module is None:
            return self.target
        if kind not in self._casts:
            twin = copy.deepcopy(self.module)
            self._casts[kind] = twin.to(_torch_dtype(kind)) if kind else twin
        twin = self._casts[kind]
        twin.train(self.module.training)
        for own, other in zip(twin.modules(), self.module.modules()):
            own.training = other.training
        return twin

    def parameters(self, kind: Any = None) -> dict[str, np.ndarray]:
        """The arrays of the parameters that require grad."""
        if self.module is None:
            return {}
        named = self.cast(kind).named_parameters()
        return {name: p._value for name, p in named if p.requires_grad}

    def function(
        self, inputs: Inputs, kind: Any = None, wrt: Sequence[str] = ()
    ) -> Callable[[Sequence[Any]], list[Box]]:
        """The function of the moving arrays, then of the parameters `wrt`, on boxes."""
        target, count = self.cast(kind), len(inputs.moving)

        def f(boxes: Sequence[Any]) -> list[Box]:
            args, keywords = inputs.filled(boxes[:count], kind)
            given = dict(zip(wrt, boxes[count:], strict=True))
            result = self._same_again(target, given, args, keywords)
            self.form = form_of(result)
            return outputs(result, inputs.face)

        return f

    def _same_again(self, target: Any, weights: dict[str, Any], args: Any, keywords: Any) -> Any:
        """One call, with the same random numbers as each, which many need none of."""

        def call() -> Any:
            if self.module is None:
                return target(*args, **keywords)
            given: Any = {**weights, **{n: b.clone() for n, b in target.named_buffers()}}
            return functional_call(target, given, args, keywords)

        mode = self.module is not None and self.module.training
        if self.seed is None or not self._draws.get(mode, True):
            return call()
        with repeatable(self.seed) as drew:
            result = call()
            if mode not in self._draws:
                self._draws[mode] = drew()
        return result

    def called(self, inputs: Inputs, kind: Any = None, arrays: Any = None) -> list[np.ndarray]:
        """The results for the inputs, or for other arrays in place of those that move."""
        found = self.run(inputs, kind, arrays)
        return [np.asarray(box._value) for box in found]  # no subclass, which compares as it likes

    def run(self, inputs: Inputs, kind: Any = None, arrays: Any = None) -> list[Box]:
        """The same, as boxes: NumPy functions are given arrays."""
        values = inputs.arrays if arrays is None else arrays
        given = [_plain(in_precision(v, kind), inputs.face) for v in values]
        return self.function(inputs, kind)(given)


def in_precision(value: np.ndarray, kind: Any) -> np.ndarray:
    """Floating-point numbers in the precision of `kind`, complex ones in that too."""
    if kind is None or value.dtype.kind not in "fc":
        return value
    return value.astype(kind if value.dtype.kind == "f" else np.result_type(kind, np.complex64))


def _plain(value: np.ndarray, face: type[Box]) -> Any:
    if face is Tensor:
        return fresh(Tensor, value.copy())
    return value.copy() if value.ndim else value[()]


def outputs(result: Any, face: type[Box]) -> list[Box]:
    """The numbers in a result, as boxes."""
    found, _ = flatten(result, is_result)
    if not found:
        raise TypeError(
            f"it returned {type(result).__name__}, not a "
            f"{'Tensor' if face is Tensor else 'number or an array'}"
        )
    return [y if isinstance(y, Box) else fresh(face, np.asarray(y)) for y in found]


def form_of(result: Any) -> str:
    """Which containers a result is made of; lists and tuples count as the same."""
    if isinstance(result, Mapping):
        return f"a dict of {', '.join(f'{k!r}: {form_of(v)}' for k, v in result.items())}"
    if isinstance(result, (tuple, list)):
        return f"a tuple of ({', '.join(map(form_of, result))})"
    return "an array" if is_result(result) else "an object"


def name_of(target: Any) -> str:
    """What a target is called in a report."""
    if isinstance(target, Module):
        return type(target).__name__
    name = getattr(target, "__name__", None) or getattr(target, "name", None)
    return str(name or type(target).__name__)


def labels(target: Any, inputs: Inputs) -> list[str]:
    """What the moving inputs are called: `input 0 (x)`."""
    shown, first = target.forward if isinstance(target, Module) else target, 0
    owner = getattr(target, "__self__", None)
    if isinstance(owner, type) and issubclass(owner, Function):  # forward(ctx, x) is called with x
        shown, first = owner.forward, int(owner.setup_context is Function.setup_context)
    try:
        names = [
            p.name
            for p in inspect.signature(shown).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ][first:]
    except (TypeError, ValueError):
        names = []
    args, keywords = inputs.form.build(iter(inputs.leaves))
    owners: list[str] = []
    for i, arg in enumerate(args):
        named = f" ({names[i]})" if i < len(names) and names[i] != "args" else ""
        owners += _parts(f"input {i}{named}", arg)
    for key, value in keywords.items():
        owners += _parts(f"input {key}", value)
    return [owners[i] for i in inputs.moving]


def _parts(label: str, value: Any) -> list[str]:
    count = len(flatten(value)[0])
    return [label] * count if count == 1 else [f"{label}, part {k}" for k in range(count)]


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[Callable[[], bool]]:
    """The same random numbers each time, and afterwards those that would have come.

    What it gives tells whether any was drawn.
    """
    # NumPy's global state is what functions under test draw from
    before = get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        random.seed(seed)
        start = _states()
        yield lambda: _states() != start
    finally:
        set_rng_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])


def _states() -> tuple[Any, ...]:
    """The states of all random streams, to be compared."""
    numpy_state: Any = np.random.get_state()  # noqa: NPY002
    keys = numpy_state[1].tobytes()
    return get_rng_state()._value.tobytes(), keys, numpy_state[2:], random.getstate()


def _value(leaf: Any) -> Any:
    return leaf._value if isinstance(leaf, Box) else leaf


def _torch_dtype(kind: Any) -> Any:
    return fresh(Tensor, np.empty(0, kind)).dtype
