"""The LKJ distribution of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.distributions import constraints
from minitorch.distributions.beta import Beta
from minitorch.distributions.distribution import Distribution
from minitorch.distributions.utils import broadcast_all
from minitorch.faces.descriptors import Size

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices M, of density proportional to
    det(M)^(concentration - 1) (D. Lewandowski, D. Kurowicka, H. Joe, "Generating random
    correlation matrices based on vines and extended onion method", 2009).

    Samples are PyTorch's, number for number; from the third row on these are wider than the
    density says (row i is of a length from Beta(i - 1/2, …) where the paper has Beta(i / 2, …)).

    Args:
        dim: the number of rows, 2 or more.
        concentration: 1 for all matrices alike, more for those near to the identity.

    Example:
        >>> factor = torch.distributions.LKJCholesky(3, 0.5).sample()
        >>> torch.allclose((factor @ factor.T).diagonal(), torch.ones(3))
        True
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(
                f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}."
            )
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        dtype = self.concentration.dtype
        # row i is a random direction, as long as a beta number's square root says
        rows = torch.arange(-1, dim - 1, dtype=dtype).clamp(min=0)
        last = self.concentration.unsqueeze(-1) + 0.5 * (dim - 2)
        self._beta = Beta(rows + 0.5, last - 0.5 * rows)
        super().__init__(self.concentration.shape, Size((dim, dim)), validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(LKJCholesky, _instance)
        batch_shape = Size(batch_shape)
        new.dim = self.dim
        new.concentration = self.concentration.expand(batch_shape)
        new._beta = self._beta.expand((*batch_shape, self.dim))
        Distribution.__init__(new, batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Sequence[int] = ()) -> Any:
        squared = self._beta.sample(sample_shape).unsqueeze(-1)
        directions = torch.randn(self._extended_shape(sample_shape), dtype=squared.dtype).tril(-1)
        lengths = directions.norm(dim=-1, keepdim=True)  # that of the first row is 0
        factor = squared.sqrt() * directions / lengths.masked_fill(lengths == 0, 1)
        rest = (1 - factor.pow(2).sum(-1)).clamp(min=torch.finfo(factor.dtype).tiny)
        return factor + rest.sqrt().diag_embed()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        below = self.dim - 1
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim
        powers = powers - torch.arange(2, self.dim + 1)
        alpha = self.concentration + 0.5 * below
        norm = torch.mvlgamma(alpha - 0.5, below) - torch.lgamma(alpha) * below
        return (powers * diagonal.log()).sum(-1) - norm - 0.5 * below * math.log(math.pi)
