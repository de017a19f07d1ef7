"""Transforms of vectors and matrices: to probabilities, and to factors of covariances."""

from __future__ import annotations

import math
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.pointwise import clipped
from minitorch.distributions.transform import Transform, _Plain, _require_dims
from minitorch.distributions.utils import tril_matrix_to_vec, vec_to_tril_matrix
from minitorch.faces.descriptors import Size
from minitorch.nn.functional import logsigmoid, pad, softplus

__all__ = ["CorrCholeskyTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform",
           "SoftmaxTransform", "StickBreakingTransform"]  # fmt: skip


class SoftmaxTransform(_Plain):
    """Probabilities by softmax; not bijective, as a constant added to x changes nothing."""

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Any) -> Any:
        weights = (x - x.max(-1, True)[0]).exp()
        return weights / weights.sum(-1, True)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        _require_dims(shape, 1)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        _require_dims(shape, 1)
        return shape


class StickBreakingTransform(_Plain):
    """K probabilities from K - 1 real numbers: each says how much is broken off of what is left.

    Zeros give K equal probabilities.
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _log_rest(x: Any, count: int) -> Any:
        """The logarithm of how many parts are still to be broken off: K - 1, … 1."""
        return torch.arange(count, 0, -1, dtype=x.dtype).log()

    def _call(self, x: Any) -> Any:
        z = clipped(torch.sigmoid(x - self._log_rest(x, x.shape[-1])))
        left = (1 - z).cumprod(-1)
        return pad(z, [0, 1], value=1) * pad(left, [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        broken = y[..., :-1]
        left = (1 - broken.cumsum(-1)).clamp(min=torch.finfo(y.dtype).tiny)
        return broken.log() - left.log() + self._log_rest(y, y.shape[-1] - 1)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        x = x - self._log_rest(x, x.shape[-1])
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        _require_dims(shape, 1)
        return Size((*shape[:-1], shape[-1] + 1))

    def inverse_shape(self, shape: Any) -> Any:
        _require_dims(shape, 1)
        return Size((*shape[:-1], shape[-1] - 1))


class CorrCholeskyTransform(Transform):
    """Cholesky factors of D x D correlation matrices from vectors of D (D - 1) / 2 real numbers.

    Their tanh are partial correlations, and break sticks as each row's squares sum to 1
    (D. Lewandowski, D. Kurowicka, H. Joe, "Generating random correlation matrices based on vines
    and extended onion method", 2009).
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Any) -> Any:
        eps = torch.finfo(x.dtype).eps
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), diag=-1)
        left = (1 - r * r).sqrt().cumprod(-1)
        r = r + torch.eye(r.shape[-1], dtype=r.dtype)
        return r * pad(left[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        left = pad(1 - (y * y).cumsum(-1)[..., :-1], [1, 0], value=1)
        t = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(left, diag=-1).sqrt()
        return (t.log1p() - (-t).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        left = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        slopes = x + softplus(-2 * x) - math.log(2.0)
        return 0.5 * left.log().sum(-1) - 2 * slopes.sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        _require_dims(shape, 1)
        count = shape[-1]
        size = (1 + math.isqrt(1 + 8 * count)) // 2
        if size * (size - 1) // 2 != count:
            raise ValueError(
                f"Input is not a flattened lower-diagonal number: {count} is no D (D - 1) / 2"
            )
        return Size((*shape[:-1], size, size))

    def inverse_shape(self, shape: Any) -> Any:
        _require_dims(shape, 2)
        if shape[-2] != shape[-1]:
            raise ValueError(f"Input is not square: its shape is {tuple(shape)}")
        size = shape[-1]
        return Size((*shape[:-2], size * (size - 1) // 2))


class LowerCholeskyTransform(_Plain):
    """Lower triangular matrices with a positive diagonal, by exp of the diagonal."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(_Plain):
    """Positive definite matrices L L^T, of `LowerCholeskyTransform`'s L."""

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(torch.linalg.cholesky(y))
