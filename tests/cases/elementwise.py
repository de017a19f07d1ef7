"""Samples of the elementwise operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.samples import (
    above_one,
    among,
    complex_,
    elementwise,
    large,
    natural,
    odd,
    op,
    positive,
    real,
    steps,
    truth,
    unit,
    whole,
)

NONE = None  # no counterpart in PyTorch

# arithmetic

for name in ("add", "subtract", "multiply", "divide"):
    elementwise(name, real, real)
for name in ("add", "subtract", "multiply"):
    op(name, whole(2, 3), whole(3))
elementwise("negative", real)
elementwise("power", positive, real, torch="pow")
op("power", real(2, 4), steps(4), torch="pow", wrt=(0,))
op("power", whole(3), natural(3), torch="pow")
elementwise("square", real)
elementwise("reciprocal", real)
elementwise("remainder", real, positive)
elementwise("remainder", real, real)
elementwise("fmod", real, real)
elementwise("floor_divide", real, real)
elementwise(
    "trunc_divide", real, real, numpy=lambda a, b: np.trunc(a / b),
    torch=lambda torch, a, b: torch.div(a, b, rounding_mode="trunc"),
)  # fmt: skip
op("floor_divide", whole(3, 4), among(-3, -2, 1, 2)(4))
op("trunc_divide", whole(3, 4), among(-3, -2, 1, 2)(4), numpy=lambda a, b: (a / b).astype(int),
   torch=lambda torch, a, b: torch.div(a, b, rounding_mode="trunc"))  # fmt: skip
for exponent in (2.5, -1.5, 0.5):
    elementwise(
        "pow_scalar", positive, params=(exponent,), torch="pow",
        numpy=lambda x, p: np.exp(p * np.log(x)),
    )  # fmt: skip
op("pow_scalar", real(4), params=[(3,), (3.0,), (-2,), (1,), (0,), (0.0,)], torch="pow",
   numpy=lambda x, p: np.exp(p * np.log(abs(x))) * np.sign(x) ** p)  # fmt: skip
op("pow_scalar", whole(4), params=[(2,), (0,)], torch="pow", numpy=lambda x, p: x**p)

for exponent in (3.0, 0.5):
    elementwise(
        "flat_power", positive, params=(exponent,), torch="pow",
        numpy=lambda x, p: np.exp(p * np.log(x)),
    )  # fmt: skip
elementwise(
    "integer_power", whole, whole, torch=NONE,
    numpy=lambda a, b: np.where((a == 0) & (b < 0), 0, np.trunc(np.power(a + 0.0, b))).astype(int),
)  # fmt: skip

# powers, exponentials, logarithms

for name in ("exp", "exp2", "expm1"):
    elementwise(name, real)
for name in ("log", "log2", "log10", "log1p", "sqrt"):
    elementwise(name, positive)
elementwise("rsqrt", positive, numpy=lambda x: x**-0.5)
elementwise("root", positive, torch="sqrt")
elementwise("logaddexp", real, real)
op("logaddexp", large(6), large(6), wrt=())
elementwise("logaddexp2", real, real)
elementwise("gap", real, real, numpy=np.subtract, torch=NONE)
op("gap", among(np.inf, -np.inf)(6), among(np.inf, -np.inf)(6), torch=NONE, wrt=(),
   numpy=lambda a, b: np.where(a == b, 0, a).astype(a.dtype))  # fmt: skip
elementwise("cbrt", real, torch=NONE)
elementwise("hypot", real, real)

# trigonometric and hyperbolic

for name in (
    "sin",
    "cos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "deg2rad",
    "rad2deg",
):
    elementwise(name, real)
for name in ("tan", "arcsin", "arccos", "arctanh"):
    elementwise(name, unit)
elementwise("arccosh", above_one)
elementwise("arctan2", real, real)
elementwise("sinc", real, numpy=lambda x: np.sin(np.pi * x) / (np.pi * x))
elementwise(
    "sinc_slope", real, params=(1,), torch=NONE,
    numpy=lambda x, _: (np.cos(np.pi * x) - np.sinc(x)) / x,
)  # fmt: skip
op("sinc", steps(6), numpy=np.sinc)
for domain in (steps, complex_):
    op("sinc_slope", domain(5), params=(2,), torch=NONE,
       numpy=lambda x, _: np.where(x == 0, -(np.pi**2) / 3,
           -np.pi * np.sin(np.pi * x) / (x + (x == 0))
           - 2 * (np.cos(np.pi * x) - np.sinc(x)) / (x + (x == 0)) ** 2).astype(x.dtype)
    )  # fmt: skip

# activations

elementwise("sigmoid", real, numpy=lambda x: 1 / (1 + np.exp(-x)))
op("sigmoid", large(6), numpy=lambda x: np.exp(-np.logaddexp(0, -x)), wrt=())
elementwise("relu", real, numpy=lambda x: np.where(x > 0, x, 0.0).astype(x.dtype))
op("relu", whole(5), numpy=lambda x: x * (x > 0))
for domain, wrt in ((real, None), (steps, ())):
    elementwise("is_nonzero", domain, numpy=lambda x: (x != 0).astype(x.dtype), torch=NONE, wrt=wrt)
op("is_nonzero", odd(7), numpy=lambda x: (x != 0).astype(x.dtype), torch=NONE, wrt=())
for domain, wrt in ((real, (0, 1)), (steps, (0,))):
    elementwise("passed", real, domain, numpy=lambda x, y: x * (y != 0), torch=NONE, wrt=wrt)
elementwise("softplus", real, numpy=lambda x: np.log(1 + np.exp(x)), torch="nn.functional.softplus")
op("softplus", large(6), numpy=lambda x: np.logaddexp(0, x), torch=NONE, wrt=())

# kinks, rounding, choice

for name in ("at_least", "at_most"):
    function = {"at_least": "maximum", "at_most": "minimum"}[name]
    for domain, wrt in ((real, None), (steps, ())):
        elementwise(name, domain, domain, torch=function, wrt=wrt)
elementwise("reaches", steps, steps, torch=NONE, numpy=lambda a, b: (a >= b).astype(a.dtype))
elementwise("exceeds", steps, steps, torch=NONE, numpy=lambda a, b: (a > b).astype(a.dtype))
for name in ("absolute", "sign", "floor", "ceil", "trunc"):
    elementwise(name, real)
elementwise("sign", steps, wrt=())
elementwise("sgn", real, torch="sign", numpy=lambda x: np.copysign(1, x).astype(x.dtype))
for domain in (steps, odd, whole, truth):
    op("sgn", domain(6), torch="sign", wrt=(),
       numpy=lambda x: ((x > 0) * 1.0 - (x < 0)).astype(x.dtype))  # fmt: skip
elementwise("rint", real, torch="round")
elementwise("frac", real, numpy=lambda x: np.modf(x)[0])
elementwise("zeros_of", steps, numpy=lambda x: np.equal(x, 0).astype(x.dtype), torch=NONE)
elementwise(
    "prefers", steps, steps, torch=NONE, numpy=lambda a, b: np.heaviside(a - b, a.dtype.type(0.5))
)
for name in ("maximum", "minimum"):
    elementwise(name, real, real)
    elementwise(name, steps, steps, wrt=())
BOUNDS: list[tuple[Any, ...]] = [(-1.05, 1.05), (None, 0.05), (0.05, None)]
elementwise(
    "within", real, params=BOUNDS, torch=NONE,
    numpy=lambda x, low, high: (np.clip(x, low, high) == x).astype(x.dtype),
)  # fmt: skip
elementwise(
    "clamp", real, params=BOUNDS,
    numpy=lambda x, low, high: np.minimum(
        np.maximum(x, -np.inf if low is None else low), np.inf if high is None else high
    ).astype(x.dtype),
)  # fmt: skip
elementwise(
    "masked", real, truth, numpy=lambda x, mask: x * mask,
    torch=lambda torch, x, mask: torch.where(mask, x, torch.zeros((), dtype=x.dtype)),
)  # fmt: skip
elementwise("where", truth, real, real, numpy=np.where)
elementwise("overwrite", real, real, numpy=lambda a, b: a * 0 + b, torch=NONE)
elementwise("fill", real, real, numpy=lambda a, b: a * 0 + b, torch=NONE)
elementwise("lerp", real, real, real, numpy=lambda a, b, c: (1 - c) * a + c * b)

# parts of real numbers, special functions

elementwise("copysign", real, real)
elementwise("heaviside", real, real, torch=NONE)
op("heaviside", steps(6), real(6), torch=NONE, wrt=(1,))
elementwise("ldexp", real, natural, torch=NONE)
elementwise("xlogy", real, positive, numpy=lambda a, b: a * np.log(b))
elementwise(
    "xlog1py", real, unit, numpy=lambda a, b: a * np.log1p(b),
    torch=lambda torch, a, b: torch.special.xlog1py(a, b),
)  # fmt: skip
elementwise("exponent", real, numpy=lambda x: np.frexp(x)[1], torch=NONE)
elementwise("fraction", real, numpy=lambda x: np.fmod(x, 1), torch="frac")
elementwise("spacing", real, torch=NONE, wrt=())
op("spacing", real(3), torch=NONE, wrt=(0,))
elementwise("nextafter", real, real, torch=NONE)
for name in ("fmax", "fmin"):
    elementwise(name, real, real)
    op(name, steps(6), steps(6), wrt=())
    op(name, odd(7), odd(7), wrt=())
elementwise(
    "outdoes", steps, steps, torch=NONE, numpy=lambda a, b: np.heaviside(a - b, a.dtype.type(1))
)
op("outdoes", odd(7), odd(7), torch=NONE,
   numpy=lambda a, b: np.where(b != b, True, a >= b).astype(a.dtype))  # fmt: skip


def _bessel(x: np.ndarray, order: int) -> np.ndarray:
    """The power series."""
    n = abs(order)
    terms = [(x / 2) ** (2 * k + n) / math.factorial(k) / math.factorial(k + n) for k in range(30)]
    return np.asarray(sum(terms)).astype(x.dtype)


for order in (0, 1, -1, 2):
    op("bessel_i", real(3, 2), params=(order,), torch=NONE, numpy=_bessel)
op("bessel_i", real(), params=(1,), torch=NONE, numpy=_bessel)
op("bessel_i", real(0, 2), params=(1,), torch=NONE, numpy=_bessel)

# comparisons, logic, tests

COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
for name in COMPARISONS:
    elementwise(name, steps, steps, torch="eq" if name == "equal" else name)
    op(name, odd(7), odd(7), torch="eq" if name == "equal" else name)
    op(name, whole(3, 1), whole(4), torch="eq" if name == "equal" else name)
for name in ("logical_and", "logical_or", "logical_xor"):
    elementwise(name, truth, truth)
    op(name, steps(5), steps(5))
elementwise("logical_not", truth)
op("logical_not", steps(5))
for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    elementwise(name, whole, whole)
    op(name, truth(4), truth(4))
elementwise("bitwise_not", whole)
elementwise("left_shift", whole, natural, torch="bitwise_left_shift")
elementwise("right_shift", whole, natural, torch="bitwise_right_shift")
for name in ("isnan", "isinf", "isfinite", "signbit"):
    elementwise(name, odd)
elementwise(
    "cast_constant", real, params=[(np.dtype(kind),) for kind in (np.int64, np.int8, bool)],
    numpy=lambda x, dtype: x != 0 if dtype.kind == "b" else np.trunc(x).astype(dtype),
    torch=lambda torch, x, dtype: x.to(getattr(torch, dtype.name)),
)  # fmt: skip

# complex numbers

PARTS = {"conj": np.conjugate, "real": np.real, "imag": np.imag, "absolute": np.absolute,
         "angle": lambda x: np.arctan2(x.imag, x.real), "phase": lambda x: x / abs(x)}  # fmt: skip
for name, function in PARTS.items():
    elementwise(name, complex_, numpy=function, torch="sgn" if name == "phase" else name)
ANALYTIC = (
    "negative", "square", "reciprocal", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p",
    "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh",
    "arccosh", "arctanh",
)  # fmt: skip
for name in ANALYTIC:
    op(name, complex_(3))
for name in ("add", "subtract", "multiply", "divide"):
    op(name, complex_(2, 1), complex_(3))
op("power", complex_(2, 1), complex_(3), torch="pow")
op("pow_scalar", complex_(3), params=[(2,), (2.5,), (-1,), (0,)], torch="pow",
   numpy=lambda x, p: np.exp(p * np.log(x)))  # fmt: skip
op("sinc", complex_(3), numpy=lambda x: np.sin(np.pi * x) / (np.pi * x))
op("fill", complex_(2, 3), complex_(3), numpy=lambda a, b: a * 0 + b, torch=NONE)
op("overwrite", complex_(2, 3), complex_(3), numpy=lambda a, b: a * 0 + b, torch=NONE)
op("masked", complex_(2, 3), truth(3), numpy=lambda x, mask: x * mask, torch=NONE)
op("where", truth(2, 1), complex_(3), complex_(2, 3), numpy=np.where)
for domain, wrt in ((real, None), (odd, ())):
    elementwise("finite_part", domain, params=(0.5, 1.0, -1.0), torch=None, wrt=wrt,
                numpy=lambda x, nan, high, low: np.nan_to_num(x, True, nan, high, low))  # fmt: skip
    elementwise("is_finite", domain, torch=None, wrt=wrt,
                numpy=lambda x: np.isfinite(x).astype(x.dtype))  # fmt: skip

# activations of two slopes, tests of infinity, whole numbers

elementwise(
    "elu", real, params=(1.5, 2.0, 0.5), torch=NONE,
    numpy=lambda x, low, high, rate: np.where(x > 0, high * x, low * (np.exp(rate * x) - 1)),
)  # fmt: skip
elementwise(
    "elu_slope", real, params=(1.5, 2.0, 0.5), torch=NONE,
    numpy=lambda x, low, high, rate: np.where(x > 0, high, low * np.exp(rate * x)).astype(x.dtype),
)  # fmt: skip
elementwise("real_angle", real, torch=NONE, numpy=lambda x: np.angle(x).astype(x.dtype))
op("real_angle", odd(7), torch="angle", wrt=(),
   numpy=lambda x: np.where(np.isnan(x), x, np.angle(x + 0.0)).astype(x.dtype))  # fmt: skip
TESTS = {"isposinf": lambda x: x == np.inf, "isneginf": lambda x: x == -np.inf,
         "isreal": lambda x: x.imag == 0}  # fmt: skip
for name, test in TESTS.items():
    elementwise(name, odd, numpy=test)
op("isreal", complex_(5), numpy=TESTS["isreal"])
for name in ("gcd", "lcm"):
    elementwise(name, whole, whole)
op("step", steps(6), real(6), torch=NONE, wrt=(1,),
   numpy=lambda a, b: np.where(a == 0, b, a > 0).astype(b.dtype))  # fmt: skip
elementwise("step", real, real, torch=NONE, numpy=lambda a, b: (a > 0) + 0 * b)

# complex numbers as pairs

for sizes in ((5,), (2, 3), (), (0, 2)):
    pairs = NONE if 0 in sizes else "view_as_complex"  # PyTorch doubts their strides
    op("view_as_real", complex_(*sizes), numpy=lambda x: np.stack([x.real, x.imag], -1),
       torch=pairs and "view_as_real")  # fmt: skip
    op("view_as_complex", real(*sizes, 2), numpy=lambda x: x[..., 0] + 1j * x[..., 1],
       torch=pairs)  # fmt: skip
elementwise(
    "joined", real, real, torch=NONE,
    numpy=lambda a, b: (a + 1j * b).astype(np.result_type(a, np.complex64)),
)  # fmt: skip
