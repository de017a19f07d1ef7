"""The calls that are compared with PyTorch, a line each, by family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Call = Callable[..., Any]


def named(call: Call, title: str, *touched: tuple[bool, str]) -> Call:
    """A call made in a loop, with the line it stands for and the names that it touches."""
    call.title, call.touched = title, touched  # type: ignore[attr-defined]
    return call


def but(worlds: str, call: Call) -> Call:
    """A call that is not compared in some worlds; a comment there says why."""
    call.skipped = set(worlds.split("; "))  # type: ignore[attr-defined]
    return call


def loosely(*calls: Call) -> list[Call]:
    """Calls of many checks: where x and y make several mistakes, any of them may be reported."""
    for call in calls:
        call.loose = True  # type: ignore[attr-defined]
    return [*calls]


def unary(names: str) -> Iterator[Call]:
    """Each name as a function and as a method of one tensor."""
    for name in names.split():
        yield named(
            lambda torch, x, name=name: getattr(torch, name)(x), f"torch.{name}(x)", (True, name)
        )
        yield named(lambda torch, x, name=name: getattr(x, name)(), f"x.{name}()", (False, name))


def unary_in_place(names: str, copy: str = "clone") -> Iterator[Call]:
    """Each name, with its underscore, as a method of a copy of a tensor."""
    for name in names.split():
        yield named(
            lambda torch, x, name=name: getattr(copied(x, copy), name)(),
            f"x.{copy}().{name}()",
            (False, name),
        )


def copied(x: Any, copy: str) -> Any:
    """A copy of x that gradients flow through, or one that they don't."""
    return x.clone() if copy == "clone" else x.detach().clone()


def binary(names: str) -> Iterator[Call]:
    """Each name as a function and as a method of two tensors."""
    for name in names.split():
        yield named(
            lambda torch, x, y, name=name: getattr(torch, name)(x, y),
            f"torch.{name}(x, y)",
            (True, name),
        )
        yield named(
            lambda torch, x, y, name=name: getattr(x, name)(y), f"x.{name}(y)", (False, name)
        )


def binary_in_place(names: str, copy: str = "clone") -> Iterator[Call]:
    """Each name, with its underscore, as a method of a copy of one tensor with another."""
    for name in names.split():
        yield named(
            lambda torch, x, y, name=name: getattr(copied(x, copy), name)(
                y if copy == "clone" else y.detach()
            ),
            f"x.{copy}().{name}(y)",
            (False, name),
        )
