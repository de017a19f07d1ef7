"""Values, lines and operations in the words of an error's lines."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FrameType
from typing import Any

_MOST = 4  # tensors that are listed of several
_OPTIMIZED = 1  # the flag of code whose variables are not kept in a dict


def is_array(value: Any) -> bool:
    """Whether a value is a tensor or an array, of a shape that is known."""
    try:
        return hasattr(value, "dtype") and hasattr(value, "shape")
    except RuntimeError:  # a parameter that a lazy module has not made yet
        return False


def holds_arrays(value: Any) -> bool:
    """Whether a value is an array or a list, tuple or dict with some in it."""
    if isinstance(value, (list, tuple)):
        return any(holds_arrays(part) for part in value)
    if isinstance(value, dict):
        return any(holds_arrays(part) for part in value.values())
    return is_array(value)


def dtype_name(value: Any) -> str:
    """`float32`."""
    return str(value.dtype).removeprefix("torch.").removeprefix("minitorch.")


def described(value: Any) -> str:
    """A value on a part of a line: shape and dtype of an array, what a container holds."""
    if is_array(value):
        numpys = "numpy array " * (type(value).__module__ == "numpy")
        return f"{numpys}{list(value.shape)} {dtype_name(value)}"
    if holds_arrays(value):
        parts = list(value.values() if isinstance(value, dict) else value)
        more = f", … {len(parts)} in all" if len(parts) > _MOST else ""
        names = [f"{key!r}: " for key in value] if isinstance(value, dict) else [""] * len(parts)
        shown = zip(names[:_MOST], parts, strict=False)
        inner = ", ".join(name + described(part) for name, part in shown) + more
        left, right = "[]" if isinstance(value, list) else "{}" if isinstance(value, dict) else "()"
        return f"{left}{inner}{right}"
    if value is None or isinstance(value, (bool, int, float, complex, str, list, tuple)):
        text = repr(value)
        return text if len(text) <= 40 else f"{text[:39]}…"
    return f"a {type(value).__name__}"


def listed(values: Mapping[str, Any]) -> str:
    """`input [5, 3] float32, dim=1`."""
    return ", ".join(
        f"{name} {described(value)}" if holds_arrays(value) else f"{name}={described(value)}"
        for name, value in values.items()
    )


def line_of(frame: FrameType, line: int) -> str:
    """`train.py:12: x = self.fc(x)`."""
    file = frame.f_code.co_filename
    text = linecache.getline(file, line, frame.f_globals).strip()
    text = text if len(text) <= 100 else f"{text[:99]}…"
    if "ipykernel_" in file or file.startswith("<ipython-input"):
        place = f"line {line} of the cell"
    elif file.startswith("<"):
        place = f"{file}:{line}"
    else:
        here = os.getcwd() + os.sep
        place = f"{file[len(here) :] if file.startswith(here) else os.path.basename(file)}:{line}"
    return f"{place}: {text}" if text else place


def variables(frame: FrameType) -> Mapping[str, Any]:
    """A frame's variables; the frame, which may run on for long, is not left with a copy."""
    values = frame.f_locals
    if sys.version_info >= (3, 13) or not frame.f_code.co_flags & _OPTIMIZED:
        return values
    copied = dict(values)
    if sys.getrefcount(values) <= 3:  # the frame's, `values`, the argument: no one else has it
        values.clear()
    return copied


# Names of operations

_SPELLED = {"getitem": "x[…]", "setitem": "x[…] = …", "truediv": "div"}
_PROTOCOLS = {"__getattr__", "__array_ufunc__", "__array_function__"}  # no one calls these by name
_found: dict[int, dict[CodeType, dict[str, Any]]] = {}
_SPACES = ("", "nn.functional", "linalg", "fft", "special", "numpy", "utils.data")


def public_names() -> dict[CodeType, dict[str, Any]]:
    """For the code of each public function and method of Tensor: its names, with the functions.

    Functions that one other function has made share their code.
    """
    root = sys.modules["minitorch"]
    modules = (sys.modules.get(f"minitorch.{name}".strip(".")) for name in _SPACES)
    spaces = [*map(vars, root.Tensor.__mro__[:-1]), *(vars(m) for m in modules if m)]
    known = sum(map(len, spaces))  # grows as families are imported
    if known not in _found:
        _found.clear()
        _found[known] = _gathered(spaces)
    return _found[known]


def _gathered(spaces: Iterable[Mapping[str, Any]]) -> dict[CodeType, dict[str, Any]]:
    found: dict[CodeType, dict[str, Any]] = {}
    for space in spaces:
        for name, value in list(space.items()):
            function = unwrapped(value)
            code = getattr(function, "__code__", None)
            dunder = name[:2] == "__" == name[-2:] and name not in _PROTOCOLS
            if code is not None and (name[0] != "_" or dunder):
                found.setdefault(code, {}).setdefault(name, function)
    return found


def unwrapped(function: Any) -> Any:
    """The function that wrappers go by the name of."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def operation(frame: FrameType, names: dict[CodeType, dict[str, Any]]) -> tuple[str, Any]:
    """The public name of the function that a frame runs, and the function; "" if it has none.

    Of functions that share their code it is the one that the caller names, or that the code's own
    variables are those of.
    """
    known = names.get(frame.f_code, {})
    if len(known) > 1:
        caller = frame.f_back.f_code if frame.f_back else frame.f_code
        held = variables(frame)
        own = [held.get(name) for name in frame.f_code.co_freevars]
        told = [getattr(value, "__name__", value) for value in own]
        used = (*caller.co_names, *caller.co_freevars, frame.f_code.co_name)
        dunders = (f"__{name}__" for name in told if isinstance(name, str))
        best = [n for n in (*used, *dunders, *told) if isinstance(n, str) and n in known]
        known = {name: known[name] for name in best[:1]}
    for name, function in known.items():
        return _spelled(name), function
    return "", None


def _spelled(name: str) -> str:
    plain = name.strip("_") if name[:2] == "__" else name
    return _SPELLED.get(plain, plain)


def arguments(frame: FrameType, function: Callable[..., Any] | None) -> dict[str, Any]:
    """What a function was given, as its frame has it now; without what is as by default."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    stars = bool(code.co_flags & 4) + bool(code.co_flags & 8)  # *args, **kwargs
    plain = code.co_varnames[: code.co_argcount]
    defaults = dict(getattr(function, "__kwdefaults__", None) or {})
    usual = getattr(function, "__defaults__", None) or ()
    defaults.update(zip(plain[len(plain) - len(usual) :], usual, strict=True))
    given, held = {}, variables(frame)
    for i, name in enumerate(code.co_varnames[: count + stars]):
        value = held.get(name)
        if i >= count and isinstance(value, dict):  # **kwargs
            given.update(value)
        elif i >= count and not value:
            continue
        elif holds_arrays(value) or not (value is None or defaults.get(name, frame) is value):
            given[name] = value
    return given
