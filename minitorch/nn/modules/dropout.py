"""Dropout of elements and of whole channels."""

from __future__ import annotations

from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.arguments import check_probability
from minitorch.nn.modules.module import Module


class _Dropout(Module):
    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training, zeroes each element with probability `p` and scales the rest by `1 / (1 - p)`.

    In evaluation it returns its input (Hinton et al. 2012, arXiv:1207.0580).

    Raises:
        ValueError: `p` is not between 0 and 1.

    Example:
        >>> torch.nn.Dropout(0.2).eval()(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """In training, zeroes whole channels of `(N, C, L)` or `(C, L)`; see `Dropout`.

    Example:
        >>> torch.nn.Dropout1d(0.2).eval()(torch.ones(1, 1, 3))
        tensor([[[1., 1., 1.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """In training, zeroes whole channels of `(N, C, H, W)`; arXiv 1411.4280.

    Example:
        >>> torch.nn.Dropout2d(0.2)(torch.zeros(2, 3, 4, 4)).shape
        torch.Size([2, 3, 4, 4])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """In training, zeroes whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`.

    Example:
        >>> torch.nn.Dropout3d(0.2)(torch.zeros(2, 3, 4, 4, 1)).shape
        torch.Size([2, 3, 4, 4, 1])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """In training, puts the floor of SELU in place of elements; arXiv 1706.02515.

    Example:
        >>> torch.nn.AlphaDropout(0.2).eval()(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """In training, puts the floor of SELU in place of whole channels.

    Example:
        >>> torch.nn.FeatureAlphaDropout(0.2).eval()(torch.ones(1, 3))
        tensor([[1., 1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training)
