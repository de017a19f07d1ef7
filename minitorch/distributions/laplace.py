"""The Laplace distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import broadcast_all

__all__ = ["Laplace"]


class Laplace(Parametric):
    """The Laplace distribution, of density exp(-|x - loc| / scale) / (2 scale).

    Args:
        loc: the mean, a number or a tensor.
        scale: the mean distance from it.

    Example:
        >>> torch.distributions.Laplace(0., 1.).entropy()
        tensor(1.6931)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Any:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        draws = torch.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        u = draws.uniform_(torch.finfo(self.loc.dtype).eps - 1, 1)
        return self.loc - self.scale * (u.sign() * torch.log1p(-u.abs()))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return -torch.log(2 * self.scale) - (value - self.loc).abs() / self.scale

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        distance = value - self.loc
        return 0.5 - 0.5 * distance.sign() * torch.expm1(-distance.abs() / self.scale)

    def icdf(self, value: Any) -> Any:
        side = value - 0.5
        return self.loc - self.scale * side.sign() * torch.log1p(-2 * side.abs())

    def entropy(self) -> Any:
        return 1 + torch.log(2 * self.scale)
