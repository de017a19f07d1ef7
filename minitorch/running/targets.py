"""What a text names: `package.module:name` or `path/to/file.py:name`."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["TargetError", "load"]


class TargetError(ValueError):
    """A text that names nothing; its message is one line for a user."""


def load(text: str) -> Any:
    """The object that a text names; the directory of the program counts as a place of modules.

    Raises:
        TargetError: there is no such file, module or name; the nearest are told.

    Example:
        >>> from minitorch.running.targets import load
        >>> load("minitorch.nn:Linear") is torch.nn.Linear
        True
    """
    where, colon, name = text.rpartition(":")
    if not colon or not where or not name:
        raise TargetError(
            f"{text!r} names no object: write module:name or file.py:name, "
            "as in mynet.py:Net or minitorch.nn.functional:relu"
        )
    module = _file(where) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise TargetError(_missing(where, part, found)) from None
    return found


def _file(path: str) -> ModuleType:
    """A file as a module, which is executed anew each time; modules beside it can be imported."""
    file = Path(path)
    if not file.is_file():
        raise TargetError(f"there is no file {path}{_near(file.name, _beside(file))}")
    beside = str(file.resolve().parent)
    if beside not in sys.path:
        sys.path.insert(0, beside)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(file.stem)
    sys.modules[file.stem] = module  # classes in it look themselves up, dataclasses do
    try:
        spec.loader.exec_module(module)
    finally:
        if before is not None:
            sys.modules[file.stem] = before
    return module


def _module(name: str) -> ModuleType:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name != missing and not name.startswith(f"{missing}."):
            raise  # of what the module itself imports
    file = Path(*name.split(".")).with_suffix(".py")
    hint = f"; is {file} meant?" if file.is_file() else ""
    raise TargetError(f"there is no module {name!r}{hint}")


def _missing(where: str, name: str, found: Any) -> str:
    own = [n for n in vars(found) if not n.startswith("_")] if hasattr(found, "__dict__") else []
    return f"{where} has no {name!r}{_near(name, own)}"


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 3, 0.6)
    verb = "are" if len(near) > 1 else "is"
    return f"; the nearest {verb} {', '.join(near)}" if near else ""


def _beside(file: Path) -> list[str]:
    return [p.name for p in file.parent.glob("*.py")] if file.parent.is_dir() else []
