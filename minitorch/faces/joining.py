"""torch.*: joins, and the parts that a dimension is cut into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.node import titled
from minitorch.errors.raising import teaching
from minitorch.faces import dtypes
from minitorch.faces.operands import (
    axis_of,
    box_of,
    check_memory,
    dim_of,
    input_box,
    integer,
    integers,
    to_dtype,
)
from minitorch.ops import shape as ops


def joined(tensors: Any, name: str) -> list[Box]:
    """The tensors that a function was given to join, in one dtype."""
    if isinstance(tensors, Box):
        raise teaching(TypeError)(
            f"{name}(): argument 'tensors' must be tuple of Tensors, not Tensor"
        )
    boxes = [box_of(x, f"{name}(): element {i} of 'tensors'") for i, x in enumerate(tensors)]
    if not boxes:
        error = ValueError if name == "cat" else RuntimeError
        raise error(f"torch.{name}(): expected a non-empty list of Tensors")
    dtype = dtypes.common([box._value for box in boxes])
    return [to_dtype(box, dtype) for box in boxes]


def cat(tensors: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """The tensors joined along a dimension; the other sizes must agree.

    Example:
        >>> torch.cat([torch.zeros(2), torch.ones(1)])
        tensor([0., 0., 1.])
    """
    boxes = joined(tensors, "cat")
    boxes = [b for b in boxes if b._value.shape != (0,)] or boxes[:1]
    first = boxes[0]._value.shape
    if not first:
        raise teaching(RuntimeError)(
            "zero-dimensional tensor (at position 0) cannot be concatenated; use stack"
        )
    at = axis_of(dim_of(dim, axis), len(first))
    for i, b in enumerate(boxes):
        own = b._value.shape
        if len(own) != len(first):
            raise teaching(RuntimeError)(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(own)}"
            )
        if own[:at] + own[at + 1 :] != first[:at] + first[at + 1 :]:
            n, m = next(
                (n, m)
                for k, (n, m) in enumerate(zip(first, own, strict=True))
                if n != m and k != at
            )
            raise teaching(RuntimeError)(
                f"Sizes of tensors must match except in dimension {at}. Expected size {n} but got "
                f"size {m} for tensor number {i} in the list: {list(first)} and {list(own)}"
            )
    return ops.cat(boxes, at)


def stack(tensors: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """The tensors, all of one shape, joined along a new dimension."""
    boxes = joined(tensors, "stack")
    first = boxes[0]._value.shape
    at = axis_of(dim_of(dim, axis), len(first) + 1)
    for i, b in enumerate(boxes):
        if b._value.shape != first:
            raise teaching(RuntimeError)(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(b._value.shape)} at entry {i}"
            )
    return ops.stack(boxes, at)


def _aligned_join(name: str, at_least: int, dim: int) -> Callable[[Any], Any]:
    def function(tensors: Any) -> Any:
        lifted = []
        for x in joined(tensors, name):
            own = x._value.shape
            if name == "vstack" and len(own) == 1:
                own = (1, *own)
            lifted.append(ops.reshape.unary(x, own + (1,) * (at_least - len(own))))
        return cat(lifted, 0 if lifted[0]._value.ndim == 1 else dim)

    function.__name__ = name
    function.__doc__ = f"The tensors joined along dimension {dim}, as NumPy's `{name}`."
    return function


def dstack(tensors: Any) -> Any:
    """The tensors, of at least three dimensions then, joined along the third."""
    return cat(list(atleast_3d(joined(tensors, "dstack"))), 2)


def column_stack(tensors: Any) -> Any:
    """The tensors joined along the second dimension; vectors are columns.

    Example:
        >>> torch.column_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    columns = [
        ops.reshape.unary(x, (x._value.size, 1)) if x._value.ndim < 2 else x
        for x in joined(tensors, "column_stack")
    ]
    return cat(columns, 1)


hstack, vstack = _aligned_join("hstack", 1, 1), _aligned_join("vstack", 2, 0)


