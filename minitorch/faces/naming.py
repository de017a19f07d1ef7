"""Names by which functions are found again, as pickle finds them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

Functions = TypeVar("Functions", bound="dict[str, Callable[..., Any]]")


def findable(functions: Functions, module: str, inside: str = "") -> Functions:
    """A table of functions, each named by a place where it stands: `module`, or a class of it.

    A wrapper bears the name of what it wraps, and two functions may be made by one statement:
    those that don't stand where their names say get that of the table.
    """
    for name, f in functions.items():
        if isinstance(f, FunctionType):
            home = sys.modules.get(f.__module__)
            if home is None or vars(home).get(f.__qualname__) is not f:
                f.__module__, f.__qualname__ = module, inside + name
    return functions
