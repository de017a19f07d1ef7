"""Parameter: a tensor that a module trains. Buffer: a tensor that it only keeps."""

from __future__ import annotations

from typing import Any, TypeVar

from minitorch.engine.box import new
from minitorch.faces.creation import empty
from minitorch.faces.tensor import Tensor

T = TypeVar("T", bound=Tensor)


def _over(cls: type[T], data: Tensor | None) -> T:
    """An untracked tensor of another class over the memory of `data`, sharing its version."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise AttributeError(
            f"'{type(data).__name__}' object has no attribute 'detach': {cls.__name__} is made "
            "from a tensor; torch.tensor(data) makes one"
        )
    box = new(cls)
    box._value, box._counter, box._node, box._view = data._value, data._counter, None, None
    return box


class Parameter(Tensor):
    """A tensor that, assigned to a module's attribute, is one of the module's `parameters()`.

    Args:
        data: the tensor whose memory it shares; None for an empty one.
        requires_grad: whether backward passes compute its gradient.

    Raises:
        RuntimeError: `data` is neither floating point nor complex and `requires_grad` is True.

    Example:
        >>> torch.nn.Parameter(torch.zeros(2))
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()
    _printed_as = "tensor"

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        parameter = _over(cls, data)
        parameter.requires_grad = requires_grad
        return parameter

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return f"Parameter containing:\n{super().__repr__()}"

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:  # without the gradient, unlike that of other tensors
            copy = memo[id(self)] = _over(type(self), self.data.clone())
            copy.requires_grad = self.requires_grad
        return memo[id(self)]


class Buffer(Tensor):
    """A tensor that, assigned to a module's attribute, is registered as a buffer.

    `persistent=False` leaves it out of the module's `state_dict`.

    Example:
        >>> m = torch.nn.Module()
        >>> m.mean = torch.nn.Buffer(torch.zeros(2))
        >>> list(m.state_dict())
        ['mean']
    """

    persistent: bool
    _printed_as = "tensor"

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        buffer = _over(cls, data)
        buffer.persistent = persistent
        return buffer
