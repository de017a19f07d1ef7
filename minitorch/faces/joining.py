"""torch.*: joins, and the parts that a dimension is cut into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.operands import axis_of, box_of, dim_of, input_box, to_dtype
from minitorch.ops import shape as ops


def _joined(tensors: Any, name: str) -> list[Box]:
    if isinstance(tensors, Box):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not Tensor")
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
    boxes = _joined(tensors, "cat")
    boxes = [b for b in boxes if b._value.shape != (0,)] or boxes[:1]
    first = boxes[0]._value.shape
    if not first:
        raise RuntimeError(
            "zero-dimensional tensor (at position 0) cannot be concatenated; use stack"
        )
    at = axis_of(dim_of(dim, axis), len(first))
    for i, b in enumerate(boxes):
        own = b._value.shape
        if len(own) != len(first):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(own)}"
            )
        if own[:at] + own[at + 1 :] != first[:at] + first[at + 1 :]:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {at}. Expected sizes like "
                f"{list(first)} but got {list(own)} for tensor number {i} in the list."
            )
    return ops.cat(boxes, at)


def stack(tensors: Any, dim: int = 0, *, axis: Any = None) -> Any:
    """The tensors, all of one shape, joined along a new dimension."""
    boxes = _joined(tensors, "stack")
    first = boxes[0]._value.shape
    at = axis_of(dim_of(dim, axis), len(first) + 1)
    for i, b in enumerate(boxes):
        if b._value.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(b._value.shape)} at entry {i}"
            )
    return ops.stack(boxes, at)


def _aligned_join(name: str, at_least: int, dim: int) -> Callable[[Any], Any]:
    def function(tensors: Any) -> Any:
        lifted = []
        for x in _joined(tensors, name):
            own = x._value.shape
            if name == "vstack" and len(own) == 1:
                own = (1, *own)
            lifted.append(ops.reshape.unary(x, own + (1,) * (at_least - len(own))))
        return cat(lifted, 0 if lifted[0]._value.ndim == 1 else dim)

    function.__name__ = name
    function.__doc__ = f"The tensors joined along dimension {dim}, as NumPy's `{name}`."
    return function


hstack, vstack = _aligned_join("hstack", 1, 1), _aligned_join("vstack", 2, 0)


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
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0 or (size == 0 and n):
            raise RuntimeError(
                f"split expects split_size be non-negative, but got split_size={size}"
            )
        sizes = tuple(min(size, n - i) for i in range(0, n, size)) if n else (0,)
    else:
        sizes = tuple(int(s) for s in split_size_or_sections)
        if sum(sizes) != n or any(s < 0 for s in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size "
                f"at dimension {at}), but got split_sizes={list(sizes)}"
            )
    return ops.split.unary(x, at, sizes)


def chunk(input: Any, chunks: int, dim: int = 0, *, axis: Any = None) -> Any:
    """Views of at most `chunks` parts of equal size (the last may be smaller)."""
    x = input_box(input, "chunk")
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    at = axis_of(dim_of(dim, axis), x._value.ndim)
    n = x._value.shape[at]
    return split(x, max(-(-n // chunks), 1), at) if n else ops.split.unary(x, at, (0,) * chunks)


def tensor_split(input: Any, indices_or_sections: Any = None, dim: int = 0, *,
                 sections: int | None = None, indices: Any = None) -> Any:  # fmt: skip
    """Views of parts: a number of them as equal as can be, or cut before the given indices."""
    x = input_box(input, "tensor_split")
    at = axis_of(dim, x._value.ndim)
    n = x._value.shape[at]
    cuts = next(c for c in (indices_or_sections, sections, indices, 0) if c is not None)
    if not isinstance(cuts, int):
        ends = [*(int(c) for c in cuts), n]
        return tuple(_narrowed(x, at, a, b) for a, b in zip([0, *ends[:-1]], ends, strict=True))
    if cuts < 1:
        raise RuntimeError(f"number of sections must be larger than 0, got {cuts}")
    small, more = divmod(n, cuts)
    return ops.split.unary(x, at, (small + 1,) * more + (small,) * (cuts - more))


def _narrowed(x: Any, axis: int, start: int, end: int) -> Any:
    """A view of a range along an axis."""
    return ops.getitem.unary(x, (slice(None),) * axis + (slice(start, end),))


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
    n, start = x._value.shape[at], int(start)
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
    for f in (cat, stack, hstack, vstack, split, chunk, tensor_split, unbind, select, narrow)
}
functions.update(concat=cat, concatenate=cat)
methods: dict[str, Callable[..., Any]] = {"split": _split_method}
functions_only = takes_out = ("cat", "stack", "hstack", "vstack", "concat", "concatenate")
