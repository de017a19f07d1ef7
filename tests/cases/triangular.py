"""Samples of triangular systems, LU factors, and the exponential of matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minitorch.ops.triangular
from tests.samples import Domain, Sample, op, real

assert minitorch.ops.triangular  # declares what is sampled here


def matrices(*shape: int, about: float = 3.0, imaginary: float = 0.0) -> Sample:
    """Matrices near `about` times the identity."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        y = about * np.eye(*shape[-2:]) + rng.uniform(-0.5, 0.5, shape)
        return y + 1j * imaginary * rng.uniform(-0.5, 0.5, shape) if imaginary else y

    return Domain(draw)(*shape)


def by_matrix(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices, applied along the leading axes, in the dtype that comes in."""

    def function(*args: Any) -> np.ndarray:
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        rest = args[len(arrays) :]
        lead = arrays[0].shape[:-2]
        wide = [a.astype(np.result_type(a, float)) for a in arrays]
        y = np.empty(lead + np.shape(arrays[-1])[-2:], np.result_type(*wide))
        for i in np.ndindex(lead):
            y[i] = run(*[a[i] for a in wide], *rest)
        return y.astype(arrays[-1].dtype)

    return function


def by_elimination(a: Any, b: Any, low: bool, transposed: bool, unit: bool) -> Any:
    a = np.tril(a) if low else np.triu(a)
    if unit:
        np.fill_diagonal(a, 1)
    return np.linalg.solve(a.T if transposed else a, b)


FLAGS = [
    (low, back, unit) for low in (False, True) for back in (False, True) for unit in (False, True)
]
for shape in ((), (2,), (0,)):
    for part in (0.0, 1.0):
        a, b = (matrices(*shape, 3, n, imaginary=part) for n in (3, 2))
        op("solve_triangular", a, b, torch=None, params=FLAGS, numpy=by_matrix(by_elimination))
op("solve_triangular", matrices(0, 0), real(0, 2), numpy=by_matrix(lambda a, b, *rest: b),
   torch=None, params=(True, False, False))  # fmt: skip


def factors(x: np.ndarray) -> np.ndarray:
    """Row by row: each element less what the rows above it take away."""
    y = x.copy()
    for i in range(len(x)):
        for j in range(len(x)):
            k = min(i, j)
            y[i, j] -= y[i, :k] @ y[:k, j]
            if j < i:
                y[i, j] /= y[j, j]
    return y


def exponential(x: np.ndarray) -> np.ndarray:
    y = term = np.eye(len(x))
    for k in range(1, 40):
        term = term @ x / k
        y = y + term
    return y


for shape in ((3, 3), (2, 4, 4), (1, 1), (0, 2, 2), (0, 0)):
    for part in (0.0, 1.0):
        op("lu", matrices(*shape, imaginary=part), numpy=by_matrix(factors), torch=None)
        op("matrix_exp", matrices(*shape, about=0.5, imaginary=part), torch=None,
           numpy=by_matrix(exponential))  # fmt: skip


def eliminated(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of matrices whose diagonal dominates: no rows are exchanged."""
    k, wide = min(x.shape[-2:]), x.astype(float)
    head = by_matrix(factors)(wide[..., :k, :k])
    low = np.tril(head, -1) + np.eye(k)
    y = wide.copy()
    y[..., :k, :k] = head
    y[..., :k, k:] = np.linalg.inv(low) @ wide[..., :k, k:]
    y[..., k:, :k] = wide[..., k:, :k] @ np.linalg.inv(np.triu(head))
    pivots = np.broadcast_to(np.arange(1, k + 1, dtype=np.int32), (*x.shape[:-2], k))
    return y.astype(x.dtype), pivots


for shape in ((3, 3), (2, 4, 2), (2, 2, 4), (1, 1), (0, 2, 2)):
    op("lu_factor", matrices(*shape), numpy=eliminated, torch=None)


def exchanged(pivots: np.ndarray, m: int) -> np.ndarray:
    order = np.empty((*pivots.shape[:-1], m), np.int64)
    for i in np.ndindex(pivots.shape[:-1]):
        rows = list(range(m))
        for j, k in enumerate(pivots[i]):
            rows[j], rows[k - 1] = rows[k - 1], rows[j]
        order[i] = rows
    return order


pivots = Domain(lambda rng, shape: rng.integers(1, 4, shape).astype(np.int32))
for shape in ((3,), (2, 3), (2, 2), (0, 3)):
    op("row_order", pivots(*shape), params=(3,), numpy=exchanged, torch=None)
for shape in ((3, 3), (2, 4, 2), (2, 4), (0, 2, 2)):
    op("geqrf", matrices(*shape), torch=None, half=False,
       numpy=lambda x: (lambda h, t: (h.swapaxes(-1, -2), t))(*np.linalg.qr(x, "raw")))  # fmt: skip
