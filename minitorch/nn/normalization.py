"""The normalisations of `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from minitorch.faces import normalization as torch
from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_tensor

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize",
    "rms_norm",
]  # fmt: skip


def _more_than_one(sizes: Sequence[int], shape: object) -> None:
    """Refuse to take the variance of single values."""
    if prod(sizes) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shape}"
        )


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of `(N, C, *)` less its mean, over its standard deviation; arXiv 1502.03167.

    In training these are the batch's, and the running statistics move towards them by `momentum`;
    else these are the running statistics.

    Raises:
        ValueError: in training, there is one value in each channel.

    Example:
        >>> x = torch.tensor([[1.0, 5.0], [3.0, 9.0]])
        >>> torch.nn.functional.batch_norm(x, None, None, training=True)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    if training:
        require_tensor(input, "batch_norm", "input", 1)
        _more_than_one((*input.shape[:1], *input.shape[2:]), input.shape)
    return torch.batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps, False
    )


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each example of `(N, C, *)` less its mean, over its standard deviation.

    Raises:
        ValueError: with `use_input_stats`, there is one value in each channel of an example.

    Example:
        >>> torch.nn.functional.instance_norm(torch.tensor([[[1.0, 3.0], [2.0, 6.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """
    if use_input_stats:
        require_tensor(input, "instance_norm", "input", 1)
        if prod(input.shape[2:]) == 1:
            raise ValueError(
                f"Expected more than 1 spatial element when training, got input size {input.shape}"
            )
    return torch.instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, False
    )


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each example less its mean, over its standard deviation; arXiv 1607.06450.

    Shapes: input `(*, *normalized_shape)`; weight and bias `normalized_shape`.

    Example:
        >>> torch.nn.functional.layer_norm(torch.tensor([[1.0, 3.0], [5.0, 9.0]]), (2,))
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """
    return torch.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """Each example over the root of the mean of its squares; arXiv 1910.07467.

    Shapes: input `(*, *normalized_shape)`, weight `normalized_shape`. `eps` is added to that
    mean; by default it is the resolution of the input's dtype.

    Example:
        >>> torch.nn.functional.rms_norm(torch.tensor([3.0, 4.0]), (2,))
        tensor([0.8485, 1.1314])
    """
    return torch.rms_norm(input, normalized_shape, weight, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each group of channels of `(N, C, *)` less its mean, over its standard deviation.

    Raises:
        ValueError: there is one value in each group; arXiv 1803.08494.

    Example:
        >>> torch.nn.functional.group_norm(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    require_tensor(input, "group_norm", "input", 1)
    if input.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.ndim}"
        )
    sizes = [input.shape[0] * input.shape[1] // num_groups, num_groups, *input.shape[2:]]
    _more_than_one((sizes[0], *sizes[2:]), sizes)
    return torch.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Each element over `(k + alpha * mean of squares) ** beta` of `size` neighbouring channels.

    Shapes: `(N, C, *)` with at least 3 dimensions. Channels beyond the ends count as zeros
    (Krizhevsky et al. 2012).

    Raises:
        ValueError: the input has fewer than 3 dimensions.

    Example:
        >>> torch.nn.functional.local_response_norm(torch.ones(1, 2, 1), 2, alpha=2.0)
        tensor([[[0.5946],
                 [0.4387]]])
    """
    require_tensor(input, "local_response_norm", "input", 1)
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim})")
    if not input.numel():
        return input
    channels, squares = input.shape[1], input * input
    before, after = (squares.new_zeros(squares.shape[0], n, *squares.shape[2:])
                     for n in (size // 2, (size - 1) // 2))  # fmt: skip
    padded = cat([before, squares, after], 1)
    total = padded.narrow(1, 0, channels)
    for i in range(1, size):
        total = total + padded.narrow(1, i, channels)
    return input / (total * (alpha / size) + k).pow(beta)


def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int | tuple[int, ...] = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
) -> Tensor:
    """Vectors along a dimension over their p-norms, which count as at least `eps`.

    Example:
        >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    require_tensor(input, "linalg_vector_norm", "self", 1)
    y = input / input.norm(p, dim, keepdim=True).clamp_min(eps)
    return y if out is None else out.copy_(y)
