"""Linear algebra of the array API standard."""

from __future__ import annotations

from typing import Any

from .manipulation import matrix_transpose
from .operands import together, torch

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve",
    "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip


def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of matrices."""
    return torch.matmul(*together(x1, x2))


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Sums of products over several axes."""
    return torch.tensordot(*together(x1, x2), dims=axes)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The dot products of vectors along an axis, the first conjugated."""
    a, b = together(x1, x2)
    return torch.sum(torch.conj(a) * b, axis, dtype=a.dtype)


def outer(x1: Any, x2: Any, /) -> Any:
    """The products of all pairs of elements of two vectors."""
    return torch.outer(*together(x1, x2))


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross products of vectors of three elements along an axis."""
    return torch.linalg.cross(*together(x1, x2), dim=axis)


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky factor."""
    return torch.linalg.cholesky(x, upper=upper)


def det(x: Any, /) -> Any:
    """The determinants."""
    return torch.linalg.det(x)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of matrices."""
    return torch.diagonal(x, offset, -2, -1)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals."""
    return torch.sum(diagonal(x, offset=offset), -1, dtype=dtype)


def eigh(x: Any, /) -> Any:
    """The eigenvalues and eigenvectors of symmetric matrices."""
    return torch.linalg.eigh(x)


def eigvalsh(x: Any, /) -> Any:
    """The eigenvalues of symmetric matrices."""
    return torch.linalg.eigvalsh(x)


def inv(x: Any, /) -> Any:
    """The inverses."""
    return torch.linalg.inv(x)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """A norm of matrices."""
    return torch.linalg.matrix_norm(x, ord, keepdim=keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """A norm of vectors."""
    return torch.linalg.vector_norm(x, ord, dim=axis, keepdim=keepdims)


def matrix_power(x: Any, n: int, /) -> Any:
    """Matrices multiplied by themselves."""
    return torch.linalg.matrix_power(x, n)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The ranks."""
    return torch.linalg.matrix_rank(x, rtol=rtol)


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverses."""
    return torch.linalg.pinv(x, rtol=rtol)


def qr(x: Any, /, *, mode: str = "reduced") -> Any:
    """Q and R."""
    return torch.linalg.qr(x, mode)


def slogdet(x: Any, /) -> Any:
    """The signs of determinants, and the logarithms of their magnitudes."""
    return torch.linalg.slogdet(x)


def solve(x1: Any, x2: Any, /) -> Any:
    """What `x1` takes to `x2`: a vector if it has one dimension, otherwise matrices."""
    a, b = together(x1, x2)
    if b.ndim == 1:
        return torch.linalg.solve(a, b.unsqueeze(-1)).squeeze(-1)
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return torch.linalg.solve(a.expand((*batch, *a.shape[-2:])), b.expand((*batch, *b.shape[-2:])))


def svd(x: Any, /, *, full_matrices: bool = True) -> Any:
    """U, S and Vh."""
    return torch.linalg.svd(x, full_matrices=full_matrices)


def svdvals(x: Any, /) -> Any:
    """The singular values."""
    return torch.linalg.svdvals(x)
