"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.binary import Binary
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.utils import (
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    standard_uniform,
)
from minitorch.nn.functional import binary_cross_entropy_with_logits

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(Binary, ExponentialFamily):
    """Numbers in [0, 1] of density proportional to probs^x (1 - probs)^(1 - x) (G. Loaiza-Ganem,
    J. P. Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational
    autoencoders", 2019).

    Args:
        probs: the parameter in (0, 1), a number or a tensor; it is not the mean.
        logits: instead of it, the logarithm of the odds.
        lims: between these values of `probs`, about 1/2, series stand for the formulas.

    Example:
        >>> torch.distributions.ContinuousBernoulli(torch.tensor([0.5, 0.9])).mean
        tensor([0.5000, 0.6699])
    """

    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _kept = ("_lims",)

    def __init__(self, probs: Any = None, logits: Any = None,
                 lims: tuple[float, float] = (0.499, 0.501),
                 validate_args: bool | None = None) -> None:  # fmt: skip
        param = self._take(probs, logits)
        if probs is not None:
            if validate_args is not None and not constraints.holds(
                self.arg_constraints["probs"], param
            ):
                raise ValueError(
                    f"The parameter probs has invalid values: they lie in [0, 1], not {param}"
                )
            self.probs = clamp_probs(param)
        self._lims = lims
        super().__init__(param.shape, validate_args=validate_args)

    @lazy_property
    def probs(self) -> Any:
        """The parameter in (0, 1)."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _outside_unstable_region(self) -> Any:
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Any:
        """`probs`, or a value at which the formulas are defined where they are not used."""
        return torch.where(self._outside_unstable_region(), self.probs, self._lims[0])

    def _log_odds(self, cut: Any) -> Any:
        return torch.log(cut) - torch.log1p(-cut)

    def _cont_bern_log_norm(self) -> Any:
        """The logarithm of the factor that makes the density integrate to 1."""
        cut = self._cut_probs()
        low = torch.where(cut <= 0.5, cut, 0.0)
        high = torch.where(cut >= 0.5, cut, 1.0)
        distance = torch.where(cut <= 0.5, torch.log1p(-2 * low), torch.log(2 * high - 1))
        formula = torch.log(self._log_odds(cut).abs()) - distance
        x = (self.probs - 0.5).pow(2)
        series = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return torch.where(self._outside_unstable_region(), formula, series)

    @property
    def mean(self) -> Any:
        cut = self._cut_probs()
        x = self.probs - 0.5
        return torch.where(
            self._outside_unstable_region(),
            cut / (2 * cut - 1) - 1 / self._log_odds(cut),
            0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x,
        )

    @property
    def variance(self) -> Any:
        cut = self._cut_probs()
        x = (self.probs - 0.5).pow(2)
        return torch.where(
            self._outside_unstable_region(),
            cut * (cut - 1) / (1 - 2 * cut).pow(2) + 1 / self._log_odds(cut).pow(2),
            1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x,
        )

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        return self.icdf(standard_uniform(self._extended_shape(sample_shape), self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        likelihood = -binary_cross_entropy_with_logits(logits, value, reduction="none")
        return likelihood + self._cont_bern_log_norm()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        cut = self._cut_probs()
        formula = cut.pow(value) * (1 - cut).pow(1 - value) + cut - 1
        inner = torch.where(self._outside_unstable_region(), formula / (2 * cut - 1), value)
        return torch.where(value <= 0, 0.0, torch.where(value >= 1, 1.0, inner))

    def icdf(self, value: Any) -> Any:
        cut = self._cut_probs()
        rise = torch.log1p(-cut + value * (2 * cut - 1)) - torch.log1p(-cut)
        return torch.where(self._outside_unstable_region(), rise / self._log_odds(cut), value)

    def entropy(self) -> Any:
        off, on = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (off - on) - self._cont_bern_log_norm() - off

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        """The logarithm of (exp(x) - 1) / x."""
        outside = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = torch.where(outside, x, self._lims[0] - 0.5)
        formula = torch.log(torch.expm1(cut).abs()) - torch.log(cut.abs())
        return torch.where(outside, formula, 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0)
