"""torch.*: sorting, and what is found by it.

What is found are elements gathered at places that their order tells (`ops/sort.py`), so a
gradient goes back to where each came from. NaN counts as the largest number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.engine.node import titled
from minitorch.faces import returns
from minitorch.faces.elementwise import named
from minitorch.faces.operands import axis_of, dim_of, input_box, kept
from minitorch.ops import index, shape
from minitorch.ops import sort as ops

Function = Callable[..., Any]


def lifted(x: Box) -> Any:
    """`x` with at least one dimension."""
    return x if x._value.ndim else shape.reshape.unary(x, (1,))


def line(input: Any, dim: Any, name: str) -> tuple[Box, int]:
    """The tensor, with at least one dimension, and the axis to look along."""
    x = input_box(input, name)
    if x._value.dtype.kind == "c":
        raise RuntimeError(
            f"{name} does not support complex dtypes on CPU: sort by torch.abs(...) or a part"
        )
    return lifted(x), axis_of(dim, x._value.ndim)


def nonempty(x: Box, axis: int, name: str) -> None:
    """Refuse to look for an element along an axis of size 0."""
    if not x._value.shape[axis]:
        raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def picked(x: Box, places: Box, axis: int) -> Any:
    """The elements of `x` at places along an axis."""
    return index.gather.apply((x, places), (axis,))


def _pair(kind: type, input: Box, x: Box, places: Box, axis: int, keep: bool = True,
          form: int = 0) -> Any:  # fmt: skip
    """The elements at some places, and these; `keep` tells whether the axis remains."""
    values, sizes = picked(x, places, axis), places._value.shape
    if not input._value.ndim:
        values, places = (shape.reshape.unary(y, ()) for y in (values, places))
    elif not keep:
        rest = sizes[:axis] + sizes[axis + 1 :]
        values, places = (shape.reshape.unary(y, rest) for y in (values, places))
    return kind(titled(values, f"{kind.__name__.capitalize()}Backward{form}"), places)


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = None,
         axis: Any = None) -> Any:  # fmt: skip
    """The elements in order along a dimension, and where they were: (values, indices).

    The sort is always stable. NaN counts as the largest.

    Example:
        >>> torch.sort(torch.tensor([3., 1., 2.])).indices
        tensor([1, 2, 0])
    """
    x, at = line(input, dim_of(dim, axis), "sort")
    places = ops.order.unary(x, at, bool(descending))
    return _pair(returns.sort, input, x, places, at, form=int(stable is not None))


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False, *,
            axis: Any = None) -> Any:  # fmt: skip
    """The indices that put the elements in order along a dimension; see `sort`."""
    x, at = line(input, dim_of(dim, axis), "argsort")
    y = ops.order.unary(x, at, bool(descending))
    return y if input._value.ndim else shape.reshape.unary(y, ())


def msort(input: Any) -> Any:
    """The elements in order along the first dimension."""
    return sort(input, 0).values


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *,
         axis: Any = None) -> Any:  # fmt: skip
    """The k largest (or smallest) elements along a dimension: (values, indices), in order.

    Example:
        >>> torch.topk(torch.tensor([1., 4., 2., 3.]), 2).values
        tensor([4., 3.])
    """
    x, at = line(input, dim_of(dim, axis), "topk")
    if x._value.dtype == bool:
        raise RuntimeError(
            "topk does not support bool dtypes on CPU: convert the tensor with .int()"
        )
    n, k = x._value.shape[at], k.__index__()
    if not 0 <= k <= n:
        raise RuntimeError(
            f"selected index k out of range: k = {k} along dimension {at} of size {n}"
        )
    if not input._value.ndim:
        k = 1
    return _pair(returns.topk, input, x, _extremes(x, at, k, bool(largest)), at)


def _extremes(x: Box, axis: int, k: int, largest: bool) -> Any:
    """The places of the k largest (or smallest) elements, in order."""
    n = x._value.shape[axis]
    if n < ops.FEW or 4 * k > n or not k:
        return _some(ops.order.unary(x, axis, largest), axis, 0, k)
    parted = ops.argpartition.unary(x, axis, n - k if largest else k - 1)
    places = _some(parted, axis, n - k, n) if largest else _some(parted, axis, 0, k)
    return picked(places, ops.order.unary(picked(x, places, axis), axis, largest), axis)


def _some(x: Box, axis: int, start: int, stop: int) -> Any:
    """The slices from `start` to `stop` along an axis, as a copy."""
    part = shape.getitem.unary(x, (slice(None),) * axis + (slice(start, stop),))
    return part.clone()


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False, *, axis: Any = None,
             keepdims: bool = False) -> Any:  # fmt: skip
    """The k-th smallest element along a dimension, counted from 1: (values, indices)."""
    x, at = line(input, dim_of(dim, axis), "kthvalue")
    nonempty(x, at, "kthvalue")
    if not 1 <= k <= x._value.shape[at]:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {at}: {k} of "
            f"{x._value.shape[at]} elements"
        )
    place = _some(ops.order.unary(x, at, False), at, k - 1, k)
    return _pair(returns.kthvalue, input, x, place, at, kept(keepdim, keepdims))


def _median(name: str, kind: type, skip: bool, text: str) -> Function:
    def function(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        dim = dim_of(dim, axis)
        x, at = line(input, 0 if dim is None else dim, name)
        if x._value.dtype == bool:
            raise NotImplementedError(
                f"\"{name}_cpu\" not implemented for 'Bool': convert it with .int()"
            )
        if dim is None:
            return titled(ops.middle.unary(x, skip), f"{name.capitalize()}Backward0")
        nonempty(x, at, name)
        place = ops.middle_place.unary(x, at, skip)
        return _pair(kind, input, x, place, at, kept(keepdim, keepdims), 1)

    return named(
        function, name,
        f"The median{text}: of all elements, or along a dimension (a named tuple of values and "
        "indices).\n\n    Of an even number it is the lower of the two in the middle.\n    ",
    )  # fmt: skip


median = _median("median", returns.median, False, "")
nanmedian = _median("nanmedian", returns.nanmedian, True, " of what is not NaN")


def mode(input: Any, dim: int = -1, keepdim: bool = False, *, axis: Any = None,
         keepdims: bool = False) -> Any:  # fmt: skip
    """The most frequent element along a dimension, the smallest of several: (values, indices)."""
    x, at = line(input, dim_of(dim, axis), "mode")
    nonempty(x, at, "mode")
    place = ops.mode_place.unary(x, at)
    return _pair(returns.mode, input, x, place, at, kept(keepdim, keepdims))


functions: dict[str, Function] = {
    f.__name__: f for f in (sort, argsort, msort, topk, kthvalue, median, nanmedian, mode)
}
takes_out = ("sort", "msort", "topk", "kthvalue", "median", "nanmedian", "mode")
