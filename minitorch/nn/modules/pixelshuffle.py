"""Channels turned into pixels, and back."""

from __future__ import annotations

from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.modules.module import Module


class PixelShuffle(Module):
    """(*, channels * r * r, height, width) as (*, channels, height * r, width * r).

    From Shi et al. 2016, arXiv:1609.05158.

    Example:
        >>> torch.nn.PixelShuffle(3)(torch.zeros(1, 9, 4, 4)).shape
        torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(*, channels, height * r, width * r) as (*, channels * r * r, height, width).

    Example:
        >>> torch.nn.PixelUnshuffle(3)(torch.zeros(1, 1, 12, 12)).shape
        torch.Size([1, 9, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
