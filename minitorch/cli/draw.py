"""Draw the computation graph of a model or function.

example:
  minitorch draw mynet.py:Net --input-size 1,64 -o net.svg
  minitorch draw losses.py:huber --inputs 0.5 2.0
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from minitorch.cli import Mistake
from minitorch.cli.naming import WHICH_INPUTS, add_inputs, callable_of, inputs_of, needed, random
from minitorch.inspect import Graph, draw
from minitorch.nn import Module
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
        graph = _graph(given)
    if given.output is None:
        print(graph)
    elif given.output.suffix == ".txt":
        given.output.write_text(f"{graph}\n", encoding="utf-8")
    else:
        graph.save(given.output)
    if given.output is not None:
        print(f"wrote {given.output}")


def _graph(given: argparse.Namespace) -> Graph:
    """The graph; where a model fails on the sizes alone, on a batch of one, as in `summary`."""
    target, inputs = callable_of(given.target), inputs_of(given)
    if not inputs and needed(target):
        raise Mistake(WHICH_INPUTS)
    try:
        return draw(target, *inputs)
    except Exception as error:
        if not inputs or not all(map(random, given.inputs)) or not isinstance(target, Module):
            raise
        try:
            graph = draw(target, *(x[None] for x in inputs))
        except Exception:
            raise error from None
    print("note: a batch dimension of size 1 was added", file=sys.stderr)
    return graph
