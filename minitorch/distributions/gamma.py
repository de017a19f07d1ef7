"""The gamma distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.implicit import _standard_gamma
from minitorch.distributions.utils import broadcast_all, drawing_freely

__all__ = ["Gamma"]


class Gamma(Parametric, ExponentialFamily):
    """The gamma distribution, of density proportional to x^(concentration - 1) exp(-rate x).

    Args:
        concentration: the shape parameter, a number or a tensor.
        rate: the inverse of the scale.

    Example:
        >>> torch.distributions.Gamma(2., torch.tensor([1., 4.])).mean
        tensor([2.0000, 0.5000])
    """

    arg_constraints: Any = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        value = _standard_gamma(self.concentration.expand(shape)) / self.rate
        tiny = torch.finfo(value.dtype).tiny
        if not drawing_freely() or (value._value < tiny).any():
            value.detach().clamp_(min=tiny)  # the gradient is of what it was
        return value

    def log_prob(self, value: Any) -> Any:
        value = torch.as_tensor(value, dtype=self.rate.dtype)
        if self._validate_args:
            self._validate_sample(value)
        a, rate = self.concentration, self.rate
        return torch.xlogy(a, rate) + torch.xlogy(a - 1, value) - rate * value - torch.lgamma(a)

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return torch.special.gammainc(self.concentration, self.rate * value)

    def entropy(self) -> Any:
        a = self.concentration
        return a - torch.log(self.rate) + torch.lgamma(a) + (1 - a) * torch.digamma(a)

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        return torch.lgamma(x + 1) + (x + 1) * torch.log(-y.reciprocal())
