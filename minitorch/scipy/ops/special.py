"""SciPy's special functions, each with its slopes.

An argument whose slope is None has no derivative in closed form: to ask for it is an error that
names the function and the argument. Formulas are those of the NIST Handbook of Mathematical
Functions (Olver et al., 2010).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from minitorch.engine.primitive import Primitive
from minitorch.ops.elementwise import (
    LN10,
    Slope,
    absolute,
    at_least,
    at_most,
    cos,
    elementwise,
    exp,
    log,
    log1p,
    power,
    reaches,
    rsqrt,
    sgn,
    sin,
    trunc,
    zeros_of,
)

ROOT_PI, ROOT_2, ROOT_2PI = math.sqrt(math.pi), math.sqrt(2.0), math.sqrt(2.0 * math.pi)
DEGREE = math.pi / 180


def _in_dtype(run: Callable[..., Any]) -> Callable[..., Any]:
    """`run` with results in the dtype of its last argument: SciPy computes float16 in float32."""

    def kept(*arrays: Any) -> Any:
        y, dtype = run(*arrays), arrays[-1].dtype
        return y if y.dtype == dtype else y.astype(dtype)

    return kept


def function(
    name: str, slopes: Sequence[Slope], doc: str, names: Sequence[str] = ("x",)
) -> Primitive:
    """Declare the function of this name of `scipy.special`."""
    run = _in_dtype(getattr(special, name))
    return elementwise(name, run, slopes, names=names, arrays=len(slopes), doc=doc)


# the gamma function

gamma = function("gamma", (lambda x, y: y * psi(x),), "the gamma function")
gammaln = function("gammaln", (lambda x: psi(x),), "log |gamma(x)|")
loggamma = function("loggamma", (lambda x: psi(x),), "the principal branch of log gamma(x)")
rgamma = function("rgamma", (lambda x, y: _rgamma_slope(x, y),), "1 / gamma(x)")
gammasgn = function("gammasgn", (0,), "the sign of gamma(x)")
psi = function("psi", (lambda x: polygamma(1, x),), "the digamma function: the slope of gammaln")
polygamma = function(
    "polygamma", (None, lambda n, x: polygamma(n + 1, x)), "the n-th derivative of psi", ("n", "x")
)
poles = elementwise(
    "poles", lambda x: ((x <= 0) & (x == np.floor(x))).astype(x.dtype), (0,), names=("x",),
    doc="1 at the poles of gamma, 0, -1, -2, …; else 0",
)  # fmt: skip


def _rgamma_slope(x: Any, y: Any) -> Any:
    """The slope of 1 / gamma, which at the pole -n of gamma is (-1)**n n!."""
    pole = poles(x)
    here = pole * cos(math.pi * x) * gamma(1 - pole * x)
    return here - psi(x + pole * (1 - x)) * y


poch = function(
    "poch", (lambda a, x, y: y * (psi(a + x) - psi(a)), lambda a, x, y: y * psi(a + x)),
    "gamma(a + x) / gamma(a)", ("a", "x"),
)  # fmt: skip
binom = function(
    "binom",
    (
        lambda n, k, y: y * (psi(n + 1) - psi(n - k + 1)),
        lambda n, k, y: y * (psi(n - k + 1) - psi(k + 1)),
    ),
    "the binomial coefficient", ("n", "k"),
)  # fmt: skip
zeta = function(
    "zeta", (None, lambda x, q: -x * zeta(x + 1, q)), "the sum of (k + q) ** -x over k >= 0",
    ("x", "q"),
)  # fmt: skip


def _gamma_density(a: Any, x: Any) -> Any:
    return exp(xlogy(a - 1, x) - x - gammaln(a))


gammainc = function(
    "gammainc", (None, lambda a, x: _gamma_density(a, x)),
    "the regularized lower incomplete gamma function", ("a", "x"),
)  # fmt: skip
gammaincc = function(
    "gammaincc", (None, lambda a, x: -_gamma_density(a, x)),
    "the regularized upper incomplete gamma function", ("a", "x"),
)  # fmt: skip
gammaincinv = function(
    "gammaincinv", (None, lambda a, y: 1 / _gamma_density(a, y)),
    "the x at which gammainc(a, x) is p", ("a", "p"),
)  # fmt: skip
gammainccinv = function(
    "gammainccinv", (None, lambda a, y: -1 / _gamma_density(a, y)),
    "the x at which gammaincc(a, x) is p", ("a", "p"),
)  # fmt: skip

# the beta function

beta = function(
    "beta", (lambda a, b, y: y * (psi(a) - psi(a + b)), lambda a, b, y: y * (psi(b) - psi(a + b))),
    "gamma(a) gamma(b) / gamma(a + b)", ("a", "b"),
)  # fmt: skip
betaln = function(
    "betaln", (lambda a, b: psi(a) - psi(a + b), lambda a, b: psi(b) - psi(a + b)),
    "log |beta(a, b)|", ("a", "b"),
)  # fmt: skip


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    return exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))


betainc = function(
    "betainc", (None, None, lambda a, b, x: _beta_density(a, b, x)),
    "the regularized incomplete beta function", ("a", "b", "x"),
)  # fmt: skip
betaincc = function(
    "betaincc", (None, None, lambda a, b, x: -_beta_density(a, b, x)),
    "1 - betainc(a, b, x)", ("a", "b", "x"),
)  # fmt: skip
betaincinv = function(
    "betaincinv", (None, None, lambda a, b, y: 1 / _beta_density(a, b, y)),
    "the x at which betainc(a, b, x) is p", ("a", "b", "p"),
)  # fmt: skip
betainccinv = function(
    "betainccinv", (None, None, lambda a, b, y: -1 / _beta_density(a, b, y)),
    "the x at which betaincc(a, b, x) is p", ("a", "b", "p"),
)  # fmt: skip

# the error function and the normal distribution

erf = function("erf", (lambda x: 2 / ROOT_PI * exp(-x * x),), "the error function")
erfc = function("erfc", (lambda x: -2 / ROOT_PI * exp(-x * x),), "1 - erf(x)")
erfcx = function("erfcx", (lambda x, y: 2 * (x * y - 1 / ROOT_PI),), "exp(x ** 2) erfc(x)")
erfi = function("erfi", (lambda x: 2 / ROOT_PI * exp(x * x),), "-i erf(i x)")
erfinv = function("erfinv", (lambda y: ROOT_PI / 2 * exp(y * y),), "the inverse of erf")
erfcinv = function("erfcinv", (lambda y: -ROOT_PI / 2 * exp(y * y),), "the inverse of erfc")
dawsn = function("dawsn", (lambda x, y: 1 - 2 * x * y,), "Dawson's integral")
ndtr = function(
    "ndtr", (lambda x: exp(-0.5 * x * x) / ROOT_2PI,), "the normal distribution function"
)
ndtri = function("ndtri", (lambda y: exp(0.5 * y * y) * ROOT_2PI,), "the inverse of ndtr")
log_ndtr = function("log_ndtr", (lambda x: mills(x),), "log(ndtr(x)), exact for negative x")
ndtri_exp = function("ndtri_exp", (lambda y: 1 / mills(y),), "the inverse of log_ndtr")
mills = elementwise(
    "mills", _in_dtype(lambda x: ROOT_2 / ROOT_PI / special.erfcx(-x / ROOT_2)),
    (lambda x, y: -y * (x + y),), names=("x",),
    doc="the normal density divided by its distribution function: the slope of log_ndtr",
)  # fmt: skip
stdtr = function(
    "stdtr", (None, lambda df, t: _student_density(df, t)),
    "the distribution function of Student's t", ("df", "t"),
)  # fmt: skip
stdtrit = function(
    "stdtrit", (None, lambda df, y: 1 / _student_density(df, y)),
    "the t at which stdtr(df, t) is p", ("df", "p"),
)  # fmt: skip
owens_t = function(
    "owens_t",
    (
        lambda h, a: erf(a * h / ROOT_2) * exp(-0.5 * h * h) / (-2 * ROOT_2PI),
        lambda h, a: exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a)),
    ),
    "Owen's T function", ("h", "a"),
)  # fmt: skip


def _student_density(df: Any, t: Any) -> Any:
    half = 0.5 * (df + 1)
    return exp(gammaln(half) - gammaln(0.5 * df) - half * log1p(t * t / df)) * rsqrt(math.pi * df)


# the logistic function and entropies

expit = function("expit", (lambda x: expit(x) * expit(-x),), "1 / (1 + exp(-x))")
log_expit = function("log_expit", (lambda x: expit(-x),), "log(expit(x))")
logit = function("logit", (lambda x: 1 / (x * (1 - x)),), "the inverse of expit")
entr = function("entr", (lambda x: -log(x) - 1,), "-x log(x)")
rel_entr = function(
    "rel_entr", (lambda x, b: log(x / b) + 1, lambda x, b: -x / b), "x log(x / b)", ("x", "b")
)
kl_div = function(
    "kl_div", (lambda x, b: log(x / b), lambda x, b: 1 - x / b), "x log(x / b) - x + b", ("x", "b")
)


def _idle(a: Any, b: Any) -> Any:
    """1 where a is 0 and b at most that, else 0: there a log(b) is taken as 0, whatever b."""
    return zeros_of(a) * reaches(a, b)


xlogy = function(
    "xlogy",
    (
        lambda a, b: log(b + _idle(a, b) * (1 - b)),
        lambda a, b: a / (b + zeros_of(a) * zeros_of(b)),
    ),
    "a log(b), and 0 where a is 0", ("a", "b"),
)  # fmt: skip
xlog1py = function(
    "xlog1py",
    (
        lambda a, b: log1p(b - _idle(a, b + 1) * b),
        lambda a, b: a / (b + 1 + zeros_of(a) * zeros_of(b + 1)),
    ),
    "a log(1 + b), and 0 where a is 0", ("a", "b"),
)  # fmt: skip
huber = function(
    "huber",
    (
        lambda delta, r: at_least(absolute(r) - delta, zeros_of(delta) * delta),
        lambda delta, r: at_least(at_most(r, delta), -delta),
    ),
    "r ** 2 / 2 where |r| <= delta, else delta (|r| - delta / 2)", ("delta", "r"),
)  # fmt: skip
pseudo_huber = function(
    "pseudo_huber",
    (
        lambda delta, r, y: (2 * y - r * r * rsqrt(1 + (r / delta) * (r / delta))) / delta,
        lambda delta, r: r * rsqrt(1 + (r / delta) * (r / delta)),
    ),
    "delta ** 2 (sqrt(1 + (r / delta) ** 2) - 1)", ("delta", "r"),
)  # fmt: skip

# Bessel functions

ORDER = ("v", "x")

j0 = function("j0", (lambda x: -j1(x),), "the Bessel function of the first kind, of order 0")
j1 = function("j1", (lambda x: 0.5 * (j0(x) - jv(2, x)),), "the same, of order 1")
jv = function(
    "jv", (None, lambda v, x: 0.5 * (jv(v - 1, x) - jv(v + 1, x))), "the same, of order v", ORDER
)
y0 = function("y0", (lambda x: -y1(x),), "the Bessel function of the second kind, of order 0")
y1 = function("y1", (lambda x: 0.5 * (y0(x) - yn(2, x)),), "the same, of order 1")
yn = function(
    "yn", (None, lambda v, x: 0.5 * (yn(trunc(v) - 1, x) - yn(trunc(v) + 1, x))),
    "the same, of whole order v", ORDER,
)  # fmt: skip
yv = function(
    "yv", (None, lambda v, x: 0.5 * (yv(v - 1, x) - yv(v + 1, x))), "the same, of order v", ORDER
)
i0 = function(
    "i0", (lambda x: i1(x),), "the modified Bessel function of the first kind, of order 0"
)
i1 = function("i1", (lambda x: 0.5 * (i0(x) + iv(2, x)),), "the same, of order 1")
iv = function(
    "iv", (None, lambda v, x: 0.5 * (iv(v - 1, x) + iv(v + 1, x))), "the same, of order v", ORDER
)
i0e = function("i0e", (lambda x, y: i1e(x) - sgn(x) * y,), "exp(-|x|) i0(x)")
i1e = function("i1e", (lambda x, y: 0.5 * (i0e(x) + ive(2, x)) - sgn(x) * y,), "exp(-|x|) i1(x)")
ive = function(
    "ive", (None, lambda v, x, y: 0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sgn(x) * y),
    "exp(-|x|) iv(v, x)", ORDER,
)  # fmt: skip
k0 = function(
    "k0", (lambda x: -k1(x),), "the modified Bessel function of the second kind, of order 0"
)
k1 = function("k1", (lambda x: -0.5 * (k0(x) + kv(2, x)),), "the same, of order 1")
kn = function(
    "kn", (None, lambda v, x: -0.5 * (kv(trunc(v) - 1, x) + kv(trunc(v) + 1, x))),
    "the same, of whole order v", ORDER,
)  # fmt: skip
kv = function(
    "kv", (None, lambda v, x: -0.5 * (kv(v - 1, x) + kv(v + 1, x))), "the same, of order v", ORDER
)
k0e = function("k0e", (lambda x, y: y - k1e(x),), "exp(x) k0(x)")
k1e = function("k1e", (lambda x, y: y - 0.5 * (k0e(x) + kve(2, x)),), "exp(x) k1(x)")
kve = function(
    "kve", (None, lambda v, x, y: y - 0.5 * (kve(v - 1, x) + kve(v + 1, x))), "exp(x) kv(v, x)",
    ORDER,
)  # fmt: skip

# integrals and hypergeometric functions

expi = function("expi", (lambda x: exp(x) / x,), "the integral of exp(t) / t up to x")
exp1 = function("exp1", (lambda x: -exp(-x) / x,), "the integral of exp(-t) / t from x")


def _expn_slope(n: Any, x: Any) -> Any:
    """-expn(n - 1, x), which SciPy does not have for n = 0."""
    whole = trunc(n)
    first = zeros_of(whole)
    return (first - 1) * expn(whole - 1 + first, x) - first * exp(-x) * (1 + 1 / x) / x


expn = function(
    "expn", (None, _expn_slope), "the integral of exp(-x t) / t ** n from t = 1", ("n", "x")
)
spence = function(
    "spence", (lambda x: (log(x) - zeros_of(x - 1)) / (1 - x + zeros_of(x - 1)),),
    "the integral of log(t) / (1 - t) from 1 to x",
)  # fmt: skip
hyp0f1 = function(
    "hyp0f1", (None, lambda v, x: hyp0f1(v + 1, x) / v), "the confluent limit function 0F1", ORDER
)
hyp1f1 = function(
    "hyp1f1", (None, None, lambda a, b, x: hyp1f1(a + 1, b + 1, x) * (a / b)),
    "the confluent hypergeometric function 1F1", ("a", "b", "x"),
)  # fmt: skip
hyp2f1 = function(
    "hyp2f1", (None, None, None, lambda a, b, c, x: hyp2f1(a + 1, b + 1, c + 1, x) * (a * b / c)),
    "Gauss's hypergeometric function", ("a", "b", "c", "x"),
)  # fmt: skip
hyperu = function(
    "hyperu", (None, None, lambda a, b, x: -a * hyperu(a + 1, b + 1, x)),
    "the confluent hypergeometric function U", ("a", "b", "x"),
)  # fmt: skip

# powers, logarithms, angles in degrees

exp10 = function("exp10", (lambda y: y * LN10,), "10 ** x")
cosm1 = function("cosm1", (lambda x: -sin(x),), "cos(x) - 1, exact near 0")
sindg = function("sindg", (lambda x: cosdg(x) * DEGREE,), "the sine of x degrees")
cosdg = function("cosdg", (lambda x: sindg(x) * -DEGREE,), "the cosine of x degrees")
tandg = function("tandg", (lambda y: (y * y + 1) * DEGREE,), "the tangent of x degrees")
cotdg = function("cotdg", (lambda y: (y * y + 1) * -DEGREE,), "the cotangent of x degrees")
boxcox = function(
    "boxcox",
    (lambda x, lmbda: power(x, lmbda - 1), lambda x, lmbda, y: _boxcox_slope(x, lmbda, y)),
    "(x ** lmbda - 1) / lmbda, and log(x) where lmbda is 0", ("x", "lmbda"),
)  # fmt: skip
inv_boxcox = function(
    "inv_boxcox",
    (
        lambda y, lmbda: power(y, 1 - lmbda),
        lambda x, lmbda, y: -power(y, 1 - lmbda) * _boxcox_slope(y, lmbda, x),
    ),
    "the inverse of boxcox in x", ("x", "lmbda"),
)  # fmt: skip


def _boxcox_slope(x: Any, lmbda: Any, y: Any) -> Any:
    """The slope of y = boxcox(x, lmbda) in lmbda; where that is 0, log(x) ** 2 / 2."""
    zero, logarithm = zeros_of(lmbda), log(x)
    slope = ((1 + lmbda * y) * logarithm - y) / (lmbda + zero)
    return slope + 0.5 * zero * logarithm * logarithm
