"""What a text names: `package.module:name` or `path/to/file.py:name`, also called: `name(2)`."""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import inspect
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["TargetError", "load"]

_added: set[str] = set()  # folders of files that were loaded, put on `sys.path`


class TargetError(ValueError):
    """A text that names nothing; its message is one line for a user."""


def load(text: str) -> Any:
    """The object that a text names; the directory of the program counts as a place of modules.

    With arguments, as in `"mynet.py:Net(64, bias=False)"`, it is what the object gives for them;
    they are numbers, texts, lists and so on, as Python writes them.

    Raises:
        TargetError: there is no such file, module or name; the nearest are told. The arguments
            are not such ones, or the object takes others.

    Example:
        >>> from minitorch.running.targets import load
        >>> load("minitorch.nn:Linear") is torch.nn.Linear
        True
        >>> load("minitorch.nn:Linear(3, 2, bias=False)")
        Linear(in_features=3, out_features=2, bias=False)
    """
    parts = re.fullmatch(r"(.+?):([^\W\d][\w.]*)(\(.*\))?\s*", text, re.DOTALL)
    if parts is None:
        raise TargetError(
            f"{text!r} names no object: write module:name or file.py:name, "
            "as in mynet.py:Net or minitorch.nn.functional:relu"
        )
    where, name, arguments = parts.groups()
    given = None if arguments is None else _arguments(text, arguments)
    module = _file(where) if where.endswith(".py") else _module(where)
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise TargetError(_missing(where, part, found)) from None
    return found if given is None else _called(found, f"{where}:{name}", *given)


def _arguments(text: str, written: str) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments, as they are written in a call."""
    try:
        call: Any = ast.parse(f"f{written}", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        keywords = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords if k.arg}
        if len(keywords) < len(call.keywords):
            raise ValueError
        return [ast.literal_eval(a) for a in call.args], keywords
    except (ValueError, SyntaxError, TypeError):
        raise TargetError(
            f"{text!r}: the arguments must be numbers, texts, lists and so on as Python writes "
            "them, as in mynet.py:Net(64, bias=False)"
        ) from None


def _called(found: Any, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
    if not callable(found):
        raise TargetError(f"{name} is of type {type(found).__name__}, which can't be called")
    try:
        inspect.signature(found).bind(*args, **keywords)
    except TypeError as error:
        raise TargetError(f"{name}{inspect.signature(found)}: {error}") from None
    except ValueError:  # it does not show what it takes
        pass
    return found(*args, **keywords)


def _file(path: str) -> ModuleType:
    """A file as a module, which is executed anew each time; modules beside it can be imported."""
    file = Path(path)
    if not file.is_file():
        raise TargetError(f"there is no file {path}{_near(file.name, _beside(file))}")
    _searched(str(file.resolve().parent))
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


def _searched(folder: str) -> None:
    """Look for modules in this folder first, not in those of files that were loaded before.

    Files of several authors may each have a `helper.py` beside them.
    """
    for name, module in list(sys.modules.items()):
        home = os.path.dirname(getattr(module, "__file__", None) or "")
        if home in _added and home != folder:
            del sys.modules[name]
    if folder in sys.path:
        sys.path.remove(folder)
    else:
        _added.add(folder)
    sys.path.insert(0, folder)


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
