"""The generalized Pareto distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import broadcast_all, standard_uniform

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Parametric):
    """The distribution of excesses over a threshold: P(x > loc + scale z) = (1 + c z)^(-1 / c).

    Args:
        loc: the smallest value, a number or a tensor.
        scale: the unit.
        concentration: c: 0 gives the exponential distribution, below it there is a largest value.

    Example:
        >>> torch.distributions.GeneralizedPareto(0., 1., 0.5).mean
        tensor(2.)
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, torch.where(self.concentration < 0, end, math.inf))

    def _split(self) -> tuple[Any, Any]:
        """Where c is 0, and c with 1 in these places."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return zero, torch.where(zero, 1.0, self.concentration)

    def _z(self, value: Any) -> Any:
        return (value - self.loc) / self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        z, (zero, c) = self._z(value), self._split()
        power = 1 / c + torch.ones_like(z)
        fall = torch.where(power == 0, power, power * torch.log1p(c * z))
        return -self.scale.log() - torch.where(zero, z, fall)

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of values above `value`."""
        z, (zero, c) = self._z(value), self._split()
        return torch.where(zero, -z, -torch.log1p(c * z) / c)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the probability of values up to `value`."""
        if self._validate_args:
            self._validate_sample(value)
        return torch.log1p(-self.log_survival_function(value).exp())

    def cdf(self, value: Any) -> Any:
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Any:
        zero, c = self._split()
        log_rest = torch.log1p(-value)
        z = torch.where(zero, -log_rest, torch.expm1(-c * log_rest) / c)
        return self.loc + self.scale * z

    @property
    def mean(self) -> Any:
        exists = self.concentration < 1
        c = torch.where(exists, self.concentration, 0.5)
        return torch.where(exists, self.loc + self.scale / (1 - c), math.nan)

    @property
    def variance(self) -> Any:
        exists = self.concentration < 0.5
        c = torch.where(exists, self.concentration, 0.25)
        value = self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c))
        return torch.where(exists, value, math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    def entropy(self) -> Any:
        return torch.log(self.scale) + self.concentration + 1
