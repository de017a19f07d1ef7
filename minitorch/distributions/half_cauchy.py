"""The half-Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

import minitorch as torch
from minitorch.distributions.cauchy import Cauchy
from minitorch.distributions.folded import Folded
from minitorch.distributions.utils import full

__all__ = ["HalfCauchy"]


class HalfCauchy(Folded):
    """The distribution of |x| for Cauchy x of median 0.

    Args:
        scale: the half width at half maximum of x, a number or a tensor.

    Example:
        >>> torch.distributions.HalfCauchy(1.).cdf(torch.tensor(1.))
        tensor(0.5000)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args=validate_args)

    def log_prob(self, value: Any) -> Any:
        return super().log_prob(torch.as_tensor(value, dtype=self.scale.dtype))

    @property
    def mean(self) -> Any:
        return full(self.scale, self._extended_shape(), math.inf)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance
