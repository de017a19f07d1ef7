"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters, one after the other, as a vector.

    Example:
        >>> layer = torch.nn.Linear(10, 3)
        >>> torch.nn.utils.parameters_to_vector(layer.parameters()).shape
        torch.Size([33])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Let the parameters' data be the pieces of a vector, whose memory they share from then on.

    Raises:
        TypeError: `vec` is not a tensor.
        RuntimeError: the vector is too short; nothing has been changed.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    listed = list(parameters)
    needed = sum(parameter.numel() for parameter in listed)
    if needed > vec.numel():
        raise RuntimeError(
            f"a vector of {vec.numel()} elements is too short for parameters of {needed}"
        )
    start = 0
    for parameter in listed:
        end = start + parameter.numel()
        parameter.data = vec[start:end].view_as(parameter).data
        start = end
