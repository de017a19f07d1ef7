"""Where learning curves are shown while a training runs: notebooks, terminals, logs, files."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from minitorch.inspect.plots.letters import BLOCKS
from minitorch.inspect.plots.picture import canvas_for, write

if TYPE_CHECKING:
    from minitorch.inspect.plots.learning import LearningCurves

NUMBERS = ".csv", ".json", ".txt", ".html"


class Display(Protocol):
    """A place where curves are shown."""

    beside_bars: bool  # whether it can be while progress bars are drawn

    def update(self, curves: LearningCurves) -> None:
        """Show the curves as they are now."""

    def close(self) -> None:
        """The training is over."""


class Notebook:
    """One output of a cell, which changes in its place."""

    beside_bars = True

    def __init__(self) -> None:
        self._handle: Any = None

    def update(self, curves: LearningCurves) -> None:
        if self._handle is None:
            show = importlib.import_module("IPython.display").display
            self._handle = show(curves, display_id=True)
        else:
            self._handle.update(curves)

    def close(self) -> None:
        pass


class Terminal:
    """A few lines that are drawn again in their place."""

    beside_bars = False

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lines = stream, 0

    def update(self, curves: LearningCurves) -> None:
        size = shutil.get_terminal_size()
        lines = curves.live(size.columns - 1, not can_write(self._stream, BLOCKS)).split("\n")
        lines = lines[: max(size.lines - 1, 1)]  # what has scrolled away cannot be drawn again
        back = f"\x1b[{self._lines}A\r\x1b[J" if self._lines else ""
        self._stream.write(back + "".join(f"{line}\n" for line in lines))
        self._stream.flush()
        self._lines = len(lines)

    def close(self) -> None:
        self._lines = 0


class Log:
    """A line now and then, where nothing can be drawn again: pipes and files."""

    beside_bars = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, curves: LearningCurves) -> None:
        print(curves.line(), file=self._stream, flush=True)

    def close(self) -> None:
        pass


class Files:
    """Files that are rewritten, each whole or not at all.

    One that cannot be written in the middle of a training is a warning, said once.
    """

    def __init__(self, paths: Sequence[str | os.PathLike[str]]) -> None:
        self._paths = [Path(path) for path in paths]
        self._warned = False
        for path in self._paths:
            if not path.suffix:
                raise ValueError(f"LearningCurves: {str(path)!r} has no ending: .svg, .csv, …")
            if path.suffix.lower() not in NUMBERS:
                canvas_for(f"LearningCurves in a {path.suffix} file")
            path.parent.mkdir(parents=True, exist_ok=True)

    def update(self, curves: LearningCurves) -> None:
        """Write them all."""
        for path in self._paths:
            try:
                write(curves, path)
            except (OSError, RuntimeError) as error:
                if not self._warned:
                    self._warned = True
                    warnings.warn(f"LearningCurves: cannot write {path}: {error}", stacklevel=4)


def display_for() -> Display:
    """The place for this process: a notebook's cell, a terminal, or lines."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is not None:
        return Notebook()
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return Terminal(sys.stdout)
    return Log(sys.stdout)


def can_write(stream: TextIO, text: str) -> bool:
    """Whether the stream has these letters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
