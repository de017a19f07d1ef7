"""torch.linalg: determinants, linear systems, Cholesky's and LU factors.

Matrices lie in the last two dimensions, stacks of them in those before. All take float32, float64
and their complex forms. A singular matrix is a `LinAlgError`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes, returns
from minitorch.faces.matrices import (
    LinAlgError,
    failed,
    innermost,
    same_kind,
    square,
)
from minitorch.faces.numpy.operands import is_tracked
from minitorch.faces.operands import box_of, to_dtype
from minitorch.ops import decompositions as ops
from minitorch.ops import triangular
from minitorch.ops.decompositions import adjoint
from minitorch.ops.index import gather, one_hot
from minitorch.ops.linalg import matmul
from minitorch.ops.shape import broadcast_to, cat, getitem, swap, tril, triu

Function = Callable[..., Any]
INT = np.dtype(np.int32)


def infos(x: Box, values: np.ndarray | None = None) -> Any:
    """LAPACK's reports, an int32 for each matrix of a stack: 0 where all went well."""
    shape = x._value.shape[:-2]
    return fresh(x.face, np.zeros(shape, INT) if values is None else values.astype(INT))


def first_bad(info: np.ndarray) -> tuple[int | None, int]:
    """The place of the first matrix of a stack that failed (None if it is alone) and its report."""
    place = int(np.flatnonzero(info.ravel())[0])
    return (place if info.ndim else None), int(info.ravel()[place])


# determinants


def det(A: Any) -> Any:
    """The determinant of square matrices; its derivatives are finite at singular ones too.

    Example:
        >>> torch.det(torch.tensor([[1., 2.], [3., 4.]]))
        tensor(-2.)
    """
    return ops.det.unary(square(A, "linalg.det"))


def slogdet(A: Any) -> Any:
    """The sign (of complex matrices the phase) of the determinant, and the log of its size."""
    return returns.linalg_slogdet(*ops.slogdet(square(A, "linalg.slogdet")))


# linear systems


def inv(A: Any) -> Any:
    """The inverse of square matrices.

    Example:
        >>> torch.linalg.inv(torch.tensor([[2., 0.], [0., 4.]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    x = square(A, "linalg.inv")
    try:
        return ops.inv.unary(x)
    except np.linalg.LinAlgError:
        place, at = first_bad(zero_pivots(x))
        failed("linalg.inv", f"The diagonal element {at} is zero, the inversion could not be "
               "completed because the input matrix is singular.", place)  # fmt: skip


def zero_pivots(x: Box) -> np.ndarray:
    """For each matrix the first 0 on U's diagonal, counted from 1; 0 where there is none."""
    factors, _ = triangular.lu_factor(innermost(x))
    zero = np.diagonal(factors, 0, -2, -1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1, 0) if zero.shape[-1] else zero.any(-1)


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """The inverse, and a report for each matrix in place of an error: 0 where it is regular."""
    x = square(A, "linalg.inv")
    if check_errors:
        return returns.linalg_inv_ex(inv(x), infos(x))
    n = x._value.shape[-1]
    one = np.broadcast_to(np.eye(n, dtype=x._value.dtype), x._value.shape)
    y, info = _solved_ex(x, fresh(x.face, one.copy()))
    return returns.linalg_inv_ex(titled(y, "LinalgInvExBackward0"), info)


