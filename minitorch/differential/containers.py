"""Containers of numbers: tuples, lists, dicts, named tuples, dataclasses, registered classes.

A container is taken apart into its leaves and a `Form`, which puts other leaves in their places.
Numbers, arrays of numbers and boxes are leaves. Whatever else stands in a container (None, strings,
truth values, any object) goes along unchanged; in a gradient None stands in its place.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from minitorch.engine.box import Box

T = TypeVar("T")
Flatten = Callable[[Any], tuple[Iterable[Any], Any]]
Unflatten = Callable[[Any, list[Any]], Any]

_registered: dict[type, tuple[Flatten, Unflatten]] = {}


def register_container(
    cls: type[T], flatten: Callable[[T], tuple[Iterable[Any], Any]], unflatten: Unflatten
) -> None:
    """Let objects of a class be arguments and results of differentiated functions.

    Args:
        cls: the class itself; classes derived from it are registered on their own.
        flatten: gives, for an object, its parts and whatever else makes it up (hashable or not).
        unflatten: makes an object of that and of a list of other parts.

    Raises:
        TypeError: `cls` is no class, or one of numbers.

    Example:
        >>> class Line:
        ...     def __init__(self, slope, offset):
        ...         self.slope, self.offset = slope, offset
        >>> minitorch.differential.register_container(
        ...     Line,
        ...     lambda line: ((line.slope, line.offset), None),
        ...     lambda _, parts: Line(*parts),
        ... )
        >>> g = minitorch.grad(lambda line, x: line.slope * x + line.offset)(Line(2., 1.), 3.)
        >>> float(g.slope), float(g.offset)
        (3.0, 1.0)
    """
    if not isinstance(cls, type) or issubclass(cls, (Box, np.ndarray, np.generic, int, float)):
        raise TypeError(
            f"register_container: expected a class whose objects hold numbers, not {cls!r}"
        )
    _registered[cls] = (flatten, unflatten)


# the built-in containers, as such pairs


def _flatten_dict(value: dict[Any, Any]) -> tuple[Iterable[Any], Any]:
    return value.values(), value


def _unflatten_dict(original: dict[Any, Any], parts: list[Any]) -> Any:
    if type(original) is dict:
        return dict(zip(original, parts, strict=True))
    new = copy.copy(original)  # a defaultdict keeps its default
    for key, part in zip(original, parts, strict=True):
        dict.__setitem__(new, key, part)
    return new


def _flatten_sequence(value: Any) -> tuple[Iterable[Any], Any]:
    return value, type(value)


def _unflatten_sequence(kind: Any, parts: list[Any]) -> Any:
    return kind._make(parts) if hasattr(kind, "_make") else kind(parts)


def _flatten_dataclass(value: Any) -> tuple[Iterable[Any], Any]:
    names = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
    return [getattr(value, name) for name in names], (type(value), names)


def _unflatten_dataclass(known: tuple[type, list[str]], parts: list[Any]) -> Any:
    kind, names = known
    new: Any = object.__new__(kind)  # its __init__ might not take a None, or compute something
    for name, part in zip(names, parts, strict=True):
        object.__setattr__(new, name, part)
    return new


def _functions(value: Any) -> tuple[Flatten, Unflatten] | None:
    """How to take apart a value and put it together; None if it is no container."""
    kind = type(value)
    found = _registered.get(kind)
    if found is not None:
        return found
    if issubclass(kind, (tuple, list)):
        return _flatten_sequence, _unflatten_sequence
    if issubclass(kind, dict):
        return _flatten_dict, _unflatten_dict
    if dataclasses.is_dataclass(kind):
        return _flatten_dataclass, _unflatten_dataclass
    return None


# forms


class Form:
    """What is left of a value without its leaves; this class itself: of a leaf, nothing."""

    __slots__ = ()

    def build(self, leaves: Iterator[Any], hollow: bool = False) -> Any:
        """The value with these leaves; `hollow` with None in place of what is no leaf."""
        return next(leaves)

    def leaves(self, value: Any, what: str) -> list[Any]:
        """The parts of a value of the same form that stand where the leaves are."""
        return [value]


class Constant(Form):
    """The form of what goes along unchanged."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def build(self, leaves: Iterator[Any], hollow: bool = False) -> Any:
        return None if hollow else self.value

    def leaves(self, value: Any, what: str) -> list[Any]:
        return []


