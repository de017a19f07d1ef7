"""`Variable`: PyTorch's name, from before 0.4, for a tensor."""

from __future__ import annotations

from typing import Any

from minitorch.faces.tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class VariableMeta(type):
    """A tensor is an instance of `Variable`."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """A tensor of `data`, requiring grad if so asked.

    Example:
        >>> x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
        >>> isinstance(x, torch.autograd.Variable)
        True
    """

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        y = data.detach() if isinstance(data, Tensor) else Tensor(data)
        return y.requires_grad_(requires_grad)
