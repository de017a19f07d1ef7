"""torch.*: elements picked and put by index tensors along a dimension, and by masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.layers import Batched, carried_box
from minitorch.engine.node import adopted, titled, written
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import (
    axis_of,
    box_of,
    broadcast_shape,
    fitting,
    input_box,
    is_number,
    to_dtype,
)
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops


def index_of(index: Any, name: str) -> Box:
    box = box_of(index, f"{name}(): argument 'index'")
    if box._value.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"{name}(): Expected dtype int32/int64 for index, got {dtypes.of(box._value.dtype)!r}; "
            "convert it with .long()"
        )
    return box


def _in_range(index: Box, axis: int, size: int, name: str, error: type[Exception]) -> None:
    while type(index._value) is Batched:
        index = carried_box(index)
    values = index._value
    if type(values) is np.ndarray and values.size:
        low, high = values.min(), values.max()
        if low < 0 or high >= size:
            bad = low if low < 0 else high
            raise error(
                f"{name}(): index {bad} is out of bounds for dimension {axis} with size {size}"
            )


def _lifted(x: Box) -> Box:
    """`x` with at least one dimension."""
    return x if x._value.ndim else ops.reshape.unary(x, (1,))


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim 0, and so on: elements picked along a dimension.

    Example:
        >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0], [1]]))
        tensor([[1],
                [4]])
    """
    x = input_box(input, "gather")
    axis, index = axis_of(dim, x._value.ndim), index_of(index, "gather")
    if not index._value.size:
        none = ops.getitem.unary(_lifted(x), (slice(0, 0),))
        return ops.reshape.unary(none, index._value.shape).clone()
    check_along(x, index, axis, "gather")
    y = indexing.gather.apply((_lifted(x), _lifted(index)), (axis,))
    return y if index._value.ndim else ops.reshape.unary(y, ())


def check_along(x: Box, index: Box, axis: int, name: str) -> None:
    """Check that an index can name elements of x along an axis."""
    own, shape = x._value.shape or (1,), index._value.shape or (1,)
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
    _in_range(index, axis, own[axis], name, RuntimeError)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Any:  # fmt: skip
    """A copy with `src` (or a number) written where the index says along a dimension."""
    y = input_box(input, "scatter").clone()  # type: ignore[attr-defined]
    return scatter_(y, dim, index, src, value=value, reduce=reduce)


def scatter_(self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None,
             reduce: str | None = None) -> Any:  # fmt: skip
    """In place: self[index[i][j]][j] = src[i][j] for dim 0, and so on.

    Args:
        src: a tensor of the dtype of `self`, at least as large as the index, or a number.
        reduce: None to write, "add" or "multiply" to combine with what is there.
    """
    src = value if src is None else src
    if not is_number(src) and not isinstance(src, Box):
        raise TypeError(
            f"scatter() received an invalid combination of arguments: src must be a Tensor or a "
            f"number, not {type(src).__name__}"
        )
    axis, index = axis_of(dim, self._value.ndim), index_of(index, "scatter")
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"reduce argument must be either add or multiply, not {reduce!r}")
    if isinstance(src, Box):
        _check_source(self, src)
    if not index._value.size:
        return self
    check_along(self, index, axis, "scatter")
    part = (
        fitting(src, self._value.dtype, self.face) if is_number(src) else corner(self, index, src)
    )
    if part._value.ndim and not self._value.ndim:
        part = ops.reshape.unary(part, ())
    where = indexing._along(np.array(index._value).reshape(index._value.shape or (1,)), axis)
    if reduce == "multiply":
        return _multiplied(self, part, where)
    write(
        indexing.index_put, self, part, where if self._value.ndim else (), reduce == "add" or None
    )
    title = "ScatterAddBackward0" if reduce == "add" else f"ScatterBackward{int(is_number(src))}"
    return written(self, indexing.index_put, title)


def _check_source(self: Box, src: Box) -> None:
    if src._value.dtype != self._value.dtype:
        raise RuntimeError(
            "scatter(): Expected self.dtype to be equal to src.dtype, but they are "
            f"{dtypes.of(self._value.dtype)!r} and {dtypes.of(src._value.dtype)!r}"
        )


def corner(self: Box, index: Box, src: Box) -> Box:
    """The part of `src` that an index reads, which may be smaller."""
    _check_source(self, src)
    shape, own = index._value.shape or (1,), src._value.shape or (1,)
    if len(own) != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    if any(n > size for n, size in zip(shape, own, strict=True)):
        raise RuntimeError(
            f"Expected index {list(shape)} to be no larger than self {list(self._value.shape)} "
            f"apart from dimension and to be no larger size than src {list(own)}"
        )
    if shape == own:
        return src
    return ops.getitem.unary(src, tuple(slice(0, n) for n in shape))


