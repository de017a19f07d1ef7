"""One call of a function: which arguments are differentiated by, and what goes in and comes out.

NumPy arrays and numbers go in as `Array` and come out as NumPy; Tensors go in and come out as
Tensors. What an outer derivative still tracks comes out as a box.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minitorch.differential.containers import LEAF, Form, flatten, is_number, is_result
from minitorch.engine.box import Box, face_of, fresh
from minitorch.faces.array import Array
from minitorch.faces.numpy.operands import (
    TracedError,
    in_face,
    is_tracked,
    own_arithmetic,
    unlike_arrays,
)
from minitorch.faces.operands import to_dtype
from minitorch.faces.tensor import Tensor

Function = Callable[..., Any]
Argnum = int | tuple[int, ...] | list[int]
Place = int | str  # where an argument stands: a position, or a keyword
WIDE = np.dtype(np.float64)


def named(fun: Function) -> str:
    """A function's name, for messages."""
    return getattr(fun, "__name__", None) or type(fun).__name__


class Chosen:
    """The arguments of a function that an operator differentiates by.

    Args:
        fun: the function.
        argnum: their numbers in the signature of `fun`: one, or a tuple or list of them.
        name: the name of the only one, in place of its number.

    Raises:
        TypeError: `fun` cannot be called, or `argnum` is no int and no tuple or list of ints.
    """

    def __init__(self, fun: Function, argnum: Argnum = 0, name: str | None = None) -> None:
        if not callable(fun):
            raise TypeError(
                f"expected a function to differentiate, not {type(fun).__name__}: write "
                "grad(f)(x), not grad(f(x))"
            )
        self.fun, self.name, self.argnum = fun, name, argnum
        self.one = not isinstance(argnum, (tuple, list))
        numbers: Any = (argnum,) if self.one else argnum
        for i in numbers:
            if isinstance(i, (bool, np.bool_, np.ndarray, Box)) or not hasattr(i, "__index__"):
                shown = type(i).__name__ if isinstance(i, (np.ndarray, Box)) else repr(i)
                raise TypeError(
                    f"argnum must be an int, or a tuple or list of ints, not {shown}; the "
                    "arguments of the function itself go into a second call, as in grad(f)(x)"
                )
        self.numbers = tuple(i.__index__() for i in numbers)

    @functools.cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter] | None:
        """Those in the signature of the function; None where Python knows none."""
        try:
            return inspect.signature(self.fun).parameters
        except (TypeError, ValueError):
            return None

    def places(self, args: list[Any], kwargs: dict[str, Any]) -> tuple[Place, ...]:
        """Where the chosen arguments stand in a call; one left at its default is written out."""
        if self.name is not None:
            return (self._named(self.name, args, kwargs),)
        count = len(args)
        if self.one and 0 <= self.numbers[0] < count:
            return self.numbers
        places = tuple(i if 0 <= i < count else self._place(i, args, kwargs) for i in self.numbers)
        if len(set(places)) < len(places):
            raise ValueError(f"argnum names an argument twice: {self.argnum}")
        return places

    def _place(self, i: int, args: list[Any], kwargs: dict[str, Any]) -> Place:
        if i < 0 and not kwargs and -i <= len(args):
            return i + len(args)
        names = list(self.parameters or ())
        if not -len(names) <= i < len(names):
            given = f"{len(args)} positional arguments" + (f" and {list(kwargs)}" if kwargs else "")
            raise TypeError(
                f"argnum {i}: {named(self.fun)} was called with {given}, and its signature "
                f"{'is unknown' if self.parameters is None else f'names {len(names)} arguments'}"
            )
        return self._named(names[i], args, kwargs)

    def _named(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> Place:
        """The place of the argument of that name."""
        if name in kwargs:
            return name
        parameters = self.parameters or {}
        parameter = parameters.get(name)
        if parameter is None or parameter.kind in (
            parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD
        ):  # fmt: skip
            raise TypeError(f"{named(self.fun)}() was called without an argument {name!r}")
        i = list(parameters).index(name)
        if parameter.kind is not parameter.KEYWORD_ONLY and i < len(args):
            return i
        missing = list(parameters.values())[len(args) : i + 1]
        if parameter.kind is not parameter.POSITIONAL_ONLY:
            missing = [parameter]
        for each in missing:
            if each.default is each.empty:
                raise TypeError(f"{named(self.fun)}() is missing argument {i}, {name!r}")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            args.extend(each.default for each in missing)
            return i
        kwargs[name] = parameter.default
        return name


class Call:
    """A call of a function, with the leaves of its chosen arguments as boxes.

    `forms` are the forms of the chosen arguments, `boxes` the leaves of all of them in a row.
    """

    __slots__ = ("args", "boxes", "chosen", "forms", "kwargs", "places")

    def __init__(self, chosen: Chosen, args: Iterable[Any], kwargs: dict[str, Any]) -> None:
        self.chosen, self.args, self.kwargs = chosen, list(args), kwargs
        self.places = chosen.places(self.args, kwargs)
        self.boxes: list[Box] = []
        self.forms: list[Form] = []
        for place in self.places:
            x = kwargs[place] if type(place) is str else self.args[place]  # type: ignore[index]
            leaves, form = ((x,), LEAF) if is_number(x) else self._flatten(x)
            self.boxes += [entered(leaf, chosen.fun) for leaf in leaves]
            self.forms.append(form)

    def _flatten(self, x: Any) -> tuple[Sequence[Any], Form]:
        leaves, form = flatten(x)
        if not leaves:
            refused = isinstance(x, Box)
            shown = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
            raise (RuntimeError if refused else TypeError)(
                f"the derivative of {named(self.chosen.fun)} by an argument that is "
                + (f"a {shown} of bool" if refused else f"{shown}, with no number in it")
                + ": expected a number, a NumPy array or a Tensor of numbers, or a container of "
                "them; convert it, or choose another argnum"
            )
        return leaves, form

    def run(self, inputs: Iterable[Any]) -> Any:
        """Call the function with these leaves in the places of the boxes."""
        leaves = iter(inputs)
        for place, form in zip(self.places, self.forms):
            value = next(leaves) if form is LEAF else form.build(leaves)
            if type(place) is str:
                self.kwargs[place] = value
            else:
                self.args[place] = value  # type: ignore[index]
        try:
            return self.chosen.fun(*self.args, **self.kwargs)
        except ValueError as error:  # NumPy hides our error where a traced value is written away
            if isinstance(error.__cause__, TracedError):
                raise error.__cause__.with_traceback(error.__traceback__) from None
            raise

    def results(self, y: Any) -> tuple[list[Box], Form]:
        """What the function returned, as boxes and their form."""
        return results(self.chosen.fun, y)

    def leaves(self, values: Any, what: str) -> list[Any]:
        """The leaves of values that belong to the chosen arguments: tangents."""
        values = (values,) if self.chosen.one else tuple(values)
        if len(values) != len(self.places):
            raise ValueError(
                f"{what}: expected {len(self.places)} parts, one an argument; got {len(values)}"
            )
        pairs = zip(self.forms, values, strict=True)
        return [leaf for form, value in pairs for leaf in form.leaves(value, what)]

    def built(self, leaves: Iterable[Any]) -> Any:
        """Gradients of the boxes in the form of the arguments: one, or a tuple of them."""
        leaves = iter(leaves)
        if self.chosen.one:
            return self.forms[0].build(leaves, hollow=True)
        return tuple([form.build(leaves, hollow=True) for form in self.forms])


def entered(x: Any, fun: Function) -> Box:
    """An argument's leaf as a floating-point box; numbers and integer arrays become float64."""
    if isinstance(x, Box):
        if x._value.dtype.kind not in "iub":
            return x
        if x.face is Tensor:
            raise RuntimeError(
                f"the derivative of {named(fun)}: only Tensors of floating point and complex dtype "
                f"can require gradients; this one is {x.dtype!r}: convert it with .float()"  # type: ignore[attr-defined]
            )
        return to_dtype(x, WIDE)
    if own_arithmetic(x):
        raise TypeError(f"the derivative of {named(fun)}: {unlike_arrays(x)}")
    array = np.asarray(x)
    return fresh(Array, array if array.dtype.kind in "fc" else array.astype(WIDE))


def results(fun: Function, y: Any) -> tuple[list[Box], Form]:
    """What a function returned, as boxes and their form; arrays and numbers are constants."""
    if isinstance(y, Box):
        return [y], LEAF
    leaves, form = flatten(y, is_result)
    if not leaves:
        shown = f"an array of {y.dtype}" if isinstance(y, np.ndarray) else type(y).__name__
        raise TypeError(
            f"{named(fun)} must return a number, an array, a Tensor or a container of them to be "
            f"differentiated, not {shown}"
        )
    return [x if isinstance(x, Box) else fresh(Array, np.asarray(x)) for x in leaves], form


def matched(x: Any, like: Box, what: str, its: str) -> Box:
    """A tangent or gradient as a box of the face, shape and dtype of the value it belongs to."""
    if not isinstance(x, Box):
        if not is_result(x):
            raise TypeError(f"{what}: expected a number, an array or a Tensor, not {_shown(x)}")
        x = fresh(like.face, np.array(x))  # a copy: linear functions may hand it on
    shape, dtype = like._value.shape, like._value.dtype
    if tuple(x._value.shape) != tuple(shape):
        raise ValueError(f"{what} has shape {tuple(x._value.shape)}, {its} {tuple(shape)}")
    if x._value.dtype.kind == "c" and dtype.kind == "f":
        raise TypeError(f"{what} is complex, {its} of dtype {dtype}: take its real part")
    return to_dtype(in_face(x, like.face), dtype)


def _shown(x: Any) -> str:
    return "None" if x is None else type(x).__name__


def left(box: Box, face: type[Box]) -> Any:
    """A result on its way out: NumPy's, unless the face is Tensor or something tracks it."""
    if face.rank or is_tracked(box):
        return in_face(box, face) if face.rank else box
    return box._value[()]


def leaving(boxes: Iterable[Box], form: Form, hollow: bool = False) -> Any:
    """Results on their way out, in the form in which the function returned them."""
    parts: Iterator[Any] = (left(box, box.face) for box in boxes)
    return form.build(parts, hollow)


def common_face(boxes: Sequence[Box]) -> type[Box]:
    """The face of these boxes: Tensor, if one of them is one."""
    return face_of(tuple(boxes))


def zeros(face: type[Box], shape: tuple[int, ...], dtype: Any) -> Box:
    """A box of zeros."""
    return fresh(face, np.zeros(shape, dtype))
