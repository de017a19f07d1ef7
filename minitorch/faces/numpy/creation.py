"""Arrays made from values, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]

functions: dict[Function, Function] = {}
