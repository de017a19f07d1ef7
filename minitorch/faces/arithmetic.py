"""torch.*: arithmetic, powers, exponentials, logarithms, trigonometry, rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.node import titled, written
from minitorch.engine.primitive import Primitive
from minitorch.engine.views import write
from minitorch.faces import dtypes, returns
from minitorch.faces.elementwise import (
    binary,
    in_place_of,
    inplace,
    no_complex,
    overwritten,
    same_dtype,
    unary,
)
from minitorch.faces.elementwise import named as named
from minitorch.faces.operands import (
    box_of,
    check_fits,
    input_box,
    is_number,
    promoted,
    refused,
    scalar,
    shape_error,
    tensors_only,
    to_dtype,
    wrapped,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import numbers
from minitorch.ops.complex import real_part

Function = Callable[..., Any]

# name in torch: primitive. Integers are computed in floating point by those named FLOAT; there is
# none of complex numbers by those named REAL.
FLOAT_UNARY = {
    "exp": ew.exp, "exp2": ew.exp2, "expm1": ew.expm1, "log": ew.log, "log2": ew.log2,
    "log10": ew.log10, "log1p": ew.log1p, "sqrt": ew.sqrt, "rsqrt": ew.rsqrt, "sin": ew.sin,
    "cos": ew.cos, "tan": ew.tan, "asin": ew.arcsin, "acos": ew.arccos, "atan": ew.arctan,
    "arcsin": ew.arcsin, "arccos": ew.arccos, "arctan": ew.arctan, "sinh": ew.sinh,
    "cosh": ew.cosh, "tanh": ew.tanh, "asinh": ew.arcsinh, "acosh": ew.arccosh,
    "atanh": ew.arctanh, "arcsinh": ew.arcsinh, "arccosh": ew.arccosh, "arctanh": ew.arctanh,
    "sigmoid": ew.sigmoid, "reciprocal": ew.reciprocal, "sinc": ew.sinc,
}  # fmt: skip
REAL_FLOAT_UNARY = {"deg2rad": ew.deg2rad, "rad2deg": ew.rad2deg}
UNARY = {"neg": ew.negative, "negative": ew.negative}
REAL_UNARY = {
    "sign": ew.sgn, "floor": ew.floor, "ceil": ew.ceil, "trunc": ew.trunc, "fix": ew.trunc,
    "frac": ew.frac,
}  # fmt: skip
BINARY = {"mul": ew.multiply, "multiply": ew.multiply}
REAL_BINARY = {
    "maximum": ew.maximum, "minimum": ew.minimum, "fmax": numbers.fmax, "fmin": numbers.fmin,
}  # fmt: skip
FMOD = {"fmod": ew.fmod}
DIVISIONS = {"remainder": ew.remainder, "floor_divide": ew.floor_divide}
FLOAT_BINARY = {"true_divide": ew.divide}
REAL_FLOAT_BINARY = {
    "atan2": ew.arctan2, "arctan2": ew.arctan2, "hypot": ew.hypot, "nextafter": numbers.nextafter,
}  # fmt: skip
COPYSIGN = {"copysign": numbers.copysign}

_KINDS: list[tuple[Function, Function, dict[str, Any], dict[str, Any]]] = [
    (unary, inplace, FLOAT_UNARY, {"floats": True}),
    (unary, inplace, REAL_FLOAT_UNARY, {"floats": True, "reals": True}),
    (unary, inplace, UNARY, {}),
    (unary, inplace, REAL_UNARY, {"reals": True}),
    (binary, inplace, BINARY, {}),
    (binary, inplace, REAL_BINARY, {"reals": True, "tensors": 2}),
    (binary, inplace, FMOD, {"divides": True, "reals": True, "tensors": 1}),
    (binary, inplace, DIVISIONS, {"divides": True, "reals": True}),
    (binary, inplace, FLOAT_BINARY, {"floats": True}),
    (binary, inplace, REAL_FLOAT_BINARY, {"floats": True, "reals": True, "tensors": 2}),
    (binary, inplace, COPYSIGN, {"floats": True, "reals": True, "tensors": 1}),
]
functions: dict[str, Function] = {
    name: make(op, name, **how) for make, _, ops, how in _KINDS for name, op in ops.items()
}
methods: dict[str, Function] = {
    f"{name}_": make(op, f"{name}_", **how)
    for _, make, ops, how in _KINDS
    for name, op in ops.items()
}
for _name in ("maximum_", "minimum_", "fmax_", "fmin_"):
    del methods[_name]  # PyTorch has no such in-place forms


def abs(input: Any) -> Any:
    """Elementwise: |input|, the modulus of complex numbers; its slope at 0 is taken as 0."""
    x = input_box(input, "abs")
    if x._value.dtype == bool:
        raise refused("abs_cpu", x)
    return ew.absolute.unary(x)


def abs_(self: Any) -> Any:
    """In place: |self|."""
    if self._value.dtype.kind == "c":
        raise RuntimeError("In-place abs is not supported for complex tensors: use .abs()")
    return write(ew.absolute, self) if self._value.dtype != bool else abs(self)


def sgn(input: Any) -> Any:
    """Elementwise: the sign of real numbers, x / |x| of complex ones; 0 at 0."""
    x = input_box(input, "sgn")
    return titled((ew.phase if x._value.dtype.kind == "c" else ew.sgn).unary(x), "SgnBackward0")


def positive(input: Any) -> Any:
    """The tensor itself, which is refused if it is of bools."""
    x = input_box(input, "positive")
    if x._value.dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return x


def scaled(x: Box, factor: Any, name: str) -> Box:
    """`factor * x` in the dtype of `x`: what alpha, beta and value do to an operand."""
    if type(factor) is int and factor == 1:
        return x
    kind = x._value.dtype.kind
    factor = scalar(factor, f"{name}(): argument 'alpha'")
    if isinstance(factor, bool) and kind != "b":
        raise RuntimeError(f"Boolean alpha only supported for Boolean results. ({name})")
    if isinstance(factor, complex) and kind == "f":
        raise RuntimeError(
            "For non-complex input tensors, argument alpha must not be a complex number: "
            f"{name} was given {factor}"
        )
    if isinstance(factor, (float, complex)) and kind in "iub":
        raise RuntimeError(
            "For integral input tensors, argument alpha must not be a floating point number: "
            f"{name} was given {factor} for tensors of {dtypes.of(x._value.dtype)!r}"
        )
    return ew.multiply.binary(x, wrapped(factor, x._value.dtype, x.face))


_add, _sub = binary(ew.add, "add"), binary(ew.subtract, "sub")
_add_, _sub_ = inplace(ew.add, "add_"), inplace(ew.subtract, "sub_")


def add(input: Any, other: Any, tensor: Any = None, *, alpha: Any = 1) -> Any:
    """Elementwise input + alpha * other; `add(input, alpha, tensor)` is an old form of it.

    Example:
        >>> torch.add(torch.tensor([1., 2.]), 10)
        tensor([11., 12.])
    """
    if tensor is not None:
        other, alpha = tensor, other
    if type(alpha) is int and alpha == 1:
        return _add(input, other)
    a, b = promoted(input, other, name="add")
    return _add(a, scaled(b, alpha, "add"))


def add_(self: Any, other: Any, tensor: Any = None, *, alpha: Any = 1) -> Any:
    """In place: self + alpha * other."""
    if tensor is not None:
        other, alpha = tensor, other
    if type(alpha) is int and alpha == 1:
        return _add_(self, other)
    return _add_(self, scaled(promoted(self, other, name="add_")[1], alpha, "add_"))


def sub(input: Any, other: Any, tensor: Any = None, *, alpha: Any = 1) -> Any:
    """Elementwise input - alpha * other; `sub(input, alpha, tensor)` is an old form of it.

    Example:
        >>> torch.sub(torch.tensor([1., 2.]), 1)
        tensor([0., 1.])
    """
    if tensor is not None:
        other, alpha = tensor, other
    no_bools(input, other)
    if type(alpha) is int and alpha == 1:
        return _sub(input, other)
    a, b = promoted(input, other, name="sub")
    return _sub(a, scaled(b, alpha, "sub"))


def sub_(self: Any, other: Any, tensor: Any = None, *, alpha: Any = 1) -> Any:
    """In place: self - alpha * other."""
    if tensor is not None:
        other, alpha = tensor, other
    no_bools(self, other)
    if type(alpha) is int and alpha == 1:
        return _sub_(self, other)
    return _sub_(self, scaled(promoted(self, other, name="sub_")[1], alpha, "sub_"))


def rsub(input: Any, other: Any, alpha: Any = 1) -> Any:
    """Elementwise other - alpha * input."""
    tensors_only("rsub", input)
    no_bools(input, other)
    a, b = promoted(input, other, name="rsub")
    return titled(
        _sub(b, scaled(a, alpha, "rsub")), f"RsubBackward{int(not isinstance(other, Box))}"
    )


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


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Elementwise input / other, in floating point; rounded where `rounding_mode` says so.

    Args:
        rounding_mode: None, "trunc" (towards zero) or "floor"; both keep integers integers.

    Example:
        >>> torch.div(torch.tensor([7, -7]), 2, rounding_mode="trunc")
        tensor([ 3, -3])
    """
    if rounding_mode not in (None, "trunc", "floor"):
        if not isinstance(rounding_mode, str):
            raise TypeError(
                f"div(): argument 'rounding_mode' must be str, not {type(rounding_mode).__name__}"
            )
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
            f"{rounding_mode!r}"
        )
    if rounding_mode is None:
        return functions["true_divide"](input, other)
    if rounding_mode == "floor":
        return titled(functions["floor_divide"](input, other), "DivBackward2")
    return _trunc_divide(input, other)


