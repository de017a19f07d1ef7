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
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minitorch.engine.box import Box, face_of, fresh
from minitorch.engine.views import link
from minitorch.faces.numpy import choosing, methods, parts, products, reductions, shaping
from minitorch.faces.numpy.operands import NotNumbersError, is_tracked
from minitorch.faces.numpy.ufuncs import ufuncs as elementwise

Function = Callable[..., Any]

ufuncs: dict[np.ufunc, Function] = {**elementwise, **products.gufuncs}
functions: dict[Function, Function] = {
    **reductions.functions,
    **shaping.functions,
    **choosing.functions,
    **parts.functions,
    **products.functions,
}
# families that are imported when a function that is in no table yet is first met
LATER = (
    "creation", "differences", "fft", "histograms", "joining", "linalg", "mapping", "missing",
    "padding", "polynomials", "sorting", "statistics", "writing",
)  # fmt: skip
# their results do not change, or jump, with the values: what they give is a constant
CONSTANT = {
    np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.searchsorted,
    np.digitize, np.lexsort, np.isclose, np.allclose, np.array_equal, np.array_equiv, np.isneginf,
    np.isposinf, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.result_type,
    np.can_cast, np.min_scalar_type, np.common_type, np.may_share_memory, np.shares_memory,
    np.array_repr, np.array_str, np.array2string, np.isin, np.unravel_index,
    np.ravel_multi_index, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
}  # fmt: skip
WRITING = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}
TWICE = {"array", "indices"}  # given by keyword to a ufunc's method, NumPy has them in both
IDLE = {"where": True, "casting": "same_kind", "order": "K", "subok": True, "dtype": None}


def array_ufunc(self: Box, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
    """NumPy's protocol for ufuncs and their methods."""
    if method == "__call__" and not settings:
        function = ufuncs.get(ufunc) or _later_ufunc(ufunc)
        if function is not None:
            try:
                return function(*inputs)
            except NotNumbersError:
                pass
    settings = {k: v for k, v in settings.items() if k not in TWICE and not _is_idle(k, v)}
    if any(is_tracked(box) for box in boxes_in((inputs, settings))):
        known = ufuncs.get(ufunc) or _later_ufunc(ufunc)
        if known is not None and (ufunc.signature is None or method == "__call__"):
            return methods.METHODS[method](ufunc, known, *inputs, **settings)
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    target = [inputs[0]] if method == "at" else []
    if ufunc.nout == 1 and "out" in settings:
        (settings["out"],) = settings["out"]
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
        except NotNumbersError:
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


def _later_ufunc(ufunc: np.ufunc) -> Function | None:
    """A ufunc of SciPy's, which is met only where SciPy is imported already."""
    if "scipy.special" not in sys.modules:
        return None
    return importlib.import_module("minitorch.scipy.special").ufuncs.get(ufunc)


# NumPy itself


def plainly(
    function: Function,
    name: str,
    args: tuple[Any, ...],
    settings: dict[str, Any],
    targets: list[Any],
    harmless: bool = False,
    home: str = "np",
) -> Any:
    """Run NumPy's own function on the arrays in the boxes, unless that would lose a gradient.

    `targets` are the arguments that it writes to, beside `out=`; `home` is where it comes from.
    """
    boxes = tuple(boxes_in((args, settings)))
    lost = None if harmless else next((x for x in boxes if is_tracked(x)), None)
    if lost is not None:
        raise TypeError(
            f"{home}.{name} of a tracked {lost.face.__name__} (shape {tuple(lost._value.shape)}) "
            "is not supported: minitorch has no derivative for this call, and on plain arrays it "
            "would drop out of the graph. Write it with functions that have one (listed in "
            "docs/numpy_names.md), or pass x.detach() if it is meant to be a constant."
        )
    result = function(*_plain(args), **_plain(settings))
    out = settings.get("out")
    for target in boxes_in((targets, out)):
        target._counter[0] += 1
    if result is out or not boxes:  # a plain array, `a += t`
        return result
    return _boxed(result, boxes)


def boxes_in(value: Any) -> Iterator[Box]:
    """All boxes in nested tuples, lists and dictionaries."""
    if isinstance(value, Box):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from boxes_in(part)
    elif isinstance(value, dict):
        yield from boxes_in(list(value.values()))


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
