"""What the functions of matrices, in both faces, have in common."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.operands import box_of
from minitorch.ops import decompositions
from minitorch.ops.decompositions import adjoint, hermitian_part
from minitorch.ops.linalg import matmul


class LinAlgError(RuntimeError):
    """The numbers in a matrix don't allow what was asked for: it is singular, say."""


def innermost(x: Any) -> np.ndarray:
    """The values of a box; of a batched one, those of all examples."""
    while not isinstance(x, np.ndarray):
        x = x._value if isinstance(x, Box) else x.box
    return x


def triangle_read(x: Box, upper: bool) -> Any:
    """Square matrices whose lower triangle is to be read, made of the triangle of `x` that is.

    Where both agree each gets half of the gradient.
    """
    value = innermost(x)
    mirror = (value.conj() if value.dtype.kind == "c" else value).swapaxes(-1, -2)
    if np.array_equal(value, mirror):
        return hermitian_part.unary(x)
    limit = 8 * value.shape[-1] * np.finfo(value.dtype).eps * np.abs(value).max(initial=0.0)
    if np.abs(value - mirror).max(initial=0.0) <= limit:
        return hermitian_part.unary(x)
    return adjoint(x) if upper else x


def svd_values(x: Box) -> Any:
    """The singular values of matrices in the last two axes, descending."""
    return decompositions.svd(x, False)[1]


# the order of a chain of products


def chain(boxes: list[Box]) -> Any:
    """The product of several matrices, in the order of the fewest multiplications.

    Cormen et al., "Introduction to algorithms", section 14.2.
    """
    sizes = [boxes[0]._value.shape[0], *(x._value.shape[1] for x in boxes)]
    return _chained(boxes, _cuts(sizes), 0, len(boxes) - 1)


def _cuts(sizes: list[int]) -> dict[tuple[int, int], int]:
    """For each run of matrices where to cut it."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], cut[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return cut


def _chained(boxes: list[Box], cut: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return boxes[i]
    k = cut[i, j]
    return matmul.binary(_chained(boxes, cut, i, k), _chained(boxes, cut, k + 1, j))


# what torch.linalg asks of its arguments


def matrix(x: Any, name: str, what: str = "A") -> Box:
    """A floating-point matrix, or a stack of them; half precision is refused, as in LAPACK."""
    box = box_of(x, f"{name}(): argument '{what}' (position 1)")
    dtype = box._value.dtype
    if box._value.ndim < 2:
        raise RuntimeError(
            f"{name}: The input tensor {what} must have at least 2 dimensions; given shape "
            f"{list(box._value.shape)}"
        )
    kind = dtypes.of(dtype).scalar_type
    if dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {kind}"
        )
    if dtype.itemsize < 4:
        raise NotImplementedError(f'"{name}" not implemented for {kind!r}: use .float()')
    return box


def square(x: Any, name: str, what: str = "A") -> Box:
    """A square matrix, or a stack of them, in floating point."""
    box = matrix(x, name, what)
    m, n = box._value.shape[-2:]
    if m != n:
        raise RuntimeError(
            f"{name}: {what} must be batches of square matrices, but they are {m} by {n} matrices"
        )
    return box


def same_kind(a: Box, b: Any, name: str, what: str = "A and B") -> Box:
    """The second operand, which must be of the dtype of the first."""
    box = box_of(b, f"{name}(): argument '{what[-1]}' (position 2)")
    if box._value.dtype != a._value.dtype:
        one, two = (dtypes.of(x._value.dtype).scalar_type for x in (a, box))
        raise RuntimeError(
            f"{name}: Expected {what} to have the same dtype, but found {what[0]} of type {one} "
            f"and {what[-1]} of type {two} instead"
        )
    return box


def finite(x: Box, name: str) -> Box:
    """Refuse infinities and NaNs, at which LAPACK's iterations do not end well."""
    if not np.isfinite(innermost(x)).all():
        failed(name, "The algorithm failed to converge because the input matrix contained "
               "non-finite values.")  # fmt: skip
    return x


def failed(name: str, why: str, place: int | None = None) -> NoReturn:
    """Raise LinAlgError, of a matrix of a stack where its place is given."""
    which = "" if place is None else f"(Batch element {place}): "
    raise LinAlgError(f"{name}: {which}{why}")
