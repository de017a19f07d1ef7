"""What SciPy's namespaces are made of: our functions where a box comes in, else SciPy's own."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from minitorch.faces.protocols import boxes_in, plainly

Function = Callable[..., Any]


def has_box(*values: Any) -> bool:
    """Whether a box is among the values, or in nested tuples, lists and dictionaries of them."""
    return next(boxes_in(values), None) is not None


def differentiable(theirs: Function) -> Callable[[Function], Function]:
    """Our version of a function of SciPy's: run where a box comes in; constants go to SciPy's."""

    def decorate(ours: Function) -> Function:
        @functools.wraps(ours)
        def function(*args: Any, **kwargs: Any) -> Any:
            return (ours if has_box(args, kwargs) else theirs)(*args, **kwargs)

        return function

    return decorate


def guarded(theirs: Function, name: str) -> Function:
    """A function of SciPy's that has no derivative: what is traced is refused by its name."""

    @functools.wraps(theirs)
    def function(*args: Any, **kwargs: Any) -> Any:
        return plainly(theirs, name, args, kwargs, [], home="scipy")

    return function


def completed(theirs: types.ModuleType, ours: dict[str, Any]) -> tuple[Function, Function]:
    """`__getattr__` and `__dir__` for a module that has the names of `theirs` beside its own."""
    home = theirs.__name__.removeprefix("scipy.")

    def __getattr__(name: str) -> Any:
        value = None if name.startswith("__") else getattr(theirs, name, None)
        if value is None:
            raise AttributeError(f"module 'minitorch.scipy.{home}' has no attribute {name!r}")
        if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
            value = guarded(value, f"{home}.{name}")
        return ours.setdefault(name, value)

    def __dir__() -> list[str]:
        return sorted({*dir(theirs), *ours})

    return __getattr__, __dir__
