"""torch.*: convolutions, and the adjoint ones, over one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.errors.raising import teaching
from minitorch.faces.operands import box_of
from minitorch.faces.windows import (
    batched,
    c_name_of,
    crossed,
    int_of,
    ints_of,
    kind_of,
    listed,
    refuse,
    unbatched,
)
from minitorch.ops.convolution import (
    Window,
    biased_convolution,
    transposed_convolution,
)
from minitorch.ops.convolution import (
    convolution as convolve,
)
from minitorch.ops.shape import pad, reshape

Function = Callable[..., Any]
Shape = tuple[int, ...]


def _sizes(value: Any, rank: int, name: str, argument: str) -> Shape:
    """A setting for each dimension."""
    if type(value) is int:
        return (value,) * rank
    if type(value) is tuple and len(value) == rank and {int}.issuperset(map(type, value)):
        return value
    sizes = ints_of(value, f"{name}(): argument '{argument}'")
    if len(sizes) == 1:
        return sizes * rank
    if len(sizes) != rank:
        raise RuntimeError(
            f"expected {argument} to be a single integer value or a list of {rank} values to "
            f"match the convolution dimensions, but got {argument}={listed(sizes)}"
        )
    return sizes


def _boxes(name: str, rank: int, input: Any, weight: Any, bias: Any) -> tuple[Box, Box, Box | None]:
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    w = box_of(weight, f"{name}(): argument 'weight' (position 2)")
    b = None if bias is None else box_of(bias, f"{name}(): argument 'bias' (position 3)")
    shape = x._value.shape
    if len(shape) not in (rank + 1, rank + 2):
        raise teaching(RuntimeError)(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got "
            f"input of size: {listed(shape)}; that is (batch, channels, "
            f"{', '.join(('depth', 'height', 'width')[3 - rank :])}), the batch may be left out"
        )
    if w._value.ndim != rank + 2:
        raise teaching(RuntimeError)(
            f"{name}(): expected a weight of {rank + 2} dimensions (out channels, in channels, "
            f"*kernel), but got weight of size {listed(w._value.shape)}"
        )
    dtype = x._value.dtype
    other_bias = b is not None and b._value.dtype != dtype
    if w._value.dtype != dtype and not (other_bias and "transpose" not in name):
        raise teaching(RuntimeError)(
            f"expected scalar type {kind_of(x)} but found {kind_of(w)}: {name}() of an input of "
            f"{dtype} with a weight of {w._value.dtype}; convert one with .to(dtype)"
        )
    if b is not None and other_bias:
        raise teaching(RuntimeError)(
            f"Input type ({c_name_of(x)}) and bias type ({c_name_of(b)}) should be the same: "
            f"{name}() of an input of {dtype} with a bias of {b._value.dtype}; convert one with "
            ".to(dtype)"
        )
    refuse("slow_conv2d_cpu", x, "b")
    return x, w, b


def _check_settings(window: Window, groups: int) -> None:
    if min(window.kernel) <= 0:
        raise RuntimeError(
            f"kernel size should be greater than zero, but got: {crossed(window.kernel)}"
        )
    if min(window.padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(window.stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(window.dilation) <= 0:
        raise RuntimeError(
            f"dilation should be greater than zero, but got {listed(window.dilation)}"
        )
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


def _check_weight(shape: Shape, groups: int) -> None:
    if shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but "
            f"got weight of size {listed(shape)} instead"
        )
    if shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {listed(shape)} instead"
        )


def _check_channels(given: str, shape: Shape, weight: Shape, expected: int, rank: int) -> None:
    channels = shape[-rank - 1]
    if channels != expected:
        raise teaching(RuntimeError)(
            f"Given {given}, weight of size {listed(weight)}, expected input{listed(shape)} to "
            f"have {expected} channels, but got {channels} channels instead"
        )


def _check_bias(bias: Box | None, given: str, weight: Shape, count: int) -> None:
    if bias is not None and bias._value.shape != (count,):
        raise RuntimeError(
            f"Given {given}weight of size {listed(weight)}, expected bias to be 1-dimensional with "
            f"{count} elements, but got bias of size {listed(bias._value.shape)} instead"
        )


def _same(x: Box, window: Window) -> tuple[Any, Window]:
    """The input padded so that as many windows fit as it has places, and the window to use."""
    if set(window.stride) != {1}:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [r - 1 for r in window.reach]
    odd = [(0, t % 2) for t in total]
    if any(map(any, odd)):
        x = pad.unary(x, ((0, 0),) * (x._value.ndim - len(odd)) + tuple(odd))
    return x, window._replace(padding=tuple(t // 2 for t in total))


def _convolved(
    name: str, rank: int, input: Any, weight: Any, bias: Any, settings: tuple[Any, ...]
) -> Any:
    stride, padding, dilation, groups = settings
    x, w, b = _boxes(name, rank, input, weight, bias)
    shape: Shape = w._value.shape
    same = padding == "same"
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise teaching(RuntimeError)(
                f"Invalid padding string: {padding!r}; it is 'same' or 'valid'"
            )
        padding = 0
    window = Window(
        shape[2:],
        _sizes(stride, rank, name, "stride"),
        _sizes(padding, rank, name, "padding"),
        _sizes(dilation, rank, name, "dilation"),
    )
    groups = int_of(groups, f"{name}(): argument 'groups'")
    _check_settings(window, groups)
    _check_weight(shape, groups)
    given = f"groups={groups}"
    _check_channels(given, x._value.shape, shape, shape[1] * groups, rank)
    _check_bias(b, "", shape, shape[0])
    x, alone = batched(x, rank)
    if same:
        x, window = _same(x, window)
    sizes = x._value.shape[2:]
    if min(window.counts(sizes)) < 1:
        around = [n + 2 * p for n, p in zip(sizes, window.padding, strict=True)]
        raise teaching(RuntimeError)(
            f"Calculated padded input size per channel: ({' x '.join(map(str, around))}). Kernel "
            f"size: ({' x '.join(map(str, window.reach))}). Kernel size can't be greater than "
            f"actual input size: {name}() of an input of shape {listed(x._value.shape)}, which is "
            f"(batch, channels, {', '.join(('depth', 'height', 'width')[3 - rank :])})"
        )
    if b is None:
        y = convolve.apply((x, w), (window, groups))
    else:
        y = biased_convolution.apply((x, w, b), (window, groups))
    return unbatched(y) if alone else y


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:  # fmt: skip
    """The products of a weight with all windows of sequences (batch, channels, length).

    Args:
        weight: (out channels, in channels / groups, size).
        bias: a number added to each out channel.
        padding: zeros on both sides; "same" keeps the length, "valid" is none.

    Example:
        >>> torch.conv1d(torch.tensor([[1., 2., 4.]]), torch.tensor([[[-1., 1.]]]))
        tensor([[1., 2.]])
    """
    return _convolved("conv1d", 1, input, weight, bias, (stride, padding, dilation, groups))


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:  # fmt: skip
    """The products of a weight with all windows of images (batch, channels, height, width).

    Args:
        weight: (out channels, in channels / groups, height, width).
        bias: a number added to each out channel.
        padding: zeros on all sides; "same" keeps the sizes, "valid" is none.

    Example:
        >>> torch.conv2d(torch.ones(1, 3, 8, 8), torch.ones(5, 3, 3, 3), stride=2).shape
        torch.Size([1, 5, 3, 3])
    """
    return _convolved("conv2d", 2, input, weight, bias, (stride, padding, dilation, groups))


def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:  # fmt: skip
    """As `conv2d`, of volumes (batch, channels, depth, height, width)."""
    return _convolved("conv3d", 3, input, weight, bias, (stride, padding, dilation, groups))


# transposed


def _transposed(
    name: str, rank: int, input: Any, weight: Any, bias: Any, settings: tuple[Any, ...]
) -> Any:
    stride, padding, output_padding, groups, dilation = settings
    x, w, b = _boxes(name, rank, input, weight, bias)
    shape: Shape = w._value.shape
    window = Window(
        shape[2:],
        _sizes(stride, rank, name, "stride"),
        _sizes(padding, rank, name, "padding"),
        _sizes(dilation, rank, name, "dilation"),
    )
    extra = _sizes(output_padding, rank, name, "output_padding")
    groups = int_of(groups, f"{name}(): argument 'groups'")
    _check_settings(window, groups)
    _check_weight(shape, groups)
    _check_channels("transposed=1", x._value.shape, shape, shape[0], rank)
    _check_bias(b, "transposed=1, ", shape, shape[1] * groups)
    if min(extra) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if any(e >= max(s, d) for e, s, d in zip(extra, window.stride, window.dilation, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got "
            f"output_padding={listed(extra)}, stride={listed(window.stride)}, "
            f"dilation={listed(window.dilation)}"
        )
    x, alone = batched(x, rank)
    sizes = tuple(
        [
            (n - 1) * s - 2 * p + r + e
            for n, s, p, r, e in zip(
                x._value.shape[2:], window.stride, window.padding, window.reach, extra, strict=True
            )
        ]
    )
    if min(sizes) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({crossed(x._value.shape[2:])}). Calculated output "
            f"size per channel: ({crossed(sizes)}). Output size is too small"
        )
    spare = [e // s for e, s in zip(extra, window.stride, strict=True)]
    if any(spare):  # output padding of whole steps: where windows of zeros would be added
        x = pad.unary(x, ((0, 0), (0, 0), *[(0, count) for count in spare]))
    y = transposed_convolution.apply((x, w), (window, groups, sizes))
    if b is not None:
        y = y + reshape.unary(b, (-1, *(1,) * rank))
    return unbatched(y) if alone else y


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1
                     ) -> Any:  # fmt: skip
    """The adjoint of `conv1d`; see `conv_transpose2d`."""
    settings = (stride, padding, output_padding, groups, dilation)
    return _transposed("conv_transpose1d", 1, input, weight, bias, settings)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1
                     ) -> Any:  # fmt: skip
    """The adjoint of `conv2d`: each place of the input adds a window to the result.

    Args:
        weight: (in channels, out channels / groups, height, width).
        padding: what is cut off the result on all sides.
        output_padding: what the result has more, at the far end of each dimension.

    Example:
        >>> torch.conv_transpose2d(torch.ones(1, 3, 4, 4), torch.ones(3, 5, 2, 2), stride=2).shape
        torch.Size([1, 5, 8, 8])
    """
    settings = (stride, padding, output_padding, groups, dilation)
    return _transposed("conv_transpose2d", 2, input, weight, bias, settings)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1
                     ) -> Any:  # fmt: skip
    """The adjoint of `conv3d`; see `conv_transpose2d`."""
    settings = (stride, padding, output_padding, groups, dilation)
    return _transposed("conv_transpose3d", 3, input, weight, bias, settings)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d)
}
functions_only = tuple(functions)
