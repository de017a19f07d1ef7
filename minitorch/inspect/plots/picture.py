"""Numbers that have a picture: what every function of this package returns."""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from minitorch.faces import html
from minitorch.serialization.writing import replacing
from minitorch.training.history import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 60  # rows that are printed; of more, those in the middle are left out
DENSE = 200  # dots an inch of pictures that are not vector graphics


class Panels(NamedTuple):
    """How many axes a picture has, in how many columns, and the inches of each."""

    total: int
    columns: int
    width: float
    height: float

    @property
    def rows(self) -> int:
        """How many rows they take."""
        return max(1, -(-self.total // self.columns))


class Picture:
    """Numbers, a text, and a picture of them that Matplotlib (the extra `plot`) draws.

    `print` gives the text, `rows()` the numbers, `plot()` a Matplotlib Figure, `save(path)` writes
    one of these by the path's ending; a notebook shows the picture with the numbers below it.
    A subclass says its `title`, its `rows()`, what is worth a word (`notes()`), its panels, and
    how they are painted.
    """

    title: str

    def rows(self) -> list[dict[str, Any]]:
        """The numbers: a dict for each row."""
        raise NotImplementedError(f"{type(self).__name__} does not define rows()")

    def notes(self) -> list[str]:
        """What a reader should not overlook, in sentences."""
        return []

    def _panels(self) -> Panels:
        raise NotImplementedError(f"{type(self).__name__} does not define _panels()")

    def _paint(self, axes: list[Axes]) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not define _paint()")

    # -- as a picture ---------------------------------------------------------------------------

    def plot(self, ax: Axes | None = None) -> Figure:
        """The picture, as a Matplotlib Figure; it is not registered with pyplot.

        Args:
            ax: Axes to draw into. A picture of several panels takes their place in the figure.

        Returns:
            The figure, of which `ax` is part if it is given.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        canvas = canvas_for(f"{type(self).__name__}.plot")
        figure, axes = canvas.axes_for(self._panels(), ax, self.title)
        self._paint(axes)
        return figure

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file by its ending: .csv, .json, .txt, .html, or a picture (.png, .svg, .pdf).

        The file is written whole or not at all.
        """
        write(self, path)

    # -- as text --------------------------------------------------------------------------------

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        """The head of the table and its lines, as they are read."""
        rows = self.rows()
        head = list(dict.fromkeys(name for row in rows for name in row))
        return head, [[said(row.get(name)) for name in head] for row in rows]

    def __str__(self) -> str:
        head, lines = self._cells()
        return "\n".join([self.title, *columns(head, lines), *self.notes()])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.title}>"

    def _repr_html_(self) -> str:
        head, lines = self._cells()
        notes = "".join(html.tag("div", html.escape(note)) for note in self.notes())
        table = html.table(abridged(lines), head=head) if lines else ""
        try:
            picture = self._image()
        except ImportError:  # without Matplotlib the numbers stand alone
            return html.shown(html.title(self.title), notes, table)
        below = html.details(html.soft("the numbers"), table) if table else ""
        return html.shown(picture, notes, below)

    def _image(self) -> str:
        canvas = canvas_for(f"{type(self).__name__}.plot")
        return html.tag(
            "img", src=canvas.data_uri(self.plot()), alt=self.title, style="max-width:100%"
        ).removesuffix("</img>")


def canvas_for(what: str) -> Any:
    """The module that draws; it needs Matplotlib."""
    try:
        return importlib.import_module("minitorch.inspect.plots.canvas")
    except ImportError as error:
        raise ImportError(
            f"{what} needs Matplotlib, which is minitorch's extra `plot`: pip install matplotlib. "
            "Without it there are print(…), .rows() and .save('x.csv')"
        ) from error


def write(picture: Picture, path: str | os.PathLike[str]) -> None:
    """A picture, or its numbers, in a file; the ending says which."""
    kind = Path(path).suffix.lower().removeprefix(".")
    if not kind:
        raise ValueError(
            f"cannot tell what to write to {os.fspath(path)!r}: give it an ending, "
            ".png, .svg or .pdf for the picture, .csv, .json, .txt or .html for the numbers"
        )
    texts: dict[str, Callable[[Picture], str]] = {
        "csv": as_csv,
        "json": as_json,
        "txt": str,
        "html": as_page,
    }
    if kind in texts:
        content = texts[kind](picture).rstrip("\n").encode() + b"\n"
    else:
        content = canvas_for(f"a .{kind} file").encoded(picture.plot(), kind, DENSE)
    with replacing(os.fspath(path)) as file:
        file.write(content)


def as_csv(picture: Picture) -> str:
    """The rows, every digit given."""
    rows = picture.rows()
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(picture: Picture) -> str:
    """The title, the rows and the notes; what is not finite is null, as JSON has no other word."""
    rows = [
        {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in picture.rows()
    ]
    content = {"title": picture.title, "rows": rows, "notes": picture.notes()}
    return json.dumps(content, indent=1, default=str, ensure_ascii=False)


def as_page(picture: Picture) -> str:
    """An HTML page with everything in it."""
    return html.page(picture.title, picture._repr_html_())


def said(value: Any) -> str:
    """A cell of a table for reading."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(said, value))}{',' if len(value) == 1 else ''})"
    return shown(value)


def abridged(lines: Sequence[list[str]]) -> list[list[str]]:
    """All lines if they are few, else the first and the last ones."""
    if len(lines) <= LONGEST:
        return list(lines)
    half = LONGEST // 2
    left = len(lines) - 2 * half
    gap = [f"… {left} more", *[""] * (len(lines[0]) - 1)]
    return [*lines[:half], gap, *lines[-half:]]


def columns(head: list[str], lines: list[list[str]]) -> list[str]:
    """A table in letters: numbers on the right, words on the left."""
    if not lines:
        return []
    table = [head, *abridged(lines)]
    widths = [max(map(len, column)) for column in zip(*table)]
    words = [not any(line[i][:1].isdigit() or line[i][:1] == "-" for line in lines)
             for i in range(len(head))]  # fmt: skip
    words[0] = True
    return [
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(line, widths, words)
        ).rstrip()
        for line in table
    ]
