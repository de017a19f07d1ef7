"""Elementwise operations on the parts of real numbers, and special functions that NumPy has."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.elementwise import elementwise, log, log1p, reaches, sgn, zeros_of

# signs, mantissas, fractions

copysign = elementwise(
    "copysign", np.copysign, (lambda y, a: sgn(a) * sgn(y), 0), doc="|a| with the sign of b"
)
heaviside = elementwise(
    "heaviside", np.heaviside, (0, lambda a: zeros_of(a)), doc="0 where a < 0, b at 0, else 1"
)
step = elementwise(
    "step", lambda a, b: np.where(a == 0, b, (a > 0).astype(a.dtype)),
    (0, lambda a: zeros_of(a)), names=("a", "b"),
    doc="0 where a < 0 or NaN, b at 0, else 1",
)  # fmt: skip
gcd = elementwise("gcd", np.gcd, doc="the greatest common divisor of a and b")
lcm = elementwise("lcm", np.lcm, doc="the least common multiple of a and b")
ldexp = Primitive(
    "ldexp", np.ldexp, names=("x", "exponent"), arrays=2, linear=(0,), batch=batch.elementwise,
    broadcasts=True, vjps=(lambda g, exponent: ldexp(g, exponent),),
    doc="x * 2 ** exponent, for whole exponents",
)  # fmt: skip
exponent = Constant(
    "exponent", lambda x: np.frexp(x)[1], batch=batch.elementwise,
    doc="the exponent to base 2 that leaves x a mantissa in [0.5, 1)",
)  # fmt: skip
fraction = elementwise(
    "fraction", lambda x: np.modf(x)[0], (1,), names=("x",),
    doc="the fraction of x, with its sign: of infinities 0",
)  # fmt: skip
spacing = elementwise("spacing", np.spacing, (0,), doc="the distance from x to the next float")
nextafter = elementwise("nextafter", np.nextafter, (1, 0), doc="the float after a towards b")

# the larger and smaller of what is no NaN

outdoes = elementwise(
    "outdoes", lambda a, b: ((a >= b) | np.isnan(b)).astype(np.result_type(a, b)),
    doc="1 where a >= b or b is NaN, else 0",
)  # fmt: skip
fmax = elementwise(
    "fmax", np.fmax, (lambda a, b: outdoes(a, b), lambda a, b: 1 - outdoes(a, b)),
    doc="the larger of a and b, or the one that is no NaN; at a tie the gradient is that of a",
)  # fmt: skip
fmin = elementwise(
    "fmin", np.fmin, (lambda a, b: outdoes(-a, -b), lambda a, b: 1 - outdoes(-a, -b)),
    doc="the smaller of a and b, or the one that is no NaN; at a tie the gradient is that of a",
)  # fmt: skip

# products with logarithms


def _times(f: Callable[..., Any]) -> Callable[..., Any]:
    def run(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.where((a == 0) & ~np.isnan(b), a.dtype.type(0), a * f(b))

    return run


def _idle(a: Any, b: Any) -> Any:
    """1 where a is 0 and b at most that, else 0: there a log(b) is taken as 0, whatever b."""
    return zeros_of(a) * reaches(a, b)


xlogy = elementwise(
    "xlogy", _times(np.log),
    (
        lambda a, b: log(b + _idle(a, b) * (1 - b)),
        lambda a, b: a / (b + zeros_of(a) * zeros_of(b)),
    ),
    arrays=2, names=("a", "b"), doc="a log(b), and 0 where a is 0",
)  # fmt: skip
xlog1py = elementwise(
    "xlog1py", _times(np.log1p),
    (
        lambda a, b: log1p(b - _idle(a, b + 1) * b),
        lambda a, b: a / (b + 1 + zeros_of(a) * zeros_of(b + 1)),
    ),
    arrays=2, names=("a", "b"), doc="a log(1 + b), and 0 where a is 0",
    grad_name="SpecialXlog1PyBackward0",
)  # fmt: skip

# the modified Bessel functions of whole order


def _bessel_i(x: np.ndarray, order: int) -> np.ndarray:
    """The mean of exp(x cos t) cos(order t) over a circle.

    On equidistant points it is exact up to the functions of order n - |order|, where n is their
    number, which decrease as exp(-n**2 / 2|x|).
    """
    if not order:
        return np.i0(x).astype(x.dtype)
    size = np.abs(x).astype(np.float64)
    largest = min(float(np.max(size, initial=0.0, where=np.isfinite(size))), 750.0)
    n = 2 * (20 + abs(order) + math.ceil(math.sqrt(20 * largest)))
    t = 2 * np.pi * np.arange(n) / n
    scaled = np.exp(size[..., None] * (np.cos(t) - 1)) @ np.cos(order * t) / n
    half = np.exp(size / 2)  # twice: it overflows only where the result does
    return (np.sign(x) ** (order % 2) * (scaled * half * half)).astype(x.dtype)


bessel_i = elementwise(
    "bessel_i", _bessel_i,
    (lambda x, order: (bessel_i(x, order - 1) + bessel_i(x, order + 1)) * 0.5,),
    names=("x", "order"), doc="the modified Bessel function of the first kind, of whole order",
)  # fmt: skip
