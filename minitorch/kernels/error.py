"""The error function, the normal distribution and their inverses.

Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function"
(1969), and of M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution"
(1988). They are good to a few units in the last place of float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.kernels.pieces import Doubles, in_double, piecewise, polynomial

ROOT_2, ROOT_PI = math.sqrt(2.0), math.sqrt(math.pi)
_CHUNK = 32768

# Cody's three intervals: |x| <= 0.46875, up to 4, and beyond; constant terms first
_INNER = (
    (3.20937758913846947e03, 3.77485237685302021e02, 1.13864154151050156e02,
     3.16112374387056560e00, 1.85777706184603153e-1),
    (2.84423683343917062e03, 1.28261652607737228e03, 2.44024637934444173e02,
     2.36012909523441209e01, 1.0),
)  # fmt: skip
_MIDDLE = (
    (1.23033935479799725e03, 2.05107837782607147e03, 1.71204761263407058e03,
     8.81952221241769090e02, 2.98635138197400131e02, 6.61191906371416295e01,
     8.88314979438837594e00, 5.64188496988670089e-1, 2.15311535474403846e-8),
    (1.23033935480374942e03, 3.43936767414372164e03, 4.36261909014324716e03,
     3.29079923573345963e03, 1.62138957456669019e03, 5.37181101862009858e02,
     1.17693950891312499e02, 1.57449261107098347e01, 1.0),
)  # fmt: skip
_OUTER = (
    (6.58749161529837803e-4, 1.60837851487422766e-2, 1.25781726111229246e-1,
     3.60344899949804439e-1, 3.05326634961232344e-1, 1.63153871373020978e-2),
    (2.33520497626869185e-3, 6.05183413124413191e-2, 5.27905102951428412e-1,
     1.87295284992346725e00, 2.56852019228982242e00, 1.0),
)  # fmt: skip


def _ratio(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    y = polynomial(x, coefficients[0])
    y /= polynomial(x, coefficients[1])
    return y


def _gauss(x: Doubles, sign: float) -> Doubles:
    """exp(sign * x * x), with x split so that its square is exact to the last bit that counts."""
    high = np.where(np.isinf(x), 0, np.trunc(x * 16) / 16)
    return np.exp(sign * high * high) * np.exp(sign * (x - high) * (x + high))


def _scaled(x: Doubles) -> Doubles:
    """exp(x * x) erfc(x) for x > 0.46875."""
    return piecewise((x,), (x <= 4, lambda x: _ratio(x, _MIDDLE)), (x > 4, _scaled_tail))


def _scaled_tail(x: Doubles) -> Doubles:
    squares = 1 / (x * x)
    return (1 / ROOT_PI - squares * _ratio(squares, _OUTER)) / x


def _near(x: Doubles) -> Doubles:
    return x * _ratio(x * x, _INNER)


def _far(x: Doubles) -> Doubles:
    """erfc(|x|) away from 0."""
    size = np.minimum(np.abs(x), 30)
    return _gauss(size, -1) * _scaled(size)


def _erf_flat(x: Doubles) -> Doubles:
    y = _near(np.clip(x, -0.5, 0.5))
    far = np.flatnonzero(np.abs(x) > 0.5)
    if far.size:
        outer = x[far]
        size = np.minimum(np.abs(outer), 6)  # where erfc is below half a unit of 1
        y[far] = np.copysign(1 - np.exp(-size * size) * _ratio(size, _MIDDLE), outer)
    return y


_erf_flat.__name__ = "erf"
_erf_double = in_double(_erf_flat)

# atanh(erf(x)) / x as a polynomial in x * x, minimax for |x| <= 4 with the weight that tanh gives
# an error; from 4 on, erf rounds to 1 in float32, and so does this, as the polynomial grows
COEFFICIENTS = (
    1.128379274141409, 0.10276905716353793, -1.918336526991627e-4, -6.197824019542399e-4,
    8.763654650715308e-5, -5.668358004744829e-6, 1.418460014550164e-7,
)  # fmt: skip


def singles(*numbers: float) -> tuple[Any, ...]:
    """Numbers as arrays without axes, which ufuncs take up twice as fast."""
    return tuple(np.asarray(number, np.float32) for number in numbers)


_SINGLE = singles(*COEFFICIENTS)


def _erf_single(x: Any) -> Any:
    return in_chunks(_erf_chunk, x)


def in_chunks(function: Any, x: Any) -> Any:
    """`function(x, y, scratch)` writes to y for a chunk of float32 numbers that the cache holds."""
    shape, x = x.shape, x.reshape(-1)
    out = np.empty(x.shape, np.float32)
    scratch = np.empty(min(out.size, _CHUNK), np.float32)
    with np.errstate(under="ignore", over="ignore"):
        for start in range(0, out.size, _CHUNK):
            y = out[start : start + _CHUNK]
            function(x[start : start + _CHUNK], y, scratch[: y.size])
    return out.reshape(shape)


def series(u: Any, y: Any, coefficients: tuple[Any, ...]) -> None:
    """Write the polynomial in `u` to `y`."""
    np.multiply(u, coefficients[-1], out=y)
    for c in coefficients[-2:0:-1]:
        y += c
        y *= u
    y += coefficients[0]


def _erf_chunk(x: Any, y: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    series(u, y, _SINGLE)
    y *= x
    np.tanh(y, out=y)


def erf(x: Any) -> Any:
    """The error function: in float32 within 4 units in the last place, as tanh of a polynomial."""
    if x.dtype == np.float32:
        return _erf_single(x)
    if x.dtype == np.float16:
        return _erf_single(x.astype(np.float32)).astype(np.float16)
    return _erf_double(x)


@in_double
def erfc(x: Doubles) -> Doubles:
    """1 - erf(x), without cancellation."""
    return piecewise(
        (x,),
        (np.abs(x) <= 0.46875, lambda x: 1 - _near(x)),
        (x > 0.46875, _far),
        (x < -0.46875, lambda x: 2 - _far(x)),
    )


@in_double
def erfcx(x: Doubles) -> Doubles:
    """exp(x * x) erfc(x)."""
    return piecewise(
        (x,),
        (np.abs(x) <= 0.46875, lambda x: np.exp(x * x) * (1 - _near(x))),
        (x > 0.46875, _scaled),
        (x < -0.46875, lambda x: 2 * _gauss(x, 1) - _scaled(-x)),
    )


@in_double
def ndtr(x: Doubles) -> Doubles:
    """The distribution function of the normal distribution."""
    return piecewise(
        (x,),
        (np.abs(x) <= 0.66, lambda x: 0.5 + 0.5 * _near(x / ROOT_2)),
        (x < -0.66, lambda x: 0.5 * _lower_tail(x)),
        (x > 0.66, lambda x: 1 - 0.5 * _lower_tail(x)),
    )


def _lower_tail(x: Doubles) -> Doubles:
    """erfc(|x| / sqrt(2)), of which the exponential takes x itself."""
    size = np.minimum(np.abs(x), 45)
    high = np.trunc(size * 16) / 16
    gauss = np.exp(-0.5 * high * high) * np.exp(-0.5 * (size - high) * (size + high))
    return gauss * _scaled(size / ROOT_2)


@in_double
def log_ndtr(x: Doubles) -> Doubles:
    """log(ndtr(x)), without underflow."""
    return piecewise(
        (x,),
        (x < -1, lambda x: np.log(0.5 * _scaled(-x / ROOT_2)) - 0.5 * x * x),
        ((x >= -1) & (x <= 0.66), lambda x: np.log(0.5 + 0.5 * _erf_flat(x / ROOT_2))),
        (x > 0.66, lambda x: np.log1p(-0.5 * _lower_tail(x))),
    )


@in_double
def mills(x: Doubles) -> Doubles:
    """The normal density divided by its distribution function."""
    return ROOT_2 / ROOT_PI / erfcx(-x / ROOT_2)


# Wichura's three intervals: |p - 1/2| <= 0.425, tails down to exp(-25), and beyond
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)  # fmt: skip
_TAIL = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
_FAR_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def _central(q: Doubles) -> Doubles:
    """The normal quantile of 1/2 + q, for |q| <= 0.425."""
    return q * _ratio(0.180625 - q * q, _CENTRE)


def _upper(p: Doubles) -> Doubles:
    """The point that a normal number exceeds with the small probability p."""
    r = np.sqrt(-np.log(p))
    y = piecewise(
        (r,),
        (r <= 5, lambda r: _ratio(r - 1.6, _TAIL)),
        ((r > 5) & (r <= 28), lambda r: _ratio(r - 5, _FAR_TAIL)),
    )
    return np.where(p == 0, np.inf, y)


@in_double
def ndtri(p: Doubles) -> Doubles:
    """The inverse of `ndtr`."""
    q = p - 0.5
    return piecewise(
        (p, q),
        (np.abs(q) <= 0.425, lambda p, q: _central(q)),
        ((q < -0.425) & (p >= 0), lambda p, q: -_upper(p)),
        ((q > 0.425) & (p <= 1), lambda p, q: _upper(1 - p)),
    )


@in_double
def erfinv(y: Doubles) -> Doubles:
    """The inverse of `erf`."""
    size = np.abs(y)
    return piecewise(
        (y,),
        (size <= 0.85, lambda y: _central(0.5 * y) / ROOT_2),
        ((size > 0.85) & (size <= 1),
         lambda y: np.copysign(_upper(0.5 * (1 - np.abs(y))) / ROOT_2, y)),
    )  # fmt: skip
