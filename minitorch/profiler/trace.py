"""Profiles as files: a trace for chrome://tracing and Perfetto, and stacks for flame graphs."""

from __future__ import annotations

import gzip
import json
import os
import platform
from collections.abc import Sequence
from typing import Any

from minitorch.profiler.events import FunctionEvent
from minitorch.profiler.recording import BACKWARD, ENGINE, MODULE, NOTE, OP, TASK

CATEGORIES = {
    OP: "cpu_op", BACKWARD: "cpu_op", MODULE: "python_function", ENGINE: "cpu_op",
    TASK: "user_annotation", NOTE: "user_annotation",
}  # fmt: skip
METRICS = ("self_cpu_time_total", "self_cuda_time_total")


def trace(
    events: Sequence[FunctionEvent], moments: Sequence[tuple[float, int, int]],
    metadata: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """What a file of the trace holds."""
    pid = os.getpid()
    entries = [_named("process_name", pid, 0, "python")]
    for thread in sorted({event.thread for event in events}):
        entries.append(_named("thread_name", pid, thread, f"thread {thread}"))
    for event in events:
        entries.append(_complete(event, pid))
        if event.forward is not None:
            entries += _flow(event.forward, event, pid)
    held = 0
    for now, _, size in sorted(moments):
        held += size
        if now >= 0:  # else it is of the warmup
            entries.append(
                {"ph": "C", "name": "memory of results", "pid": pid, "tid": 0, "ts": now,
                 "args": {"Total Allocated": held}}
            )  # fmt: skip
    return {
        "schemaVersion": 1, "displayTimeUnit": "ms", "host_name": platform.node(), **metadata,
        "traceEvents": entries,
    }  # fmt: skip


def _named(what: str, pid: int, tid: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": {"name": name}}


def _complete(event: FunctionEvent, pid: int) -> dict[str, Any]:
    said = {
        "Sequence number": event.sequence_nr if event.sequence_nr >= 0 else None,
        "Module": event.module, "Input Dims": event.input_shapes,
        "Bytes of results": event.result_bytes, "Call stack": ";".join(event.stack),
        "Args": event.entry.more if event.kind == NOTE else None,
    }  # fmt: skip
    args = {"External id": event.id, **{key: value for key, value in said.items() if value}}
    name = f"nn.Module: {event.module} ({event.name})" if event.kind == MODULE else event.name
    return {
        "ph": "X", "cat": CATEGORIES[event.kind], "name": name, "pid": pid, "tid": event.thread,
        "ts": event.time_range.start, "dur": event.cpu_time_total, "args": args,
    }  # fmt: skip


def _flow(forward: FunctionEvent, backward: FunctionEvent, pid: int) -> list[dict[str, Any]]:
    """An arrow from an operation to its derivative."""
    common = {"id": backward.id, "pid": pid, "cat": "fwdbwd", "name": "fwdbwd"}
    return [
        {"ph": "s", "tid": forward.thread, "ts": forward.time_range.start, **common},
        {"ph": "f", "tid": backward.thread, "ts": backward.time_range.start, "bp": "e", **common},
    ]


def write(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    """Write a trace, compressed where the name ends in `.gz`."""
    opened = gzip.open if os.fspath(path).endswith(".gz") else open
    with opened(path, "wt", encoding="utf-8") as file:
        json.dump(content, file)


def write_stacks(
    path: str | os.PathLike[str], events: Sequence[FunctionEvent], metric: str
) -> None:
    """Write a line for each place in the program: its stack, outermost first, and the metric."""
    if metric not in METRICS:
        raise ValueError(f"metric should be one of: {list(METRICS)}, not {metric!r}")
    totals: dict[str, int] = {}
    for event in events:
        value = int(getattr(event, metric))
        if event.stack and value > 0:
            line = ";".join(
                place.replace(" ", "_").replace(";", "_") for place in event.stack[::-1]
            )
            totals[line] = totals.get(line, 0) + value
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line} {value}\n" for line, value in totals.items())
