"""torch.compiler: `compile` gives back what it is given, for there is nothing to compile to yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable",
    "is_compiling", "is_dynamo_compiling", "is_exporting", "list_backends", "reset",
    "set_stance",
]  # fmt: skip


def compile(model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None,
            backend: Any = "inductor", mode: str | None = None, options: Any = None,
            disable: bool = False, **more: Any) -> Any:  # fmt: skip
    """`model`, a module or function, itself; without one, a decorator that does the same.

    Example:
        >>> @torch.compile
        ... def double(x):
        ...     return 2 * x
        >>> double(torch.ones(2))
        tensor([2., 2.])
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified")
    if model is None:
        return lambda model: model
    if not callable(model):
        raise AssertionError(
            f"A callable function is expected, but {type(model)} is provided: compile takes a "
            "module or a function"
        )
    return model


def disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *,
            reason: str | None = None) -> Any:  # fmt: skip
    """`fn` itself, or a decorator that gives its function back."""
    return (lambda fn: fn) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """`fn` itself."""
    return fn


def assume_constant_result(fn: Any) -> Any:
    """`fn` itself."""
    return fn


class set_stance:
    """Accepted, as a call, a context manager and a decorator; nothing is compiled."""

    def __init__(self, stance: str = "default", **more: Any) -> None:
        self.stance = stance

    def __enter__(self) -> None:
        """Nothing to switch."""

    def __exit__(self, *exc: object) -> None:
        """Nothing to switch back."""

    def __call__(self, fn: Any) -> Any:
        return fn


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """None are there."""
    return []


def reset() -> None:
    """Nothing is kept."""


cudagraph_mark_step_begin = reset
