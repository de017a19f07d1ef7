"""What distributions of an event's probability, or its log odds, have in common."""

from __future__ import annotations

from typing import Any

from minitorch.distributions import constraints
from minitorch.distributions.categorical import one_of
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import (
    broadcast_all,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)


class Binary(Parametric):
    """A distribution of `probs` or `logits`; the one not given is computed when it is read."""

    arg_constraints: Any = {"probs": constraints.unit_interval, "logits": constraints.real}

    def _take(self, probs: Any, logits: Any) -> Any:
        """Keep what is given of the two; returns it."""
        one_of(probs, logits)
        name, value = ("probs", probs) if probs is not None else ("logits", logits)
        (value,) = broadcast_all(value)
        self.__dict__[name] = value
        return value

    def _take_with_count(self, total_count: Any, probs: Any, logits: Any) -> Any:
        """The same, together with a number of trials, in the dtype of the other."""
        one_of(probs, logits)
        name, value = ("probs", probs) if probs is not None else ("logits", logits)
        count, value = broadcast_all(total_count, value)
        self.total_count, self.__dict__[name] = count.type_as(value), value
        return value

    @lazy_property
    def logits(self) -> Any:
        """The logarithm of the odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probability."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def _param(self) -> Any:
        return self.__dict__["logits" if "logits" in self.__dict__ else "probs"]

    @property
    def param_shape(self) -> Any:
        """The shape of `probs`."""
        return self._param.shape

    def _new(self, *args: Any, **kwargs: Any) -> Any:
        return self._param.new(*args, **kwargs)
