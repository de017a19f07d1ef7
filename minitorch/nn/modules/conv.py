"""Convolutions, and the transposed ones, as modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from minitorch.faces.creation import empty
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn import init
from minitorch.nn.modules.lazy import LazyModuleMixin
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.utils import repeated
from minitorch.nn.parameter import Parameter, UninitializedParameter

_PADDINGS = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What all convolutions have: a weight, a bias and settings for each dimension."""

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: str
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, groups, padding, stride, padding_mode)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.padding, self.output_padding = padding, output_padding
        self.transposed, self.groups, self.padding_mode = transposed, groups, padding_mode
        self._reversed_padding_repeated_twice = self._around()
        place = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty(self._weight_shape(), **place))
        if bias:
            self.bias = Parameter(empty(out_channels, **place))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        outer, inner = self.out_channels, self.in_channels
        if self.transposed:
            outer, inner = inner, outer
        return (outer, inner // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the weight and then the bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def _around(self) -> list[int]:
        """What is put around the input by the other modes of padding, as `F.pad` takes it."""
        if isinstance(self.padding, str):
            reach = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            reach = reach if self.padding == "same" else [0] * len(reach)
            return [part for r in reversed(reach) for part in (r // 2, r - r // 2)]
        return [part for p in reversed(self.padding) for part in (p, p)]

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        zeros, ones = (0,) * len(self.kernel_size), (1,) * len(self.kernel_size)
        if self.padding != zeros:
            text += f", padding={self.padding}"
        if self.dilation != ones:
            text += f", dilation={self.dilation}"
        if self.output_padding != zeros:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


def _check(ins: int, outs: int, groups: int, padding: Any, stride: Any, mode: str) -> None:
    if groups <= 0:
        raise ValueError(f"groups must be a positive integer, not {groups}")
    if ins % groups:
        raise ValueError(f"in_channels must be divisible by groups: {ins} by {groups}")
    if outs % groups:
        raise ValueError(f"out_channels must be divisible by groups: {outs} by {groups}")
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise ValueError(
                f"Invalid padding string {padding!r}, should be one of 'same', 'valid'"
            )
        steps = stride if isinstance(stride, (tuple, list)) else (stride,)
        if padding == "same" and any(s != 1 for s in steps):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if mode not in _PADDINGS:
        raise ValueError(f"padding_mode must be one of {_PADDINGS}, but got padding_mode={mode!r}")


class _Conv(_ConvNd):
    """A convolution over `rank` dimensions, which `function` computes."""

    rank: ClassVar[int]
    function: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        rank = self.rank
        super().__init__(
            in_channels, out_channels, repeated(kernel_size, rank), repeated(stride, rank),
            padding if isinstance(padding, str) else repeated(padding, rank),
            repeated(dilation, rank), False, (0,) * rank, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with this weight and bias, by the settings of the layer."""
        stride, dilation, groups = self.stride, self.dilation, self.groups
        if self.padding_mode == "zeros":
            return self.function(input, weight, bias, stride, self.padding, dilation, groups)
        input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return self.function(input, weight, bias, stride, 0, dilation, groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """A convolution of sequences (batch, in_channels, length); see `Conv2d`.

    Example:
        >>> torch.nn.Conv1d(3, 8, 5, padding="same")(torch.zeros(2, 3, 20)).shape
        torch.Size([2, 8, 20])
    """

    rank, function = 1, staticmethod(F.conv1d)


class Conv2d(_Conv):
    """A convolution of images (batch, in_channels, height, width).

    Args:
        in_channels, out_channels: of the input and of the output.
        kernel_size, stride, dilation: a window's size, its steps, and its elements' distances.
        padding: zeros on all sides, or "same" or "valid".
        groups: the channels are cut into so many groups that do not see each other.
        bias: whether a number is learnt for each channel.
        padding_mode: "zeros", "reflect", "replicate" or "circular".
        device, dtype: of the parameters.

    Weight (out_channels, in_channels / groups, *kernel_size) and bias begin uniform within
    ±1/sqrt(in_channels / groups * elements of the kernel).

    Example:
        >>> layer = torch.nn.Conv2d(3, 16, 3, stride=2, padding=1)
        >>> layer(torch.zeros(8, 3, 32, 32)).shape
        torch.Size([8, 16, 16, 16])
    """

    rank, function = 2, staticmethod(F.conv2d)


class Conv3d(_Conv):
    """A convolution of volumes (batch, in_channels, depth, height, width); see `Conv2d`."""

    rank, function = 3, staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    """The adjoint of a convolution over `rank` dimensions."""

    rank: ClassVar[int]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}, not '
                f"{padding_mode!r}"
            )
        rank = self.rank
        super().__init__(
            in_channels, out_channels, repeated(kernel_size, rank), repeated(stride, rank),
            repeated(padding, rank), repeated(dilation, rank), True,
            repeated(output_padding, rank), groups, bias, padding_mode, device, dtype,
        )  # fmt: skip

    def _output_padding(
        self,
        input: Tensor,
        output_size: Any,
        stride: Any,
        padding: Any,
        kernel_size: Any,
        num_spatial_dims: int,
        dilation: Any = None,
    ) -> tuple[int, ...]:
        """The output padding that gives `output_size`."""
        if output_size is None:
            return self.output_padding
        rank, wanted = num_spatial_dims, [int(n) for n in output_size]
        lead = input.ndim - rank
        if len(wanted) == lead + rank:
            wanted = wanted[lead:]
        if len(wanted) != rank:
            raise ValueError(
                f"ConvTranspose{rank}D: for {input.ndim}D input, output_size must have {rank} or "
                f"{lead + rank} elements (got {len(output_size)})"
            )
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[lead:], stride, padding, dilation or (1,) * rank, kernel_size,
                strict=True,
            )
        ]  # fmt: skip
        most = [n + s - 1 for n, s in zip(least, stride, strict=True)]
        if any(not a <= n <= b for a, n, b in zip(least, wanted, most, strict=True)):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {least} to "
                f"{most} (for an input of {input.shape[lead:]})"
            )
        return tuple(n - a for n, a in zip(wanted, least, strict=True))

    def _apply_transposed(
        self, function: Callable[..., Any], input: Tensor, output_size: Any
    ) -> Tensor:
        extra = self._output_padding(
            input, output_size, self.stride, self.padding, self.kernel_size, self.rank,
            self.dilation,
        )  # fmt: skip
        return function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
            self.dilation,
        )  # fmt: skip


class ConvTranspose1d(_ConvTransposeNd):
    """The adjoint of `Conv1d`, which makes sequences longer; see `ConvTranspose2d`."""

    rank = 1

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        return self._apply_transposed(F.conv_transpose1d, input, output_size)


class ConvTranspose2d(_ConvTransposeNd):
    """The adjoint of `Conv2d`, which makes images larger.

    Args:
        padding: what is cut off the output on all sides.
        output_padding: what the output has more, at the far end of each dimension.

    The others are those of `Conv2d`; the weight is (in_channels, out_channels / groups,
    *kernel_size).

    Example:
        >>> layer = torch.nn.ConvTranspose2d(16, 3, 4, stride=2, padding=1)
        >>> layer(torch.zeros(8, 16, 16, 16)).shape
        torch.Size([8, 3, 32, 32])
    """

    rank = 2

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        return self._apply_transposed(F.conv_transpose2d, input, output_size)


class ConvTranspose3d(_ConvTransposeNd):
    """The adjoint of `Conv3d`, which makes volumes larger; see `ConvTranspose2d`."""

    rank = 3

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        return self._apply_transposed(F.conv_transpose3d, input, output_size)


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    """A convolution that takes `in_channels` from its first input."""

    rank: ClassVar[int]

    def _wait(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        """Put parameters that wait in the place of those that there are."""
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the parameters anew, if they are there."""
        if not self.has_uninitialized_params() and self.in_channels:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Make the parameters for inputs like this one."""
        few, many = self.rank + 1, self.rank + 2
        if input.ndim not in (few, many):
            raise RuntimeError(
                f"Expected {few}D (unbatched) or {many}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[-few]
        if self.in_channels % self.groups:
            raise ValueError(
                "in_channels must be divisible by groups: the input has "
                f"{self.in_channels} channels, for {self.groups} groups"
            )
        self._materialize(weight=self._weight_shape(), bias=(self.out_channels,))


class _LazyConv(_LazyConvNd, _Conv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self._wait(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input; see `LazyConv2d`."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input.

    Example:
        >>> layer = torch.nn.LazyConv2d(16, 3)
        >>> layer(torch.zeros(8, 3, 32, 32)).shape
        torch.Size([8, 16, 30, 30])
        >>> layer
        Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input; see `LazyConv2d`."""

    cls_to_become = Conv3d


class _LazyConvTranspose(_LazyConvNd, _ConvTransposeNd):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation,
            padding_mode,
        )  # fmt: skip
        self._wait(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input; see `LazyConv2d`."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input; see `LazyConv2d`."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input; see `LazyConv2d`."""

    cls_to_become = ConvTranspose3d
