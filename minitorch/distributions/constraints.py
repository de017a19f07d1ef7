"""torch.distributions.constraints: the sets from which parameters and values come.

A constraint's `check(value)` tells of each event in a tensor whether it lies in the set;
`event_dim` is how many of the last dimensions make an event.

Example:
    >>> from minitorch.distributions import constraints
    >>> constraints.unit_interval.check(torch.tensor([-1., 0.5, 2.]))
    tensor([False,  True, False])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.engine.modes import state
from minitorch.faces.tensor import Tensor

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent",
    "dependent_property", "greater_than", "greater_than_eq", "half_open_interval", "independent",
    "integer_interval", "interval", "is_dependent", "less_than", "lower_cholesky",
    "lower_triangular", "multinomial", "nonnegative", "nonnegative_integer", "one_hot",
    "positive", "positive_definite", "positive_integer", "positive_semidefinite", "real",
    "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip


class Constraint:
    """A set of tensors. Subclasses give `check`, and what differs of the rest."""

    is_discrete: Any = False
    event_dim: Any = 0
    # whether `check` is plain arithmetic, which arrays do as well as tensors, and faster
    _takes_arrays = False

    def check(self, value: Any) -> Any:
        """Of each event in `value`, whether it lies in the set: a tensor of bools."""
        raise NotImplementedError

    def holds(self, value: Any) -> bool:
        """Whether all of `value` lies in the set."""
        if self._takes_arrays and not state.levels and value._value.dtype.kind != "V":
            return bool(np.logical_and.reduce(self.check(value._value), None))
        return bool(self.check(value).all())

    def __repr__(self) -> str:
        return f"{type(self).__name__[1:]}()"


def holds(constraint: Any, value: Any) -> bool:
    """Whether all of `value` lies in the set of a constraint, which may be anyone's class."""
    if isinstance(constraint, Constraint):
        return constraint.holds(value)
    return bool(constraint.check(value).all())


# what is known of an instance only


class _Dependent(Constraint):
    """A set that depends on the instance; only its kind and event_dim may be known."""

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented):
        self._is_discrete, self._event_dim = is_discrete, event_dim

    @property
    def is_discrete(self) -> Any:
        if self._is_discrete is NotImplemented:
            raise NotImplementedError(".is_discrete cannot be determined statically")
        return self._is_discrete

    @property
    def event_dim(self) -> Any:
        if self._event_dim is NotImplemented:
            raise NotImplementedError(".event_dim cannot be determined statically")
        return self._event_dim

    def __call__(
        self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented
    ) -> Any:
        """The same, with more known."""
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, x: Any) -> Any:
        raise ValueError(
            "Cannot determine validity of dependent constraint: ask the instance for it"
        )


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint is known of an instance only."""
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property that gives an instance's constraint; read from the class, it is a dependent one.

    Used as `@dependent_property` or `@dependent_property(is_discrete=False, event_dim=0)`.
    """

    def __init__(self, fn: Callable[..., Any] | None = None, *, is_discrete: Any = NotImplemented,
                 event_dim: Any = NotImplemented) -> None:  # fmt: skip
        super().__init__(fn)
        self._is_discrete, self._event_dim = is_discrete, event_dim

    def __call__(self, fn: Callable[..., Any]) -> Any:  # type: ignore[override]
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


# sets made of others


def _assert(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class _Wrapping(Constraint):
    """A constraint on top of another."""

    def __init__(self, base_constraint: Any) -> None:
        _assert(
            isinstance(base_constraint, Constraint),
            f"base_constraint must be a Constraint, got {type(base_constraint).__name__}",
        )
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> Any:
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> Any:
        return self.base_constraint.event_dim


class _IndependentConstraint(_Wrapping):
    """Events of a constraint, several dimensions of them taken together as one event."""

    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: int) -> None:
        super().__init__(base_constraint)
        _assert(
            isinstance(reinterpreted_batch_ndims, int),
            "reinterpreted_batch_ndims must be an int, got "
            f"{type(reinterpreted_batch_ndims).__name__}",
        )
        _assert(
            reinterpreted_batch_ndims >= 0,
            f"reinterpreted_batch_ndims must be >= 0, got {reinterpreted_batch_ndims}",
        )
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def event_dim(self) -> Any:
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        result = self.base_constraint.check(value)
        self._require(value, result.ndim >= self.reinterpreted_batch_ndims)
        kept = result.shape[: result.ndim - self.reinterpreted_batch_ndims]
        return result.reshape((*kept, -1)).all(-1)

    def holds(self, value: Any) -> bool:
        self._require(value, value.ndim >= self.event_dim)
        return self.base_constraint.holds(value)

    def _require(self, value: Any, enough: bool) -> None:
        if not enough:
            raise ValueError(
                f"Expected value.dim() >= {self.event_dim} but got {value.ndim}: an event of "
                f"{self!r} has {self.event_dim} dimensions"
            )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"
        )


