"""Calls of NumPy's functions on boxes: a file a family, each with its table `CASES`.

`CASES` maps a function of NumPy to calls of it: pairs of a function of one array (or a tuple of
arrays, for a function of several) and what to call it with. `tests/test_numpy.py` makes from each
the checks of value, dtype, first and second derivatives in both modes, and of the same call through
`minitorch.numpy`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

CASES: dict[Any, list[tuple[Callable[..., Any], Any]]] = {}
names = [found.name for found in pkgutil.iter_modules(__path__, f"{__name__}.")]
for name in sorted(names, key=lambda name: name.endswith("keywords")):  # these last
    for function, calls in importlib.import_module(name).CASES.items():
        CASES.setdefault(function, []).extend(calls)
