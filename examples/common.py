"""What the examples share: their options, their pictures and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import minitorch as torch


def options(doc: str | None, **more: Any) -> argparse.Namespace:
    """Read the command line and seed the random numbers.

    Args:
        doc: what `--help` says first.
        more: an option each: its default, or a pair of the default and a line of help.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for name, value in more.items():
        default, help = value if isinstance(value, tuple) else (value, " ")
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=type(default), default=default, help=help)
    parser.add_argument("--seed", type=int, default=0, help="same seed, same run")
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
