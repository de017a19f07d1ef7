"""The multivariate normal distribution with a covariance of low rank, but for its diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.distribution import Parametric
from minitorch.distributions.multivariate_normal import (
    LOG_2PI,
    _batch_mahalanobis,
    _batch_mv,
    log_diagonal,
)
from minitorch.distributions.utils import _standard_normal, lazy_property

__all__ = ["LowRankMultivariateNormal"]


class LowRankMultivariateNormal(Parametric):
    """The normal distribution of vectors with covariance W W^T + diag(d).

    What is factorized is the m x m matrix 1 + W^T diag(d)^-1 W, by the lemmas of Woodbury and of
    the matrix determinant.

    Args:
        loc: the mean, of shape (..., n).
        cov_factor: W, of shape (..., n, m).
        cov_diag: d, of shape (..., n).

    Example:
        >>> m = torch.distributions.LowRankMultivariateNormal(
        ...     torch.zeros(2), torch.tensor([[1.], [0.]]), torch.ones(2)
        ... )
        >>> m.covariance_matrix
        tensor([[2., 0.],
                [0., 1.]])
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    _kept = ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril")

    def __init__(
        self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError(
                "cov_factor must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(
                f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m"
            )
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            batch_shape = torch.broadcast_shapes(
                loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1]
            )
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, "
                f"cov_diag {cov_diag.shape}"
            ) from error
        self.loc = loc.expand(batch_shape + event_shape)
        self.cov_factor = cov_factor.expand(batch_shape + cov_factor.shape[-2:])
        self.cov_diag = cov_diag.expand(batch_shape + event_shape)
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        capacitance = self._scaled_factor @ cov_factor
        identity = torch.eye(capacitance.shape[-1], dtype=capacitance.dtype)
        self._capacitance_tril = torch.linalg.cholesky(capacitance + identity)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def _scaled_factor(self) -> Any:
        """W^T diag(d)^-1."""
        return self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)

    def _log_det(self) -> Any:
        """The logarithm of the determinant of the covariance."""
        return 2 * log_diagonal(self._capacitance_tril) + self._unbroadcasted_cov_diag.log().sum(-1)

    def _mahalanobis(self, x: Any) -> Any:
        """x^T covariance^-1 x."""
        inner = _batch_mv(self._scaled_factor, x)
        outer = (x.pow(2) / self._unbroadcasted_cov_diag).sum(-1)
        return outer - _batch_mahalanobis(self._capacitance_tril, inner)

    def _precision_trace(self, factor: Any) -> Any:
        """The trace of covariance^-1 F F^T."""
        scaled = factor / self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        inner = torch.linalg.solve_triangular(
            self._capacitance_tril, self._scaled_factor @ factor, upper=False
        )
        return scaled.pow(2).sum((-2, -1)) - inner.pow(2).sum((-2, -1))

    def _factors(self) -> tuple[Any, ...]:
        """Matrices F whose F F^T sum to the covariance."""
        own = torch.diag_embed(self._unbroadcasted_cov_diag.sqrt())
        return self._unbroadcasted_cov_factor, own

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        """The diagonal of the covariance."""
        total = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return total.expand(self._batch_shape + self._event_shape)

    def _expanded_matrix(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + matrix.shape[-2:])

    @lazy_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return torch.linalg.cholesky(self.covariance_matrix)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """W W^T + diag(d)."""
        factor = self._unbroadcasted_cov_factor
        return self._expanded_matrix(
            factor @ factor.mT + torch.diag_embed(self._unbroadcasted_cov_diag)
        )

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        solved = torch.linalg.solve_triangular(
            self._capacitance_tril, self._scaled_factor, upper=False
        )
        diagonal = torch.diag_embed(self._unbroadcasted_cov_diag.reciprocal())
        return self._expanded_matrix(diagonal - solved.mT @ solved)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        rank = self.cov_factor.shape[-1]
        low = _standard_normal((*shape[:-1], rank), self.loc.dtype)
        own = _standard_normal(shape, self.loc.dtype)
        return (
            self.loc
            + _batch_mv(self._unbroadcasted_cov_factor, low)
            + self._unbroadcasted_cov_diag.sqrt() * own
        )

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        distance = self._mahalanobis(value - self.loc)
        return -0.5 * (self._event_shape[0] * LOG_2PI + self._log_det() + distance)

    def entropy(self) -> Any:
        entropy = 0.5 * (self._event_shape[0] * (1 + LOG_2PI) + self._log_det())
        return entropy.expand(self._batch_shape)
