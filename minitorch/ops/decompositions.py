"""Inverses, determinants and decompositions of matrices, in stacks along the axes before.

The rules hold for complex matrices too. A vjp is the plain transpose of the jvp as a map of real
and imaginary parts; where that needs adjoints (conjugate transposes), the gradient is conjugated
on its way in and out. The derivations: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation" (2008), for determinants of
singular matrices J. Magnus and H. Neudecker, "Matrix differential calculus" (1988), for pinv
G. Golub and V. Pereyra, "The differentiation of pseudo-inverses" (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.conform import cast
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.complex import conjugate, real_part
from minitorch.ops.elementwise import add
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import cat, diagonal, getitem, pad, reshape, swap, tril, triu

# the words that rules are written in


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of an array or of a box."""
    return x._value.dtype if isinstance(x, Box) else x.dtype


def adjoint(x: Any) -> Any:
    """The conjugate transpose."""
    return swap(conjugate(x))


def like(x: Any, y: Any) -> Any:
    """`x` in the dtype of `y`: a real one beside a complex one."""
    return x if dtype_of(x) == dtype_of(y) else cast(x, dtype_of(y))


def row(x: Any) -> Any:
    """Vectors as matrices of one row, to scale columns with."""
    return getitem(x, (..., None, slice(None)))


def column(x: Any) -> Any:
    """Vectors as matrices of one column, to scale rows with."""
    return getitem(x, (..., None))


def lifted(x: Any) -> Any:
    """Numbers as matrices of one element."""
    return getitem(x, (..., None, None))


def diagonal_of(x: Any) -> Any:
    """The main diagonals of matrices."""
    rank = len(shape_of(x))
    return diagonal(x, (rank - 2, rank - 1), 0)


def inner(a: Any, b: Any) -> Any:
    """The sums of the products of all elements of two matrices, kept as matrices of one."""
    product = a * b
    rank = len(shape_of(product))
    return total(product, (rank - 2, rank - 1), True)


def lower(x: Any) -> Any:
    """The lower triangle with half of the diagonal: its sum with its adjoint is Hermitian."""
    return (tril(x, 0) + tril(x, -1)) * 0.5


def mirrored(x: Any) -> Any:
    """The Hermitian matrix whose lower triangle is that of `x`."""
    half = lower(x)
    return half + adjoint(half)


def folded(g: Any) -> Any:
    """The adjoint of `mirrored`: the gradients of both triangles meet in the lower one."""
    return lower(g + adjoint(g))


def _leading(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*boxes, *params)


def _aligned(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*batch.aligned(boxes, flags, reshape), *params)


hermitian_part = Primitive(
    "hermitian_part", lambda x: (x + x.conj().swapaxes(-1, -2)) * x.dtype.type(0.5), linear=(0,),
    vjps=(lambda g: hermitian_part(g),), batch=_leading,
    doc="half the sum of a matrix and its adjoint",
)  # fmt: skip


