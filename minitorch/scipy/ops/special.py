"""SciPy's special functions, each with its slopes; those that PyTorch has too are in
`minitorch.ops.special`, and stand here under their names.

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
from minitorch.kernels.pieces import COMPLEX
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
    rsqrt,
    sgn,
    sin,
    trunc,
    zeros_of,
)
from minitorch.ops.special import (  # noqa: F401  (SciPy's names of the functions that are there)
    ROOT_2PI,
    ROOT_PI,
    entr,
    erf,
    erfc,
    erfcx,
    erfinv,
    gamma_density,
    gammainc,
    gammaincc,
    gammaln,
    i0,
    i0e,
    i1,
    i1e,
    j0,
    j1,
    k0,
    k0e,
    k1,
    k1e,
    log_ndtr,
    logit,
    mills,
    ndtr,
    ndtri,
    polygamma,
    psi,
    xlog1py,
    xlogy,
    y0,
    y1,
    zeta,
)

ROOT_2 = math.sqrt(2.0)
DEGREE = math.pi / 180


COMPLEX.update(
    erf=special.erf, erfc=special.erfc, erfcx=special.erfcx, ndtr=special.ndtr,
    log_ndtr=special.log_ndtr, digamma=special.psi,
    mills=lambda x: ROOT_2 / ROOT_PI / special.erfcx(-x / ROOT_2),
)  # fmt: skip


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
loggamma = function("loggamma", (lambda x: psi(x),), "the principal branch of log gamma(x)")
rgamma = function("rgamma", (lambda x, y: _rgamma_slope(x, y),), "1 / gamma(x)")
gammasgn = function("gammasgn", (0,), "the sign of gamma(x)")
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


gammaincinv = function(
    "gammaincinv", (None, lambda a, y: 1 / gamma_density(a, y)),
    "the x at which gammainc(a, x) is p", ("a", "p"),
)  # fmt: skip
gammainccinv = function(
    "gammainccinv", (None, lambda a, y: -1 / gamma_density(a, y)),
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

erfi = function("erfi", (lambda x: 2 / ROOT_PI * exp(x * x),), "-i erf(i x)")
erfcinv = function("erfcinv", (lambda y: -ROOT_PI / 2 * exp(y * y),), "the inverse of erfc")
dawsn = function("dawsn", (lambda x, y: 1 - 2 * x * y,), "Dawson's integral")
ndtri_exp = function("ndtri_exp", (lambda y: 1 / mills(y),), "the inverse of log_ndtr")
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
rel_entr = function(
    "rel_entr", (lambda x, b: log(x / b) + 1, lambda x, b: -x / b), "x log(x / b)", ("x", "b")
)
kl_div = function(
    "kl_div", (lambda x, b: log(x / b), lambda x, b: 1 - x / b), "x log(x / b) - x + b", ("x", "b")
)


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

jv = function(
    "jv", (None, lambda v, x: 0.5 * (jv(v - 1, x) - jv(v + 1, x))), "the same, of order v", ORDER
)
yn = function(
    "yn", (None, lambda v, x: 0.5 * (yn(trunc(v) - 1, x) - yn(trunc(v) + 1, x))),
    "the same, of whole order v", ORDER,
)  # fmt: skip
yv = function(
    "yv", (None, lambda v, x: 0.5 * (yv(v - 1, x) - yv(v + 1, x))), "the same, of order v", ORDER
)
iv = function(
    "iv", (None, lambda v, x: 0.5 * (iv(v - 1, x) + iv(v + 1, x))), "the same, of order v", ORDER
)
ive = function(
    "ive", (None, lambda v, x, y: 0.5 * (ive(v - 1, x) + ive(v + 1, x)) - sgn(x) * y),
    "exp(-|x|) iv(v, x)", ORDER,
)  # fmt: skip
kn = function(
    "kn", (None, lambda v, x: -0.5 * (kv(trunc(v) - 1, x) + kv(trunc(v) + 1, x))),
    "the same, of whole order v", ORDER,
)  # fmt: skip
kv = function(
    "kv", (None, lambda v, x: -0.5 * (kv(v - 1, x) + kv(v + 1, x))), "the same, of order v", ORDER
)
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
