"""A row of figures, and the tables made of rows."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median, quantiles
from typing import Any, NamedTuple

from .libraries import BASE, FAST, LIBRARIES, THEIRS

OURS = (BASE, FAST)
TITLES = {name: library.title for name, library in LIBRARIES.items()} | {"jax": "JAX"}
SCALES = {
    "s": ((1, "s"), (1e3, "ms"), (1e6, "µs")),
    "KiB": ((2**-10, "MiB"), (1, "KiB")),
    "": ((1, ""),),
}


class Row(NamedTuple):
    """Figures of each library, round by round, so that ratios are taken within a round."""

    name: str
    title: str
    unit: str
    figures: dict[str, list[dict[str, float]]]  # by library; of a round, by clock
    goals: dict[str, float] = {}  # of our libraries: ratios to the first rival
    notes: dict[str, str] = {}  # why a library has no figures
    rival: str = THEIRS  # with which the ratio is 1

    def values(self, library: str, clock: str) -> list[float]:
        found = self.figures.get(library, [])
        return [figure.get(clock, figure["wall"]) for figure in found]

    def ratios(self, library: str, clock: str) -> list[float]:
        """To the rival, round by round."""
        pairs = zip(self.values(library, clock), self.values(self.rival, clock))
        return [one / other for one, other in pairs if other]


def figure(values: list[float], unit: str) -> str:
    """The median, in a unit that suits it."""
    if not values:
        return ""
    value = median(values)
    scale, unit = next((s for s in SCALES[unit] if value * s[0] >= 1), SCALES[unit][-1])
    shown = f"{value * scale:.3g}" if value * scale < 1000 else f"{value * scale:,.0f}"
    return f"{shown} {unit}".rstrip()


def ratio(values: list[float]) -> str:
    """The median with its quartiles."""
    if not values:
        return ""
    if len(values) < 3 or max(values) == min(values):
        return _short(median(values))
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"{_short(middle)} ({_short(low)}–{_short(high)})"


def _short(value: float) -> str:
    if value < 0.095:
        return f"{value:.2g}"
    return f"{value:.2f}" if value < 9.995 else f"{value:,.0f}"


def table(rows: Iterable[Row], clock: str = "wall") -> str:
    """Ratios to the rival, whose own time stands beside them; in bold what meets its goal."""
    rows = list(rows)
    rival = rows[0].rival
    order = [*TITLES]
    seen = {library for row in rows for library in (*row.figures, *row.notes)} - {rival}
    columns = sorted(seen, key=order.index)
    head = ["", TITLES[rival], *(TITLES[name] for name in columns), "goals"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for row in rows:
        cells = [row.title, figure(row.values(rival, clock), row.unit) or row.notes.get(rival, "")]
        cells += [_cell(row, name, clock) for name in columns]
        cells.append(" / ".join(f"{goal}" for goal in dict.fromkeys(row.goals.values())))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(row: Row, library: str, clock: str) -> str:
    if library in row.notes:
        return row.notes[library]
    ratios, goal = row.ratios(library, clock), row.goals.get(library)
    if not ratios:
        return figure(row.values(library, clock), row.unit)
    shown = ratio(ratios)
    return f"**{shown}**" if goal and median(ratios) <= goal else shown


def from_json(rows: list[dict[str, Any]]) -> list[Row]:
    return [Row(**row) for row in rows]
