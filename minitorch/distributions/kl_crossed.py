"""KL divergences between distributions of different families.

KL(p || q) = -H(p) - E_p[log q(x)]: the logarithm of each q is made of a few functions of x, and
below stands what each p gives for their means. Where q is 0 on a part of p, it is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import minitorch as torch
from minitorch.distributions.bernoulli import Bernoulli
from minitorch.distributions.beta import Beta
from minitorch.distributions.binomial import Binomial
from minitorch.distributions.continuous_bernoulli import ContinuousBernoulli
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.exponential import Exponential
from minitorch.distributions.gamma import Gamma
from minitorch.distributions.gumbel import Gumbel
from minitorch.distributions.kl import register_kl
from minitorch.distributions.laplace import Laplace
from minitorch.distributions.normal import HALF_LOG_2PI, Normal
from minitorch.distributions.pareto import Pareto
from minitorch.distributions.poisson import Poisson
from minitorch.distributions.uniform import Uniform
from minitorch.distributions.utils import euler_constant

Mean = Callable[..., Any]


def _mean_of_log(low: Any, high: Any) -> Any:
    """The mean of log x, x uniform from `low` to `high`."""
    return (torch.xlogy(high, high) - torch.xlogy(low, low)) / (high - low) - 1


# the mean and the variance; the formulas hold where these exist, see OUTSIDE
MEAN: dict[type, Mean] = {
    Distribution: lambda p: p.mean,
    Pareto: lambda p: p.scale * p.alpha / (p.alpha - 1),
}
VARIANCE: dict[type, Mean] = {
    Distribution: lambda p: p.variance,
    Pareto: lambda p: p.scale.pow(2) * p.alpha / ((p.alpha - 1).pow(2) * (p.alpha - 2)),
}

# the mean of log x
LOG: dict[type, Mean] = {
    Beta: lambda p: (
        torch.digamma(p.concentration1) - torch.digamma(p.concentration1 + p.concentration0)
    ),
    Exponential: lambda p: -p.rate.log() - euler_constant,
    Gamma: lambda p: torch.digamma(p.concentration) - p.rate.log(),
    Pareto: lambda p: p.scale.log() + p.alpha.reciprocal(),
    Uniform: lambda p: _mean_of_log(p.low, p.high),
}

# the mean of log(1 - x)
LOG_OF_REST: dict[type, Mean] = {Uniform: lambda p: _mean_of_log(1 - p.high, 1 - p.low)}

# the mean of exp((loc - x) / scale)
FALLING: dict[type, Mean] = {
    Exponential: lambda p, loc, s: torch.exp(loc / s) * (p.rate * s / (p.rate * s + 1)),
    Gamma: lambda p, loc, s: torch.exp(loc / s) * (1 + 1 / (p.rate * s)).pow(-p.concentration),
    Normal: lambda p, loc, s: torch.exp((loc - p.loc) / s + 0.5 * (p.scale / s).pow(2)),
    Uniform: lambda p, loc, s: (
        (torch.exp((loc - p.low) / s) - torch.exp((loc - p.high) / s)) * s / (p.high - p.low)
    ),
}


def of(p: Any, table: dict[type, Mean]) -> Mean:
    """What a table has for the class of `p`, or for the nearest class above."""
    return next(table[c] for c in type(p).__mro__ if c in table)


def _distance(p: Any, loc: Any) -> Any:
    """The mean of |x - loc| of a normal distribution."""
    z = (p.loc - loc) / p.scale
    around = math.sqrt(2 / math.pi) * p.scale * torch.exp(-0.5 * z.pow(2))
    return around + (p.loc - loc) * torch.erf(math.sqrt(0.5) * z)


def _beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    return (a - 1) * of(p, LOG)(p) + (b - 1) * of(p, LOG_OF_REST)(p) - q._log_normalizer(a, b)


def _gamma(p: Any, q: Any) -> Any:
    a = q.concentration
    powers = a * q.rate.log() + (a - 1) * of(p, LOG)(p)
    return powers - q.rate * of(p, MEAN)(p) - torch.lgamma(a)


def _gumbel(p: Any, q: Any) -> Any:
    return (q.loc - p.mean) / q.scale - of(p, FALLING)(p, q.loc, q.scale) - q.scale.log()


def _normal(p: Any, q: Any) -> Any:
    square = of(p, VARIANCE)(p) + (of(p, MEAN)(p) - q.loc).pow(2)
    return -square / (2 * q.scale.pow(2)) - q.scale.log() - HALF_LOG_2PI


# the mean of log q(x), x from p
LOG_DENSITY: dict[type, Mean] = {
    Beta: _beta,
    ContinuousBernoulli: lambda p, q: (
        p.mean * q.logits + torch.log1p(-q.probs) + q._cont_bern_log_norm()
    ),
    Exponential: lambda p, q: q.rate.log() - q.rate * of(p, MEAN)(p),
    Gamma: _gamma,
    Gumbel: _gumbel,
    Laplace: lambda p, q: -(2 * q.scale).log() - _distance(p, q.loc) / q.scale,
    Normal: _normal,
    Pareto: lambda p, q: q.alpha.log() + q.alpha * q.scale.log() - (q.alpha + 1) * of(p, LOG)(p),
    Poisson: lambda p, q: p.mean * q.rate.log() - q.rate,
    Uniform: lambda p, q: -(q.high - q.low).log(),
}

FINITE: dict[type, tuple[type, ...]] = {
    Bernoulli: (Poisson,),
    Beta: (ContinuousBernoulli, Exponential, Gamma, Normal, Uniform),
    ContinuousBernoulli: (Exponential, Normal, Uniform),
    Exponential: (Gamma, Gumbel, Normal),
    Gamma: (Exponential, Gumbel, Normal),
    Gumbel: (Normal,),
    Laplace: (Normal,),
    Normal: (Gumbel, Laplace),
    Pareto: (Exponential, Gamma, Normal),
    Uniform: (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto),
}

_BOUNDED = (Beta, ContinuousBernoulli, Pareto, Uniform)
_NOT_REAL = (*_BOUNDED, Exponential, Gamma)
INFINITE: dict[type, tuple[type, ...]] = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: _BOUNDED,
    Gamma: _BOUNDED,
    Gumbel: _NOT_REAL,
    Laplace: _NOT_REAL,
    Normal: _NOT_REAL,
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}

# where values of p lie outside of q's support, or p has no such mean
OUTSIDE: dict[tuple[type, type], Mean] = {
    (Beta, Uniform): lambda p, q: (q.low > 0) | (q.high < 1),
    (ContinuousBernoulli, Uniform): lambda p, q: (q.low >= 0) | (q.high <= 1),
    (Pareto, Exponential): lambda p, q: p.alpha <= 1,
    (Pareto, Gamma): lambda p, q: p.alpha <= 1,
    (Pareto, Normal): lambda p, q: p.alpha <= 2,
    (Uniform, Beta): lambda p, q: (p.high > 1) | (p.low < 0),
    (Uniform, ContinuousBernoulli): lambda p, q: (p.high >= 1) | (p.low <= 0),
    (Uniform, Exponential): lambda p, q: p.low < 0,
    (Uniform, Gamma): lambda p, q: p.low < 0,
    (Uniform, Pareto): lambda p, q: p.low < q.scale,
}


def _finite(mean: Mean, outside: Mean | None, p: Any, q: Any) -> Any:
    result = -p.entropy() - mean(p, q)
    return result if outside is None else result.masked_fill(outside(p, q), math.inf)


def _infinite(p: Any, q: Any) -> Any:
    return torch.full_like(p.mean, math.inf)


for _p, _targets in FINITE.items():
    for _q in _targets:
        register_kl(_p, _q)(partial(_finite, LOG_DENSITY[_q], OUTSIDE.get((_p, _q))))
for _p, _targets in INFINITE.items():
    for _q in _targets:
        register_kl(_p, _q)(_infinite)
