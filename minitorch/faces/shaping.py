"""torch.*: shapes, views, repetitions and triangles."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.node import titled
from minitorch.engine.views import write
from minitorch.errors.raising import teaching
from minitorch.faces import dtypes
from minitorch.faces.bits import as_bits
from minitorch.faces.descriptors import contiguous_format
from minitorch.faces.operands import (
    axes_of,
    axis_of,
    broadcast_shape,
    check_memory,
    dim_of,
    fitting,
    given,
    input_box,
    integer,
    integers,
    sizes_of,
    tensors_only,
)
from minitorch.ops import shape as ops
from minitorch.ops.index import index_put

Shape = tuple[int, ...]


def fitted(sizes: Shape, count: int) -> Shape:
    """`sizes` with -1 worked out, for `count` elements."""
    given, known = sizes, math.prod(n for n in sizes if n != -1)
    holes = sizes.count(-1)
    if any(n < -1 for n in sizes):
        raise teaching(RuntimeError)(f"invalid shape dimension {min(sizes)} in {list(sizes)}")
    if holes > 1:
        raise teaching(RuntimeError)("only one dimension can be inferred")
    if holes:
        if not known:
            raise teaching(RuntimeError)(
                f"cannot reshape tensor of {count} elements into shape {list(sizes)} because the "
                "unspecified dimension size -1 can be any value and is ambiguous"
            )
        sizes = tuple(count // known if n == -1 else n for n in sizes)
    if math.prod(sizes) != count:
        raise teaching(RuntimeError)(
            f"shape '{list(given)}' is invalid for input of size {count}: the sizes given make "
            f"{known} elements"
        )
    return sizes


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Any:
    """The same elements in another shape (-1: whatever fits): a view where that is possible.

    Example:
        >>> torch.arange(6).reshape(2, -1).shape
        torch.Size([2, 3])
    """
    x = input_box(input, "reshape")
    wanted = sizes_of(given(sizes, shape), "shape")
    return _copied(ops.reshape.unary(x, fitted(wanted, x._value.size)))


def _copied(y: Any) -> Any:
    """The result of a reshape; where it is no view, its node is named so."""
    return titled(y, "UnsafeViewBackward0") if y._node is not None and y._view is None else y


def view(self: Any, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
    """The same memory in another shape; a RuntimeError where the layout does not allow it."""
    if dtype is not None or (len(shape) == 1 and isinstance(shape[0], dtypes.dtype)):
        return as_bits(self, dtype or shape[0])
    sizes = fitted(sizes_of(given(shape, size), "size"), self._value.size)
    y = ops.reshape.unary(self, sizes)
    if y._counter is not self._counter and self._value.size and type(y._value) is np.ndarray:
        raise teaching(RuntimeError)(
            "view size is not compatible with input tensor's size and stride (at least one "
            f"dimension spans across two contiguous subspaces): {list(self._value.shape)} as "
            f"{list(sizes)}. Use .reshape(...) instead."
        )
    return y


def view_as(self: Any, other: Any) -> Any:
    """`view` in the shape of another tensor."""
    return view(self, other._value.shape)


def reshape_as(self: Any, other: Any) -> Any:
    """`reshape` to the shape of another tensor."""
    return reshape(self, other._value.shape)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from `start_dim` to `end_dim` as one.

    Example:
        >>> torch.flatten(torch.zeros(2, 3, 4), start_dim=1).shape
        torch.Size([2, 12])
    """
    x = input_box(input, "flatten")
    sizes = x._value.shape
    start, end = axis_of(start_dim, len(sizes)), axis_of(end_dim, len(sizes))
    if start > end:
        raise teaching(RuntimeError)(
            "flatten() has invalid args: start_dim cannot come after end_dim"
        )
    if start == end and sizes:
        return x
    middle = (math.prod(sizes[start : end + 1]),)
    return _copied(ops.reshape.unary(x, sizes[:start] + middle + sizes[end + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension."""
    return flatten(input)


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension split into several."""
    x = input_box(input, "unflatten")
    axis, whole = axis_of(dim, x._value.ndim), x._value.shape
    parts = fitted(integers(sizes, "sizes"), whole[axis])
    return ops.reshape.unary(x, whole[:axis] + parts + whole[axis + 1 :])


def squeeze(input: Any, dim: Any = None, *, axis: Any = None) -> Any:
    """Without the dimensions of size 1, or without those given that have size 1."""
    x, dim = input_box(input, "squeeze"), dim_of(dim, axis)
    sizes = x._value.shape
    axes = range(len(sizes)) if dim is None else axes_of(dim, len(sizes)) or ()
    y = ops.reshape.unary(x, tuple(n for i, n in enumerate(sizes) if not (n == 1 and i in axes)))
    form = 0 if dim is None else 1 if isinstance(dim, int) else 2
    return titled(y, f"SqueezeBackward{form}")


def unsqueeze(input: Any, dim: int | None = None, *, axis: Any = None) -> Any:
    """With a new dimension of size 1 at `dim`."""
    x = input_box(input, "unsqueeze")
    sizes = x._value.shape
    at = axis_of(dim_of(dim, axis), len(sizes) + 1)
    return titled(ops.reshape.unary(x, (*sizes[:at], 1, *sizes[at:])), "UnsqueezeBackward0")


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """A view with two dimensions exchanged."""
    x = input_box(input, "transpose")
    a, b = axis_of(dim0, x._value.ndim), axis_of(dim1, x._value.ndim)
    order = list(range(x._value.ndim))
    if order:
        order[a], order[b] = b, a
    return titled(ops.transpose.unary(x, tuple(order)), "TransposeBackward0")


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """A view with two dimensions exchanged; `transpose` under NumPy's name."""
    return transpose(input, axis0, axis1)


def permute(input: Any, *order: Any, dims: Any = None) -> Any:
    """A view with the dimensions in another order."""
    x, wanted = input_box(input, "permute"), sizes_of(given(order, dims), "dims")
    if len(wanted) != x._value.ndim:
        raise teaching(RuntimeError)(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {x._value.ndim} is "
            f"not equal to len(dims) = {len(wanted)}"
        )
    axes = tuple(axis_of(d, x._value.ndim) for d in wanted)
    if len(set(axes)) < len(axes):
        raise teaching(RuntimeError)(
            f"permute(): duplicate dims are not allowed. Given {list(wanted)}"
        )
    return ops.transpose.unary(x, axes)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """A view with some dimensions moved to other places."""
    x = input_box(input, "movedim")
    both = [
        axes_of(d if isinstance(d, (tuple, list)) else (axis_of(d, x._value.ndim),), x._value.ndim)
        or ()
        for d in (source, destination)
    ]
    if len(both[0]) != len(both[1]):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(both[0])} dims) should "
            f"contain the same number of dims as destination ({list(both[1])} dims)"
        )
    order = [i for i in range(x._value.ndim) if i not in both[0]]
    for to, of in sorted(zip(both[1], both[0], strict=True)):
        order.insert(to, of)
    return ops.transpose.unary(x, tuple(order))


