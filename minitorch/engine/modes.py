"""What is being recorded in this thread: gradient modes and the live transforms.

One thread-local number, `state.mode`, is all that the hot path reads:
bit 0 (`RECORD`) says that operations hang nodes on their results, bit 1 (`TRACE`)
that a forward-mode or batching transform is live, so that boxes may carry more
than a value and a node, or that a recorder listens (see `recorder` below).
"""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

RECORD = 1
TRACE = 2
GENERATOR = 0x20  # the flag of a generator's code, as `inspect` (slow to import) names it

F = TypeVar("F", bound=Callable[..., Any])


class State(threading.local):
    """The modes of one thread; class attributes are what a new thread starts with.

    `recorder`, where there is one, is told of each operation that hangs a node, as
    `recorder(op, boxes, params, results)`; it is only asked for while `TRACE` is set. `pauses`
    counts the times that a program switched recording off (the engine's own are not counted).
    `sweep` is the backward pass that is running; `noting` is the recorder that notes where nodes
    are made, and `anomalies` says whether a backward pass looks for NaN; `inference` whether
    recording is off by the name of inference mode.
    """

    mode = RECORD
    levels: tuple[Any, ...] = ()
    recorder: Callable[..., None] | None = None
    pauses = 0
    sweep: Any = None
    noting: Callable[..., None] | None = None
    anomalies = False
    inference = False


state = State()
inferring: list[State] = []  # one for each `inference_mode` that is live, in whatever thread


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded in this thread."""
    return bool(state.mode & RECORD)


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in `inference_mode`."""
    return state.inference


def is_anomaly_enabled() -> bool:
    """Whether nodes note where they are made (`autograd.detect_anomaly`)."""
    return state.noting is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether backward passes look for NaN where anomaly detection is on."""
    return state.anomalies or state.noting is None


def record(enabled: bool) -> bool:
    """Switch recording in this thread; the earlier setting is returned."""
    before = state.mode & RECORD
    state.mode = (state.mode | RECORD) if enabled else (state.mode & ~RECORD)
    return bool(before)


def switch(enabled: bool) -> bool:
    """`record`, as a program does it."""
    state.pauses += not enabled
    return record(enabled and not state.inference)


class Listeners:
    """The recorder of several that want to hear of each operation."""

    __slots__ = ("each",)

    def __init__(self, *each: Callable[..., None]) -> None:
        self.each = each

    def __call__(self, *args: Any) -> None:
        for listener in reversed(self.each):  # of hooks on what is saved, the innermost are used
            listener(*args)


def listen(listener: Callable[..., None]) -> None:
    """Let `listener` hear of each operation that hangs a node, besides who does so already."""
    earlier = state.recorder
    state.recorder = listener if earlier is None else Listeners(earlier, listener)
    state.mode |= TRACE


def unlisten(listener: Callable[..., None]) -> None:
    """The reverse of `listen`."""
    state.recorder = _without(state.recorder, listener)
    if state.recorder is None and not state.levels:
        state.mode &= ~TRACE


def _without(recorder: Any, listener: Callable[..., None]) -> Any:
    if recorder == listener:  # a bound method is a new object each time it is asked for
        return None
    if type(recorder) is not Listeners:
        return recorder
    first, second = recorder.each
    if second == listener:
        return first
    rest = _without(first, listener)
    return second if rest is None else Listeners(rest, second)


class _Mode:
    """A recording mode as a context manager and as a decorator; always undone on the way out."""

    enabled = False

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(switch(self.enabled))

    def __exit__(self, *exc: object) -> None:
        record(self._before.pop())

    def _anew(self) -> _Mode:
        return type(self)()

    def __call__(self, function: F) -> F:
        if isinstance(function, type):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You "
                "should only decorate functions or methods. To preserve the current behavior of "
                "class decoration, you can directly decorate the `__init__` method and nothing "
                "else.",
                FutureWarning,
                stacklevel=2,
            )
        if getattr(function, "__code__", None) and function.__code__.co_flags & GENERATOR:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                steps = function(*args, **kwargs)
                resume, given = steps.send, None
                try:
                    while True:  # the mode holds while the generator runs, not while it waits
                        with self._anew():
                            value = resume(given)
                        try:
                            resume, given = steps.send, (yield value)
                        except GeneratorExit:
                            raise
                        except BaseException as error:
                            resume, given = steps.throw, error
                except StopIteration as stop:
                    return stop.value
                finally:
                    with self._anew():
                        steps.close()
        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self._anew():
                    return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


class no_grad(_Mode):
    """Switch gradient recording off, as a context or a decorator.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> with torch.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        mode = super().__new__(cls)
        if function is None:
            return mode
        mode.__init__()  # type: ignore[misc]
        return mode(function)


class inference_mode(_Mode):
    """`no_grad` for good: what is computed in it, too, takes no part in derivatives later.

    The tensors made in it (but for views of others) are inference tensors: outside, they must not
    be written to, nor be saved for a backward pass; a `.clone()` is an ordinary tensor again.
    `inference_mode(False)` switches recording on.

    Example:
        >>> with torch.inference_mode():
        ...     y = torch.ones(2)
        ...     torch.is_grad_enabled()
        False
        >>> y.is_inference()
        True
    """

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        self = super().__new__(cls)
        if callable(mode):
            self.__init__()  # type: ignore[misc]
            return self(mode)
        return self

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.off = bool(mode)
        self._outside: list[bool] = []

    def __enter__(self) -> None:
        self._outside.append(state.inference)
        state.inference = self.off
        self._before.append(switch(not self.off))
        inferring.append(state)

    def __exit__(self, *exc: object) -> None:
        super().__exit__(*exc)
        inferring.pop()
        state.inference = self._outside.pop()

    def _anew(self) -> inference_mode:
        return type(self)(self.off)


class enable_grad(no_grad):
    """Switch gradient recording on, as a context or a decorator.

    Example:
        >>> x = torch.ones(2, requires_grad=True)
        >>> with torch.no_grad(), torch.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """

    enabled = True


class set_grad_enabled(_Mode):
    """Set gradient recording at once, and for a `with` block where it is used as one.

    Example:
        >>> with torch.set_grad_enabled(False):
        ...     torch.is_grad_enabled()
        False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.enabled = bool(mode)
        self._before.append(switch(self.enabled))

    def __enter__(self) -> None:
        record(self.enabled and not state.inference)

    def __call__(self, function: F) -> F:
        record(self._before[-1])  # as a decorator it acts on the calls, not on the definition
        return super().__call__(function)

    def _anew(self) -> set_grad_enabled:
        return type(self)(self.enabled)
