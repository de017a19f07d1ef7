"""Which frames of a traceback are the program's; tracebacks that show no others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import FrameType, TracebackType
from typing import Any

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


def _linked(kept: list[TracebackType]) -> TracebackType | None:
    trace = None
    for entry in reversed(kept):
        trace = TracebackType(trace, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return trace


def shortened(error: BaseException) -> TracebackType | None:
    """An error's traceback without the frames inside of minitorch; the last if it has no others."""
    every = list(entries(error.__traceback__))
    return _linked(every if _setting == "full" else programs(error.__traceback__) or every[-1:])


# Errors on their way out


def taught(error: Any) -> Any:
    """The same error, its message with the lines that tell where it arose and what to do.

    Called where an error is made, or in an `except` clause. Only errors of Python and of minitorch
    with a plain message are changed, once: a program's own exceptions may carry data.

    Example:
        >>> raise minitorch.errors.taught(ValueError("no such mode"))
        Traceback (most recent call last):
        ValueError: no such mode
          at <doctest ...>:1: raise minitorch.errors.taught(ValueError("no such mode"))
    """
    _teach(error, sys._getframe(1))
    return error


def teaching(kind: type[Exception]) -> Callable[[str], Any]:
    """The class of an error, to be called for one that is taught: `raise teaching(IndexError)(…)`.

    For mistakes that are made in calls of functions, outside of a model as well.
    """

    def made(message: str) -> Exception:
        error = kind(message)
        _teach(error, sys._getframe(1))
        return error

    return made


def _teach(error: BaseException, frame: FrameType | None) -> None:
    if not isinstance(error, Exception):
        return
    try:
        import_module("minitorch.errors.lesson").teach(error, frame)
    except Exception:  # the error under way is the one to be seen
        pass


def lead_out(error: Exception) -> None:
    """Teach an error that came out of a module and shorten its traceback, for `raise error`."""
    _teach(error, sys._getframe(1))
    below = error.__traceback__ and error.__traceback__.tb_next  # the caller is put back by `raise`
    if _setting == "short":
        kept = programs(below)
        own = vars(error)
        own["_left_out"] = own.get("_left_out", 0) + sum(1 for _ in entries(below)) - len(kept)
        below = _linked(kept)
    error.__traceback__ = below


def explain(error: BaseException) -> str:
    """What an error says, with the lines that an uncaught one would be shown with.

    Example:
        >>> try:
        ...     torch.zeros(2, 3).softmax(dim=5)
        ... except IndexError as error:
        ...     print(minitorch.errors.explain(error))
        Dimension out of range (expected to be in range of [-2, 1], but got 5)...
          in softmax()
          at <doctest ...>:2: torch.zeros(2, 3).softmax(dim=5)
          given input [2, 3] float32, dim=5
    """
    _teach(error, None)
    return str(error)


# Errors that nothing caught


class _presented:
    """Within the block an error is shown short, with all that it came from."""

    def __init__(self, error: BaseException, request: str) -> None:
        self.error, self.request = error, request
        self.left_out = 0
        self._before: list[tuple[BaseException, TracebackType | None]] = []
        self._waiting: list[Any] = [error]

    def __enter__(self) -> _presented:
        _teach(self.error, None)
        seen: set[int] = set()
        while self._waiting and _setting == "short":
            error = self._waiting.pop()
            if isinstance(error, BaseException) and id(error) not in seen:
                seen.add(id(error))
                self._shorten(error)
                parts = getattr(error, "exceptions", ())  # an ExceptionGroup's
                self._waiting += [error.__cause__, error.__context__]
                self._waiting += parts if isinstance(parts, tuple) else ()
        if self.left_out and sys.stderr is not None:  # above: the last line is the error's
            frames = f"{self.left_out} frame{'s' * (self.left_out > 1)}"
            said = f"({frames} inside minitorch left out; {self.request} shows all)"
            print(said, file=sys.stderr)
        return self

    def _shorten(self, error: BaseException) -> None:
        trace = error.__traceback__
        self.left_out += vars(error).get("_left_out", 0)
        every = list(entries(trace))
        if not any(engines(entry.tb_frame) for entry in every):
            return
        kept = programs(trace)
        if not kept and not isinstance(error, SyntaxError):  # minitorch's own, at its import
            return
        self._before.append((error, trace))
        error.__traceback__ = _linked(kept)
        if kept:  # what stands above the program's first frame has started the program
            start = next(i for i, entry in enumerate(every) if entry.tb_frame is kept[0].tb_frame)
            self.left_out += len(every) - start - len(kept)

    def __exit__(self, *exc: object) -> None:
        for error, trace in self._before:
            error.__traceback__ = trace


def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nothing caught: `sys.excepthook`, from the import of minitorch on.

    The program's frames are shown, none of minitorch's, and none of what started the program
    (`minitorch run`, `runpy`); so a command that runs a program needs to do no more than let errors
    through, or give this function what `sys.exc_info()` returns.
    """
    with _presented(error, "MINITORCH_TRACEBACKS=full"):
        if error.__traceback__ is None and not isinstance(error, SyntaxError):
            error.__traceback__ = trace
        sys.__excepthook__(kind, error, error.__traceback__)


def _show_in_notebook(
    shell: Any, kind: type[BaseException], error: Any, trace: Any, tb_offset: Any = None
) -> None:
    with _presented(error, 'minitorch.errors.tracebacks("full")'):
        shell.showtraceback((kind, error, error.__traceback__), tb_offset=tb_offset)
    sys.last_traceback = trace  # %debug goes to where the error arose


def install() -> None:
    """Show uncaught errors so, unless the program or its surroundings show them their own way."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = show
    if "IPython" in sys.modules:
        shell = getattr(sys.modules["IPython"], "get_ipython", lambda: None)()
        if shell is not None and not getattr(shell, "custom_exceptions", True):
            shell.set_custom_exc((Exception, KeyboardInterrupt), _show_in_notebook)
