"""The Cauchy distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import broadcast_all, full

__all__ = ["Cauchy"]


class Cauchy(Parametric):
    """The Cauchy (Lorentz) distribution: that of the ratio of two normal numbers of mean 0.

    Args:
        loc: the median, a number or a tensor.
        scale: the half width at half maximum.

    Example:
        >>> torch.distributions.Cauchy(0., 1.).icdf(torch.tensor(0.75))
        tensor(1.)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return full(self.loc, self._extended_shape(), math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return full(self.loc, self._extended_shape(), math.inf)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        draws = torch.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + draws.cauchy_() * self.scale

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - (z * z).log1p()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return torch.atan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        return torch.tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self) -> Any:
        return math.log(4 * math.pi) + self.scale.log()
