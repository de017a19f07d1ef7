"""Learning curves that follow a running training."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from numbers import Real
from types import TracebackType
from typing import TYPE_CHECKING, Any

from minitorch.inspect.plots.displays import Display, Files, display_for
from minitorch.inspect.plots.letters import chart, sparkline
from minitorch.inspect.plots.picture import Panels, Picture, canvas_for
from minitorch.training.batches import length_of
from minitorch.training.callbacks import Callback
from minitorch.training.history import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from minitorch.training.run import Run

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
PREFIXES = "valid_", "train_", "test_", "batch_"  # what one panel shows together
MOST = 2000  # points of a curve that are drawn


class LearningCurves(Picture, Callback):
    """Curves of a training while it runs: in a notebook, in a terminal, and in files.

    As a callback of `minitorch.fit` it follows the loss of each batch and all values of the
    history; in a loop by hand, `add` gives it any values. A notebook has one output that changes
    in its place, a terminal lines that do; what is no terminal gets a line now and then.

    Args:
        path: a file, or several, to write while it goes on: .png, .svg, .pdf, .html, .csv, .json
            or .txt. Each is written whole or not at all.
        every: seconds between two updates of what is shown and written; more if an update takes
            so long that the training would wait for it for more than a tenth of the time. 0 does
            it for each value.
        show: whether to show anything besides the files.

    Example:
        >>> with torch.inspect.LearningCurves(show=False) as curves:
        ...     for step in range(4):
        ...         curves.add(step, loss=1 / (1 + step), accuracy=step / 4)
        >>> curves["loss"]
        ([0, 1, 2, 3], [1.0, 0.5, 0.3333333333333333, 0.25])
        >>> print(curves.live())
        step 3
        loss      █▃▂▁  0.25  (best 0.25 at 3)
        accuracy  ▁▃▆█  0.75  (best 0.75 at 3)
    """

    def __init__(
        self,
        path: Paths | None = None,
        *,
        every: float = 1.0,
        show: bool = True,
        title: str = "Learning curves",
    ) -> None:
        self.title, self.every, self.unit = title, every, "step"
        self._rows: list[dict[str, Any]] = []
        paths = [path] if isinstance(path, (str, os.PathLike)) else list(path or ())
        self._files = Files(paths)
        self._show = show
        self._display: Display | None = None
        self._next = -math.inf  # when the next update is due
        self._fresh = False  # whether there is something that was not shown
        self._offset = 0.0  # where this training began, after those before it
        self._meter = (0.0, 0)
        self._barred = False  # whether fit's bars have the terminal

    # -- values ---------------------------------------------------------------------------------

    def add(self, step: float, **values: Any) -> None:
        """Put values at a step; numbers, or Tensors and arrays of one number.

        Names with "valid_", "train_" or "test_" before them share the panel of the name alone.
        """
        self._put(step, values)
        self._update_if_due()

    def _put(self, step: float, values: dict[str, Any]) -> None:
        if not isinstance(step, Real):
            raise TypeError(f"LearningCurves.add: step must be a number, got {step!r}")
        found = {name: _number(name, value) for name, value in values.items()}
        if self._rows and self._rows[-1][self.unit] == step:
            self._rows[-1].update(found)
        else:
            self._rows.append({self.unit: step, **found})
        self._fresh = True

    def _update_if_due(self) -> None:
        if time.perf_counter() >= self._next:
            self.update()

    def names(self) -> list[str]:
        """What there are curves of."""
        return list(dict.fromkeys(n for row in self._rows for n in row if n != self.unit))

    def __getitem__(self, name: str) -> tuple[list[float], list[float]]:
        """The steps and values of a curve."""
        if name not in (names := self.names()):
            raise KeyError(f"{name!r} was not added; there are: {', '.join(names) or 'no values'}")
        rows = [row for row in self._rows if name in row]
        return [row[self.unit] for row in rows], [row[name] for row in rows]

    def __len__(self) -> int:
        """How many steps have values."""
        return len(self._rows)

    def rows(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._rows]

    def notes(self) -> list[str]:
        notes = []
        for name in self.names():
            broken = [step for step, value in zip(*self[name]) if not math.isfinite(value)]
            if broken:
                first = f"{self.unit} {shown(broken[0])}"
                notes.append(f"{name} is not finite at {len(broken)} points, first at {first}.")
        return notes if self._rows else ["There are no values yet."]

    # -- showing --------------------------------------------------------------------------------

    def update(self) -> None:
        """Show and write what there is, now."""
        if not self._fresh:
            return
        began = time.perf_counter()
        if self._show and not self._barred:
            self._display = self._display or display_for()
            self._display.update(self)
        self._files.update(self)
        self._fresh, now = False, time.perf_counter()
        self._next = now + (max(self.every, 9 * (now - began)) if self.every else 0.0)

    def close(self) -> None:
        """Show and write the last values."""
        self._fresh, self._barred = self._fresh or self._barred, False
        self.update()
        if self._display is not None:
            self._display.close()
            self._display = None  # what comes later is shown below

    def __enter__(self) -> LearningCurves:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def live(self, width: int = 80, plain: bool = False) -> str:
        """A line for each curve: what a terminal shows while the training runs."""
        if not self._rows:
            return self.notes()[0]
        names = self.names()
        margin = max(map(len, names))
        lines = [f"{self.unit} {shown(self._rows[-1][self.unit])}"]
        for name in names:
            steps, values = self[name]
            curve = sparkline(values, max(min(width - margin - 36, 48), 8), plain)
            lines.append(
                f"{name:{margin}}  {curve}  {shown(values[-1])}{_best(name, steps, values)}"
            )
        return "\n".join(line[:width] for line in lines)

    def line(self) -> str:
        """The latest value of each curve, in one line."""
        latest = [f"{name} {shown(self[name][1][-1])}" for name in self.names()]
        return "  ".join([f"{self.unit} {shown(self._rows[-1][self.unit])}", *latest])

    def __str__(self) -> str:
        parts = [self.title]
        for kind, names in self._kinds().items():
            grid = sorted({step for name in names for step in self[name][0]})
            every = {name: dict(zip(*self[name])) for name in names}
            values = {n: [v.get(step, math.nan) for step in grid] for n, v in every.items()}
            parts += [kind, chart(grid, values, height=8, x_label=self.unit)]
        return "\n".join([*parts, *self.notes()])

    def __repr__(self) -> str:
        return f"<LearningCurves of {len(self)} steps: {', '.join(self.names()) or 'no values'}>"

    # -- as a picture ---------------------------------------------------------------------------

    def _kinds(self) -> dict[str, list[str]]:
        """The panels: curves by what they measure, those of single batches below the others."""
        kinds: dict[str, list[str]] = {}
        for name in sorted(self.names(), key=lambda n: not n.startswith("batch_")):
            kinds.setdefault(_kind(name), []).append(name)
        return {kind: kinds[kind] for kind in dict.fromkeys(map(_kind, self.names()))}

    def _panels(self) -> Panels:
        count = max(len(self._kinds()), 1)
        return Panels(count, min(count, 3), 4.4, 3.0)

    def _paint(self, axes: list[Axes]) -> None:
        canvas = canvas_for("LearningCurves.plot")
        if not self._rows:
            return canvas.said_in(axes[0], self.notes()[0], canvas.GREY)
        for ax, (kind, names) in zip(axes, self._kinds().items()):
            styles = iter(canvas.SERIES * len(names))
            positive = [v for name in names for v in self[name][1] if math.isfinite(v)]
            if positive and min(positive) > 0 and max(positive) > 1000 * min(positive):
                ax.set_yscale("log")
            for name in names:
                self._paint_curve(canvas, ax, name, None if name.startswith("batch_") else styles)
            ax.set(xlabel=self.unit, ylabel=kind)
            canvas.grid(ax)
            canvas.whole(ax)
            if len(names) > 1:
                ax.legend(fontsize=canvas.SMALL)

    def _paint_curve(self, canvas: Any, ax: Axes, name: str, styles: Any) -> None:
        steps, values = self[name]
        every = -(-len(steps) // MOST)
        x, y = steps[::every], values[::every]
        if styles is None:
            ax.plot(x, y, color=canvas.GREY, alpha=0.5, linewidth=0.8, label="each batch")
        else:
            colour, dashes, mark = next(styles)
            mark = mark if len(x) <= 40 else ""
            ax.plot(x, y, dashes, color=colour, marker=mark, markersize=3.5, label=name)
        broken = [step for step, value in zip(steps, values) if not math.isfinite(value)]
        if broken:
            ax.plot(
                broken, [0.97] * len(broken), "x", color=canvas.RED, label=f"{name} not finite",
                transform=ax.get_xaxis_transform(),
            )  # fmt: skip
            ax.legend(fontsize=canvas.SMALL)

    # -- as a callback of fit -------------------------------------------------------------------

    def on_start(self, run: Run) -> None:
        if not run.steps and self._rows:
            self._offset = self._rows[-1][self.unit]
        if self.unit != "epoch" and self._rows:
            raise ValueError(
                "LearningCurves: it holds steps that were added by hand; fit counts epochs, so "
                "give it LearningCurves of its own"
            )
        self.unit = "epoch"
        self._meter = run.training.total, run.training.count
        self._barred = run._progress and not getattr(display_for(), "beside_bars", True)

    def on_step(self, run: Run) -> None:
        total, count = run.training.total, run.training.count
        before, seen = self._meter if self._meter[1] < count else (0.0, 0)  # else a new epoch
        self._meter = total, count
        length = length_of(run.train) or 0
        if length > 1 and count > seen:
            loss = (total - before) / (count - seen)
            place = self._offset + run.epoch + run.batches / length
            self._put(place, {"batch_loss": loss})
            if run.batches < length:  # of the last batch, more is known after the epoch
                self._update_if_due()

    def on_epoch(self, run: Run) -> None:
        self._meter = 0.0, 0
        row = run.history.rows()[-1]
        values = {k: v for k, v in row.items() if isinstance(v, Real) and k not in ("epoch", "lr")}
        self.add(self._offset + run.epoch, **values)

    def on_end(self, run: Run) -> None:
        self.close()

    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows(), "offset": self._offset}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rows, self._offset, self.unit = list(state["rows"]), state["offset"], "epoch"


def _kind(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"LearningCurves.add: {name} must be one number, got {type(value).__name__}"
            + (f" of shape {tuple(value.shape)}" if hasattr(value, "shape") else f" {value!r}")
        ) from error


def _best(name: str, steps: list[float], values: list[float]) -> str:
    """The best value, where the name says whether more or less is better."""
    pairs = [(v, s) for v, s in zip(values, steps) if math.isfinite(v)]
    more = any(word in name for word in ("accuracy", "acc", "f1", "top", "r2"))
    if not pairs or name.startswith("batch_") or not (more or "loss" in name or "error" in name):
        return ""
    value, step = (max if more else min)(pairs, key=lambda pair: pair[0])
    return f"  (best {shown(value)} at {shown(step)})"
