"""`out=`: results written into tensors that the caller has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.memory import overlaps
from minitorch.engine.modes import is_grad_enabled, no_grad
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.arguments import parameters
from minitorch.faces.operands import to_dtype, warn
from minitorch.ops import elementwise as ew
from minitorch.ops.complex import is_complex

Function = Callable[..., Any]

# Functions whose `out` must have the very dtype of their result; the others cast it to any dtype
# of the same or a higher category.
EXACT = frozenset(
    "abs absolute addbmm addmm addmv all amax amin aminmax any argmax argmin argsort baddbmm "
    "bitwise_not bmm bucketize ceil clamp clip complex conj_physical cummax cummin diag dot fix "
    "float_power floor frac frexp gather ger hardshrink heaviside histc histogram index_add "
    "index_copy index_select inner isin isneginf isposinf kthvalue log_softmax logcumsumexp "
    "masked_select matmul max median min mm mode msort mv nan_to_num nanmedian nanquantile neg "
    "negative nonzero nonzero_static norm polar qr quantile round scatter scatter_add "
    "scatter_reduce searchsorted sgn sign signbit softmax sort take take_along_dim tensordot "
    "topk tril triu trunc vdot where".split()
)
# Functions that make tensors, in the dtype of `out`.
MAKES = frozenset("arange eye full linspace logspace rand randint randn randperm range_".split())
# Functions that compute in the dtype of `out`.
SUMS = frozenset("cumprod cumsum prod sum".split())
# Functions that cast their result to the dtype of `out`, whatever it is.
ANY = MAKES | frozenset("bernoulli cumprod cumsum empty nansum normal ones prod sum zeros".split())


def with_out(function: Function) -> Function:
    """`function` with the keyword `out`: a tensor, or a tuple of as many as there are results."""
    name = function.__name__
    given = parameters(function)
    wrapped: Any

    if given == ("input",):

        def wrapped(input: Any, *, out: Any = None) -> Any:  # the two commonest forms, for speed
            return function(input) if out is None else into(out, function, name, (input,))

    elif given == ("input", "other"):

        def wrapped(input: Any, other: Any, *, out: Any = None) -> Any:
            if out is None:
                return function(input, other)
            return into(out, function, name, (input, other))

    else:

        def wrapped(*args: Any, out: Any = None, **kwargs: Any) -> Any:
            if out is None:
                return function(*args, **kwargs)
            return into(out, function, name, args, kwargs)

    wrapped.takes_out = True  # `inspect.signature` shows the wrapped function's parameters
    return functools.update_wrapper(wrapped, function)


def into(
    out: Any,
    function: Function,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
) -> Any:
    """`out`, with what the function gives for these arguments written into it."""
    for x in out if isinstance(out, (tuple, list)) else (out,):
        if isinstance(x, Box):
            for other in args:
                if isinstance(other, Box):
                    _apart(x, other, name)
    options = kwargs or {}
    if name in MAKES and isinstance(out, Box):
        options.setdefault("dtype", dtypes.of(out._value.dtype))
    if name in SUMS and isinstance(out, Box) and options.get("dtype") is None:
        options["dtype"] = dtypes.of(out._value.dtype)
    result = function(*args, **options)
    if name == "abs" and args and is_complex(args[0]):
        name = "abs of complex numbers"  # which is cast, as that of real ones is not
    return filled(out, result, name)


def _apart(out: Box, x: Box, name: str) -> None:
    """Refuse an argument that lies in a part of the memory of `out`; all of it may be shared."""
    a, b = out._value, x._value
    if out is x or type(b) is not np.ndarray or not np.may_share_memory(a, b):
        return
    same = a.shape == b.shape and a.strides == b.strides
    same = same and a.__array_interface__["data"] == b.__array_interface__["data"]
    if not same and np.shares_memory(a, b):
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor "
            "refer to a single memory location. Please clone() the tensor before performing the "
            f"operation. ({name} with out= of shape {list(a.shape)})"
        )


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
    if is_grad_enabled() and (result._node is not None or out._node is not None):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    _check_dtype(out, result, name)
    if overlaps(out._value):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            f"single memory location ({name} with out= of shape {list(out._value.shape)}). Please "
            "clone() the tensor before performing the operation."
        )
    if out._value.shape != result._value.shape:
        _resize(out, result._value.shape, name)
    with no_grad():
        return write(ew.overwrite, out, to_dtype(result, out._value.dtype))


def _check_dtype(out: Box, result: Box, name: str) -> None:
    here, there = dtypes.of(result._value.dtype), dtypes.of(out._value.dtype)
    if name in EXACT and here is not there:
        raise RuntimeError(
            f"Expected out tensor to have dtype {here.name}, but got {there.name} instead: {name} "
            "with out= does not convert its result"
        )
    if name not in ANY and not dtypes.can_cast(here, there):
        raise RuntimeError(
            f"result type {here.scalar_type} can't be cast to the desired output type "
            f"{there.scalar_type}: {name} with out="
        )


def _resize(out: Box, shape: tuple[int, ...], name: str) -> None:
    if out._value.size:
        warn(
            f"An output with one or more elements was resized since it had shape "
            f"{list(out._value.shape)}, which does not match the required output shape "
            f"{list(shape)} of {name}. This behavior is deprecated: give a tensor of that shape, "
            "or one without elements.",
        )
    out._value = np.empty(shape, out._value.dtype)
    out._counter, out._view = [0], None
