"""The categorical distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import (
    drawing_freely,
    full,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from minitorch.engine.box import fresh
from minitorch.faces.descriptors import Size
from minitorch.faces.tensor import Tensor
from minitorch.ops.index import gather
from minitorch.random import default_generator

__all__ = ["Categorical"]


def one_of(probs: Any, logits: Any) -> None:
    """Raise ValueError unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError(
            "Either `probs` or `logits` must be specified, but not both. "
            f"{'Neither' if probs is None else 'Both'} of them were given."
        )


class Categorical(Parametric):
    """One of the integers 0 … K - 1, with probabilities of its own each.

    Args:
        probs: weights of shape (..., K), not negative; they are divided by their sum.
        logits: instead of them, logarithms of weights; their logsumexp is subtracted.

    Example:
        >>> policy = torch.distributions.Categorical(logits=torch.tensor([0., 0., 2.]))
        >>> policy.probs
        tensor([0.1065, 0.1065, 0.7870])
        >>> policy.log_prob(torch.tensor(2))
        tensor(-0.2395)
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _kept = ("_num_events",)

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        one_of(probs, logits)
        name, given = ("probs", probs) if probs is not None else ("logits", logits)
        if given.dim() < 1:
            raise ValueError(
                f"`{name}` parameter must be at least one-dimensional: its last dimension counts "
                "the categories."
            )
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(-1, keepdim=True)
        shape = given.shape
        self._num_events = shape[-1]
        super().__init__(shape[:-1], validate_args=validate_args)

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def _param(self) -> Any:
        return self.__dict__["logits" if "logits" in self.__dict__ else "probs"]

    def _new(self, *args: Any, **kwargs: Any) -> Any:
        return self._param.new(*args, **kwargs)

    @property
    def param_shape(self) -> Any:
        """The shape of `probs`."""
        return self._param.shape

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Any:
        return full(self.probs, self._extended_shape(), math.nan)

    @property
    def mode(self) -> Any:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Any:
        return full(self.probs, self._extended_shape(), math.nan)

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        count = math.prod(sample_shape)
        if not drawing_freely():
            rows = self.probs.detach().reshape(-1, self._num_events)
            return torch.multinomial(rows, count, True).T.reshape(shape)
        weights = self.probs._value.reshape(-1, self._num_events)
        picks = default_generator.multinomial(weights, count, True)
        return fresh(Tensor, picks.T.reshape(shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, index = self.logits, value.long()
        if index.shape != logits.shape[:-1]:
            index, _ = torch.broadcast_tensors(index, logits[..., 0])
            logits = logits.expand(index.shape + logits.shape[-1:])
        index = index.unsqueeze(-1)
        if self._validate_args:  # the support was checked, and no index is out of range
            return gather.apply((logits, index), (logits.ndim - 1,)).squeeze(-1)
        return logits.gather(-1, index).squeeze(-1)

    def entropy(self) -> Any:
        logits = self.logits
        if not drawing_freely() or (logits._value == -math.inf).any():
            logits = logits.clamp(min=torch.finfo(logits.dtype).min)  # 0 * -inf is 0 here
        return -(logits * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        values = torch.arange(self._num_events).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand(Size((-1, *self._batch_shape))) if expand else values
