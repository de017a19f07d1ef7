"""torch.*: inverses, determinants and factorizations, under the names before torch.linalg's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.node import titled
from minitorch.faces import dtypes, linalg, matrix_functions, returns, spectra
from minitorch.faces.arithmetic import functions as elementwise
from minitorch.faces.arithmetic import named
from minitorch.faces.elementwise import same_dtype
from minitorch.faces.linalg import same_stacks, substituted
from minitorch.faces.matrices import matrix, same_kind, square
from minitorch.faces.operands import box_of
from minitorch.faces.sampling import randn
from minitorch.ops import elementwise as ew
from minitorch.ops import triangular
from minitorch.ops.decompositions import adjoint, conjugate
from minitorch.ops.linalg import matmul
from minitorch.ops.reduce import mean

Function = Callable[..., Any]


# the same functions as torch.linalg's, with the argument named `input`


def det(input: Any) -> Any:
    """The determinant of square matrices: `torch.linalg.det`."""
    return linalg.det(input)


def slogdet(input: Any) -> Any:
    """The sign (or phase) of the determinant and the log of its size: `torch.linalg.slogdet`."""
    return returns.slogdet(*linalg.slogdet(input))


def logdet(input: Any) -> Any:
    """The logarithm of the determinant; NaN where that is negative.

    Example:
        >>> torch.logdet(torch.eye(3) * 2)
        tensor(2.0794)
    """
    x = box_of(input, "logdet(): argument 'input' (position 1)")
    sign, size = linalg.slogdet(square(x, "logdet"))
    if x._value.dtype.kind == "c":
        return elementwise["add"](elementwise["log"](sign), size)
    nan = fresh(size.face, np.array(np.nan, size._value.dtype))
    zero = fresh(size.face, np.zeros((), size._value.dtype))
    return ew.where.apply((ew.less.binary(sign, zero), nan, size), ())


def inverse(input: Any) -> Any:
    """The inverse of square matrices: `torch.linalg.inv`."""
    return linalg.inv(input)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The Moore-Penrose inverse; singular values below rcond times the largest count as 0."""
    return spectra.pinv(input, rcond=rcond)


def matrix_exp(input: Any) -> Any:
    """The exponential of square matrices: `torch.linalg.matrix_exp`."""
    return matrix_functions.matrix_exp(input)


def matrix_power(input: Any, n: int) -> Any:
    """The product of n copies of a matrix: `torch.linalg.matrix_power`."""
    return matrix_functions.matrix_power(input, n)


# Cholesky's factor


def cholesky(input: Any, upper: bool = False) -> Any:
    """The factor of positive-definite matrices: `torch.linalg.cholesky`."""
    return linalg.cholesky(input, upper=upper)


def cholesky_solve(input: Any, input2: Any, upper: bool = False) -> Any:
    """The X with A @ X = input, given the Cholesky factor of A: `input2`.

    Example:
        >>> L = torch.tensor([[2., 0.], [0., 4.]])
        >>> torch.cholesky_solve(torch.tensor([[4.], [16.]]), L)
        tensor([[1.],
                [1.]])
    """
    name = "cholesky_solve"
    b = box_of(input, f"{name}(): argument 'input' (position 1)")
    for x, what in ((b, "b"), (box_of(input2, f"{name}(): argument 'input2' (position 2)"), "u")):
        if x._value.ndim < 2:
            raise RuntimeError(
                f"{what} should have at least 2 dimensions, but has {x._value.ndim} dimensions "
                "instead"
            )
    factor = square(input2, name)
    same_kind(factor, b, name)
    if factor._value.shape[-1] != b._value.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {factor._value.shape[-1]} by "
            f"{factor._value.shape[-1]} but each b matrix is {b._value.shape[-2]} by "
            f"{b._value.shape[-1]}"
        )
    factor, b = same_stacks(factor, b, name)
    if upper:
        factor = adjoint(factor)
    half = substituted(factor, b, True)
    return titled(
        substituted(conjugate(factor), half, True, transposed=True), "CholeskySolveBackward0"
    )


def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """The inverse of A, given its Cholesky factor."""
    x = square(input, "cholesky_inverse")
    one = np.broadcast_to(np.eye(x._value.shape[-1], dtype=x._value.dtype), x._value.shape)
    return titled(cholesky_solve(fresh(x.face, one.copy()), x, upper), "CholeskyInverseBackward0")


