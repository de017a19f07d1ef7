"""The base of all distributions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.utils import lazy_property
from minitorch.engine.modes import no_grad
from minitorch.faces.descriptors import Size
from minitorch.faces.tensor import Tensor

__all__ = ["Distribution"]

_PACKAGE = "minitorch.distributions."
_NOTHING = Size()


class Distribution:
    """A probability distribution, or a batch of independent ones.

    A sample has shape `sample_shape + batch_shape + event_shape`: `batch_shape` counts
    distributions with parameters of their own, `event_shape` is the shape of one value.

    Args:
        batch_shape: the shape over which parameters are batched.
        event_shape: the shape of a single value.
        validate_args: whether parameters and values are checked against `arg_constraints` and
            `support`; None takes the default (see `set_default_validate_args`).
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__
    # what `expand` hands on: attributes as they are, and distributions, which it expands
    _kept: ClassVar[tuple[str, ...]] = ()
    _inner: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions check their arguments from now on; they do unless told otherwise.

        A check costs more than a small log_prob: it may be turned off once a model works.
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args takes True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Sequence[int] = _NOTHING,
        event_shape: Sequence[int] = _NOTHING,
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape: Any = batch_shape
        self._event_shape: Any = event_shape
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()
        super().__init__()

    def _validate_parameters(self) -> None:
        try:
            expected = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = "
                "{}` or initialize the distribution with `validate_args=False` to turn off "
                "validation.",
                stacklevel=3,
            )
            return
        given = self.__dict__
        for name, constraint in expected.items():
            if constraints.is_dependent(constraint):
                continue
            if name in given:
                value = given[name]
            elif isinstance(getattr(type(self), name, None), lazy_property):
                continue  # computed from a parameter that is checked
            else:
                value = getattr(self, name)
            if not constraints.holds(constraint, value):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape "
                    f"{tuple(value.shape)}) of distribution {self!r} to satisfy the constraint "
                    f"{constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with its batch dimensions expanded to `batch_shape`; nothing is copied.

        Args:
            batch_shape: the shape to expand to.
            _instance: the new instance, where a subclass has made it already.
        """
        raise self._without("expand")

    def _with_parameters(self, batch_shape: Size, _instance: Any) -> Any:
        """A new instance whose parameters are expanded: those tensors, with room for an event."""
        home = next(c for c in type(self).__mro__ if c.__module__.startswith(_PACKAGE))
        new = self._get_checked_instance(home, _instance)
        given = self.__dict__
        for name, constraint in self.arg_constraints.items():
            if name in given:
                x = given[name]
                new.__dict__[name] = x.expand(
                    batch_shape + x.shape[x.ndim - constraint.event_dim :]
                )
        for name in self._kept:
            if name in given:
                new.__dict__[name] = given[name]
        for name in self._inner:
            new.__dict__[name] = given[name].expand(batch_shape)
        new._validate_args = self._validate_args
        return new

    @property
    def batch_shape(self) -> Any:
        """The shape over which parameters are batched."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of a single value."""
        return self._event_shape

    @property
    def arg_constraints(self) -> Any:
        """The parameters' names, and the constraints they satisfy."""
        raise NotImplementedError

    @property
    def support(self) -> Any:
        """The constraint that the values satisfy."""
        raise self._without("support")

    @property
    def mean(self) -> Any:
        """The mean."""
        raise self._without("mean")

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise self._without("mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise self._without("variance")

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = _NOTHING) -> Any:
        """A sample of shape `sample_shape + batch_shape + event_shape`, without a gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = _NOTHING) -> Any:
        """A sample that is a differentiable function of the parameters (Kingma and Welling,
        "Auto-encoding variational Bayes", 2014)."""
        raise self._without("rsample")

    def sample_n(self, n: int) -> Any:
        """`n` samples; deprecated for `sample((n,))`."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.",
            FutureWarning,
            stacklevel=2,
        )
        return self.sample(Size((n,)))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, at `value`."""
        raise self._without("log_prob")

    def cdf(self, value: Any) -> Any:
        """The probability of values up to `value`."""
        raise self._without("cdf")

    def icdf(self, value: Any) -> Any:
        """The value whose cdf is `value`: the quantile function."""
        raise self._without("icdf")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution, along a new first dimension.

        With `expand=False` the batch dimensions have size 1.
        """
        raise self._without("enumerate_support")

    def entropy(self) -> Any:
        """The entropy in nats, of shape `batch_shape`."""
        raise self._without("entropy")

    def perplexity(self) -> Any:
        """`exp` of the entropy, of shape `batch_shape`."""
        return torch.exp(self.entropy())

    def _without(self, name: str) -> NotImplementedError:
        """The error of what a distribution lacks, for want of a formula or by its nature."""
        return NotImplementedError(f"{type(self)} does not implement {name}")

    def _extended_shape(self, sample_shape: Sequence[int] = _NOTHING) -> Any:
        """The shape of a sample."""
        try:
            shape = Size((*sample_shape, *self._batch_shape, *self._event_shape))
        except TypeError:
            raise TypeError(
                f"{type(sample_shape).__name__!r} object is not iterable: sample_shape is a tuple "
                f"of sizes, such as (3,), not {sample_shape!r}"
            ) from None
        if sample_shape and min(sample_shape) < 0:
            raise RuntimeError(f"sample_shape {tuple(sample_shape)} has a negative dimension")
        return shape

    def _validate_sample(self, value: Any) -> None:
        """Check the argument of `log_prob`, `cdf` or `icdf`.

        Raises:
            ValueError: it is no tensor, its last dimensions are not those of a sample, or it has
                values outside the support.
        """
        if not isinstance(value, Tensor):
            raise ValueError(
                "The value argument to log_prob must be a Tensor: it is a "
                f"{type(value).__name__}; make one with torch.tensor(...)"
            )
        actual, event = value.shape, self._event_shape
        if event and actual[len(actual) - len(event) :] != event:
            raise ValueError(
                f"The right-most size of value must match event_shape: {actual} vs {event}."
            )
        expected = (*self._batch_shape, *event)
        if actual != expected:
            for i, j in zip(reversed(actual), reversed(expected), strict=False):
                if i != j and i != 1 and j != 1:
                    raise ValueError(
                        "Value is not broadcastable with batch_shape+event_shape: "
                        f"{actual} vs {Size(expected)}."
                    )
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `support` to enable sample validation. Please "
                "initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if support is None:
            raise AssertionError("support is unexpectedly None")
        if not constraints.holds(support, value):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(actual)}) to be "
                f"within the support ({support!r}) of the distribution {self!r}, but found invalid "
                f"values:\n{value}"
            )

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        if _instance is not None:
            return _instance
        if type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ "
                "method must also define a custom .expand() method."
            )
        return object.__new__(type(self))

    def __repr__(self) -> str:
        given = self.__dict__
        shown = ", ".join(
            f"{name}: {given[name] if given[name].numel() == 1 else given[name].size()}"
            for name in self.arg_constraints
            if name in given
        )
        return f"{type(self).__name__}({shown})"


class Parametric(Distribution):
    """A distribution whose parameters are the tensors that `arg_constraints` names."""

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._with_parameters(Size(batch_shape), _instance)
        Distribution.__init__(new, Size(batch_shape), self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new
