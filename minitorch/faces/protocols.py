"""Plain NumPy on boxes: `np.exp(t)`, `ndarray + t`, `np.add.reduce(t)`, `np.concatenate([t, u])`.

NumPy hands a call that has a box among its arguments to `array_ufunc` or `array_function`, the
protocols `__array_ufunc__` and `__array_function__` of both faces. There are three ways on:

- The function is in a table: it runs on primitives, with NumPy's signature, and gives boxes of
  the same face. `out=` may be a box; a plain array only where nothing is tracked.
- It is in `CONSTANT` (no gradient flows through it), or nothing is tracked: NumPy itself runs, on
  the arrays, and what it returns is boxed; a result that is a view stays one.
- Else it is a TypeError: nothing falls silently out of the graph.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.engine.box import Box, face_of, fresh
from minitorch.engine.views import link
from minitorch.faces.numpy import choosing, products, reductions, shaping
from minitorch.faces.numpy.operands import NotNumbers, into, is_tracked, numpy_dtype
from minitorch.faces.numpy.reductions import cumprod, cumsum
from minitorch.faces.numpy.shaping import reshape
from minitorch.faces.numpy.ufuncs import ufuncs as elementwise
from minitorch.faces.operands import to_dtype

Function = Callable[..., Any]

ufuncs: dict[np.ufunc, Function] = {**elementwise, np.matmul: products.matmul}
functions: dict[Function, Function] = {
    **reductions.functions,
    **shaping.functions,
    **choosing.functions,
    **products.functions,
}
# families that are imported when a function that is in no table yet is first met
LATER = ("creation", "fft", "joining", "linalg", "polynomials", "sorting", "statistics", "writing")
reduce: dict[np.ufunc, Function] = {
    np.add: reductions.sum, np.multiply: reductions.prod,
    np.maximum: reductions.max, np.minimum: reductions.min,
    np.logical_and: reductions.all, np.logical_or: reductions.any,
}  # fmt: skip
accumulate: dict[np.ufunc, Function] = {np.add: cumsum, np.multiply: cumprod}

# their results do not change, or jump, with the values: what they give is a constant
CONSTANT = {
    np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.searchsorted,
    np.digitize, np.lexsort, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.isneginf,
    np.isposinf, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.fix, np.result_type,
    np.can_cast, np.min_scalar_type, np.common_type, np.may_share_memory, np.shares_memory,
    np.array_repr, np.array_str, np.array2string, np.isin,
}  # fmt: skip
WRITING = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}
IDLE = {"where": True, "casting": "same_kind", "order": "K", "subok": True, "dtype": None}


def array_ufunc(self: Box, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
    """NumPy's protocol for ufuncs and their methods."""
    if method == "__call__" and not settings:
        function = ufuncs.get(ufunc)
        if function is not None:
            try:
                return function(*inputs)
            except NotNumbers:
                pass
    settings = {k: v for k, v in settings.items() if not _is_idle(k, v)}
    found = _METHODS.get(method, _unknown)(ufunc, inputs, settings)
    if found is not NotImplemented:
        return found
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    target = [inputs[0]] if method == "at" else []
    return plainly(getattr(ufunc, method), name, inputs, settings, target)


def _is_idle(name: str, value: Any) -> bool:
    """Whether a setting of a ufunc has the value that it has anyway."""
    return name in IDLE and (value is IDLE[name] or (type(value) is str and value == IDLE[name]))


