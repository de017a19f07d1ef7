"""The negative binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.binary import Binary
from minitorch.distributions.gamma import Gamma
from minitorch.distributions.utils import lazy_property
from minitorch.nn.functional import logsigmoid

__all__ = ["NegativeBinomial"]


class NegativeBinomial(Binary):
    """The number of successes before `total_count` failures.

    Args:
        total_count: the number of failures at which one stops, a number or a tensor, not
            necessarily whole.
        probs: the probability of a success.
        logits: instead of it, the logarithm of the odds.

    Example:
        >>> torch.distributions.NegativeBinomial(3., torch.tensor(0.5)).mean
        tensor(3.)
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        shape = self._take_with_count(total_count, probs, logits).shape
        super().__init__(shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * torch.exp(self.logits)

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / torch.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Any:
        """Its rate, were it a Poisson distribution, is a gamma number."""
        return Gamma(self.total_count, torch.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        with torch.no_grad():
            return torch.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n = self.total_count
        orders = torch.lgamma(n + value) - torch.lgamma(1.0 + value) - torch.lgamma(n)
        orders = orders.masked_fill(n + value == 0, 0.0)
        return orders + n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
