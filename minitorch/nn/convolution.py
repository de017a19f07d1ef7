"""torch.nn.functional: convolutions, and the windows that they see."""

from __future__ import annotations

import math
from typing import Any

from minitorch.faces.convolutions import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from minitorch.faces.operands import input_box
from minitorch.faces.tensor import Tensor
from minitorch.faces.windows import batched, ints_of, refuse, unbatched
from minitorch.ops.shape import reshape
from minitorch.ops.windows import Window, columns, uncolumns

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "fold", "unfold",
]  # fmt: skip

_WORDS = {"kernel": "kernel size", "stride": "stride", "dilation": "dilation"}


def _pair(value: Any, name: str, argument: str) -> tuple[int, ...]:
    sizes = ints_of(value, f"{name}(): argument '{argument}'")
    if len(sizes) > 2:
        raise RuntimeError(f"{name}(): expected {argument} of one or two ints, but got {value!r}")
    return sizes * 2 if len(sizes) == 1 else sizes


def _window(name: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Window:
    window = Window(
        _pair(kernel, name, "kernel_size"),
        _pair(stride, name, "stride"),
        _pair(padding, name, "padding"),
        _pair(dilation, name, "dilation"),
    )
    for part, word in _WORDS.items():
        sizes = getattr(window, part)
        if min(sizes) <= 0:
            raise RuntimeError(
                f"{word} should be greater than zero, but got {part}_height: {sizes[0]} "
                f"{part}_width: {sizes[1]}"
            )
    if min(window.padding) < 0:
        raise RuntimeError(f"padding should be non-negative, but got {window.padding}")
    return window


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
           stride: Any = 1) -> Tensor:  # fmt: skip
    """All windows of images as columns: (batch, channels * elements of a window, windows).

    Example:
        >>> torch.nn.functional.unfold(torch.ones(1, 3, 10, 12), (4, 5)).shape
        torch.Size([1, 60, 56])
    """
    x = input_box(input, "unfold")
    window = _window("unfold", kernel_size, dilation, padding, stride)
    shape = x._value.shape
    if len(shape) not in (3, 4) or 0 in shape[1:]:
        kind = IndexError if len(shape) < 3 else RuntimeError
        raise kind(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(shape)}"
        )
    refuse("im2col_out_cpu", x, "iu")
    counts = window.counts(shape[-2:])
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(shape[-2:])}, kernel_size={window.kernel}, "
            f"dilation={window.dilation}, padding={window.padding}, calculated shape of the array "
            f"of sliding blocks as {counts}, but its components must be at least one."
        )
    x, alone = batched(x, 2)
    y = columns.unary(x, window)
    height = x._value.shape[1] * math.prod(window.kernel)
    y = reshape.unary(y, (x._value.shape[0], height, math.prod(counts)))
    return unbatched(y) if alone else y


def fold(input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
         stride: Any = 1) -> Tensor:  # fmt: skip
    """Columns, as `unfold` makes them, added up into images of `output_size`.

    Example:
        >>> torch.nn.functional.fold(torch.ones(1, 12, 12), (4, 5), (2, 2)).shape
        torch.Size([1, 3, 4, 5])
    """
    x = input_box(input, "fold")
    window = _window("fold", kernel_size, dilation, padding, stride)
    sizes = _pair(output_size, "fold", "output_size")
    shape = x._value.shape
    if len(shape) not in (2, 3) or 0 in shape[1:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
            f"non-zero dimensions for input, but got: {list(shape)}"
        )
    cells = math.prod(window.kernel)
    if shape[-2] % cells:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, "
            f"but got input.size(1)={shape[-2]} and kernel_size={window.kernel}."
        )
    counts = window.counts(sizes)
    if math.prod(counts) != shape[-1] or min(counts) < 1:
        raise RuntimeError(
            f"Given output_size={sizes}, kernel_size={window.kernel}, dilation={window.dilation}, "
            f"padding={window.padding}, stride={window.stride}, expected size of input's dimension "
            f"2 to match the calculated number of sliding blocks {counts[0]} * {counts[1]} = "
            f"{math.prod(counts)}, but got input.size(2)={shape[-1]}."
        )
    x, alone = batched(x, 1)
    n, height, _ = x._value.shape
    y = reshape.unary(x, (n, height // cells, *window.kernel, *counts))
    y = uncolumns.unary(y, window, sizes)
    return unbatched(y) if alone else y
