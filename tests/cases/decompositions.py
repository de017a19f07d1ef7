"""Samples of inverses, determinants and decompositions.

They come in stacks, so that no layout makes the rows of a matrix alike. Where vectors are told
only up to a phase, samples are real; `tests/test_linalg.py` has the complex ones.
"""

from __future__ import annotations

import numpy as np

from tests.samples import Domain, complex_, op, real

NONE = None  # no counterpart in PyTorch, or one with another convention


def _normal(rng, shape, imaginary):
    draw = rng.normal(size=shape)
    return draw + 1j * rng.normal(size=shape) if imaginary else draw


def _values(rng, shape):
    """Numbers well apart, the least well away from 0."""
    steps = rng.uniform(0.6, 1.0, shape).cumsum(-1)
    return steps[..., ::-1] * 0.7


def matrices(imaginary=False):
    """With singular values that are well apart."""

    def draw(rng, shape):
        *lead, m, n = shape
        k = min(m, n)
        u, _ = np.linalg.qr(_normal(rng, (*lead, m, k), imaginary))
        v, _ = np.linalg.qr(_normal(rng, (*lead, n, k), imaginary))
        return (u * _values(rng, (*lead, 1, k))) @ v.conj().swapaxes(-1, -2)

    return Domain(draw)


def definite(imaginary=False):
    """Hermitian, with positive eigenvalues that are well apart."""

    def draw(rng, shape):
        *lead, n, _ = shape
        u, _ = np.linalg.qr(_normal(rng, (*lead, n, n), imaginary))
        return (u * _values(rng, (*lead, 1, n))) @ u.conj().swapaxes(-1, -2)

    return Domain(draw)


def _singular(rng, shape):
    x = rng.normal(size=shape)
    x[..., -1, :] = x[..., 0, :] * 2
    return x


def _split(rng, shape):
    """With real eigenvalues that are well apart."""
    v = np.eye(shape[-1]) + 0.2 * rng.normal(size=shape)
    return np.linalg.solve(v, _values(rng, shape[:-1])[..., None] * v)


regular, hermitian, general = matrices(True), definite(True), matrices()
square = ((2, 3, 3), (1, 1, 1), (0, 2, 2), (2, 1, 4, 4))

for shape in square:
    for domain in (general, regular):
        op("inv", domain(*shape), numpy=np.linalg.inv, torch=NONE, half=False)
        op("det", domain(*shape), numpy=np.linalg.det, torch=NONE, half=False)
        op("slogdet", domain(*shape), numpy=np.linalg.slogdet, torch=NONE, half=False)
        op("cofactors", domain(*shape), torch=NONE, half=False,
           numpy=lambda x: np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT)  # fmt: skip
    for domain in (definite(), hermitian):
        op("cholesky", domain(*shape), params=(False,), torch=NONE, half=False,
           numpy=lambda x, whole: np.linalg.cholesky(x))  # fmt: skip
    op("eigh", definite()(*shape), params=(False,), numpy=lambda x, whole: np.linalg.eigh(x),
       torch=NONE, half=False)  # fmt: skip
    op("eig", Domain(_split)(*shape), numpy=np.linalg.eig, torch=NONE, half=False)
    op("matrix_rank", general(*shape), params=(None, False, None), torch=NONE, half=False,
       numpy=lambda x, tol, hermitian, rtol: np.linalg.matrix_rank(x))  # fmt: skip


def cofactors(x):
    y = np.empty_like(x)
    for i, j in np.ndindex(x.shape[-2:]):
        minor = np.delete(np.delete(x, i, -2), j, -1)
        y[..., i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return y


def change_of_cofactors(x, t):
    """By differences that are exact for polynomials of up to the fourth degree."""
    f = [cofactors(x + k * t) for k in (1, -1, 2, -2)]
    return (8 * (f[0] - f[1]) - (f[2] - f[3])) / 12


singular = Domain(_singular)
for shape in ((2, 3, 3), (1, 4, 4)):
    op("det", singular(*shape), numpy=np.linalg.det, torch=NONE, half=False)
    # there the third derivative of the determinant is left out
    op("bend", singular(*shape), real(*shape), numpy=change_of_cofactors, torch=NONE, half=False,
       wrt=(1,))  # fmt: skip
for a, b in (((2, 3, 3), (2, 3, 3)), ((1, 2, 2), (3, 1, 2, 2)), ((0, 2, 2), (1, 2, 2))):
    op("bend", general(*a), real(*b), numpy=change_of_cofactors, torch=NONE, half=False)
    op("bend", regular(*a), complex_(*b), numpy=change_of_cofactors, torch=NONE, half=False)
for a, b in (((2, 3, 3), (2, 3, 2)), ((1, 2, 2), (3, 1, 2, 3)), ((0, 2, 2), (1, 2, 2)),
             ((3, 1, 2, 2), (2, 2, 1))):  # fmt: skip
    op("solve", general(*a), real(*b), numpy=np.linalg.solve, torch=NONE, half=False)
    op("solve", regular(*a), complex_(*b), numpy=np.linalg.solve, torch=NONE, half=False)
for shape in ((2, 3, 3), (2, 4, 2), (1, 2, 4), (0, 3, 2)):
    for domain in (general, regular):
        op("pinv", domain(*shape), params=(1e-15,), numpy=np.linalg.pinv, torch=NONE, half=False)
    op("svd", general(*shape), params=(False,), torch=NONE, half=False,
       numpy=lambda x, full: np.linalg.svd(x, full))  # fmt: skip
op("svd", general(2, 3, 2), params=(True,), torch=NONE, half=False,
   numpy=lambda x, full: np.linalg.svd(x, full))  # fmt: skip
op("svd", general(0, 4, 2), params=(True,), torch=NONE, half=False,
   numpy=lambda x, full: np.linalg.svd(x, full))  # fmt: skip
for shape in ((2, 3, 3), (2, 4, 2), (1, 1, 1), (0, 3, 2)):
    for domain in (general, regular):
        op("qr", domain(*shape), params=(False,), torch=NONE, half=False,
           numpy=lambda x, full: np.linalg.qr(x))  # fmt: skip
op("qr", general(2, 3, 2), params=(True,), torch=NONE, half=False,
   numpy=lambda x, full: np.linalg.qr(x, "complete"))  # fmt: skip

apart = Domain(lambda rng, shape: rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2.0, shape))
for a, b in (((3, 4), (3, 4)), ((3, 1), (4,)), ((0, 3), (1,))):
    for domain in (real, complex_):
        op("quotient", domain(*a), apart(*b), numpy=lambda x, gap: x / gap, torch=NONE)
for domain in (real, complex_):
    for shape in ((3, 3), (2, 2, 2), (0, 0)):
        op("hermitian_part", domain(*shape), torch=NONE,
           numpy=lambda x: (x + np.conj(np.swapaxes(x, -1, -2))) / 2)  # fmt: skip