def _multiplied(self: Any, part: Box, where: Any) -> Any:
    """`self` times the numbers that are scattered to each of its elements."""
    if part._node is not None:
        raise NotImplementedError(
            "the derivative for 'scatter with reduce=multiply' by src is not implemented: "
            "detach() it"
        )
    factors = np.ones(self._value.shape or (1,), self._value.dtype)
    np.multiply.at(factors, where, part._value)
    return write(ew.multiply, self, fresh(self.face, factors.reshape(self._value.shape)))


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with `src` added where the index says along a dimension."""
    return scatter_add_(input_box(input, "scatter_add").clone(), dim, index, src)  # type: ignore[attr-defined]


def scatter_add_(self: Any, dim: int, index: Any, src: Any) -> Any:
    """In place: self[index[i][j]][j] += src[i][j] for dim 0, and so on."""
    return scatter_(self, dim, index, box_of(src, "scatter_add(): argument 'src'"), reduce="add")


# whole slices


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices that a vector of indices names along a dimension, as a copy."""
    x = input_box(input, "index_select")
    axis, index = axis_of(dim, x._value.ndim), index_of(index, "index_select")
    if index._value.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not x._value.ndim and index._value.size != 1:
        raise RuntimeError("index_select(): Index to scalar can have only 1 value")
    _in_range(index, axis, (x._value.shape or (1,))[axis], "index_select", IndexError)
    if not x._value.ndim:
        return x.clone()  # type: ignore[attr-defined]
    flat = np.array(index._value).reshape(-1)
    return titled(indexing.take.unary(x, (slice(None),) * axis + (flat,)), "IndexSelectBackward0")


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather` with the other dimensions broadcast; without `dim`, of the flattened tensors."""
    x, index = input_box(input, "take_along_dim"), index_of(indices, "take_along_dim")
    if dim is not None and index._value.dtype != np.int64:
        raise RuntimeError(
            "torch.take_along_dim(): dtype of indices should be Long but got Int: use .long()"
        )
    if dim is None:
        x, index = (ops.reshape.unary(b, (b._value.size,)) for b in (x, index))
        return gather(x, 0, index)
    rank = x._value.ndim
    if index._value.ndim != rank:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {rank} dimensions for input, and {index._value.ndim} dimensions for indices"
        )
    axis, own = axis_of(dim, rank), list(x._value.shape)
    others = (ops.getitem.unary(b, (slice(None),) * axis + (slice(0, 1),)) for b in (x, index))
    shape = list(broadcast_shape("take_along_dim", *others))
    shape[axis] = index._value.shape[axis]
    index = ops.broadcast_to(index, tuple(shape))
    if own[axis]:  # PyTorch counts on from the start here, and backwards
        index = index.remainder(own[axis])  # type: ignore[attr-defined]
    shape[axis] = own[axis]
    return gather(ops.broadcast_to(x, tuple(shape)), axis, index)


def index_add_(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """In place: alpha * source added to the slices that the index names."""
    axis, index = slices_of(self, dim, index, "index_add_", RuntimeError)
    source = source_of(self, axis, index, source, "index_add_", RuntimeError)
    if alpha != 1:
        source = ew.multiply.binary(source, fitting(alpha, self._value.dtype, self.face))
    return written(
        _put(self, axis, index._value, source, True), indexing.index_put, "IndexAddBackward0"
    )


def index_copy_(self: Any, dim: int, index: Any, source: Any) -> Any:
    """In place: source written to the slices that the index names."""
    if box_of(index, "index_copy_(): argument 'index'")._value.dtype != np.int64:
        raise RuntimeError("index_copy_(): Expected a long tensor for index: use .long()")
    axis, index = slices_of(self, dim, index, "index_copy_", IndexError)
    source = source_of(self, axis, index, source, "index_copy_", IndexError)
    return written(
        _put(self, axis, index._value, source, False), indexing.index_put, "IndexCopyBackward0"
    )


def index_fill_(self: Any, dim: int, index: Any, value: Any) -> Any:
    """In place: a number written to the slices that the index names."""
    n = (self._value.shape or (1,))[axis_of(dim, self._value.ndim)]
    index = box_of(index, "index_fill_(): argument 'index'")
    if index._value.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index: convert it with .long()")
    places = fresh(index.face, np.where(index._value < 0, index._value + n, index._value))
    if index._value.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar: index_fill_ fills whole slices")
    axis, places = slices_of(self, dim, places, "index_fill_", IndexError)
    part = _filling(self, value, "index_fill_")
    once = np.unique(places._value)  # one gradient for each place
    return written(
        _put(self, axis, once, part, False, fills=True),
        indexing.index_put,
        f"IndexFillBackward{int(isinstance(value, Box))}",
    )


def slices_of(
    self: Box, dim: int, index: Any, name: str, error: type[Exception] | None
) -> tuple[int, Box]:
    """The axis and the index of an operation on whole slices; `error` if it is out of range."""
    axis, index = axis_of(dim, self._value.ndim), index_of(index, name)
    if index._value.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but has shape {list(index._value.shape)}"
        )
    if error is not None:
        _in_range(index, axis, (self._value.shape or (1,))[axis], name, error)
    return axis, index


def source_of(self: Box, axis: int, index: Box, source: Any, name: str,
            error: type[Exception]) -> Box:  # fmt: skip
    """What is written to the slices, checked against them."""
    source = box_of(source, f"{name}(): argument 'source'")
    if source._value.dtype != self._value.dtype:
        raise RuntimeError(
            f"{name}(): self ({dtypes.of(self._value.dtype)!r}) and source "
            f"({dtypes.of(source._value.dtype)!r}) must have the same scalar type"
        )
    own, shape = self._value.shape or (1,), source._value.shape or (1,)
    expected = (*own[:axis], index._value.size, *own[axis + 1 :])
    if shape != expected:
        misfit = len(shape) != len(expected) or shape[axis] != expected[axis]
        raise (error if misfit else RuntimeError)(
            f"{name}(): source tensor shape must match self tensor shape, excluding the specified "
            f"dimension {axis}, and have as many slices as the index names: expected "
            f"{list(expected)}, got {list(shape)}"
        )
    return source


def _put(self: Any, axis: int, index: np.ndarray, part: Box, accumulate: bool,
         fills: bool = False) -> Any:  # fmt: skip
    if not self._value.ndim:
        return write(ew.add if accumulate else ew.overwrite, self, ops.reshape.unary(part, ()))
    where = (slice(None),) * axis + (np.array(index).reshape(-1),)
    return write(indexing.index_put, self, part, where, accumulate or None, fills=fills)


def _filling(self: Box, value: Any, name: str) -> Box:
    """One value, a number or a 0-d tensor, in the dtype of `self`."""
    if is_number(value):
        return fitting(value, self._value.dtype, self.face)
    value = box_of(value, f"{name}(): argument 'value'")
    if value._value.ndim:
        raise RuntimeError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._value.ndim} dimension(s)."
        )
    return to_dtype(value, self._value.dtype)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy with alpha * source added to the slices that the index names."""
    return index_add_(input_box(input, "index_add").clone(), dim, index, source, alpha=alpha)  # type: ignore[attr-defined]


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy with source written to the slices that the index names."""
    return index_copy_(input_box(input, "index_copy").clone(), dim, index, source)  # type: ignore[attr-defined]


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with a number written to the slices that the index names."""
    return index_fill_(input_box(input, "index_fill").clone(), dim, index, value)  # type: ignore[attr-defined]


# masks


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy with a number (or 0-d tensor) where the mask is true."""
    x, mask = input_box(input, "masked_fill"), mask_of(mask, "masked_fill")
    part = _filling(x, value, "masked_fill_")
    broadcast_shape("masked_fill", mask, x)
    title = "MaskedFillBackward1" if isinstance(value, Box) else "MaskedFillBackward0"
    return titled(ew.where.apply((mask, part, x), ()), title)


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """In place: a number (or 0-d tensor) where the mask is true."""
    y = masked_fill(self, mask, value)
    return adopted(write(ew.overwrite, self, y, fills=True), ew.overwrite, y)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is true, in one dimension."""
    x, mask = input_box(input, "masked_select"), mask_of(mask, "masked_select")
    shape = broadcast_shape("masked_select", x, mask)
    where = np.array(np.broadcast_to(mask._value, shape))
    return titled(
        indexing.take.unary(ops.broadcast_to(x, shape), (where,)), "MaskedSelectBackward0"
    )


def mask_of(mask: Any, name: str) -> Box:
    box = box_of(mask, f"{name}(): argument 'mask'")
    if box._value.dtype != np.bool_:
        raise RuntimeError(
            f"{name} only supports boolean masks, but got mask with dtype "
            f"{dtypes.of(box._value.dtype)!r}: expected torch.bool"
        )
    return box


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: as (n, d) rows, or one vector a dimension."""
    x = input_box(input, "nonzero")
    if as_tuple:
        return tuple(x.face._from(part) for part in np.nonzero(np.atleast_1d(x._value)))  # type: ignore[attr-defined]
    return x.face._from(np.argwhere(x._value))  # type: ignore[attr-defined]


def argwhere(input: Any) -> Any:
    """The indices of the elements that are not 0, as (n, d) rows."""
    return nonzero(input)


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """`nonzero` with exactly `size` rows: cut off, or filled up with `fill_value`."""
    x = input_box(input, "nonzero_static")
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, not {size}")
    found = np.argwhere(x._value)[:size]
    rows = np.full((size, x._value.ndim), fill_value, np.int64)
    rows[: len(found)] = found
    return x.face._from(rows)  # type: ignore[attr-defined]


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (gather, scatter, scatter_add, index_select, take_along_dim, index_add, index_copy,
              index_fill, masked_fill, masked_select, nonzero, argwhere, nonzero_static)
}  # fmt: skip
methods: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (scatter_, scatter_add_, index_add_, index_copy_, index_fill_, masked_fill_)
}
takes_out = (
    "gather", "scatter", "scatter_add", "index_select", "take_along_dim", "index_add", "index_copy",
    "masked_select", "nonzero", "nonzero_static",
)  # fmt: skip
