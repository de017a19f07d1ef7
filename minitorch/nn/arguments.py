"""Checks that the functions of `nn` share."""

from __future__ import annotations

from minitorch.errors.raising import teaching
from minitorch.faces.operands import box_of
from minitorch.faces.tensor import Tensor


def require_tensor(value: object, function: str, argument: str, position: int) -> None:
    """Raise TypeError unless `value` is a tensor."""
    if not isinstance(value, Tensor):
        box_of(value, f"{function}(): argument '{argument}' (position {position})")


def require_floating(x: Tensor, kernel: str) -> None:
    """Raise NotImplementedError, as PyTorch's kernel of that name, for integers and bools."""
    if x._value.dtype.kind not in "fcV":
        raise teaching(NotImplementedError)(
            f"\"{kernel}\" not implemented for '{x.dtype.scalar_type}': convert it with .float()"
        )


def check_probability(p: float) -> None:
    """Raise ValueError unless `p` can be a dropout probability."""
    if p < 0.0 or p > 1.0:
        raise teaching(ValueError)(f"dropout probability has to be between 0 and 1, but got {p}")
