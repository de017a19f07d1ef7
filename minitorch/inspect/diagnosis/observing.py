"""Observing a model while a program runs it: everything is looked at, nothing is touched.

Hooks of all modules and optimizers, and `Tensor.backward`, tell what happens for as long as an
`Observer` is entered. It draws no random numbers and holds no memory of the program's.
"""

from __future__ import annotations

import cmath
import functools
import math
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from minitorch.engine.modes import record
from minitorch.faces.gradients import Gradients
from minitorch.faces.tensor import Tensor
from minitorch.inspect.diagnosis import layers
from minitorch.inspect.diagnosis.case import Case, Pair, array_of, finite, first_tensor
from minitorch.inspect.diagnosis.graphs import read_loss
from minitorch.nn.modules.module import (
    Module,
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from minitorch.nn.parameter import is_lazy
from minitorch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

OUTPUTS = 8  # so many outputs may wait for one backward pass; older ones are let go
OFTEN, SELDOM = 16, 8  # the first steps are measured each, later ones each so many
# Layers begin with |w| of about half the root of their width. A step is not measured by weights
# that begin at 0 or near it.
SLIGHT = 0.1
ROWS = 64  # of a batch, to compare predictions
SOUND = 1e-30, 1e30  # between them the sum of squares in float32 is as good as in float64
KEPT = 1 << 22  # bytes of an array up to which it is copied for the checks

State = tuple[Any, int]
F = TypeVar("F", bound=Callable[..., Any])


def harmless(method: F) -> F:
    """A failure of the doctor is told in the report; it never disturbs the program."""

    @functools.wraps(method)
    def guarded(self: Observer, *args: Any, **kwargs: Any) -> None:
        if self.busy or self.case.trouble:
            return
        self.busy, self.recording = True, record(False)
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            self.case.trouble = f"{type(error).__name__}: {error}"
        finally:
            record(self.recording)
            self.busy = False

    return guarded  # type: ignore[return-value]


class Observer:
    """Fills a `Case` while it is entered."""

    def __init__(self, case: Case, search: Callable[[Observer], None] | None = None) -> None:
        self.case, self.search = case, search
        self.busy = False
        self.recording = True  # whether the program records; the methods here run without
        self.parameters = dict(case.subject.named_parameters())
        self.outputs: list[Any] = []
        self.call: tuple[Any, Any] = ((), {})
        self.pair: tuple[Any, Any] | None = None
        self.makers: dict[int, tuple[Any, Module]] = {}
        self.unconsumed: Any = None  # of a forward under no_grad: (its output, whether training)
        self.since_step = 0  # backward passes that reached the model, since the last step
        self.loss = 0.0
        self.spent: dict[str, State] = {}  # gradients that a step has used
        self.dirty: set[str] = set()  # parameters whose gradient was added to a spent one
        self.latest: dict[str, Any] = {}  # gradients as the last backward pass left them
        self.weights: dict[str, np.ndarray] = {}
        self.closure = False
        self.kept_targets = 0  # bytes
        self.training = True  # the model's mode at its last recorded forward
        self.looking = True  # whether this forward is looked at in all its layers; these always are
        self.always = {id(case.subject), id(case.loss_fn)}
        self.always.update(id(m) for m in case.subject.modules() if isinstance(m, layers.FOLLOWED))
        self.held: dict[int, tuple[Any, list[int], list[str]]] = {}  # what `_ours` found

    def __enter__(self) -> Observer:
        self.grads: dict[str, State | None] = {}
        self.value = 0.0
        self.start = {name: _digest(p) for name, p in self.parameters.items()}
        self._note_equal()
        self.handles = [
            register_module_forward_pre_hook(self._before_any_call),
            register_module_forward_hook(self._after_any_call, with_kwargs=True),
            register_optimizer_step_pre_hook(self._before_step),
            register_optimizer_step_post_hook(self._after_step),
        ]
        observers.append(self)
        if len(observers) == 1:
            Gradients.backward = _observed_backward  # type: ignore[method-assign]
        return self

    def __exit__(self, *exc: object) -> None:
        observers.remove(self)
        if not observers:
            Gradients.backward = _backward  # type: ignore[method-assign]
        for handle in self.handles:
            handle.remove()
        self._end()

    @harmless
    def _note_equal(self) -> None:
        known = {n: array_of(p) for n, p in self.parameters.items() if not is_lazy(p)}
        weights = {n: w for n, w in known.items() if w is not None and w.ndim > 1 and len(w) > 1}
        self.case.equal = [name for name, w in weights.items() if (w == w[:1]).all()]

    @harmless
    def _end(self) -> None:
        self._count_silent()
        if not self.case.steps:
            now = {name: _digest(p) for name, p in self.parameters.items()}
            self.case.changed = now != self.start
        self.outputs, self.makers, self.pair, self.call = [], {}, None, ((), {})

    # -- calls of modules -----------------------------------------------------------------------

    def _before_any_call(self, module: Module, args: tuple[Any, ...]) -> None:
        if module is self.case.subject or self.unconsumed is not None:
            self._before_call(module, args)

    def _after_any_call(
        self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        if self.looking or id(module) in self.always:
            self._after_call(module, args, kwargs, output)

    @harmless
    def _before_call(self, module: Module, args: tuple[Any, ...]) -> None:
        if self.unconsumed is not None and not isinstance(module, type(self.case.loss_fn)):
            output = self.unconsumed[0]()
            # what a model under no_grad gave and another is trained on is data, no evaluation
            if output is not None and self.recording and any(a is output for a in args):
                self.unconsumed = None
        if module is self.case.subject:
            self._count_silent()
            self.makers.clear()
            self.looking = self._is_measured(self.case.forwards + 1)

    @harmless
    def _after_call(
        self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        case = self.case
        if module is case.subject:
            self._after_model(args, kwargs, output)
        elif module is case.loss_fn and len(args) > 1:
            self.pair = (args[0], args[1])
            self.compared(args[0], args[1], output)
        if id(module) in case.paths and (module.training or not case.watched):
            given = first_tensor(args)
            if given is not None:
                self._follow(module, given, first_tensor(output))
                layers.look(case, module, given, output)

    def _follow(self, module: Module, given: Any, output: Any) -> None:
        """Note whose result goes straight into whom."""
        made = self.makers.get(id(given))
        if made is not None and made[0]() is given:
            self.case.chains[id(made[1]), id(module)] = made[1], module
        if output is not None and not module._modules:
            self.makers[id(output)] = (weakref.ref(output), module)

    def _after_model(self, args: Any, kwargs: Any, output: Any) -> None:
        case, found = self.case, first_tensor(output)
        case.silent_output = output is None
        if not self.recording:
            if found is not None:
                self.unconsumed = (weakref.ref(found), case.subject.training)
            return
        case.forwards += 1
        self.training = case.subject.training
        self.call = (args, kwargs)
        if found is not None:
            self.outputs = [*self.outputs[1 - OUTPUTS :], found]
        given = map(first_tensor, (*args, *kwargs.values()))
        tensors = [t for t in given if t is not None and _is_kept(t)]
        if not case.inputs:
            case.inputs = [np.array(t._value) for t in tensors]
        if tensors and found is not None and _is_kept(found) and self._is_measured(case.forwards):
            case.recent = np.array(tensors[0]._value[:ROWS]), np.array(found._value[:ROWS])

    def _count_silent(self) -> None:
        """A forward under no_grad that nothing was trained on was an evaluation."""
        if self.unconsumed is not None:
            self.case.silent += 1
            self.case.loud += self.unconsumed[1]
            self.unconsumed = None

    def compared(self, output: Any, target: Any, loss: Any) -> None:
        """Note what a loss compares; the first and the last are kept."""
        if not self.recording or not (_is_kept(output) and _is_kept(target)):
            return
        value = array_of(loss)
        number = float(value.mean()) if isinstance(value, np.ndarray) and value.size else np.nan
        pair = Pair(np.array(output._value), np.array(target._value), number)
        self.case.last = pair
        if self.case.first is None:
            self.case.first = pair
        if self.kept_targets < KEPT:
            self.kept_targets += pair.target.nbytes
            self.case.targets.append(pair.target)

    # -- backward passes ------------------------------------------------------------------------

    @harmless
    def before_backward(self, loss: Any, alone: bool) -> None:
        """With the graph of the loss as it is, and the gradients from before.

        `alone` is said of a backward pass that was given nothing to begin with.
        """
        case, value = self.case, array_of(loss)
        if alone and self.outputs:
            case.loss_shape = tuple(loss.shape) if loss.numel() != 1 else ()
            case.constant = why_constant(case, loss, self.outputs)
        if case.backwards == 0:
            read_loss(case, loss, self.outputs)
        self.value = float(value.sum()) if value is not None else float("nan")
        self.grads = {name: _state(p) for name, p in self.parameters.items()}
        for name, state in self.grads.items():
            if state is None or not self.parameters[name].grad._value.any():
                self.dirty.discard(name)
            elif _same(self.spent.get(name), state):
                self.dirty.add(name)
        self.spent = {}

    @harmless
    def after_backward(self) -> None:
        """With what has come in."""
        before, self.grads = self.grads, {}
        reached = [n for n, p in self.parameters.items() if not _same(_state(p), before.get(n))]
        if not (before and reached):  # another thread's pass may have come to its end before
            return
        self.latest = {name: _state(self.parameters[name]) for name in reached}
        case = self.case
        case.backwards += 1
        if not np.isfinite(self.value) and not case.nonfinite:
            case.nonfinite = f"the loss of backward pass {case.backwards} is {self.value}"
            self._search()
        case.untrained += not self.training
        self.since_step += 1
        self.loss += self.value
        measured = self._is_measured(case.backwards)
        for name in reached:
            norms = case.gradients.setdefault(name, [])
            if measured or not norms:
                norms.append(_norm(self.parameters[name].grad._value))
        if case.backwards == 1:
            known = {n: p for n, p in self.parameters.items() if not is_lazy(p)}
            case.weights = {name: _norm(p._value) for name, p in known.items()}
        self.outputs = []

    def _is_measured(self, number: int) -> bool:
        return number <= OFTEN or number % SELDOM == 0

    def _search(self) -> None:
        if self.search is not None:
            self.search(self)

    # -- steps ----------------------------------------------------------------------------------

    @harmless
    def _before_step(self, optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        names = self._ours(optimizer)
        closure = [*args[1:], *kwargs.values()]
        self.closure = bool(closure) and callable(closure[0])
        if not names:
            return
        case = self.case
        if not any(optimizer is each for each in case.optimizers):
            case.optimizers.append(optimizer)
        if self._is_measured(case.steps + 1):
            self.weights = {n: np.array(self.parameters[n]._value) for n in names}
        if self.closure:
            return
        states = {name: _state(self.parameters[name]) for name in names}
        with_grad = [name for name, state in states.items() if state is not None]
        zero = not any(self.parameters[name].grad._value.any() for name in with_grad)
        left = all(_same(states.get(name), state) for name, state in self.latest.items())
        if zero and not (with_grad and self.latest and left):
            case.empty += 1
            case.cleared += self.since_step > 0
        elif all(_same(self.spent.get(name), states[name]) for name in with_grad):
            case.stale += 1
        if case.nonfinite:
            return
        with np.errstate(all="ignore"):  # sums may overflow
            bad = [n for n in with_grad if not _is_finite(self.parameters[n].grad._value)]
        if bad:
            case.nonfinite = f"the gradient of {bad[-1]} at step {case.steps + 1} is not finite"
            self._search()

    @harmless
    def _after_step(self, optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        names, case = self._ours(optimizer), self.case
        if not names:
            case.others += 1
            self.since_step, self.loss = 0, 0.0
            return
        case.steps += 1
        soiled = [name for name in names if name in self.dirty]
        if soiled:
            case.uncleared.append(_total(self.parameters[name].grad for name in soiled))
            case.uncleared_names.update(soiled)
        if self.since_step:
            case.losses.append(self.loss / (self.since_step if self.closure else 1))
        self.since_step, self.loss = 0, 0.0
        for name in names:
            state = _state(self.parameters[name])
            if state is not None:
                self.spent[name] = state
        changes = []
        for name, before in self.weights.items():
            if before.ndim > 1:
                size = max(_norm(before), SLIGHT * math.sqrt(len(before)))
                changes.append(_norm(self.parameters[name]._value - before) / size)
        if changes:
            case.updates.append(float(np.median(changes)))
            case.rates.append(max(float(g.get("lr", 0.0)) for g in optimizer.param_groups))
        self.weights = {}

    def _ours(self, optimizer: Any) -> list[str]:
        groups = [group["params"] for group in optimizer.param_groups]
        sizes = [len(group) for group in groups]
        known = self.held.get(id(optimizer))
        if known is None or known[0]() is not optimizer or known[1] != sizes:
            held = {id(p) for group in groups for p in group}
            names = [name for name, p in self.parameters.items() if id(p) in held]
            known = self.held[id(optimizer)] = weakref.ref(optimizer), sizes, names
        return known[2]


observers: list[Observer] = []
_backward = Gradients.backward


@functools.wraps(_backward)
def _observed_backward(self: Any, *args: Any, **kwargs: Any) -> None:
    """`Tensor.backward` while somebody observes."""
    watching = list(observers)
    for observer in watching:
        observer.before_backward(self, not args and kwargs.get("gradient") is None)
    _backward(self, *args, **kwargs)
    for observer in watching:
        observer.after_backward()


def _state(p: Any) -> State | None:
    """What tells one gradient from another: the tensor, held weakly, and its version."""
    grad = p.grad
    return None if grad is None else (weakref.ref(grad), grad._counter[0])


def _same(a: State | None, b: State | None) -> bool:
    """Whether two states are of one gradient; a tensor has but one such reference to it."""
    if a is None or b is None:
        return a is b
    return a[0] is b[0] and a[1] == b[1]


def _norm(array: np.ndarray) -> float:
    flat = array.reshape(-1)
    if flat.dtype == np.float32:
        square = float(np.dot(flat, flat))
        if SOUND[0] < square < SOUND[1]:
            return math.sqrt(square)
    return float(np.linalg.norm(flat if flat.dtype.kind == "c" else flat.astype(np.float64)))


def _is_finite(array: np.ndarray) -> bool:
    """Whether all numbers are; their sum tells, but for sums that overflow."""
    return cmath.isfinite(array.sum()) or finite(array)


def _total(grads: Any) -> float:
    return float(np.sqrt(sum(_norm(g._value) ** 2 for g in grads if g is not None)))


def _digest(p: Any) -> int:
    array = None if is_lazy(p) else array_of(p)
    return 0 if array is None else hash(array.tobytes())


def why_constant(case: Case, loss: Any, outputs: list[Any]) -> str:
    """Why no gradient can come from a loss to the model; "" where it can."""
    if not isinstance(loss, Tensor):
        return f"the loss is a {type(loss).__name__}, no tensor: item(), float() or NumPy made it"
    if not case.trainable():
        return ""
    if loss.requires_grad:
        made = "the loss is a leaf of the graph: requires_grad_(True) on it brings no graph back"
        return made if loss.is_leaf else ""
    if not any(output.requires_grad for output in outputs):
        return "the model's output does not require grad: forward cuts the graph"
    return "the model's output requires grad, but the loss that is made of it does not"


def _is_kept(value: Any) -> bool:
    array = array_of(value) if value is not None else None
    return array is not None and array.nbytes <= KEPT
