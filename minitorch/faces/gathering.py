"""torch.*: elements picked and put by index tensors along a dimension, and by masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import axis_of, box_of, fitting, input_box, is_number, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops


def _index(index: Any, name: str) -> Box:
    box = box_of(index, f"{name}(): argument 'index'")
    if box._value.dtype.kind not in "iu":
        raise RuntimeError(
            f"{name}(): Expected dtype int32/int64 for index, got {dtypes.of(box._value.dtype)!r}; "
            "convert it with .long()"
        )
    return box


def _in_range(index: Box, size: int, name: str) -> None:
    values = index._value
    if type(values) is np.ndarray and values.size:
        low, high = values.min(), values.max()
        if low < 0 or high >= size:
            bad = low if low < 0 else high
            raise IndexError(
                f"index {bad} is out of bounds for dimension with size {size} ({name})"
            )


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim 0, and so on: elements picked along a dimension.

    Example:
        >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0], [1]]))
        tensor([[1],
                [4]])
    """
    x, index = input_box(input, "gather"), _index(index, "gather")
    axis = _check_along(x, index, dim, "gather")
    return indexing.gather.apply((x, index), (axis,))


def _check_along(x: Box, index: Box, dim: int, name: str) -> int:
    axis, own, shape = axis_of(dim, x._value.ndim), x._value.shape, index._value.shape
    if len(own) != len(shape):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {len(shape)} "
            f"and {len(own)} ({name})"
        )
    for i, (n, size) in enumerate(zip(shape, own, strict=True)):
        if i != axis and n > size:
            raise RuntimeError(
                f"Size does not match at dimension {i} expected index {list(shape)} to be no "
                f"larger than self {list(own)} apart from dimension {axis}"
            )
    if len(own):
        _in_range(index, own[axis], name)
    return axis


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Any:  # fmt: skip
    """A copy with `src` (or a number) written where the index says along a dimension."""
    return scatter_(
        input_box(input, "scatter").clone(), dim, index, src, value=value, reduce=reduce
    )  # type: ignore[attr-defined]


def scatter_(self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None,
             reduce: str | None = None) -> Any:  # fmt: skip
    """In place: self[index[i][j]][j] = src[i][j] for dim 0, and so on."""
    index = _index(index, "scatter_")
    axis = _check_along(self, index, dim, "scatter_") if index._value.size else 0
    src = value if src is None else src
    part = (
        fitting(src, self._value.dtype, self.face)
        if is_number(src)
        else to_dtype(_corner(box_of(src, "scatter_(): argument 'src'"), index), self._value.dtype)
    )
    where = indexing._along(np.array(index._value), axis)
    if reduce in ("multiply", "mul"):
        part = ops.broadcast_to(part, index._value.shape) * indexing.take(self, where)
    elif reduce not in (None, "add"):
        raise RuntimeError(f"reduce argument must be either add or multiply, got {reduce!r}")
    return write(indexing.index_put, self, part, where, reduce == "add")


def _corner(src: Box, index: Box) -> Box:
    """The part of `src` that an index of a smaller shape reads."""
    if src._value.shape == index._value.shape:
        return src
    if src._value.ndim != index._value.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    return ops.getitem.unary(src, tuple(slice(0, n) for n in index._value.shape))


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with `src` added where the index says along a dimension."""
    return scatter(input, dim, index, src, reduce="add")


def scatter_add_(self: Any, dim: int, index: Any, src: Any) -> Any:
    """In place: self[index[i][j]][j] += src[i][j] for dim 0, and so on."""
    return scatter_(self, dim, index, src, reduce="add")


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices that a vector of indices names along a dimension, as a copy."""
    x, index = input_box(input, "index_select"), _index(index, "index_select")
    if index._value.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    axis = axis_of(dim, x._value.ndim)
    _in_range(index, x._value.shape[axis], "index_select")
    flat = np.array(index._value).reshape(-1)
    return indexing.take.unary(x, (slice(None),) * axis + (flat,))