def array_function(
    self: Box, function: Function, types: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Any:
    """NumPy's protocol for all its other functions."""
    found = functions.get(function) or _later(function)
    if found is not None:
        try:
            return found(*args, **settings)
        except NotNumbers:
            pass
    module = function.__module__.removeprefix("numpy").removeprefix(".")
    name = f"{module}.{function.__name__}" if module else function.__name__
    target = [args[0]] if function in WRITING and args else []
    return plainly(function, name, args, settings, target, function in CONSTANT)


@functools.cache
def _families() -> None:
    """Import the families that few programs need."""
    for name in LATER:
        functions.update(importlib.import_module(f"minitorch.faces.numpy.{name}").functions)


def _later(function: Function) -> Function | None:
    _families()
    return functions.get(function)


# ufuncs with settings, and their methods


def _called(ufunc: np.ufunc, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """`ufunc(*inputs, out=, where=, dtype=)`."""
    function, out = ufuncs.get(ufunc), settings.pop("out", None)
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    tracked = any(is_tracked(x) for x in (*inputs, out))
    if function is None or settings.keys() - {"where", "dtype"} or not tracked:
        if out is not None:
            settings["out"] = out
        return NotImplemented
    if settings.get("dtype") is not None:
        dtype = numpy_dtype(settings["dtype"])
        inputs = tuple(to_dtype(x, dtype) if isinstance(x, Box) else x for x in inputs)
    y = function(*inputs)
    if "where" in settings:
        if out is None:
            raise TypeError(
                f"np.{ufunc.__name__} with where= and no out= leaves elements undefined, so that "
                "no gradient can be given; use np.where(mask, new, old)"
            )
        y = choosing.where(settings["where"], y, out)
    return into(out, y, ufunc.__name__)


def _reduced(ufunc: np.ufunc, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """`ufunc.reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial, where)`."""
    function = reduce.get(ufunc)
    if function is None:
        return NotImplemented
    settings = {k: v for k, v in settings.items() if v is not None or k == "axis"}
    return function(inputs[0], settings.pop("axis", 0), **settings)


def _accumulated(ufunc: np.ufunc, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """`ufunc.accumulate(array, axis=0, dtype=None, out=None)`."""
    function = accumulate.get(ufunc)
    if function is None:
        return NotImplemented
    return function(inputs[0], settings.pop("axis", 0), **settings)


def _crossed(ufunc: np.ufunc, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """`ufunc.outer(a, b)`: all pairs of an element of a and one of b."""
    if ufunc not in elementwise or settings:
        return NotImplemented
    a, b = inputs
    if isinstance(a, Box):
        a = reshape(a, a._value.shape + (1,) * np.ndim(b))
    else:
        a = np.asarray(a).reshape(np.shape(a) + (1,) * np.ndim(b))
    return elementwise[ufunc](a, b)


def _unknown(ufunc: np.ufunc, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    return NotImplemented


_METHODS = {
    "__call__": _called,
    "reduce": _reduced,
    "accumulate": _accumulated,
    "outer": _crossed,
}

# NumPy itself


def plainly(
    function: Function,
    name: str,
    args: tuple[Any, ...],
    settings: dict[str, Any],
    targets: list[Any],
    harmless: bool = False,
) -> Any:
    """Run NumPy's own function on the arrays in the boxes, unless that would lose a gradient.

    `targets` are the arguments that it writes to, beside `out=`.
    """
    boxes = tuple(_boxes((args, settings)))
    lost = None if harmless else next((x for x in boxes if is_tracked(x)), None)
    if lost is not None:
        raise TypeError(
            f"np.{name} of a tracked {lost.face.__name__} (shape {tuple(lost._value.shape)}) is "
            "not supported: minitorch has no derivative for this call, and plain NumPy would drop "
            "it from the graph. Write it with functions that have one (listed in "
            "minitorch.faces.protocols), or pass x.detach() if it is meant to be a constant."
        )
    result = function(*_plain(args), **_plain(settings))
    out = settings.get("out")
    for target in _boxes((targets, out)):
        target._version[0] += 1
    if result is out:  # a plain array, `a += t`
        return result
    return _boxed(result, boxes)


def _boxes(value: Any) -> Iterator[Box]:
    """All boxes in nested tuples, lists and dictionaries."""
    if isinstance(value, Box):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _boxes(part)
    elif isinstance(value, dict):
        yield from _boxes(list(value.values()))


def _plain(value: Any) -> Any:
    """The same with arrays in place of boxes."""
    if isinstance(value, Box):
        return value._value
    if isinstance(value, (tuple, list)):
        parts = [_plain(part) for part in value]
        return tuple(parts) if isinstance(value, tuple) else parts
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value


def _boxed(result: Any, boxes: tuple[Box, ...]) -> Any:
    """What NumPy returned, with its arrays of numbers as boxes; of an argument, that argument."""
    if isinstance(result, (tuple, list)):
        parts = [_boxed(part, boxes) for part in result]
        return result._make(parts) if hasattr(result, "_make") else type(result)(parts)
    if not isinstance(result, (np.ndarray, np.generic)) or result.dtype.kind not in "biufc":
        return result
    for box in boxes:
        if box._value is result:
            return box
    y = fresh(face_of(boxes), np.asarray(result))
    for box in boxes:
        link(box, y)
    return y
