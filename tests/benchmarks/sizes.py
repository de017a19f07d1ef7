"""What a library and all that it needs take on the disk."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from .processes import ROOT

EXTRAS = {"fast": ("numba", "threadpoolctl")}
PACKAGES = {
    "minitorch": ("numpy", "tqdm"),
    "PyTorch": ("torch",),
    "jax.jit": ("jax",),
    "autograd": ("autograd",),
    "NumPy": ("numpy",),
}


def installed(library: str) -> int:
    """Bytes in site-packages, without compiled Python files."""
    own = sum(_size(path) for path in (ROOT / "minitorch").rglob("*"))
    roots = PACKAGES["minitorch"] + EXTRAS["fast"] if library == "fast" else PACKAGES[library]
    packages = _needed(roots)
    size = sum(_size(path) for package in packages for path in _files(package))
    return size + own * (library in ("minitorch", "fast"))


def _needed(roots: tuple[str, ...]) -> list[Distribution]:
    """These packages and, in turn, what they need without any extra."""
    found: dict[str, Distribution] = {}
    waiting = [*roots]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for another system or version of Python
            continue
        waiting += [
            re.match(r"[\w.-]+", requirement)[0]
            for requirement in found[name].requires or ()
            if "extra ==" not in requirement
        ]
    return [*found.values()]


def _files(package: Distribution) -> list[Path]:
    return [Path(package.locate_file(file)) for file in package.files or ()]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() and path.suffix != ".pyc" else 0
