"""The gamma function's logarithm, its derivatives, the zeta function, the incomplete gammas.

Methods: Euler and Maclaurin's summation for zeta; Taylor series about 2 and Stirling's series for
log gamma; for the incomplete gammas the series and the continued fraction, and between them the
uniform expansion of N. M. Temme, "The asymptotic expansion of the incomplete gamma functions"
(1979), whose coefficients are computed as in the NIST Handbook of Mathematical Functions, 8.12.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from minitorch.kernels.error import erfc
from minitorch.kernels.pieces import Doubles, in_double, piecewise, polynomial

# Bernoulli's numbers B_2, B_4, …
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
             43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730)  # fmt: skip
EULER = 0.57721566490153286061
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_SHIFT = 10  # from here on the asymptotic series are exact to the last bit


# zeta


def _zeta_positive(s: Doubles, q: Doubles) -> Doubles:
    """The sum of (k + q) ** -s over k >= 0, for s > 1 and q > 0."""
    total = np.zeros_like(q)
    for k in range(_SHIFT):
        total += (q + k) ** -s
    w = q + _SHIFT
    term = w**-s
    total += w ** (1 - s) / (s - 1) + 0.5 * term
    factor, squares = term * s / w, w * w
    for j, bernoulli in enumerate(BERNOULLI):
        step = factor * (bernoulli / math.factorial(2 * j + 2))
        total += np.where(np.isfinite(step), step, 0)
        factor = factor * ((s + (2 * j + 1)) * (s + (2 * j + 2)) / squares)
    return np.where(np.isinf(q), 0, total)


def _zeta_negative(s: Doubles, q: Doubles) -> Doubles:
    """The same for q < 0 and whole s: the sum over all integers but for those below."""
    fraction = q - np.rint(q)
    parity = np.where(s % 2 == 0, 1.0, -1.0)
    over_all = (
        np.copysign(np.abs(fraction) ** -s, np.where(parity > 0, 1.0, fraction))
        + _zeta_positive(s, 1 + fraction)
        + parity * _zeta_positive(s, 1 - fraction)
    )
    return over_all - parity * _zeta_positive(s, 1 - q)


@in_double
def zeta(s: Doubles, q: Doubles) -> Doubles:
    """Hurwitz's zeta function; NaN for s < 1, and for q < 0 unless s is whole."""
    return _zeta(s, q)


def _zeta(s: Doubles, q: Doubles) -> Doubles:
    pole = (q <= 0) & (q == np.floor(q)) & np.isfinite(q)
    return piecewise(
        (s, q),
        ((s > 1) & (q > 0), _zeta_positive),
        ((s > 1) & (q < 0) & (q != np.floor(q)) & (s == np.floor(s)), _zeta_negative),
        ((s == 1) | ((s > 1) & pole), lambda s, q: np.full_like(q, np.inf)),
    )


# log gamma

# log gamma(2 + z) = z (1 - EULER) + the sum of (-z) ** k (zeta(k) - 1) / k
_POWERS = np.arange(2.0, 31.0)
_ABOUT_2 = (
    0.0,
    1 - EULER,
    *((-1) ** _POWERS * _zeta_positive(_POWERS, np.full(29, 2.0)) / _POWERS).tolist(),
)


def _gammaln_one_plus(z: Doubles) -> Doubles:
    """log gamma(1 + z) for |z| <= 1/2."""
    return polynomial(z, _ABOUT_2) - np.log1p(z)


def _gammaln_middle(x: Doubles) -> Doubles:
    """For 3/2 <= x < 10.5: steps of 1 towards 2, and the series there."""
    z, factor = x - 2, np.ones_like(x)
    while (far := z >= 0.5).any():
        factor = np.where(far, factor * (z + 1), factor)
        z = z - far
    return np.log(factor) + polynomial(z, _ABOUT_2)


def _stirling_rest(x: Doubles) -> Doubles:
    """log gamma(x) - ((x - 1/2) log(x) - x + log(2 pi) / 2), for x >= 10."""
    terms = [b / ((2 * j + 1) * (2 * j + 2)) for j, b in enumerate(BERNOULLI)]
    inverse = 1 / x
    return inverse * polynomial(inverse * inverse, terms)


def _gammaln_large(x: Doubles) -> Doubles:
    logarithm = np.log(x)
    y = x * (logarithm - 1) - 0.5 * logarithm + HALF_LOG_2PI + _stirling_rest(x)
    return np.where(np.isinf(x), np.inf, y)


