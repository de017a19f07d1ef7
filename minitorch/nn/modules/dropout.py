"""Dropout."""

from __future__ import annotations

from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.arguments import check_probability
from minitorch.nn.modules.module import Module


class Dropout(Module):
    """In training, zeroes each element with probability `p` and scales the rest by `1 / (1 - p)`.

    In evaluation it returns its input (Hinton et al. 2012, arXiv:1207.0580).

    Raises:
        ValueError: `p` is not between 0 and 1.

    Example:
        >>> torch.nn.Dropout(0.2).eval()(torch.ones(3))
        tensor([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
