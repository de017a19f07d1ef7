"""Layers that only change the shape."""

from __future__ import annotations

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module, kind_of


class Flatten(Module):
    """Joins the dimensions from `start_dim` to `end_dim`; by default all but the batch.

    Example:
        >>> torch.nn.Flatten()(torch.zeros(32, 1, 8, 8)).shape
        torch.Size([32, 64])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Splits dimension `dim` into `unflattened_size`, in which one size may be -1.

    Example:
        >>> torch.nn.Unflatten(1, (2, 5, 5))(torch.zeros(3, 50)).shape
        torch.Size([3, 2, 5, 5])
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                "unflattened_size must be a tuple of ints, but found type "
                f"{kind_of(unflattened_size)}"
            )
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{kind_of(size)} at pos {i}"
                )
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
