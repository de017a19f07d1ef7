"""`out=`: results written into tensors that the caller has."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.modes import is_grad_enabled, no_grad
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew

Function = Callable[..., Any]


def with_out(function: Function) -> Function:
    """`function` with the keyword `out`: a tensor, or a tuple of as many as there are results."""
    name = function.__name__

    @functools.wraps(function)
    def wrapped(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return function(*args, **kwargs)
        return filled(out, function(*args, **kwargs), name)

    signature = inspect.signature(function)
    given = [*signature.parameters.values()]
    end = len(given) - bool(given and given[-1].kind is given[-1].VAR_KEYWORD)
    given.insert(end, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None))
    wrapped.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    return wrapped


def filled(out: Any, result: Any, name: str) -> Any:
    """`out`, with the result of the function `name` written into it."""
    if not isinstance(result, tuple):
        return _fill(out, result, name)
    if not isinstance(out, (tuple, list)) or len(out) != len(result):
        raise TypeError(
            f"{name}(): argument 'out' must be a tuple of {len(result)} Tensors, not "
            f"{type(out).__name__}"
        )
    parts: list[Any] = [_fill(o, r, name) for o, r in zip(out, result, strict=True)]
    return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)


def _fill(out: Any, result: Box, name: str) -> Box:
    if not isinstance(out, Box):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if result._node is not None or (out._node is not None and is_grad_enabled()):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    here, there = dtypes.of(result._value.dtype), dtypes.of(out._value.dtype)
    if not dtypes.can_cast(here, there):
        raise RuntimeError(
            f"result type {here.scalar_type} can't be cast to the desired output type "
            f"{there.scalar_type}: {name} with out="
        )
    if out._value.shape != result._value.shape:
        _resize(out, result._value.shape, name)
    with no_grad():
        return write(ew.overwrite, out, to_dtype(result, out._value.dtype))


def _resize(out: Box, shape: tuple[int, ...], name: str) -> None:
    if out._value.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape "
            f"{list(out._value.shape)}, which does not match the required output shape "
            f"{list(shape)} of {name}. This behavior is deprecated: give a tensor of that shape, "
            "or one without elements.",
            stacklevel=5,
        )
    out._value = np.empty(shape, out._value.dtype)
    out._version, out._view = [0], None
