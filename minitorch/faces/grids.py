"""torch.*: several tensors in all their combinations: grids, products, choices, blocks."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.node import titled
from minitorch.faces.descriptors import Size
from minitorch.faces.joining import atleast_2d, joined, stack
from minitorch.faces.operands import box_of, input_box, tensors_only, warn
from minitorch.faces.shaping import broadcast_tensors, reshape
from minitorch.ops import shape as ops
from minitorch.ops.index import take


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """The coordinates of a grid: for each vector its values, along a dimension of its own.

    Args:
        indexing: "ij" (so without a word of it, with a warning), or "xy", which exchanges the
            first two dimensions.

    Example:
        >>> rows, columns = torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
        >>> columns
        tensor([[0, 1, 2],
                [0, 1, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing is None:
        indexing = "ij"
        warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
            "argument.",
        )
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    tensors_only("meshgrid", *tensors)
    if indexing not in ("ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    for x in tensors:
        if x._value.ndim > 1:
            raise RuntimeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x.shape}"
            )
        if x._value.dtype != tensors[0]._value.dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    n = len(tensors)
    order = [*range(n)]
    if indexing == "xy" and n > 1:
        order[0], order[1] = 1, 0
    columns = [
        reshape(x, (1,) * order[i] + (-1,) + (1,) * (n - 1 - order[i]))
        for i, x in enumerate(tensors)
    ]
    return broadcast_tensors(*columns)


def block_diag(*tensors: Any) -> Any:
    """The matrix with these matrices (rows, numbers) on its diagonal, and zeros elsewhere.

    Example:
        >>> torch.block_diag(torch.tensor([[1, 2]]), torch.tensor([[3], [4]]))
        tensor([[1, 2, 0],
                [0, 0, 3],
                [0, 0, 4]])
    """
    boxes = joined(tensors, "block_diag")
    for i, x in enumerate(boxes):
        if x._value.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{i} has {x._value.ndim} dimensions"
            )
    blocks = [atleast_2d(x) for x in boxes]
    width, start, rows = sum(x._value.shape[1] for x in blocks), 0, []
    for x in blocks:
        end = start + x._value.shape[1]
        rows.append(ops.pad.unary(x, ((0, 0), (start, width - end))))
        start = end
    return titled(ops.cat(rows, 0), "BlockDiagBackward0")


def cartesian_prod(*tensors: Any) -> Any:
    """All tuples of an element of each vector, as rows; of one vector, that vector."""
    boxes = [box_of(x, f"cartesian_prod(): element {i}") for i, x in enumerate(tensors)]
    for x in boxes:
        if x._value.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._value.shape)}")
    if len(boxes) == 1:
        return boxes[0]
    grids = meshgrid(*boxes, indexing="ij")
    return stack([ops.reshape.unary(grid, (grid._value.size,)) for grid in grids], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r elements of a vector, in order, as rows."""
    x = input_box(input, "combinations")
    if x._value.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x._value.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return x.face._from(np.empty(0, x._value.dtype))  # type: ignore[attr-defined]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(x._value.shape[0]), r))
    return take.unary(x, (np.array(rows, np.int64).reshape(len(rows), r),))


def broadcast_shapes(*shapes: Any) -> Size:
    """The size that tensors of these sizes broadcast to.

    Example:
        >>> torch.broadcast_shapes((2, 1), (3,))
        torch.Size([2, 3])
    """
    for s in shapes:
        if s is not None and not isinstance(s, (int, tuple, list)):
            raise RuntimeError(
                "Input shapes should be of type ints, a tuple of ints, or a list of ints, got "
                f"{s!r}"
            )
    sizes = [(int(s),) if isinstance(s, int) else (*map(operator.index, s or ()),) for s in shapes]
    for size in sizes:
        if min(size, default=0) < 0:
            raise ValueError(
                f"Trying to create tensor with negative dimension ({min(size)}): ({min(size)})"
            )
    try:
        return Size(np.broadcast_shapes(*sizes))
    except ValueError:
        raise RuntimeError(
            "Shape mismatch: objects cannot be broadcast to a single shape: "
            f"{', '.join(str(list(s)) for s in sizes)}"
        ) from None


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (meshgrid, block_diag, cartesian_prod, combinations, broadcast_shapes)
}
functions_only = (*functions,)
