"""Distributions of what a transform makes of another distribution's values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.distributions import constraints
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.independent import Independent
from minitorch.distributions.transform import ComposeTransform, Transform
from minitorch.distributions.utils import _sum_rightmost
from minitorch.engine.modes import no_grad
from minitorch.faces.descriptors import Size

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The distribution of y = f(x), where x is of a base distribution.

    log_prob(y) = base.log_prob(x) - log |dy / dx|, with x the inverse of y.

    Args:
        base_distribution: the distribution of x.
        transforms: f: a transform, or a list of them, the first to be applied first.

    Example:
        >>> from minitorch.distributions import Normal, TransformedDistribution
        >>> from minitorch.distributions.transforms import ExpTransform
        >>> TransformedDistribution(Normal(0., 1.), ExpTransform()).log_prob(torch.tensor(1.))
        tensor(-0.9189)
    """

    arg_constraints: Any = {}

    def __init__(
        self, base_distribution: Any, transforms: Any, validate_args: bool | None = None
    ) -> None:
        self.transforms = _listed(transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        whole = ComposeTransform(self.transforms)
        taken, given = whole.domain.event_dim, whole.codomain.event_dim
        if len(shape) < taken:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {taken}, but got "
                f"{shape}."
            )
        result = whole.forward_shape(shape)
        needed = whole.inverse_shape(result)
        event_dim = len(base_distribution.event_shape)
        if shape != needed:
            base_distribution = base_distribution.expand(needed[: len(needed) - event_dim])
        if taken > event_dim:
            base_distribution = Independent(base_distribution, taken - event_dim)
        self.base_dist = base_distribution
        cut = len(result) - max(given, event_dim + given - taken)
        if cut < 0:
            raise AssertionError(
                f"forward_shape length {len(result)} must be >= event_dim {len(result) - cut}"
            )
        super().__init__(Size(result[:cut]), Size(result[cut:]), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        batch_shape = Size(batch_shape)
        new = self._with_parameters(batch_shape, _instance)
        shape = batch_shape + self.event_shape
        for transform in reversed(self.transforms):
            shape = transform.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        new.transforms = self.transforms
        Distribution.__init__(new, batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        more = len(self.event_shape) - support.event_dim
        return constraints.independent(support, more) if more > 0 else support

    @property
    def has_rsample(self) -> Any:
        return self.base_dist.has_rsample

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        with no_grad():
            return self._transformed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        return self._transformed(self.base_dist.rsample(sample_shape))

    def _transformed(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        event_dim = len(self.event_shape)
        stretch: Any = 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(value)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            slopes = transform.log_abs_det_jacobian(x, value)
            stretch = stretch + _sum_rightmost(slopes, event_dim - transform.domain.event_dim)
            value = x
        base = self.base_dist.log_prob(value)
        return _sum_rightmost(base, event_dim - len(self.base_dist.event_shape)) - stretch

    def _monotonize_cdf(self, value: Any) -> Any:
        """The cdf, where f rises; where it falls, the probability of the other side."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._monotonize_cdf(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        return self._transformed(self.base_dist.icdf(self._monotonize_cdf(value)))


def _listed(transforms: Any) -> list[Any]:
    if isinstance(transforms, Transform):
        return [transforms]
    if not isinstance(transforms, list):
        raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
    for transform in transforms:
        if not isinstance(transform, Transform):
            raise ValueError(
                "transforms must be a Transform or a list of Transforms, and the list has a "
                f"{type(transform).__name__}"
            )
    return transforms
