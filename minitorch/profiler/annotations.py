"""Events that a program names itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import perf_counter_ns as clock
from typing import Any, TypeVar

from minitorch.profiler.recording import Recording

F = TypeVar("F", bound=Callable[..., Any])


class record_function:
    """Give a part of a program a row and a span in profiles: a `with` block, or a function.

    Args:
        name: the event's name.
        args: what to add to it in the trace.

    Example:
        >>> with torch.profiler.profile() as prof:
        ...     with torch.profiler.record_function("evaluation"):
        ...         y = torch.ones(3) + 1
        >>> [event.key for event in prof.events()]
        ['evaluation', 'add']
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._recording: Recording | None = None
        self._start = 0

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return recorded  # type: ignore[return-value]

    def __enter__(self) -> record_function:
        self._recording, self._start = Recording.active, clock()
        return self

    def __exit__(self, *exception: object) -> None:
        recording = self._recording
        if recording is not None and recording is Recording.active:
            recording.note(self.name, self._start, self.args)
