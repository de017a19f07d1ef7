"""torch.*: elements combined where an index names them: sums, products, means, extremes.

`scatter_reduce`, `index_reduce` and `segment_reduce` are one thing: parts that go to places.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes, gathering, indexing
from minitorch.faces.arithmetic import overwritten
from minitorch.faces.numpy.operands import is_tracked
from minitorch.faces.operands import axis_of, box_of, broadcast_shape, input_box
from minitorch.ops import elementwise as ew
from minitorch.ops import index as ops
from minitorch.ops import shape

Function = Callable[..., Any]
REDUCTIONS = ("sum", "prod", "mean", "amax", "amin", "max", "min")
EXTREMES = {"max": "amax", "min": "amin"}  # other names


def combined(x: Box, part: Box, where: Any, reduce: str, include_self: bool) -> Any:
    """`x` with `part` combined with it at an index; without it, where `include_self` is False."""
    dtype, reduce = x._value.dtype, EXTREMES.get(reduce, reduce)
    if not include_self:
        start = fresh(x.face, np.asarray(_start(reduce, dtype), dtype))
        x = ops.index_put.apply((x, start), (where, False))
    if reduce in ("amax", "amin"):
        return ops.put_extreme.apply((x, part), (where, reduce == "amax"))
    if reduce == "prod":
        return _product(x, part, where)
    y = ops.index_put.apply((x, part), (where, True))
    if reduce == "sum":
        return y
    counts = np.full(x._value.shape, int(include_self), np.int64)
    np.add.at(counts, where, 1)
    each = fresh(x.face, np.maximum(counts, 1).astype(dtype))
    return (ew.divide if dtype.kind in "fc" else ew.floor_divide).binary(y, each)


def _start(reduce: str, dtype: np.dtype[Any]) -> Any:
    """What changes nothing in a reduction."""
    if reduce in ("sum", "mean"):
        return 0
    if reduce == "prod":
        return 1
    if dtype.kind == "b":
        return reduce == "amin"
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return limits.min if reduce == "amax" else limits.max
    return -math.inf if reduce == "amax" else math.inf


def _product(x: Box, part: Box, where: Any) -> Any:
    """`x` times all elements of `part` that go to each place, right with zeros too.

    Elements of one place lie side by side once they are sorted by it, those of `x` first; their
    running products double in length with each step.
    """
    if not is_tracked(x) and not is_tracked(part):
        y = np.array(x._value)
        np.multiply.at(y, where, part._value)
        return fresh(x.face, y)
    places = np.arange(x._value.size).reshape(x._value.shape)[where].ravel()
    used, own = np.unique(places, return_inverse=True)
    owner = np.concatenate([np.arange(used.size), own.ravel()])
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    flat = shape.reshape.unary(x, (x._value.size,))
    picked = ops.take.unary(flat, (used,))
    parts = shape.reshape.unary(part, (part._value.size,))
    y = ops.take.unary(shape.cat([picked, parts], 0), (order,))
    longest, by = int(np.bincount(owner).max(initial=0)), 1
    one = fresh(x.face, np.ones((), x._value.dtype))
    while by < longest:
        at = np.arange(owner.size)
        before = np.maximum(at - by, 0)
        same = fresh(x.face, (at >= by) & (owner == owner[before]))
        factor = ew.where.apply((same, ops.take.unary(y, (before,)), one), ())
        y, by = ew.multiply.binary(y, factor), 2 * by
    ends = np.flatnonzero(np.append(owner[1:] != owner[:-1], True))[: used.size]
    y = ops.index_put.apply((flat, ops.take.unary(y, (ends,))), ((used,), False))
    return shape.reshape.unary(y, x._value.shape)


def _check_reduction(name: str, reduce: Any, known: tuple[str, ...]) -> None:
    if reduce not in known:
        raise RuntimeError(
            f"{name}(): reduce argument must be one of {', '.join(known)}, got {reduce}"
        )


def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *,
                   include_self: bool = True) -> Any:  # fmt: skip
    """A copy with `src` combined with it where the index says along a dimension.

    Args:
        reduce: "sum", "prod", "mean", "amax" or "amin"; ties share the gradient equally.
        include_self: whether the elements of `input` are combined too, or replaced.

    Example:
        >>> x, index = torch.tensor([1., 2.]), torch.tensor([0, 0, 1])
        >>> torch.scatter_reduce(x, 0, index, torch.tensor([3., 4., 5.]), "amax")
        tensor([4., 5.])
    """
    x = input_box(input, "scatter_reduce")
    _check_reduction("scatter_reduce", reduce, REDUCTIONS)
    axis, index = axis_of(dim, x._value.ndim), gathering.index_of(index, "scatter")
    src = box_of(src, "scatter_reduce(): argument 'src'")
    if not index._value.size:
        return x.clone()  # type: ignore[attr-defined]
    gathering.check_along(x, index, axis, "scatter")
    part = gathering.corner(x, index, src)
    where = ops._along(np.array(index._value).reshape(index._value.shape or (1,)), axis)
    rank = x._value.ndim
    x, part = (b if b._value.ndim else shape.reshape.unary(b, (1,)) for b in (x, part))
    y = combined(x, part, where, reduce, include_self)
    return titled(y if rank else shape.reshape.unary(y, ()), "ScatterReduceBackward0")


def scatter_reduce_(self: Any, dim: int, index: Any, src: Any, reduce: str, *,
                    include_self: bool = True) -> Any:  # fmt: skip
    """In place: `src` combined with the tensor where the index says; see `scatter_reduce`."""
    value = scatter_reduce(self.clone(), dim, index, src, reduce, include_self=include_self)
    return overwritten(self, value)


def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *,
                 include_self: bool = True) -> Any:  # fmt: skip
    """A copy with the slices of `source` combined with those that a vector of indices names.

    `reduce` is "prod", "mean", "amax" or "amin"; see `scatter_reduce`.
    """
    x = input_box(input, "index_reduce")
    _check_reduction("index_reduce", reduce, ("prod", "mean", "amax", "amin"))
    axis, index = gathering.slices_of(x, dim, index, "index_reduce", None)
    source = gathering.source_of(x, axis, index, source, "index_reduce", RuntimeError)
    gathering.slices_of(x, dim, index, "index_reduce", IndexError)
    rank = x._value.ndim
    x, source = (b if b._value.ndim else shape.reshape.unary(b, (1,)) for b in (x, source))
    where = (slice(None),) * axis + (np.array(index._value).reshape(-1),)
    y = combined(x, source, where, reduce, include_self)
    return titled(y if rank else shape.reshape.unary(y, ()), "IndexReduceBackward0")


def index_reduce_(self: Any, dim: int, index: Any, source: Any, reduce: str, *,
                  include_self: bool = True) -> Any:  # fmt: skip
    """In place: slices of `source` combined with those that the index names."""
    value = index_reduce(self.clone(), dim, index, source, reduce, include_self=include_self)
    return overwritten(self, value)


def segment_reduce(data: Any, reduce: str, *, lengths: Any = None, indices: Any = None,
                   offsets: Any = None, axis: int = 0, unsafe: bool = False,
                   initial: Any = None) -> Any:  # fmt: skip
    """Slices along the first axis combined, `lengths[i]` after each other to the i-th result.

    Args:
        reduce: "sum", "mean", "max", "min" or "prod".
        offsets: where each segment begins, and where the last one ends, instead of `lengths`.
        initial: what each reduction begins with; NaN, an infinity, 1 or 0 for an empty segment.
    """
    x = input_box(data, "segment_reduce")
    _check_reduction("segment_reduce", reduce, ("sum", "mean", "max", "min", "prod"))
    if not x._value.ndim:
        raise RuntimeError("segment_reduce(): data must have at least one dimension")
    if axis_of(axis, x._value.ndim):
        raise RuntimeError("segment_reduce(): only the first axis is supported: move it there")
    if (lengths is None) == (offsets is None):
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    name = "segment_reduce(): argument 'lengths'"
    if lengths is None:
        sizes = np.diff(np.asarray(box_of(offsets, name)._value))
    else:
        sizes = np.asarray(box_of(lengths, name)._value)
    n = x._value.shape[0]
    if not unsafe and (sizes.ndim != 1 or (sizes < 0).any() or sizes.sum() != n):
        raise RuntimeError(
            f"segment_reduce(): Expected all rows of lengths along axis to sum to {n}, the size of "
            f"data there, got {sizes.tolist()}"
        )
    kind = EXTREMES.get(reduce, reduce)
    dtype = x._value.dtype
    begin = _start(kind, dtype) if initial is None else initial
    y = fresh(x.face, np.full((sizes.size, *x._value.shape[1:]), begin, dtype))
    where = (np.repeat(np.arange(sizes.size), sizes),)
    y = combined(y, x, where, "sum" if kind == "mean" else kind, True)
    if kind != "mean":
        return y
    empty = math.nan if initial is None else 1
    each = np.where(sizes > 0, sizes, empty).reshape(-1, *(1,) * (x._value.ndim - 1))
    return ew.divide.binary(y, fresh(x.face, each.astype(dtype)))


# elements named by tuples of index tensors, or by their place in the flattened tensor


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy with values written (or added) at `indices`, a tuple of index tensors or masks.

    Example:
        >>> torch.index_put(torch.zeros(3), (torch.tensor([0, 2]),), torch.tensor(1.))
        tensor([1., 0., 1.])
    """
    return index_put_(input_box(input, "index_put").clone(), indices, values, accumulate)  # type: ignore[attr-defined]


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """In place: values written (or added) at `indices`, a tuple of index tensors or masks."""
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            "index_put_(): argument 'indices' (position 1) must be tuple of Tensors, not "
            f"{type(indices).__name__}"
        )
    for part in indices:
        box_of(part, "index_put_(): argument 'indices' (position 1)")
    values = box_of(values, "index_put_(): argument 'values' (position 2)")
    if values._value.dtype != self._value.dtype:
        here, there = (dtypes.of(x._value.dtype).scalar_type for x in (self, values))
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {here} for the "
            f"destination and {there} for the source."
        )
    indexing.put(self, tuple(indices), values, bool(accumulate))
    return self


