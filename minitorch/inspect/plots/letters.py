"""Pictures in letters: for terminals, logs and wherever Matplotlib is not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from minitorch.training.history import shown

BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.,-=+*#"
MARKS = "*o+x#@"
SHADES = " .:-=+*#%@"
BROKEN = "!"  # a value that is not finite


def sparkline(values: Sequence[float], width: int = 40, plain: bool = False) -> str:
    """A curve in one line; of several values in one letter their mean, `!` where one is broken.

    Example:
        >>> from minitorch.inspect.plots.letters import sparkline
        >>> sparkline([1, 2, 3, 4, 3, 2, float("nan")])
        '▁▃▆█▆▃!'
    """
    parts = np.array_split(np.asarray(values, float), min(width, len(values)) or 1)
    means = [float(part.mean()) if len(part) else math.nan for part in parts if len(part)]
    finite = [mean for mean in means if math.isfinite(mean)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    levels = PLAIN if plain else BLOCKS
    scale = (len(levels) - 1) / (high - low) if high > low else 0.0
    return "".join(
        levels[round((mean - low) * scale)] if math.isfinite(mean) else BROKEN for mean in means
    )


def chart(
    x: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    width: int = 64,
    height: int = 12,
    log_x: bool = False,
    x_label: str = "",
) -> str:
    """Curves over one axis, in the letters that a typewriter has; what is not finite is left out.

    Example:
        >>> from minitorch.inspect.plots.letters import chart
        >>> print(chart([0, 1, 2, 3], {"loss": [3, 2, 1, 1]}, width=13, height=3))
          3 |*
            |    *
          1 |        *   *
            +-------------
             0           3
    """
    across = np.log10(np.asarray(x, float)) if log_x else np.asarray(x, float)
    every = {name: np.asarray(values, float) for name, values in curves.items()}
    found = [v[np.isfinite(v)] for v in every.values()]
    heights = np.concatenate([*found, np.zeros(0)])
    if not heights.size or not across.size:
        return "(no finite values)"
    low, high = float(heights.min()), float(heights.max())
    rows = [[" "] * width for _ in range(height)]
    for mark, values in zip(_marks(len(every)), every.values()):
        columns = _placed(across, across.min(), across.max(), width)
        lines = _placed(values, low, high, height)
        for column, line, value in zip(columns, lines, values):
            if math.isfinite(value):
                rows[height - 1 - int(line)][int(column)] = mark
    labels = [""] * height
    labels[0], labels[-1] = shown(high), shown(low)
    margin = max(3, *map(len, labels))
    body = [f"{label:>{margin}} |{''.join(row)}".rstrip() for label, row in zip(labels, rows)]
    ends = _ends(shown(float(min(x))), shown(float(max(x))), x_label, width)
    legend = [f"{mark} {name}" for mark, name in zip(_marks(len(every)), every)]
    below = [" " * (margin + 2) + "   ".join(legend)] if len(legend) > 1 else []
    return "\n".join(
        [*body, f"{'':{margin}} +{'-' * width}", f"{'':{margin}}  {ends}".rstrip(), *below]
    )


def shades(plane: np.ndarray, log: bool = False) -> str:
    """A plane of values, the darker the higher; `!!` where one is not finite.

    Example:
        >>> from minitorch.inspect.plots.letters import shades
        >>> print(shades(np.array([[0.0, 1.0], [2.0, np.nan]])))
          ==
        @@!!
    """
    fine = np.isfinite(plane)
    values = np.log(plane, where=fine, out=np.zeros(plane.shape)) if log else plane
    low, high = values[fine].min(initial=math.inf), values[fine].max(initial=-math.inf)
    levels = _placed(np.where(fine, values, low), low, high, len(SHADES))
    return "\n".join(
        "".join(SHADES[level] * 2 if good else BROKEN * 2 for level, good in zip(*line)).rstrip()
        for line in zip(levels, fine)
    )


def _marks(count: int) -> list[str]:
    return [MARKS[i % len(MARKS)] for i in range(count)]


def _placed(values: np.ndarray, low: float, high: float, cells: int) -> Any:
    """In which of so many cells each value lies."""
    share = (values - low) / (high - low) if high > low else np.zeros(values.shape)
    return np.rint(np.nan_to_num(np.clip(share, 0, 1)) * (cells - 1)).astype(int)


def _ends(first: str, last: str, label: str, width: int) -> str:
    """The ends of the axis, and its name between them."""
    return first + label.center(max(width - len(first) - len(last), 0)) + last
