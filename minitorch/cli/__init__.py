"""The command line: `minitorch`, or `python -m minitorch`.

Each command has a module of its name here, imported when the command is given: `arguments(parser)`
says what it takes, `act(given)` does it and returns the exit status.
"""

from __future__ import annotations

import argparse
import codecs
import difflib
import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import minitorch
from minitorch.errors.frames import programs
from minitorch.running.targets import TargetError

__all__ = ["Mistake", "Parser", "main", "perform"]

COMMANDS = {
    "run": "run a PyTorch script, unchanged",
    "train": "train a built-in example",
    "doctor": "watch a script train, and say what is wrong with it",
    "summary": "show a model's layers: shapes, parameters, cost",
    "draw": "draw the graph of a model or function",
    "check": "check the derivatives of a function or module",
    "info": "show versions, libraries, settings",
}


# what stands for a character in a terminal that has it not
PLAIN = {
    "✓": "+", "✗": "x", "–": "-", "−": "-", "─": "-", "│": "|", "├": "|", "└": "`", "→": "->",
    "×": "x", "…": "...", "·": ".", "•": "*",
}  # fmt: skip


class Mistake(Exception):
    """What is wrong with a command line, in one line."""


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, and where there is more."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # before Python 3.14, -1. and -1e-3 are taken for options
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message: str) -> NoReturn:
        if message.endswith("required: target"):
            message += ", before --inputs, which takes all that follows it"
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Do what the command line says; end with its exit status unless that is 0."""
    words = list(sys.argv[1:] if argv is None else argv)
    top = _top()
    if not words or words[0].startswith("-"):
        top.parse_args(words)
        top.error(f"a command is missing: {', '.join(COMMANDS)}")
    name, *rest = words
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"; is {near[0]} meant?" if near else f": {', '.join(COMMANDS)}"
        top.error(f"there is no command {name!r}{hint}")
    command: Any = importlib.import_module(f"minitorch.cli.{name}")
    parser = Parser(
        prog=f"minitorch {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.arguments(parser)
    given = parser.parse_args(rest)
    if name != "run":  # a script prints as it would without us
        _print_anywhere()
    perform(parser, lambda: command.act(given))


def perform(parser: argparse.ArgumentParser, act: Callable[[], int | None]) -> None:
    """Do it, end with its status, and say in one line what is wrong with the command line."""
    try:
        status = act()
    except (Mistake, TargetError) as mistake:
        parser.error(str(mistake))
    except BrokenPipeError:  # who reads, as `head` does, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return
    except Exception as error:
        users = programs(error.__traceback__) or isinstance(error, SyntaxError)
        if users or os.environ.get("MINITORCH_TRACEBACKS") == "full":
            raise  # it is for the user to read where it arose
        parser.exit(2, f"{parser.prog}: {' '.join(str(error).split())}\n")
    if status:
        sys.exit(status)


def _print_anywhere() -> None:
    """Print similar characters in place of those that the terminal's encoding has not."""

    def plain(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        missing = error.object[error.start : error.end]
        return "".join(PLAIN.get(character, "?") for character in missing), error.end

    codecs.register_error("minitorch.plain", plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="minitorch.plain")


def _top() -> Parser:
    lines = [f"  {name:<9} {told}" for name, told in COMMANDS.items()]
    top = Parser(
        prog="minitorch",
        usage="minitorch command ...",
        description="Deep learning on NumPy, with PyTorch's interface.\n\ncommands:\n"
        + "\n".join(lines),
        epilog="minitorch command --help tells more of each, with an example.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"minitorch {minitorch.__version__}")
    return top