def _equation(A: Any, B: Any, left: bool, name: str) -> tuple[Box, Box, bool]:
    """The operands of a linear system that fit, and whether B is a stack of vectors."""
    x = square(A, name)
    y = same_kind(x, B, name)
    m, n = x._value.shape, y._value.shape
    if not n:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    vector = len(n) == 1 or (len(m) - 1 == len(n) and n == m[:-1])
    if vector:
        y = getitem.unary(y, (..., None))
        n = y._value.shape
    if m[-1] != n[-2 if left else -1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({m[-2]}x{m[-1]} and {n[-2]}x{n[-1]})"
        )
    return x, y, vector


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The X with A @ X = B, or X @ A = B; B may be a stack of vectors.

    Example:
        >>> torch.linalg.solve(torch.tensor([[2., 0.], [0., 4.]]), torch.tensor([2., 2.]))
        tensor([1.0000, 0.5000])
    """
    x, y, vector = _equation(A, B, left, "linalg.solve")
    try:
        z = ops.solve.binary(x, y) if left else swap.unary(ops.solve.binary(_T(x), _T(y)))
    except np.linalg.LinAlgError:
        place, _ = first_bad(zero_pivots(x))
        failed("torch.linalg.solve", "The solver failed because the input matrix is singular.",
               place)  # fmt: skip
    except ValueError:
        raise _unlike_stacks("linalg.solve", x, y) from None
    return titled(getitem.unary(z, (..., 0)) if vector else z, "LinalgSolveExBackward0")


def _T(x: Box) -> Any:
    return swap.unary(x)


def _unlike_stacks(name: str, x: Box, y: Box) -> RuntimeError:
    a, b = list(x._value.shape), list(y._value.shape)
    return RuntimeError(
        f"The size of tensor a must match the size of tensor b in the dimensions before the last "
        f"two, or be 1: {name} of shapes {a} and {b}"
    )


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """`solve`, and a report for each matrix in place of an error: 0 where it is regular."""
    x, y, vector = _equation(A, B, left, "linalg.solve")
    if check_errors:
        return returns.linalg_solve_ex(solve(A, B, left=left), infos(x))
    z, info = _solved_ex(x if left else _T(x), y if left else _T(y))
    z = z if left else _T(z)
    return returns.linalg_solve_ex(getitem.unary(z, (..., 0)) if vector else z, info)


def _solved_ex(x: Box, y: Box) -> tuple[Any, Any]:
    try:
        return ops.solve.binary(x, y), infos(x)
    except np.linalg.LinAlgError:
        info = zero_pivots(x)
    factors, pivots = _factored(x)
    return lu_solve(factors, pivots, y), infos(x, info)


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True,
                     unitriangular: bool = False) -> Any:  # fmt: skip
    """The X with A @ X = B, or X @ A = B, for triangular A; the other triangle is not read."""
    name = "linalg.solve_triangular"
    x = square(A, name)
    y = box_of(B, f"{name}(): argument 'B' (position 2)")
    if y._value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    y = to_dtype(y, x._value.dtype)
    if x._value.shape[-1] != y._value.shape[-2 if left else -1]:
        _equation(x, y, left, name)
    x, y = same_stacks(x, y, name)
    return substituted(x, y, not upper, unitriangular, left)


def substituted(x: Any, y: Any, low: bool, unit: bool = False, left: bool = True,
                transposed: bool = False) -> Any:  # fmt: skip
    """The solution of a triangular system, for operands that fit."""
    if left:
        return triangular.solve_triangular.apply((x, y), (low, transposed, bool(unit)))
    return _T(triangular.solve_triangular.apply((x, _T(y)), (low, not transposed, bool(unit))))


def same_stacks(x: Box, y: Box, name: str) -> tuple[Any, Any]:
    """Two stacks of matrices, with the dimensions before the last two broadcast."""
    try:
        lead = np.broadcast_shapes(x._value.shape[:-2], y._value.shape[:-2])
    except ValueError:
        raise _unlike_stacks(name, x, y) from None
    first, second = (
        z if z._value.shape[:-2] == lead else broadcast_to.unary(z, (*lead, *z._value.shape[-2:]))
        for z in (x, y)
    )
    return first, second


# Cholesky's factor


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower factor L with A = L @ L.mH of positive-definite matrices, or the upper one.

    Example:
        >>> torch.linalg.cholesky(torch.tensor([[4., 0.], [0., 9.]]))
        tensor([[2., 0.],
                [0., 3.]])
    """
    x = square(A, "linalg.cholesky")
    try:
        y = ops.cholesky.unary(adjoint(x) if upper else x, True)
    except np.linalg.LinAlgError:
        place, order = first_bad(_not_definite(x, upper))
        failed("linalg.cholesky", "The factorization could not be completed because the input is "
               f"not positive-definite (the leading minor of order {order} is not "
               "positive-definite).", place)  # fmt: skip
    return adjoint(y) if upper else y


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """`cholesky`, and in place of an error the order of the first minor that is not positive.

    The factor of such a matrix is NaN.
    """
    x = square(A, "linalg.cholesky")
    try:
        return returns.linalg_cholesky_ex(cholesky(x, upper=upper), infos(x))
    except LinAlgError:
        if check_errors:
            raise
    info = _not_definite(x, upper)
    value = x._value.copy()
    value[info != 0] = np.eye(value.shape[-1])
    y = cholesky(fresh(x.face, value), upper=upper)
    y._value[info != 0] = np.nan
    return returns.linalg_cholesky_ex(y, infos(x, info))


def _not_definite(x: Box, upper: bool) -> np.ndarray:
    """For each matrix the order of its first leading minor that is not positive; 0 if all are."""
    value = innermost(x)
    value = value.conj().swapaxes(-1, -2) if upper else value
    found = np.zeros(value.shape[:-2], np.int64)
    for place in np.ndindex(found.shape):
        good, bad = 0, value.shape[-1] + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            try:
                np.linalg.cholesky(value[place][:middle, :middle])
                good = middle
            except np.linalg.LinAlgError:
                bad = middle
        found[place] = bad if bad <= value.shape[-1] else 0
    return found


# LU factors


def _general(A: Any, name: str) -> Box:
    x = box_of(A, f"{name}(): argument 'A' (position 1)")
    if x._value.ndim < 2:
        raise RuntimeError(
            f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(x._value.shape)} "
            "instead"
        )
    if x._value.dtype.kind not in "fc" or x._value.dtype.itemsize < 4:
        kind = dtypes.of(x._value.dtype).scalar_type
        raise NotImplementedError(f'"{name}" not implemented for {kind!r}: use .float()')
    return x


