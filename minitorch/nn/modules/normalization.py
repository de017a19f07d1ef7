"""Normalisation of layers, of groups of channels and of neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.faces.creation import empty, ones
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn import init
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter


class _Affine(Module):
    """A learnt scale, 1 at first, and a learnt shift, 0 at first."""

    weight: Parameter | None
    bias: Parameter | None

    def _make(self, size: Any, weight: bool, bias: bool | None, device: Any, dtype: Any) -> None:
        """Make the parameters; a `bias` of None means that the layer knows no shift."""
        for name, wanted in (("weight", weight), ("bias", bias)):
            if wanted is not None:
                made = Parameter(empty(size, device=device, dtype=dtype)) if wanted else None
                self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self._parameters.get("bias") is not None:
            init.zeros_(self.bias)


class LayerNorm(_Affine):
    """Each example less its mean, over its standard deviation; arXiv 1607.06450.

    Args:
        normalized_shape: the size or sizes of the last dimensions, which make up an example.
        eps: what is added to the variance.
        elementwise_affine: whether a scale is learnt, and a shift unless `bias` is False.

    Example:
        >>> torch.nn.LayerNorm(2)(torch.tensor([[1.0, 3.0], [5.0, 9.0]])).detach()
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """

    normalized_shape: tuple[int, ...]
    eps: float
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        affine = elementwise_affine
        self._make(self.normalized_shape, affine, affine and bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


def _sizes(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


class RMSNorm(_Affine):
    """Each example over the root of the mean of its squares; arXiv 1910.07467.

    Args:
        normalized_shape: the size or sizes of the last dimensions, which make up an example.
        eps: what is added to the mean; by default the resolution of the input's dtype.
        elementwise_affine: whether a scale is learnt.

    Example:
        >>> torch.nn.RMSNorm(2)(torch.tensor([3.0, 4.0])).detach()
        tensor([0.8485, 1.1314])
    """

    normalized_shape: tuple[int, ...]
    eps: float | None
    elementwise_affine: bool

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _sizes(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._make(self.normalized_shape, elementwise_affine, None, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(_Affine):
    """Each group of channels of `(N, C, *)` less its mean, over its standard deviation.

    Args:
        num_groups: a divisor of `num_channels`.
        num_channels: C.
        eps: what is added to the variance.
        affine: whether a scale and a shift of each channel are learnt; arXiv 1803.08494.

    Example:
        >>> torch.nn.GroupNorm(2, 4)(torch.tensor([[1.0, 3.0, 2.0, 6.0]])).detach()
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    num_groups: int
    num_channels: int
    eps: float
    affine: bool

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._make(num_channels, affine, affine and bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Each element over a power of the mean of squares of neighbouring channels.

    See `functional.local_response_norm`.

    Example:
        >>> torch.nn.LocalResponseNorm(2)(torch.zeros(1, 4, 5)).shape
        torch.Size([1, 4, 5])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(Module):
    """As `LocalResponseNorm`, of images `(N, C, H, W)`, with Caffe's mean of squares.

    The squares of the first channel are counted for all channels from (size - 1) / 2 + 1 on, as
    PyTorch does; the gradient is that of this function, where PyTorch's is another's.

    Example:
        >>> torch.nn.CrossMapLRN2d(3)(torch.zeros(1, 4, 5, 5)).shape
        torch.Size([1, 4, 5, 5])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.ndim}D instead.")
        n, channels, height, width = input.shape
        reach = int((self.size - 1) / 2 + 1)
        counted: Any = ones(channels, channels, dtype=input.dtype).tril(reach - 1).triu(1 - reach)
        counted[reach:, 0] = 1
        squares = counted @ (input * input).reshape(n, channels, height * width)
        scale = squares.reshape(input.shape) * (self.alpha / self.size) + self.k
        return input * scale**-self.beta  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
