"""The relaxed Bernoulli distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.distributions import constraints
from minitorch.distributions.binary import Binary
from minitorch.distributions.pointwise import SigmoidTransform
from minitorch.distributions.transformed_distribution import TransformedDistribution
from minitorch.distributions.utils import broadcast_all, clamp_probs, standard_uniform

__all__ = ["LogitRelaxedBernoulli", "RelaxedBernoulli"]


class LogitRelaxedBernoulli(Binary):
    """The logit of a relaxed Bernoulli number (C. Maddison, A. Mnih, Y. W. Teh, "The concrete
    distribution", 2017).

    Args:
        temperature: the lower, the nearer to the Bernoulli distribution; a tensor.
        probs: the probability of 1, a number or a tensor.
        logits: instead of it, the logarithm of the odds.
    """

    support = constraints.real
    _kept = ("temperature",)

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        self.temperature = temperature
        super().__init__(self._take(probs, logits).shape, validate_args=validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(standard_uniform(shape, probs.dtype))
        return (u.log() - (-u).log1p() + probs.log() - (-probs).log1p()) / self.temperature

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        z = logits - value * self.temperature
        return self.temperature.log() + z - 2 * z.exp().log1p()


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1 with a gradient, near to Bernoulli numbers at low temperature
    (E. Jang, S. Gu, B. Poole, "Categorical reparameterization with Gumbel-softmax", 2017).

    Args:
        temperature: a tensor.
        probs: the probability of 1, a number or a tensor.
        logits: instead of it, the logarithm of the odds.

    Example:
        >>> m = torch.distributions.RelaxedBernoulli(torch.tensor(0.5), torch.tensor([0.1, 0.9]))
        >>> m.rsample().shape
        torch.Size([2])
    """

    arg_constraints = Binary.arg_constraints
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far from a Bernoulli distribution it is."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The logarithm of the odds."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probability of 1."""
        return self.base_dist.probs
