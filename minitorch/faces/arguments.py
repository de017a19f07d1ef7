"""Arguments of the wrong kind, refused with PyTorch's errors before anything is computed.

The annotations of a function are its schema: an argument annotated `int` is no bool, one annotated
`bool` no number and no None. What is annotated `Any` the function examines itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Set
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.operands import integer, is_number, scalar

Function = Callable[..., Any]

# The types that pass at once, by annotation; others are looked at again by `_examined`.
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "bool": (bool,),
    "float": (float, int, bool),
    "str": (str,),
    "TensorArgument": (),
    "NumberArgument": (float, int, bool, complex),
}
_TENSORS: set[type] = set()  # the types of tensors that were met, which pass at once
# Arguments that functions examine themselves: by `axis_of`, by `kept`, by looking them up.
_EXAMINED = frozenset(
    "dim dim0 dim1 dim2 axis axis0 axis1 start_dim end_dim keepdim keepdims rounding_mode".split()
)


def checked(function: Function) -> Function:
    """`function`, whose arguments must be of the kinds that it is annotated with."""
    if isinstance(function, type):
        return function
    kinds = {
        name: kind
        for name in function.__annotations__
        if name not in _EXAMINED and (kind := _kind(function, name)) is not None
    }
    if not kinds:
        return function
    order = positional(function)
    places = [
        (order.index(name) if name in order else 10**9, name, types)
        for name, (_, types) in kinds.items()
    ]

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        count = len(args)
        for place, name, types in places:
            if place < count:
                value = args[place]
                if type(value) not in types or (type(value) is int and value.bit_length() > 63):
                    value = _examined(value, kinds[name][0], name, function, place)
                    args = (*args[:place], value, *args[place + 1 :])
            elif name in kwargs:
                value = kwargs[name]
                if type(value) not in types or (type(value) is int and value.bit_length() > 63):
                    kwargs[name] = _examined(value, kinds[name][0], name, function)
        return function(*args, **kwargs)

    return wrapped


def positional(function: Function) -> tuple[str, ...]:
    """The names of the parameters that can be given by position."""
    code = _original(function).__code__
    return code.co_varnames[: code.co_argcount]


def parameters(function: Function) -> tuple[str, ...]:
    """The names of all parameters, those in stars as well."""
    code = _original(function).__code__
    stars = bool(code.co_flags & 4) + bool(code.co_flags & 8)  # *args, **kwargs
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]


def _original(function: Function) -> Any:
    """The function that wrappers go by the name of."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _kind(function: Function, name: str) -> tuple[str, Set[type]] | None:
    """What a parameter is annotated with, and the types that pass at once."""
    annotation = function.__annotations__[name]
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    kind = text.removesuffix(" | None")
    if kind not in _TYPES or name == "return":
        return None
    original = _original(function)
    code = original.__code__
    if name in code.co_varnames[code.co_argcount + code.co_kwonlyargcount :]:  # starred
        return None
    optional = text != kind or _default(original, name, ...) is None
    if kind == "TensorArgument" and not optional:
        return kind, _TENSORS
    return kind, frozenset(_TYPES[kind] + (type(None),) * optional)


def _default(function: Any, name: str, missing: Any) -> Any:
    """The default of a parameter, found without `inspect`, which takes long to import."""
    order, values = positional(function), function.__defaults__ or ()
    if name in order:
        place = order.index(name) - len(order)
        return values[place] if place >= -len(values) else missing
    return (function.__kwdefaults__ or {}).get(name, missing)


def _examined(value: Any, kind: str, name: str, function: Function, place: int = -1) -> Any:
    """A value of an unusual type as one of the kind that is asked for."""
    at = f"'{name}' (position {place + 1})" if place >= 0 else f"'{name}'"
    what = f"{function.__name__}(): argument {at}"
    if kind == "TensorArgument":
        if isinstance(value, Box):
            _TENSORS.add(type(value))
            return value
        raise TypeError(
            f"{what} must be Tensor, not {type(value).__name__}; make one with torch.tensor(...)"
        )
    if kind == "int":
        return integer(value, what)
    if kind == "float":
        number = value._value.size == 1 if isinstance(value, Box) else is_number(value)
        if number and not np.iscomplexobj(getattr(value, "_value", value)):
            return value
    elif kind == "NumberArgument":
        return value if isinstance(value, Box) and value._value.size == 1 else scalar(value, what)
    elif kind == "str" and isinstance(value, str):
        return value
    raise TypeError(f"{what} must be {kind}, not {type(value).__name__}; given {value!r}")


def of_tensor(function: Function) -> Function:
    """A method as a function, whose first argument must be a tensor."""

    @functools.wraps(function)
    def wrapped(input: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Box):
            raise TypeError(
                f"{function.__name__}(): argument 'input' (position 1) must be Tensor, not "
                f"{type(input).__name__}; make one with torch.tensor(...)"
            )
        return function(input, *args, **kwargs)

    return wrapped
