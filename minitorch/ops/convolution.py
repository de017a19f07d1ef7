"""Convolution: of vectors, where two products are each other's adjoints, and of images."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.kernels import convolution as kernels
from minitorch.ops.layout import BLOCK, Layout, layout_of, side_by_side
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import alike, broadcast_to, reshape, transpose
from minitorch.ops.windows import Shape, Window


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

MANY = 8  # so many times as many channels as the images have do not become theirs by products


def _wide(*arrays: np.ndarray | None) -> list[Any]:
    """Arrays in a dtype that BLAS multiplies: float16 and bfloat16 in float32."""
    return [
        x.astype(np.float32) if x is not None and (x.dtype == np.float16 or x.dtype.kind == "V")
        else x for x in arrays
    ]  # fmt: skip


def _sees_all(window: Window, sizes: Shape) -> bool:
    """Whether there is one window, which shows the whole image."""
    return window.kernel == sizes == window.reach and not any(window.padding)


def _flat(x: np.ndarray) -> np.ndarray:
    """Images, or a weight, with a channel for each number."""
    return x.reshape(len(x), math.prod(x.shape[1:]), *(1,) * (x.ndim - 2))


def _dot(window: Window) -> Window:
    ones = (1,) * window.rank
    return Window(ones, ones, (0,) * window.rank, ones)


def _is_depthwise(channels: int, weight_shape: Shape, groups: int) -> bool:
    return groups == channels == weight_shape[0] and groups > 1


def _convolution(x: np.ndarray, weight: np.ndarray, window: Window, groups: int) -> np.ndarray:
    return _biased(x, weight, None, window, groups)


def _biased(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, window: Window, groups: int
) -> np.ndarray:
    dtype = x.dtype
    x, weight, bias = _wide(x, weight, bias)
    if _sees_all(window, x.shape[2:]):
        x, weight, window = _flat(x), _flat(weight), _dot(window)
    y = _convolved(x, weight, bias, layout_of(window, x.shape[2:]), groups)
    return y.astype(dtype, copy=False)


def _convolved(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, layout: Layout, groups: int
) -> np.ndarray:
    n, o = len(x), len(weight)
    y = np.empty((n, groups, o // groups, layout.size), x.dtype)
    if not (x.size and weight.size):
        y[...] = 0 if bias is None else bias.reshape(groups, -1, 1)
    elif _is_depthwise(x.shape[1], weight.shape, groups):
        _depthwise(x, weight, bias, layout, y)
    else:
        for places, band in layout.bands(x.shape[1]):
            _by_products(x, weight, bias, band, y[..., places])
    return y.reshape(n, o, *layout.counts)


def _by_products(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, layout: Layout, y: np.ndarray
) -> None:
    """Write a convolution to y (n, groups, out channels of one, places)."""
    groups, each = y.shape[1:3]
    joined, product = layout.joins(weight.shape[1]), None
    factors = layout.weights(weight, groups, joined)
    for block, rows in layout.blocks(x, groups):
        target, matrices = y[block], layout.matrices(rows, joined)
        if layout.narrow(weight.shape[1]):
            sides = np.matmul(factors[0], matrices[0]).reshape(groups, each, -1, layout.size)
            target[...] = sides.transpose(2, 0, 1, 3)
        else:
            np.matmul(factors[0], matrices[0], out=target)
        for factor, matrix in zip(factors[1:], matrices[1:], strict=True):
            fits = product is not None and len(product) == len(target)
            product = np.matmul(factor, matrix, out=product if fits else None)
            target += product
        if bias is not None:
            target += bias.reshape(groups, -1, 1)


def _depthwise(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, layout: Layout, y: np.ndarray
) -> None:
    """Write the products of each channel with its own weight to y (n, channels, 1, places)."""
    y[...] = 0 if bias is None else bias.reshape(-1, 1, 1)
    factors = np.ascontiguousarray(weight.reshape(len(weight), -1))
    for block, rows in layout.blocks(x, 1):
        kernels.depthwise(layout.each_channel(rows), factors, layout.each_start, y[block, :, 0])


# the adjoints


def _transposed(
    g: np.ndarray, weight: np.ndarray, window: Window, groups: int, sizes: Shape
) -> np.ndarray:
    dtype, n, channels = g.dtype, len(g), weight.shape[1] * groups
    g, weight = _wide(g, weight)
    if _sees_all(window, sizes) and max(sizes) > 1:
        y = _transposed(g, _flat(weight), _dot(window), groups, (1,) * window.rank)
        return y.reshape(n, channels, *sizes).astype(dtype, copy=False)
    if weight.shape[0] > MANY * channels and g.size:
        return _laid_back(g, weight, window, groups, sizes).astype(dtype, copy=False)
    if max(window.stride) == 1:
        ((taps, _, layout),) = _phases(window, sizes, g.shape[2:])
        y = _convolved(g, _turned(weight[taps], groups), None, layout, groups)
    else:
        y = np.zeros((n, channels, *sizes), g.dtype)
        for taps, where, layout in _phases(window, sizes, g.shape[2:]):
            y[where] = _convolved(g, _turned(weight[taps], groups), None, layout, groups)
    return y.astype(dtype, copy=False)


def _laid_back(
    g: np.ndarray, weight: np.ndarray, window: Window, groups: int, sizes: Shape
) -> np.ndarray:
    """Products with the weight, added up where the windows lie: for images of few channels."""
    n, o, channels = len(g), len(weight), weight.shape[1] * groups
    layout = layout_of(window, sizes, g.shape[2:])
    (factor,) = layout.weights(weight, groups, True)
    numbers = g.reshape(n, groups, o // groups, layout.size)
    y = np.zeros((n, channels, *sizes), g.dtype)
    step = max(1, BLOCK // (channels * math.prod(window.kernel) * layout.size))
    for start in range(0, n, step):
        some, target = numbers[start : start + step], y[start : start + step]
        products = np.matmul(factor.swapaxes(-1, -2), some)
        parts = products.reshape(len(some), groups, len(layout.starts), -1, layout.size)
        rows = np.zeros((*parts.shape[:2], parts.shape[3], layout.length), g.dtype)
        for k, first in enumerate(layout.starts):
            rows[..., first : first + layout.size] += parts[:, :, k]
        shown = rows.reshape(len(some), channels, *layout.shape)
        for at, where in layout.pieces:
            target[where] += shown[at]
    return y


@lru_cache(maxsize=256)
def _phases(window: Window, sizes: Shape, counts: Shape) -> list[tuple[Any, Any, Layout]]:
    """The images' elements that lie whole steps of the window apart see the same of its places.

    So they are a convolution with step 1: of which places, at which elements, and its layout.
    """
    axes = zip(window.kernel, window.stride, window.padding, window.dilation, sizes, strict=True)
    along = [_phases_along(*axis) for axis in axes]
    found = []
    for parts in itertools.product(*along):
        taps, where, *sub = zip(*parts, strict=True)
        kernel, padding, dilation, places = sub
        part = Window(kernel, (1,) * window.rank, padding, dilation)
        every = (slice(None), slice(None))
        found.append(((*every, *taps), (*every, *where), layout_of(part, counts, places)))
    return found


def _phases_along(kernel: int, step: int, pad: int, dilation: int, size: int) -> list[Any]:
    """Places in the window (last first), elements; how many, padding, dilation; how many."""
    found = []
    for i in range(min(step, size)):
        taps = [k for k in reversed(range(kernel)) if (i + pad - k * dilation) % step == 0]
        if taps:
            shifts = [(i + pad - k * dilation) // step for k in taps]
            apart = taps[0] - taps[1] if len(taps) > 1 else 1
            turned = slice(taps[0], taps[-1] - 1 if taps[-1] else None, -apart)
            spread = shifts[1] - shifts[0] if len(taps) > 1 else 1
            count = -(-(size - i) // step)
            found.append((turned, slice(i, None, step), len(taps), -shifts[0], spread, count))
    return found


def _turned(weight: np.ndarray, groups: int) -> np.ndarray:
    """The weight with its two kinds of channels exchanged."""
    o, channels, *kernel = weight.shape
    parts = weight.reshape(groups, o // groups, channels, *kernel).swapaxes(1, 2)
    return parts.reshape(groups * channels, o // groups, *kernel)


def _correlation(x: np.ndarray, z: np.ndarray, window: Window, groups: int) -> np.ndarray:
    dtype, n, o, channels = x.dtype, len(x), z.shape[1], x.shape[1] // groups
    x, z = _wide(x, z)
    if _sees_all(window, x.shape[2:]) and max(window.kernel) > 1:
        y = _correlation(_flat(x), z, _dot(window), groups)
        return y.reshape(o, channels, *window.kernel).astype(dtype, copy=False)
    layout = layout_of(window, x.shape[2:])
    if not (x.size and z.size):
        return np.zeros((o, channels, *window.kernel), dtype)
    y = np.zeros((o, channels, *window.kernel), x.dtype)
    zs = z.reshape(n, groups, o // groups, -1)
    for places, band in layout.bands(x.shape[1]):
        y += _products_with(x, zs[..., places], band).reshape(y.shape)
    return y.astype(dtype, copy=False)


def _products_with(x: np.ndarray, z: np.ndarray, layout: Layout) -> np.ndarray:
    """The sums of products of z (n, groups, out channels of one, places) with what windows show."""
    groups, each = z.shape[1:3]
    channels = x.shape[1] // groups
    if channels == each == 1 < groups:
        y = np.zeros((groups, len(layout.each_start)), x.dtype)
        for block, rows in layout.blocks(x, 1):
            own = layout.each_channel(rows)
            y += kernels.depthwise_weight(own, z[block, :, 0], layout.each_start)
        return y
    joined = layout.joins(channels)
    found: Any = 0  # (places along the first axis unless joined, groups, in, out)
    for block, rows in layout.blocks(x, groups, channels * each):
        some, matrices = z[block], layout.matrices(rows, joined)
        if layout.narrow(channels):
            some = side_by_side(some)
        # BLAS turns the smaller of the two
        products = [np.matmul(m, some.swapaxes(-1, -2)).sum(0) for m in matrices]
        found = products if found == 0 else [a + b for a, b in zip(found, products, strict=True)]
    kernel, inner = len(layout.starts), layout.inner
    if joined:
        y = found[0].reshape(groups, kernel, channels, inner, each)
        return y.transpose(0, 4, 2, 1, 3)
    y = np.stack(found).reshape(kernel, groups, channels, inner, each)
    return y.transpose(1, 4, 2, 0, 3)


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
