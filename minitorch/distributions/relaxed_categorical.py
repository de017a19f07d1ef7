"""The relaxed one-hot categorical distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch.distributions import constraints
from minitorch.distributions.categorical import Categorical
from minitorch.distributions.of_categories import OfCategories
from minitorch.distributions.pointwise import ExpTransform
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.distributions.utils import broadcast_all, clamp_probs, standard_uniform

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(OfCategories):
    """The logarithm of a relaxed one-hot vector: log-softmax of (logits + Gumbel) / temperature
    (C. Maddison, A. Mnih, Y. W. Teh, "The concrete distribution", 2017).

    Args:
        temperature: the lower, the nearer to one-hot vectors; a tensor.
        probs: weights of shape (..., K).
        logits: instead of them, their logarithms.
    """

    support = constraints.real_vector
    has_rsample = True
    _kept = ("temperature",)

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        self.temperature = temperature
        self._of(Categorical(probs, logits), validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        u = clamp_probs(standard_uniform(self._extended_shape(sample_shape), self.logits.dtype))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        count = self._categorical._num_events
        scores = logits - value * self.temperature
        scores = (scores - scores.logsumexp(dim=-1, keepdim=True)).sum(-1)
        return scores + math.lgamma(count) + (count - 1) * self.temperature.log()


class RelaxedOneHotCategorical(TransformedDistribution):
    """Vectors of probabilities with a gradient, near to one-hot ones at low temperature
    (E. Jang, S. Gu, B. Poole, "Categorical reparameterization with Gumbel-softmax", 2017).

    Args:
        temperature: a tensor.
        probs: weights of shape (..., K).
        logits: instead of them, their logarithms.

    Example:
        >>> weights = torch.tensor([1., 2., 3.])
        >>> m = torch.distributions.RelaxedOneHotCategorical(torch.tensor(0.5), weights)
        >>> m.rsample().shape
        torch.Size([3])
    """

    arg_constraints = OfCategories.arg_constraints
    support = constraints.simplex
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far from one-hot the vectors are."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The categories' probabilities."""
        return self.base_dist.probs