def _gammaln_reflected(x: Doubles) -> Doubles:
    sine = np.where(np.isinf(x), 0, np.abs(np.sin(np.pi * (x - np.rint(x)))))
    y = math.log(math.pi) - np.log(-x * sine) - _gammaln(-x)
    return np.where(sine == 0, np.inf, y)


def _gammaln(x: Doubles) -> Doubles:
    return piecewise(
        (x,),
        (np.abs(x) < 0.5, lambda x: _gammaln_one_plus(x) - np.log(np.abs(x))),
        ((x >= 0.5) & (x < 1.5), lambda x: _gammaln_one_plus(x - 1)),
        ((x >= 1.5) & (x < 10.5), _gammaln_middle),
        (x >= 10.5, _gammaln_large),
        (x <= -0.5, _gammaln_reflected),
    )


gammaln = in_double(_gammaln)

# the derivatives of log gamma

_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17  # of digamma, in two parts
_ORDERS = np.arange(2.0, 26.0)
_ABOUT_ROOT = (0.0, *((-1) ** _ORDERS * _zeta_positive(_ORDERS, np.full(24, _ROOT))).tolist())


def _digamma_positive(x: Doubles) -> Doubles:
    y, x = np.zeros_like(x), x.copy()
    while (small := x < _SHIFT).any():
        y -= np.where(small, 1 / x, 0)
        x += small
    inverse = 1 / x
    terms = [0.0, *(-b / (2 * j + 2) for j, b in enumerate(BERNOULLI))]
    return y + (np.log(x) - 0.5 * inverse + polynomial(inverse * inverse, terms))


def _digamma_reflected(x: Doubles) -> Doubles:
    fraction = x - np.rint(x)
    y = _digamma_positive(1 - x) - np.pi / np.tan(np.pi * fraction)
    return np.where((fraction == 0) | np.isinf(x), np.nan, y)


@in_double
def digamma(x: Doubles) -> Doubles:
    """The slope of `gammaln`; at 0 the infinity of the other sign."""
    near = np.abs(x - _ROOT) < 0.25
    return piecewise(
        (x,),
        (near, lambda x: polynomial((x - _ROOT) - _ROOT_REST, _ABOUT_ROOT)),
        ((x > 0) & ~near, _digamma_positive),
        (x < 0, _digamma_reflected),
        (x == 0, lambda x: np.copysign(np.inf, -x)),
    )


_FACTORIALS = np.array([math.factorial(n) for n in range(171)] + [math.inf])


@in_double
def polygamma(n: Doubles, x: Doubles) -> Doubles:
    """The n-th derivative of digamma, for whole n >= 0."""
    return piecewise((n, x), (n == 0, lambda n, x: digamma(x)), (n > 0, _polygamma))


def _polygamma(n: Doubles, x: Doubles) -> Doubles:
    factor = _FACTORIALS[np.minimum(n, 171).astype(int)]
    return np.where(n % 2 == 0, -factor, factor) * _zeta(n + 1, x)


# the incomplete gamma functions


@in_double
def gammainc(a: Doubles, x: Doubles) -> Doubles:
    """The regularized lower incomplete gamma function, for a >= 0 and x >= 0."""
    return _incomplete(a, x, lower=True)


@in_double
def gammaincc(a: Doubles, x: Doubles) -> Doubles:
    """The regularized upper incomplete gamma function, for a >= 0 and x >= 0."""
    return _incomplete(a, x, lower=False)


def _incomplete(a: Doubles, x: Doubles, lower: bool) -> Doubles:
    def side(is_lower: bool, values: Any) -> Any:
        return values if is_lower == lower else 1 - values

    inside = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    uniform = inside & (a > 20) & (np.abs(x - a) < 0.3 * a)
    most = np.where(x <= 0.5, -0.4 / np.log(np.minimum(x, 0.5)), 1.1 * x)
    tiny = inside & ~uniform & (x <= 1.1) & (a <= most)  # there x ** a is not small
    series = inside & ~uniform & ~tiny & (x < a + 1)
    fraction = inside & ~(uniform | tiny | series)
    zero = ((x == 0) & (a > 0)) | (np.isinf(a) & (a > 0) & (x >= 0) & np.isfinite(x))
    one = ((a == 0) & (x > 0)) | (np.isinf(x) & (x > 0) & (a > 0) & np.isfinite(a))
    return piecewise(
        (a, x),
        (uniform, lambda a, x: _uniform(a, x, -1 if lower else 1)),
        (tiny, lambda a, x: side(False, _upper_tiny(a, x))),
        (series, lambda a, x: side(True, _lower_series(a, x))),
        (fraction, lambda a, x: side(False, _upper_fraction(a, x))),
        (zero, lambda a, x: side(True, np.zeros_like(x))),
        (one, lambda a, x: side(True, np.ones_like(x))),
    )


