"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.chi2 import Chi2
from minitorch.distributions.exp_family import ExponentialFamily
from minitorch.distributions.multivariate_normal import Scaled, given, log_diagonal
from minitorch.distributions.utils import vec_to_tril_matrix
from minitorch.faces.descriptors import Size
from minitorch.faces.operands import is_number

__all__ = ["Wishart"]

LOG_2 = math.log(2)
_TRIES = 10


class Wishart(Scaled, ExponentialFamily):
    """The distribution of a sum of `df` outer products x x^T of normal vectors of mean 0.

    Samples are drawn by M. S. Bartlett's decomposition ("On the theory of statistical
    regression", 1934). One of the three matrices is given.

    Args:
        df: the degrees of freedom, a number or a tensor, above n - 1.
        covariance_matrix: that of the vectors, positive definite, (..., n, n).
        precision_matrix: its inverse.
        scale_tril: its lower Cholesky factor.

    Example:
        >>> torch.distributions.Wishart(torch.tensor(3.), torch.eye(2)).mean
        tensor([[3., 0.],
                [0., 3.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None,
                 scale_tril: Any = None, validate_args: bool | None = None) -> None:  # fmt: skip
        forms = given(covariance_matrix=covariance_matrix, precision_matrix=precision_matrix,
                      scale_tril=scale_tril)  # fmt: skip
        if len(forms) != 1:
            raise AssertionError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be "
                f"specified. Given: {', '.join(forms) or 'none'}"
            )
        (matrix,) = forms.values()
        if matrix.dim() < 2:
            raise ValueError(
                "scale_tril must be at least two-dimensional, with optional leading batch "
                "dimensions"
            )
        if is_number(df):
            df = torch.tensor(df, dtype=matrix.dtype)
        batch_shape = torch.broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = df.expand(batch_shape)
        size = matrix.shape[-1]
        if (self.df <= size - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {size - 1}.")
        if (self.df < size).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for "
                "ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        self._take(forms, batch_shape)
        super().__init__(batch_shape, matrix.shape[-2:], validate_args=validate_args)
        self._factorize(forms)

    @property
    def arg_constraints(self) -> Any:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    @property
    def _size(self) -> int:
        return self._event_shape[-1]

    @property
    def _df_of_matrix(self) -> Any:
        return self.df.reshape((*self.df.shape, 1, 1))

    @property
    def mean(self) -> Any:
        return self._df_of_matrix * self.covariance_matrix

    @property
    def mode(self) -> Any:
        factor = self._df_of_matrix - self._size - 1
        return factor.masked_fill(factor <= 0, math.nan) * self.covariance_matrix

    @property
    def variance(self) -> Any:
        covariance = self.covariance_matrix
        diagonal = covariance.diagonal(dim1=-2, dim2=-1)
        outer = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self._df_of_matrix * (covariance.pow(2) + outer)

    def _bartlett_sampling(self, sample_shape: Sequence[int] = ()) -> Any:
        size, dtype = self._size, self._unbroadcasted_scale_tril.dtype
        falling = self.df.unsqueeze(-1) - torch.arange(size, dtype=dtype)
        diagonal = Chi2(falling).rsample(sample_shape).sqrt().clamp(min=torch.finfo(dtype).eps)
        below = torch.randn(
            (*sample_shape, *self._batch_shape, size * (size - 1) // 2), dtype=dtype
        )
        factor = self._unbroadcasted_scale_tril @ (
            diagonal.diag_embed() + vec_to_tril_matrix(below, diag=-1)
        )
        return factor @ factor.mT

    def rsample(self, sample_shape: Sequence[int] = (), max_try_correction: Any = None) -> Any:
        sample_shape = Size(sample_shape)
        # PyTorch takes its first draws for singular unless they are; the same numbers for the
        # same seed are those drawn next
        self._bartlett_sampling(sample_shape)
        sample = self._bartlett_sampling(sample_shape)
        for _ in range(max_try_correction or _TRIES):
            singular = ~self.support.check(sample)
            if not singular.any():
                break
            mask = singular.unsqueeze(-1).unsqueeze(-1)
            sample = torch.where(mask, self._bartlett_sampling(sample_shape), sample)
        return sample

    def _log_det(self) -> Any:
        """p log 2 / 2 and half the logarithm of the covariance's determinant."""
        return self._size * LOG_2 / 2 + log_diagonal(self._unbroadcasted_scale_tril)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._size
        solved = torch.cholesky_solve(value, self._unbroadcasted_scale_tril)
        trace = solved.diagonal(dim1=-2, dim2=-1).sum(-1)
        return (
            -nu * self._log_det()
            - torch.mvlgamma(nu / 2, p)
            + (nu - p - 1) / 2 * torch.linalg.slogdet(value).logabsdet
            - trace / 2
        )

    def entropy(self) -> Any:
        nu, p = self.df, self._size
        halves = nu.unsqueeze(-1) / 2 - torch.arange(p, dtype=nu.dtype) / 2
        return (
            (p + 1) * self._log_det()
            + torch.mvlgamma(nu / 2, p)
            - (nu - p - 1) / 2 * torch.digamma(halves).sum(-1)
            + nu * p / 2
        )

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return -self.precision_matrix / 2, (self.df - self._size - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        p = self._size
        half = y + (p + 1) / 2
        log_det = torch.linalg.slogdet(-2 * x).logabsdet
        return half * (p * LOG_2 - log_det) + torch.mvlgamma(half, p)
