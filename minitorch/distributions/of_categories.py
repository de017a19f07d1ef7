"""What distributions made of a categorical one have in common."""

from __future__ import annotations

from typing import Any

from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric


class OfCategories(Parametric):
    """A distribution of vectors with an element for each category of `_categorical`."""

    arg_constraints: Any = {"probs": constraints.simplex, "logits": constraints.real_vector}
    _inner = ("_categorical",)
    _categorical: Any

    def _of(self, categorical: Any, validate_args: bool | None) -> None:
        self._categorical = categorical
        super().__init__(
            categorical.batch_shape, categorical.param_shape[-1:], validate_args=validate_args
        )

    @property
    def probs(self) -> Any:
        """The categories' probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def _param(self) -> Any:
        return self._categorical._param

    @property
    def param_shape(self) -> Any:
        """The shape of `probs`."""
        return self._categorical.param_shape

    def _new(self, *args: Any, **kwargs: Any) -> Any:
        return self._categorical._new(*args, **kwargs)
