"""Exponential families."""

from __future__ import annotations

from typing import Any

from minitorch.autograd import grad
from minitorch.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """Distributions of density exp(<t(x), theta> - F(theta) + k(x)).

    theta are the natural parameters, F is the log normalizer, k the carrier measure. Entropy and
    KL divergence follow from F and its gradient, which is the mean of t(x) (F. Nielsen and
    R. Nock, "Entropies and cross-entropies of exponential families", 2010).
    """

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        """The natural parameters theta."""
        raise self._without("entropy, or its natural parameters")

    def _log_normalizer(self, *natural_params: Any) -> Any:
        """F(theta)."""
        raise self._without("entropy, or its log normalizer")

    @property
    def _mean_carrier_measure(self) -> Any:
        """The mean of k(x)."""
        raise self._without("entropy, or its mean carrier measure")

    def _log_normalizer_and_slopes(self) -> tuple[list[Any], Any, tuple[Any, ...]]:
        """theta as new leaves, F(theta) and its gradient."""
        leaves = [p.detach().requires_grad_() for p in self._natural_params]
        value = self._log_normalizer(*leaves)
        return leaves, value, grad(value.sum(), leaves, create_graph=True)

    def entropy(self) -> Any:
        leaves, value, slopes = self._log_normalizer_and_slopes()
        result = value - self._mean_carrier_measure
        for theta, mean in zip(leaves, slopes, strict=True):
            result = result - (theta * mean).reshape((*self._batch_shape, -1)).sum(-1)
        return result
