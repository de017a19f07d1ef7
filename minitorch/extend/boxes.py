"""`Box`: what a traced value is an instance of, and how a class of containers is made known."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from minitorch.differential.containers import register_container
from minitorch.engine import box as engine


class BoxType(type):
    """Counts every box of the engine, of either face, as an instance of `Box`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or (
            cls is Box and isinstance(instance, engine.Box)
        )


class Box(metaclass=BoxType):
    """A traced value: `Array` and `Tensor` are the two kinds there are.

    A class derived from it makes containers of a class of yours known, as in HIPS autograd. Here
    a function sees the container itself, with traced values as its attributes, so that its own
    methods serve and the derived class needs none.

    Example:
        >>> from minitorch.extend import Box
        >>> class Point:
        ...     def __init__(self, x, y):
        ...         self.x, self.y = x, y
        >>> class PointBox(Box):
        ...     __slots__ = []
        >>> PointBox.register(Point)
        >>> g = minitorch.grad(lambda p: p.x * p.y)(Point(2., 3.))
        >>> float(g.x), float(g.y)
        (3.0, 2.0)
    """

    __slots__ = ()

    @classmethod
    def register(cls, value_type: type) -> None:
        """Let objects of a class be differentiated by: the numbers among their attributes.

        `minitorch.differential.register_container` does the same for what is kept otherwise.
        """
        register_container(value_type, _attributes, _remade)


def _attributes(value: Any) -> tuple[Iterable[Any], Any]:
    names = list(_names(value))
    return [getattr(value, name) for name in names], (value, names)


def _names(value: Any) -> Iterable[str]:
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        names = (slots,) if isinstance(slots, str) else slots
        yield from (name for name in names if hasattr(value, name))
    yield from getattr(value, "__dict__", ())


def _remade(known: tuple[Any, list[str]], parts: list[Any]) -> Any:
    value, names = known
    new = copy.copy(value)
    for name, part in zip(names, parts, strict=True):
        object.__setattr__(new, name, part)
    return new
