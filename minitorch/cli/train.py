"""Train a built-in example. What it takes and what it writes, it says itself.

example:
  minitorch train --list
  minitorch train digits_cnn --quick --out results
  minitorch train digits_cnn --help
"""

from __future__ import annotations

import argparse
import ast
import difflib
from pathlib import Path

import minitorch
from minitorch.cli import Mistake
from minitorch.running import run_script


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--list", action="store_true", help="list the examples")
    parser.add_argument("example", nargs="?", help="the name of one")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="options of the example")


def act(given: argparse.Namespace) -> None:
    """Run it, or list all."""
    known = examples()
    if given.list:
        width = max(map(len, known))
        for name, path in known.items():
            print(f"{name:<{width}}  {_told(path)}")
        return
    if given.example is None:
        raise Mistake("which example? minitorch train --list shows them")
    name = given.example.removesuffix(".py")
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.4)
        hint = f"; the nearest are {', '.join(near)}" if near else ""
        raise Mistake(f"there is no example {name!r}{hint}; minitorch train --list shows all")
    run_script(known[name], given.args)


def examples() -> dict[str, Path]:
    """The scripts that come with the package, or stand beside it in a checkout."""
    package = Path(minitorch.__file__).parent
    for folder in (package / "examples", package.parent / "examples"):
        found = {
            path.stem: path
            for path in sorted(folder.glob("*.py"))
            if "__main__" in path.read_text(encoding="utf-8")
        }
        if found:
            return found
    raise Mistake(f"the examples are neither in {package} nor beside it")


def _told(path: Path) -> str:
    """The first line of a script's docstring."""
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0]