def _density(a: Doubles, x: Doubles) -> Doubles:
    """x ** a exp(-x) / gamma(a + 1), by the method of C. Loader (2000) where a is large."""
    return piecewise(
        (a, x),
        (a < 10, lambda a, x: np.exp(a * np.log(x) - x - _gammaln(a + 1))),
        (a >= 10, _density_large),
    )


def _density_large(a: Doubles, x: Doubles) -> Doubles:
    exponent = a * _deviation(a, x) + _stirling_rest(a)
    return np.exp(-exponent) / np.sqrt(2 * np.pi * a)


def _deviation(a: Doubles, x: Doubles) -> Doubles:
    """m - log(1 + m) of m = x / a - 1, without cancellation near 0."""
    m = (x - a) / a
    return piecewise(
        (m, x / a),
        (np.abs(m) < 0.5, lambda m, ratio: _deviation_small(m)),
        (np.abs(m) >= 0.5, lambda m, ratio: m - np.log(ratio)),
    )


def _deviation_small(m: Doubles) -> Doubles:
    v = m / (2 + m)
    odd = [0.0, *(2 / (2 * k + 1) for k in range(1, 19))]
    return v * (m - polynomial(v * v, odd))


def _lower_series(a: Doubles, x: Doubles) -> Doubles:
    total, term, n = np.ones_like(x), np.ones_like(x), 0
    while (term > 1e-17 * total).any() and n < 2000:
        n += 1
        term = term * (x / (a + n))
        total += term
    return total * _density(a, x)


def _upper_fraction(a: Doubles, x: Doubles) -> Doubles:
    """Legendre's continued fraction, by Lentz's algorithm."""
    b = x + 1 - a
    c, d = np.full_like(x, 1e300), 1 / b
    h = d.copy()
    for i in range(1, 2000):
        factor = i * (a - i)
        b = b + 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        h *= c * d
        if not (np.abs(c * d - 1) > 1e-16).any():
            break
    return h * a * _density(a, x)


def _upper_tiny(a: Doubles, x: Doubles) -> Doubles:
    """For small a and x, where 1 minus the series would cancel."""
    total, term = np.zeros_like(x), np.ones_like(x)
    for n in range(1, 25):
        term = term * (-x / n)
        total += term / (a + n)
    rising = piecewise((a,), (a <= 0.5, _gammaln_one_plus), (a > 0.5, lambda a: _gammaln(a + 1)))
    exponent = a * np.log(x) - rising
    return -np.expm1(exponent) - np.exp(exponent) * a * total


def _uniform(a: Doubles, x: Doubles, side: int) -> Doubles:
    """Temme's expansion in 1 / a, for x near a; side is -1 for the lower function, else 1."""
    half_square = _deviation(a, x)
    eta = np.copysign(np.sqrt(2 * half_square), x - a)
    total, power = np.zeros_like(x), np.ones_like(x)
    for row in _temme():
        total += polynomial(eta, row) * power
        power = power / a
    rest = total * np.exp(-a * half_square) / np.sqrt(2 * np.pi * a)
    return 0.5 * erfc(side * eta * np.sqrt(a / 2)) + side * rest


@cache
def _temme(size: int = 25) -> list[list[float]]:
    """The coefficients d_kn of NIST 8.12.12, by exact fractions."""
    from fractions import Fraction  # here, since it takes long to import and is rarely needed

    orders = 3 * size + 4
    alpha = [Fraction(0), Fraction(1)]
    for n in range(2, orders):
        below = sum(j * alpha[j] * alpha[n - j + 1] for j in range(2, n))
        alpha.append((alpha[n - 1] - below) / (n + 1))
    row = [Fraction(-1, 3)] + [(n + 2) * alpha[n + 2] for n in range(1, orders - 2)]
    first, rows, rising = row, [row], Fraction(1)
    for k in range(1, size):
        rising *= Fraction(2 * k - 1, 2)  # 1/2 · 3/2 · … with k factors
        gamma = 2**k * rising * (2 * k + 1) * alpha[2 * k + 1]
        row = [(-1) ** k * gamma * first[n] + (n + 2) * row[n + 2] for n in range(len(row) - 2)]
        rows.append(row)
    return [[float(c) for c in row[:size]] for row in rows]
