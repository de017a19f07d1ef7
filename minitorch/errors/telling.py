"""The lines below an error's message: where it arose, the line, what was given, a hint."""

from __future__ import annotations

import re
from types import FrameType

from minitorch.errors import hints
from minitorch.errors.frames import engines, entries, foreign
from minitorch.errors.lesson import Lesson, Step

_TOLD = re.compile(r"\n  at .|\nOriginal Traceback")  # by the error quoted, by a worker process
_AS_THEY_ARE = (StopIteration, StopAsyncIteration, ImportError, SyntaxError)  # carry other data


def teach(error: BaseException, frame: FrameType | None) -> None:
    """Put the lines into an error's message, once; `frame` is where it is made or caught.

    Without a frame the error has come all the way; it is told of where minitorch raised it.
    """
    message = None if "_taught" in vars(error) else _plain_message(error)
    if message is None or _TOLD.search(message):
        return
    steps = _steps(error, frame)
    if frame is None and not (steps and _inside(steps)):
        return
    lesson = Lesson(error, message, steps)
    lines = lesson.lines()
    if hint := hints.find(lesson):
        lines.append(f"hint: {hint}")
    if len(lines) > (frame is None):  # the line alone is what a traceback shows
        error.args = ("\n  ".join([message, *lines]),)
        vars(error)["_taught"] = True


def _plain_message(error: BaseException) -> str | None:
    """The message of an error of Python's or of minitorch's that has nothing else."""
    args, source = error.args, type(error).__module__.partition(".")[0]
    plain = isinstance(error, Exception) and not isinstance(error, _AS_THEY_ARE)
    known = plain and len(args) == 1 and source in ("builtins", "minitorch")
    return args[0] if known and type(args[0]) is str and str(error) is args[0] else None


def _steps(error: BaseException, frame: FrameType | None) -> list[Step]:
    """From the outermost frame to the one that raised."""
    below = [Step(entry.tb_frame, entry.tb_lineno) for entry in entries(error.__traceback__)]
    if not below and frame is not None:
        below = [Step(frame, frame.f_lineno)]
    above = []
    while frame is not None and (frame := frame.f_back) is not None:
        above.append(Step(frame, frame.f_lineno))
    return above[::-1] + below


def _inside(steps: list[Step]) -> bool:
    """Whether it was minitorch that raised, for a program."""
    owners = [engines(frame) for frame, _ in steps if not foreign(frame)]
    return bool(owners) and owners[-1] and not all(owners)
