"""`scipy.linalg`, whose functions take boxes.

Matrices may stand in stacks along the axes before the last two. `overwrite_a`, `overwrite_b` and
`check_finite` are taken and need no attention: nothing is overwritten, and nothing is checked.

Example:
    >>> from minitorch.scipy import linalg
    >>> a = np.array([[4., 0.], [0., 9.]])
    >>> minitorch.grad(lambda a: np.trace(linalg.sqrtm(a)))(a)
    array([[0.25      , 0.        ],
           [0.        , 0.16666667]])
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg as _theirs

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.faces.numpy.linalg import hermitian
from minitorch.faces.numpy.operands import WIDE, face_among, joined
from minitorch.ops.decompositions import mirrored
from minitorch.ops.shape import broadcast_to
from minitorch.scipy.namespace import completed, differentiable
from minitorch.scipy.ops import matrices as ops

HERMITIAN = {"sym", "symmetric", "her", "hermitian", "pos", "positive definite"}
TRIANGULAR = {"lower triangular": True, "upper triangular": False}


def _stacks(*values: Any) -> tuple[Box, ...]:
    """Matrices as boxes of one face and floating-point dtype, with the same leading axes."""
    boxes = joined(*values, floats=WIDE)
    lead = np.broadcast_shapes(*(x._value.shape[:-2] for x in boxes))
    return tuple(
        x if x._value.shape[:-2] == lead else broadcast_to(x, (*lead, *x._value.shape[-2:]))
        for x in boxes
    )


def _solved(op: Primitive, a: Any, b: Any, *params: Any) -> Any:
    """An operation that solves for b, which is a vector if it has one axis."""
    if np.ndim(b) > 1:
        return op.apply(_stacks(a, b), params)
    return op.apply(_stacks(a, np.expand_dims(b, -1)), params)[..., 0]


def _refused(name: str, settings: dict[str, Any]) -> None:
    """Refuse settings, beside those that are idle, that differ from SciPy's defaults."""
    idle = {"overwrite_a", "overwrite_b", "check_finite", "lapack_driver", "driver", "lwork"}
    given = {key: value for key, value in settings.items() if key not in idle and value is not None}
    if given:
        raise TypeError(
            f"scipy.linalg.{name} of a box does not take {', '.join(map(str, given))}: minitorch "
            "has no derivative for that call; pass x.detach() if it is meant to be a constant"
        )


# functions of matrices


def _function(name: str) -> Any:
    op = getattr(ops, name)

    @differentiable(getattr(_theirs, name))
    def function(A: Any) -> Any:
        return op.apply(_stacks(A), ())

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`scipy.linalg.{name}`: {op.doc}."
    return function


expm, cosm, sinm = _function("expm"), _function("cosm"), _function("sinm")


@differentiable(_theirs.logm)
def logm(A: Any, disp: Any = True) -> Any:
    """`scipy.linalg.logm`: the principal logarithm of a matrix."""
    _refused("logm", {} if disp is True else {"disp=False": disp})
    return ops.logm.apply(_stacks(A), ())


@differentiable(_theirs.sqrtm)
def sqrtm(A: Any, disp: Any = True, blocksize: Any = 64) -> Any:
    """`scipy.linalg.sqrtm`: the principal square root of a matrix."""
    _refused("sqrtm", {} if disp is True else {"disp=False": disp})
    return ops.sqrtm.apply(_stacks(A), ())


@differentiable(_theirs.coshm)
def coshm(A: Any) -> Any:
    """`scipy.linalg.coshm`: the hyperbolic cosine of a matrix."""
    return (expm(A) + expm(-A)) * 0.5


@differentiable(_theirs.sinhm)
def sinhm(A: Any) -> Any:
    """`scipy.linalg.sinhm`: the hyperbolic sine of a matrix."""
    return (expm(A) - expm(-A)) * 0.5


@differentiable(_theirs.tanm)
def tanm(A: Any) -> Any:
    """`scipy.linalg.tanm`: the tangent of a matrix."""
    return np.linalg.solve(cosm(A), sinm(A))


