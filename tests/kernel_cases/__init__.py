"""Samples of every kernel, in a file a family: a table from the kernel's name to its cases.

A family's `CASES` maps a kernel's name in its file to `Case`s. Samples are float32 unless `draw`
makes them otherwise.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """Arguments of a kernel, drawn anew each time, and how near the compiled one must come.

    `writes` are the positions of arguments that the kernel writes its results into. `applies` is
    False where the compiled partner is to refuse, so that NumPy's loop runs.
    """

    draw: Callable[[np.random.Generator], tuple[Any, ...]]
    rtol: float = 2e-6
    atol: float = 1e-6
    writes: tuple[int, ...] = ()
    applies: bool = True


def cases() -> dict[str, list[Case]]:
    """All cases, by the kernel's full name, `family.name`."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        family = importlib.import_module(f"{__name__}.{module.name}")
        found.update({f"{module.name}.{name}": some for name, some in family.CASES.items()})
    return found
