"""The half-normal distribution."""

from __future__ import annotations

import math
from typing import Any

from minitorch.distributions.folded import Folded
from minitorch.distributions.normal import Normal

__all__ = ["HalfNormal"]


class HalfNormal(Folded):
    """The distribution of |x| for normal x of mean 0.

    Args:
        scale: the standard deviation of x, a number or a tensor.

    Example:
        >>> torch.distributions.HalfNormal(1.).mean
        tensor(0.7979)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)
