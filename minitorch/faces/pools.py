"""torch.*: pooling: the mean or the largest element of each window."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces.layouts import copied
from minitorch.faces.operands import input_box, wrapped
from minitorch.faces.windows import crossed, in_row, ints_of, listed, refuse, spread_over
from minitorch.ops import elementwise as ew
from minitorch.ops.index import gather
from minitorch.ops.pool import max_pool, part_winners, places_of, sum_pool, winners
from minitorch.ops.resample import Table, resample
from minitorch.ops.shape import reshape
from minitorch.ops.windows import Window

Function = Callable[..., Any]
Shape = tuple[int, ...]


def images(input: Any, rank: int, name: str) -> Box:
    """The argument `input`, as a box of `rank + 1` or `rank + 2` dimensions."""
    x = input_box(input, name)
    shape = x._value.shape
    if len(shape) not in (rank + 1, rank + 2) or 0 in shape[1 if len(shape) == rank + 2 else 0 :]:
        # PyTorch's avg_pool2d looks for the channels before it counts dimensions
        early = name == "avg_pool2d" and len(shape) < 3
        raise (IndexError if early else RuntimeError)(
            f"{name}: Expected {rank + 1}D or {rank + 2}D (batch mode) tensor with optional 0 dim "
            f"batch size for input, but got:{listed(shape)}"
        )
    return x


def window_of(rank: int, name: str, kernel: Any, stride: Any, padding: Any, dilation: Any
              ) -> Window:  # fmt: skip
    """The settings of a pool: an int each, or one for each dimension."""
    sizes = spread_over(kernel, rank, name, "kernel_size")
    given = stride is not None and stride not in ((), [])
    window = Window(
        sizes,
        spread_over(stride, rank, name, "stride") if given else sizes,
        spread_over(padding, rank, name, "padding"),
        spread_over(dilation, rank, name, "dilation"),
    )
    if min(window.stride) <= 0:
        raise RuntimeError(f"{name}: stride should not be zero, but got {listed(window.stride)}")
    if min(sizes) <= 0:
        raise RuntimeError(
            f"{name}: kernel size should be greater than zero, but got {listed(sizes)}"
        )
    if min(window.dilation) <= 0:
        raise RuntimeError(
            f"{name}: dilation should be greater than zero, but got {listed(window.dilation)}"
        )
    for pad, size, reach in zip(window.padding, sizes, window.reach, strict=True):
        if pad < 0:
            raise RuntimeError(f"{name}: pad must be non-negative, but got pad: {pad}")
        if pad > size // 2:  # dilation allows for no more
            limit = (
                "at most half of effective kernel size"
                if pad > reach // 2
                else "smaller than or equal to half of kernel size"
            )
            raise RuntimeError(
                f"pad should be {limit}, but got pad={pad}, kernel_size={listed(sizes)} and "
                f"dilation={listed(window.dilation)}"
            )
    return window


def counts_of(x: Box, window: Window, ceil_mode: bool, name: str) -> Shape:
    """How many windows there are; with `ceil_mode` those too that begin within the image."""
    sizes = x._value.shape[-window.rank :]
    counts = window.counts(sizes)
    if ceil_mode:
        counts = tuple(
            [
                _rounded_up(*parts)
                for parts in zip(sizes, window.padding, window.reach, window.stride, strict=True)
            ]
        )
    if min(counts) < 1:
        given = x._value.shape[-window.rank - 1 :]
        raise RuntimeError(
            f"Given input size: ({crossed(given)}). Calculated output size: "
            f"({crossed((given[0], *counts))}). Output size is too small: {name} with a window of "
            f"{crossed(window.kernel)} on an input of shape {listed(x._value.shape)}"
        )
    return counts


def _rounded_up(size: int, pad: int, reach: int, step: int) -> int:
    count = -(-(size + 2 * pad - reach) // step) + 1
    return count - 1 if (count - 1) * step >= size + pad else count


# the largest


def largest(
    name: str, rank: int, input: Any, settings: tuple[Any, ...], ceil_mode: bool, indices: bool
) -> Any:
    """The largest element of each window and, if wanted, where it lies."""
    x = images(input, rank, name)
    window = window_of(rank, name, *settings)
    refuse("max_pool", x, "bc")
    counts = counts_of(x, window, ceil_mode, name)
    y = max_pool.unary(x, window, counts)
    if not indices:
        return y
    which = winners.apply((x, y), (window,))
    return y, places_of.unary(which, window, x._value.shape[-rank:])


def max_pool1d(input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0,
               dilation: Any = 1, ceil_mode: bool = False) -> Any:  # fmt: skip
    """The largest element of each window over the last dimension."""
    settings = (kernel_size, stride, padding, dilation)
    return largest("max_pool1d", 1, input, settings, ceil_mode, False)


def max_pool1d_with_indices(input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0,
                            dilation: Any = 1, ceil_mode: bool = False) -> Any:  # fmt: skip
    """The largest element of each window over the last dimension, and where it lies."""
    settings = (kernel_size, stride, padding, dilation)
    return largest("max_pool1d", 1, input, settings, ceil_mode, True)


def max_pool2d(input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0,
               dilation: Any = 1, ceil_mode: bool = False) -> Any:  # fmt: skip
    """The largest element of each window over the last two dimensions.

    Args:
        stride: the steps between windows; by default their size.
        padding: how far windows reach beyond the image; nothing there is ever the largest.
        ceil_mode: also take windows that begin within the image and end beyond it.

    Example:
        >>> torch.max_pool2d(torch.arange(16.).reshape(1, 4, 4), 2)
        tensor([[[ 5.,  7.],
                 [13., 15.]]])
    """
    settings = (kernel_size, stride, padding, dilation)
    return largest("max_pool2d", 2, input, settings, ceil_mode, False)


def max_pool3d(input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0,
               dilation: Any = 1, ceil_mode: bool = False) -> Any:  # fmt: skip
    """The largest element of each window over the last three dimensions."""
    settings = (kernel_size, stride, padding, dilation)
    return largest("max_pool3d", 3, input, settings, ceil_mode, False)


# the mean


def averaged(
    name: str,
    rank: int,
    input: Any,
    settings: tuple[Any, ...],
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Any:
    """The mean of each window: its sum divided by the number of its elements, or by `divisor`."""
    x = images(input, rank, name)
    kernel, stride, padding = settings
    window = window_of(rank, name, kernel, stride, padding, 1)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    refuse("avg_pool", x, "b")
    counts = counts_of(x, window, ceil_mode, name)
    sums = sum_pool.unary(x, window, counts)
    dtype, face = x._value.dtype, x.face
    if divisor is None:
        sizes = x._value.shape[-rank:]
        shares = _elements(window, sizes, counts, bool(count_include_pad))
        by = (
            wrapped(shares, dtype, face)
            if isinstance(shares, int)
            else fresh(face, shares.astype(dtype))
        )
    else:
        by = wrapped(divisor, dtype, face)
    return (ew.trunc_divide if dtype.kind in "iu" else ew.divide).binary(sums, by)


@lru_cache(maxsize=64)
def _elements(window: Window, sizes: Shape, counts: Shape, padded: bool) -> Any:
    """How many elements each window has: one number where all have as many."""
    along = []
    for i, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        pad = window.padding[i]
        start = np.arange(count) * window.stride[i] - pad
        end = np.minimum(start + window.kernel[i], size + pad)
        if not padded:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        along.append(end - start)
    shares = along[0]
    for part in along[1:]:
        shares = shares[..., None] * part
    first = int(shares.reshape(-1)[0])
    return first if (shares == first).all() else shares


def avg_pool1d(input: Any, kernel_size: Any, stride: Any = (), padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True) -> Any:  # fmt: skip
    """The mean of each window over the last dimension.

    Example:
        >>> torch.avg_pool1d(torch.tensor([[1., 3., 5., 7.]]), 2)
        tensor([[2., 6.]])
    """
    settings = (kernel_size, stride, padding)
    return averaged("avg_pool1d", 1, input, settings, ceil_mode, count_include_pad)


# to a given size


def targets(x: Box, rank: int, output_size: Any, name: str) -> Shape:
    """The sizes that an adaptive pool gives; None keeps one as it is."""
    sizes = x._value.shape[-rank:]
    if output_size is None or isinstance(output_size, (tuple, list)):
        given = [None] * rank if output_size is None else list(output_size)
    else:
        given = [output_size] * rank
    if len(given) != rank:
        raise RuntimeError(f"{name}: output_size must be {rank}, not {len(given)} sizes")
    wanted = tuple([n if w is None else ints_of(w, name)[0] for w, n in zip(given, sizes)])
    if min(wanted) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{listed(wanted)}"
        )
    return wanted


def _adaptive_input(input: Any, rank: int, name: str) -> Box:
    x = input_box(input, name)
    if x._value.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got "
            f"{listed(x._value.shape)}"
        )
    if 0 in x._value.shape[-rank:]:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input "
            f"has sizes {listed(x._value.shape)}"
        )
    return x


def parts(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each of `count` parts of an axis begins and ends; neighbours may share a place."""
    i = np.arange(count)
    return i * size // max(count, 1), -(-((i + 1) * size) // max(count, 1))


