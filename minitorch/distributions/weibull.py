"""The Weibull distribution."""

from __future__ import annotations

from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.exponential import Exponential
from minitorch.distributions.pointwise import AffineTransform, PowerTransform
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.distributions.utils import broadcast_all, euler_constant

__all__ = ["Weibull"]


class Weibull(TransformedDistribution):
    """The Weibull distribution, of distribution function 1 - exp(-(x / scale)^concentration).

    Args:
        scale: the unit of x, a number or a tensor.
        concentration: the shape parameter.

    Example:
        >>> torch.distributions.Weibull(1., 2.).cdf(torch.tensor(1.))
        tensor(0.6321)
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(torch.ones_like(self.scale), validate_args=validate_args)
        transforms = [
            PowerTransform(self.concentration_reciprocal),
            AffineTransform(0, self.scale),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    @property
    def concentration_reciprocal(self) -> Any:
        """1 / concentration."""
        return self.concentration.reciprocal()

    def _moment(self, n: int) -> Any:
        return torch.lgamma(1 + n * self.concentration_reciprocal).exp()

    @property
    def mean(self) -> Any:
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Any:
        k = self.concentration
        return self.scale * ((k - 1) / k) ** k.reciprocal()

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (self._moment(2) - self._moment(1).pow(2))

    def entropy(self) -> Any:
        inverse = self.concentration_reciprocal
        return euler_constant * (1 - inverse) + torch.log(self.scale * inverse) + 1
