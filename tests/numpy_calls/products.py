"""Products of vectors, matrices and tensors."""

import numpy as np

from tests.numpy_inputs import C, S, V, W, X

Z = X + 1j * W
D = C[:, :, :3] - 1j * C[:, ::-1, 1:]

CASES = {
    np.dot: [(lambda x: np.dot(x, S), X.T), (lambda x: np.dot(2.0, x), X),
             (lambda x: np.dot(x, x), V), (lambda x: np.dot(x, C), X),
             (lambda x: np.dot(C, x), V), (lambda x: np.dot(X[0], x), C), (np.dot, (Z, X.T)),
             (lambda x: np.dot(x, 2.0j), X)],
    np.inner: [(lambda x: np.inner(x, W), X), (lambda x: np.inner(3.0, x), V),
               (lambda x: np.inner(x, V), C), (np.inner, (Z, W))],
    np.outer: [(lambda x: np.outer(x, W), V), (lambda x: np.outer(x, x), X), (np.outer, (Z, V))],
    np.vdot: [(lambda x: np.vdot(x, W), X), (np.vdot, (Z, W)), (np.vdot, (X, Z)),
              (lambda x: np.vdot(x, x), Z)],
    np.kron: [(lambda x: np.kron(x, S), X), (lambda x: np.kron(V, x), X), (np.kron, (Z, C[0])),
              (lambda x: np.kron(x, C), V)],
    np.cross: [(np.cross, (X, W)), (np.cross, (Z, W)), (lambda x: np.cross(x, C[0].T), X[0]),
               (lambda x: np.cross(x, W.T, axisa=1, axisb=0, axisc=0), X),
               (lambda x: np.cross(x, W.T, axis=0), X.T),
               (lambda x: np.cross(x[:, None], C.transpose(0, 2, 1)), X)],
    np.tensordot: [(lambda x: np.tensordot(x, C, ((0, 1), (0, 1))), X),
                   (lambda x: np.tensordot(x, V, 0), X), (lambda x: np.tensordot(a=x, b=x), X),
                   (lambda x: np.tensordot(x, C, (1, -2)), X),
                   (lambda x, y: np.tensordot(x, y, axes=[[1], [1]]), (Z, D))],
    np.einsum: [(lambda x, s=s: np.einsum(s, x), a) for s, a in (
        ("ii", S), ("ii->i", S), ("ij->ji", X), ("ij->", X), ("ijk->kj", C), ("...j->j...", C),
        ("ji", X), ("i...", C), ("ij...->...", D), ("iij->ij", C[:, :2]))]
    + [(lambda x, s=s, b=b: np.einsum(s, x, b), a) for s, a, b in (
        ("ij,jk->ik", X, X.T), ("ij,kj", X, W), ("ij,ij->i", X, W), ("i,j->ij", V, V),
        ("...ij,...j->...i", C, V), ("ij,ik->", X, W), ("ijk,ij->k", C, X), ("ii,jj->ij", S, S),
        ("ijk, ijl -> ikl", C, C), ("ij,ij", X[:1], W), ("...,...", C, V), ("bA,Ac", X, X.T),
        ("...i,i...->...", X, X.T[:, 0]), (",ij", np.array(2.0), X), ("ij,kj->ik", Z, W))]
    + [(lambda x: np.einsum("ij,jk,kl->il", x, X.T, x), X),
       (lambda x: np.einsum(x, [0, 1], W, [0, 1], [1]), X),
       (lambda x: np.einsum(x, [0, 27, Ellipsis], W, [0, 27]), C),
       (lambda x: np.einsum(x, [Ellipsis, 1], [1, Ellipsis]), C),
       (lambda x: np.einsum("bn,anm,bm->ba", V[None], np.ones((2, 4, 3)), x), X[:1]),
       (lambda x: np.einsum("ij,jk,kl,lm->im", x, X.T, x, X.T, optimize=True), X),
       (lambda x: np.einsum("ij,kj,kl->il", x, W, X, optimize="greedy"), X),
       (lambda x: np.einsum("i,i,i->i", x, x, V, optimize=["einsum_path", (0, 2), (0, 1)]), V),
       (lambda x: np.einsum("ij,jk->ik", x, X.T, dtype=np.complex128), X),
       (lambda x: np.einsum("a...b,b...->a...", x, D.transpose(2, 0, 1)[:, :, :1]), Z)],
}  # fmt: skip
A, N = Z @ X.T, np.stack([Z, 1j * W])
CASES |= {
    np.matmul: [(np.matmul, (X, C)), (np.matmul, (N, V[:3])), (np.matmul, (X[0], N[0].T)),
                (np.matmul, (V, V)), (lambda x: np.matmul(x, W, axes=[(1, 0), (0, 1), (1, 0)]), X),
                (lambda x: np.matmul(x, A, dtype=np.complex128), X.T)],
    np.vecdot: [(np.vecdot, (Z, N)), (np.vecdot, (X, W)),
                (lambda x: np.vecdot(x, W, axis=0, keepdims=True), Z),
                (lambda x: np.vecdot(x, X, axes=[(1,), (1,)]), Z)],
}  # fmt: skip
if hasattr(np, "matvec"):
    CASES |= {
        np.matvec: [(np.matvec, (N, Z[0])), (lambda x: np.matvec(C, x, axes=[(2, 1), 0, 0]), X.T)],
        np.vecmat: [(np.vecmat, (Z[:, 0], N)), (np.vecmat, (X, X.T))],
    }
