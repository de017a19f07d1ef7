"""torch.*: elementwise functions of numbers, comparisons, logic.

Most differ from their primitive only in how they treat dtypes, and are made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import (
    box_of,
    floating,
    input_box,
    is_number,
    promoted,
    refused,
    shape_error,
    to_dtype,
    wrapped,
)
from minitorch.ops import elementwise as ew

Function = Callable[..., Any]


def named(function: Function, name: str, doc: str) -> Function:
    """`function` under a public name, with a docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def unary(op: Primitive, name: str, floats: bool = False) -> Function:
    """The function of one tensor; `floats` says that integers are computed in floating point."""

    def function(input: Any) -> Any:
        if not isinstance(input, Box):
            input = box_of(input, f"{name}(): argument 'input' (position 1)")
        try:
            return op.unary(floating(input) if floats else input)
        except TypeError:
            raise refused(name, input) from None

    dtypes = "Integers give the default floating-point dtype." if floats else "The dtype is kept."
    return named(function, name, f"Elementwise: {op.doc}.\n\n    {dtypes}\n    ")


def binary(op: Primitive, name: str, floats: bool = False, divides: bool = False) -> Function:
    """The function of two tensors, or a tensor and a number, which broadcast and promote."""

    def function(input: Any, other: Any) -> Any:
        a, b = promoted(input, other, name=name, floats=floats)
        if divides:
            no_zeros(b, name)
        try:
            return op.binary(a, b)
        except (ValueError, TypeError):
            raise refused(name, a, b) from None

    text = f"Elementwise: {op.doc}.\n\n    Shapes broadcast, dtypes promote as in PyTorch.\n    "
    return named(function, name, text)


def no_zeros(divisor: Box, name: str) -> None:
    """Refuse to divide integers by 0."""
    value = divisor._value
    if value.dtype.kind in "iub" and type(value) is np.ndarray and not value.all():
        raise RuntimeError(f"ZeroDivisionError: {name} of integers by 0")


def inplace(op: Primitive, name: str, floats: bool = False, divides: bool = False) -> Function:
    """The in-place form of an elementwise function; the tensor keeps its shape and dtype."""

    def function(self: Box, *others: Any) -> Any:
        boxes = [operand(self, other, name) for other in others]
        if divides:
            no_zeros(boxes[0], name)
        if floats and self._value.dtype.kind in "iub":
            raise RuntimeError(
                f"result type Float can't be cast to the desired output type {self.dtype}: "  # type: ignore[attr-defined]
                f"{name} in place keeps its tensor's dtype; use the out-of-place form"
            )
        try:
            return write(op, self, *boxes)
        except (ValueError, TypeError):
            raise refused(name, self, *boxes) from None

    return named(function, name, f"In place: {op.doc}.")


def operand(self: Box, other: Any, name: str) -> Box:
    """The other operand of an in-place operation, in the dtype of `self` where that can hold it."""
    target = self._value.dtype
    if isinstance(other, Box) and other._value.dtype is target:
        return other
    a, b = promoted(self, other, name=name)
    if a._value.dtype != target and np.can_cast(a._value.dtype, target, "same_kind"):
        return to_dtype(b, target)
    return b


