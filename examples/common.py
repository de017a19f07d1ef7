"""What the examples share: their options, their pictures and how they end."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import minitorch as torch


def number(kind: type, low: float, high: float = math.inf) -> Callable[[str], Any]:
    """A reader of finite numbers that are neither below `low` nor above `high`."""
    bounds = f"from {low} to {high}" if high < math.inf else f"of at least {low}"

    def read(text: str):
        value = kind(text)
        if not low <= value <= high or value == math.inf:
            raise argparse.ArgumentTypeError(f"expected a number {bounds}, got {text}")
        return value

    read.__name__ = kind.__name__  # what argparse calls it where `kind` cannot read the text
    return read


def file(text: str) -> Path:
    """A reader of paths of files that exist."""
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


def options(doc: str | None, **more: tuple) -> argparse.Namespace:
    """Read the command line and seed the random numbers.

    Args:
        doc: what `--help` says first.
        more: an option each: its default, a line of help and, unless it is a count of at least 1
            or a fraction of at least 0, what reads it (`number`, `file`) or a list of all values.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for name, (default, help, *limits) in more.items():
        kind = type(default)
        (limit,) = limits or [number(kind, 1 if kind is int else 0)]
        only = {"choices": limit} if isinstance(limit, list) else {"type": limit}
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=help, **only)
    seed = number(int, 0, 2**63 - 1)
    parser.add_argument("--seed", type=seed, default=0, help="same seed, same run")
    parser.add_argument("--out", type=Path, default=Path(), help="folder for what is written")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works")
    args = parser.parse_args()
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"argument --out: cannot make the folder {args.out}: {error.strerror}")
    torch.manual_seed(args.seed)
    return args


def figure(width: float, height: float) -> Any:
    """An empty picture of so many inches; None where matplotlib is not installed."""
    if not find_spec("matplotlib"):
        print("picture: none, as matplotlib is not installed (pip install matplotlib)")
        return None
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def sheet(images: torch.Tensor, rows: int, columns: int) -> Any:
    """The first images of (n, height, width) beside and below each other, as an array to show."""
    images = torch.nn.functional.pad(images[: rows * columns], (1, 1, 1, 1))
    height, width = images.shape[1:]
    grid = images.view(rows, columns, height, width).transpose(1, 2)
    return grid.reshape(rows * height, columns * width).numpy()


def save(picture: Any, path: Path) -> None:
    """Write a picture and say where it is."""
    picture.savefig(path, dpi=70)
    print(f"picture: {path}")


def run(main: Callable[[], None]) -> None:
    """Run a program; Ctrl-C ends it without a traceback."""
    try:
        main()
    except KeyboardInterrupt:
        print("\nstopped before the end", file=sys.stderr)
        sys.exit(130)
