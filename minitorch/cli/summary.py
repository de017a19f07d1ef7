"""Show the layers of a model: output shapes, parameters, multiply-adds, memory.

example:
  minitorch summary mynet.py:Net --input-size 1,28,28
  minitorch summary minitorch.nn:Transformer --depth 2
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from minitorch.cli.naming import model_of, sizes
from minitorch.inspect import summary
from minitorch.running import as_torch


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("model", help="module:Model or file.py:Model: a class, object or function")
    parser.add_argument(
        "--input-size",
        action="append",
        type=sizes,
        metavar="1,28,28",
        help="the shape of an input, once for each; without it, parameters alone are shown",
    )
    parser.add_argument("--depth", type=int, default=3, help="how many levels are shown (3)")
    parser.add_argument("-o", "--output", type=Path, help="write it to a file, .html or text")


def act(given: argparse.Namespace) -> int:
    """Print it; the status tells whether the model ran."""
    with as_torch():
        size: Any = given.input_size
        if size is not None and len(size) == 1:
            (size,) = size
        found = summary(model_of(given.model), size, depth=given.depth)
    if given.output is None:
        print(found)
    else:
        html = given.output.suffix == ".html"
        given.output.write_text(found._repr_html_() if html else f"{found}\n", encoding="utf-8")
    return int(found.failed_in is not None)
