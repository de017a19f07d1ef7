"""torch.linalg: eigenvalues, singular values, QR, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes, returns
from minitorch.faces.matrices import (
    failed,
    finite,
    innermost,
    matrix,
    square,
    svd_values,
    triangle_read,
)
from minitorch.faces.operands import box_of, to_dtype
from minitorch.ops import decompositions as ops
from minitorch.ops.decompositions import adjoint
from minitorch.ops.shape import cat, getitem

Function = Callable[..., Any]
COMPLEX = np.dtype(np.complex64)


# eigenvalues


def _eig(A: Any, name: str) -> tuple[Any, Any]:
    x = square(A, name)
    if not np.isfinite(innermost(x)).all():
        raise RuntimeError(f"torch.{name}: input tensor should not contain infs or NaNs.")
    kind = np.result_type(x._value.dtype, COMPLEX)
    w, v = _converged(ops.eig, name, x)
    return to_dtype(w, kind), to_dtype(v, kind)


def _converged(op: Any, name: str, *args: Any) -> Any:
    try:
        return op(*args)
    except np.linalg.LinAlgError:
        failed(name, "The algorithm failed to converge because the input matrix is "
               "ill-conditioned or has too many repeated eigenvalues.")  # fmt: skip


def eig(A: Any) -> Any:
    """The eigenvalues and eigenvectors, of norm 1, of square matrices: complex always.

    Use functions that do not depend on the phase of an eigenvector: it is held fixed in the
    derivative.
    """
    values, vectors = (titled(y, "LinalgEigBackward0") for y in _eig(A, "linalg.eig"))
    return returns.linalg_eig(values, vectors)


def eigvals(A: Any) -> Any:
    """The eigenvalues of square matrices: complex always."""
    return _eig(A, "linalg.eigvals")[0]


def _eigh(A: Any, UPLO: str) -> Any:
    x = square(A, "linalg.eigh")
    if not isinstance(UPLO, str) or UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    finite(x, "linalg.eigh")
    return _converged(ops.eigh, "linalg.eigh", adjoint(x) if UPLO.upper() == "U" else x, True)


def eigh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues, ascending, and eigenvectors of Hermitian matrices.

    `UPLO` tells the triangle that is read. An eigenvector is told only up to its sign (or phase),
    which is held fixed in the derivative.

    Example:
        >>> torch.linalg.eigh(torch.tensor([[2., 1.], [1., 2.]])).eigenvalues
        tensor([1., 3.])
    """
    return returns.linalg_eigh(*_eigh(A, UPLO))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of Hermitian matrices, ascending."""
    return _eigh(A, UPLO)[0]


# singular values


def _svd_input(A: Any, driver: Any) -> Box:
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with "
            "cuSOLVER backend."
        )
    return finite(matrix(A, "linalg.svd"), "linalg.svd")


def svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """U, S, Vh with A = (U * S) @ Vh: orthonormal columns and rows, S descending.

    Singular vectors are told only up to a common sign (or phase) of each pair.
    """
    x = _svd_input(A, driver)
    m, n = x._value.shape[-2:]
    return returns.linalg_svd(*_converged(ops.svd, "linalg.svd", x, bool(full_matrices) and m != n))


def svdvals(A: Any, *, driver: Any = None) -> Any:
    """The singular values, descending.

    Example:
        >>> torch.linalg.svdvals(torch.tensor([[3., 0.], [0., 4.]]))
        tensor([4., 3.])
    """
    return svd_values(_svd_input(A, driver))


def qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and upper-triangular R, A = Q @ R.

    Args:
        mode: "reduced", "complete" (Q is square) or "r" (Q is left out).
    """
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), "
            "'r', or 'complete'"
        )
    x = matrix(A, "linalg.qr")
    m, n = x._value.shape[-2:]
    left = getitem.unary(x, (..., slice(0, m))) if n > m else x
    q, r = ops.qr(left, mode == "complete" and m > n)
    if n > m:
        rest = adjoint(q) @ getitem.unary(x, (..., slice(m, n)))
        r = cat([r, rest], x._value.ndim - 1)
    return returns.linalg_qr(fresh(x.face, np.empty(0, x._value.dtype)) if mode == "r" else q, r)