def take_along_dim(input: Any, indices: Any, dim: int) -> Any:
    """`gather` with the other dimensions broadcast."""
    x, index = input_box(input, "take_along_dim"), _index(indices, "take_along_dim")
    axis = axis_of(dim, x._value.ndim)
    own = list(x._value.shape)
    shape = list(np.broadcast_shapes(
        (*own[:axis], 1, *own[axis + 1 :]),
        (*index._value.shape[:axis], 1, *index._value.shape[axis + 1 :]),
    ))  # fmt: skip
    shape[axis] = index._value.shape[axis]
    index = ops.broadcast_to(index, tuple(shape))
    shape[axis] = own[axis]
    return gather(ops.broadcast_to(x, tuple(shape)), axis, index)


def index_add_(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """In place: alpha * source added to the slices that the index names."""
    return _at_slices(self, dim, index, source if alpha == 1 else source * alpha, True)


def index_copy_(self: Any, dim: int, index: Any, source: Any) -> Any:
    """In place: source written to the slices that the index names."""
    return _at_slices(self, dim, index, source, False)


def index_fill_(self: Any, dim: int, index: Any, value: Any) -> Any:
    """In place: a number written to the slices that the index names."""
    return _at_slices(self, dim, index, value, False)


def _at_slices(self: Any, dim: int, index: Any, source: Any, accumulate: bool) -> Any:
    index, axis = _index(index, "index"), axis_of(dim, self._value.ndim)
    _in_range(index, self._value.shape[axis], "index")
    part = (
        fitting(source, self._value.dtype, self.face)
        if is_number(source)
        else to_dtype(source, self._value.dtype)
    )
    where = (slice(None),) * axis + (np.array(index._value),)
    return write(indexing.index_put, self, part, where, accumulate)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy with alpha * source added to the slices that the index names."""
    return index_add_(input_box(input, "index_add").clone(), dim, index, source, alpha=alpha)  # type: ignore[attr-defined]


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with a number written to the slices that the index names."""
    return index_fill_(input_box(input, "index_fill").clone(), dim, index, value)  # type: ignore[attr-defined]


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy with a number (or 0-d tensor) where the mask is true."""
    x, mask = input_box(input, "masked_fill"), _mask(mask, "masked_fill")
    part = (
        fitting(value, x._value.dtype, x.face)
        if is_number(value)
        else to_dtype(value, x._value.dtype)
    )
    return ew.where.apply((mask, part, x), ())


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """In place: a number (or 0-d tensor) where the mask is true."""
    mask = _mask(mask, "masked_fill_")
    filled = masked_fill(self, mask, value)
    return write(ew.overwrite, self, filled)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is true, in one dimension."""
    x, mask = input_box(input, "masked_select"), _mask(mask, "masked_select")
    shape = np.broadcast_shapes(x._value.shape, mask._value.shape)
    where = np.array(np.broadcast_to(mask._value, shape))
    return indexing.take.unary(ops.broadcast_to(x, shape), (where,))


def _mask(mask: Any, name: str) -> Box:
    box = box_of(mask, f"{name}(): argument 'mask'")
    if box._value.dtype != np.bool_:
        raise RuntimeError(
            f"{name}: expected a mask of dtype torch.bool, got {dtypes.of(box._value.dtype)!r}"
        )
    return box


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: as (n, d) rows, or one vector a dimension."""
    x = input_box(input, "nonzero")
    if as_tuple:
        return tuple(x.face._from(part) for part in np.nonzero(np.atleast_1d(x._value)))  # type: ignore[attr-defined]
    return x.face._from(np.argwhere(x._value))  # type: ignore[attr-defined]


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (gather, scatter, scatter_add, index_select, take_along_dim, index_add, index_fill,
              masked_fill, masked_select, nonzero)
}  # fmt: skip
methods: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (scatter_, scatter_add_, index_add_, index_copy_, index_fill_, masked_fill_)
}
