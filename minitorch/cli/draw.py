"""Draw the computation graph of a model or function.

example:
  minitorch draw mynet.py:Net --input-size 1,64 -o net.svg
  minitorch draw losses.py:huber --inputs 0.5 2.0
"""

from __future__ import annotations

import argparse
from pathlib import Path

from minitorch.cli import Mistake
from minitorch.cli.naming import add_inputs, callable_of, inputs_of
from minitorch.inspect import draw
from minitorch.running import as_torch

KINDS = (".svg", ".html", ".dot", ".txt")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("target", help="module:name or file.py:name of a model or function")
    add_inputs(parser)
    parser.add_argument(
        "-o", "--output", type=Path, help=f"a file ({', '.join(KINDS)}); without it, text is shown"
    )


def act(given: argparse.Namespace) -> None:
    """Print it or write it."""
    if given.output is not None and given.output.suffix not in KINDS:
        raise Mistake(f"-o {given.output}: the file's name must end with {', '.join(KINDS)}")
    with as_torch():
        graph = draw(callable_of(given.target), *inputs_of(given))
    if given.output is None:
        print(graph)
    elif given.output.suffix == ".txt":
        given.output.write_text(f"{graph}\n", encoding="utf-8")
    else:
        graph.save(given.output)
    if given.output is not None:
        print(f"wrote {given.output}")
