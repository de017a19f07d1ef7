"""`numpy.linalg`: real and complex, matrices and stacks of them.

Functions of Hermitian matrices are called with such. Of vectors that are told up to a sign or
phase only what does not depend on it is looked at.
"""

import numpy as np

from tests.numpy_inputs import C, S, V, W, X

A = np.array([[2.1, 0.4, -0.3], [-0.6, 1.2, 0.8], [0.5, -0.9, 1.7]])
B = A + 1j * np.array([[0.3, -0.8, 0.2], [0.9, 0.4, -0.5], [0.1, 0.6, -1.2]])
M = np.stack([A, A.T @ A + np.eye(3), A - 2.5 * np.eye(3)])  # a stack
N = np.stack([B, B.T + 1.5j * np.eye(3)])
T, U = A[:, :2], B[:, :2]  # tall
SINGULAR = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])


def even(x):
    """A Hermitian matrix."""
    return x + np.conj(np.matrix_transpose(x))


def definite(x):
    """A Hermitian matrix with positive eigenvalues, apart from each other."""
    return np.matmul(x, np.conj(np.matrix_transpose(x))) + np.diag([0.3, 0.9, 2.0])


def phaseless(w, v):
    """All there is to vectors in columns, but for their phases."""
    return w, np.matmul(v * np.cos(w)[..., None, :], np.conj(np.matrix_transpose(v)))


def eigensystem(w, v):
    return w, np.abs(v) ** 2


def rebuilt(u, s, vh):
    return s, np.matmul(u * np.cos(s)[..., None, :], vh), np.abs(u) ** 2, np.abs(vh) ** 2


def first_columns(u, s, vh):
    k = s.shape[-1]
    return np.matmul(u[..., :k] * np.sin(s)[..., None, :], vh[..., :k, :])


def projected(q, r):
    """The part of a completed basis that does not depend on how it turns."""
    extra = q[..., :, r.shape[-1] :]
    return np.matmul(extra, np.conj(np.matrix_transpose(extra))), r


