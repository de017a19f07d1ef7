"""Distributions of whole numbers: their probabilities and distribution functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.scipy import special as sp
from minitorch.scipy.stats.distribution import Discrete


def probability(*shapes: Any) -> Any:
    """Whether the last shape parameter is a probability."""
    return (shapes[-1] >= 0) & (shapes[-1] <= 1)


def trials(n: Any, p: Any) -> Any:
    """Whether n is a number of trials, and p a probability."""
    return (n >= 0) & (n == np.floor(n)) & probability(p)


poisson = Discrete(
    "poisson", valid=lambda mu: mu >= 0, low=0.0, inner=1.0,
    logpmf=lambda k, mu: sp.xlogy(k, mu) - sp.gammaln(k + 1) - mu,
    cdf=lambda k, mu: sp.gammaincc(k + 1, mu),
    sf=lambda k, mu: sp.gammainc(k + 1, mu),
)  # fmt: skip

bernoulli = Discrete(
    "bernoulli", valid=probability, low=0.0, high=1.0, inner=0.0,
    logpmf=lambda k, p: sp.xlogy(k, p) + sp.xlog1py(1 - k, -p),
    cdf=lambda k, p: 1 - p,
    sf=lambda k, p: p,
    logcdf=lambda k, p: np.log1p(-p),
)  # fmt: skip

binom = Discrete(
    "binom", valid=trials, low=0.0, high=lambda n, p: n, inner=0.0,
    logpmf=lambda k, n, p: sp.gammaln(n + 1) - sp.gammaln(k + 1) - sp.gammaln(n - k + 1)
    + sp.xlogy(k, p) + sp.xlog1py(n - k, -p),
    cdf=lambda k, n, p: sp.betaincc(k + 1, n - k, p),
    sf=lambda k, n, p: sp.betainc(k + 1, n - k, p),
)  # fmt: skip

geom = Discrete(
    "geom", valid=lambda p: (p > 0) & (p <= 1), low=1.0, inner=1.0,
    logpmf=lambda k, p: sp.xlog1py(k - 1, -p) + np.log(p),
    cdf=lambda k, p: -np.expm1(k * np.log1p(-p)),
    sf=lambda k, p: np.exp(k * np.log1p(-p)),
    logsf=lambda k, p: k * np.log1p(-p),
)  # fmt: skip

nbinom = Discrete(
    "nbinom", valid=lambda n, p: (n > 0) & (p > 0) & (p <= 1), low=0.0, inner=0.0,
    logpmf=lambda k, n, p: sp.gammaln(n + k) - sp.gammaln(k + 1) - sp.gammaln(n)
    + n * np.log(p) + sp.xlog1py(k, -p),
    cdf=lambda k, n, p: sp.betainc(n, k + 1, p),
    sf=lambda k, n, p: sp.betaincc(n, k + 1, p),
)  # fmt: skip
