"""Rows of a profile as a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.profiler.events import shown_time

Row = Any  # FunctionEvent or FunctionEventAvg


# the columns of each kind of rows: titles, what they show and how that is written
SHARES = {
    "Self CPU %": ("self_cpu_time_total", "share"), "Self CPU": ("self_cpu_time_total", "time"),
    "CPU total %": ("cpu_time_total", "share"), "CPU total": ("cpu_time_total", "time"),
    "CPU time avg": ("cpu_time", "time"),
}  # fmt: skip
MEMORY = {
    "CPU Mem": ("cpu_memory_usage", "bytes"), "Self CPU Mem": ("self_cpu_memory_usage", "bytes"),
}  # fmt: skip
CALLS = {"# of Calls": ("count", "count")}
OPERATIONS = {
    "Total %": ("cpu_time_total", "share"), "Total": ("cpu_time_total", "time"),
    "Forward": ("forward_time_total", "time"), "Forward avg": ("forward_time", "time"),
    "Backward": ("backward_time_total", "time"), "Backward avg": ("backward_time", "time"),
    "# Forward": ("forward_count", "count"), "# Backward": ("backward_count", "count"),
    "Bytes": ("result_bytes", "bytes"),
}  # fmt: skip
MODULES = {
    "Total %": ("cpu_time_total", "share"), "Self": ("self_cpu_time_total", "time"),
    "Total": ("cpu_time_total", "time"), "Self forward": ("self_forward_time_total", "time"),
    "Forward": ("forward_time_total", "time"),
    "Self backward": ("self_backward_time_total", "time"),
    "Backward": ("backward_time_total", "time"), **CALLS, "Bytes": ("result_bytes", "bytes"),
}  # fmt: skip
KINDS = {
    "names": {**SHARES, **CALLS}, "names with memory": {**SHARES, **MEMORY, **CALLS},
    "operations": OPERATIONS, "modules": MODULES,
}  # fmt: skip


def shown_bytes(n: float) -> str:
    """A number of bytes, with its unit."""
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(n) >= size:
            return f"{n / size:.2f} {unit}"
    return f"{int(n)} B"


def in_order(rows: Sequence[Row], sort_by: str | None) -> list[Row]:
    """The rows by that attribute, the largest first; as they are, without one."""
    if sort_by is None:
        return list(rows)
    by = sort_by.replace("cuda", "device").replace("xpu", "device")
    if not isinstance(getattr(rows[0], by, None), (int, float, str)):
        known = {attribute for columns in KINDS.values() for attribute, _ in columns.values()}
        raise AttributeError(
            f"'{type(rows[0]).__name__}' object has no attribute {sort_by!r} to sort by; there "
            f"are {', '.join(sorted(known))}, and key"
        )
    return sorted(rows, key=lambda row: getattr(row, by), reverse=by != "key")


def lines(
    rows: Sequence[Row], kind: str, whole: float, unit: str | None, max_src: int,
    max_name: int | None, max_shapes: int | None,
) -> list[str]:  # fmt: skip
    """The line of titles, the rule below and the rows, each column as wide as it must be."""
    columns = {"Name": [_cut(row.key, max_name) for row in rows]}
    for title, (attribute, form) in KINDS[kind].items():
        values = [getattr(row, attribute) for row in rows]
        columns[title] = [WRITTEN[form](value, whole, unit) for value in values]
    if any(row.input_shapes for row in rows):
        columns["Input Shapes"] = [_cut(str(row.input_shapes), max_shapes) for row in rows]
    widths = [max(map(len, (title, *cells))) for title, cells in columns.items()]
    grid = [list(columns), ["-" * width for width in widths], *zip(*columns.values(), strict=True)]
    found = ["  ".join(c.rjust(w) for c, w in zip(line, widths, strict=True)) for line in grid]
    if any(row.stack for row in rows):
        found = _with_sources(found, [row.stack for row in rows], max_src)
    return found


WRITTEN: dict[str, Callable[[Any, float, str | None], str]] = {
    "time": lambda value, whole, unit: shown_time(value, unit),
    "share": lambda value, whole, unit: f"{100 * value / whole if whole else 0:.2f}%",
    "bytes": lambda value, whole, unit: shown_bytes(value),
    "count": lambda value, whole, unit: str(value),
}


def _cut(string: str, width: int | None) -> str:
    if width is None or len(string) <= width:
        return string
    return string[: max(width - 3, 0)] + "..."


def _with_sources(lines: list[str], stacks: list[list[str]], width: int) -> list[str]:
    """The lines with the places in the program beside them, one below the other."""
    title, rule, *rows = lines
    out = [f"{title}  Source Location", f"{rule}  {'-' * min(width, 15)}"]
    for row, stack in zip(rows, stacks, strict=True):
        out.append(f"{row}  {stack[0][-width:] if stack else ''}".rstrip())
        out += [f"{' ' * len(row)}  {place[-width:]}" for place in stack[1:]]
    return out