def _flat(x: Box, index: Any, name: str) -> np.ndarray:
    """Places in the flattened tensor, from its end where they are negative."""
    box = box_of(index, f"{name}(): argument 'index'")
    if box._value.dtype != np.int64:
        raise RuntimeError(
            f"{name}(): Expected a long tensor for index, but got "
            f"{dtypes.of(box._value.dtype).scalar_type}"
        )
    n, places = x._value.size, np.array(box._value)
    if places.size and not n:
        raise IndexError(f"{name}(): tried to {name.rstrip('_')} from an empty tensor")
    if places.size and not -n <= places.min() <= places.max() < n:
        raise IndexError(
            f"{name}(): out of range: tried to access an index of a tensor of {n} elements"
        )
    return np.where(places < 0, places + n, places)


def take(input: Any, index: Any) -> Any:
    """The elements at places in the flattened tensor, in the shape of the index.

    Example:
        >>> torch.take(torch.tensor([[4, 3], [6, 7]]), torch.tensor([0, 3]))
        tensor([4, 7])
    """
    x = input_box(input, "take")
    places = _flat(x, index, "take")
    return titled(
        ops.take.unary(shape.reshape.unary(x, (x._value.size,)), (places,)), "TakeBackward0"
    )


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy with the elements of `source` written (or added) at places of the flattened tensor."""
    x = input_box(input, "put")
    source = box_of(source, "put_(): argument 'source'")
    if source._value.dtype != x._value.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{dtypes.of(x._value.dtype).scalar_type} and source.dtype = "
            f"{dtypes.of(source._value.dtype).scalar_type}"
        )
    places = _flat(x, index, "put_")
    if source._value.size != places.size:
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, but got "
            f"source.numel() = {source._value.size}, index.numel() = {places.size}"
        )
    flat = shape.reshape.unary(x, (x._value.size,))
    part = shape.reshape.unary(source, (places.size,))
    y = ops.index_put.apply((flat, part), ((places.ravel(),), bool(accumulate) or None))
    return titled(shape.reshape.unary(y, x._value.shape), "PutBackward0")


def put_(self: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """In place: the elements of `source` written at places of the flattened tensor."""
    return overwritten(self, put(self.clone(), index, source, accumulate))


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy with the elements of `source`, in order, where the mask is true."""
    x, mask = input_box(input, "masked_scatter"), gathering.mask_of(mask, "masked_scatter_")
    sizes = broadcast_shape("masked_scatter", x, mask)
    return masked_scatter_(shape.broadcast_to(x, sizes).clone(), mask, source)


