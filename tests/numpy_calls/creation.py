"""Arrays made from values and like others."""

import numpy as np

from tests.numpy_inputs import C, V, X

A, B, Z = np.array(0.7), np.array(2.9), np.array([0.7 + 0.4j, -0.3 + 1.1j])
CASES = {
    np.copy: [(np.copy, X)],
    np.tril: [(np.tril, X), (lambda x: np.tril(x, 1), C), (np.tril, V)],
    np.triu: [(np.triu, X), (lambda x: np.triu(x, -1), C)],
    np.zeros_like: [(np.zeros_like, X), (lambda x: np.zeros_like(x, shape=3), X)],
    np.ones_like: [(lambda x: np.ones_like(x, dtype=int), X)],
    np.empty_like: [(lambda x: np.empty_like(x) * 0, X)],
    np.full_like: [(lambda x: np.full_like(x, 3.0), X), (lambda x: np.full_like(x, x[0, 1]), X),
                   (lambda x: np.full_like(x, x[0], shape=(4, 3)), X)],
    np.linspace: [(lambda a, b: np.linspace(a, b, 5), (A, B)), (lambda a: np.linspace(a, 4), A),
                  (lambda a, b: np.linspace(a, b, 4, endpoint=False), (A, B)),
                  (lambda a, b: np.linspace(a, b, 3, retstep=True), (A, B)),
                  (lambda a: np.linspace(1, a, 3, axis=1), X),
                  (lambda a, b: np.linspace(a, b, 3, axis=-1), (X, X[0] + 1)),
                  (lambda a, b: np.linspace(a, b, 1), (A, B)),
                  (lambda a: np.linspace(a, 2, 0), A), (lambda a: np.linspace(0, a, 4), Z),
                  (lambda a: np.linspace(a, 7.5, 4, dtype=int), A)],
    np.logspace: [(lambda a, b: np.logspace(a, b, 5), (A, B)),
                  (lambda a, b: np.logspace(a, 3.0, 4, False, base=b), (A, B)),
                  (lambda x: np.logspace(0.1, x, 3, axis=1), X),
                  (lambda x: np.logspace(x[0], 0.5, 3, base=np.array([2.0, 3.0, 0.5])), X)],
    np.geomspace: [(lambda a, b: np.geomspace(a, b, 5), (A, B)),
                   (lambda a: np.geomspace(a, 8, 3, endpoint=False), A),
                   (lambda a: np.geomspace(-a, -4.0, 4), A),
                   (lambda x: np.geomspace(x, 2.0, 3, axis=-1), np.abs(X)),
                   (lambda z: np.geomspace(1.0 + 0j, z, 4), Z)],
    np.vander: [(np.vander, V), (lambda x: np.vander(x, 3, increasing=True), V),
                (lambda x: np.vander(x, 0), V), (np.vander, np.array([0.0, 1.2, -0.5]))],
    np.meshgrid: [(lambda x, y: np.meshgrid(x, y), (V, X[0])),
                  (lambda x, y: np.meshgrid(x, y, X[1], sparse=True), (V, X[0])),
                  (lambda x: np.meshgrid(x, 2.0, indexing="ij", copy=False), V),
                  (lambda x: np.meshgrid(x), V)],
}  # fmt: skip
CASES[np.ix_] = [(np.ix_, (V, X[0])), (lambda x: np.ix_(x, [0, 2], [True, False, True]), V),
                 (lambda x: np.add(*np.ix_(x, x[:2])), V)]  # fmt: skip
if hasattr(np, "astype"):
    CASES[np.astype] = [(lambda x: np.astype(x, np.float64), X)]
