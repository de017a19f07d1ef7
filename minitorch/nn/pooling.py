"""torch.nn.functional: pooling, and its undoing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from minitorch.faces.operands import box_of
from minitorch.faces.pools import (
    adaptive_average,
    adaptive_avg_pool1d,
    adaptive_largest,
    averaged,
    avg_pool1d,
    largest,
)
from minitorch.faces.tensor import Tensor
from minitorch.faces.windows import in_row, listed, spread_over
from minitorch.ops.index import scatter_add
from minitorch.ops.shape import reshape

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d", "avg_pool2d",
    "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d", "max_pool1d_with_indices",
    "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices",
    "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip

Function = Callable[..., Any]


def _max_pool(rank: int) -> tuple[Function, Function]:
    name = f"max_pool{rank}d"

    def pool(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
             dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False
             ) -> Any:  # fmt: skip
        settings = (kernel_size, stride, padding, dilation)
        return largest(name, rank, input, settings, ceil_mode, return_indices)

    def with_indices(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
                     dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False
                     ) -> Any:  # fmt: skip
        settings = (kernel_size, stride, padding, dilation)
        return largest(name, rank, input, settings, ceil_mode, True)

    what = f"The largest element of each window over the last {rank} dimension{'s' * (rank > 1)}"
    return (
        _titled(pool, name, f"{what}; with `return_indices` also where it lies."),
        _titled(with_indices, f"{name}_with_indices", f"{what}, and where it lies."),
    )


def _titled(function: Function, name: str, text: str) -> Function:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = text
    return function


max_pool1d, max_pool1d_with_indices = _max_pool(1)
max_pool2d, max_pool2d_with_indices = _max_pool(2)
max_pool3d, max_pool3d_with_indices = _max_pool(3)


def _max_unpool(rank: int) -> Function:
    name = f"max_unpool{rank}d"

    def unpool(input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None,
               padding: Any = 0, output_size: Any = None) -> Tensor:  # fmt: skip
        return _unpooled(name, rank, input, indices, kernel_size, stride, padding, output_size)

    return _titled(
        unpool, name, "Zeros with the elements of a max pool where `indices` says they lay."
    )


def _unpooled(name: str, rank: int, input: Tensor, indices: Tensor, kernel_size: Any,
              stride: Any, padding: Any, output_size: Any) -> Tensor:  # fmt: skip
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    index = box_of(indices, f"{name}(): argument 'indices' (position 2)")
    shape = x._value.shape
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Input to {name} should be a {rank + 1}d or {rank + 2}d Tensor, but got: {len(shape)} "
            "dimensions"
        )
    if index._value.dtype != "int64":
        raise RuntimeError("elements in indices should be type int64 but got: "
                           f"{index._value.dtype}")  # fmt: skip
    if index._value.shape != shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({listed(shape)}) "
            f"but got indices tensor with shape: {listed(index._value.shape)}"
        )
    kernel = spread_over(kernel_size, rank, name, "kernel_size")
    steps = kernel if stride is None else spread_over(stride, rank, name, "stride")
    pads = spread_over(padding, rank, name, "padding")
    sizes = _unpooled_sizes(shape[-rank:], kernel, steps, pads, output_size)
    row, places = in_row(x, rank), in_row(index, rank)
    total = math.prod(sizes)
    found = places._value
    if found.size and not 0 <= found.min() <= found.max() < total:
        raise RuntimeError(
            f"Found an invalid max index: {found.max()} (output volumes are of size "
            f"{'x'.join(map(str, sizes))})"
        )
    lead = row._value.shape[:-1]
    y = scatter_add.apply((row, places), ((*lead, total), len(lead)))
    return reshape.unary(y, (*lead, *sizes))  # type: ignore[return-value]


def _unpooled_sizes(shape: Any, kernel: Any, steps: Any, pads: Any, output_size: Any) -> Any:
    default = [
        (n - 1) * s + k - 2 * p for n, k, s, p in zip(shape, kernel, steps, pads, strict=True)
    ]
    if output_size is None:
        return tuple(default)
    rank, wanted = len(default), list(output_size)
    if len(wanted) == rank + 2:
        wanted = wanted[2:]
    if len(wanted) != rank:
        raise ValueError(
            f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it "
            f"has a length of '{len(wanted)}'"
        )
    for size, middle, step in zip(wanted, default, steps, strict=True):
        if not middle - step < size < middle + step:
            raise ValueError(
                f"invalid output_size {wanted} (dim sizes must be within one stride of {default})"
            )
    return tuple(int(size) for size in wanted)


max_unpool1d, max_unpool2d, max_unpool3d = (_max_unpool(rank) for rank in (1, 2, 3))


def avg_pool2d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """The mean of each window over the last two dimensions.

    Args:
        count_include_pad: whether the zeros around the image count as elements.
        divisor_override: by what sums are divided, instead of the number of elements.

    Example:
        >>> torch.nn.functional.avg_pool2d(torch.arange(16.).reshape(1, 4, 4), 2)
        tensor([[[ 2.5000,  4.5000],
                 [10.5000, 12.5000]]])
    """
    settings = (kernel_size, stride, padding)
    options = (ceil_mode, count_include_pad, divisor_override)
    return averaged("avg_pool2d", 2, input, settings, *options)


def avg_pool3d(input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
               ceil_mode: bool = False, count_include_pad: bool = True,
               divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """The mean of each window over the last three dimensions; see `avg_pool2d`."""
    settings = (kernel_size, stride, padding)
    options = (ceil_mode, count_include_pad, divisor_override)
    return averaged("avg_pool3d", 3, input, settings, *options)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means over parts of an image: an image of `output_size`.

    Example:
        >>> torch.nn.functional.adaptive_avg_pool2d(torch.ones(1, 8, 5, 7), (None, 2)).shape
        torch.Size([1, 8, 5, 2])
    """
    return adaptive_average("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means over parts of a volume: a volume of `output_size`."""
    return adaptive_average("adaptive_avg_pool3d", 3, input, output_size)


def _adaptive_max_pool(rank: int) -> tuple[Function, Function]:
    name = f"adaptive_max_pool{rank}d"

    def pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        found = adaptive_largest(name, rank, input, output_size)
        return found if return_indices else found[0]

    def with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        return adaptive_largest(name, rank, input, output_size)

    what = f"The largest element of each part of the last {rank} dimension{'s' * (rank > 1)}"
    return (
        _titled(pool, name, f"{what}; with `return_indices` also where it lies."),
        _titled(with_indices, f"{name}_with_indices", f"{what}, and where it lies."),
    )


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max_pool(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max_pool(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max_pool(3)


def _lp_pool(rank: int) -> Function:
    name = f"lp_pool{rank}d"

    def pool(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None,
             ceil_mode: bool = False) -> Tensor:  # fmt: skip
        cells = math.prod(spread_over(kernel_size, rank, name, "kernel_size"))
        powers = input.pow(norm_type)
        mean = averaged(name, rank, powers, (kernel_size, stride, 0), ceil_mode)
        return (mean.sign() * mean.abs().relu()).mul(cells).pow(1.0 / norm_type)

    return _titled(
        pool, name, "The p-norm of each window: the p-th root of the sum of its p-th powers."
    )


lp_pool1d, lp_pool2d, lp_pool3d = (_lp_pool(rank) for rank in (1, 2, 3))
