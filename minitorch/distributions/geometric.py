"""The geometric distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.binary import Binary
from minitorch.distributions.utils import broadcast_all
from minitorch.nn.functional import binary_cross_entropy_with_logits

__all__ = ["Geometric"]


class Geometric(Binary):
    """The number of failures before the first success, 0, 1, …

    `torch.Tensor.geometric_` counts the trials instead, from 1 on.

    Args:
        probs: the probability of success, a number or a tensor.
        logits: instead of it, the logarithm of the odds.

    Example:
        >>> torch.distributions.Geometric(torch.tensor(0.25)).mean
        tensor(3.)
    """

    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(self._take(probs, logits).shape, validate_args=validate_args)
        if self._validate_args and probs is not None:
            given = self.probs
            if not (given > 0).all():
                raise ValueError(
                    f"Expected parameter probs ({type(given).__name__} of shape "
                    f"{tuple(given.shape)}) of distribution {self!r} to be positive but found "
                    f"invalid values:\n{given.detach()[given <= 0]}"
                )

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return torch.zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        probs = self.probs.detach()
        draws = torch.empty(self._extended_shape(sample_shape), dtype=probs.dtype)
        u = draws.uniform_(torch.finfo(probs.dtype).tiny, 1)
        return (u.log() / (-probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        failing = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-failing).log1p() + self.probs.log()

    def entropy(self) -> Any:
        return (
            binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs
        )