_trunc_divide = binary(ew.trunc_divide, "div", divides=True)


def div_(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """In place: self / other."""
    if rounding_mode is None:
        return methods["true_divide_"](self, other)
    return overwritten(self, div(self, other, rounding_mode=rounding_mode))


def pow(input: Any, exponent: Any) -> Any:
    """Elementwise input ** exponent; one of the two may be a number.

    Example:
        >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
        tensor([1., 4., 9.])
    """
    plain = type(exponent) in (int, float) and isinstance(input, Box)
    if plain and input._value.dtype.kind == "f":
        return _pow_number(input, exponent)
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
    exponent = scalar(exponent, "pow(): argument 'exponent'")
    check_fits(exponent, x._value.dtype)
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
        exponent = scalar(exponent, "pow_(): argument 'exponent'")
        check_fits(exponent, self._value.dtype)
        if exponent == 0.5:
            return write(ew.sqrt, self)
        return write(ew.pow_scalar, self, exponent)
    if self._value.dtype.kind in "iub":
        return overwritten(self, pow(self, exponent))
    return _pow_(self, exponent)


_pow_ = inplace(ew.power, "pow_")


def float_power(input: Any, exponent: Any) -> Any:
    """Elementwise input ** exponent, in float64 or complex128."""
    operands = promoted(input, exponent, name="float_power")
    a, b = (to_dtype(x, _double(operands[0])) for x in operands)
    if isinstance(exponent, Box):
        return pow(a, b)
    return pow(a, b._value.item())


def float_power_(self: Any, exponent: Any) -> Any:
    """In place: self ** exponent; only of a tensor in float64 or complex128."""
    double = _double(*promoted(self, exponent, name="float_power_")[:1])
    if self._value.dtype != double:
        here, there = (dtypes.of(d).scalar_type for d in (self._value.dtype, double))
        raise RuntimeError(
            f"the base given to float_power_ has dtype {here} but the operation's result requires "
            f"dtype {there}"
        )
    return pow_(self, exponent if isinstance(exponent, Box) else _wide(exponent, double))


def _wide(value: Any, dtype: np.dtype[Any]) -> Any:
    return complex(value) if dtype.kind == "c" else float(value)


def _double(x: Box) -> np.dtype[Any]:
    return np.dtype(np.complex128 if x._value.dtype.kind == "c" else np.float64)


def ldexp(input: Any, other: Any) -> Any:
    """Elementwise input * 2 ** other."""
    tensors_only("ldexp", input, other)
    a, b = promoted(input, other, name="ldexp", floats=True)
    return titled(functions["mul"](a, pow(2.0, b)), "LdexpBackward0")


def frexp(input: Any) -> Any:
    """Mantissas in [0.5, 1) and whole exponents: input = mantissa * 2 ** exponent.

    Example:
        >>> torch.frexp(torch.tensor([3.]))
        torch.return_types.frexp(
        mantissa=tensor([0.7500]),
        exponent=tensor([2], dtype=torch.int32))
    """
    x = input_box(input, "frexp")
    if x._value.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes: use .float()")
    exponent = numbers.exponent.unary(x)
    return returns.frexp(numbers.ldexp.binary(x, ew.negative.unary(exponent)), exponent)


def logaddexp(input: Any, other: Any) -> Any:
    """Elementwise: log(exp(input) + exp(other)), without overflow."""
    return _logaddexp(input, other, ew.logaddexp, 1.0)


def logaddexp2(input: Any, other: Any) -> Any:
    """Elementwise: log2(2 ** input + 2 ** other), without overflow."""
    return _logaddexp(input, other, ew.logaddexp2, ew.LN2)


def _logaddexp(input: Any, other: Any, op: Primitive, log_base: float) -> Any:
    tensors_only(op.name, input, other)
    a, b = promoted(input, other, name=op.name, floats=True)
    try:
        if a._value.dtype.kind != "c":
            return op.binary(a, b)
        first = ew.greater_equal.binary(real_part(a), real_part(b))
        high, low = ew.where.apply((first, a, b), ()), ew.where.apply((first, b, a), ())
    except ValueError:
        raise shape_error(op.name, a, b) from None
    rest = ew.log1p.unary(ew.exp.unary((low - high) * log_base))
    return high + rest / log_base


def _whole(op: Any, name: str) -> Function:
    function = binary(op, name)

    def checked(input: Any, other: Any) -> Any:
        a, b = promoted(input, other, name=name)
        if a._value.dtype.kind not in "iu":
            raise refused(f"{name}_cpu", a)
        return function(a, b)

    return named(checked, name, f"Elementwise: {op.doc}.\n\n    Of integers alone.\n    ")


gcd, lcm = _whole(numbers.gcd, "gcd"), _whole(numbers.lcm, "lcm")


def heaviside(input: Any, values: Any) -> Any:
    """Elementwise: 0 where input < 0, `values` where it is 0, else 1.

    Example:
        >>> torch.heaviside(torch.tensor([-1.5, 0., 2.]), torch.tensor([0.5]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    x = input_box(input, "heaviside")
    values = box_of(values, "heaviside(): argument 'values'")
    if "c" in (x._value.dtype.kind, values._value.dtype.kind):
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if x._value.dtype != values._value.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    try:
        return numbers.step.binary(x, values)
    except ValueError:
        raise shape_error("heaviside", x, values) from None


def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest whole number (or multiple of 10 ** -decimals); halves go to the even one."""
    x = input_box(input, "round")
    if x._value.dtype.kind == "c":
        raise no_complex("round", x)
    if x._value.dtype.kind in "iub":
        return x.clone()  # type: ignore[attr-defined]
    if not decimals:
        return ew.rint.unary(x)
    if x._value.dtype == np.float16:  # which is too narrow for the scaled numbers
        wide = round(to_dtype(x, np.dtype(np.float32)), decimals=decimals)
        return to_dtype(wide, x._value.dtype)
    scale = 10.0**decimals
    return div(ew.rint.unary(functions["mul"](x, scale)), scale)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight * (end - input), elementwise; tensors must have one dtype."""
    tensors_only("lerp", input, end)
    same_dtype("lerp", input, end, weight)
    a, b, c = promoted(input, end, weight, name="lerp")
    try:
        y = ew.lerp.apply((a, b, c), ())
    except ValueError:
        raise shape_error("lerp", a, b, c) from None
    return titled(y, "LerpBackward1") if isinstance(weight, Box) else y


def addcmul(input: Any, tensor1: Any, tensor2: Any, tensor: Any = None, *, value: Any = 1) -> Any:
    """input + value * tensor1 * tensor2, elementwise.

    `addcmul(input, value, tensor1, tensor2)` is an old form of it.
    """
    if tensor is not None:
        value, tensor1, tensor2 = tensor1, tensor2, tensor
    tensors_only("addcmul", input, tensor1, tensor2)
    product = _product(input, tensor1, tensor2)
    return titled(add(input, product, alpha=_factor(value, product, "addcmul")), "AddcmulBackward0")


def _product(x: Box, tensor1: Any, tensor2: Any) -> Any:
    """tensor1 * tensor2, in the dtype that they have together with `x`."""
    _, a, b = promoted(x, tensor1, tensor2, name="addcmul")
    return functions["mul"](a, b)


def _factor(value: Any, x: Box, name: str) -> Any:
    """The factor of a product: of integers it is cut to an integer."""
    if type(value) is int:
        return value
    value = scalar(value, f"{name}(): argument 'value'")
    if isinstance(value, bool) or (x._value.dtype.kind in "iu" and isinstance(value, float)):
        return int(value)
    return value


def addcdiv(input: Any, tensor1: Any, tensor2: Any, tensor: Any = None, *, value: Any = 1) -> Any:
    """input + value * tensor1 / tensor2, elementwise; of integers it is refused.

    `addcdiv(input, value, tensor1, tensor2)` is an old form of it.
    """
    if tensor is not None:
        value, tensor1, tensor2 = tensor1, tensor2, tensor
    tensors_only("addcdiv", input, tensor1, tensor2)
    quotient = _quotient(input, tensor1, tensor2)
    return titled(
        add(input, quotient, alpha=_factor(value, quotient, "addcdiv")), "AddcdivBackward0"
    )


def addcmul_(self: Any, tensor1: Any, tensor2: Any, tensor: Any = None, *, value: Any = 1) -> Any:
    """In place: self + value * tensor1 * tensor2."""
    if tensor is not None:
        value, tensor1, tensor2 = tensor1, tensor2, tensor
    tensors_only("addcmul_", self, tensor1, tensor2)
    product = _product(self, tensor1, tensor2)
    add_(self, product, alpha=_factor(value, product, "addcmul_"))
    return written(self, ew.add, "AddcmulBackward0")


def addcdiv_(self: Any, tensor1: Any, tensor2: Any, tensor: Any = None, *, value: Any = 1) -> Any:
    """In place: self + value * tensor1 / tensor2."""
    if tensor is not None:
        value, tensor1, tensor2 = tensor1, tensor2, tensor
    tensors_only("addcdiv_", self, tensor1, tensor2)
    quotient = _quotient(self, tensor1, tensor2)
    add_(self, quotient, alpha=_factor(value, quotient, "addcdiv_"))
    return written(self, ew.add, "AddcdivBackward0")


def _quotient(x: Box, tensor1: Any, tensor2: Any) -> Any:
    _, a, b = promoted(x, tensor1, tensor2, name="addcdiv")
    if all(t._value.dtype.kind in "iub" for t in (tensor1, tensor2)):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported: use input + value * "
            "torch.div(tensor1, tensor2, rounding_mode='trunc'), or convert to floating point"
        )
    return div(a, b)


functions.update(
    logaddexp=logaddexp, logaddexp2=logaddexp2, abs=abs, absolute=abs, sgn=sgn,
    positive=positive, add=add, square=square, sub=sub,
    subtract=sub, rsub=rsub, div=div, divide=div, pow=pow, float_power=float_power, ldexp=ldexp,
    frexp=frexp, gcd=gcd, lcm=lcm, heaviside=heaviside, round=round, lerp=lerp, addcmul=addcmul,
    addcdiv=addcdiv,
)  # fmt: skip
methods.update(
    abs_=abs_, absolute_=abs_, add_=add_, square_=square_, sub_=sub_, subtract_=sub_, div_=div_,
    divide_=div_, pow_=pow_, float_power_=float_power_, addcmul_=addcmul_,
    addcdiv_=addcdiv_,
)  # fmt: skip
for _function in (sgn, ldexp, gcd, lcm, heaviside, round, lerp):
    _name = f"{_function.__name__}_"
    methods[_name] = in_place_of(_function, _name)
functions_only = ("rsub",)
takes_out = tuple(name for name in functions if name not in ("rsub", "positive"))
