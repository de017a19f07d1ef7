"""Errors on their way out: taught where they are made or caught, shown without the engine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import FrameType, TracebackType
from typing import Any

from minitorch.errors.frames import are_short, engines, entries, linked, programs

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
        import_module("minitorch.errors.telling").teach(error, frame)
    except Exception:  # the error under way is the one to be seen
        pass


def lead_out(error: Exception) -> None:
    """Teach an error that came out of a module and shorten its traceback, for `raise error`."""
    _teach(error, sys._getframe(1))
    below = error.__traceback__ and error.__traceback__.tb_next  # the caller is put back by `raise`
    if are_short():
        kept = programs(below)
        own = vars(error)
        own["_left_out"] = own.get("_left_out", 0) + sum(1 for _ in entries(below)) - len(kept)
        below = linked(kept)
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
        while self._waiting and are_short():
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
        error.__traceback__ = linked(kept)
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
