"""torch.*: products of matrices and vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.engine.box import Box
from minitorch.faces import arithmetic
from minitorch.faces.arithmetic import add, scaled
from minitorch.faces.operands import box_of, shape_error
from minitorch.ops import linalg, shape

Function = Callable[..., Any]


def matmul(input: Any, other: Any) -> Any:
    """The matrix product: vectors, matrices, and stacks of matrices that broadcast.

    Example:
        >>> torch.matmul(torch.eye(2), torch.tensor([3., 4.]))
        tensor([3., 4.])
    """
    a, b = box_of(input, "matmul(): argument 'input'"), box_of(other, "matmul(): argument 'other'")
    if a._value.dtype != b._value.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}; convert "  # type: ignore[attr-defined]
            "one with .to(dtype)"
        )
    m, n = a._value.ndim, b._value.ndim
    if not m or not n:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D"
        )
    if m >= 2 and n >= 2:
        return _product(a, b)
    left = a if m > 1 else shape.reshape.unary(a, (1, *a._value.shape))
    right = b if n > 1 else shape.reshape.unary(b, (*b._value.shape, 1))
    y = _product(left, right)
    rows = y._value.shape[:-2] + (() if m == 1 else y._value.shape[-2:-1])
    return shape.reshape.unary(y, rows + (() if n == 1 else y._value.shape[-1:]))


def _product(a: Box, b: Box) -> Any:
    try:
        return linalg.matmul.binary(a, b)
    except ValueError:
        (m, k), (rows, n) = a._value.shape[-2:], b._value.shape[-2:]
        if k != rows:
            hint = f"; its transpose would fit: {rows}x{n} .T is {n}x{rows}" if k == n else ""
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {rows}x{n}): the columns "
                f"of the first must be the rows of the second, but {k} != {rows}{hint}"
            ) from None
        raise shape_error("matmul", a, b) from None


def mm(input: Any, mat2: Any) -> Any:
    """`matmul` of two matrices."""
    return matmul(
        _ranked(input, 2, "self must be a matrix"), _ranked(mat2, 2, "mat2 must be a matrix")
    )


def mv(input: Any, vec: Any) -> Any:
    """`matmul` of a matrix and a vector."""
    words = "vector + matrix @ vector expected"
    return matmul(_ranked(input, 2, words), _ranked(vec, 1, words))


def bmm(input: Any, mat2: Any) -> Any:
    """`matmul` of two stacks of as many matrices."""
    a = _ranked(input, 3, "batch1 must be a 3D tensor")
    b = _ranked(mat2, 3, "batch2 must be a 3D tensor")
    (n, _, k), shape = a._value.shape, b._value.shape
    if shape[:2] != (n, k):
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{n}, {k}] but got: [{shape[0]}, {shape[1]}]."
        )
    return matmul(a, b)


def _ranked(x: Any, rank: int, words: str) -> Box:
    """A tensor that must have `rank` dimensions."""
    box = box_of(x, "a product: its argument")
    if box._value.ndim != rank:
        raise RuntimeError(
            f"{words}, got one of shape {list(box._value.shape)}; matmul takes any dimensions"
        )
    return box


def dot(input: Any, tensor: Any) -> Any:
    """The inner product of two vectors of one length."""
    a, b = box_of(input, "dot(): argument 'input'"), box_of(tensor, "dot(): argument 'tensor'")
    if a._value.ndim != 1 or b._value.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {a._value.ndim}D and {b._value.ndim}D tensors"
        )
    if a._value.shape != b._value.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a._value.size}] and src "
            f"[{b._value.size}] to have the same number of elements"
        )
    return matmul(a, b)


def outer(input: Any, vec2: Any) -> Any:
    """The outer product of two vectors: an (n, m) matrix."""
    a, b = box_of(input, "outer(): argument 'input'"), box_of(vec2, "outer(): argument 'vec2'")
    for x, which in ((a, "self"), (b, "vec2")):
        if x._value.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {which}, but got {x._value.ndim}-D")
    return arithmetic.functions["mul"](
        shape.reshape.unary(a, (-1, 1)), shape.reshape.unary(b, (1, -1))
    )


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (mat1 @ mat2)."""
    return add(scaled(input, beta, "addmm"), mm(mat1, mat2), alpha=alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta * input + alpha * (batch1 @ batch2)."""
    return add(scaled(input, beta, "baddbmm"), bmm(batch1, batch2), alpha=alpha)


functions: dict[str, Function] = {
    f.__name__: f for f in (matmul, mm, bmm, mv, dot, outer, addmm, baddbmm)
}
functions.update(ger=outer)
takes_out = (*functions,)