def t(input: Any) -> Any:
    """The transpose of a tensor of at most two dimensions."""
    x = input_box(input, "t")
    if x._value.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {x._value.ndim}D; use "
            "transpose(dim0, dim1) or mT"
        )
    if x._value.ndim == 2:
        return ops.swap.unary(x)
    return titled(ops.reshape.unary(x, x._value.shape), "TBackward0")


def expand(self: Any, *sizes: Any, size: Any = None) -> Any:
    """A view repeated along dimensions of size 1 (-1: as it is) without copying."""
    wanted, own = sizes_of(given(sizes, size)), self._value.shape
    lead = len(wanted) - len(own)
    if lead < 0:
        raise teaching(RuntimeError)(
            f"expand(): the number of sizes provided ({len(wanted)}) must be greater or equal to "
            f"the number of dimensions in the tensor ({len(own)})"
        )
    full = tuple(own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(wanted))
    for i, n in enumerate(full):
        if n < 0 or (i >= lead and own[i - lead] not in (1, n)):
            raise teaching(RuntimeError)(
                f"The expanded size of the tensor ({n}) must match the existing size "
                f"({own[i - lead] if i >= lead else 'new'}) at non-singleton dimension {i}. Target "
                f"sizes: {list(wanted)}. Tensor sizes: {list(own)}"
            )
    if math.prod(full) * self._value.itemsize >= 2**63:
        raise teaching(RuntimeError)(
            f"numel: integer multiplication overflow: expand to {list(full)}"
        )
    return ops.broadcast_to.unary(self, full)


def expand_as(self: Any, other: Any) -> Any:
    """`expand` to the shape of another tensor."""
    return expand(self, other._value.shape)


def broadcast_to(input: Any, size: Any) -> Any:
    """`expand`, as a function."""
    return expand(input_box(input, "broadcast_to"), tuple(size))


