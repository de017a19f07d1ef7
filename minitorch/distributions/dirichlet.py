"""The Dirichlet distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.implicit import _sample_dirichlet
from minitorch.nn.functional import one_hot

__all__ = ["Dirichlet"]


class Dirichlet(Parametric, ExponentialFamily):
    """Vectors of probabilities, of density proportional to the product of x_i^(a_i - 1).

    Args:
        concentration: a, a tensor of shape (..., K).

    Example:
        >>> torch.distributions.Dirichlet(torch.tensor([1., 3.])).mean
        tensor([0.2500, 0.7500])
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError(
                "`concentration` parameter must be at least one-dimensional: its last dimension "
                "counts the categories."
            )
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        return _sample_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return torch.xlogy(a - 1, value).sum(-1) - self._log_normalizer(a)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        excess = (self.concentration - 1).clamp(min=0)
        at_corners = (self.concentration < 1).all(dim=-1, keepdim=True)
        mode = excess / excess.sum(-1, True).masked_fill(at_corners, 1)
        corner = one_hot(mode.argmax(-1), excess.shape[-1]).to(mode.dtype)
        return torch.where(at_corners, corner, mode)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def entropy(self) -> Any:
        a = self.concentration
        total, k = a.sum(-1), a.shape[-1]
        return (
            self._log_normalizer(a)
            - (k - total) * torch.digamma(total)
            - ((a - 1) * torch.digamma(a)).sum(-1)
        )

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return (self.concentration,)

    def _log_normalizer(self, x: Any) -> Any:
        return torch.lgamma(x).sum(-1) - torch.lgamma(x.sum(-1))
