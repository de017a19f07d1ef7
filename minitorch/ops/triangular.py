"""Triangular systems, LU factors and the exponential of matrices, in stacks along the axes before.

NumPy has none of them. Substitution and elimination go block by block, so that most of the work
is in matrix products; all are backward stable (G. Golub and C. Van Loan, "Matrix computations",
2013, sections 3.1 and 3.4). The rules: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation" (2008), and for the exponential
N. Higham, "Functions of matrices" (2008), section 3.2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.linalg import matmul
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import alike, cat, getitem, swap, tril, triu

BLOCK = 32  # as many rows or columns are eliminated one by one before a matrix product follows


def _together(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), *params)


def _leading(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*boxes, *params)


# triangular systems


def _solve(a: np.ndarray, b: np.ndarray, low: bool, transposed: bool, unit: bool) -> np.ndarray:
    if transposed:
        a, low = a.swapaxes(-1, -2), not low
    dtype = np.result_type(a, b)
    x = b.astype(np.result_type(dtype, np.float32))
    with np.errstate(all="ignore"):
        substitute(a.astype(x.dtype, copy=False), x, low, unit)
    return x.astype(dtype, copy=False)


def substitute(a: np.ndarray, x: np.ndarray, low: bool, unit: bool) -> None:
    """Solve a triangular system in place; a 0 on the diagonal gives infinities, not an error."""
    n = a.shape[-1]
    if n > BLOCK:
        parts = slice(0, n // 2), slice(n // 2, n)
        first, last = parts if low else parts[::-1]
        substitute(a[..., first, first], x[..., first, :], low, unit)
        x[..., last, :] -= a[..., last, first] @ x[..., first, :]
        substitute(a[..., last, last], x[..., last, :], low, unit)
        return
    for i in range(n) if low else range(n - 1, -1, -1):
        done = slice(0, i) if low else slice(i + 1, n)
        own = x[..., i : i + 1, :]
        own -= a[..., i : i + 1, done] @ x[..., done, :]
        if not unit:
            own /= a[..., i : i + 1, i : i + 1]


def _triangle(x: Any, low: bool, unit: bool) -> Any:
    """The part of a matrix that a triangular solve reads."""
    return tril(x, -int(unit)) if low else triu(x, int(unit))


def _solve_vjp(g: Any, y: Any, a: Any, low: bool, transposed: bool, unit: bool) -> Any:
    h = solve_triangular(a, g, low, not transposed, unit)
    moved = matmul(y, swap(h)) if transposed else matmul(h, swap(y))
    return _triangle(-moved, low, unit)


def _solve_jvp(t: Any, y: Any, a: Any, low: bool, transposed: bool, unit: bool) -> Any:
    t = _triangle(t, low, unit)
    moved = matmul(swap(t) if transposed else t, y)
    return -solve_triangular(a, moved, low, transposed, unit)


solve_triangular = Primitive(
    "solve_triangular", _solve, names=("a", "b", "low", "transposed", "unit"),
    arrays=2, linear=(1,),
    vjps=(
        _solve_vjp,
        lambda g, a, low, transposed, unit: solve_triangular(a, g, low, not transposed, unit),
    ),
    jvps=(_solve_jvp,), batch=_together, grad_name="LinalgSolveTriangularBackward0",
    doc="the x with a x = b (or a transposed), for a triangular matrix a",
)  # fmt: skip

# LU factors: one matrix holds both, U and, below its diagonal, L, whose diagonal is 1


def _eliminate(x: np.ndarray, pivot: bool) -> tuple[np.ndarray, np.ndarray]:
    m, n = x.shape[-2:]
    k, lead = min(m, n), x.shape[:-2]
    a = x.reshape(math.prod(lead), m, n).astype(np.result_type(x, np.float32))
    rows = np.empty((len(a), k), np.int32)
    with np.errstate(all="ignore"):
        for start in range(0, k, BLOCK):
            end = min(start + BLOCK, k)
            _panel(a, rows, start, end, pivot)
            if end < n:
                own, right = slice(start, end), slice(end, n)
                substitute(a[:, own, own], a[:, own, right], True, True)
                a[:, end:, right] -= a[:, end:, own] @ a[:, own, right]
    return a.astype(x.dtype, copy=False).reshape(x.shape), rows.reshape(*lead, k) + np.int32(1)


def _panel(a: np.ndarray, rows: np.ndarray, start: int, end: int, pivot: bool) -> None:
    """Eliminate the columns from `start` to `end`, below the diagonal, in place."""
    every = np.arange(len(a))
    for j in range(start, end):
        rows[:, j] = j
        if pivot:
            column = a[:, j:, j]
            size = abs(column.real) + abs(column.imag) if a.dtype.kind == "c" else abs(column)
            rows[:, j] += np.argmax(size, 1).astype(np.int32)
            if (rows[:, j] != j).any():
                found = a[every, rows[:, j]]
                a[every, rows[:, j]] = a[:, j]
                a[:, j] = found
        head = a[:, j, j]
        factors = a[:, j + 1 :, j]
        factors /= np.where(head == 0, head.dtype.type(1), head)[:, None]
        a[:, j + 1 :, j + 1 : end] -= factors[:, :, None] * a[:, j, None, j + 1 : end]


def rows_of(pivots: np.ndarray, m: int) -> np.ndarray:
    """The order of `m` rows after the swaps that pivots tell, counted from 1."""
    order = np.broadcast_to(np.arange(m), (*pivots.shape[:-1], m)).copy()
    if not order.size:
        return order
    flat, swaps = order.reshape(-1, m), pivots.reshape(-1, pivots.shape[-1]) - 1
    every = np.arange(len(flat))
    for j in range(swaps.shape[-1]):
        found = flat[every, swaps[:, j]]
        flat[every, swaps[:, j]] = flat[:, j]
        flat[:, j] = found
    return order


def _lu_vjp(g: Any, y: Any) -> Any:
    below = tril(g, -1)
    inside = tril(below + swap(tril(y, -1)) @ below, -1) + triu(triu(g, 0) @ swap(triu(y, 0)), 0)
    half = solve_triangular(y, inside, True, True, True)
    return swap(solve_triangular(y, swap(half), False, False, False))


def _lu_jvp(t: Any, y: Any) -> Any:
    half = solve_triangular(y, t, True, False, True)
    inside = swap(solve_triangular(y, swap(half), False, True, False))
    strict = tril(inside, -1)
    return tril(y, -1) @ strict + strict + triu(inside, 0) @ triu(y, 0)


lu = Primitive(
    "lu", lambda x: _eliminate(x, False)[0], names=("x",), vjps=(_lu_vjp,), jvps=(_lu_jvp,),
    batch=_leading, grad_name="LinalgLuFactorExBackward0",
    doc="both triangular factors of square matrices, in one matrix, without exchange of rows",
)  # fmt: skip

lu_factor = Constant(
    "lu_factor", lambda x: _eliminate(x, True), names=("x",), several=True, batch=_leading,
    doc="both triangular factors, in one matrix, and the rows exchanged for each, counted from 1",
)  # fmt: skip

row_order = Constant(
    "row_order", lambda pivots, m: rows_of(pivots, m), batch=_leading,
    doc="the order of m rows after the exchanges that pivots tell",
)  # fmt: skip

# Householder's QR as LAPACK keeps it

geqrf = Constant(
    "geqrf", lambda x: _reflections(x), names=("x",), several=True, batch=_leading,
    doc="the triangular factor of QR with the reflections below its diagonal, and their scales",
)  # fmt: skip


def _reflections(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    h, scales = np.linalg.qr(x, "raw")
    return h.swapaxes(-1, -2), scales


# the exponential

PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000,
    10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
REACH = 5.371920351148152  # up to this norm the approximant is exact to double precision


def _exponential(x: np.ndarray) -> np.ndarray:
    """Scaling and squaring with Pade's approximant of degree 13, in double precision.

    N. Higham, "The scaling and squaring method for the matrix exponential revisited" (2005).
    """
    a = x.astype(np.result_type(x, np.float64))
    with np.errstate(all="ignore"):
        norm = np.abs(a).sum(-2).max(-1, initial=0.0)
        finite = np.isfinite(norm)
        a[~finite] = 0
        times = np.ceil(np.log2(np.maximum(np.where(finite, norm, 0.0) / REACH, 1.0)))
        a = a * np.exp2(-times)[..., None, None]
        one = np.eye(a.shape[-1])
        a2 = a @ a
        a4 = a2 @ a2
        a6 = a4 @ a2
        b = [float(c) for c in PADE]
        odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2)
        odd = a @ (odd + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
        even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2)
        even = even + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
        y = np.linalg.solve(even - odd, even + odd)
        for i in range(int(times.max(initial=0.0))):
            y = np.where((i < times)[..., None, None], y @ y, y)
        y[~finite] = np.nan
        return y.astype(x.dtype)


def _along(x: Any, t: Any) -> Any:
    """The derivative of the exponential at x along t: a block of that of [[x, t], [0, x]]."""
    n, last = shape_of(x)[-1], len(shape_of(x)) - 1
    upper, below = cat([x, t], last), cat([x * 0, x], last)
    y = matrix_exp(cat([upper, below], last - 1))
    return getitem(y, (..., slice(0, n), slice(n, None)))


matrix_exp = Primitive(
    "matrix_exp", _exponential, names=("x",), batch=_leading,
    vjps=(lambda g, x: _along(swap(x), g),), jvps=(lambda t, x: _along(x, t),),
    grad_name="LinalgMatrixExpBackward0", doc="the exponential of square matrices",
)  # fmt: skip