# name in torch: primitive. Integers are computed in floating point by the first table.
FLOAT_UNARY = {
    "exp": ew.exp, "exp2": ew.exp2, "expm1": ew.expm1, "log": ew.log, "log2": ew.log2,
    "log10": ew.log10, "log1p": ew.log1p, "sqrt": ew.sqrt, "rsqrt": ew.rsqrt, "sin": ew.sin,
    "cos": ew.cos, "tan": ew.tan, "asin": ew.arcsin, "acos": ew.arccos, "atan": ew.arctan,
    "arcsin": ew.arcsin, "arccos": ew.arccos, "arctan": ew.arctan, "sinh": ew.sinh,
    "cosh": ew.cosh, "tanh": ew.tanh, "asinh": ew.arcsinh, "acosh": ew.arccosh,
    "atanh": ew.arctanh, "arcsinh": ew.arcsinh, "arccosh": ew.arccosh, "arctanh": ew.arctanh,
    "sigmoid": ew.sigmoid, "reciprocal": ew.reciprocal, "deg2rad": ew.deg2rad,
    "rad2deg": ew.rad2deg, "sinc": ew.sinc,
}  # fmt: skip
UNARY = {
    "neg": ew.negative, "negative": ew.negative, "abs": ew.absolute, "absolute": ew.absolute,
    "sign": ew.sgn, "floor": ew.floor, "ceil": ew.ceil, "trunc": ew.trunc, "fix": ew.trunc,
    "frac": ew.frac, "isnan": ew.isnan, "isinf": ew.isinf,
    "isfinite": ew.isfinite, "signbit": ew.signbit, "logical_not": ew.logical_not,
    "bitwise_not": ew.bitwise_not,
}  # fmt: skip
BINARY = {
    "mul": ew.multiply, "multiply": ew.multiply, "maximum": ew.maximum, "minimum": ew.minimum,
    "eq": ew.equal, "ne": ew.not_equal,
    "not_equal": ew.not_equal, "lt": ew.less, "less": ew.less, "le": ew.less_equal,
    "less_equal": ew.less_equal, "gt": ew.greater, "greater": ew.greater, "ge": ew.greater_equal,
    "greater_equal": ew.greater_equal, "logical_and": ew.logical_and, "logical_or": ew.logical_or,
    "logical_xor": ew.logical_xor, "bitwise_and": ew.bitwise_and, "bitwise_or": ew.bitwise_or,
    "bitwise_xor": ew.bitwise_xor, "bitwise_left_shift": ew.left_shift,
    "bitwise_right_shift": ew.right_shift,
}  # fmt: skip
DIVISIONS = {"remainder": ew.remainder, "fmod": ew.fmod, "floor_divide": ew.floor_divide}
FLOAT_BINARY = {"atan2": ew.arctan2, "arctan2": ew.arctan2, "true_divide": ew.divide,
                "hypot": ew.hypot, "logaddexp": ew.logaddexp}  # fmt: skip

functions: dict[str, Function] = {
    **{name: unary(op, name, floats=True) for name, op in FLOAT_UNARY.items()},
    **{name: unary(op, name) for name, op in UNARY.items()},
    **{name: binary(op, name) for name, op in BINARY.items()},
    **{name: binary(op, name, divides=True) for name, op in DIVISIONS.items()},
    **{name: binary(op, name, floats=True) for name, op in FLOAT_BINARY.items()},
}
methods: dict[str, Function] = {
    **{f"{name}_": inplace(op, f"{name}_", floats=True) for name, op in FLOAT_UNARY.items()},
    **{f"{name}_": inplace(op, f"{name}_") for name, op in {**UNARY, **BINARY}.items()},
    **{f"{name}_": inplace(op, f"{name}_", divides=True) for name, op in DIVISIONS.items()},
    **{f"{name}_": inplace(op, f"{name}_", floats=True) for name, op in FLOAT_BINARY.items()},
}
for _name in ("isnan_", "isinf_", "isfinite_", "signbit_", "maximum_", "minimum_", "logaddexp_"):
    del methods[_name]  # PyTorch has no such in-place forms


def scaled(x: Box, factor: Any, name: str) -> Box:
    """`factor * x` in the dtype of `x`: what alpha, beta and value do to an operand."""
    if type(factor) is int and factor == 1:
        return x
    kind = x._value.dtype.kind
    if isinstance(factor, bool) and kind != "b":
        raise RuntimeError(f"Boolean alpha only supported for Boolean results. ({name})")
    if isinstance(factor, float) and kind in "iub":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number: "
            f"{name} was given {factor} for tensors of {dtypes.of(x._value.dtype)!r}"
        )
    return ew.multiply.binary(x, wrapped(factor, x._value.dtype, x.face))


