"""The multivariate normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.utils import _standard_normal, lazy_property

__all__ = ["MultivariateNormal"]

LOG_2PI = math.log(2 * math.pi)


def _batch_mv(matrix: Any, vector: Any) -> Any:
    """Matrices times vectors, whose batch dimensions broadcast."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _batch_mahalanobis(tril: Any, x: Any) -> Any:
    """The squared length of L^-1 x, for lower triangular matrices L and vectors x."""
    if tril.dim() == 2:  # all vectors are right-hand sides of one system
        rows = x.reshape(-1, x.shape[-1])
        solved = torch.linalg.solve_triangular(tril, rows.mT, upper=False)
        return solved.pow(2).sum(-2).reshape(x.shape[:-1])
    solved = torch.linalg.solve_triangular(tril, x.unsqueeze(-1), upper=False)
    return solved.pow(2).sum((-2, -1))


def _precision_to_scale_tril(precision: Any) -> Any:
    """The Cholesky factor of the inverse of a matrix."""
    flipped = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    inverse = torch.flip(flipped, (-2, -1)).mT  # of the factor that is sought
    identity = torch.eye(precision.shape[-1], dtype=precision.dtype)
    return torch.linalg.solve_triangular(inverse, identity, upper=False)


def log_diagonal(tril: Any) -> Any:
    """The logarithm of the determinant of triangular matrices."""
    return tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


class Scaled(Parametric):
    """A distribution of vectors or matrices with a covariance in one of three forms.

    `_unbroadcasted_scale_tril` is its Cholesky factor; the forms not given are computed from it.
    """

    _kept = ("_unbroadcasted_scale_tril",)
    _unbroadcasted_scale_tril: Any

    def _take(self, forms: dict[str, Any], batch_shape: Any) -> None:
        """Keep the form that is given, and its Cholesky factor."""
        ((name, matrix),) = forms.items()
        self.__dict__[name] = matrix.expand((*batch_shape, *matrix.shape[-2:]))

    def _factorize(self, forms: dict[str, Any]) -> None:
        ((name, matrix),) = forms.items()
        factors = {
            "scale_tril": lambda x: x,
            "covariance_matrix": torch.linalg.cholesky,
            "precision_matrix": _precision_to_scale_tril,
        }
        self._unbroadcasted_scale_tril = factors[name](matrix)

    def _expanded_matrix(self, matrix: Any) -> Any:
        return matrix.expand((*self._batch_shape, *matrix.shape[-2:]))

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return self._expanded_matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        tril = self._unbroadcasted_scale_tril
        return self._expanded_matrix(tril @ tril.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        return self._expanded_matrix(torch.cholesky_inverse(self._unbroadcasted_scale_tril))


def given(**forms: Any) -> dict[str, Any]:
    """The arguments that are not None."""
    return {name: matrix for name, matrix in forms.items() if matrix is not None}


class MultivariateNormal(Scaled):
    """The normal distribution of vectors; one of the three matrices is given.

    Args:
        loc: the mean, of shape (..., n).
        covariance_matrix: positive definite, (..., n, n).
        precision_matrix: its inverse.
        scale_tril: its lower Cholesky factor, which is used as it is; the others are factorized.

    Example:
        >>> MultivariateNormal = torch.distributions.MultivariateNormal
        >>> m = MultivariateNormal(torch.zeros(2), torch.eye(2))
        >>> m.log_prob(torch.zeros(2))
        tensor(-1.8379)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None,
                 scale_tril: Any = None, validate_args: bool | None = None) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        forms = given(covariance_matrix=covariance_matrix, precision_matrix=precision_matrix,
                      scale_tril=scale_tril)  # fmt: skip
        if len(forms) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                f"specified. Given: {', '.join(forms) or 'none'}"
            )
        ((name, matrix),) = forms.items()
        if matrix.dim() < 2:
            what = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(
                f"{what} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch_shape = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self._take(forms, batch_shape)
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._factorize(forms)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + _batch_mv(self._unbroadcasted_scale_tril, noise)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        distance = self._mahalanobis(value - self.loc)
        return -0.5 * (self._event_shape[0] * LOG_2PI + self._log_det() + distance)

    def entropy(self) -> Any:
        entropy = 0.5 * (self._event_shape[0] * (1 + LOG_2PI) + self._log_det())
        return entropy.expand(self._batch_shape)

    def _log_det(self) -> Any:
        """The logarithm of the determinant of the covariance."""
        return 2 * log_diagonal(self._unbroadcasted_scale_tril)

    def _mahalanobis(self, x: Any) -> Any:
        """x^T covariance^-1 x."""
        return _batch_mahalanobis(self._unbroadcasted_scale_tril, x)

    def _precision_trace(self, factor: Any) -> Any:
        """The trace of covariance^-1 F F^T."""
        solved = torch.linalg.solve_triangular(self._unbroadcasted_scale_tril, factor, upper=False)
        return solved.pow(2).sum((-2, -1))

    def _factors(self) -> tuple[Any, ...]:
        """Matrices F whose F F^T sum to the covariance."""
        return (self._unbroadcasted_scale_tril,)
