"""What the distributions share: broadcasting of parameters, probabilities and logits, laziness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import minitorch as torch
from minitorch.engine.box import fresh
from minitorch.engine.modes import state
from minitorch.faces.operands import is_number
from minitorch.faces.tensor import Tensor
from minitorch.nn.functional import pad, softmax
from minitorch.random import default_generator

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors and numbers as tensors of one shape.

    A number takes the dtype of the first tensor, or the default dtype where there is none.

    Raises:
        ValueError: one of them is neither.

    Example:
        >>> from minitorch.distributions.utils import broadcast_all
        >>> broadcast_all(torch.tensor([1., 2.]), 3)
        (tensor([1., 2.]), tensor([3., 3.]))
    """
    like = None
    for value in values:
        if isinstance(value, Tensor):
            if like is None:
                like = value
        elif not is_number(value):
            raise ValueError(
                "Input arguments must all be instances of Number, torch.Tensor or objects "
                f"implementing __torch_function__. One of them is a {type(value).__name__}: make "
                "it a tensor with torch.tensor(...)"
            )
    dtype = torch.get_default_dtype() if like is None else like.dtype
    tensors = tuple([_plain(v, dtype) for v in values])
    shape = tensors[0].shape
    for x in tensors[1:]:
        if x.shape != shape:
            return torch.broadcast_tensors(*tensors)
    return tensors


def _plain(value: Any, dtype: Any) -> Tensor:
    """A number as a tensor; what is a Parameter or the like, as a view that is none."""
    if type(value) is Tensor:
        return value
    if isinstance(value, Tensor):
        return value.expand(value.shape)
    return torch.tensor(value, dtype=dtype)


def drawing_freely() -> bool:
    """Whether no transform is live: arrays can then be drawn and filled directly."""
    return not state.levels


def _standard_normal(shape: Sequence[int], dtype: Any, device: Any = None) -> Tensor:
    """Standard normal numbers."""
    if not drawing_freely():
        return torch.randn(tuple(shape), dtype=dtype)
    return fresh(Tensor, default_generator.normal(tuple(shape), 0.0, 1.0, dtype.numpy))


def standard_uniform(shape: Sequence[int], dtype: Any) -> Tensor:
    """Uniform numbers in [0, 1)."""
    if not drawing_freely():
        return torch.rand(tuple(shape), dtype=dtype)
    return fresh(Tensor, default_generator.uniform(tuple(shape), 0.0, 1.0, dtype.numpy))


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dimensions."""
    if dim == 0:
        return value
    return value.reshape((*value.shape[:-dim], -1)).sum(-1)


def full(like: Tensor, shape: Sequence[int], value: float) -> Tensor:
    """A tensor of one value, in the dtype of another."""
    return torch.full(tuple(shape), value, dtype=like.dtype)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities from log odds (`is_binary`), or from the last dimension's log weights."""
    return torch.sigmoid(logits) if is_binary else softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities held between eps and 1 - eps, with the eps of their dtype."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Log odds (`is_binary`) or log probabilities; finite ones for probabilities of 0 and 1."""
    probs = clamp_probs(probs)
    return torch.log(probs) - torch.log1p(-probs) if is_binary else torch.log(probs)


class lazy_property:
    """A property computed when it is first read, and kept in the instance.

    Example:
        >>> from minitorch.distributions.utils import lazy_property
        >>> class Circle:
        ...     radius = 2
        ...     @lazy_property
        ...     def area(self):
        ...         return 3.14 * self.radius**2
        >>> circle = Circle()
        >>> circle.area, "area" in vars(circle)
        (12.56, True)
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__
        self.__name__ = wrapped.__name__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if torch.is_grad_enabled():
            value = self.wrapped(instance)
        else:  # whoever reads it later may want its gradient
            with torch.enable_grad():
                value = self.wrapped(instance)
        setattr(instance, self.__name__, value)
        return value


def _lower_triangle(n: int, diag: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.bool).tril(diag)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The lower triangles of matrices, up to a diagonal, row by row: (..., n, n) to (..., k)."""
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(
            f"diag ({diag}) provided is outside [{-n}, {n - 1}]: matrices of {n} rows have no "
            "such diagonal."
        )
    return mat[..., _lower_triangle(n, diag)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Lower triangular matrices filled up to a diagonal, row by row: (..., k) to (..., n, n)."""
    count = vec.shape[-1]
    n = max(0, -diag)
    while (filled := sum(max(0, min(n, row + 1 + diag)) for row in range(n))) < count:
        n += 1
    if filled != count:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as the lower "
            f"triangular part of a square D x D matrix: up to diagonal {diag}, none has so many "
            "elements."
        )
    flat = _lower_triangle(n, diag).reshape(-1)
    places = torch.where(flat, flat.cumsum(0) - 1, count)
    return pad(vec, [0, 1])[..., places].reshape((*vec.shape[:-1], n, n))
