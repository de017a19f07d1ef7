"""The von Mises distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import broadcast_all, lazy_property

__all__ = ["VonMises"]


class VonMises(Parametric):
    """The normal distribution's like on the circle: of density proportional to
    exp(concentration * cos(x - loc)).

    Args:
        loc: the mean angle, a number or a tensor.
        concentration: about the inverse of the variance, where that is small.

    Example:
        >>> torch.distributions.VonMises(0., 1.).log_prob(torch.tensor(0.))
        tensor(-1.0738)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        norm = math.log(2 * math.pi) + torch.special.i0e(k).log() + k
        return k * torch.cos(value - self.loc) - norm

    @lazy_property
    def _loc(self) -> Any:
        return self.loc.to(torch.float64)

    @lazy_property
    def _concentration(self) -> Any:
        return self.concentration.to(torch.float64)

    @lazy_property
    def _proposal_r(self) -> Any:
        """The parameter of the wrapped Cauchy distribution that proposals are drawn from."""
        k = self._concentration
        tau = 1 + (1 + 4 * k**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * k)
        return torch.where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        """By rejection (D. J. Best, N. I. Fisher, "Efficient simulation of the von Mises
        distribution", 1979), in float64."""
        with torch.no_grad():
            shape = self._extended_shape(sample_shape)
            k, r = self._concentration, self._proposal_r
            x = torch.zeros(shape, dtype=torch.float64)
            done = torch.zeros(shape, dtype=torch.bool)
            while not done.all():
                u1, u2, u3 = torch.rand((3, *shape), dtype=torch.float64).unbind()
                z = torch.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = k * (r - f)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                x = torch.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accept
            x = (x + math.pi + self._loc) % (2 * math.pi) - math.pi
            return x.to(self.loc.dtype)

    @property
    def mean(self) -> Any:
        """The mean direction."""
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """The circular variance: 1 less the length of the mean of the points on the circle."""
        k = self.concentration
        return 1 - torch.special.i1e(k) / torch.special.i0e(k)