ALL = (A, B, M, N)
CASES = {
    np.linalg.inv: [(np.linalg.inv, a) for a in ALL],
    np.linalg.pinv: [(np.linalg.pinv, a) for a in (A, T, U, U.T, C)]
    + [(lambda x: np.linalg.pinv(x, 1e-10), T), (lambda x: np.linalg.pinv(x, rtol=1e-9), U),
       (lambda x: np.linalg.pinv(x, rtol=None), T),
       (lambda x: np.linalg.pinv(definite(x), hermitian=True), A)],
    np.linalg.det: [(np.linalg.det, a) for a in (*ALL, SINGULAR, np.zeros((2, 2)), SINGULAR * 1j)],
    np.linalg.slogdet: [(np.linalg.slogdet, a) for a in ALL]
    + [(lambda x: np.linalg.slogdet(x).logabsdet, B)],
    np.linalg.solve: [(np.linalg.solve, (A, np.array([0.3, -1.0, 2.0]))),
                      (np.linalg.solve, (B, U)), (np.linalg.solve, (M, T)),
                      (np.linalg.solve, (A, N)), (np.linalg.solve, (M, A[0])),
                      (lambda x: np.linalg.solve(x, T), A), (lambda x: np.linalg.solve(B, x), T),
                      (lambda x: np.linalg.solve(x, U), A)],
    np.linalg.lstsq: [
        (lambda a, b: [y for y in np.linalg.lstsq(a, b) if np.ndim(y)], xs)
        for xs in ((T, A[0]), (T, A), (A, A[1]), (U, B), (T.T, T.T), (T, B))]
    + [(lambda a: np.linalg.lstsq(a, A[0], rcond=-1)[0], T),
       (lambda b: np.linalg.lstsq(T, b)[1], A[0])],
    np.linalg.cholesky: [(lambda x: np.linalg.cholesky(definite(x)), a) for a in ALL]
    + [(lambda x: np.linalg.cholesky(definite(x), upper=True), a) for a in (A, B)]
    + [(lambda x: np.linalg.cholesky(np.tril(x) + 2 * np.eye(3)), A),
       (lambda x: np.linalg.cholesky(np.triu(x) + 2 * np.eye(3), upper=True), B)],
    np.linalg.eigh: [(lambda x: phaseless(*np.linalg.eigh(even(x))), a) for a in ALL]
    + [(lambda x: eigensystem(*np.linalg.eigh(even(x), "U")), a) for a in ALL]
    + [(lambda x: eigensystem(*np.linalg.eigh(np.tril(x))), B),
       (lambda x: np.linalg.eigh(np.triu(x), UPLO="U").eigenvectors ** 2, A)],
    np.linalg.eigvalsh: [(lambda x: np.linalg.eigvalsh(even(x)), a) for a in ALL]
    + [(lambda x: np.linalg.eigvalsh(np.triu(x), "U"), B)],
    np.linalg.eig: [(lambda x: eigensystem(*np.linalg.eig(x)), a) for a in (A, B, N, S)],
    np.linalg.eigvals: [(np.linalg.eigvals, a) for a in (A, B, S)],
    np.linalg.svd: [(lambda x: rebuilt(*np.linalg.svd(x, full_matrices=False)), a)
                    for a in (*ALL, T, U, T.T, U.T, C)]
    + [(lambda x: first_columns(*np.linalg.svd(x)), a) for a in (T, U, A, B)]
    + [(lambda x: np.linalg.svd(x, compute_uv=False), a) for a in (*ALL, T.T)]
    + [(lambda x: rebuilt(*np.linalg.svd(even(x), hermitian=True)), a) for a in (A, B, M)]
    + [(lambda x: np.linalg.svd(even(x), compute_uv=False, hermitian=True), B),
       (lambda x: np.abs(np.linalg.svd(x).U), T)],
    np.linalg.svdvals: [(np.linalg.svdvals, a) for a in (A, U, C)],
    np.linalg.qr: [(np.linalg.qr, a) for a in (*ALL, T, U, T.T, U.T, C, C.transpose(0, 2, 1))]
    + [(lambda x: np.linalg.qr(x, "r"), a) for a in (A, U, T.T)]
    + [(lambda x: projected(*np.linalg.qr(x, mode="complete")), a) for a in (A[:, :1], U, B)]
    + [(lambda x: np.linalg.qr(x, "complete").Q ** 2, T)],
    np.linalg.norm: [(np.linalg.norm, a) for a in (X, B, C)]
    + [(lambda x, p=p: np.linalg.norm(x, p, axis=0, keepdims=True), a)
       for p in (0, 0.5, 1, 2, 3, -1, np.inf, -np.inf) for a in (X, B)]
    + [(lambda x, p=p: np.linalg.norm(x, p), a)
       for p in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf) for a in (X, B)]
    + [(lambda x, p=p: np.linalg.norm(x, p, axis=(2, 0), keepdims=True), C)
       for p in ("nuc", 2, 1, np.inf)]
    + [(lambda x: np.linalg.norm(x, axis=(0, 2)), C), (lambda x: np.linalg.norm(x, -2, (1, 2)), M),
       (lambda x: np.linalg.norm(x, 2), V),
       (lambda x: np.linalg.norm(x, keepdims=True), C)],
    np.linalg.matrix_norm: [(np.linalg.matrix_norm, C),
                            (lambda x: np.linalg.matrix_norm(x, ord="nuc", keepdims=True), N)],
    np.linalg.vector_norm: [(np.linalg.vector_norm, C),
                            (lambda x: np.linalg.vector_norm(x, axis=(0, 2), ord=3), C),
                            (lambda x: np.linalg.vector_norm(x, ord=1, keepdims=True), B),
                            (lambda x: np.linalg.vector_norm(x, axis=1, ord=np.inf), X)],
    # which is complex of complex matrices in older NumPy
    np.linalg.cond: [(lambda x, p=p: np.real(np.linalg.cond(x, p)), a)
                     for p in (None, 2, -2, "fro", "nuc", 1, -np.inf) for a in (A, N)]
    + [(np.linalg.cond, T)],
    np.linalg.matrix_rank: [(np.linalg.matrix_rank, A), (np.linalg.matrix_rank, N),
                            (lambda x: np.linalg.matrix_rank(x, tol=2.0, hermitian=True), M[1]),
                            (lambda x: np.linalg.matrix_rank(x, rtol=0.5), A),
                            (np.linalg.matrix_rank, V)],
    np.linalg.matrix_power: [(lambda x, n=n: np.linalg.matrix_power(x, n), a)
                             for n in (-3, -1, 0, 1, 2, 3, 6) for a in (A / 2, N / 2)],
    np.linalg.multi_dot: [(lambda x: np.linalg.multi_dot([x, W.T]), X),
                          (lambda x: np.linalg.multi_dot([x, W.T, x, W.T, S]), X),
                          (lambda x: np.linalg.multi_dot([x[0], W.T, x, x[1]]), X),
                          (lambda x: np.linalg.multi_dot((x, B, T)), B)],
    np.linalg.tensorinv: [
        (lambda x: np.linalg.tensorinv(np.reshape(x, (2, 2, 4)) + np.eye(4).reshape(2, 2, 4)),
         C[0, 0] * C[1, :, :1].T[:, :1] + np.arange(16.0).reshape(4, 4) % 3),
        (lambda x: np.linalg.tensorinv(np.reshape(x, (3, 3)), ind=1), B)],
    np.linalg.tensorsolve: [
        (lambda x: np.linalg.tensorsolve(np.reshape(x, (3, 3)), x[0]), B),
        (lambda x: np.linalg.tensorsolve(
            np.reshape(x, (2, 3, 6)) + np.eye(6).reshape(2, 3, 6), X), np.cos(np.arange(36.0)) / 4),
        (lambda x: np.linalg.tensorsolve(
            np.reshape(x, (6, 2, 3)) + np.eye(6).reshape(6, 2, 3), X, axes=(0,)),
         np.cos(np.arange(36.0)) / 4)],
    np.linalg.cross: [(lambda x: np.linalg.cross(x, W), X),
                      (lambda x: np.linalg.cross(x, W.T, axis=0), X.T)],
    np.linalg.outer: [(lambda x: np.linalg.outer(x, V), V)],
    np.linalg.matmul: [(lambda x: np.linalg.matmul(x, B), N)],
    np.linalg.tensordot: [(lambda x: np.linalg.tensordot(x, X, axes=([0, 1], [0, 1])), C[:, :, :1]),
                          (lambda x: np.linalg.tensordot(x, X), X)],
    np.linalg.vecdot: [(lambda x: np.linalg.vecdot(x, A), B),
                       (lambda x: np.linalg.vecdot(x, N, axis=1), B)],
    np.linalg.trace: [(np.linalg.trace, N), (lambda x: np.linalg.trace(x, offset=-1), C)],
    np.linalg.diagonal: [(np.linalg.diagonal, N), (lambda x: np.linalg.diagonal(x, offset=1), C)],
    np.linalg.matrix_transpose: [(np.linalg.matrix_transpose, C)],
}  # fmt: skip