def _quotient(x: np.ndarray, gap: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(x, np.where((x == 0) & (gap == 0), gap.dtype.type(1), gap))


quotient = Primitive(
    "quotient", _quotient, arrays=2, names=("x", "gap"), linear=(0,), broadcasts=True,
    vjps=(
        lambda g, gap: quotient(g, gap),
        lambda g, y, gap: -real_part(quotient(g * y, gap)),
    ),
    jvps=(None, lambda t, y, gap: -quotient(y * like(t, y), gap)),
    batch=batch.elementwise,
    doc="x / gap for a real gap, but 0 where both are 0, in the derivatives too",
)  # fmt: skip


def gaps(w: Any) -> Any:
    """How far each value of `w` (columns) lies above each other (rows); from itself, infinitely."""
    return endless(row(w) - column(w))


def endless(x: Any) -> Any:
    """Real matrices with an infinite diagonal."""
    n = shape_of(x)[-1]
    infinite = np.zeros((n, n), dtype_of(x))
    np.fill_diagonal(infinite, np.inf)
    return add(x, infinite)


# linear systems

inv = Primitive(
    "inv", lambda x: np.linalg.inv(x), batch=_leading, grad_name="LinalgInvExBackward0",
    vjps=(lambda g, y: -(swap(y) @ g @ swap(y)),), jvps=(lambda t, y: -(y @ t @ y),),
    doc="the inverse of matrices",
)  # fmt: skip

solve = Primitive(
    "solve", lambda a, b: np.linalg.solve(a, b), arrays=2, linear=(1,), broadcasts=True,
    vjps=(
        lambda g, y, a: -(solve(swap(a), g) @ swap(y)),
        lambda g, a: solve(swap(a), g),
    ),
    jvps=(lambda t, y, a: -solve(a, t @ y), None),
    batch=_aligned, grad_name="LinalgSolveExBackward0",
    doc="the matrices x with a @ x = b; the axes before the last two broadcast",
)  # fmt: skip


def _pinv_vjp(g: Any, y: Any, x: Any) -> Any:
    h, p = swap(g), adjoint(y)  # h is the adjoint of the conjugated gradient
    left, right = h - x @ (y @ h), h - (h @ y) @ x
    return conjugate(left @ y @ p + p @ y @ right - p @ adjoint(h) @ p)


def _pinv_jvp(t: Any, y: Any, x: Any) -> Any:
    s, p = adjoint(t), adjoint(y)
    left, right = s - y @ (x @ s), s - (s @ x) @ y
    return y @ (p @ right) + (left @ p) @ y - y @ t @ y


pinv = Primitive(
    "pinv", lambda x, rcond: np.linalg.pinv(x, rcond), batch=_leading,
    vjps=(_pinv_vjp,), jvps=(_pinv_jvp,), grad_name="LinalgPinvBackward0",
    doc="the Moore-Penrose inverse, differentiated at constant rank; singular values below "
    "`rcond` times the largest count as 0",
)  # fmt: skip

# determinants: the gradient is the matrix of cofactors, the second derivative `bend`


def _inverse(x: np.ndarray) -> np.ndarray | None:
    """The inverses, unless some matrix is singular or so near to it that they lose precision."""
    try:
        y = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return None
    size = np.abs(x).max((-2, -1), initial=0.0) * np.abs(y).max((-2, -1), initial=0.0)
    return None if (size > np.finfo(x.dtype).eps ** (-1 / 3)).any() else y


def _others(s: np.ndarray) -> np.ndarray:
    """For each element of the last axis the product of all the others."""
    one = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([one, s[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([one, s[..., :0:-1]], -1), -1)[..., ::-1]
    return before * after


def _cofactors(x: np.ndarray) -> np.ndarray:
    y = _inverse(x)
    if y is not None:
        return np.linalg.det(x)[..., None, None] * y.swapaxes(-1, -2)
    u, s, vh = np.linalg.svd(x)
    turn = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return turn * np.matmul(u.conj() * _others(s)[..., None, :], vh.conj())


def _bend(x: np.ndarray, t: np.ndarray) -> np.ndarray:
    y = _inverse(x)
    if y is not None:
        w, d = y.swapaxes(-1, -2), np.linalg.det(x)[..., None, None]
        trace = np.sum(w * t, (-2, -1), keepdims=True)
        return d * (trace * w - w @ t.swapaxes(-1, -2) @ w)
    u, s, vh = np.linalg.svd(x)
    turn = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    n = s.shape[-1]
    # the products of all singular values but two
    pairs = np.stack([_others(np.where(np.arange(n) == i, 1, s)) for i in range(n)], -2)
    pairs = pairs * (1 - np.eye(n, dtype=s.dtype))
    inside = u.conj().swapaxes(-1, -2) @ t @ vh.conj().swapaxes(-1, -2)
    traces = pairs @ np.diagonal(inside, 0, -2, -1)[..., None]
    core = np.eye(n) * traces - pairs * inside.swapaxes(-1, -2)
    return (turn * (u.conj() @ core @ vh.conj())).astype(np.result_type(x, t), copy=False)


def _third(x: Any, t: Any, u: Any) -> Any:
    """The third derivative of the determinant, along t and u; x must be regular."""
    w = swap(inv(x))
    a, b = w @ swap(t), w @ swap(u)
    mixed, first, second = inner(a, swap(b)), inner(w, t), inner(w, u)
    bent = (first * second - mixed) * w - (second * a + first * b - a @ b - b @ a) @ w
    return lifted(det(x)) * bent


det = Primitive(
    "det", lambda x: np.linalg.det(x), batch=_leading, grad_name="LinalgDetBackward0",
    vjps=(lambda g, x: lifted(g) * cofactors(x),),
    jvps=(lambda t, x: getitem(inner(t, cofactors(x)), (..., 0, 0)),),
    doc="the determinant of matrices; its derivatives are finite at singular ones too",
)  # fmt: skip

cofactors = Primitive(
    "cofactors", _cofactors, names=("x",), batch=_leading,
    vjps=(lambda g, x: bend(x, g),), jvps=(lambda t, x: bend(x, t),),
    doc="the cofactors: det(x) times the transposed inverse, where there is one",
)  # fmt: skip

bend = Primitive(
    "bend", _bend, arrays=2, names=("x", "t"), linear=(1,), batch=_aligned, broadcasts=True,
    vjps=(lambda g, x, t: _third(x, t, g), lambda g, x: bend(x, g)),
    jvps=(lambda u, x, t: _third(x, t, u), None),
    doc="the change of the cofactors of x along t",
)  # fmt: skip


def _slogdet_vjp(g: Any, y0: Any, x: Any) -> Any:
    turn = g[0] * y0
    turn = turn - like(real_part(turn), turn) + like(g[1], turn)
    return lifted(turn) * swap(inv(x))


def _slogdet_jvp(t: Any, y0: Any, x: Any) -> Any:
    change = getitem(inner(t, swap(inv(x))), (..., 0, 0))
    growth = real_part(change)
    return y0 * (change - like(growth, change)), growth


slogdet = Primitive(
    "slogdet", lambda x: tuple(np.linalg.slogdet(x)), several=True, batch=_leading,
    vjps=(_slogdet_vjp,), jvps=(_slogdet_jvp,), grad_name="LinalgSlogdetBackward0",
    doc="the sign (of complex matrices the phase) and the logarithm of |det(x)|",
)  # fmt: skip

# decompositions


def _cholesky_vjp(g: Any, y: Any, whole: bool) -> Any:
    inside = solve(swap(y), lower(swap(y) @ g))
    x = swap(solve(adjoint(y), swap(inside)))
    return hermitian_part(x) if whole else folded(x)


def _cholesky_jvp(t: Any, y: Any, whole: bool) -> Any:
    t = hermitian_part(t) if whole else mirrored(t)
    return y @ lower(solve(y, adjoint(solve(y, t))))


cholesky = Primitive(
    "cholesky", lambda x, whole: np.linalg.cholesky(x), batch=_leading,
    vjps=(_cholesky_vjp,), jvps=(_cholesky_jvp,), grad_name="LinalgCholeskyExBackward0",
    doc="the lower-triangular factor of the positive-definite matrix whose lower triangle x has; "
    "differentiated as `eigh` is",
)  # fmt: skip


def _eigh_vjp(g: Any, y0: Any, y1: Any, whole: bool) -> Any:
    w, v = y0, conjugate(y1)
    turn = quotient(swap(y1) @ g[1], gaps(w))
    x = (v * row(like(g[0], v)) + v @ turn) @ swap(y1)
    return hermitian_part(x) if whole else folded(x)


def _eigh_jvp(t: Any, y0: Any, y1: Any, whole: bool) -> Any:
    inside = adjoint(y1) @ (hermitian_part(t) if whole else mirrored(t)) @ y1
    return real_part(diagonal_of(inside)), y1 @ quotient(inside, gaps(y0))


eigh = Primitive(
    "eigh", lambda x, whole: tuple(np.linalg.eigh(x)), several=True, batch=_leading,
    vjps=(_eigh_vjp,), jvps=(_eigh_jvp,), grad_name="LinalgEighBackward0",
    doc="the eigenvalues, ascending, and eigenvectors of the Hermitian matrix whose lower "
    "triangle x has; differentiated as a function of that triangle or, if `whole`, of the "
    "Hermitian part, as in PyTorch",
)  # fmt: skip


def _eig_vjp(g: Any, y0: Any, y1: Any, x_dtype: Any) -> Any:
    v, h = y1, conjugate(g[1])
    h = h - v * row(total(conjugate(v) * h, (len(shape_of(v)) - 2,), False))
    turn = _over(adjoint(v) @ h, conjugate(_distances(y0)))
    inside = turn @ adjoint(v) + column(conjugate(g[0])) * adjoint(v)
    return cast(conjugate(solve(adjoint(v), inside)), x_dtype)  # real, if the matrix is


def _eig_jvp(t: Any, y0: Any, y1: Any) -> Any:
    v = y1
    inside = solve(v, like(t, v) @ v)
    z = v @ _over(inside, _distances(y0))
    along = total(conjugate(v) * z, (len(shape_of(v)) - 2,), False)
    return diagonal_of(inside), z - v * row(along)


def _distances(w: Any) -> Any:
    return row(w) - column(w)


def _over(x: Any, distance: Any) -> Any:
    """x divided by complex distances, and 0 on the diagonal."""
    opposite = conjugate(distance)
    return quotient(x * opposite, endless(real_part(distance * opposite)))


eig = Primitive(
    "eig", lambda x: tuple(np.linalg.eig(x)), several=True, batch=_leading,
    vjps=(_eig_vjp,), jvps=(_eig_jvp,), grad_name="LinalgEigBackward0",
    doc="the eigenvalues and right eigenvectors, of norm 1, of square matrices",
)  # fmt: skip


# Where a basis is completed by columns that the matrix does not tell, these may turn among
# themselves; what does not depend on how they turn has a derivative.


def _known(g: Any, u: Any, k: int) -> tuple[Any, Any]:
    """Of a gradient `g` of `u`, what it is for the first `k` columns; and these columns."""
    n = shape_of(u)[-1]
    if n == k:
        return g, u
    first, rest = (..., slice(0, k)), (..., slice(k, n))
    u1, u2, g1, g2 = getitem(u, first), getitem(u, rest), getitem(g, first), getitem(g, rest)
    _check_turn(adjoint(u2) @ g2)
    return g1 - u2 @ (adjoint(g2) @ u1), u1


def _check_turn(inside: Any) -> None:
    """Refuse a gradient that would depend on how the columns of a completed basis turn."""
    value = inside
    while not isinstance(value, np.ndarray):  # boxed, batched
        value = value._value if isinstance(value, Box) else value.box
    turn = np.abs(value - value.conj().swapaxes(-1, -2))
    limit = np.finfo(value.dtype).eps ** 0.5 * np.abs(value).max(initial=0.0)
    if (turn > limit).any():
        raise ValueError(
            "the gradient depends on the columns that complete a basis (full_matrices=True of "
            "svd, mode='complete' of qr), which the matrix determines only up to a rotation: "
            "use full_matrices=False or mode='reduced'"
        )


def _completed(t: Any, u: Any, k: int) -> Any:
    """The tangent of `u`, given that of its first `k` columns."""
    n = shape_of(u)[-1]
    if n == k:
        return t
    u1, u2 = getitem(u, (..., slice(0, k))), getitem(u, (..., slice(k, n)))
    return cat([t, -(u1 @ (adjoint(t) @ u2))], len(shape_of(u)) - 1)


def _svd_vjp(g: Any, y0: Any, y1: Any, y2: Any) -> Any:
    k = shape_of(y1)[-1]
    gu, u = _known(conjugate(g[0]), y0, k)
    gv, v = _known(swap(g[2]), adjoint(y2), k)
    inu, inv_ = adjoint(u) @ gu, adjoint(v) @ gv
    q, r = quotient(inu + inv_, gaps(y1)), quotient(inu - inv_, row(y1) + column(y1))
    core = (q + adjoint(q) + r - adjoint(r)) * 0.5
    x = (u * row(like(g[1], u)) + u @ core) @ adjoint(v)
    if shape_of(u)[-2] > k:
        x = x + quotient(gu - u @ inu, row(y1)) @ adjoint(v)
    if shape_of(v)[-2] > k:
        x = x + u @ adjoint(quotient(gv - v @ inv_, row(y1)))
    return conjugate(x)


def _svd_jvp(t: Any, y0: Any, y1: Any, y2: Any) -> Any:
    k = shape_of(y1)[-1]
    u, v = getitem(y0, (..., slice(0, k))), getitem(adjoint(y2), (..., slice(0, k)))
    right, left = t @ v, adjoint(t) @ u
    inside = adjoint(u) @ right
    a = quotient(inside + adjoint(inside), gaps(y1)) * 0.5
    b = quotient(inside - adjoint(inside), row(y1) + column(y1)) * 0.5
    du, dv = u @ (a + b), v @ (a - b)
    if shape_of(u)[-2] > k:
        du = du + quotient(right - u @ inside, row(y1))
    if shape_of(v)[-2] > k:
        dv = dv + quotient(left - v @ adjoint(inside), row(y1))
    du, dv = _completed(du, y0, k), _completed(dv, adjoint(y2), k)
    return du, real_part(diagonal_of(inside)), adjoint(dv)


svd = Primitive(
    "svd", lambda x, full: tuple(np.linalg.svd(x, full)), several=True, batch=_leading,
    vjps=(_svd_vjp,), jvps=(_svd_jvp,), grad_name="LinalgSvdBackward0",
    doc="u, s, vh with x = (u * s) @ vh; s descends; `full` completes u and vh to square matrices",
)  # fmt: skip


def _upper(x: Any) -> Any:
    """The upper triangle with half of the diagonal."""
    return (triu(x, 0) + triu(x, 1)) * 0.5


def _qr_vjp(g: Any, y0: Any, y1: Any) -> Any:
    n = shape_of(y1)[-1]
    gq, q = _known(conjugate(g[0]), y0, n)
    first = (..., slice(0, n), slice(None))
    r, gr = getitem(y1, first), conjugate(getitem(g[1], first))
    half = _upper(gr @ adjoint(r) - adjoint(q) @ gq)
    return conjugate(adjoint(solve(r, adjoint(gq + q @ (half + adjoint(half))))))


def _qr_jvp(t: Any, y0: Any, y1: Any) -> Any:
    *_, m, n = shape_of(y1)
    q, r = getitem(y0, (..., slice(0, n))), getitem(y1, (..., slice(0, n), slice(None)))
    moved = swap(solve(swap(r), swap(t)))
    inside = adjoint(q) @ moved
    turn = _upper(inside + adjoint(inside))
    below = ((0, 0),) * (len(shape_of(r)) - 2) + ((0, m - n), (0, 0))
    return _completed(moved - q @ turn, y0, n), pad(turn @ r, below)


qr = Primitive(
    "qr", lambda x, full: tuple(np.linalg.qr(x, "complete" if full else "reduced")),
    several=True, batch=_leading, vjps=(_qr_vjp,), jvps=(_qr_jvp,),
    grad_name="LinalgQrBackward0",
    doc="q, r with x = q @ r, for at least as many rows as columns, of full rank; q has "
    "orthonormal columns, as many as x or, if `full`, completed to a square matrix",
)  # fmt: skip

# no gradient flows through this

matrix_rank = Constant(
    "matrix_rank", lambda x, tol, hermitian, rtol: _rank(x, tol, hermitian, rtol),
    batch=_leading, doc="how many singular values are not negligible",
)  # fmt: skip


def _rank(x: np.ndarray, tol: Any, hermitian: bool, rtol: Any) -> np.ndarray:
    more = {} if rtol is None else {"rtol": rtol}
    return np.asarray(np.linalg.matrix_rank(x, tol, hermitian, **more))
