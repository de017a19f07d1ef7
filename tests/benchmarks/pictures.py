"""The figures as pictures: SVG that is light and the same for the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

from .rows import TITLES, Row

if TYPE_CHECKING:
    from .scaling import Curve

COLOURS = {
    "PyTorch": "#d1495b", "minitorch": "#1b6ca8", "fast": "#2a9d8f", "torch.compile": "#e9a23b",
    "jax.jit": "#7b5ea7", "autograd": "#8c6d46", "NumPy": "#444444", "products": "#aaaaaa",
}  # fmt: skip
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "minitorch", "font.size": 9,
         "font.family": "sans-serif", "axes.spines.top": False,
         "axes.spines.right": False}  # fmt: skip


def ratios(rows: Sequence[Row], path: Path, clock: str = "wall") -> None:
    """A line for each row: where each library stands beside PyTorch, with its quartiles."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8, 0.42 * len(rows) + 1.2), layout="constrained")
        axes = figure.subplots()
        for y, row in enumerate(rows):
            for library in COLOURS:
                _point(axes, y, library, row.ratios(library, clock))
        axes.axvline(1, color=COLOURS["PyTorch"], linewidth=1)
        axes.set_xscale("log")
        axes.set_xlabel("time, PyTorch = 1 (less is faster)")
        ticks = [t for t in (0.01, 0.03, 0.1, 0.25, 0.5, 1, 2, 4, 10) if _within(axes, t)]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_yticks(range(len(rows)), [fill(row.title, 42) for row in rows])
        axes.invert_yaxis()
        axes.grid(axis="both", color="#eeeeee")
        axes.set_axisbelow(True)
        marks = dict(zip(*reversed(axes.get_legend_handles_labels())))
        figure.legend(marks.values(), marks, loc="outside upper center", ncols=4, frameon=False)
        _save(figure, path)


def _point(axes: Any, y: int, library: str, values: list[float]) -> None:
    if not values or library == "PyTorch":
        return
    middle, colour = median(values), COLOURS[library]
    if len(values) > 2:
        low, _, high = quantiles(values, n=4, method="inclusive")
        axes.plot([low, high], [y, y], color=colour, linewidth=1.5, alpha=0.5)
    axes.plot(middle, y, "o" if library in ("minitorch", "fast") else "D", color=colour,
              markersize=7 if library in ("minitorch", "fast") else 4, linestyle="none",
              label=TITLES[library])  # fmt: skip


def _within(axes: Any, tick: float) -> bool:
    low, high = axes.get_xlim()
    return low <= tick <= high


def growth(curves: Sequence[Curve], path: Path) -> None:
    """A panel for each axis: time against size, and a line along which time grows as work does."""
    kinds = list(dict.fromkeys(curve.axis for curve in curves))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8, 3 * -(-len(kinds) // 2) + 0.4), layout="constrained")
        panels = figure.subplots(-(-len(kinds) // 2), 2, squeeze=False).ravel()
        for panel in panels[len(kinds) :]:
            panel.set_visible(False)
        for kind, panel in zip(kinds, panels):
            _panel(panel, kind, [curve for curve in curves if curve.axis == kind])
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
        _save(figure, path)


def _panel(panel: Any, kind: str, curves: Sequence[Curve]) -> None:
    for curve in curves:
        milliseconds = [1e3 * seconds for seconds in curve.seconds]
        panel.plot(curve.sizes, milliseconds, "o-", markersize=4,
                   color=COLOURS[curve.library], label=TITLES[curve.library])  # fmt: skip
    sizes, work, last = curves[-1].sizes, curves[-1].work, 1e3 * curves[-1].seconds[-1]
    panel.plot(sizes, [last * w / work[-1] for w in work], ":", color="#999999",
               label="in proportion to the work")  # fmt: skip
    panel.set(xscale="log", yscale="log", xlabel=kind, ylabel="ms a step")
    panel.set_ylim(bottom=1e3 * min(min(curve.seconds) for curve in curves) / 2)
    panel.grid(color="#eeeeee")


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