def masked_scatter_(self: Any, mask: Any, source: Any) -> Any:
    """In place: the elements of `source`, in order, where the mask is true."""
    mask = gathering.mask_of(mask, "masked_scatter_")
    source = box_of(source, "masked_scatter_(): argument 'source'")
    if source._value.dtype != self._value.dtype:
        raise RuntimeError(
            "masked_scatter_: expected self and source to have same dtypes but got "
            f"{dtypes.of(self._value.dtype).scalar_type} and "
            f"{dtypes.of(source._value.dtype).scalar_type}"
        )
    try:
        where = np.array(np.broadcast_to(mask._value, self._value.shape))
    except ValueError:
        raise RuntimeError(
            f"masked_scatter_: the mask of shape {list(mask._value.shape)} doesn't broadcast to "
            f"{list(self._value.shape)}"
        ) from None
    count = int(where.sum())
    if count > source._value.size:
        raise RuntimeError(
            f"masked_scatter: expected source to have at least {count} elements, as many as the "
            f"mask has ones, but it has {source._value.size}"
        )
    flat = shape.reshape.unary(source, (source._value.size,))
    part = shape.getitem.unary(flat, (slice(0, count),))
    value = ops.index_put.apply((self.clone(), part), ((where,), False))
    return overwritten(self, titled(value, "MaskedScatterBackward0"))


functions: dict[str, Function] = {
    f.__name__: f
    for f in (scatter_reduce, index_reduce, segment_reduce, index_put, take, put, masked_scatter)
}
methods: dict[str, Function] = {
    f.__name__: f for f in (scatter_reduce_, index_reduce_, index_put_, put_, masked_scatter_)
}
functions_only = ("segment_reduce",)
functions_in_place = {"index_put_": index_put_}
takes_out = ("scatter_reduce", "index_reduce", "take")
