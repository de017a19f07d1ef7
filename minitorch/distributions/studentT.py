"""Student's t-distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.chi2 import Chi2
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import _standard_normal, broadcast_all

__all__ = ["StudentT"]


class StudentT(Parametric):
    """Student's t-distribution: of loc + scale * x / sqrt(z / df), x normal and z chi-squared.

    Args:
        df: the degrees of freedom, a number or a tensor.
        loc: the median.
        scale: the unit.

    Example:
        >>> torch.distributions.StudentT(torch.tensor([1., 2., 4.])).variance
        tensor([nan, inf, 2.])
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True
    _inner = ("_chi2",)

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        df = self.df
        finite = df > 2
        safe = torch.where(finite, df, 3.0)
        value = torch.where(finite, self.scale.pow(2) * safe / (safe - 2), math.inf)
        return value.masked_fill(df <= 1, math.nan)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        x = _standard_normal(self._extended_shape(sample_shape), self.df.dtype)
        z = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (x * torch.rsqrt(z / self.df))

    def _log_norm(self) -> Any:
        half = 0.5 * self.df
        return torch.lgamma(half) + 0.5 * math.log(math.pi) - torch.lgamma(half + 0.5)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        norm = self.scale.log() + 0.5 * self.df.log() + self._log_norm()
        return -0.5 * (self.df + 1) * torch.log1p(y**2 / self.df) - norm

    def entropy(self) -> Any:
        half = 0.5 * self.df
        spread = (half + 0.5) * (torch.digamma(half + 0.5) - torch.digamma(half))
        return self.scale.log() + spread + 0.5 * self.df.log() + self._log_norm()
