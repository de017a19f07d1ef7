"""Run a PyTorch script, unchanged: `import torch` imports minitorch in it.

example:
  minitorch run train.py --epochs 3
  minitorch run -m package.train --epochs 3
"""

from __future__ import annotations

import argparse

from minitorch.cli import Mistake
from minitorch.cli.naming import script_at
from minitorch.errors.frames import programs
from minitorch.running import run_module, run_script


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "-m", dest="module", action="store_true", help="the script is a module's name"
    )
    parser.add_argument("script", help="the script's path, or the module's name")
    rest = parser.add_argument("args", nargs=argparse.REMAINDER, help="arguments for the script")
    rest.required = False  # argparse would list it as missing where the script is


def act(given: argparse.Namespace) -> None:
    """Run it."""
    if not given.module:
        run_script(script_at(given.script), given.args)
        return
    try:
        run_module(given.script, given.args)
    except ImportError as error:
        if programs(error.__traceback__):
            raise
        raise Mistake(f"there is no module {given.script!r} to run: {error}") from None
