"""Mixtures of distributions of one family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.categorical import Categorical
from minitorch.distributions.distribution import Distribution
from minitorch.engine.modes import no_grad
from minitorch.faces.descriptors import Size

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """Values of one of K distributions, which a categorical one chooses.

    Args:
        mixture_distribution: a `Categorical`, whose probabilities are the weights.
        component_distribution: a distribution whose last batch dimension counts the components.

    Example:
        >>> from minitorch.distributions import Categorical, MixtureSameFamily, Normal
        >>> weights = Categorical(torch.tensor([1., 3.]))
        >>> MixtureSameFamily(weights, Normal(torch.tensor([0., 4.]), torch.ones(2))).mean
        tensor(3.)
    """

    arg_constraints: ClassVar[Any] = {}
    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Any,
        component_distribution: Any,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                " The Mixture distribution needs to be an  instance of "
                f"torch.distributions.Categorical, and is a {type(mixture_distribution).__name__}"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "The Component distribution needs to be an instance of "
                f"torch.distributions.Distribution, and is a "
                f"{type(component_distribution).__name__}"
            )
        mixed, batch = mixture_distribution.batch_shape, component_distribution.batch_shape
        for i, j in zip(reversed(mixed), reversed(batch[:-1]), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({mixed}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch[:-1]})"
                )
        count = mixture_distribution.logits.shape[-1]
        if count != batch[-1]:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({batch[-1]})"
            )
        event_shape = component_distribution.event_shape
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        self._num_component = count
        self._event_ndims = len(event_shape)
        super().__init__(batch[:-1], event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        batch_shape = Size(batch_shape)
        new._component_distribution = self._component_distribution.expand(
            (*batch_shape, self._num_component)
        )
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component, new._event_ndims = self._num_component, self._event_ndims
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The distribution that chooses a component."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components, along the last batch dimension."""
        return self._component_distribution

    def _mixed(self, values: Any) -> Any:
        """The mean over the components."""
        weights = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        return (weights * values).sum(-1 - self._event_ndims)

    @property
    def mean(self) -> Any:
        return self._mixed(self.component_distribution.mean)

    @property
    def variance(self) -> Any:
        component = self.component_distribution
        between = (component.mean - self._pad(self.mean)).pow(2.0)
        return self._mixed(component.variance) + self._mixed(between)

    def cdf(self, x: Any) -> Any:
        below = self.component_distribution.cdf(self._pad(x))
        return (below * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, x: Any) -> Any:
        if self._validate_args:
            self._validate_sample(x)
        log_prob = self.component_distribution.log_prob(self._pad(x))
        return torch.logsumexp(log_prob + self.mixture_distribution.logits, dim=-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        with no_grad():
            chosen = self.mixture_distribution.sample(sample_shape)
            values = self.component_distribution.sample(sample_shape)
            dim = len(sample_shape) + len(self.batch_shape)
            index = chosen.reshape(chosen.shape + (1,) * (1 + self._event_ndims))
            index = index.expand((*values.shape[:dim], 1, *self.event_shape))
            return values.gather(dim, index).squeeze(dim)

    def _pad(self, x: Any) -> Any:
        """With a dimension for the components."""
        return x.unsqueeze(-1 - self._event_ndims)

    def _pad_mixture_dimensions(self, x: Any) -> Any:
        """Weights with the dimensions of the components' values."""
        batched = len(self.mixture_distribution.batch_shape)
        missing = 0 if batched == 1 else len(self.batch_shape) - batched
        ones = (1,) * self._event_ndims
        return x.reshape((*x.shape[:-1], *(1,) * missing, x.shape[-1], *ones))

    def __repr__(self) -> str:
        return (
            f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
        )
