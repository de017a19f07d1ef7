"""NumPy's ufuncs, each with the primitive that computes it on boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.conform import identity
from minitorch.engine.primitive import Primitive
from minitorch.faces import arithmetic
from minitorch.faces.numpy.operands import (
    SMALL,
    WIDE,
    alike,
    boxed,
    common,
    face_among,
    floating,
    joined,
)
from minitorch.faces.operands import is_number, shape_error, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import numbers
from minitorch.ops.complex import conj, is_complex

Function = Callable[..., Any]
Table = dict[np.ufunc, Function]


def unary(op: Primitive, floats: np.dtype[Any] | None = None) -> Function:
    """The ufunc of one box; `floats` is the least dtype that integers become."""
    run = op.unary
    if floats is None:

        def function(x: Any) -> Any:
            return run(x)

    else:

        def function(x: Any) -> Any:
            return run(floating(x, floats) if x._value.dtype.kind in "iub" else x)

    return arithmetic.named(function, op.name, f"Elementwise: {op.doc}.")


def binary(op: Primitive, floats: np.dtype[Any] | None = None) -> Function:
    """The ufunc of two operands, of which one at least is a box."""
    run = op.binary
    keeps = any(rule is not None and set(rule.reads) & set(op.names) for rule in op.vjps)

    def function(a: Any, b: Any) -> Any:
        if not alike(a, b):
            a, b = joined(a, b, floats=floats, keeps=keeps)
        try:
            return run(a, b)
        except ValueError:
            if a.face.rank:
                raise shape_error(op.name, a, b) from None
            raise

    return arithmetic.named(function, op.name, f"Elementwise: {op.doc}.")


def power(a: Any, b: Any) -> Any:
    """Elementwise a ** b; one of the two may be a number."""
    if not is_number(b):
        return _power(a, b)
    if a.face.rank:
        return arithmetic.pow(a, b)
    x = to_dtype(a, common(a.face, (a, b)))
    exponent = b.item() if isinstance(b, np.generic) else b
    if exponent == 2:
        return ew.square.unary(x)
    if exponent == 0.5 and x._value.dtype.kind == "f":
        return ew.sqrt.unary(x)
    return ew.pow_scalar.unary(x, exponent)


def float_power(a: Any, b: Any) -> Any:
    """Elementwise a ** b, in double precision."""
    a, b = joined(a, b)
    dtype = np.result_type(a._value.dtype, WIDE)
    return _power(to_dtype(a, dtype), to_dtype(b, dtype))


def conjugate(x: Any) -> Any:
    """The complex conjugate: of real numbers, a copy."""
    return (conj if is_complex(x) else identity).unary(x)


def sign(x: Any) -> Any:
    """-1, 0 or 1, as x is below, at or above 0; complex x divided by its modulus."""
    return (ew.phase if is_complex(x) else ew.sign).unary(x)


def fabs(x: Any) -> Any:
    """|x| of real numbers, in floating point."""
    if is_complex(x):
        raise TypeError("np.fabs is for real numbers: use np.abs for the modulus of complex ones")
    return ew.absolute.unary(floating(x, SMALL))


def ldexp(x: Any, exponent: Any) -> Any:
    """x * 2 ** exponent, for whole exponents."""
    face = face_among(x, exponent)
    return numbers.ldexp.binary(floating(boxed(x, face), SMALL), boxed(exponent, face))


def frexp(x: Any) -> tuple[Any, Any]:
    """The mantissa of x, in [0.5, 1), and the exponent to base 2 that goes with it."""
    x = floating(x, SMALL)
    exponent = numbers.exponent.unary(x)
    return numbers.ldexp.binary(x, ew.negative.unary(exponent)), exponent


def modf(x: Any) -> tuple[Any, Any]:
    """The fraction of x and its whole part, both with the sign of x."""
    x = floating(x, SMALL)
    return numbers.fraction.unary(x), ew.trunc.unary(x)


def divmod(a: Any, b: Any) -> tuple[Any, Any]:
    """The floor of a / b, and what remains."""
    return ufuncs[np.floor_divide](a, b), ufuncs[np.remainder](a, b)


_power = binary(ew.power)

FLOAT_UNARY = {
    np.exp: ew.exp, np.exp2: ew.exp2, np.expm1: ew.expm1, np.log: ew.log, np.log2: ew.log2,
    np.log10: ew.log10, np.log1p: ew.log1p, np.sqrt: ew.sqrt, np.sin: ew.sin, np.cos: ew.cos,
    np.tan: ew.tan, np.arcsin: ew.arcsin, np.arccos: ew.arccos, np.arctan: ew.arctan,
    np.sinh: ew.sinh, np.cosh: ew.cosh, np.tanh: ew.tanh, np.arcsinh: ew.arcsinh,
    np.arccosh: ew.arccosh, np.arctanh: ew.arctanh, np.deg2rad: ew.deg2rad,
    np.radians: ew.deg2rad, np.rad2deg: ew.rad2deg, np.degrees: ew.rad2deg,
    np.cbrt: ew.cbrt, np.spacing: numbers.spacing,
}  # fmt: skip
UNARY = {
    np.negative: ew.negative, np.absolute: ew.absolute, np.floor: ew.floor,
    np.ceil: ew.ceil, np.trunc: ew.trunc, np.rint: ew.rint, np.square: ew.square,
    np.reciprocal: ew.reciprocal, np.positive: identity, np.isnan: ew.isnan, np.isinf: ew.isinf,
    np.isfinite: ew.isfinite, np.signbit: ew.signbit, np.logical_not: ew.logical_not,
    np.invert: ew.bitwise_not,
}  # fmt: skip
BINARY = {
    np.add: ew.add, np.subtract: ew.subtract, np.multiply: ew.multiply, np.maximum: ew.maximum,
    np.minimum: ew.minimum, np.remainder: ew.remainder, np.fmod: ew.fmod,
    np.floor_divide: ew.floor_divide, np.equal: ew.equal, np.not_equal: ew.not_equal,
    np.less: ew.less, np.less_equal: ew.less_equal, np.greater: ew.greater,
    np.greater_equal: ew.greater_equal, np.logical_and: ew.logical_and,
    np.logical_or: ew.logical_or, np.logical_xor: ew.logical_xor, np.bitwise_and: ew.bitwise_and,
    np.bitwise_or: ew.bitwise_or, np.bitwise_xor: ew.bitwise_xor, np.left_shift: ew.left_shift,
    np.right_shift: ew.right_shift, np.fmax: numbers.fmax, np.fmin: numbers.fmin,
}  # fmt: skip
FLOAT_BINARY = {
    np.arctan2: ew.arctan2, np.hypot: ew.hypot, np.logaddexp: ew.logaddexp,
    np.logaddexp2: ew.logaddexp2, np.copysign: numbers.copysign, np.heaviside: numbers.heaviside,
    np.nextafter: numbers.nextafter,
}  # fmt: skip

ufuncs: Table = {
    **{ufunc: unary(op, SMALL) for ufunc, op in FLOAT_UNARY.items()},
    **{ufunc: unary(op) for ufunc, op in UNARY.items()},
    **{ufunc: binary(op) for ufunc, op in BINARY.items()},
    **{ufunc: binary(op, SMALL) for ufunc, op in FLOAT_BINARY.items()},
    np.divide: binary(ew.divide, WIDE),
    np.power: power,
    np.float_power: float_power,
    np.conjugate: conjugate,
    np.divmod: divmod,
    np.sign: sign,
    np.fabs: fabs,
    np.ldexp: ldexp,
    np.frexp: frexp,
    np.modf: modf,
}