@differentiable(_theirs.tanhm)
def tanhm(A: Any) -> Any:
    """`scipy.linalg.tanhm`: the hyperbolic tangent of a matrix."""
    return np.linalg.solve(coshm(A), sinhm(A))


# equations


@differentiable(_theirs.solve_sylvester)
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """`scipy.linalg.solve_sylvester`: the x with a @ x + x @ b = q."""
    return ops.solve_sylvester.apply(_stacks(a, b, q), ())


@differentiable(_theirs.solve_continuous_lyapunov)
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """`scipy.linalg.solve_continuous_lyapunov`: the x with a @ x + x @ a.conj().T = q."""
    return solve_sylvester(a, np.conj(np.swapaxes(a, -1, -2)), q)


solve_lyapunov = solve_continuous_lyapunov


@differentiable(_theirs.solve_triangular)
def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False,
    overwrite_b: bool = False, check_finite: bool = True,
) -> Any:  # fmt: skip
    """`scipy.linalg.solve_triangular`: the x with a @ x = b, for a triangular matrix a.

    `trans` is 0 or "N", 1 or "T" for a.T, 2 or "C" for a.conj().T. The other triangle of a, and
    with `unit_diagonal` its diagonal, is not read; its gradient is 0.

    Example:
        >>> from minitorch.scipy.linalg import solve_triangular
        >>> a, b = np.array([[2., 9.], [1., 1.]]), np.array([4., 3.])
        >>> minitorch.grad(lambda a: solve_triangular(a, b, lower=True)[1])(a)
        array([[ 1.,  0.],
               [-2., -1.]])
    """
    try:
        code = {"N": 0, "T": 1, "C": 2}.get(trans, trans)
        transposed = bool((0, 1, 1)[code])
    except (TypeError, IndexError):
        raise ValueError(
            f"solve_triangular: trans= must be 0, 1, 2, N, T or C, not {trans!r}"
        ) from None
    if code == 2:
        a = np.conj(a)
    params = bool(lower), transposed, bool(unit_diagonal)
    return _solved(ops.solve_triangular, a, b, *params)


@differentiable(_theirs.solve_banded)
def solve_banded(
    l_and_u: Any, ab: Any, b: Any, overwrite_ab: bool = False, overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:  # fmt: skip
    """`scipy.linalg.solve_banded`: the x with a @ x = b, for a matrix given by its bands.

    Element (i, j) of a is `ab[u + i - j, j]`; what is outside of a has gradient 0.
    """
    below, above = (int(n) for n in l_and_u)
    if np.shape(ab)[-2] != below + above + 1:
        raise ValueError(
            f"solve_banded: l_and_u = ({below}, {above}) asks for {below + above + 1} rows of "
            f"bands, but ab has shape {tuple(np.shape(ab))}"
        )
    return _solved(ops.solve_banded, ab, b, below, above)


@differentiable(_theirs.solve)
def solve(
    a: Any, b: Any, lower: bool = False, overwrite_a: bool = False, overwrite_b: bool = False,
    check_finite: bool = True, assume_a: str | None = None, transposed: bool = False,
) -> Any:  # fmt: skip
    """`scipy.linalg.solve`: the x with a @ x = b. Of matrices that are assumed to be symmetric or
    triangular one triangle is read.
    """
    if assume_a in TRIANGULAR:
        return solve_triangular(a, b, int(transposed), TRIANGULAR[assume_a])  # type: ignore[index]
    if assume_a in HERMITIAN and isinstance(a, Box):
        a = mirrored(hermitian(a, upper=not lower))
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


@differentiable(_theirs.cholesky)
def cholesky(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """`scipy.linalg.cholesky`: the upper factor u with u.T @ u = a, or the lower one."""
    return np.linalg.cholesky(a, upper=not lower)


@differentiable(_theirs.cho_factor)
def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Any, bool]:
    """`scipy.linalg.cho_factor`: a Cholesky factor for `cho_solve`, with zeros elsewhere."""
    return cholesky(a, lower), lower


@differentiable(_theirs.cho_solve)
def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """`scipy.linalg.cho_solve`: the x with a @ x = b, given the Cholesky factor of a."""
    c, lower = c_and_lower
    first, second = (0, 2) if lower else (2, 0)
    return solve_triangular(c, solve_triangular(c, b, first, lower), second, lower)


# what NumPy has too


@differentiable(_theirs.inv)
def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True, **settings: Any) -> Any:
    """`scipy.linalg.inv`: the inverse."""
    lower, assume_a = settings.pop("lower", False), settings.pop("assume_a", None)
    _refused("inv", settings)
    return solve(a, np.eye(np.shape(a)[-1], dtype=a.dtype), lower, assume_a=assume_a)