class MixtureSameFamilyConstraint(_Wrapping):
    """The support of a mixture: that of its components, all of which a value must satisfy."""

    def check(self, value: Any) -> Any:
        event_dim = self.event_dim
        if value.ndim < event_dim:
            raise ValueError(f"Expected value.dim() >= {event_dim} but got {value.ndim}")
        result = self.base_constraint.check(value.unsqueeze(-1 - event_dim))
        return result.reshape((*result.shape[: value.ndim - event_dim], -1)).all(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Several(Constraint):
    """Constraints on the parts of a tensor along a dimension."""

    def __init__(self, cseq: Sequence[Any], dim: int = 0) -> None:
        _assert(
            all(isinstance(c, Constraint) for c in cseq),
            "All elements of cseq must be Constraint instances",
        )
        self.cseq, self.dim = list(cseq), dim

    @property
    def is_discrete(self) -> Any:
        return any(c.is_discrete for c in self.cseq)

    @property
    def event_dim(self) -> Any:
        return max(c.event_dim for c in self.cseq)

    def _require_dim(self, value: Any) -> None:
        _assert(
            -value.dim() <= self.dim < value.dim(),
            f"dim {self.dim} out of range for value with {value.dim()} dimensions",
        )


class _Cat(_Several):
    """Constraints on slices of the given lengths, as `torch.cat` joins them."""

    def __init__(self, cseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None):
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        _assert(
            len(self.lengths) == len(self.cseq),
            f"lengths ({len(self.lengths)}) must match cseq ({len(self.cseq)})",
        )

    def check(self, value: Any) -> Any:
        self._require_dim(value)
        parts = value[_up_to(self.dim, sum(self.lengths), value.dim())].split(
            self.lengths, self.dim
        )
        return torch.cat([c.check(v) for c, v in zip(self.cseq, parts, strict=True)], self.dim)


def _up_to(dim: int, length: int, ndim: int) -> tuple[slice, ...]:
    return (*[slice(None)] * (dim % ndim), slice(length))


class _Stack(_Several):
    """Constraints on the tensors that `torch.stack` puts together."""

    @property
    def event_dim(self) -> Any:
        dim = super().event_dim
        return dim + 1 if self.dim + dim < 0 else dim

    def check(self, value: Any) -> Any:
        self._require_dim(value)
        parts = zip(self.cseq, value.unbind(self.dim), strict=False)
        return torch.stack([c.check(v) for c, v in parts], self.dim)


# sets of numbers


class _Boolean(Constraint):
    """0 and 1."""

    is_discrete = True
    _takes_arrays = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class _Real(Constraint):
    """All numbers but NaN."""

    _takes_arrays = True

    def check(self, value: Any) -> Any:
        return value == value


class _Bounded(Constraint):
    """Numbers within bounds, which are numbers or tensors."""

    _takes_arrays = True

    def holds(self, value: Any) -> bool:
        for bound in vars(self).values():
            if isinstance(bound, Tensor):
                return bool(self.check(value).all())
        return super().holds(value)

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__[1:]}({bounds})"


class _AtLeast(_Bounded):
    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound


class _AtMost(_Bounded):
    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound


class _Between(_Bounded):
    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound


class _GreaterThan(_AtLeast):
    """Numbers above a bound."""

    def check(self, value: Any) -> Any:
        return self.lower_bound < value


class _GreaterThanEq(_AtLeast):
    """Numbers not below a bound."""

    def check(self, value: Any) -> Any:
        return self.lower_bound <= value


class _LessThan(_AtMost):
    """Numbers below a bound."""

    def check(self, value: Any) -> Any:
        return value < self.upper_bound


class _Interval(_Between):
    """Numbers between two bounds, both included."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_Between):
    """Numbers between two bounds, the lower included."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _IntegerInterval(_Interval):
    """Whole numbers between two bounds, both included."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & super().check(value)


class _IntegerLessThan(_AtMost):
    """Whole numbers not above a bound."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value <= self.upper_bound)


class _IntegerGreaterThan(_GreaterThanEq):
    """Whole numbers not below a bound."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & super().check(value)


# sets of vectors


class _OneHot(Constraint):
    """Vectors of zeros and a single one."""

    is_discrete = True
    event_dim = 1
    _takes_arrays = True

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class _Simplex(Constraint):
    """Vectors of probabilities that sum to 1."""

    event_dim = 1
    _takes_arrays = True

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (abs(value.sum(-1) - 1) < 1e-6)


class _Multinomial(Constraint):
    """Vectors of counts whose sum is at most a bound."""

    is_discrete = True
    event_dim = 1
    _takes_arrays = True

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, x: Any) -> Any:
        return (x >= 0).all(-1) & (x.sum(-1) <= self.upper_bound)


# sets of matrices


class _LowerTriangular(Constraint):
    """Matrices with nothing above the diagonal."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return (value.tril() == value).all(-1).all(-1)


class _LowerCholesky(_LowerTriangular):
    """Lower triangular matrices with a positive diagonal."""

    def check(self, value: Any) -> Any:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(_LowerCholesky):
    """Lower triangular matrices with a positive diagonal and rows of length 1."""

    def check(self, value: Any) -> Any:
        tolerance = torch.finfo(value.dtype).eps * value.size(-1) * 10
        lengths = torch.linalg.norm(value.detach(), dim=-1)
        return super().check(value) & ((lengths - 1).abs() <= tolerance).all(-1)


class _Square(Constraint):
    """Square matrices."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        whether = value.shape[-2] == value.shape[-1]
        return torch.full(value.shape[:-2], whether, dtype=torch.bool)


class _Symmetric(_Square):
    """Symmetric matrices."""

    def check(self, value: Any) -> Any:
        found = super().check(value)
        if not found.all():
            return found
        return torch.isclose(value, value.mT, atol=1e-6).all(-2).all(-1)


class _PositiveSemidefinite(_Symmetric):
    """Symmetric matrices without negative eigenvalues."""

    def check(self, value: Any) -> Any:
        found = super().check(value)
        return torch.linalg.eigvalsh(value).ge(0).all(-1) if found.all() else found


class _PositiveDefinite(_Symmetric):
    """Symmetric matrices with positive eigenvalues."""

    def check(self, value: Any) -> Any:
        found = super().check(value)
        return torch.linalg.cholesky_ex(value).info.eq(0) if found.all() else found


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
cat = _Cat
stack = _Stack
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