_add, _sub = binary(ew.add, "add"), binary(ew.subtract, "sub")
_add_, _sub_ = inplace(ew.add, "add_"), inplace(ew.subtract, "sub_")


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Elementwise input + alpha * other.

    Example:
        >>> torch.add(torch.tensor([1., 2.]), 10)
        tensor([11., 12.])
    """
    if type(alpha) is int and alpha == 1:
        return _add(input, other)
    a, b = promoted(input, other, name="add")
    return _add(a, scaled(b, alpha, "add"))


def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """In place: self + alpha * other."""
    if type(alpha) is int and alpha == 1:
        return _add_(self, other)
    return _add_(self, scaled(promoted(self, other, name="add_")[1], alpha, "add_"))


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Elementwise input - alpha * other.

    Example:
        >>> torch.sub(torch.tensor([1., 2.]), 1)
        tensor([0., 1.])
    """
    no_bools(input, other)
    if type(alpha) is int and alpha == 1:
        return _sub(input, other)
    a, b = promoted(input, other, name="sub")
    return _sub(a, scaled(b, alpha, "sub"))


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """In place: self - alpha * other."""
    no_bools(self, other)
    if type(alpha) is int and alpha == 1:
        return _sub_(self, other)
    return _sub_(self, scaled(promoted(self, other, name="sub_")[1], alpha, "sub_"))


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Elementwise other - alpha * input."""
    no_bools(input, other)
    a, b = promoted(input, other, name="rsub")
    return _sub(b, scaled(a, alpha, "rsub"))


def no_bools(*operands: Any) -> None:
    """Refuse to subtract bools, as PyTorch does."""
    kinds = [getattr(getattr(x, "_value", x), "dtype", type(x)) for x in operands]
    bools = kinds.count(np.dtype(bool)) + kinds.count(bool)
    if bools:
        raise RuntimeError(
            "Subtraction, the `-` operator, with "
            f"{'a bool tensor' if bools < len(operands) else 'two bool tensors'} is not supported. "
            "Use the `^` or `logical_xor()` operator instead, or `~` and `logical_not()` to invert "
            "a mask."
        )


def square(input: Any) -> Any:
    """Elementwise: input ** 2; bools are counted as integers."""
    return pow(input, 2)


def square_(self: Any) -> Any:
    """In place: self ** 2."""
    return pow_(self, 2)


def relu(input: Any) -> Any:
    """Elementwise: the input where it is > 0, else 0."""
    x = input_box(input, "relu")
    if x._value.dtype == bool:
        raise RuntimeError("Boolean inputs not supported for relu: convert them with .float()")
    return ew.relu.unary(x)


def relu_(self: Any) -> Any:
    """In place: the tensor where it is > 0, else 0."""
    if self._value.dtype == bool:
        relu(self)  # is refused
    return write(ew.relu, self)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Elementwise input / other, in floating point; rounded where `rounding_mode` says so.

    Args:
        rounding_mode: None, "trunc" (towards zero) or "floor"; both keep integers integers.

    Example:
        >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode="trunc")
        tensor([ 3, -3])
    """
    if rounding_mode not in (None, "trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"{rounding_mode!r}"
        )
    if rounding_mode is None:
        return functions["true_divide"](input, other)
    if rounding_mode == "floor":
        return functions["floor_divide"](input, other)
    return _trunc_divide(input, other)


_trunc_divide = binary(ew.trunc_divide, "div", divides=True)


