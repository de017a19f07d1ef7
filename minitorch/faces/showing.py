"""A Tensor or Array in a notebook: its form in words, and its numbers as they print."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import html

ROWS, COLUMNS = 12, 12  # the largest matrix that is shown as a table


def box_html(box: Box, name: str, notes: list[str]) -> str:
    """A box under the name of its class, with what else there is to say of it.

    A small matrix is a table whose cells are tinted by their values, blue above zero and red
    below; anything else is shown as `print` shows it.
    """
    try:
        value = box._value
    except ValueError:  # a lazy layer's parameter
        return html.lines(repr(box))
    if not isinstance(value, np.ndarray):  # inside of vmap
        return html.lines(repr(box))
    form = f"({', '.join(map(str, value.shape))}{',' * (value.ndim == 1)})"
    line = html.title(name, " · ".join([form, str(value.dtype), *notes]))
    rows, columns = value.shape if value.ndim == 2 else (0, 0)
    if 0 < rows <= ROWS and 0 < columns <= COLUMNS and value.dtype.kind in "iufb":
        return html.shown(line, matrix(value))
    return html.shown(line, html.pre(str(box)))


def matrix(value: np.ndarray) -> str:
    """A table of numbers, each on a tint of its size."""
    finite = np.abs(value[np.isfinite(value)].astype(np.float64))
    most = float(finite.max()) if finite.size else 0.0
    rows = (html.row(_number(x, most) for x in line) for line in value)
    return html.tag("table", "".join(rows))


def _number(x: Any, most: float) -> str:
    text = str(x) if x.dtype.kind in "iub" else f"{x:.4g}"
    if x.dtype.kind == "b" or not np.isfinite(x) or not most:
        colour = None if np.isfinite(x) else "background:#d9a52144"
    else:
        strength = round(0.4 * abs(float(x)) / most, 2)
        colour = f"background:rgba({'74,125,240' if x > 0 else '226,74,60'},{strength})"
    return html.tag("td", html.escape(text), class_="num mono", style=colour)
