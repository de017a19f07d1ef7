"""The profiler as `torch.profiler` has it: recording by a schedule of steps."""

from __future__ import annotations

import json
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from time import perf_counter_ns as clock
from typing import Any

from minitorch.profiler import session
from minitorch.profiler.kinds import ProfilerAction, ProfilerActivity
from minitorch.profiler.lists import EventList
from minitorch.profiler.recording import Recording

NONE, WARMUP, RECORD, SAVE = ProfilerAction
KEPT = (RECORD, SAVE)


def supported_activities() -> set[ProfilerActivity]:
    """What can be profiled: the CPU."""
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """Whether PyTorch's tracing library is there: it is not, and not needed."""
    return False


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0,
    skip_first_wait: int = 0,
) -> Callable[[int], ProfilerAction]:  # fmt: skip
    """A schedule for `profile`: which steps wait, which run without being kept, which are recorded.

    Args:
        wait, warmup, active: the steps of a cycle, in this order.
        repeat: how many cycles; as many as there are steps for with 0.
        skip_first: the steps before all cycles.
        skip_first_wait: unless 0, the first cycle does not wait.

    Example:
        >>> plan = torch.profiler.schedule(wait=1, warmup=1, active=2, repeat=1)
        >>> [plan(step).name for step in range(5)]
        ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError(
            f"Invalid profiler schedule arguments. Got wait={wait} (need >= 0), warmup={warmup} "
            f"(need >= 0), active={active} (need > 0), repeat={repeat} (need >= 0), "
            f"skip_first={skip_first} (need >= 0)."
        )
    if not warmup:
        warnings.warn(
            "Profiler won't be using warmup, this can skew profiler results", stacklevel=2
        )
    length = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        if step < skip_first:
            return NONE
        cycle, place = divmod(step - skip_first + (wait if skip_first_wait else 0), length)
        if (repeat and cycle >= repeat) or place < wait:
            return NONE
        if place < wait + warmup:
            return WARMUP
        return RECORD if place < length - 1 else SAVE

    return action


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """A function for `on_trace_ready` that writes each trace into a directory.

    Its files can be opened in chrome://tracing, ui.perfetto.dev and TensorBoard's profile page.
    """

    def write(prof: profile) -> None:
        try:
            os.makedirs(dir_name, exist_ok=True)
        except OSError as error:
            raise RuntimeError(f"Can't create directory: {dir_name}") from error
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        name = f"{worker}.{time.time_ns()}.pt.trace.json{'.gz' * use_gzip}"
        prof.export_chrome_trace(os.path.join(dir_name, name))

    return write


class profile(session.profile):
    """Record what runs: how often, how long forward and backward, for which module.

    Without a schedule all that runs in the `with` block is recorded, in all threads. With one,
    `step()` ends each step of the program. Where no profiler records, nothing is slower for it.

    Args:
        activities: `ProfilerActivity.CPU`, which is the default; others are warned about.
        schedule: what to do in which step; see `schedule`.
        on_trace_ready: called with the profiler at the end of each cycle of recording.
        record_shapes: record the shapes of arguments.
        profile_memory: record when results come and go, and how large they are.
        with_stack: record where in the program each operation was called.
        with_modules: changes nothing: modules are recorded always.
        acc_events: keep what earlier cycles recorded.

    Raises:
        RuntimeError: on starting, if another profiler is recording.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU())
        >>> with torch.profiler.profile() as prof:
        ...     net(torch.ones(2, 4)).sum().backward()
        >>> averages = prof.key_averages()
        >>> print(averages.table(sort_by="self_cpu_time_total", row_limit=5))  # doctest: +SKIP
        >>> [row.key for row in prof.by_module()][:3]
        ['Sequential (Sequential)', 'Sequential.0 (Linear)', 'Sequential.1 (ReLU)']
    """

    def __init__(
        self, *, activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[..., Any] | None = None, record_shapes: bool = False,
        profile_memory: bool = False, with_stack: bool = False, with_flops: bool = False,
        with_modules: bool = False, acc_events: bool = False, use_cuda: bool | None = None,
    ) -> None:  # fmt: skip
        chosen = set(activities) if activities is not None else supported_activities()
        if use_cuda is not None:
            warnings.warn(
                "`use_cuda` is deprecated, use `activities` argument instead",
                FutureWarning,
                stacklevel=2,
            )
            chosen |= {ProfilerActivity.CUDA} if use_cuda else set()
        if not chosen or not all(isinstance(each, ProfilerActivity) for each in chosen):
            raise AssertionError("No valid profiler activities found")
        super().__init__(
            record_shapes=record_shapes, profile_memory=profile_memory, with_stack=with_stack,
            with_flops=with_flops, acc_events=acc_events,
        )  # fmt: skip
        self.activities, self.on_trace_ready = chosen, on_trace_ready
        self.record_steps = schedule is not None
        self.schedule = schedule or (lambda step: RECORD)
        self.step_num = 0
        self.current_action = self.schedule(0)
        self._step_began, self._under_way = 0, False

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    __repr__ = object.__repr__

    @property
    def profiler(self) -> profile | None:
        """This, once it has begun to record: PyTorch has another object that records."""
        return None if self._recording is None else self

    # Steps

    def start(self) -> None:
        """Begin with the first step."""
        if self._under_way:
            return
        if self.current_action is not NONE:
            self._begin()
        self._under_way, self._step_began = True, clock()

    def stop(self) -> None:
        """End; what is being recorded is handed over."""
        if not self._under_way and self._recording is None and self.current_action is not NONE:
            raise AssertionError("Profiler must be initialized before stopping trace")
        if self._under_way:
            self._under_way = False
            self._note_step()
            if self.current_action is not NONE:
                self._end(self.current_action in KEPT)

    def step(self) -> None:
        """Tell that a step of the program has ended."""
        self._note_step()
        before = self.current_action
        self.step_num += 1
        self.current_action = self.schedule(self.step_num)
        if self._under_way:
            self._go(before, self.current_action)
        self._step_began = clock()

    def _note_step(self) -> None:
        active = Recording.active
        if self.record_steps and active is not None and active is self._recording:
            active.note(f"ProfilerStep#{self.step_num}", self._step_began)

    def _go(self, before: ProfilerAction, now: ProfilerAction) -> None:
        """Pass from what one step does to what the next one does."""
        if before in (WARMUP, RECORD) and now in KEPT:
            if before is WARMUP and self._recording is not None:
                self._recording.again()
            return
        if before is now and now is not SAVE:
            return
        if before is not NONE:
            if before is not SAVE:
                told = f"Incorrect schedule: {before.name} followed by {now.name}"
                warnings.warn(told, stacklevel=3)
            self._end(before is SAVE)
        if now is not NONE:
            self._begin()

    def _begin(self) -> None:
        for activity in sorted(self.activities, key=lambda each: each.value):
            if activity is not ProfilerActivity.CPU:
                session.unavailable(activity.name)
        if ProfilerActivity.CPU not in self.activities:
            raise AssertionError("No activities specified for the profiler")
        super().start()

    def _end(self, handed_over: bool) -> None:
        super().stop()
        if handed_over and self.on_trace_ready is not None:
            self.on_trace_ready(self)

    # What was recorded

    def _recorded(self, asking: str) -> EventList:
        if self._recording is None:
            raise AssertionError(f"Profiler must be initialized before {asking}")
        return self.function_events

    def events(self) -> EventList:
        """All events of the last cycle, in the order in which they began."""
        return self._recorded("accessing events")

    def add_metadata(self, key: str, value: str) -> None:
        """Put a string into the trace."""
        self.metadata[key] = value

    def add_metadata_json(self, key: str, value: str) -> None:
        """Put a value, given as JSON, into the trace."""
        self.metadata[key] = json.loads(value)

    preset_metadata_json = add_metadata_json
