"""The profiler as `torch.autograd.profiler` has it: one time of recording."""

from __future__ import annotations

import os
import warnings
from typing import Any

from minitorch.faces import html
from minitorch.profiler.events import FunctionEventAvg
from minitorch.profiler.lists import EventList
from minitorch.profiler.recording import Recording
from minitorch.profiler.tree import events_of


def unavailable(device: str) -> None:
    """Warn that there is nothing to profile on a device."""
    name = device.upper()
    warnings.warn(f"{name} is not available, disabling {name} profiling", stacklevel=4)


class profile:
    """Record the operations that run in a `with` block, in all threads.

    Most programs use `torch.profiler.profile`, which can also follow a schedule.

    Args:
        enabled: False makes the block do nothing.
        use_device: a device other than the CPU: there is none, which a warning says.
        record_shapes: record the shapes of arguments.
        profile_memory: record when results come and go, and how large they are.
        with_stack: record where in the program each operation was called.
        with_modules: changes nothing: modules are recorded always.

    Raises:
        RuntimeError: on entering, if another profiler is recording.

    Example:
        >>> x = torch.ones(3, requires_grad=True)
        >>> with torch.autograd.profiler.profile() as prof:
        ...     (x * x).sum().backward()
        >>> [row.key for row in prof.key_averages()][:2]
        ['multiply', 'sum']
    """

    def __init__(
        self, enabled: bool = True, *, use_cuda: bool = False, use_device: str | None = None,
        record_shapes: bool = False, with_flops: bool = False, profile_memory: bool = False,
        with_stack: bool = False, with_modules: bool = False, use_kineto: bool = False,
        use_cpu: bool = True, acc_events: bool = False,
    ) -> None:  # fmt: skip
        self.enabled, self.entered = enabled, False
        self.record_shapes, self.with_stack = record_shapes, with_stack
        self.profile_memory, self.acc_events = profile_memory, acc_events
        self.metadata: dict[str, Any] = {}
        self._recording: Recording | None = None
        self._found: EventList | None = None
        if not enabled:
            return
        if use_cuda:
            warnings.warn(
                "The attribute `use_cuda` will be deprecated soon, please use "
                "``use_device = 'cuda'`` instead.",
                FutureWarning,
                stacklevel=2,
            )
            use_device = "cuda"
        if use_device not in (None, "cpu"):
            unavailable(use_device)  # type: ignore[arg-type]
        if not use_cpu:
            raise AssertionError("use_cpu=False: there is nothing but the CPU to profile")
        if with_flops:
            warnings.warn(
                "with_flops=True: floating-point operations are not counted", stacklevel=2
            )

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.start()
        self.entered = True
        return self

    def __exit__(self, *exception: object) -> None:
        if self.enabled:
            self.stop()

    def start(self) -> None:
        """Begin to record."""
        recording = Recording(
            self.record_shapes, self.with_stack, self.profile_memory,
            self._recording if self.acc_events else None,
        )  # fmt: skip
        recording.start()
        self._recording, self._found = recording, None

    def stop(self) -> None:
        """Record no more."""
        if self._recording is not None and self._recording is Recording.active:
            self._recording.stop()

    def __del__(self) -> None:
        if hasattr(self, "_recording"):  # or __init__ failed
            profile.stop(self)  # nobody else could any more

    @property
    def function_events(self) -> EventList:
        """All events, in the order in which they began; none before the recording ended."""
        recording = self._recording
        if recording is None or not recording.spans or recording is Recording.active:
            return EventList()
        if self._found is None:
            self._found = events_of(recording, self.profile_memory, self.metadata)
        return self._found

    def _recorded(self, asking: str) -> EventList:
        return self.function_events

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0,
        group_by_overload_name: bool = False, **ours: bool,
    ) -> EventList:  # fmt: skip
        """The events added up by name, or as asked for; see `EventList.key_averages`."""
        return self._recorded("getting key averages").key_averages(
            group_by_input_shape, group_by_stack_n, group_by_overload_name, **ours
        )

    def by_operation(self) -> EventList:
        """A row for each operation, with its time forward and backward."""
        return self.key_averages(group_by_operation=True)

    def by_module(self) -> EventList:
        """A row for each module, by its path, with its time forward and backward."""
        return self.key_averages(group_by_module=True)

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write a trace for chrome://tracing or ui.perfetto.dev; compressed if it ends in .gz."""
        self._recorded("exporting chrome trace").export_chrome_trace(path)

    def export_stacks(
        self, path: str | os.PathLike[str], metric: str = "self_cpu_time_total"
    ) -> None:
        """Write where in the program the time went, for a flame graph (`with_stack=True`)."""
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self._recorded("exporting stacks").export_stacks(path, metric)

    def __repr__(self) -> str:
        if self._recording is None or self._recording is Recording.active:
            return f"<{'unfinished' if self.enabled else 'disabled'} torch.autograd.profile>"
        return repr(self.function_events)

    def _repr_html_(self) -> str:
        if self._recording is None or self._recording is Recording.active:
            return html.lines(repr(self))
        return self.key_averages()._repr_html_()

    def __str__(self) -> str:
        finished = self._recording is not None and self._recording is not Recording.active
        return str(self.function_events) if finished else repr(self)

    def table(self, *args: Any, **kwargs: Any) -> str:
        """All events as a table; see `EventList.table`."""
        return self.function_events.table(*args, **kwargs)

    def total_average(self) -> FunctionEventAvg:
        """All events added up."""
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all events in microseconds, none of it counted twice."""
        return self.function_events.self_cpu_time_total
