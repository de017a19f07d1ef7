"""torch.*: comparisons, logic, bits, and tests of single elements; no gradient flows through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.elementwise import binary, inplace, unary
from minitorch.faces.operands import box_of, input_box
from minitorch.ops import elementwise as ew

Function = Callable[..., Any]

# name in torch: primitive
UNARY = {
    "isnan": ew.isnan, "isinf": ew.isinf, "isfinite": ew.isfinite, "logical_not": ew.logical_not,
    "bitwise_not": ew.bitwise_not,
}  # fmt: skip
REAL_UNARY = {"signbit": ew.signbit, "isposinf": ew.isposinf, "isneginf": ew.isneginf}
BINARY = {
    "eq": ew.equal, "ne": ew.not_equal, "not_equal": ew.not_equal, "logical_and": ew.logical_and,
    "logical_or": ew.logical_or, "logical_xor": ew.logical_xor, "bitwise_and": ew.bitwise_and,
    "bitwise_or": ew.bitwise_or, "bitwise_xor": ew.bitwise_xor,
    "bitwise_left_shift": ew.left_shift, "bitwise_right_shift": ew.right_shift,
}  # fmt: skip
ORDER = {
    "lt": ew.less, "less": ew.less, "le": ew.less_equal, "less_equal": ew.less_equal,
    "gt": ew.greater, "greater": ew.greater, "ge": ew.greater_equal,
    "greater_equal": ew.greater_equal,
}  # fmt: skip

_LOGICAL = ("logical_and", "logical_or", "logical_xor")
# how many operands can't be numbers, by the beginning of the name
_TENSORS = {"eq": 1, "ne": 1, "not": 1, "log": 2}

functions: dict[str, Function] = {
    **{name: unary(op, name) for name, op in UNARY.items()},
    **{name: unary(op, name, reals=True) for name, op in REAL_UNARY.items()},
    **{name: binary(op, name, tensors=_TENSORS.get(name[:3], 0)) for name, op in BINARY.items()},
    **{name: binary(op, name, reals=True, tensors=1) for name, op in ORDER.items()},
}
methods: dict[str, Function] = {
    **{
        f"{name}_": inplace(op, f"{name}_", tensors=2 if name in _LOGICAL else 0)
        for name, op in {**UNARY, **BINARY}.items()
        if name not in ("isnan", "isinf", "isfinite")
    },
    **{f"{name}_": inplace(op, f"{name}_", reals=True) for name, op in ORDER.items()},
}


def isreal(input: Any) -> Any:
    """Whether each element is real: of complex numbers, whether the imaginary part is 0."""
    return ew.isreal.unary(input_box(input, "isreal"))


def is_nonzero(input: Any) -> bool:
    """Whether the only element is not 0.

    Example:
        >>> torch.is_nonzero(torch.tensor([0.5]))
        True
    """
    return bool(input_box(input, "is_nonzero"))


def is_signed(input: Any) -> bool:
    """Whether the dtype has negative numbers."""
    return dtypes.of(input_box(input, "is_signed")._value.dtype).is_signed


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    x = input_box(input, "is_same_size")
    return x._value.shape == box_of(other, "is_same_size(): argument 'other'")._value.shape


def _plainly(name: str, what: str) -> Function:
    def function(input: Any) -> bool:
        input_box(input, name)
        return False

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Whether {what} is yet to be done: never, results are computed at once."
    return function


def _resolved(name: str, what: str) -> Function:
    def function(input: Any) -> Box:
        return input_box(input, name)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The tensor itself: {what} is never left for later."
    return function


functions.update(
    isreal=isreal, is_nonzero=is_nonzero, is_signed=is_signed, is_same_size=is_same_size,
    is_neg=_plainly("is_neg", "the negation of a tensor"),
    is_conj=_plainly("is_conj", "the conjugation of a tensor"),
    resolve_neg=_resolved("resolve_neg", "negation"),
    resolve_conj=_resolved("resolve_conj", "conjugation"),
)  # fmt: skip
takes_out = (
    *(name for name in (*UNARY, *REAL_UNARY, *BINARY, *ORDER)
      if name not in ("isnan", "isinf", "isfinite")),
)  # fmt: skip
