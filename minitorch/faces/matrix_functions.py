"""torch.linalg: powers, exponentials, least squares, and equations of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes, returns
from minitorch.faces.linalg import inv, solve
from minitorch.faces.matrices import chain, finite, innermost, matrix
from minitorch.faces.operands import axes_of, box_of, check_memory, to_dtype
from minitorch.faces.spectra import cutoff
from minitorch.ops import decompositions as ops
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg, reduce, triangular
from minitorch.ops.shape import cat, getitem, reshape, transpose

Function = Callable[..., Any]
DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def _square(A: Any, name: str) -> Box:
    """Square matrices of any dtype."""
    x = box_of(A, f"{name}(): argument 'A' (position 1)")
    if x._value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    m, n = x._value.shape[-2:]
    if m != n:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {m} by {n} matrices"
        )
    return x


def matrix_power(A: Any, n: int) -> Any:
    """The product of n copies of A; of -n copies of its inverse where n < 0.

    Example:
        >>> torch.linalg.matrix_power(torch.tensor([[1., 1.], [0., 1.]]), 5)
        tensor([[1., 5.],
                [0., 1.]])
    """
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(
            f"matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    x: Any = _square(A, "linalg.matrix_power")
    if n == 1:
        return x.clone()
    if n == 0:
        one = np.broadcast_to(np.eye(x._value.shape[-1], dtype=x._value.dtype), x._value.shape)
        none: Any = ew.masked.binary(x, fresh(x.face, np.array(False)))  # zeros, in the graph
        return ew.add.binary(none, fresh(x.face, one.copy()))
    result, power, n = None, inv(x) if n < 0 else x, abs(n)
    while n:
        if n % 2:
            result = power if result is None else linalg.matmul.binary(result, power)
        n //= 2
        power = linalg.matmul.binary(power, power) if n else power
    return result


def matrix_exp(A: Any) -> Any:
    """The exponential of square matrices.

    Example:
        >>> torch.linalg.matrix_exp(torch.tensor([[0., 2.], [0., 0.]]))
        tensor([[1., 2.],
                [0., 1.]])
    """
    x = _square(A, "linalg.matrix_exp")
    if x._value.dtype.kind not in "fc":
        raise RuntimeError(
            "linalg.matrix_exp: Expected a floating point or complex tensor as input. Got "
            f"{dtypes.of(x._value.dtype).scalar_type}"
        )
    return triangular.matrix_exp.unary(x)


def multi_dot(tensors: Any) -> Any:
    """The product of two or more matrices, in the cheapest order; the ends may be vectors."""
    boxes = [box_of(x, f"multi_dot(): tensor {i}") for i, x in enumerate(tensors)]
    if len(boxes) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(boxes)}")
    first, last = boxes[0], boxes[-1]
    for x, which in ((first, "first"), (last, "last")):
        if x._value.ndim not in (1, 2):
            raise RuntimeError(
                f"multi_dot(): the {which} tensor must be 1D or 2D but got {x._value.ndim}D"
            )
    for i, x in enumerate(boxes[1:-1], 1):
        if x._value.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x._value.ndim}D")
    if first._value.ndim == 1:
        boxes[0] = reshape.unary(first, (1, -1))
    if last._value.ndim == 1:
        boxes[-1] = reshape.unary(last, (-1, 1))
    for i, (x, y) in enumerate(pairwise(boxes)):
        if x._value.dtype != y._value.dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor "
                f"{i} is {x._value.dtype} and tensor {i + 1} {y._value.dtype}"
            )
        if x._value.shape[1] != y._value.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(x._value.shape)} and "
                f"{list(y._value.shape)} cannot be multiplied"
            )
    return reshape.unary(chain(boxes), first._value.shape[:-1] + last._value.shape[1:])


def vander(x: Any, *, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each element, in a new last dimension; N is its length by default.

    Example:
        >>> torch.linalg.vander(torch.tensor([2, 3]), N=3)
        tensor([[1, 2, 4],
                [1, 3, 9]])
    """
    box = box_of(x, "linalg.vander(): argument 'x' (position 1)")
    if not box._value.ndim:
        box = reshape.unary(box, (1,))
    if box._value.dtype == bool:
        raise RuntimeError(
            "linalg.vander supports floating point, complex, and integer tensors, but got Bool"
        )
    if box._value.dtype.kind in "iu":
        box = to_dtype(box, np.dtype(np.int64))
    n = box._value.shape[-1] if N is None else N
    check_memory((*box._value.shape, n), box._value.dtype, "linalg.vander")
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    columns = [fresh(box.face, np.ones(box._value.shape, box._value.dtype)), box]
    while len(columns) < n:
        columns.append(ew.multiply.binary(columns[-1], box))
    return cat([getitem.unary(c, (..., None)) for c in columns], box._value.ndim)