class Container(Form):
    """The form of a container: those of its parts, and how to put it together."""

    __slots__ = ("kind", "known", "parts", "unflatten")

    def __init__(self, kind: type, unflatten: Unflatten, known: Any, parts: list[Form]) -> None:
        self.kind, self.unflatten, self.known, self.parts = kind, unflatten, known, parts

    def build(self, leaves: Iterator[Any], hollow: bool = False) -> Any:
        return self.unflatten(self.known, [part.build(leaves, hollow) for part in self.parts])

    def leaves(self, value: Any, what: str) -> list[Any]:
        values = self._values(value)
        if values is None:
            raise TypeError(f"{what}: expected {self._described()}, not {_shown(value)}")
        return [
            leaf
            for part, own in zip(self.parts, values, strict=True)
            for leaf in part.leaves(own, what)
        ]

    def _values(self, value: Any) -> list[Any] | None:
        """The parts of a container like this one, in this one's order; None of another."""
        if issubclass(self.kind, dict) and self.kind not in _registered:
            alike = isinstance(value, Mapping) and value.keys() == self.known.keys()
            return [value[key] for key in self.known] if alike else None
        if isinstance(value, self.kind) or (
            issubclass(self.kind, (tuple, list)) and isinstance(value, (tuple, list))
        ):
            functions = _functions(value)
            values = list(functions[0](value)[0]) if functions is not None else []
            return values if len(values) == len(self.parts) else None
        return None

    def _described(self) -> str:
        name = self.kind.__name__
        if issubclass(self.kind, dict) and self.kind not in _registered:
            return f"a {name} with the keys {list(self.known)}"
        return f"a {name} of {len(self.parts)} parts"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with the keys {list(value)}"
    size = f" of {len(value)} parts" if isinstance(value, (tuple, list)) else ""
    return f"a {type(value).__name__}{size}"


LEAF = Form()


def is_number(value: Any) -> bool:
    """Whether a value is a number, an array of numbers or a box; truth values are no numbers."""
    if isinstance(value, Box):
        return value._value.dtype.kind != "b"
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "iufc"
    return isinstance(value, (float, int, complex, np.number)) and type(value) is not bool


def is_result(value: Any) -> bool:
    """Whether a result is a number, an array or a box, one of truth values included."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    numbers = (Box, float, int, complex, np.number, np.bool_)
    return isinstance(value, numbers) and type(value) is not bool


def flatten(value: Any, is_leaf: Callable[[Any], bool] = is_number) -> tuple[list[Any], Form]:
    """The leaves of a value, in order, and its form.

    Example:
        >>> from minitorch.differential.containers import flatten
        >>> leaves, form = flatten({"w": [1., 2.], "name": "line"})
        >>> leaves
        [1.0, 2.0]
        >>> form.build(iter([10., 20.])), form.build(iter([10., 20.]), hollow=True)
        ({'w': [10.0, 20.0], 'name': 'line'}, {'w': [10.0, 20.0], 'name': None})
    """
    leaves: list[Any] = []
    return leaves, _form(value, is_leaf, leaves)


def _form(value: Any, is_leaf: Callable[[Any], bool], leaves: list[Any]) -> Form:
    if is_leaf(value):
        leaves.append(value)
        return LEAF
    functions = _functions(value)
    if functions is None:
        return Constant(value)
    take, put = functions
    parts, known = take(value)
    forms = [_form(part, is_leaf, leaves) for part in parts]
    return Container(type(value), put, known, forms)
