"""The Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.binary import Binary
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.utils import broadcast_all, drawing_freely
from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.nn.functional import binary_cross_entropy_with_logits
from minitorch.random import default_generator

__all__ = ["Bernoulli"]


class Bernoulli(Binary, ExponentialFamily):
    """1 with probability `probs`, else 0.

    Args:
        probs: the probability of 1, a number or a tensor.
        logits: instead of it, the logarithm of the odds.

    Example:
        >>> coin = torch.distributions.Bernoulli(torch.tensor([0.5, 0.25]))
        >>> coin.log_prob(torch.tensor([1., 0.]))
        tensor([-0.6931, -0.2877])
    """

    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(self._take(probs, logits).shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        likely = (self.probs >= 0.5).to(self.probs.dtype)
        return likely.masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        if not drawing_freely():
            return torch.bernoulli(self.probs.detach().expand(shape))
        probs = self.probs._value
        draws = default_generator.bernoulli(probs, shape)
        return fresh(Tensor, np.asarray(draws, probs.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        values = torch.arange(2, dtype=self._param.dtype)
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return (torch.logit(self.probs),)

    def _log_normalizer(self, x: Any) -> Any:
        return torch.log1p(torch.exp(x))
