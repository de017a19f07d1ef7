"""From a log to events: what took place within what, and for which module."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from typing import Any

from minitorch.profiler.events import FunctionEvent
from minitorch.profiler.lists import EventList
from minitorch.profiler.recording import BACKWARD, MODULE, OP, Entry, Recording


def events_of(recording: Recording, memory: bool, metadata: dict[str, Any]) -> EventList:
    """The events of a recording, in the order in which they began.

    What was measured is the time of the recording, in the thread that asked for it, and that of
    other threads from their first event to their last.
    """
    base = recording.spans[0][0]
    threads: dict[int, int] = {recording.thread: 1}
    log = [Entry(*entry) for entry in recording.log]
    for entry in log:
        threads.setdefault(entry.thread, len(threads) + 1)
    # an event that encloses another began no later and was logged later
    order = sorted(range(len(log)), key=lambda i: (log[i].start, -log[i].end, -i))
    events = [
        FunctionEvent(id, log[i], threads[log[i].thread], base) for id, i in enumerate(order, 1)
    ]
    measured = sum([(end - start) / 1000 for start, end in recording.spans])
    by_thread: defaultdict[int, list[FunctionEvent]] = defaultdict(list)
    for event in events:
        by_thread[event.thread].append(event)
    for thread, those in by_thread.items():
        _nest(those)
        if thread != 1:
            last = max([event.time_range.end for event in those])
            measured += last - those[0].time_range.start
    _place(events, recording.inside)
    moments = [
        ((now - base) / 1000, threads[thread], size)
        for now, thread, size in recording.memory or ()
        if thread in threads
    ]
    for moment in moments:
        _charge(by_thread[moment[1]], *moment)
    return EventList(
        events, profile_memory=memory, measured=measured, moments=moments, metadata=metadata
    )


def _nest(events: list[FunctionEvent]) -> None:
    """Find the parents of one thread's events."""
    open_: list[FunctionEvent] = []
    for event in events:
        while open_ and open_[-1].time_range.end < event.time_range.end:
            open_.pop()
        if open_:
            event.put_in(open_[-1])
        open_.append(event)


def _place(events: list[FunctionEvent], inside: dict[int, dict[int, str]]) -> None:
    """Find the module of each event, and of each derivative the operation that it is of.

    An operation belongs to the module that called it, a derivative to that of its operation.
    """
    paths = _paths(events, inside)
    marks: list[tuple[int, FunctionEvent | None]] = [(0, None)]  # within what the next nodes were
    for event in events:
        if event.kind in (MODULE, OP):
            marks.append((event.entry.age, event))
        if event.kind == MODULE:
            marks.append((event.entry.more[1], event.cpu_parent))
    marks.sort(key=lambda mark: mark[0])
    ages = [age for age, _ in marks]
    for event in events:
        found = event.cpu_parent
        if event.kind == BACKWARD:
            age, found = marks[bisect_left(ages, event.entry.age) - 1]
            if found is not None and age == event.entry.age - 1 and found.op == event.op:
                event.forward, event.sequence_nr, found.sequence_nr = found, age, age
        event.module = paths.get(event.id) or (found.module if found is not None else "")


def _paths(events: list[FunctionEvent], inside: dict[int, dict[int, str]]) -> dict[int, str]:
    """The path of the module of each call, by the event's id.

    Names are those in the outermost module that was being called, which bears its class's name; a
    module that is called again in the backward pass (by a checkpoint) keeps the path that it had.
    """
    roots: dict[int, str] = {}
    taken: Counter[str] = Counter()
    paths: dict[int, str] = {}
    outermost: dict[int, int] = {}  # of each call
    before: dict[int, int] = {}  # the outermost module of each module's last call
    for event in events:
        if event.kind != MODULE:
            continue
        above = event.cpu_parent
        while above is not None and above.id not in paths:
            above = above.cpu_parent
        number, name = event.entry.more[0], event.name
        if above is not None:
            outer = outermost[above.id]
        else:
            outer = before.get(number, number) if event.in_backward else number
        outermost[event.id] = outer
        if outer not in roots:
            taken[name] += 1
            roots[outer] = name if taken[name] == 1 else f"{name}#{taken[name]}"
        if number == outer:
            paths[event.id] = roots[outer]
        elif number in inside[outer]:
            paths[event.id] = f"{roots[outer]}.{inside[outer][number]}"
        elif above is not None:  # made or found on the way
            paths[event.id] = f"{paths[above.id]} > {name}"
            continue
        before[number] = outer
    return paths


def _charge(events: list[FunctionEvent], now: float, thread: int, size: int) -> None:
    """Add bytes that came or went to the events during which they did."""
    i = bisect_right(events, now, key=lambda event: event.time_range.start) - 1
    event: Any = events[i] if i >= 0 else None
    while event is not None and event.time_range.end < now:
        event = event.cpu_parent
    if event is not None:
        event.self_cpu_memory_usage += size
    while event is not None:
        event.cpu_memory_usage += size
        event = event.cpu_parent
