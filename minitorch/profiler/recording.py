"""What a profiler records, and how it comes to hear of it.

Nothing in minitorch asks whether a profiler runs. While one does, what computes is exchanged for
the same between two looks at the clock: the function of each primitive, the derivative in each
plan, the calls of modules, the steps of optimizers. When it stops, all is put back.
"""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Callable
from threading import get_ident
from time import perf_counter_ns as clock
from typing import Any, NamedTuple

import numpy as np

from minitorch.autograd.applying import Application, FunctionPlan
from minitorch.differential import checkpointing
from minitorch.engine import reverse
from minitorch.engine.box import Box
from minitorch.engine.node import Node, tick
from minitorch.engine.plan import Plan
from minitorch.engine.primitive import Primitive
from minitorch.engine.registry import registry, watchers
from minitorch.extend.operation import Operation, OperationPlan
from minitorch.nn.modules.everywhere import AROUND, calls
from minitorch.nn.modules.module import Module
from minitorch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from minitorch.utils.data.passes import Pass, SingleProcessPass

OP, BACKWARD, MODULE, ENGINE, TASK, NOTE = range(6)
# whose frames no stack shows: minitorch, NumPy, and the plans that minitorch compiles
HIDDEN = (
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep,
    os.path.dirname(os.path.abspath(np.__file__)) + os.sep,
    "<string>",
)
ndarray = np.ndarray


class Entry(NamedTuple):
    """What is known of one event when it ends; the log holds it as a plain tuple.

    `kind` is an operation, the derivative of one, a call of a module, a part of the engine's
    backward pass, a task (a step of an optimizer, a batch of a loader) or a note of the program's.
    `age` is that of the node of a derivative; of others, a number that is younger than all nodes
    made before the event ended (a module's: began) and older than those made after. `size` counts
    the bytes of results that are not views. `more` depends on the kind: an operation's shapes and
    stack, if these are recorded; the name of a derivative's operation; a module's number, with the
    age of the end of the call; the text that a note has.
    """

    kind: int
    name: str
    start: int
    end: int
    thread: int
    age: int
    size: int
    more: Any


