"""torch.*: zeros around a tensor, and channels exchanged for pixels or for each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.layouts import copied
from minitorch.faces.operands import input_box, wrapped
from minitorch.faces.windows import ints_of, listed, placed
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as ops

Function = Callable[..., Any]


def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """A number around the tensor: `pad` has two widths for each dimension, the last one first.

    A negative width cuts elements off.

    Example:
        >>> torch.constant_pad_nd(torch.ones(2), (1, 2), 5.0)
        tensor([5., 1., 1., 5., 5.])
    """
    x = input_box(input, "constant_pad_nd")
    widths = pairs(pad, x._value.shape)
    dtype = x._value.dtype
    y = placed(x, widths, ops.pad)
    if value and any(max(pair) > 0 for pair in widths):
        outside = np.ones(x._value.shape, bool)
        around = tuple([(max(0, a), max(0, b)) for a, b in widths])
        inner = _cut(outside, widths)
        mask = fresh(x.face, ~np.pad(inner, around, constant_values=False))
        y = ew.where.apply((mask, wrapped(value, dtype, x.face), y), ())
    if not any(max(pair) > 0 for pair in widths):
        return copied(y, None)  # it would be a view
    return y


def _cut(x: np.ndarray, widths: Sequence[tuple[int, int]]) -> np.ndarray:
    sizes = zip(widths, x.shape, strict=True)
    return x[tuple([slice(max(0, -a), n - max(0, -b)) for (a, b), n in sizes])]


def pairs(pad: Any, shape: Sequence[int]) -> list[tuple[int, int]]:
    """Widths for each dimension, in the order of dimensions, from PyTorch's list from the last."""
    given = ints_of(pad, "pad(): argument 'pad' (position 2)")
    if len(given) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2; got {listed(given)}")
    if len(given) > 2 * len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(given)} and input of dimension {len(shape)}"
        )
    last = [(given[i], given[i + 1]) for i in range(0, len(given), 2)][::-1]
    widths = [(0, 0)] * (len(shape) - len(last)) + last
    for i, (size, (a, b)) in enumerate(zip(shape, widths, strict=True)):
        cut = size + min(a, 0) + min(b, 0)
        if cut < 0 or size + a + b < 0:
            raise RuntimeError(
                f"narrow(): length must be non-negative. The input size {size}, plus negative "
                f"padding {a} and {b} resulted in a negative output size, which is invalid. Check "
                f"dimension {i} of your input."
            )
    return widths


def _image(input: Any, name: str) -> Box:
    x = input_box(input, name)
    if x._value.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with "
            f"{x._value.ndim} dimension(s)"
        )
    return x


def _reshaped(x: Any, shape: Sequence[int]) -> Any:
    """`x` in another shape, and in memory of its own."""
    y = ops.reshape.unary(x, tuple(shape))
    return y if y._view is None else copied(y, None)


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(*, channels * r * r, height, width) as (*, channels, height * r, width * r).

    Example:
        >>> torch.pixel_shuffle(torch.arange(4).reshape(4, 1, 1), 2)
        tensor([[[0, 1],
                 [2, 3]]])
    """
    x, r = _image(input, "pixel_shuffle"), upscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, c, h, w = x._value.shape
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, but input.size(-3)={c} is not divisible by {r * r}"
        )
    n = len(lead)
    y = ops.reshape.unary(x, (*lead, c // (r * r), r, r, h, w))
    y = ops.transpose.unary(y, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return _reshaped(y, (*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """(*, channels, height * r, width * r) as (*, channels * r * r, height, width)."""
    x, r = _image(input, "pixel_unshuffle"), downscale_factor
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, c, h, w = x._value.shape
    for name, dim, size in (("height", -2, h), ("width", -1, w)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but "
                f"input.size({dim})={size} is not divisible by {r}"
            )
    n = len(lead)
    y = ops.reshape.unary(x, (*lead, c, h // r, r, w // r, r))
    y = ops.transpose.unary(y, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return _reshaped(y, (*lead, c * r * r, h // r, w // r))


def channel_shuffle(input: Any, groups: int) -> Any:
    """Channels (dimension 1) of all groups in turn, one of each.

    Example:
        >>> torch.channel_shuffle(torch.arange(4).reshape(1, 4, 1), 2).flatten()
        tensor([0, 2, 1, 3])
    """
    x = input_box(input, "channel_shuffle")
    shape = x._value.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {listed(shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    n, c, *sizes = shape
    if c % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups."
        )
    y = ops.reshape.unary(x, (n, groups, c // groups, *sizes))
    y = ops.transpose.unary(y, (0, 2, 1, *range(3, y._value.ndim)))
    return _reshaped(y, shape)


functions: dict[str, Function] = {
    f.__name__: f for f in (constant_pad_nd, pixel_shuffle, pixel_unshuffle, channel_shuffle)
}
functions["native_channel_shuffle"] = channel_shuffle
functions_only = tuple(functions)
