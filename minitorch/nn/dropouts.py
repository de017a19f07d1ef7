"""The dropouts of `torch.nn.functional`."""

from __future__ import annotations

import warnings

from minitorch.faces import dropouts as torch
from minitorch.faces.sampling import dropped
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import check_probability, require_tensor

__all__ = [
    "alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout",
]  # fmt: skip


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability `p` and scale the rest by `1 / (1 - p)`, in training.

    Example:
        >>> torch.nn.functional.dropout(torch.ones(3), training=False)
        tensor([1., 1., 1.])
    """
    check_probability(p)
    require_tensor(input, "dropout", "input", 1)
    if not training or p == 0.0:
        return input
    value = input._value
    if value.dtype.kind not in "fcV":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type "
            f"{input.dtype.scalar_type}: dropout() needs a floating-point input, such as "
            "input.float()"
        )
    mask = dropped(input, p)
    return input.mul_(mask) if inplace else input * mask


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of `(N, C, L)` or `(C, L)` with probability `p`, in training.

    The others are scaled by `1 / (1 - p)`.

    Raises:
        RuntimeError: the input has other dimensions.
    """
    check_probability(p)
    require_tensor(input, "dropout1d", "input", 1)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input: it zeroes "
            "the channels of (N, C, L) or (C, L)"
        )
    return _channels("feature_dropout", input, p, training, inplace, 3)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of `(N, C, H, W)` with probability `p`, in training.

    The others are scaled by `1 / (1 - p)`. An input of 3 dimensions is taken as `(N, C, L)`, with
    a warning, as in PyTorch.
    """
    check_probability(p)
    require_tensor(input, "dropout2d", "input", 1)
    _warn_of_rank("dropout2d", input.ndim, (3, 4))
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired: (N, C, L). To keep that, use dropout1d instead.",
            stacklevel=2,
        )
    return _channels("feature_dropout", input, p, training, inplace, 0)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zero whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`, in training; see `dropout1d`."""
    check_probability(p)
    require_tensor(input, "dropout3d", "input", 1)
    _warn_of_rank("dropout3d", input.ndim, (4, 5))
    return _channels("feature_dropout", input, p, training, inplace, 5)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Put the floor of SELU in place of elements, and keep mean and variance; arXiv 1706.02515."""
    check_probability(p)
    return _channels("alpha_dropout", input, p, training, inplace, 0)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """`alpha_dropout` of whole channels: of each index of the first two dimensions."""
    check_probability(p)
    return _channels("feature_alpha_dropout", input, p, training, inplace, 0)


def _warn_of_rank(name: str, rank: int, expected: tuple[int, ...]) -> None:
    if rank not in expected:
        warnings.warn(
            f"{name}: Received a {rank}-D input to {name}, which is deprecated and will result in "
            "an error in a future release. To retain the behavior and silence this warning, "
            f"please use dropout instead. {name} is for inputs of {' or '.join(map(str, expected))}"
            " dimensions.",
            stacklevel=3,
        )


def _channels(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, batched: int
) -> Tensor:
    """One of torch's dropouts; an input of fewer than `batched` dimensions is one example."""
    table, name = (torch.functions_in_place, f"{name}_") if inplace else (torch.functions, name)
    if not batched or input.ndim >= batched:
        return table[name](input, p, training)
    return table[name](input.unsqueeze(0), p, training).squeeze(0)