def div_(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """In place: self / other."""
    if rounding_mode is None:
        return methods["true_divide_"](self, other)
    return overwritten(self, div(self, other, rounding_mode=rounding_mode))


def overwritten(self: Any, value: Box) -> Any:
    """In place: `value`, whose dtype must not be of a higher category."""
    return write(ew.overwrite, self, operand(self, value, "copy_"))


def pow(input: Any, exponent: Any) -> Any:
    """Elementwise input ** exponent; one of the two may be a number.

    Example:
        >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
        tensor([1., 4., 9.])
    """
    a, b = promoted(input, exponent, name="pow")
    kind = a._value.dtype.kind
    if is_number(exponent) and kind != "b":
        return _pow_number(a, exponent)
    op = ew.integer_power if kind in "iub" else ew.power
    try:
        return op.binary(a, b)
    except (ValueError, TypeError):
        raise refused("pow", a, b) from None


def _pow_number(x: Box, exponent: Any) -> Any:
    """x ** exponent, where the exponent is a number."""
    kind = x._value.dtype.kind
    if kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if exponent == 2:
        return ew.square.unary(x)
    if exponent == 0.5 and kind == "f":
        return ew.sqrt.unary(x)
    return ew.pow_scalar.unary(x, exponent)


def pow_(self: Any, exponent: Any) -> Any:
    """In place: self ** exponent."""
    if is_number(exponent) and self._value.dtype.kind in "fc":
        if exponent == 0.5:
            return write(ew.sqrt, self)
        return write(ew.pow_scalar, self, exponent)
    if self._value.dtype.kind in "iub":
        return overwritten(self, pow(self, exponent))
    return _pow_(self, exponent)


_pow_ = inplace(ew.power, "pow_")


def float_power(input: Any, exponent: Any) -> Any:
    """Elementwise input ** exponent, in float64."""
    double = np.dtype(np.float64)
    a, b = (to_dtype(x, double) for x in promoted(input, exponent, name="float_power"))
    return pow(a, exponent if is_number(exponent) else b)


def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest whole number (or multiple of 10 ** -decimals); halves go to the even one."""
    x = box_of(input, "round(): argument 'input'")
    if x._value.dtype.kind in "iub":
        return x.clone()  # type: ignore[attr-defined]
    if not decimals:
        return ew.rint.unary(x)
    scale = 10.0**decimals
    return div(ew.rint.unary(functions["mul"](x, scale)), scale)


def round_(self: Any, *, decimals: int = 0) -> Any:
    """In place: the nearest whole number."""
    return overwritten(self, round(self, decimals=decimals))


def same_dtype(name: str, input: Any, *others: Any) -> None:
    """Refuse tensors of different dtypes, where PyTorch does not promote them."""
    for other in others:
        if isinstance(other, Box) and other._value.dtype != input._value.dtype:
            one, two = (dtypes.of(x._value.dtype).scalar_type for x in (input, other))
            raise RuntimeError(
                f"{one} did not match {two}: {name} takes tensors of one dtype; convert one with "
                ".to(dtype)"
            )


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input), elementwise; tensors must have one dtype."""
    same_dtype("lerp", input, end, weight)
    a, b, c = promoted(input, end, weight, name="lerp")
    try:
        return ew.lerp.apply((a, b, c), ())
    except ValueError:
        raise shape_error("lerp", a, b, c) from None


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2, elementwise."""
    return add(input, functions["mul"](tensor1, tensor2), alpha=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2, elementwise; of integers it is refused."""
    return add(input, _quotient(tensor1, tensor2), alpha=value)


def addcmul_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """In place: self + value * tensor1 * tensor2."""
    return add_(self, functions["mul"](tensor1, tensor2), alpha=value)


def addcdiv_(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """In place: self + value * tensor1 / tensor2."""
    return add_(self, _quotient(tensor1, tensor2), alpha=value)


def _quotient(tensor1: Any, tensor2: Any) -> Any:
    a, b = promoted(tensor1, tensor2, name="addcdiv")
    if a._value.dtype.kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported: use input + value * "
            "torch.div(tensor1, tensor2, rounding_mode='trunc'), or convert to floating point"
        )
    return div(a, b)


functions.update(
    add=add, relu=relu, square=square, sub=sub, subtract=sub, rsub=rsub, div=div, divide=div,
    pow=pow, round=round, float_power=float_power, lerp=lerp, addcmul=addcmul, addcdiv=addcdiv,
)  # fmt: skip
methods.update(
    add_=add_, relu_=relu_, square_=square_, sub_=sub_, subtract_=sub_, div_=div_, divide_=div_,
    pow_=pow_, round_=round_, addcmul_=addcmul_, addcdiv_=addcdiv_,
)  # fmt: skip
functions_only = ("rsub",)