# LU factors and triangular systems


def lu(input: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """The packed LU factors and pivots (and reports): `torch.linalg.lu_factor` replaces it."""
    factors, pivots, infos = linalg.lu_factor_ex(input, pivot=pivot, check_errors=not get_infos)
    return (factors, pivots, infos) if get_infos else (factors, pivots)


def lu_solve(input: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """The X with A @ X = input, given the factors of A: `torch.linalg.lu_solve` replaces it."""
    return linalg.lu_solve(LU_data, LU_pivots, input)


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True,
              unpack_pivots: bool = True) -> Any:  # fmt: skip
    """P, L, U of what `lu_factor` packed; what is not asked for is empty."""
    factors = box_of(LU_data, "lu_unpack(): argument 'LU_data' (position 1)")
    pivots = box_of(LU_pivots, "lu_unpack(): argument 'LU_pivots' (position 2)")
    if pivots._value.dtype != linalg.INT:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 "
            "dtype. Note: this function is intended to be used with the output produced by "
            "torch.linalg.lu_factor"
        )
    p, low, high = linalg.unpacked(factors, pivots)
    empty = fresh(factors.face, np.empty(0, factors._value.dtype))
    return returns.lu_unpack(
        p if unpack_pivots else empty, *((low, high) if unpack_data else (empty, empty))
    )


def triangular_solve(input: Any, A: Any, upper: bool = True, transpose: bool = False,
                     unitriangular: bool = False) -> Any:  # fmt: skip
    """The X with A @ X = input for triangular A (or A.T), and a copy of A.

    `torch.linalg.solve_triangular` replaces it.
    """
    name = "triangular_solve"
    b = box_of(input, f"{name}(): argument 'input' (position 1)")
    a = box_of(A, f"{name}(): argument 'A' (position 2)")
    for x, what in ((b, "b"), (a, "A")):
        if x._value.ndim < 2:
            raise RuntimeError(
                f"torch.{name}: Expected {what} to have at least 2 dimensions, but it has "
                f"{x._value.ndim} dimensions instead"
            )
    a = square(a, name)
    b = same_kind(a, b, name, "b and A")
    if a._value.shape[-1] != b._value.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {a._value.shape[-1]} by "
            f"{a._value.shape[-1]} but each b matrix is {b._value.shape[-2]} by "
            f"{b._value.shape[-1]}"
        )
    wide, b = same_stacks(a, b, name)
    y = substituted(wide, b, not upper, unitriangular, transposed=bool(transpose))
    return returns.triangular_solve(y, wide.clone())


# QR and singular values


def qr(input: Any, some: bool = True) -> Any:
    """Q and R: `torch.linalg.qr` replaces it; `some=False` completes Q to a square matrix."""
    return returns.qr(*spectra.qr(input, "reduced" if some else "complete"))


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S, V with input = (U * S) @ V.mH: `torch.linalg.svd` replaces it."""
    if compute_uv:
        u, s, vh = spectra.svd(input, full_matrices=not some)
        return returns.svd(u, s, adjoint(vh))
    x = matrix(input, "linalg.svd")
    *lead, m, n = x._value.shape
    u, v = (fresh(x.face, np.zeros((*lead, k, k), x._value.dtype)) for k in (m, n))
    return returns.svd(u, spectra.svdvals(x), v)


def geqrf(input: Any) -> Any:
    """QR as LAPACK keeps it: R, below it the reflections whose product Q is, and their scales.

    It has no derivative.
    """
    return returns.geqrf(*triangular.geqrf.apply((matrix(input, "torch.geqrf", "input"),), ()))


def orgqr(input: Any, input2: Any) -> Any:
    """The first columns of Q: `torch.linalg.householder_product`."""
    return spectra.householder_product(input, input2)


def ormqr(input: Any, input2: Any, input3: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q @ input3, or input3 @ Q, for the Q (or its adjoint) that `geqrf` gives: input, input2."""
    name = "torch.ormqr"
    x = matrix(input, name, "input")
    scales = same_kind(x, input2, name, "input and tau")
    y = same_kind(x, input3, name, "input and other")
    if scales._value.ndim != x._value.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal "
            f"to {scales._value.ndim} and input.ndim is equal to {x._value.ndim}"
        )
    if y._value.ndim < 2:
        raise RuntimeError(f"{name}: other must have at least 2 dimensions.")
    if scales._value.shape[-1] != min(y._value.shape[-2 if left else -1], x._value.shape[-1]):
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be equal to min(other.shape[{-2 if left else -1}], "
            "input.shape[-1])"
        )
    if y._value.shape[-2 if left else -1] != x._value.shape[-2]:
        raise RuntimeError(
            f"{name}: other.shape[{-2 if left else -1}] must be equal to input.shape[-2]"
        )
    if left:
        return spectra.reflected(y, x, scales, bool(transpose))
    return adjoint(spectra.reflected(adjoint(y), x, scales, not transpose))