def _broadcast_to(self: Any, *sizes: Any, size: Any = None) -> Any:
    """`expand`, by another name."""
    return expand(self, sizes_of(given(sizes, size)))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Views of the tensors in the shape that they broadcast to."""
    tensors_only("broadcast_tensors", *tensors)
    shape = broadcast_shape("broadcast_tensors", *tensors)
    return tuple(x if x._value.shape == shape else expand(x, shape) for x in tensors)


def repeat(self: Any, *sizes: Any, repeats: Any = None) -> Any:
    """The tensor repeated along each dimension, as NumPy's `tile`."""
    counts, own = sizes_of(given(sizes, repeats), "repeats"), self._value.shape
    if len(counts) < len(own):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: {list(counts)} for shape {list(own)}"
        )
    own = (1,) * (len(counts) - len(own)) + own
    if min(counts, default=0) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeat{counts}")
    whole = tuple(c * n for c, n in zip(counts, own, strict=True))
    check_memory(whole, self._value.dtype, "repeat")
    paired = tuple(n for size in own for n in (1, size))
    full = tuple(n for pair in zip(counts, own, strict=True) for n in pair)
    wide = ops.broadcast_to(ops.reshape(self, paired), full)
    y = ops.reshape(wide, whole)
    if y._view is not None:
        y = y.clone()  # a repeat is never a view
    return titled(y, "RepeatBackward0")


def tile(input: Any, *counts: Any, dims: Any = None) -> Any:
    """`repeat`, with missing counts in front taken as 1."""
    x, wanted = input_box(input, "tile"), sizes_of(given(counts, dims), "dims")
    return repeat(x, (1,) * (x._value.ndim - len(wanted)) + wanted)


def repeat_interleave(input: Any, repeats: Any = None, dim: int | None = None, *,
                      output_size: int | None = None) -> Any:  # fmt: skip
    """Each slice along `dim` (each element, without one) repeated in place.

    Of one tensor of counts alone: each index as many times as its count.
    """
    x = input_box(input, "repeat_interleave")
    if repeats is None:
        if x._value.ndim != 1:
            raise RuntimeError(
                "repeat_interleave only accept 1D vector as repeat, not one of "
                f"{x._value.ndim} dimensions"
            )
        x, repeats = x.face._from(np.arange(x._value.size, dtype=x._value.dtype)), x  # type: ignore[attr-defined]
    if dim is None:
        x, dim = ops.reshape.unary(x, (x._value.size,)), 0
    axis = axis_of(dim, x._value.ndim)
    n = x._value.shape[axis]
    if isinstance(repeats, Box):
        if repeats._value.dtype.kind not in "iu":
            raise RuntimeError("repeats has to be Long or Int tensor")
        if repeats._value.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        repeats = repeats._value.tolist()
    elif not isinstance(repeats, (tuple, list)):
        repeats = integer(repeats, "repeat_interleave(): argument 'repeats' (position 2)")
    counts = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    if any(c < 0 for c in counts):
        raise RuntimeError(f"Repeats must be non-negative, not {min(counts)}")
    counts = counts * n if len(counts) == 1 else counts
    if len(counts) != n:
        raise RuntimeError(
            f"repeats must have the same size as input along dim: {len(counts)} repeats for {n}"
        )
    y = ops.repeat.unary(x, axis, counts)
    return titled(y, "ViewBackward0" if isinstance(repeats, int) else "IndexSelectBackward0")


def flip(input: Any, *axes: Any, dims: Any = None) -> Any:
    """A copy reversed along dimensions."""
    x = input_box(input, "flip")
    wanted = sizes_of(given(axes, dims), "dims")
    return ops.flip.unary(x, axes_of(wanted, x._value.ndim) or ())


def fliplr(input: Any) -> Any:
    """A copy reversed along the second dimension."""
    x = input_box(input, "fliplr")
    if x._value.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(x, 1)


def flipud(input: Any) -> Any:
    """A copy reversed along the first dimension."""
    x = input_box(input, "flipud")
    if x._value.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(x, 0)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """A copy turned by k times 90 degrees in the plane of two dimensions, from the first on.

    Example:
        >>> torch.rot90(torch.tensor([[0, 1], [2, 3]]))
        tensor([[1, 3],
                [0, 2]])
    """
    x = input_box(input, "rot90")
    plane = [*integers(dims, "dims")]
    if len(plane) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(plane)}")
    if x._value.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {x._value.ndim}")
    if plane[0] == plane[1] or abs(plane[0] - plane[1]) == x._value.ndim:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {plane[0]} and dim1 = "
            f"{plane[1]}"
        )
    a, b = (axis_of(d, x._value.ndim) for d in plane)
    turns = operator.index(k) % 4
    if turns == 2:
        return titled(flip(x, a, b), "Rot90Backward0")
    y = transpose(flip(x, b if turns == 1 else a), a, b) if turns else x
    return titled(y.clone(memory_format=contiguous_format), "Rot90Backward0")  # type: ignore[union-attr]


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """A copy with the elements moved around along dimensions."""
    x = input_box(input, "roll")
    if isinstance(shifts, (tuple, list)):
        shifts = integers(shifts, "shifts")
    else:
        shifts = (integer(shifts, "roll(): argument 'shifts' (position 2)"),)
    if dims is None or (isinstance(dims, (tuple, list)) and not dims):
        if len(shifts) != 1:
            raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:0")
        flat = ops.roll.unary(ops.reshape.unary(x, (x._value.size,)), (0,), shifts)
        return titled(ops.reshape.unary(flat, x._value.shape), "RollBackward0")
    dims = (dims,) if isinstance(dims, int) else tuple(dims)
    axes = tuple(axis_of(d, x._value.ndim) for d in dims)
    if len(axes) != len(shifts):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(axes)}"
        )
    return ops.roll.unary(x, axes, shifts)