class Recording:
    """One time of recording; `active` is the one that is under way.

    `log` has an entry for each event, in the order in which they ended; `memory` the moments at
    which results came and went, as (time, thread, bytes); `spans` when it was recorded. `inside`
    has, for each module that was called, the names of the modules in it; all go by numbers, so
    that a recording that has ended keeps no module alive.
    """

    active: Recording | None = None

    def __init__(
        self, shapes: bool = False, stacks: bool = False, memory: bool = False,
        earlier: Recording | None = None,
    ) -> None:  # fmt: skip
        self.shapes, self.stacks = shapes, stacks
        self.log: list[Any] = []
        self.memory: list[tuple[int, int, int]] | None = [] if memory else None
        self.spans: list[tuple[int, int]] = []
        self.inside: dict[int, dict[int, str]] = {}
        if earlier is not None:  # from where it stopped, this one goes on
            self.log, self.memory, self.spans = earlier.log, earlier.memory, earlier.spans
            self.inside = earlier.inside
        self.thread = get_ident()
        self._kept = len(self.log)
        self._called: dict[int, Module] = {}
        self._alive: dict[int, weakref.ref[Any]] = {}
        self._swapped: list[tuple[Any, str, Any]] = []
        self._begun: dict[tuple[int, int], int] = {}
        self._hooks: list[Any] = []

    # Beginning and ending

    def start(self) -> None:
        """Exchange all that is to be timed.

        Raises:
            RuntimeError: another profiler is recording.
        """
        if Recording.active is not None:
            raise RuntimeError(
                "Profiler is already enabled on this thread. One profiler records at a time, for "
                "all threads: leave the `with` block of the other one, or stop() it, first"
            )
        Recording.active = self
        try:
            self._exchange()
        except BaseException:
            self.restore()
            raise
        self._started = clock()

    def stop(self) -> None:
        """Put everything back."""
        ended = clock()
        self.restore()
        self.spans.append((self._started, ended))
        for number, module in self._called.items():
            self.inside[number] = {id(child): name for name, child in named(module)}
        self._called.clear()

    def again(self) -> None:
        """Forget what was recorded since the start."""
        del self.log[self._kept :]
        self._started = clock()

    def _exchange(self) -> None:
        watchers.append(self._told)
        for op in registry.values():
            for made_of in (op, *op.plans):
                if made_of is not None:
                    self._told(made_of)
        _forget_pushes()
        for owner, name, kind, describe in ENCLOSED:
            timed = self._around(getattr(owner, name), kind, describe)
            static = isinstance(vars(owner)[name], staticmethod)
            self._swap(owner, name, staticmethod(timed) if static else timed)
        sweep: Any = reverse._Sweep
        methods = {
            "run": self._around(sweep.run, ENGINE, lambda *_: ("backward: sweep",)),
            "results": self._around(sweep.results, ENGINE, self._gradients),
        }
        self._swap(reverse, "_Sweep", type("_TimedSweep", (sweep,), methods))
        # Not a method of Module's own: a class that is changed often becomes slow in Python 3.13
        calls[AROUND] = "around", self._module()
        self._hooks = [
            register_optimizer_step_pre_hook(self._before_step),
            register_optimizer_step_post_hook(self._after_step),
        ]

    def restore(self) -> None:
        """Put everything back, in whatever state it is."""
        calls.pop(AROUND, None)
        for hook in self._hooks:
            hook.remove()
        if self._told in watchers:
            watchers.remove(self._told)
        for owner, name, original in reversed(self._swapped):
            setattr(owner, name, original)
        self._swapped.clear()
        self._alive.clear()
        _forget_pushes()
        Recording.active = None

    def _swap(self, owner: Any, name: str, replacement: Any) -> None:
        own = getattr(owner, "__dict__", {})  # a method as it stands there, static or not
        self._swapped.append((owner, name, own[name] if name in own else getattr(owner, name)))
        setattr(owner, name, replacement)

    def _told(self, made: Any) -> None:
        """Time a primitive, or the rules in a plan."""
        if isinstance(made, Primitive):
            self._swap(made, "run", self._operation(made.run, made.name))
        elif type(made) is not OperationPlan:
            self._swap(made, "backward", self._rule(made.backward, made))
            if made.rules:
                self._swap(made, "rules", tuple([self._rule(r, made) for r in made.rules]))

    # What is put in the place of each

    def _operation(self, run: Callable[..., Any], name: str) -> Callable[..., Any]:
        append, detailed = self.log.append, self.shapes or self.stacks
        memory = self.memory is not None

        def timed(*args: Any, **kwargs: Any) -> Any:
            start = clock()
            value = run(*args, **kwargs)
            end = clock()
            if type(value) is ndarray and value.base is None and not kwargs:
                size = 0 if args and value is args[0] else value.nbytes  # made() in short
            else:
                size = 0 if kwargs else made(value, args)
            more = self._details(args) if detailed else None
            if memory and size:
                self._appeared(value, end)
            append((OP, name, start, end, get_ident(), tick(), size, more))
            return value

        return timed

    def _rule(self, backward: Callable[..., Any], plan: Plan) -> Callable[..., Any]:
        append, memory, op = self.log.append, self.memory is not None, plan.op.name
        title = plan.op.grad_name

        def timed(g: Any, node: Node, saved: Any) -> Any:
            start = clock()
            grads = backward(g, node, saved)
            end = clock()
            size = 0
            for grad in grads if type(grads) in (tuple, list) else (grads,):
                if type(grad) is ndarray and grad is not g:
                    size += grad.nbytes if grad.base is None else made(grad, (g, *saved))
            if memory and size:
                self._appeared(grads, end)
            name = title if type(node) is Node and type(title) is str else node.name()
            append((BACKWARD, name, start, end, get_ident(), node.age, size, op))
            return grads

        return timed

    def _module(self) -> Callable[..., Any]:
        append, called = self.log.append, self._called

        def timed(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            first, start = tick(), clock()
            try:
                if len(calls) > 1 or has_hooks(module):
                    return module._call_between_hooks(args, kwargs)
                return module.forward(*args, **kwargs)
            finally:
                name, number = type(module).__name__, id(module)
                called[number] = module
                append((MODULE, name, start, clock(), get_ident(), first, 0, (number, tick())))

        return timed

    def _around(self, function: Callable[..., Any], kind: int, describe: Described) -> Any:
        def timed(*args: Any, **kwargs: Any) -> Any:
            start, value = clock(), None
            try:
                value = function(*args, **kwargs)
                return value
            finally:
                self._ended(kind, start, *describe(value, *args))

        return timed

    def _before_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self._begun[id(optimizer), get_ident()] = clock()

    def _after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        start = self._begun.pop((id(optimizer), get_ident()), None)
        if start is not None:
            self._ended(TASK, start, *_of(optimizer, "step"))

    # What is noted

    def _ended(
        self, kind: int, start: int, name: str, age: int = 0, size: int = 0, more: Any = None
    ) -> None:
        self.log.append((kind, name, start, clock(), get_ident(), age or tick(), size, more))

    def note(self, name: str, start: int, text: str | None = None) -> None:
        """Enter an event of the program's own, which ends now."""
        self._ended(NOTE, start, name, more=text)

    def _details(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        return shapes_of(args) if self.shapes else None, stack() if self.stacks else None

    def _gradients(self, found: Any, sweep: Any) -> tuple[str]:
        """Note those that were copied into memory of their own."""
        if self.memory is not None and found is not None:
            self._appeared([g._value for g in found.values()], clock())
        return ("backward: results",)

    def _appeared(self, value: Any, now: int) -> None:
        """Note that arrays have come, and watch them go."""
        for array in value if type(value) in (tuple, list) else (value,):
            if type(array) is not ndarray:
                continue
            array = array if type(array.base) is not ndarray else array.base
            if id(array) not in self._alive:
                self._watch(array, now)

    def _watch(self, array: np.ndarray, now: int) -> None:
        memory, alive, key, size = self.memory, self._alive, id(array), array.nbytes
        assert memory is not None

        def gone(reference: Any) -> None:
            if alive.pop(key, None) is reference:
                memory.append((clock(), get_ident(), -size))

        alive[key] = weakref.ref(array, gone)
        memory.append((now, get_ident(), size))


def has_hooks(module: Module) -> bool:
    """Whether a module has hooks of its own around its calls."""
    forward = module._forward_pre_hooks or module._forward_hooks
    return bool(forward or module._backward_pre_hooks or module._backward_hooks)


def named(module: Module) -> list[tuple[str, Module]]:
    """The modules in a module, with their names."""
    try:
        return list(module.named_modules())
    except AttributeError:  # its __init__ failed
        return []


def made(value: Any, args: tuple[Any, ...]) -> int:
    """The bytes of a result, or of several, that lie in no memory of an argument."""
    if type(value) in (tuple, list):
        return sum([made(part, args) for part in value])
    if isinstance(value, Box):
        return 0  # the operations that made it tell
    if type(value) is not ndarray:
        return 0
    memory = value if value.base is None else value.base
    for a in args:
        if type(a) is ndarray and (a is memory or (a.base is memory and a.base is not None)):
            return 0
    return value.nbytes


def shapes_of(args: Any) -> list[Any]:
    """The shapes of arrays among arguments; [] for what is none, as PyTorch shows them."""
    return [shapes_of(a) if type(a) is list else list(getattr(a, "shape", ())) for a in args]


def stack() -> list[str]:
    """Where the program is, outside of minitorch: innermost first."""
    lines, frame = [], sys._getframe(3)
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(HIDDEN):
            lines.append(f"{code.co_filename}({frame.f_lineno}): {code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return lines


def _forget_pushes() -> None:
    """Forward derivatives are compiled with the functions of the time: let them be made anew."""
    for op in registry.values():
        op.pushes[:] = [None] * len(op.pushes)


def _called(value: Any, op: Primitive, *args: Any) -> tuple[Any, ...]:
    return op.name, 0, made(value, ())


def _derived(grads: Any, plan: Any, g: Any, node: Node, saved: Any) -> tuple[Any, ...]:
    return node.name(), node.age, made(grads, ()), plan.op.name


def _rerun(grads: Any, g: Any, node: Node, saved: Any) -> tuple[Any, ...]:
    return node.name(), node.age, 0, "checkpoint"  # what was run again tells of its bytes


def _fetched(_: Any, batches: Pass) -> tuple[str]:
    kind = "_SingleProcess" if type(batches) is SingleProcessPass else "_MultiProcessing"
    return (f"enumerate(DataLoader)#{kind}DataLoaderIter.__next__",)  # as PyTorch has it


def _of(optimizer: Optimizer, method: str) -> tuple[str]:
    return (f"Optimizer.{method}#{type(optimizer).__name__}.{method}",)


# what else is timed, and how it is told of: name, age, size and more, by result and arguments
Described = Callable[..., tuple[Any, ...]]
ENCLOSED: tuple[tuple[Any, str, int, Described], ...] = (
    (Application, "forward", OP, _called),
    (Operation, "execute", OP, _called),
    (FunctionPlan, "backward", BACKWARD, _derived),
    (OperationPlan, "backward", BACKWARD, _derived),
    (checkpointing._Plan, "backward", BACKWARD, _rerun),
    (Optimizer, "zero_grad", TASK, lambda _, optimizer, *args: _of(optimizer, "zero_grad")),
    (Pass, "__next__", TASK, _fetched),
    (reverse, "backward", ENGINE, lambda *_: ("backward",)),
    (reverse, "deposit", ENGINE, lambda *_: ("torch::autograd::AccumulateGrad",)),
)


def _forked() -> None:
    """Put everything back in a process that was forked: nobody there reads what it records."""
    if Recording.active is not None:
        Recording.active.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