def _at_least(rank: int) -> Callable[..., Any]:
    def function(*tensors: Any) -> Any:
        several = len(tensors) != 1 or isinstance(tensors[0], (list, tuple))
        if len(tensors) == 1 and several:
            (tensors,) = tensors
        lifted = tuple(_lifted(x, rank) for x in tensors)
        return lifted if several else lifted[0]

    function.__name__ = function.__qualname__ = f"atleast_{rank}d"
    function.__doc__ = f"Views of at least {rank} dimensions: of one tensor, or of several a tuple."
    return function


def _lifted(x: Any, rank: int) -> Any:
    x = input_box(x, f"atleast_{rank}d")
    own = x._value.shape
    if len(own) >= rank:
        return x
    shape = {1: (1,), 2: (1, *own, *(1,) * (1 - len(own))), 3: (1, *(own or (1,)), 1)}[rank]
    return ops.reshape.unary(x, (*own, 1) if rank == 3 and len(own) == 2 else shape)


atleast_1d, atleast_2d, atleast_3d = _at_least(1), _at_least(2), _at_least(3)


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """Views of the parts along a dimension: of one size (the last may be smaller), or of a list's.

    Example:
        >>> [len(part) for part in torch.arange(5).split(2)]
        [2, 2, 1]
    """
    x = input_box(tensor, "split")
    if not x._value.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor, not one of 0 dimensions")
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    n = x._value.shape[at]
    if not isinstance(split_size_or_sections, (tuple, list)):
        size = integer(split_size_or_sections, "split(): argument 'split_size_or_sections'")
        if size < 0 or (size == 0 and n):
            raise RuntimeError(
                f"split expects split_size be non-negative, but got split_size={size}"
            )
        sizes = tuple(min(size, n - i) for i in range(0, n, size)) if n else (0,)
    else:
        sizes = integers(split_size_or_sections, "split_sizes")
        if sum(sizes) != n or any(s < 0 for s in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size "
                f"at dimension {at}), but got split_sizes={list(sizes)}"
            )
    parts = ops.split.unary(x, at, sizes)
    if parts and isinstance(split_size_or_sections, (tuple, list)):
        titled(parts[0], "SplitWithSizesBackward0")
    return parts


def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """Views of parts of the given sizes along a dimension."""
    return split(input, integers(split_sizes, "split_sizes"), dim)