# equations of tensors


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse with respect to `tensordot` over the first `ind` dimensions."""
    x = box_of(A, "linalg.tensorinv(): argument 'A' (position 1)")
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    if ind > x._value.ndim:
        raise RuntimeError(f"ind={ind} names more dimensions than the tensor's {x._value.ndim}")
    first, rest = x._value.shape[:ind], x._value.shape[ind:]
    m, n = math.prod(first), math.prod(rest)
    if m != n:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {n} != {m}"
        )
    return reshape.unary(inv(reshape.unary(x, (m, n))), rest + first)


def tensorsolve(input: Any, other: Any, dims: Any = None) -> Any:
    """The X with tensordot(input, X, X.ndim) = other; `dims` are moved to the end first."""
    x = box_of(input, "linalg.tensorsolve(): argument 'input' (position 1)")
    y = box_of(other, "linalg.tensorsolve(): argument 'other' (position 2)")
    if dims is not None:
        moved = axes_of(tuple(dims), x._value.ndim) or ()
        order = [i for i in range(x._value.ndim) if i not in moved] + [*moved]
        x = transpose.unary(x, tuple(order))
    sizes, rows = x._value.shape[y._value.ndim :], x._value.shape[: y._value.ndim]
    if math.prod(sizes) != math.prod(rows):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {math.prod(sizes)} != {math.prod(rows)}"
        )
    n = math.prod(sizes)
    return reshape.unary(solve(reshape.unary(x, (n, n)), reshape.unary(y, (-1,))), sizes)


# least squares


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X of least norm that minimizes that of A @ X - B, differentiated at constant rank.

    Args:
        rcond: singular values below `rcond` times the largest count as 0.
        driver: of LAPACK's "gels", "gelsy" (the default), "gelsd" and "gelss"; it tells only
            which of residuals, rank and singular values come with the solution.

    Returns:
        (solution, residuals, rank, singular_values); what was not asked for is empty.
    """
    name = "torch.linalg.lstsq"
    if driver not in (None, *DRIVERS):
        raise RuntimeError(
            f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
        )
    x, y, vector = _least_squares(A, B, name)
    m, n = x._value.shape[-2:]
    s = np.linalg.svd(innermost(finite(x, name)), compute_uv=False)
    eps = np.finfo(s.dtype).eps * max(m, n)
    rtol = eps if rcond is None or driver == "gels" else rcond
    solution = linalg.matmul.binary(ops.pinv.unary(x, np.asarray(rtol)), y)
    rank = np.sum(s > cutoff(s, (m, n), None, rtol)[..., None], -1, dtype=np.int64)
    empty = fresh(x.face, np.empty(0, s.dtype))
    residuals = empty
    if driver in ("gels", "gelsd", "gelss") and m > n and (rank == n).all():
        rest = ew.subtract.binary(linalg.matmul.binary(x, solution), y)
        squares = ops.real_part(ew.multiply.binary(rest, ops.conjugate(rest)))
        residuals = reduce.total.unary(squares, (squares._value.ndim - 2,), False)
    solution = getitem.unary(solution, (..., 0)) if vector else solution
    return returns.linalg_lstsq(
        titled(solution, "LinalgLstsqBackward0"),
        residuals,
        fresh(x.face, np.asarray(rank) if driver != "gels" else np.empty(0, np.int64)),
        fresh(x.face, s) if driver in ("gelsd", "gelss") else empty,
    )


def _least_squares(A: Any, B: Any, name: str) -> tuple[Box, Any, bool]:
    """The operands of a least-squares problem, and whether B is a stack of vectors."""
    x = box_of(A, f"{name}(): argument 'A' (position 1)")
    y = box_of(B, f"{name}(): argument 'B' (position 2)")
    if x._value.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not y._value.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    matrix(x, name)
    if x._value.dtype != y._value.dtype:
        one, two = (dtypes.of(z._value.dtype).scalar_type for z in (x, y))
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {one} "
            f"and other's dtype {two}"
        )
    vector = y._value.ndim == 1 or (
        x._value.ndim - 1 == y._value.ndim and y._value.shape == x._value.shape[:-1]
    )
    y = getitem.unary(y, (..., None)) if vector else y
    if x._value.shape[-2] != y._value.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size(-2)")
    return x, y, vector


functions: dict[str, Function] = {
    f.__name__: f
    for f in (matrix_power, matrix_exp, multi_dot, vander, tensorinv, tensorsolve, lstsq)
}
