"""Continuous distributions: their standard densities and distribution functions.

They are written with `log`-exact functions, so that tails keep their precision: the survival
function of a normal at 40 is no rounding error of 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.scipy import special as sp
from minitorch.scipy.stats.distribution import Distribution

HALF_LOG_2PI, LOG_PI, LOG_2 = 0.5 * math.log(2 * math.pi), math.log(math.pi), math.log(2.0)


def positive(*shapes: Any) -> Any:
    """Whether all shape parameters are above 0."""
    result = shapes[0] > 0
    for shape in shapes[1:]:
        result = result & (shape > 0)
    return result


norm = Distribution(
    "norm",
    logpdf=lambda z: -0.5 * z * z - HALF_LOG_2PI,
    cdf=lambda z: sp.ndtr(z),
    sf=lambda z: sp.ndtr(-z),
    logcdf=lambda z: sp.log_ndtr(z),
    logsf=lambda z: sp.log_ndtr(-z),
    ppf=lambda q: sp.ndtri(q),
    isf=lambda q: -sp.ndtri(q),
)

lognorm = Distribution(
    "lognorm", valid=positive, low=0.0, inner=1.0, open_low=True,
    logpdf=lambda z, s: -0.5 * np.square(np.log(z) / s) - np.log(s * z) - HALF_LOG_2PI,
    cdf=lambda z, s: sp.ndtr(np.log(z) / s),
    sf=lambda z, s: sp.ndtr(-np.log(z) / s),
    logcdf=lambda z, s: sp.log_ndtr(np.log(z) / s),
    logsf=lambda z, s: sp.log_ndtr(-np.log(z) / s),
    ppf=lambda q, s: np.exp(s * sp.ndtri(q)),
    isf=lambda q, s: np.exp(-s * sp.ndtri(q)),
)  # fmt: skip

t = Distribution(
    "t", valid=positive,
    logpdf=lambda z, df: sp.gammaln(0.5 * (df + 1)) - sp.gammaln(0.5 * df)
    - 0.5 * np.log(math.pi * df) - 0.5 * (df + 1) * np.log1p(z * z / df),
    cdf=lambda z, df: sp.stdtr(df, z),
    sf=lambda z, df: sp.stdtr(df, -z),
    ppf=lambda q, df: sp.stdtrit(df, q),
    isf=lambda q, df: -sp.stdtrit(df, q),
)  # fmt: skip

cauchy = Distribution(
    "cauchy",
    logpdf=lambda z: -LOG_PI - np.log1p(z * z),
    cdf=lambda z: np.arctan2(1.0, -z) / math.pi,
    sf=lambda z: np.arctan2(1.0, z) / math.pi,
    ppf=lambda q: np.tan(math.pi * (q - 0.5)),
    isf=lambda q: -np.tan(math.pi * (q - 0.5)),
)

logistic = Distribution(
    "logistic",
    logpdf=lambda z: sp.log_expit(z) + sp.log_expit(-z),
    cdf=lambda z: sp.expit(z),
    sf=lambda z: sp.expit(-z),
    logcdf=lambda z: sp.log_expit(z),
    logsf=lambda z: sp.log_expit(-z),
    ppf=lambda q: sp.logit(q),
    isf=lambda q: -sp.logit(q),
)


def _laplace_quantile(q: Any) -> Any:
    low = q < 0.5
    size = np.log(2 * np.where(low, q, 1 - q))
    return np.where(low, size, -size)


laplace = Distribution(
    "laplace",
    logpdf=lambda z: -np.abs(z) - LOG_2,
    cdf=lambda z: np.where(z < 0, 0.5 * np.exp(-np.abs(z)), 1 - 0.5 * np.exp(-np.abs(z))),
    sf=lambda z: np.where(z > 0, 0.5 * np.exp(-np.abs(z)), 1 - 0.5 * np.exp(-np.abs(z))),
    ppf=_laplace_quantile,
    isf=lambda q: -_laplace_quantile(q),
)

uniform = Distribution(
    "uniform", low=0.0, high=1.0,
    logpdf=lambda z: z * 0,
    cdf=lambda z: z,
    sf=lambda z: 1 - z,
    ppf=lambda q: q,
    isf=lambda q: 1 - q,
)  # fmt: skip

expon = Distribution(
    "expon", low=0.0,
    logpdf=lambda z: -z,
    cdf=lambda z: -np.expm1(-z),
    sf=lambda z: np.exp(-z),
    logsf=lambda z: -z,
    ppf=lambda q: -np.log1p(-q),
    isf=lambda q: -np.log(q),
)  # fmt: skip

weibull_min = Distribution(
    "weibull_min", valid=positive, low=0.0,
    logpdf=lambda z, c: np.log(c) + sp.xlogy(c - 1, z) - np.power(z, c),
    cdf=lambda z, c: -np.expm1(-np.power(z, c)),
    sf=lambda z, c: np.exp(-np.power(z, c)),
    logsf=lambda z, c: -np.power(z, c),
    ppf=lambda q, c: np.power(-np.log1p(-q), 1 / c),
    isf=lambda q, c: np.power(-np.log(q), 1 / c),
)  # fmt: skip

pareto = Distribution(
    "pareto", valid=positive, low=1.0, inner=2.0,
    logpdf=lambda z, b: np.log(b) - (b + 1) * np.log(z),
    cdf=lambda z, b: -np.expm1(-b * np.log(z)),
    sf=lambda z, b: np.power(z, -b),
    logsf=lambda z, b: -b * np.log(z),
    ppf=lambda q, b: np.power(1 - q, -1 / b),
    isf=lambda q, b: np.power(q, -1 / b),
)  # fmt: skip

gamma = Distribution(
    "gamma", valid=positive, low=0.0,
    logpdf=lambda z, a: sp.xlogy(a - 1, z) - z - sp.gammaln(a),
    cdf=lambda z, a: sp.gammainc(a, z),
    sf=lambda z, a: sp.gammaincc(a, z),
    ppf=lambda q, a: sp.gammaincinv(a, q),
    isf=lambda q, a: sp.gammainccinv(a, q),
)  # fmt: skip

invgamma = Distribution(
    "invgamma", valid=positive, low=0.0, open_low=True,
    logpdf=lambda z, a: -(a + 1) * np.log(z) - sp.gammaln(a) - 1 / z,
    cdf=lambda z, a: sp.gammaincc(a, 1 / z),
    sf=lambda z, a: sp.gammainc(a, 1 / z),
    ppf=lambda q, a: 1 / sp.gammainccinv(a, q),
    isf=lambda q, a: 1 / sp.gammaincinv(a, q),
)  # fmt: skip

chi2 = Distribution(
    "chi2", valid=positive, low=0.0,
    logpdf=lambda z, df: sp.xlogy(0.5 * df - 1, z) - 0.5 * z - sp.gammaln(0.5 * df)
    - 0.5 * LOG_2 * df,
    cdf=lambda z, df: sp.gammainc(0.5 * df, 0.5 * z),
    sf=lambda z, df: sp.gammaincc(0.5 * df, 0.5 * z),
    ppf=lambda q, df: 2 * sp.gammaincinv(0.5 * df, q),
    isf=lambda q, df: 2 * sp.gammainccinv(0.5 * df, q),
)  # fmt: skip

beta = Distribution(
    "beta", valid=positive, low=0.0, high=1.0,
    logpdf=lambda z, a, b: sp.xlogy(a - 1, z) + sp.xlog1py(b - 1, -z) - sp.betaln(a, b),
    cdf=lambda z, a, b: sp.betainc(a, b, z),
    sf=lambda z, a, b: sp.betaincc(a, b, z),
    ppf=lambda q, a, b: sp.betaincinv(a, b, q),
    isf=lambda q, a, b: sp.betainccinv(a, b, q),
)  # fmt: skip
