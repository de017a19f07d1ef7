"""The normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.utils import _standard_normal, broadcast_all, drawing_freely
from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.random import default_generator

__all__ = ["Normal"]

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Normal(Parametric, ExponentialFamily):
    """The normal (Gaussian) distribution of mean `loc` and standard deviation `scale`.

    Args:
        loc: the mean, a number or a tensor.
        scale: the standard deviation.

    Example:
        >>> Normal = torch.distributions.Normal
        >>> Normal(0., torch.tensor([1., 2.])).log_prob(torch.tensor(0.))
        tensor([-0.9189, -1.6121])
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _mean_carrier_measure = 0

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
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale.pow(2)

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        if not drawing_freely():
            return torch.normal(self.loc.detach().expand(shape), self.scale.detach().expand(shape))
        loc, scale = self.loc._value, self.scale._value
        values = default_generator.normal(shape, 0.0, 1.0, loc.dtype)
        values *= scale
        values += loc
        return fresh(Tensor, values)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        z = (value - self.loc) / self.scale
        return z * z * -0.5 - self.scale.log() - HALF_LOG_2PI

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * (1 + torch.erf((value - self.loc) / self.scale / math.sqrt(2)))

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * torch.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Any:
        return self.scale.log() + (0.5 + HALF_LOG_2PI)

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        precision = self.scale.pow(-2)
        return self.loc * precision, -0.5 * precision

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        return -0.25 * x.pow(2) / y + 0.5 * torch.log(-math.pi / y)
