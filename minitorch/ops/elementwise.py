"""Elementwise operations: one slope per argument is the whole derivative.

A slope is written over the names `x` (or `a`, `b`) of the arguments and `y` of the result. The
engine multiplies it with what comes in, undoes broadcasting, and has vjp, jvp and batching from
it. At kinks the convention is PyTorch's: 0 at the kink of `abs` and `relu`, half to each side of
a tie of `maximum` and `minimum`, 1 at the bounds of `clamp`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.primitive import Constant, Primitive
from minitorch.kernels import activations
from minitorch.ops.complex import conj, conjugate, imag, is_complex, real, real_part

Slope = Callable[..., Any] | float | None


def elementwise(
    name: str,
    run: Callable[..., Any],
    slopes: Sequence[Slope] = (),
    *,
    names: Sequence[str] | None = None,
    grad_name: str | None = None,
    arrays: int | None = None,
    doc: str = "",
) -> Primitive:
    """Declare an elementwise operation; with no slopes, one that no gradient flows through."""
    if names is None:
        if isinstance(run, np.ufunc):
            names = ("x",) if run.nin == 1 else ("a", "b")
        else:
            names = run.__code__.co_varnames[: run.__code__.co_argcount]
    arrays = arrays or len(slopes) or len(names)
    kind = Primitive if slopes else Constant
    return kind(
        name, run, arrays=arrays, names=names, slopes=slopes or None, doc=doc,
        batch=batch.elementwise, broadcasts=arrays > 1, grad_name=grad_name,
    )  # fmt: skip


LN2, LN10 = math.log(2.0), math.log(10.0)

# arithmetic

add = elementwise("add", np.add, (1, 1), doc="a + b")
subtract = elementwise("subtract", np.subtract, (1, -1), doc="a - b", grad_name="SubBackward0")
multiply = elementwise(
    "multiply", np.multiply, (lambda b: b, lambda a: a), doc="a * b", grad_name="MulBackward0"
)
divide = elementwise(
    "divide", np.divide, (lambda b: 1 / b, lambda a, b: -(a / b) / b), doc="a / b",
    grad_name="DivBackward0",
)  # fmt: skip
negative = elementwise("negative", np.negative, (-1,), doc="-x", grad_name="NegBackward0")
power = elementwise(
    "power", np.power,
    (lambda a, b: power_slope(a, b), lambda y, a, b: y * log_or_zero(a, b)),
    doc="a ** b", grad_name="PowBackward1",
)  # fmt: skip
square = elementwise(
    "square", np.square, (lambda x: 2 * x,), doc="x ** 2", grad_name="PowBackward0"
)
reciprocal = elementwise("reciprocal", np.reciprocal, (lambda y: -y * y,), doc="1 / x")
remainder = elementwise(
    "remainder", np.remainder, (1, lambda a, b: -floor_divide(a, b)),
    doc="a modulo b, with the sign of b",
)  # fmt: skip
fmod = elementwise(
    "fmod", np.fmod, (1, lambda a, b: -trunc(a / b)), doc="a modulo b, with the sign of a"
)
floor_divide = elementwise("floor_divide", np.floor_divide, (0, 0), doc="the floor of a / b")
trunc_divide = elementwise(
    "trunc_divide", lambda a, b: _trunc_divide(a, b), (0, 0), names=("a", "b"),
    doc="a / b without its fraction", grad_name="DivBackward2",
)  # fmt: skip


def _trunc_divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if np.result_type(a, b).kind == "f":
        return np.trunc(a / b)
    return np.floor_divide(a - np.fmod(a, b), b)


# powers, exponentials, logarithms

zeros_of = elementwise(
    "zeros_of", lambda x: (x == 0).astype(x.dtype), names=("x",), doc="1 where x is 0, else 0"
)
pow_scalar = elementwise(
    "pow_scalar", lambda x, exponent: np.power(x, exponent),
    (lambda x, exponent: exponent * pow_scalar(x, exponent - 1) if exponent else 0.0,),
    names=("x", "exponent"), grad_name="PowBackward0", doc="x ** exponent, with a Python number",
)  # fmt: skip


def power_slope(a: Any, b: Any) -> Any:
    """d(a ** b)/da, which is 0 where b is 0, whatever a."""
    return b * power(a, b - 1 + zeros_of(b))


def log_or_zero(a: Any, b: Any) -> Any:
    """log(a), but 0 where a is 0: 0 ** b does not change with b > 0."""
    return log(a + zeros_of(a) * reaches(b, zeros_of(b) * b))


integer_power = elementwise(
    "integer_power", lambda a, b: _integer_power(a, b).astype(a.dtype), names=("a", "b"),
    doc="a ** b for integers; where that is a fraction, 0",
)  # fmt: skip


def _integer_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = np.power(a, np.maximum(b, 0))
    below = b < 0
    if not below.any():
        return y
    fraction = np.where(a == 1, 1, np.where(a == -1, 1 - 2 * (b & 1), 0))
    return np.where(below, fraction, y)


exp = elementwise("exp", np.exp, (lambda y: y,), doc="e ** x")
exp2 = elementwise("exp2", np.exp2, (lambda y: y * LN2,), doc="2 ** x")
expm1 = elementwise("expm1", np.expm1, (lambda y: y + 1,), doc="e ** x - 1, exact near 0")
log = elementwise("log", np.log, (lambda x: 1 / x,), doc="the natural logarithm of x")
log2 = elementwise("log2", np.log2, (lambda x: 1 / (x * LN2),), doc="the base-2 logarithm of x")
log10 = elementwise("log10", np.log10, (lambda x: 1 / (x * LN10),), doc="the base-10 logarithm")
log1p = elementwise(
    "log1p", np.log1p, (lambda x: 1 / (x + 1),), doc="log(1 + x), exact near 0",
    grad_name="Log1PBackward0",
)  # fmt: skip
sqrt = elementwise("sqrt", np.sqrt, (lambda y: 0.5 / y,), doc="the square root of x")
rsqrt = elementwise(
    "rsqrt", lambda x: 1 / np.sqrt(x), (lambda y: -0.5 * y * y * y,), doc="1 / sqrt(x)"
)
flat_power = elementwise(
    "flat_power", lambda x, exponent: np.power(x, exponent),
    (lambda x, exponent: exponent * (1 - zeros_of(x)) * pow_scalar(x + zeros_of(x), exponent - 1),),
    names=("x", "exponent"), grad_name="PowBackward0",
    doc="x ** exponent, whose slope at 0 is taken as 0",
)  # fmt: skip
root = elementwise(
    "root", np.sqrt, (lambda y: 0.5 * (1 - zeros_of(y)) / (y + zeros_of(y)),),
    grad_name="SqrtBackward0",
    doc="the square root of a sum of squares: its slope at 0 is taken as 0",
)  # fmt: skip
cbrt = elementwise("cbrt", np.cbrt, (lambda y: 1 / (3 * y * y),), doc="the cube root of x")
gap = elementwise(
    "gap", lambda a, b: np.where(a == b, a.dtype.type(0), a - b), (1, -1), names=("a", "b"),
    doc="a - b, and 0 where they are the same infinity",
)  # fmt: skip
logaddexp = elementwise(
    "logaddexp", np.logaddexp, (lambda a, b: sigmoid(gap(a, b)), lambda a, b: sigmoid(gap(b, a))),
    doc="log(exp(a) + exp(b)), without overflow",
)  # fmt: skip
logaddexp2 = elementwise(
    "logaddexp2", np.logaddexp2,
    (lambda a, b: sigmoid(gap(a, b) * LN2), lambda a, b: sigmoid(gap(b, a) * LN2)),
    doc="log2(2 ** a + 2 ** b), without overflow",
)  # fmt: skip
hypot = elementwise(
    "hypot", np.hypot,
    (lambda y, a: a / (y + zeros_of(y)), lambda y, b: b / (y + zeros_of(y))),
    doc="sqrt(a*a + b*b)",
)  # fmt: skip

# trigonometric and hyperbolic

sin = elementwise("sin", np.sin, (lambda x: cos(x),), doc="the sine of x")
cos = elementwise("cos", np.cos, (lambda x: -sin(x),), doc="the cosine of x")
tan = elementwise("tan", np.tan, (lambda y: 1 + y * y,), doc="the tangent of x")
arcsin = elementwise(
    "arcsin", np.arcsin, (lambda x: rsqrt(1 - x * x),), doc="the inverse of sin",
    grad_name="AsinBackward0",
)  # fmt: skip
arccos = elementwise(
    "arccos", np.arccos, (lambda x: -rsqrt(1 - x * x),), doc="the inverse of cos",
    grad_name="AcosBackward0",
)  # fmt: skip
arctan = elementwise(
    "arctan", np.arctan, (lambda x: 1 / (1 + x * x),), doc="the inverse of tan",
    grad_name="AtanBackward0",
)  # fmt: skip
arctan2 = elementwise(
    "arctan2", np.arctan2,
    (lambda a, b: b / apart(a, b), lambda a, b: -a / apart(a, b)),
    doc="the angle of the point (b, a); its slopes at the origin are taken as 0",
    grad_name="Atan2Backward0",
)  # fmt: skip


def apart(a: Any, b: Any) -> Any:
    """a*a + b*b, but 1 where that is 0."""
    squares = a * a + b * b
    return squares + zeros_of(squares)


sinh = elementwise("sinh", np.sinh, (lambda x: cosh(x),), doc="the hyperbolic sine of x")
cosh = elementwise("cosh", np.cosh, (lambda x: sinh(x),), doc="the hyperbolic cosine of x")
tanh = elementwise("tanh", np.tanh, (lambda y: 1 - y * y,), doc="the hyperbolic tangent of x")
arcsinh = elementwise(
    "arcsinh", np.arcsinh, (lambda x: rsqrt(x * x + 1),), doc="the inverse of sinh",
    grad_name="AsinhBackward0",
)  # fmt: skip
arccosh = elementwise(
    "arccosh", np.arccosh, (lambda x: arccosh_slope(x),), doc="the inverse of cosh",
    grad_name="AcoshBackward0",
)  # fmt: skip


def arccosh_slope(x: Any) -> Any:
    """1 / sqrt(x*x - 1), for complex x on the branch of arccosh."""
    return rsqrt(x - 1) * rsqrt(x + 1) if is_complex(x) else rsqrt(x * x - 1)


arctanh = elementwise(
    "arctanh", np.arctanh, (lambda x: 1 / (1 - x * x),), doc="the inverse of tanh",
    grad_name="AtanhBackward0",
)  # fmt: skip
deg2rad = elementwise(
    "deg2rad", np.deg2rad, (math.pi / 180,), doc="degrees in radians", grad_name="Deg2RadBackward0"
)
rad2deg = elementwise(
    "rad2deg", np.rad2deg, (180 / math.pi,), doc="radians in degrees", grad_name="Rad2DegBackward0"
)


def _sinc_slope(x: np.ndarray, order: int) -> np.ndarray:
    """Derivatives of sin(u) / u at u = pi x: a power series inside |u| = order + 1, then upward.

    From u f = sin(u) follows u f_n + n f_{n-1} = sin(u + n pi / 2) for the n-th derivatives f_n.
    """
    u = np.pi * x.astype(np.result_type(x, np.float64))
    near = np.abs(u) <= order + 1
    far = np.where(near, 1, u)
    f = np.sin(far) / far
    for n in range(1, order + 1):
        f = (np.sin(far + n * (np.pi / 2)) - n * f) / far
    small = np.where(near, u, 0)
    squares, series = small * small, np.zeros_like(small)
    for k in reversed(range((order + 1) // 2, 3 * order + 10)):  # enough for doubles
        series *= squares
        series += (-1) ** k / (2 * k + 1) / math.factorial(2 * k - order)
    if order % 2:
        series *= small
    return (np.pi**order * np.where(near, series, f)).astype(x.dtype)


sinc = elementwise(
    "sinc", lambda x: np.sinc(x).astype(x.dtype), (lambda x: sinc_slope(x, 1),),
    doc="sin(pi x) / (pi x), and 1 at 0",
)  # fmt: skip
sinc_slope = elementwise(
    "sinc_slope", _sinc_slope, (lambda x, order: sinc_slope(x, order + 1),), names=("x", "order"),
    doc="the derivative of sinc of some order",
)  # fmt: skip

# activations


sigmoid = elementwise(
    "sigmoid", activations.sigmoid, (lambda y: y * (1 - y),), names=("x",), doc="1 / (1 + exp(-x))"
)
softplus = elementwise(
    "softplus", lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), (lambda x: sigmoid(x),),
    doc="log(1 + exp(x)), without overflow",
)  # fmt: skip

# kinks, rounding, choice

absolute = Primitive(
    "absolute", np.absolute, names=("x",), batch=batch.elementwise,
    vjps=(lambda g, x: g * conjugate(direction(x)),),
    jvps=(lambda t, x: real_part(t * conjugate(direction(x))),),
    doc="|x|, the modulus of complex x; its slope at 0 is taken as 0", grad_name="AbsBackward0",
)  # fmt: skip


def direction(x: Any) -> Any:
    """The sign of real x, and complex x divided by its modulus; 0 at 0."""
    return phase(x) if is_complex(x) else sgn(x)


def over_modulus(z: Any, x: Any) -> Any:
    """z / |x|, but 0 where x is 0."""
    size = absolute(x)
    hole = zeros_of(size)
    return z * ((1 - hole) / (size + hole))


phase = Primitive(
    "phase", np.sign, names=("x",), batch=batch.elementwise, grad_name="SgnBackward0",
    vjps=(lambda g, x, y: over_modulus(g - conj(y) * real(g * y), x),),
    jvps=(lambda t, x, y: over_modulus(t - y * real(t * conj(y)), x),),
    doc="complex x / |x|, and 0 at 0; its slope there is taken as 0",
)  # fmt: skip
angle = Primitive(
    "angle", np.angle, names=("x",), batch=batch.elementwise,
    vjps=(lambda g, x: g * (-1j * inverse_or_zero(x)),),
    jvps=(lambda t, x: imag(t * inverse_or_zero(x)),),
    doc="the angle of complex x, in radians; its slope at 0 is taken as 0",
)  # fmt: skip
real_angle = elementwise(
    "real_angle",
    lambda x: np.where(np.isnan(x), x, np.multiply(x < 0, math.pi, dtype=x.dtype)), (0,),
    names=("x",), grad_name="AngleBackward0", doc="the angle of real x: pi where x < 0, else 0",
)  # fmt: skip


def inverse_or_zero(x: Any) -> Any:
    """1 / x, but 0 where x is 0."""
    hole = zeros_of(x)
    return (1 - hole) / (x + hole)


sign = elementwise("sign", np.sign, (0,), doc="-1, 0 or 1, as x is below, at or above 0")
sgn = elementwise(
    "sgn",
    lambda x: x.copy() if x.dtype == bool else np.subtract(x > 0, x < 0, dtype=x.dtype), (0,),
    names=("x",), grad_name="SignBackward0", doc="`sign`, but 0 where x is NaN; bools stay bools",
)  # fmt: skip
floor = elementwise("floor", np.floor, (0,), doc="the largest whole number <= x")
ceil = elementwise("ceil", np.ceil, (0,), doc="the smallest whole number >= x")
trunc = elementwise("trunc", np.trunc, (0,), doc="x without its fraction")
rint = elementwise(
    "rint", np.rint, (0,), doc="the nearest whole number; halves go to the even one",
    grad_name="RoundBackward0",
)  # fmt: skip
frac = elementwise("frac", lambda x: x - np.trunc(x), (1,), doc="the fraction of x, with its sign")
prefers = elementwise(
    "prefers", lambda a, b: (np.logical_not(a < b) - 0.5 * (a == b)).astype(np.result_type(a, b)),
    names=("a", "b"), doc="0 where a < b, 1/2 where they tie, else 1",
)  # fmt: skip
maximum = elementwise(
    "maximum", np.maximum, (lambda a, b: prefers(a, b), lambda a, b: prefers(b, a)),
    doc="the larger of a and b; a tie passes half of the gradient to each",
)  # fmt: skip
minimum = elementwise(
    "minimum", np.minimum, (lambda a, b: prefers(b, a), lambda a, b: prefers(a, b)),
    doc="the smaller of a and b; a tie passes half of the gradient to each",
)  # fmt: skip
reaches = elementwise(
    "reaches", lambda a, b: (a >= b).astype(np.result_type(a, b)), names=("a", "b"),
    doc="1 where a >= b, else 0",
)  # fmt: skip
exceeds = elementwise(
    "exceeds", lambda a, b: (a > b).astype(np.result_type(a, b)), names=("a", "b"),
    doc="1 where a > b, else 0",
)  # fmt: skip
at_least = elementwise(
    "at_least", np.maximum, (lambda a, b: reaches(a, b), lambda a, b: exceeds(b, a)),
    doc="a, but at least b; at a tie the gradient is that of a", grad_name="ClampBackward0",
)  # fmt: skip
at_most = elementwise(
    "at_most", np.minimum, (lambda a, b: reaches(b, a), lambda a, b: exceeds(a, b)),
    doc="a, but at most b; at a tie the gradient is that of a", grad_name="ClampBackward0",
)  # fmt: skip
within = elementwise(
    "within", lambda x, low, high: _inside(x, low, high).astype(x.dtype),
    arrays=1, doc="1 where low <= x <= high, else 0",
)  # fmt: skip
clamp = Primitive(
    "clamp", lambda x, low, high: _clip(x, low, high), batch=batch.elementwise,
    vjps=(lambda g, x, low, high: masked(g, within(x, low, high)),),
    jvps=(lambda t, x, low, high: masked(t, within(x, low, high)),),
    doc="x, but at least `low` and at most `high`; the slope is 1 at the bounds",
    grad_name="ClampBackward1",
)  # fmt: skip


def _clip(x: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    if low is None or high is None or x.dtype.kind != "f":
        return np.clip(x, low, high)
    return np.minimum(np.maximum(x, low), high)  # the same, without the overhead of `np.clip`


def _inside(x: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    above = True if low is None else x >= low
    return np.logical_and(above, True if high is None else x <= high)


finite_part = elementwise(
    "finite_part", lambda x, nan, high, low: _finite_part(x, nan, high, low),
    (lambda x: is_finite(x),), arrays=1, grad_name="NanToNumBackward0",
    doc="x with numbers in place of NaN, infinity and -infinity, where the slope is 0",
)  # fmt: skip
is_finite = elementwise(
    "is_finite", lambda x: np.isfinite(x).astype(x.dtype), (0,), names=("x",),
    doc="0 where x is infinite or NaN, else 1",
)  # fmt: skip


def _finite_part(x: np.ndarray, nan: float, high: float, low: float) -> np.ndarray:
    y = x.copy()
    if not np.isfinite(x).all():
        for test, number in ((np.isnan(x), nan), (x == math.inf, high), (x == -math.inf, low)):
            np.copyto(y, number, where=test)
    return y


masked = Primitive(
    "masked", lambda x, mask: np.where(mask, x, x.dtype.type(0)), arrays=2, linear=(0,),
    batch=batch.elementwise, broadcasts=True, names=("x", "mask"),
    vjps=(lambda g, mask: masked(g, mask),), doc="x where the mask is true, else 0",
)  # fmt: skip
where = Primitive(
    "where", lambda mask, a, b: np.where(mask, a, b), arrays=3, batch=batch.elementwise,
    broadcasts=True, names=("mask", "a", "b"),
    vjps=(None, lambda g, mask: masked(g, mask), lambda g, mask: masked(g, logical_not(mask))),
    jvps=(None, lambda t, mask: masked(t, mask), lambda t, mask: masked(t, logical_not(mask))),
    doc="a where the mask is true, else b",
)  # fmt: skip
overwrite = elementwise(
    "overwrite", lambda a, b: np.broadcast_to(b, np.broadcast_shapes(np.shape(a), np.shape(b))),
    (0, 1), names=("a", "b"), grad_name="torch::autograd::CopyBackwards", doc="b in the shape of a",
)  # fmt: skip
fill = elementwise(
    "fill", overwrite.run, (0, 1), names=("a", "b"), grad_name="FillBackward0",
    doc="one number, b, in the shape of a",
)  # fmt: skip
lerp = elementwise(
    "lerp", lambda a, b, c: np.where(np.abs(c) < 0.5, a + c * (b - a), b - (b - a) * (1 - c)),
    (lambda c: 1 - c, lambda c: c, lambda a, b: b - a), names=("a", "b", "c"),
    doc="a + c * (b - a)",
)  # fmt: skip

# comparisons, logic, tests: no gradient flows through these

equal = elementwise("equal", np.equal, doc="a == b")
not_equal = elementwise("not_equal", np.not_equal, doc="a != b")
less = elementwise("less", np.less, doc="a < b")
less_equal = elementwise("less_equal", np.less_equal, doc="a <= b")
greater = elementwise("greater", np.greater, doc="a > b")
greater_equal = elementwise("greater_equal", np.greater_equal, doc="a >= b")
logical_and = elementwise("logical_and", np.logical_and, doc="a and b, by truth value")
logical_or = elementwise("logical_or", np.logical_or, doc="a or b, by truth value")
logical_xor = elementwise("logical_xor", np.logical_xor, doc="exactly one of a and b")
logical_not = elementwise("logical_not", np.logical_not, doc="not x")
bitwise_and = elementwise("bitwise_and", np.bitwise_and, doc="a & b")
bitwise_or = elementwise("bitwise_or", np.bitwise_or, doc="a | b")
bitwise_xor = elementwise("bitwise_xor", np.bitwise_xor, doc="a ^ b")
bitwise_not = elementwise("bitwise_not", np.invert, doc="~x")
left_shift = elementwise("left_shift", np.left_shift, doc="a << b")
right_shift = elementwise("right_shift", np.right_shift, doc="a >> b")
isnan = elementwise("isnan", np.isnan, doc="whether x is NaN")
isinf = elementwise("isinf", np.isinf, doc="whether x is infinite")
isfinite = elementwise("isfinite", np.isfinite, doc="whether x is neither infinite nor NaN")
isposinf = elementwise("isposinf", np.isposinf, names=("x",), doc="whether x is infinity")
isneginf = elementwise("isneginf", np.isneginf, names=("x",), doc="whether x is -infinity")
isreal = elementwise("isreal", np.isreal, names=("x",), doc="whether x has no imaginary part")
signbit = elementwise("signbit", np.signbit, doc="whether the sign of x is negative")
cast_constant = elementwise(
    "cast_constant", lambda x, dtype: x.astype(dtype),
    arrays=1, doc="a copy of x with a dtype that can't carry a gradient",
)  # fmt: skip
