"""Show versions, BLAS, kernels, threads, settings and which extras are installed.

example:
  minitorch info
  minitorch info --json
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import re

import minitorch
from minitorch import __config__


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def act(given: argparse.Namespace) -> None:
    """Print it."""
    lines = dict(line.split(":", 1) for line in __config__.show().splitlines())
    told = {name: text.strip() for name, text in lines.items()}
    told["system"] = f"{platform.system()} {platform.machine()}"
    told["dtype"] = f"{minitorch.get_default_dtype()} (default)"
    told["package"] = str(minitorch.__path__[0])
    packages = extras()
    if given.json:
        print(json.dumps({**told, "extras": packages}, indent=2))
        return
    for name, text in told.items():
        print(f"{name + ':':<11}{text}")
    for extra, versions in packages.items():
        parts = [f"{n} {v or '(not installed)'}" for n, v in versions.items()]
        print(f"{extra + ':':<11}{', '.join(parts)}")


# what the extras of users bring, by the names of packages
EXTRAS = {
    "plot": ["matplotlib"],
    "images": ["pillow"],
    "fast": ["numba", "threadpoolctl"],
    "scipy": ["scipy"],
}


def extras() -> dict[str, dict[str, str | None]]:
    """The packages of each extra, with the version that is installed."""
    return {extra: {name: _version(name) for name in names} for extra, names in EXTRAS.items()}


def _version(name: str) -> str | None:
    try:
        return re.sub(r"\+.*", "", importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return None
