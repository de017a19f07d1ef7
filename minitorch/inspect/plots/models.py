"""What pictures ask of a model before they look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from minitorch.nn import Module
from minitorch.nn.parameter import is_lazy


def check_module(model: Any, what: str) -> None:
    """A module, and nothing else."""
    if not isinstance(model, Module):
        hint = ": make one of it, and give that" if isinstance(model, type) else ""
        name = model.__name__ if hint else type(model).__name__
        raise TypeError(f"{what}: expected a Module, got {'the class ' * bool(hint)}{name}{hint}")


def check_ready(model: Any, what: str) -> None:
    """A module, all of whose parameters have a shape."""
    check_module(model, what)
    named = chain(model.named_parameters(), model.named_buffers())
    lazy = [name for name, held in named if is_lazy(held)]
    if lazy:
        raise ValueError(
            f"{what}: {lazy[0]!r} has no shape yet: lazy layers take it from their first input. "
            "Call the model once, then look at it"
        )


@contextmanager
def speaking_as(what: str) -> Iterator[None]:
    """Errors about data and losses come from what `fit` uses, too: name the right function."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if not str(error).startswith("fit:"):
            raise
        raise type(error)(f"{what}:{str(error).removeprefix('fit:')}") from None