@lru_cache(maxsize=128)
def means(size: int, count: int) -> Table:
    """The table of the means over the parts of an axis."""
    start, end = parts(size, count)
    index, inside = _part_index(start, end)
    return Table(index, inside / (end - start), size)


def _part_index(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    steps = np.arange((end - start).max(initial=1))[:, None]
    inside = steps < end - start
    return np.where(inside, start + steps, start), inside


def adaptive_average(name: str, rank: int, input: Any, output_size: Any) -> Any:
    """The means over parts of the image, as many as are wanted."""
    x = _adaptive_input(input, rank, name)
    wanted = targets(x, rank, output_size, name)
    refuse(name, x, "iub")
    sizes = x._value.shape[-rank:]
    if wanted == sizes:
        return copied(x, None)
    if 0 not in wanted and not any(n % w for n, w in zip(sizes, wanted, strict=True)):
        kernel = tuple([n // w for n, w in zip(sizes, wanted, strict=True)])
        window = Window(kernel, kernel, (0,) * rank, (1,) * rank)
        sums = sum_pool.unary(x, window, wanted)
        return ew.divide.binary(sums, wrapped(math.prod(kernel), x._value.dtype, x.face))
    y: Any = x
    for i in range(rank):
        if wanted[i] != sizes[i]:
            y = resample.unary(y, y._value.ndim - rank + i, means(sizes[i], wanted[i]))
    return y


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means over `output_size` parts of the last dimension.

    Example:
        >>> torch.adaptive_avg_pool1d(torch.tensor([[1., 2., 6.]]), 2)
        tensor([[1.5000, 4.0000]])
    """
    return adaptive_average("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_largest(name: str, rank: int, input: Any, output_size: Any) -> tuple[Any, Any]:
    """The largest elements of parts of the image, and where they lie."""
    x = _adaptive_input(input, rank, name)
    wanted = targets(x, rank, output_size, name)
    refuse(name, x, "bc")
    row = in_row(x, rank)
    lead, sizes = row._value.shape[:-1], x._value.shape[-rank:]
    places = part_winners.unary(row, part_places(sizes, wanted))
    y = gather.apply((row, places), (len(lead),))
    return reshape.unary(y, (*lead, *wanted)), reshape.unary(places, (*lead, *wanted))


def part_places(sizes: Shape, wanted: Shape) -> np.ndarray:
    """The places, in one row, of the elements of all parts of an image: (elements, parts)."""
    rank, index = len(sizes), np.zeros((1, 1), np.int64)
    for i in range(rank):
        own, _ = _part_index(*parts(sizes[i], wanted[i]))
        index = (index[:, None, :, None] * sizes[i] + own[None, :, None, :]).reshape(
            index.shape[0] * own.shape[0], -1
        )
    return np.sort(index, 0)


def adaptive_max_pool1d(input: Any, output_size: Any) -> tuple[Any, Any]:
    """The largest elements of `output_size` parts of the last dimension, and where they lie."""
    return adaptive_largest("adaptive_max_pool1d", 1, input, output_size)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (
        max_pool1d, max_pool1d_with_indices, max_pool2d, max_pool3d, avg_pool1d,
        adaptive_avg_pool1d, adaptive_max_pool1d,
    )
}  # fmt: skip
functions_only = tuple(functions)
