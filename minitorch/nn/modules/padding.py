"""Padding, as modules."""

from __future__ import annotations

from typing import Any, ClassVar

from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.utils import repeated


class _Pad(Module):
    """Something around the last `rank` dimensions."""

    rank: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = repeated(padding, 2 * self.rank)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(Module):
    """A number around the last `rank` dimensions."""

    rank: ClassVar[int]
    value: float

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__()
        self.padding, self.value = repeated(padding, 2 * self.rank), value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """`value` around the last dimension: as wide as `padding` says.

    Example:
        >>> torch.nn.ConstantPad1d((1, 2), 5.0)(torch.zeros(1, 1))
        tensor([[5., 0., 5., 5.]])
    """

    rank = 1


class ConstantPad2d(_ConstantPad):
    """`value` around the last two dimensions: as wide as `padding` says."""

    rank = 2


class ConstantPad3d(_ConstantPad):
    """`value` around the last three dimensions: as wide as `padding` says."""

    rank = 3


class ZeroPad1d(ConstantPad1d):
    """Zeros around the last dimension; a negative width cuts off."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Zeros around the last two dimensions; a negative width cuts off."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Zeros around the last three dimensions; a negative width cuts off."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_Pad):
    """The mirror image, without the edge, around the last dimension.

    Example:
        >>> torch.nn.ReflectionPad1d(2)(torch.tensor([[1., 2., 3.]]))
        tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    rank, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """The mirror image, without the edge, around the last two dimensions."""

    rank, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """The mirror image, without the edge, around the last three dimensions."""

    rank, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """The edge repeated around the last dimension.

    Example:
        >>> torch.nn.ReplicationPad1d(1)(torch.tensor([[1., 2., 3.]]))
        tensor([[1., 1., 2., 3., 3.]])
    """

    rank, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The edge repeated around the last two dimensions."""

    rank, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """The edge repeated around the last three dimensions."""

    rank, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """The other end put around the last dimension.

    Example:
        >>> torch.nn.CircularPad1d(1)(torch.tensor([[1., 2., 3.]]))
        tensor([[3., 1., 2., 3., 1.]])
    """

    rank, mode = 1, "circular"


class CircularPad2d(_Pad):
    """The other end put around the last two dimensions."""

    rank, mode = 2, "circular"


class CircularPad3d(_Pad):
    """The other end put around the last three dimensions."""

    rank, mode = 3, "circular"
