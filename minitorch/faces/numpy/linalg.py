"""`numpy.linalg` on boxes: decompositions, inverses, norms, with NumPy's signatures.

Functions of Hermitian matrices read one triangle, as NumPy's do. Where the other one agrees with
it, each gets half of the gradient, as in PyTorch and JAX; where it does not, the triangle that is
read gets all. LinAlgError of singular matrices passes through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.matrices import chain, innermost, svd_values, triangle_read
from minitorch.faces.numpy import products, shaping
from minitorch.faces.numpy.norms import matrix_norm, norm, vector_norm
from minitorch.faces.numpy.operands import (
    WIDE,
    boxed,
    constant,
    face_among,
    floating,
    joined,
)
from minitorch.faces.numpy.reductions import sum
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.ops import decompositions as ops
from minitorch.ops import elementwise as ew
from minitorch.ops.decompositions import adjoint, like, row
from minitorch.ops.index import gather
from minitorch.ops.shape import broadcast_to, cat, flip, getitem, reshape
from minitorch.ops.sort import argsort

Function = Callable[..., Any]
LinAlgError = np.linalg.LinAlgError
one = np.ones((1, 1))
EighResult, EigResult = type(np.linalg.eigh(one)), type(np.linalg.eig(one))
QRResult, SVDResult = type(np.linalg.qr(one)), type(np.linalg.svd(one))
SlogdetResult = type(np.linalg.slogdet(one))
divide, multiply = ufuncs[np.divide], ufuncs[np.multiply]


def stacked(a: Any, face: type[Box] | None = None) -> Box:
    """A matrix, or a stack of them, in floating point."""
    x = floating(boxed(a, face))
    if x._value.ndim < 2:
        raise LinAlgError(
            f"{x._value.ndim}-dimensional array given. Array must be at least two-dimensional"
        )
    return x


def hermitian(a: Any, upper: bool = False) -> Any:
    """A matrix whose lower triangle is to be read, made of the triangle of `a` that is."""
    x = stacked(a)
    if x._value.shape[-1] != x._value.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    return triangle_read(x, upper)


# linear systems


def inv(a: Any) -> Any:
    """`numpy.linalg.inv`: the inverse."""
    return ops.inv.unary(stacked(a))


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Any:
    """`numpy.linalg.pinv`: the Moore-Penrose inverse, differentiated at constant rank."""
    x = _hermitian(a) if hermitian else stacked(a)
    if rtol is not np._NoValue:
        if rcond is not None:
            raise ValueError("`rtol` and `rcond` can't be both set.")
        rcond = max(x._value.shape[-2:]) * np.finfo(x._value.dtype).eps if rtol is None else rtol
    if rcond is not None:
        rcond = np.asarray(constant(rcond, "rcond= of np.linalg.pinv"))
    return ops.pinv.unary(x, rcond)


def _hermitian(a: Any) -> Any:
    """The whole Hermitian matrix whose lower triangle is that of `a`."""
    return ops.mirrored(hermitian(a))


def solve(a: Any, b: Any) -> Any:
    """`numpy.linalg.solve`: x with a @ x = b; b is a vector if it has one axis, else matrices."""
    face = face_among(a, b)
    x, y = joined(stacked(a, face), boxed(b, face), floats=WIDE)
    if y._value.ndim > 1:
        return ops.solve.binary(x, y)
    return getitem.unary(ops.solve.binary(x, reshape.unary(y, (-1, 1))), (..., 0))


def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, int, Any]:
    """`numpy.linalg.lstsq`: x that minimizes |b - a @ x|, the residuals, the rank of a, and its
    singular values; all but the rank are differentiable, at constant rank.
    """
    face = face_among(a, b)
    x, y = joined(stacked(a, face), boxed(b, face), floats=WIDE)
    if x._value.ndim != 2 or y._value.ndim not in (1, 2):
        raise LinAlgError(
            f"np.linalg.lstsq: expected a matrix and one or two axes in b, given shapes "
            f"{tuple(x._value.shape)} and {tuple(y._value.shape)}"
        )
    m, n = x._value.shape
    eps = np.finfo(x._value.dtype).eps
    rcond = eps * max(m, n) if rcond is None else constant(rcond, "rcond= of np.linalg.lstsq")
    rcond = eps if rcond < 0 else rcond
    s = svd_values(x)
    ranks = np.sum(innermost(s) > rcond * innermost(s).max(-1, keepdims=True, initial=0.0), -1)
    if ranks.size and ranks.min() < ranks.max():
        raise LinAlgError("np.linalg.lstsq: the matrices of a batch must have one rank")
    rank = int(ranks.max(initial=0))
    solution = products.matmul(ops.pinv.unary(x, np.asarray(rcond)), y)
    rest = y - products.matmul(x, solution)
    squares = ops.real_part(rest * ops.conjugate(rest))
    left = sum(squares, 0, keepdims=y._value.ndim == 1)
    residuals = left if rank == n < m else getitem.unary(left, (slice(0, 0),))
    return solution, residuals, rank, s


def tensorinv(a: Any, ind: int = 2) -> Any:
    """`numpy.linalg.tensorinv`: the inverse with respect to `tensordot` over the first axes."""
    x = floating(boxed(a))
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    first, rest = x._value.shape[:ind], x._value.shape[ind:]
    matrix = reshape.unary(x, (math.prod(first), math.prod(rest)))
    return reshape.unary(inv(matrix), rest + first)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """`numpy.linalg.tensorsolve`: x with tensordot(a, x, x.ndim) = b."""
    face = face_among(a, b)
    x, y = boxed(a, face), boxed(b, face)
    if axes is not None:
        x = shaping.moveaxis(x, axes, range(x._value.ndim - len(axes), x._value.ndim))
    sizes = x._value.shape[y._value.ndim :]
    n = math.prod(sizes)
    if x._value.size != n * n:
        raise LinAlgError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == "
            f"prod(a.shape[:b.ndim]); a has shape {tuple(x._value.shape)}, b {y._value.shape}"
        )
    return reshape.unary(solve(reshape.unary(x, (n, n)), shaping.ravel(y)), sizes)


# determinants and decompositions


def det(a: Any) -> Any:
    """`numpy.linalg.det`: the determinant; its derivatives are finite at singular matrices too."""
    return ops.det.unary(stacked(a))


def slogdet(a: Any) -> Any:
    """`numpy.linalg.slogdet`: the sign (or phase) and the logarithm of the size of det(a)."""
    return SlogdetResult(*ops.slogdet(stacked(a)))


def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """`numpy.linalg.cholesky`: the triangular factor of a positive-definite matrix."""
    y = ops.cholesky.unary(hermitian(a, upper), False)
    return adjoint(y) if upper else y


def eigh(a: Any, UPLO: str = "L") -> Any:
    """`numpy.linalg.eigh`: the eigenvalues and eigenvectors of a Hermitian matrix.

    An eigenvector is told only up to its sign (or phase), which is held fixed in its derivative:
    use functions that do not depend on it. The eigenvectors of equal eigenvalues have no
    derivative, and one that depends on them is infinite or NaN; that of the eigenvalues is finite.
    """
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return EighResult(*ops.eigh(hermitian(a, UPLO.upper() == "U"), False))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """`numpy.linalg.eigvalsh`: the eigenvalues of a Hermitian matrix, ascending."""
    return eigh(a, UPLO)[0]


def eig(a: Any) -> Any:
    """`numpy.linalg.eig`: the eigenvalues and eigenvectors, of norm 1, of a square matrix.

    What `eigh` says of sign and phase, and of equal eigenvalues, holds here too.
    """
    return EigResult(*ops.eig(stacked(a)))


def eigvals(a: Any) -> Any:
    """`numpy.linalg.eigvals`: the eigenvalues of a square matrix."""
    return eig(a)[0]


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True,
        hermitian: bool = False) -> Any:  # fmt: skip
    """`numpy.linalg.svd`: u, s, vh with a = (u * s) @ vh, or s alone.

    Singular vectors are told only up to a common sign (or phase) of each pair, and not at all
    where singular values are equal; see `eigh`. Of the columns that `full_matrices` adds, only
    what does not depend on how they turn among themselves has a derivative; else backward is a
    ValueError.
    """
    if hermitian:
        return _svd_hermitian(a, compute_uv)
    if not compute_uv:
        return svd_values(stacked(a))
    x = stacked(a)
    m, n = x._value.shape[-2:]
    return SVDResult(*ops.svd(x, bool(full_matrices) and m != n))


def _svd_hermitian(a: Any, compute_uv: bool) -> Any:
    w, v = eigh(a)
    size = ew.absolute.unary(w)
    axis = w._value.ndim - 1
    places = flip.unary(argsort.unary(size, axis, None, False), (axis,))
    s = gather.apply((size, places), (axis,))
    if not compute_uv:
        return s
    wide = broadcast_to.unary(row(places), v._value.shape)
    u = gather.apply((v, wide), (axis + 1,))
    sign = ew.sign.unary(gather.apply((w, places), (axis,)))
    return SVDResult(u, s, adjoint(u * row(like(sign, u))))


def svdvals(x: Any, /) -> Any:
    """`numpy.linalg.svdvals`: the singular values, descending."""
    return svd_values(stacked(x))


def qr(a: Any, mode: str = "reduced") -> Any:
    """`numpy.linalg.qr`: q with orthonormal columns and upper-triangular r, a = q @ r.

    Differentiable where the first columns of `a`, as many as its shape allows, are independent.
    """
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(f"Unrecognized mode {mode!r}: use 'reduced', 'complete', 'r' or 'raw'")
    x = stacked(a)
    if mode == "raw":
        value = constant(x, "np.linalg.qr with mode='raw'")
        return tuple(boxed(part, x.face) for part in np.linalg.qr(value, "raw"))
    m, n = x._value.shape[-2:]
    square = getitem.unary(x, (..., slice(0, m))) if n > m else x
    q, r = ops.qr(square, mode == "complete" and m > n)
    if n > m:
        rest = adjoint(q) @ getitem.unary(x, (..., slice(m, n)))
        r = cat([r, rest], x._value.ndim - 1)
    return r if mode == "r" else QRResult(q, r)


# what is made of these


def cond(x: Any, p: Any = None) -> Any:
    """`numpy.linalg.cond`: the condition number in a norm."""
    a = stacked(x)
    if not all(a._value.shape[-2:]):
        raise LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = svd_values(a)
        first, last = getitem.unary(s, (..., 0)), getitem.unary(s, (..., -1))
        return divide(last, first) if p == -2 else divide(first, last)
    return multiply(norm(a, p, (-2, -1)), norm(inv(a), p, (-2, -1)))


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """`numpy.linalg.matrix_rank`: how many singular values are not negligible: a constant."""
    tol, rtol = (None if t is None else np.asarray(constant(t, "a tolerance")) for t in (tol, rtol))
    return ops.matrix_rank.unary(boxed(A), tol, bool(hermitian), rtol)


def matrix_power(a: Any, n: int) -> Any:
    """`numpy.linalg.matrix_power`: the product of n copies of a, or of its inverse."""
    n = n.__index__()
    x = inv(a) if n < 0 else boxed(a)
    if x._value.ndim < 2 or x._value.shape[-1] != x._value.shape[-2]:
        raise LinAlgError("Last 2 dimensions of the array must be square")
    if n == 0:
        return boxed(np.broadcast_to(np.eye(x._value.shape[-1], dtype=x._value.dtype),
                                     x._value.shape).copy(), x.face)  # fmt: skip
    result, square, n = None, x, abs(n)
    while n:
        if n % 2:
            result = square if result is None else products.matmul(result, square)
        n //= 2
        square = products.matmul(square, square) if n else square
    return result


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """`numpy.linalg.multi_dot`: the product of several matrices, in the cheapest order."""
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    face = face_among(*arrays, out)
    boxes = [boxed(x, face) for x in arrays]
    first, last = boxes[0], boxes[-1]
    if first._value.ndim == 1:
        boxes[0] = reshape.unary(first, (1, -1))
    if last._value.ndim == 1:
        boxes[-1] = reshape.unary(last, (-1, 1))
    if any(x._value.ndim != 2 for x in boxes):
        raise LinAlgError("np.linalg.multi_dot: all arrays but the first and last must be matrices")
    y = chain(joined(*boxes))
    shape = first._value.shape[:-1] + last._value.shape[1:]
    return products.into(out, reshape.unary(y, shape), "multi_dot")


# the array API's names


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """`numpy.linalg.cross`: the cross product of vectors of three elements."""
    for x in (x1, x2):
        if np.shape(x)[axis] != 3:
            raise ValueError(
                "Both input arrays must be (arrays of) 3-dimensional vectors, but they have shapes "
                f"{np.shape(x1)} and {np.shape(x2)}"
            )
    return products.cross(x1, x2, axis=axis)


def outer(x1: Any, x2: Any, /) -> Any:
    """`numpy.linalg.outer`: all products of an element of one vector with one of the other."""
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(
            "Input arrays must be one-dimensional, but they have shapes "
            f"{np.shape(x1)} and {np.shape(x2)}"
        )
    return products.outer(x1, x2)


def matmul(x1: Any, x2: Any, /) -> Any:
    """`numpy.linalg.matmul`: the product of matrices."""
    return products.matmul(x1, x2)


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """`numpy.linalg.tensordot`: the sums of products over pairs of axes."""
    return products.tensordot(x1, x2, axes)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """`numpy.linalg.vecdot`: the dot products of vectors, the first conjugated."""
    return products.vecdot(x1, x2, axis=axis)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """`numpy.linalg.trace`: the sum of a diagonal of the last two axes."""
    return shaping.trace(x, offset, -2, -1, dtype)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """`numpy.linalg.diagonal`: a diagonal of the last two axes."""
    return shaping.diagonal(x, offset, -2, -1)


functions: dict[Function, Function] = {
    np.linalg.inv: inv, np.linalg.pinv: pinv, np.linalg.solve: solve, np.linalg.lstsq: lstsq,
    np.linalg.tensorinv: tensorinv, np.linalg.tensorsolve: tensorsolve, np.linalg.det: det,
    np.linalg.slogdet: slogdet, np.linalg.cholesky: cholesky, np.linalg.eigh: eigh,
    np.linalg.eigvalsh: eigvalsh, np.linalg.eig: eig, np.linalg.eigvals: eigvals,
    np.linalg.svd: svd, np.linalg.svdvals: svdvals, np.linalg.qr: qr, np.linalg.norm: norm,
    np.linalg.matrix_norm: matrix_norm, np.linalg.vector_norm: vector_norm, np.linalg.cond: cond,
    np.linalg.matrix_rank: matrix_rank, np.linalg.matrix_power: matrix_power,
    np.linalg.multi_dot: multi_dot, np.linalg.cross: cross, np.linalg.outer: outer,
    np.linalg.matmul: matmul, np.linalg.tensordot: tensordot, np.linalg.vecdot: vecdot,
    np.linalg.trace: trace, np.linalg.diagonal: diagonal,
    np.linalg.matrix_transpose: shaping.matrix_transpose,
}  # fmt: skip