def chunk(input: Any, chunks: int, dim: int = 0, *, axis: Any = None) -> Any:
    """Views of at most `chunks` parts of equal size (the last may be smaller)."""
    x = input_box(input, "chunk")
    if not x._value.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor, not one of 0 dimensions")
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    n = x._value.shape[at]
    return split(x, max(-(-n // chunks), 1), at) if n else ops.split.unary(x, at, (0,) * chunks)


def tensor_split(input: Any, tensor_indices_or_sections: Any = None, dim: int = 0, *,
                 sections: int | None = None, indices: Any = None) -> Any:  # fmt: skip
    """Views of parts: a number of them as equal as can be, or cut before the given indices.

    Both may be in a tensor, which is what `tensor_indices_or_sections` names.
    """
    x = input_box(input, "tensor_split")
    if not x._value.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    at = axis_of(dim, x._value.ndim)
    n = x._value.shape[at]
    cuts = next((c for c in (tensor_indices_or_sections, sections, indices) if c is not None), None)
    if isinstance(cuts, Box):
        _check_cuts(cuts)
        cuts = cuts._value.tolist()
    if not isinstance(cuts, (tuple, list)):
        cuts = integer(cuts, "tensor_split(): argument 'indices_or_sections'")
        check_memory((cuts,), np.dtype(np.int64), "tensor_split")
        if cuts < 1:
            raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
        small, more = divmod(n, cuts)
        ends = [(i + 1) * small + min(i + 1, more) for i in range(cuts)]
    else:
        ends = [*integers(cuts, "indices"), n]
    return tuple(_narrowed(x, at, a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True))


def _check_cuts(cuts: Box) -> None:
    """Refuse a tensor that can't say where to cut another."""
    what = "tensor_split expected tensor_indices_or_sections to"
    if cuts._value.dtype != np.int64:
        kind = dtypes.of(cuts._value.dtype).scalar_type
        raise RuntimeError(f"{what} have dtype of long, but got {kind}")
    if cuts._value.ndim > 1:
        raise RuntimeError(
            f"{what} be a zero-dimensional or one-dimensional tensor, but got a tensor with "
            f"{cuts._value.ndim} dims"
        )


def _narrowed(x: Any, axis: int, start: int, end: int) -> Any:
    """A view of a range along an axis."""
    return ops.getitem.unary(x, (slice(None),) * axis + (slice(start, end),))


def _axis_split(name: str, axis: int) -> Callable[..., Any]:
    def function(input: Any, indices_or_sections: Any = None, *, indices: Any = None,
                 sections: Any = None) -> Any:  # fmt: skip
        x = input_box(input, name)
        cuts = next((c for c in (indices_or_sections, indices, sections) if c is not None), None)
        if not isinstance(cuts, (tuple, list, Box)):
            cuts = integer(cuts, f"{name}(): argument 'indices_or_sections'")
        rank = x._value.ndim
        least = {"hsplit": 1, "vsplit": 2, "dsplit": 3}[name]
        if rank < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a "
                f"tensor with {rank} dimensions!"
            )
        at = axis if name != "hsplit" or rank > 1 else 0
        n = x._value.shape[at]
        if isinstance(cuts, int) and (cuts < 1 or n % cuts):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {at}, but the size of the "
                f"dimension {n} is not divisible by the split_size {cuts}!"
            )
        return tensor_split(x, cuts, at)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`tensor_split` along dimension {axis}, into parts of equal size."
    return function


hsplit, vsplit, dsplit = (
    _axis_split(name, i) for name, i in (("hsplit", 1), ("vsplit", 0), ("dsplit", 2))
)


def _apart(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Views that may each be written to; what is written then is not seen in the gradients."""
    for part in parts:
        part._view = None
    return parts


def unsafe_split(tensor: Any, split_size: int, dim: int = 0) -> Any:
    """`split` for parts that are written to in place while the whole is not used any more."""
    return _apart(split(tensor, split_size, dim))


def unsafe_split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """`split_with_sizes` for parts that are written to while the whole is not used any more."""
    return _apart(split_with_sizes(input, split_sizes, dim))


def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """`chunk` for parts that are written to in place while the whole is not used any more."""
    return _apart(chunk(input, chunks, dim))


def unbind(input: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """Views of the slices along a dimension."""
    x = input_box(input, "unbind")
    if not x._value.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    return ops.unbind.unary(x, at) if x._value.shape[at] else ()


def select(input: Any, dim: int, index: int) -> Any:
    """A view of one slice along a dimension."""
    x = input_box(input, "select")
    at = axis_of(dim, x._value.ndim)
    n = x._value.shape[at]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x._value.shape)} at "
            f"dimension {at}"
        )
    return ops.getitem.unary(x, (slice(None),) * at + (int(index),))


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """A view of `length` slices along a dimension, from `start` on."""
    x = input_box(input, "narrow")
    if not x._value.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    at = axis_of(dim, x._value.ndim)
    n, start = x._value.shape[at], integer(start, "narrow(): argument 'start' (position 3)")
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, not {length}")
    if not -n <= start <= n:
        raise IndexError(
            f"start out of range (expected to be in range of [{-n}, {n}], but got {start})"
        )
    start += n if start < 0 else 0
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return _narrowed(x, at, start, start + length)


def _split_method(self: Any, split_size: Any, dim: int = 0) -> Any:
    """Views of the parts along a dimension; see `torch.split`."""
    return split(self, split_size, dim)


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        cat, stack, hstack, vstack, dstack, column_stack, atleast_1d, atleast_2d, atleast_3d,
        split, split_with_sizes, chunk, tensor_split, hsplit, vsplit, dsplit, unsafe_split,
        unsafe_split_with_sizes, unsafe_chunk, unbind, select, narrow,
    )
}  # fmt: skip
functions.update(concat=cat, concatenate=cat, row_stack=vstack)
methods: dict[str, Callable[..., Any]] = {"split": _split_method}
takes_out = (
    "cat", "stack", "hstack", "vstack", "dstack", "column_stack", "row_stack", "concat",
    "concatenate",
)  # fmt: skip
functions_only = (*takes_out, "atleast_1d", "atleast_2d", "atleast_3d")
