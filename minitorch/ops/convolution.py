"""Convolution: of vectors, where two products are each other's adjoints, and of images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.memory import relaid
from minitorch.engine.primitive import Primitive
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import alike, broadcast_to, reshape, transpose
from minitorch.ops.windows import Shape, Window, padded, sliding


def _convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if not a.size or not b.size:
        return np.zeros(max(a.size + b.size - 1, 0), np.result_type(a, b))
    return np.convolve(a, b)


def _slide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    count = a.size - b.size + 1
    if not count or not b.size:
        return np.zeros(count, np.result_type(a, b))
    return np.convolve(a, b[::-1], "valid")


convolve = Primitive(
    "convolve", _convolve, arrays=2, linear=(0, 1),
    vjps=(lambda g, b: slide(g, b), lambda g, a: slide(g, a)),
    doc="the sums of a[i] * b[k - i], for all k where the two vectors overlap",
)  # fmt: skip

slide = Primitive(
    "slide", _slide, arrays=2, linear=(0, 1),
    vjps=(lambda g, b: convolve(g, b), lambda g, a: slide(a, g)),
    doc="the sums of a[k + i] * b[i], for all k where b lies within a, the longer vector",
)  # fmt: skip

windows = Primitive(
    "windows",
    lambda x, axis, size: np.lib.stride_tricks.sliding_window_view(x, size, axis).copy(),
    linear=(0,), vjps=(lambda g, axis: unwindows(g, axis),),
    batch=lambda op, boxes, flags, params: op(*boxes, params[0] + 1, params[1]),
    doc="all windows of some size along an axis, as a new last axis",
)  # fmt: skip


def _unwindows(x: np.ndarray, axis: int) -> np.ndarray:
    count, size = x.shape[axis], x.shape[-1]
    y = np.zeros((*x.shape[:axis], count + size - 1, *x.shape[axis + 1 : -1]), x.dtype)
    laid = np.moveaxis(y, axis, 0)
    parts = np.moveaxis(x, (axis, -1), (0, 1))
    if size <= count:
        for i in range(size):
            laid[i : i + count] += parts[:, i]
    else:
        for i in range(count):
            laid[i : i + size] += parts[i]
    return y


unwindows = Primitive(
    "unwindows", _unwindows, names=("x", "axis"), linear=(0,),
    vjps=(lambda g, x_shape, axis: windows(g, axis, x_shape[-1]),),
    batch=lambda op, boxes, flags, params: op(*boxes, params[0] + 1),
    doc="the windows added up where they lay: the adjoint of `windows`",
)  # fmt: skip


# convolution of images: examples, channels and then the axes that the window slides over
#
# The windows are laid out as columns and multiplied with the weight as a matrix, for as many
# examples at a time as the cache holds; the columns are not kept but laid out again on the way
# back. Where windows lie side by side, rows of the image are not cut to the windows' places: the
# few columns between two rows that are computed in vain cost less than short copies.

BLOCK = 1 << 17  # numbers in the columns of one block
LOW = 16  # columns below this height count as so high: BLAS slows down where rows are very long
WASTE = 1.7  # how many times too many columns are worth their long copies


class _Layout:
    """How the windows of images of some sizes are laid out as columns."""

    def __init__(self, window: Window, sizes: Shape) -> None:
        self.window, self.counts = window, window.counts(sizes)
        self.sizes = tuple([n + 2 * p for n, p in zip(sizes, window.padding, strict=True)])
        self.jumps = [math.prod(self.sizes[i + 1 :]) for i in range(len(sizes))]
        length = sum((c - 1) * j for c, j in zip(self.counts, self.jumps, strict=True)) + 1
        self.flat = set(window.stride) == {1} and length <= WASTE * math.prod(self.counts)
        self.places: Shape = (length,) if self.flat else self.counts
        self.size = length if self.flat else math.prod(self.counts)

    def windows(self, x: np.ndarray) -> np.ndarray:
        """The windows of images: (n, channels, *kernel, *places), without a copy of each."""
        x = padded(x, self.window.padding)
        if not self.flat:
            return sliding(x, self.window, self.counts)
        x = np.ascontiguousarray(x)
        steps = [j * d * x.itemsize for j, d in zip(self.jumps, self.window.dilation, strict=True)]
        shape = (*x.shape[:2], *self.window.kernel, self.size)
        return relaid(x, shape, (*x.strides[:2], *steps, x.itemsize))

    def step(self, n: int, height: int) -> int:
        """How many of `n` examples make a block, where a column is so high."""
        most = max(1, BLOCK // (max(height, LOW) * self.size))
        return -(-n // -(-n // most))  # blocks alike in size

    def blocks(self, x: np.ndarray, groups: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Columns (groups, channels of a group and their elements, examples and places)."""
        n, channels = x.shape[:2]
        height = channels * math.prod(self.window.kernel)
        windows, step = self.windows(x), self.step(n, height)
        buffer = np.empty(height * step * self.size, x.dtype)
        rank = self.window.rank
        order = (*range(1, rank + 2), 0, *range(rank + 2, windows.ndim))
        for start in range(0, n, step):
            part = windows[start : start + step].transpose(order)
            columns = buffer[: part.size].reshape(part.shape)
            np.copyto(columns, part)
            yield slice(start, start + step), columns.reshape(groups, height // groups, -1)

    def rows(self, g: np.ndarray, groups: int, step: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Images at the windows' places as rows to multiply columns with, zeros between them."""
        n, channels = g.shape[:2]
        buffer = np.zeros((groups, channels // groups, step, self.size), g.dtype)
        for start in range(0, n, step):
            part = g[start : start + step]
            rows = buffer[:, :, : len(part)].reshape(groups, channels // groups, -1)
            target = self.at_places(rows, len(part))
            np.copyto(target, _grouped_channels(part, groups))
            yield slice(start, start + step), rows

    def at_places(self, y: np.ndarray, count: int) -> np.ndarray:
        """Of (*, examples and places): (*, examples, *counts), in the same memory."""
        if not self.flat:
            return y.reshape(*y.shape[:-1], count, *self.counts)
        item = y.itemsize
        return relaid(
            y,
            (*y.shape[:-1], count, *self.counts),
            (*y.strides[:-1], self.size * item, *[j * item for j in self.jumps]),
        )


_layout = lru_cache(maxsize=256)(_Layout)


def _grouped_channels(x: np.ndarray, groups: int) -> np.ndarray:
    """Images as (groups, channels of a group, examples, *sizes), in the same memory."""
    parts = x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])
    return parts.transpose((1, 2, 0, *range(3, parts.ndim)))


def _wide(*arrays: np.ndarray | None) -> list[Any]:
    """Arrays in a dtype that BLAS multiplies: float16 and bfloat16 in float32."""
    return [
        x.astype(np.float32) if x is not None and (x.dtype == np.float16 or x.dtype.kind == "V")
        else x for x in arrays
    ]  # fmt: skip


def _is_depthwise(channels: int, weight_shape: Shape, groups: int) -> bool:
    return groups == channels == weight_shape[0] and groups > 1


def _pointwise(weight_shape: Shape, window: Window) -> bool:
    """Whether a window shows one place, and each place once: the columns are the image."""
    return math.prod(weight_shape[2:]) == 1 == max(window.stride) and not any(window.padding)


def _convolution(x: np.ndarray, weight: np.ndarray, window: Window, groups: int) -> np.ndarray:
    return _biased(x, weight, None, window, groups)


def _biased(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, window: Window, groups: int
) -> np.ndarray:
    dtype, counts = x.dtype, window.counts(x.shape[2:])
    x, weight, bias = _wide(x, weight, bias)
    n, o = len(x), len(weight)
    if not (x.size and weight.size):
        y = np.zeros((n, o, *counts), x.dtype)
    elif _is_depthwise(x.shape[1], weight.shape, groups):
        y = _depthwise(x, weight, window)
    elif _pointwise(weight.shape, window):
        rows = x.reshape(n, groups, -1, math.prod(counts))
        y = np.matmul(weight.reshape(groups, o // groups, -1), rows).reshape(n, o, *counts)
    else:
        return _by_columns(x, weight, bias, window, groups).astype(dtype, copy=False)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * len(counts))
    return y.astype(dtype, copy=False)


def _by_columns(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, window: Window, groups: int
) -> np.ndarray:
    layout, n, o = _layout(window, x.shape[2:]), len(x), len(weight)
    rows = weight.reshape(groups, o // groups, -1)
    y = np.empty((n, o, *layout.counts), np.result_type(x, weight))
    shift = None if bias is None else bias.reshape(groups, -1, *(1,) * (window.rank + 1))
    buffer = None
    for block, columns in layout.blocks(x, groups):
        target = _grouped_channels(y[block], groups)
        fits = buffer is not None and buffer.shape[-1] == columns.shape[-1]
        buffer = np.matmul(rows, columns, out=buffer if fits else None)
        product = layout.at_places(buffer, target.shape[2])
        if shift is None:
            np.copyto(target, product)
        else:
            np.add(product, shift, out=target)
    return y


def _depthwise(x: np.ndarray, weight: np.ndarray, window: Window) -> np.ndarray:
    layout = _layout(window, x.shape[2:])
    windows, factors = layout.windows(x), weight.reshape(len(weight), *window.kernel)
    y = np.zeros((*x.shape[:2], *layout.places), x.dtype)
    step = max(1, BLOCK // y[0].size)
    ones = (1,) * len(layout.places)
    for start in range(0, len(x), step):
        target, source = y[start : start + step], windows[start : start + step]
        products = np.empty_like(target)
        for places in np.ndindex(*window.kernel):
            index = (slice(None), *places)
            factor = factors[index].reshape(-1, *ones)
            target += np.multiply(source[(slice(None), *index)], factor, out=products)
    return np.ascontiguousarray(layout.at_places(y, 1)[:, :, 0]) if layout.flat else y


def _transposed(
    g: np.ndarray, weight: np.ndarray, window: Window, groups: int, sizes: Shape
) -> np.ndarray:
    dtype, n, o = g.dtype, len(g), len(weight)
    channels = weight.shape[1] * groups
    g, weight = _wide(g, weight)
    around = tuple(r - 1 - p for r, p in zip(window.reach, window.padding, strict=True))
    if not (g.size and weight.size):
        y = np.zeros((n, channels, *sizes), dtype)
    elif set(window.stride) == {1} and min(around) >= 0 and o <= 4 * channels:
        turned = _turned(weight, groups)
        y = _convolution(g, turned, window._replace(padding=around), groups)
    else:
        y = _laid_back(g, weight, window, groups, sizes)
    return y.astype(dtype, copy=False)


def _turned(weight: np.ndarray, groups: int) -> np.ndarray:
    """The weight by which the adjoint of a convolution with step 1 is a convolution itself."""
    o, channels, *kernel = weight.shape
    flipped = np.flip(weight, tuple(range(2, weight.ndim)))
    parts = flipped.reshape(groups, o // groups, channels, *kernel).swapaxes(1, 2)
    return np.ascontiguousarray(parts).reshape(groups * channels, o // groups, *kernel)


def _laid_back(
    g: np.ndarray, weight: np.ndarray, window: Window, groups: int, sizes: Shape
) -> np.ndarray:
    """Products with the weight as columns, added up where the windows lie."""
    layout, channels = _layout(window, sizes), weight.shape[1] * groups
    matrix = weight.reshape(groups, len(weight) // groups, -1).swapaxes(-1, -2)
    y = np.zeros((len(g), channels, *sizes), np.result_type(g, weight))
    step = layout.step(len(g), channels * math.prod(window.kernel))
    for block, rows in layout.rows(g, groups, step):
        columns = np.matmul(matrix, rows)
        columns = columns.reshape(channels, *window.kernel, -1, *layout.places)
        target = y[block].swapaxes(0, 1)
        if layout.flat:
            target[...] = _flat_sum(columns, layout)
            continue
        for places, at, where in window.elements(sizes, layout.counts):
            target[(..., *where)] += columns[(slice(None), *places, slice(None), *at)]
    return y


def _flat_sum(columns: np.ndarray, layout: _Layout) -> np.ndarray:
    """Columns of long rows added up into images, with the padding cut off."""
    window = layout.window
    channels, count = len(columns), columns.shape[-2]
    y = np.zeros((channels, count, math.prod(layout.sizes)), columns.dtype)
    for places in np.ndindex(*window.kernel):
        steps = zip(places, window.dilation, layout.jumps, strict=True)
        start = sum(k * d * j for k, d, j in steps)
        y[:, :, start : start + layout.size] += columns[(slice(None), *places)]
    inner: Any = [slice(p, n - p) for p, n in zip(window.padding, layout.sizes, strict=True)]
    return y.reshape(channels, count, *layout.sizes)[(..., *inner)]


def _correlation(x: np.ndarray, z: np.ndarray, window: Window, groups: int) -> np.ndarray:
    dtype, n, o, channels = x.dtype, len(x), z.shape[1], x.shape[1]
    shape = (o, channels // groups, *window.kernel)
    x, z = _wide(x, z)
    if not (x.size and z.size):
        return np.zeros(shape, dtype)
    if _is_depthwise(channels, shape, groups):
        return _depthwise_weight(x, z, window, shape).astype(dtype, copy=False)
    if _pointwise(shape, window):
        rows = z.reshape(n, groups, o // groups, -1)
        columns = x.reshape(n, groups, channels // groups, -1)
        y = np.matmul(rows, columns.swapaxes(-1, -2)).sum(0)
        return y.reshape(shape).astype(dtype, copy=False)
    layout = _layout(window, x.shape[2:])
    y = np.zeros((groups, math.prod(shape[1:]), o // groups), x.dtype)
    step = layout.step(n, channels * math.prod(window.kernel))
    pairs = zip(layout.blocks(x, groups), layout.rows(z, groups, step), strict=True)
    for (_, columns), (_, rows) in pairs:
        y += np.matmul(columns, rows.swapaxes(-1, -2))  # BLAS turns the smaller of the two
    return np.ascontiguousarray(y.swapaxes(-1, -2)).reshape(shape).astype(dtype, copy=False)


def _depthwise_weight(x: np.ndarray, g: np.ndarray, window: Window, shape: Shape) -> np.ndarray:
    layout, y = _layout(window, x.shape[2:]), np.zeros(shape, x.dtype)
    windows = layout.windows(x)
    rows = np.zeros((*g.shape[:2], layout.size), g.dtype)
    layout.at_places(rows, 1)[:, :, 0] = g
    for places in np.ndindex(*window.kernel):
        part = windows[(slice(None), slice(None), *places)].reshape(*rows.shape[:2], 1, -1)
        y[(slice(None), 0, *places)] = np.matmul(part, rows[..., None]).sum((0, 2, 3))
    return y


def _grouped(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """Batching: examples of the weight, or of both arguments, are groups of their own."""
    window, groups, *rest = params
    by_weight = op.name != "convolution_weight"  # whose arguments are both images
    if by_weight and flags == (True, False):
        x, weight = boxes
        size, n, *own = x._value.shape
        y = op(reshape(x, (size * n, *own)), weight, *params)
        return reshape(y, (size, n, *y._value.shape[1:]))
    a, b = alike(boxes, flags)
    size = a._value.shape[0]
    y = op(_as_groups(a), _joined(b) if by_weight else _as_groups(b), window, groups * size, *rest)
    if not by_weight:
        o, *own = y._value.shape
        return reshape(y, (size, o // size, *own))
    n, channels, *sizes = y._value.shape
    y = reshape(y, (n, size, channels // size, *sizes))
    return transpose(y, (1, 0, *range(2, y._value.ndim)))


def _as_groups(x: Box) -> Any:
    """Images (examples, n, channels, …) as (n, examples * channels, …)."""
    size, n, channels, *sizes = x._value.shape
    turned = transpose(x, (1, 0, *range(2, x._value.ndim)))
    return reshape(turned, (n, size * channels, *sizes))


def _joined(weight: Box) -> Any:
    size, o, *own = weight._value.shape
    return reshape(weight, (size * o, *own))


def _batch_biased(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    if flags == (True, False, False):
        x, weight, bias = boxes
        size, n, *own = x._value.shape
        y = op(reshape(x, (size * n, *own)), weight, bias, *params)
        return reshape(y, (size, n, *y._value.shape[1:]))
    x, weight, bias = alike(boxes, flags)
    y = _grouped(convolution, (x, weight), (True, True), params)
    size, o = bias._value.shape
    return y + reshape(bias, (size, 1, o, *(1,) * (y._value.ndim - 3)))


def _per_channel(t: Any, y: Any) -> Any:
    """A tangent of the bias at each place of the result."""
    shape = shape_of(y)
    return broadcast_to(reshape(t, (-1, *(1,) * (len(shape) - 2))), shape)


def _over_channels(g: Any) -> Any:
    """The sums of a gradient over all places of each channel."""
    return total(g, (0, *range(2, len(shape_of(g)))), False)


convolution = Primitive(
    "convolution", _convolution, names=("x", "weight", "window", "groups"), arrays=2,
    linear=(0, 1), batch=_grouped, grad_name="ConvolutionBackward0",
    vjps=(
        lambda g, weight, x_shape, window, groups: transposed_convolution(
            g, weight, window, groups, x_shape[2:]
        ),
        lambda g, x, window, groups: convolution_weight(x, g, window, groups),
    ),
    doc="the products of a weight (out, in / groups, *kernel) with the windows of images",
)  # fmt: skip

biased_convolution = Primitive(
    "biased_convolution", _biased, names=("x", "weight", "bias", "window", "groups"), arrays=3,
    batch=_batch_biased, grad_name="ConvolutionBackward0",
    vjps=(
        lambda g, weight, x_shape, window, groups: transposed_convolution(
            g, weight, window, groups, x_shape[2:]
        ),
        lambda g, x, window, groups: convolution_weight(x, g, window, groups),
        lambda g: _over_channels(g),
    ),
    jvps=(
        lambda t, weight, window, groups: convolution(t, weight, window, groups),
        lambda t, x, window, groups: convolution(x, t, window, groups),
        lambda t, y: _per_channel(t, y),
    ),
    doc="`convolution` with a number added to each channel",
)  # fmt: skip

transposed_convolution = Primitive(
    "transposed_convolution", _transposed, names=("x", "weight", "window", "groups", "sizes"),
    arrays=2, linear=(0, 1), batch=_grouped, grad_name="ConvolutionBackward0",
    vjps=(
        lambda g, weight, window, groups: convolution(g, weight, window, groups),
        lambda g, x, window, groups: convolution_weight(g, x, window, groups),
    ),
    doc="the adjoint of `convolution` by its images, which have these sizes",
)  # fmt: skip

convolution_weight = Primitive(
    "convolution_weight", _correlation, names=("x", "z", "window", "groups"), arrays=2,
    linear=(0, 1), batch=_grouped,
    vjps=(
        lambda g, z, x_shape, window, groups: transposed_convolution(
            z, g, window, groups, x_shape[2:]
        ),
        lambda g, x, window, groups: convolution(x, g, window, groups),
    ),
    doc="the adjoint of `convolution` by its weight",
)  # fmt: skip