def tril(input: Any, diagonal: int = 0) -> Any:
    """A copy with zeros above a diagonal of the last two dimensions."""
    return ops.tril.unary(matrix(input, "tril"), diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """A copy with zeros below a diagonal of the last two dimensions."""
    return ops.triu.unary(matrix(input, "triu"), diagonal)


def tril_(self: Any, diagonal: int = 0) -> Any:
    """In place: zeros above a diagonal of the last two dimensions."""
    return _refilled(ops.tril, self, diagonal)


def triu_(self: Any, diagonal: int = 0) -> Any:
    """In place: zeros below a diagonal of the last two dimensions."""
    return _refilled(ops.triu, self, diagonal)


def _refilled(op: Any, self: Any, diagonal: int) -> Any:
    return write(op, matrix(self, op.name), diagonal, fills=True)


def matrix(input: Any, name: str) -> Box:
    """The argument `input`, which must have at least two dimensions."""
    x = input_box(input, name)
    if x._value.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return x


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A view of a diagonal of two dimensions, as the last one."""
    x = input_box(input, "diagonal")
    axes = (axis_of(dim1, x._value.ndim), axis_of(dim2, x._value.ndim))
    if axes[0] == axes[1]:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    most = max(x._value.shape)  # beyond which there is nothing
    return ops.diagonal.unary(x, axes, min(max(offset, -most), most))


def diag(input: Any, diagonal: int = 0) -> Any:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x = input_box(input, "diag")
    if x._value.ndim == 1:
        n = x._value.shape[0] + abs(diagonal)
        return ops.undiagonal.unary(x, (0, 1), diagonal, (n, n))
    if x._value.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x._value.ndim}D")
    return titled(ops.diagonal.unary(x, (0, 1), diagonal).clone(), "DiagonalBackward0_copy")


def diagflat(input: Any, offset: int = 0) -> Any:
    """The matrix with all elements of a tensor on its diagonal."""
    x = input_box(input, "diagflat")
    return diag(ops.reshape.unary(x, (x._value.size,)), offset)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices, in two new dimensions, with the last dimension on their diagonals.

    Example:
        >>> torch.diag_embed(torch.tensor([[1, 2], [3, 4]]))[1]
        tensor([[3, 0],
                [0, 4]])
    """
    x = input_box(input, "diag_embed")
    own = x._value.shape
    rank = len(own) + 1
    axes = (axis_of(dim1, rank), axis_of(dim2, rank))
    if axes[0] == axes[1]:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rest, shape = list(own[:-1]), []
    for i in range(rank):
        shape.append(own[-1] + abs(offset) if i in axes else rest.pop(0))
    return ops.undiagonal.unary(x, axes, offset, tuple(shape))


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """In place: one number on the main diagonal, which starts anew below it where `wrap` says so.

    A tensor of more than two dimensions must have equal sizes; its diagonal is where all indices
    are equal.
    """
    sizes, ndim = self._value.shape, self._value.ndim
    if ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if ndim > 2 and len(set(sizes)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    if ndim > 2:
        places = np.arange(min(sizes))
        index: tuple[Any, ...] = (places,) * ndim
    else:
        rows, columns = sizes
        places = np.arange(0, rows * columns, columns + 1)
        if not wrap:
            places = places[: min(rows, columns)]
        index = np.unravel_index(places, sizes)
    value = fitting(fill_value, self._value.dtype, self.face)
    return write(index_put, self, value, index, False, fills=True)


def trace(input: Any) -> Any:
    """The sum of the diagonal of a matrix."""
    x = input_box(input, "trace")
    if x._value.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x._value.ndim}")
    return titled(diagonal(x).sum(), "TraceBackward0")


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        reshape, flatten, ravel, unflatten, squeeze, unsqueeze, transpose, swapaxes, permute,
        movedim, t,
        broadcast_to, broadcast_tensors, tile, repeat_interleave, flip, roll, tril, triu,
        diagonal, diag, diagflat, diag_embed, trace, fliplr, flipud, rot90,
    )
}  # fmt: skip
functions.update(swapdims=transpose, moveaxis=movedim)
methods: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (view, view_as, reshape_as, expand, expand_as, repeat, tril_, triu_, fill_diagonal_)
}
methods["broadcast_to"] = _broadcast_to
functions_only = ("broadcast_tensors",)
takes_out = ("diag", "tril", "triu")
