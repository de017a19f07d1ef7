"""The command line: `python -m minitorch`."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import minitorch
from minitorch import running
from minitorch.running import run_module, run_script


def parser() -> argparse.ArgumentParser:
    """The arguments of `python -m minitorch`."""
    top = argparse.ArgumentParser(prog="minitorch", description=minitorch.__doc__)
    top.add_argument("--version", action="version", version=f"minitorch {minitorch.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    run = commands.add_parser(
        "run",
        help="run a PyTorch script, unchanged",
        description="Run a PyTorch script, unchanged: `import torch` imports minitorch in it.",
    )
    run.add_argument("-m", dest="module", action="store_true", help="the script is a module's name")
    run.add_argument("script", help="the script's path, or the module's name")
    run.add_argument("args", nargs=argparse.REMAINDER, help="arguments for the script")
    run.set_defaults(act=_run)
    return top


def _run(given: argparse.Namespace) -> None:
    sys.excepthook = _from_the_script_on
    (run_module if given.module else run_script)(given.script, given.args)


def _from_the_script_on(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Show a traceback as Python would if it ran the script itself."""
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]
    own = [i for i, file in enumerate(files) if file in (__file__, running.__file__)]
    start = own[-1] + 1 if own else 0
    while start < len(files) and "runpy" in files[start]:
        start += 1
    for _ in range(start):
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)


def main(argv: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    top = parser()
    given = top.parse_args(argv)
    try:
        given.act(given)
    except FileNotFoundError as error:
        if not str(error).startswith("minitorch run"):
            raise
        top.error(str(error))
