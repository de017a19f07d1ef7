"""Which frames of a traceback are the program's, and how many of the others are shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_COMMAND = os.path.join(_PACKAGE, "cli", "__init__.py")
_STANDARD = os.path.dirname(os.__file__) + os.sep
_setting = "full" if os.environ.get("MINITORCH_TRACEBACKS") == "full" else "short"


def tracebacks(shown: str) -> str:
    """Choose how tracebacks are shown; the former choice is returned.

    Args:
        shown: "short", without the frames inside of minitorch, or "full". The environment
            variable `MINITORCH_TRACEBACKS=full` chooses for a whole run.

    Example:
        >>> before = minitorch.errors.tracebacks("full")
        >>> minitorch.errors.tracebacks(before)
        'full'
    """
    global _setting
    if shown not in ("short", "full"):
        raise ValueError(f"tracebacks(): expected 'short' or 'full', got {shown!r}")
    before, _setting = _setting, shown
    return before


def are_short() -> bool:
    """Whether tracebacks leave out the frames inside of minitorch."""
    return _setting == "short"


# Whose frame it is


def engines(frame: FrameType) -> bool:
    """Whether a frame runs code of minitorch, or code that minitorch has written."""
    file = frame.f_code.co_filename
    if file.startswith(_PACKAGE):
        return True
    return file == "<string>" and str(frame.f_globals.get("__name__")).startswith("minitorch.")


def foreign(frame: FrameType) -> bool:
    """Whether a frame runs code of Python's library or of NumPy, which some function called."""
    file = frame.f_code.co_filename
    if "site-packages" in file or "dist-packages" in file:
        return file.startswith(os.path.dirname(sys.modules["numpy"].__file__ or "-") + os.sep)
    return file.startswith((_STANDARD, "<frozen "))


def entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    """The entries of a traceback, from the outermost on."""
    while trace is not None:
        yield trace
        trace = trace.tb_next


def programs(trace: TracebackType | None) -> list[TracebackType]:
    """The entries that show the program's own frames, and what it called elsewhere."""
    kept: list[TracebackType] = []
    inside = True
    for entry in entries(trace):
        if engines(entry.tb_frame):
            inside = True
            if entry.tb_frame.f_code.co_filename == _COMMAND:
                kept.clear()  # the script that pip made of `minitorch` is not the program's
        elif not (inside and foreign(entry.tb_frame)):
            inside = False
            kept.append(entry)
    return kept


def linked(kept: list[TracebackType]) -> TracebackType | None:
    trace = None
    for entry in reversed(kept):
        trace = TracebackType(trace, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return trace


def shortened(error: BaseException) -> TracebackType | None:
    """An error's traceback without the frames inside of minitorch; the last if it has no others."""
    every = list(entries(error.__traceback__))
    return linked(every if _setting == "full" else programs(error.__traceback__) or every[-1:])