def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of the product of the reflections that A and tau hold, as `geqrf` does."""
    name = "torch.linalg.householder_product"
    x, scales = matrix(A, name), box_of(tau, f"{name}(): argument 'tau' (position 2)")
    *lead, m, n = x._value.shape
    if m < n:
        raise RuntimeError(
            f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if scales._value.ndim != x._value.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {scales._value.ndim} and input.ndim is equal to {x._value.ndim}"
        )
    if scales._value.shape[-1] > n:
        raise RuntimeError(
            f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    if scales._value.dtype != x._value.dtype:
        raise RuntimeError(
            f"{name}: tau dtype {_kind(scales)} does not match input dtype {_kind(x)}"
        )
    one = np.broadcast_to(np.eye(m, n, dtype=x._value.dtype), (*lead, m, n))
    return titled(
        reflected(fresh(x.face, one.copy()), x, scales, False), "LinalgHouseholderProductBackward0"
    )


def _kind(x: Box) -> str:
    return dtypes.of(x._value.dtype).scalar_type


def reflected(y: Any, x: Box, scales: Box, inverse: bool) -> Any:
    """The product of reflections, or its adjoint, with `y`: one after the other."""
    rank, count = x._value.ndim, scales._value.shape[-1]
    m = x._value.shape[-2]
    for i in range(count) if inverse else range(count - 1, -1, -1):
        head = np.zeros((*x._value.shape[:-2], i + 1, 1), x._value.dtype)
        head[..., i, 0] = 1
        below = getitem.unary(x, (..., slice(i + 1, m), slice(i, i + 1)))
        v = cat([fresh(x.face, head), below], rank - 2)
        scale = getitem.unary(scales, (..., i, None, None))
        scale = ops.conjugate(scale) if inverse else scale
        y = y - v @ (scale * (adjoint(v) @ y))
    return y


# rank, inverse and least squares by singular values


def cutoff(s: np.ndarray, shape: tuple[int, ...], atol: Any, rtol: Any) -> np.ndarray:
    """The size up to which singular values `s` count as 0: max(atol, rtol * the largest)."""
    a, r = (None if t is None else np.asarray(getattr(t, "_value", t)) for t in (atol, rtol))
    if r is None:
        eps = np.finfo(s.dtype).eps * max(shape[-2:], default=0)
        r = np.asarray(eps if a is None else np.where(a > 0, 0.0, eps))
    largest = s.max(-1, initial=0.0)
    for t, which in ((a, "atol"), (r, "rtol")):
        if t is not None and t.dtype.kind == "c":
            raise RuntimeError(f"torch.linalg: {which} tensor of complex type is not supported.")
    try:
        return np.maximum(r * largest, 0.0 if a is None else a)
    except ValueError:
        raise RuntimeError(
            "The size of tensor a must match the size of tensor b: a tolerance of shape "
            f"{list(r.shape if a is None else a.shape)} for matrices of shape {list(shape)}"
        ) from None


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None,
                rtol: Any = None) -> Any:  # fmt: skip
    """How many singular values are above max(atol, rtol * the largest), in int64.

    `rtol` is by default the larger dimension times the dtype's epsilon, or 0 where atol is given.
    """
    x = matrix(A, "torch.linalg.matrix_rank", "input")
    values = finite(x if not hermitian else square(x, "linalg.eigh"), "linalg.svd")
    s = np.linalg.svd(innermost(values), compute_uv=False)
    if hermitian:
        s = -np.sort(-np.abs(np.linalg.eigvalsh(innermost(values))), -1)
    if tol is not None:
        atol, rtol = tol, 0.0
    limit = cutoff(s, x._value.shape, atol, rtol)
    return fresh(x.face, np.asarray(np.sum(s > limit[..., None], -1, dtype=np.int64)))


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None,
         rtol: Any = None) -> Any:  # fmt: skip
    """The Moore-Penrose inverse, differentiated at constant rank; tolerances as `matrix_rank`'s."""
    x = finite(matrix(A, "linalg.pinv"), "linalg.svd")
    if not x._value.size:
        return adjoint(x)
    if hermitian:
        x = ops.mirrored(triangle_read(square(x, "linalg.eigh"), False))
    return ops.pinv.unary(x, _relative(x, atol, rcond if rtol is None else rtol))


def _relative(x: Box, atol: Any, rtol: Any) -> np.ndarray:
    """The cutoff of singular values as a fraction of the largest."""
    if atol is None and rtol is not None:
        return np.asarray(getattr(rtol, "_value", rtol))
    s = np.linalg.svd(innermost(x), compute_uv=False)
    largest = s.max(-1, initial=0.0)
    limit = cutoff(s, x._value.shape, atol, rtol)
    return limit / np.where(largest > 0, largest, 1.0)


functions: dict[str, Function] = {
    f.__name__: f
    for f in (eig, eigvals, eigh, eigvalsh, svd, svdvals, qr, householder_product, matrix_rank,
              pinv)
}  # fmt: skip
