"""Where in the user's program something happened: his line, and the module it ran in."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

from minitorch.nn.modules.module import Module

PACKAGE = str(Path(__file__).parents[2])


class Place:
    """A line of the program, and the innermost module around it, by their texts."""

    __slots__ = ("code", "line", "module")

    def __init__(self, code: CodeType | None, line: int, module: Module | None) -> None:
        self.code, self.line, self.module = code, line, module

    def shown(self, paths: dict[int, str]) -> str:
        """`net.fc (Linear), train.py line 12: y = self.fc(x)`; what is known of it."""
        parts = [] if self.module is None else [named(self.module, paths)]
        if self.code is not None:
            file = self.code.co_filename
            source = linecache.getline(file, self.line).strip()
            parts.append(f"{Path(file).name} line {self.line}" + (f": {source}" if source else ""))
        return ", ".join(parts)


def named(module: Module, paths: dict[int, str]) -> str:
    """A module by its path in the model: `layers.2 (Linear)`."""
    path, kind = paths.get(id(module)), type(module).__name__
    return f"{path} ({kind})" if path else kind


def foreign(code: CodeType) -> bool:
    """Whether code is the user's: of a file outside of the package."""
    file = code.co_filename
    return not file.startswith((PACKAGE, "<frozen")) and "contextlib" not in file


def here() -> Place:
    """The place at which the program is now."""
    frame: FrameType | None = sys._getframe(1)
    module = None
    while frame is not None and not foreign(frame.f_code):
        module = module or _module_in(frame)
        frame = frame.f_back
    if frame is None:
        return Place(None, 0, module)
    return Place(frame.f_code, frame.f_lineno, module or _module_in(frame))


def told_of(error: BaseException, paths: dict[int, str]) -> tuple[str, str, str]:
    """An error's first line, the module and the user's line where it arose, and a hint.

    Errors that come out of a module tell of it and give the hint in further lines.
    """
    lines = str(error).strip().splitlines() or [""]
    below = {line.split()[0]: line.strip() for line in lines[1:] if line.strip()}
    place = _place_of(error)
    way = below.get("in", "").removeprefix("in ").rpartition("):")
    if way[0]:
        place.module = None
    where = [f"{way[0]})" * bool(way[0]), place.shown(paths)]
    hint = below.get("hint:", "").removeprefix("hint: ")
    return lines[0], ", ".join(part for part in where if part), hint


def _place_of(error: BaseException) -> Place:
    """The last of the user's lines in an error's traceback, and the last module in it."""
    code, line, module = None, 0, None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        module = _module_in(frame) or module
        if foreign(frame.f_code):
            code, line = frame.f_code, trace.tb_lineno
        trace = trace.tb_next
    return Place(code, line, module)


def _module_in(frame: FrameType) -> Module | None:
    """The module whose method runs in a frame."""
    code = frame.f_code
    first: Any = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    return first if isinstance(first, Module) else None
