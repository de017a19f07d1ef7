"""Poisson, binomial and gamma numbers one by one: what a number takes is left to chance.

The methods are those of W. Hörmann, "The transformed rejection method for generating Poisson
random variables" (1993) and "The generation of binomial random variates" (1993); for small means
products of uniforms, and sums of geometric numbers (L. Devroye, "Non-uniform random variate
generation", 1986, chapter X). For the gamma distribution G. Marsaglia and W. W. Tsang, "A simple
method for generating gamma variables" (2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable

Uniform = Callable[[], float]


def poisson(rate: float, uniform: Uniform) -> float:
    """A Poisson number of the given mean."""
    if rate >= 10:
        return _poisson_rejection(rate, uniform)
    if rate == 0:
        return 0.0
    count, product, bound = 0.0, uniform(), math.exp(-rate)
    while product > bound:
        count += 1
        product *= uniform()
    return count


def _poisson_rejection(rate: float, uniform: Uniform) -> float:
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    inside = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= inside:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        height = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if height <= -rate + k * math.log(rate) - math.lgamma(k + 1):
            return float(k)


def binomial(count: float, p: float, uniform: Uniform) -> float:
    """The number of successes among `count` trials of probability `p`."""
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if math.isnan(p):
        return math.nan
    q = p if p <= 0.5 else 1 - p
    draw = _binomial_rejection if count * q >= 10 else _binomial_waiting
    successes = draw(count, q, uniform)
    return successes if p <= 0.5 else count - successes


def _binomial_waiting(count: float, p: float, uniform: Uniform) -> float:
    scale, waited, successes = math.log1p(-p), 0.0, -1.0
    while waited <= count:
        u = uniform()
        waited += math.ceil(math.log(u) / scale) if u else math.inf
        successes += 1
    return successes


def _binomial_rejection(count: float, p: float, uniform: Uniform) -> float:
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c, inside, odds = count * p + 0.5, 0.92 - 4.2 / b, p / (1 - p)
    alpha, mode = (2.83 + 5.1 / b) * deviation, math.floor((count + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c)
        if k < 0 or k > count:
            continue
        if us >= 0.07 and v <= inside:
            return float(k)
        height = math.log(v * alpha / (a / (us * us) + b))
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + _stirling_rest(mode)
            + _stirling_rest(count - mode)
            - _stirling_rest(k)
            - _stirling_rest(count - k)
        )
        if height <= bound:
            return float(k)


def _stirling_rest(k: float) -> float:
    """log(k!) less Stirling's formula for it."""
    n = k + 1
    if k <= 9:
        return math.lgamma(n) - ((k + 0.5) * math.log(n) - n + 0.5 * math.log(2 * math.pi))
    return (1 / 12 - (1 / 360 - 1 / 1260 / (n * n)) / (n * n)) / n


_SQUEEZE = 0.03310000151395798  # 0.0331 in single precision, as PyTorch writes it


def gamma(d: float, boost: float, uniform: Uniform, normal: Callable[[Uniform], float]) -> float:
    """A gamma number of concentration `d` + 1/3 and rate 1, times a uniform to the power `boost`.

    A concentration a < 1 is had as that of a + 1 with a boost of 1 / a.
    """
    if boost == math.inf:
        return 0.0
    scale = (1 - uniform()) ** boost if boost else 1.0
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal(uniform)
        y = 1 + c * x
        if y <= 0:
            continue
        v, u, squared = y * y * y, 1 - uniform(), x * x
        if u < 1 - _SQUEEZE * squared * squared:
            return scale * d * v
        if math.log(u) < 0.5 * squared + d * (1 - v + math.log(v)):
            return scale * d * v