def _pivoting(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def _factored(x: Box) -> tuple[Any, Any]:
    """Both factors in one tensor, and the exchanges of rows; the first is differentiable."""
    factors, pivots = triangular.lu_factor.apply((x,), ())
    if not is_tracked(x):
        return factors, pivots
    *_, m, n = x._value.shape
    ordered = permuted(x, triangular.row_order.unary(pivots, m))
    k = min(m, n)
    head = triangular.lu.unary(getitem.unary(ordered, (..., slice(0, k), slice(0, k))))
    if n > m:
        rest = getitem.unary(ordered, (..., slice(k, None)))
        return cat([head, substituted(head, rest, True, True)], x._value.ndim - 1), pivots
    if m > n:
        rest = getitem.unary(ordered, (..., slice(k, None), slice(None)))
        below = substituted(head, rest, False, left=False)
        return cat([head, below], x._value.ndim - 2), pivots
    return head, pivots


def permuted(x: Any, order: Any) -> Any:
    """The rows of matrices in another order."""
    wide = broadcast_to.unary(getitem.unary(order, (..., None)), x._value.shape)
    return gather.apply((x, wide), (x._value.ndim - 2,))


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """Both triangular factors in one matrix, and the rows exchanged for each, counted from 1."""
    return returns.linalg_lu_factor(*lu_factor_ex(A, pivot=pivot, check_errors=True)[:2])


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """`lu_factor`, and for each matrix the first 0 on U's diagonal, counted from 1, or 0."""
    x = _general(A, "torch.lu_factor")
    _pivoting(pivot)
    factors, pivots = _factored(x)
    zero = np.diagonal(innermost(factors), 0, -2, -1) == 0
    info = np.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0)
    if check_errors and info.any():
        place, at = first_bad(info)
        failed("torch.linalg.lu_factor", f"U[{at},{at}] is zero and using it on lu_solve would "
               "result in a division by zero. If you still want to perform the factorization, "
               "consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)",
               place)  # fmt: skip
    return returns.linalg_lu_factor_ex(factors, pivots, infos(x, info))


def lu(A: Any, *, pivot: bool = True) -> Any:
    """P, L, U with A = P @ L @ U: a permutation and the triangular factors."""
    x = _general(A, "linalg.lu")
    _pivoting(pivot)
    P, L, U = unpacked(*_factored(x))
    return returns.linalg_lu(P, titled(L, "LinalgLuBackward0"), titled(U, "LinalgLuBackward0"))


def unpacked(factors: Any, pivots: Any) -> tuple[Any, Any, Any]:
    """The permutation and the triangular factors that `lu_factor` packed."""
    m, n = factors._value.shape[-2:]
    k = min(m, n)
    low = getitem.unary(factors, (..., slice(0, k)))
    diagonal = np.eye(m, k, dtype=factors._value.dtype)
    low = tril.unary(low, -1) + fresh(factors.face, diagonal)
    high = triu.unary(getitem.unary(factors, (..., slice(0, k), slice(None))), 0)
    return permutation(pivots, m, factors._value.dtype), low, high


def permutation(pivots: Any, m: int, dtype: np.dtype[Any]) -> Any:
    """The matrix P with A = P @ L @ U."""
    rows = one_hot.unary(triangular.row_order.unary(pivots, m), m)
    return swap.unary(to_dtype(rows, dtype))


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """The X with A @ X = B (or X @ A = B; or A.mH for A), given the factors of A."""
    name = "linalg.lu_solve"
    x = square(LU, name, "LU")
    y = same_kind(x, B, name, "LU and B")
    places = box_of(pivots, f"{name}(): argument 'pivots' (position 2)")
    if places._value.dtype != INT:
        raise RuntimeError(f"{name}: pivots should be a Tensor of scalar type torch.int32")
    if x._value.shape[:-1] != places._value.shape:
        raise RuntimeError(
            f"{name}: Number of pivots per batch should be same as the dimension of the matrix: "
            f"LU has shape {list(x._value.shape)}, pivots {list(places._value.shape)}"
        )
    if y._value.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    if x._value.shape[-1] != y._value.shape[-2 if left else -1]:
        _equation(x, y, left, name)
    if not left:  # X A = B is A^T X^T = B^T, and A^H of the conjugate
        if adjoint:
            return ops.adjoint(lu_solve(x, places, ops.adjoint(y)))
        z = lu_solve(x, places, ops.adjoint(y), adjoint=True)
        return ops.adjoint(z)
    swaps = permutation(places, x._value.shape[-1], x._value.dtype)
    x, y = same_stacks(x, y, name)
    if adjoint:
        x = ops.conjugate(x)
        half = substituted(x, y, False, transposed=True)
        return matmul(swaps, substituted(x, half, True, True, transposed=True))
    ordered = matmul(swap.unary(swaps), y)
    return substituted(x, substituted(x, ordered, True, True), False)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (det, slogdet, inv, inv_ex, solve, solve_ex, solve_triangular, cholesky, cholesky_ex,
              lu_factor, lu_factor_ex, lu, lu_solve)
}  # fmt: skip