# randomized singular values: N. Halko, P. Martinsson and J. Tropp, "Finding structure with
# randomness" (2009), algorithms 4.4 and 5.1


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """U, S, V of the q largest singular values of A - M, nearly, from a random sample of its range.

    Args:
        q: somewhat more than the rank.
        niter: how many times the sample is multiplied by A and its adjoint.
    """
    x = matrix(A, "svd_lowrank")
    if M is not None:
        same_dtype("svd_lowrank", x, box_of(M, "svd_lowrank(): argument 'M' (position 4)"))
        if M._value.ndim > x._value.ndim:
            raise RuntimeError(
                f"svd_lowrank: M must broadcast to A, {list(x._value.shape)}, but has shape "
                f"{list(M._value.shape)}"
            )
        x = elementwise["sub"](x, M)
    m, n = x._value.shape[-2:]
    x = adjoint(x) if m < n else x
    wide = adjoint(x)
    kind = dtypes.of(x._value.dtype)
    basis = randn(x._value.shape[-1], 6 if q is None else q, dtype=kind)
    basis = spectra.qr(_product(x, basis)).Q
    for _ in range(2 if niter is None else niter):
        basis = spectra.qr(_product(wide, basis)).Q
        basis = spectra.qr(_product(x, basis)).Q
    u, s, vh = spectra.svd(_product(adjoint(basis), x), full_matrices=False)
    u, v = _product(basis, u), adjoint(vh)
    return (v, s, u) if m < n else (u, s, v)


def _product(a: Any, b: Any) -> Any:
    return matmul.binary(a, b)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """The first q principal components (min(6, m, n) by default) of the rows of A, nearly.

    Gives U, S, V: of A with its columns centred, unless `center` is False.
    """
    x = box_of(A, "pca_lowrank(): argument 'A' (position 1)")
    x = matrix(x, "pca_lowrank")
    m, n = x._value.shape[-2:]
    q = min(6, m, n) if q is None else q
    if not 0 <= q <= min(m, n):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}"
        )
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    if center:
        x = elementwise["sub"](x, mean.unary(x, (x._value.ndim - 2,), True))
    return svd_lowrank(x, q, niter)


# what PyTorch has removed


def _removed(name: str, instead: str) -> Function:
    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "This function was deprecated since version 1.9 and is now removed. "
            f"`torch.{name}` is replaced by `torch.linalg.{instead}`."
        )

    return named(function, name, f"Removed: use `torch.linalg.{instead}`.")


removed = {
    name: _removed(name, instead)
    for name, instead in (
        ("lstsq", "lstsq"), ("eig", "eig"), ("symeig", "eigh"), ("solve", "solve"),
        ("matrix_rank", "matrix_rank"),
    )
}  # fmt: skip

functions: dict[str, Function] = {
    f.__name__: f
    for f in (det, slogdet, logdet, inverse, pinverse, matrix_exp, matrix_power, cholesky,
              cholesky_solve, cholesky_inverse, lu, lu_solve, lu_unpack, triangular_solve, qr, svd,
              geqrf, orgqr, ormqr, svd_lowrank, pca_lowrank)
}  # fmt: skip
functions.update(removed)
functions_only = ("lu_unpack", "svd_lowrank", "pca_lowrank", "matrix_rank")
takes_out = (
    "slogdet", "inverse", "matrix_power", "cholesky", "cholesky_solve", "cholesky_inverse", "lu",
    "lu_solve", "lu_unpack", "triangular_solve", "qr", "svd", "geqrf", "orgqr", "ormqr",
)  # fmt: skip
