"""Rows of a profile: events added up by name, by operation or by module."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from minitorch.profiler.events import FunctionEvent, FunctionEventAvg
from minitorch.profiler.recording import BACKWARD, ENGINE, MODULE, NOTE, OP

OUTSIDE = "[outside of operations]"  # the program's Python, and the boxes and nodes of operations
SWEEP = "[backward pass]"  # the engine's own share of it
SWEEPS = "backward: sweep"  # the event that tells how many there were
ELSEWHERE = "[outside of modules]"

Rows = list[FunctionEventAvg]


def by_name(events: Iterable[FunctionEvent], shapes: bool, depth: int) -> Rows:
    """A row for each name, and form of arguments, and place in the program, as asked for."""
    rows: dict[Any, FunctionEventAvg] = {}
    for event in events:
        if event.kind == MODULE:
            continue
        stack = event.stack[:depth] if depth else []
        key = (event.key, repr(event.input_shapes) if shapes else "", tuple(stack))
        row = rows.get(key)
        if row is None:
            row = rows[key] = FunctionEventAvg(event.key)
            row.input_shapes = event.input_shapes if shapes else ""
            row.stack = stack
        row.add(event)
    return [*rows.values()]


def rest(rows: Rows, measured: float) -> FunctionEventAvg:
    """The row of the time in none of these rows."""
    row = FunctionEventAvg(OUTSIDE)
    us = measured - sum([row.self_cpu_time_total for row in rows])
    row.count, row.cpu_time_total, row.self_cpu_time_total = 1, us, us
    return row


def by_operation(events: Iterable[FunctionEvent]) -> Rows:
    """A row for each operation: its calls and its derivative's, with all that these called.

    What an operation calls counts as its own, so that the times of all rows add up.
    """
    rows: dict[str, FunctionEventAvg] = {}
    for event in events:
        if event.kind == MODULE:
            continue
        owner = event
        if event.kind in (OP, BACKWARD) and event.owner is not None:
            owner = event.owner
        key = owner.op or (SWEEP if event.kind == ENGINE else event.key)
        row = rows.setdefault(key, FunctionEventAvg(key))
        us = event.self_cpu_time_total
        row.spend(owner.kind, us, us)
        if event is owner:
            row.count += event.count
            row.call(event)
    return [*rows.values()]


def by_module(events: Sequence[FunctionEvent]) -> Rows:
    """A row for each module, in the order of the first calls, and rows for all that is outside.

    A module's total is with the modules in it; its own share (`self_…`) is without these, and
    with its Python.
    """
    rows: dict[str, FunctionEventAvg] = {}
    above: dict[str, str] = {}
    for event in events:
        if event.kind == MODULE and event.module not in rows:
            rows[event.module] = FunctionEventAvg(f"{event.module} ({event.name})")
            above[event.module] = event.cpu_parent.module if event.cpu_parent is not None else ""
    for event in events:
        path, counts = event.module, event.kind == MODULE
        if path not in rows or event.kind == ENGINE:
            path = SWEEP if event.kind == ENGINE else event.task.key if event.task else ELSEWHERE
            if path == ELSEWHERE and event.kind == NOTE:
                continue  # its own time is Python's
            rows.setdefault(path, FunctionEventAvg(path))
            counts = event.name in (path, SWEEPS) or (path == ELSEWHERE and event.owner is event)
        rows[path].count += event.count * counts
        kind = BACKWARD if event.in_backward else OP if event.kind == MODULE else event.kind
        us = own = event.self_cpu_time_total
        seen = set()
        while path in rows and path not in seen:
            seen.add(path)
            rows[path].spend(kind, us, own)
            if event.owner is event:
                rows[path].call(event)
            path, own = above.get(path, ""), 0.0
    return [*rows.values()]