@differentiable(_theirs.det)
def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """`scipy.linalg.det`: the determinant."""
    return np.linalg.det(a)


@differentiable(_theirs.pinv)
def pinv(a: Any, *, rtol: Any = None, **settings: Any) -> Any:
    """`scipy.linalg.pinv`: the Moore-Penrose inverse, differentiated at constant rank."""
    _refused("pinv", {k: v for k, v in settings.items() if v is not False})
    return np.linalg.pinv(a, rtol=rtol)


@differentiable(_theirs.norm)
def norm(
    a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Any:
    """`scipy.linalg.norm`: the norm of vectors or matrices."""
    return np.linalg.norm(a, ord, axis, keepdims)


@differentiable(_theirs.eigh)
def eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False,
         **settings: Any) -> Any:  # fmt: skip
    """`scipy.linalg.eigh`: eigenvalues and eigenvectors of a Hermitian matrix."""
    _refused("eigh", {"b": b, **settings})
    triangle: Any = "L" if lower else "U"
    if eigvals_only:
        return np.linalg.eigvalsh(a, triangle)
    return tuple(np.linalg.eigh(a, triangle))


@differentiable(_theirs.eigvalsh)
def eigvalsh(a: Any, b: Any = None, *, lower: bool = True, **settings: Any) -> Any:
    """`scipy.linalg.eigvalsh`: the eigenvalues of a Hermitian matrix."""
    return eigh(a, b, lower=lower, eigvals_only=True, **settings)


@differentiable(_theirs.svd)
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **settings: Any) -> Any:
    """`scipy.linalg.svd`: u, s, vh with a = u @ diag(s) @ vh; or s alone."""
    _refused("svd", settings)
    y: Any = np.linalg.svd(a, full_matrices, compute_uv)  # type: ignore[call-overload]
    return tuple(y) if compute_uv else y


@differentiable(_theirs.svdvals)
def svdvals(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """`scipy.linalg.svdvals`: the singular values."""
    return svd(a, compute_uv=False)


@differentiable(_theirs.qr)
def qr(a: Any, overwrite_a: bool = False, lwork: Any = None, mode: str = "full",
       pivoting: bool = False, check_finite: bool = True) -> Any:  # fmt: skip
    """`scipy.linalg.qr`: a = q @ r; `mode` is "full", "economic" or "r"."""
    kinds = {"full": "complete", "economic": "reduced", "r": "r"}
    _refused("qr", {"pivoting": pivoting or None, "mode": None if mode in kinds else mode})
    y = np.linalg.qr(a, kinds[mode])  # type: ignore[call-overload]
    return (y,) if mode == "r" else tuple(y)


@differentiable(_theirs.block_diag)
def block_diag(*arrs: Any) -> Any:
    """`scipy.linalg.block_diag`: matrices on the diagonal, zeros elsewhere."""
    face = face_among(*arrs)
    blocks = joined(*[np.atleast_2d(x) for x in arrs], face=face)
    width = sum(x._value.shape[-1] for x in blocks)
    rows, left = [], 0
    for x in blocks:
        n = x._value.shape[-1]
        ends = [(0, 0)] * (x._value.ndim - 1) + [(left, width - left - n)]
        rows.append(np.pad(x, ends))  # type: ignore[call-overload]
        left += n
    return np.concatenate(rows, -2)


__getattr__, __dir__ = completed(_theirs, globals())
