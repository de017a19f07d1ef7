"""Lists of events, or of their averages, with what can be made of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from minitorch.faces import html
from minitorch.profiler import grouping, table, trace
from minitorch.profiler.events import FunctionEvent, FunctionEventAvg, shown_time


class EventList(list[Any]):
    """Events, or rows of averages: to be grouped, shown as a table or written as a trace.

    `measured` is the whole time that was recorded, in microseconds, where the list is all of it.
    """

    def __init__(
        self, *args: Iterable[Any], profile_memory: bool = False, kind: str = "names",
        measured: float | None = None, moments: Sequence[tuple[float, int, int]] = (),
        metadata: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(*args)
        self.profile_memory, self.kind, self.measured = profile_memory, kind, measured
        self.moments, self.metadata = moments, {} if metadata is None else metadata

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return html.lines(self.table())

    @property
    def self_cpu_time_total(self) -> float:
        """The time of all in microseconds, none of it counted twice."""
        return sum([event.self_cpu_time_total for event in self])

    @property
    def supported_export_stacks_metrics(self) -> list[str]:
        return list(trace.METRICS)

    def key_averages(
        self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0,
        group_by_overload_name: bool = False, *, group_by_operation: bool = False,
        group_by_module: bool = False,
    ) -> EventList:  # fmt: skip
        """The events of each name added up; or those of each operation, or module.

        All rows together take the time that was measured.

        Args:
            group_by_input_shapes: a row for each form of the arguments (`record_shapes=True`).
            group_by_stack_n: a row for each n innermost places of the program (`with_stack=True`).
            group_by_overload_name: changes nothing: an operation has one form.
            group_by_operation: a row for each operation: what it called belongs to it, and so does
                its derivative.
            group_by_module: a row for each module, by its path in the outermost one.
        """
        kind = "names"
        if group_by_module:
            kind, rows = "modules", grouping.by_module(self)
        elif group_by_operation:
            kind, rows = "operations", grouping.by_operation(self)
        else:
            rows = grouping.by_name(self, group_by_input_shapes, int(group_by_stack_n))
        if self.measured is not None:
            rows.append(grouping.rest(rows, self.measured))
        return EventList(rows, profile_memory=self.profile_memory, kind=kind)

    def total_average(self) -> FunctionEventAvg:
        """All added up, under the key "Total"."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(
        self, sort_by: str | None = None, row_limit: int = 100, max_src_column_width: int = 75,
        max_name_column_width: int | None = 55, max_shapes_column_width: int | None = 80,
        header: str | None = None, top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:  # fmt: skip
        """The list as a table.

        Args:
            sort_by: the attribute to sort by, the largest first: `cpu_time_total`, `cpu_time`,
                `self_cpu_time_total`, `cpu_memory_usage`, `self_cpu_memory_usage`, `count`,
                `forward_time_total`, `backward_time_total`, `result_bytes` ...; in the order of
                the first calls without one.
            row_limit: how many rows to show; -1 for all.
            header: a line to stand above.
            top_level_events_only: of events, those in no other alone.
            time_unit: "s", "ms" or "us"; as it suits each without one.

        Raises:
            AttributeError: there is nothing of that name to sort by.
        """
        if not self:
            return ""
        rows = table.in_order(self, sort_by)
        if top_level_events_only:
            rows = [r for r in rows if not isinstance(r, FunctionEvent) or r.cpu_parent is None]
        whole, kind = self.self_cpu_time_total, self.kind
        titles, rule, *body = table.lines(
            rows[: row_limit if row_limit >= 0 else None],
            "names with memory" if kind == "names" and self.profile_memory else kind,
            whole, time_unit, max_src_column_width, max_name_column_width, max_shapes_column_width,
        )  # fmt: skip
        above = [] if header is None else ["=" * len(rule), header]
        if top_level_events_only:
            above += ["=" * len(rule), "This report only display top-level ops statistics"]
        total = f"Self CPU time total: {shown_time(whole, time_unit)}"
        return "\n".join([*above, rule, titles, rule, *body, rule, total, ""])

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events as a trace for chrome://tracing or ui.perfetto.dev."""
        trace.write(path, trace.trace(self, self.moments, self.metadata))

    def export_stacks(
        self, path: str | os.PathLike[str], metric: str = "self_cpu_time_total"
    ) -> None:
        """Write where in the program the time went, as tools that draw flame graphs read it."""
        trace.write_stacks(path, self, metric)
