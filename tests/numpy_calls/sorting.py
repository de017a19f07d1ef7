"""Sorting, and what is found by it."""

import numpy as np

from tests.numpy_inputs import C, V, X

TIES = np.array([0.5, -1.0, 0.5, 2.0, -1.0, 0.5])
Z = np.array([0.4 + 1j, -0.2 - 1j, 0.6 - 0.3j, 1.5 + 0j])

CASES = {
    np.sort: [(np.sort, X), (lambda x: np.sort(x, 0), X), (lambda x: np.sort(x, None), X),
              (np.sort, Z), (lambda x: np.sort(x, 1, "stable"), C),
              (lambda x: np.sort(x, 1, kind="heapsort"), C),
              (lambda x: np.sort(x, stable=True), C)],
    np.partition: [(lambda x: np.partition(x, 2), V), (lambda x: np.partition(x, (0, 2), 1), X),
                   (lambda x: np.partition(x, -1, axis=0), X),
                   (lambda x: np.partition(x, 3, axis=None)[3], X)],
    np.sort_complex: [(np.sort_complex, Z), (np.sort_complex, V)],
    np.unique: [(np.unique, X), (lambda x: np.unique(x, True, True, True), TIES[:1]),
                (lambda x: np.unique(x, axis=0), X), (np.unique, Z),
                (lambda x: np.unique(np.repeat(x, 2), return_counts=True), V),
                (lambda x: np.unique(x, return_inverse=True, axis=1), X)],
    np.unique_values: [(np.unique_values, V)],
    np.unique_all: [(np.unique_all, V)],
    np.unique_counts: [(np.unique_counts, V)],
    np.unique_inverse: [(np.unique_inverse, X)],
    np.union1d: [(np.union1d, (X, V)), (lambda x: np.union1d(x, x[:2]), V)],
    np.intersect1d: [(lambda x: np.intersect1d(x, x[1:]), V), (lambda x: np.intersect1d(x, X), V),
                     (lambda x: np.intersect1d(x, np.flip(x), True, True), V)],
    np.setdiff1d: [(lambda x: np.setdiff1d(x, x[1:3]), V), (np.setdiff1d, (V, X)),
                   (lambda x: np.setdiff1d(x, x[2:], assume_unique=True), V)],
    np.setxor1d: [(lambda x: np.setxor1d(x, x[1:3]), V), (np.setxor1d, (X, V)),
                  (lambda x: np.setxor1d(x, x[:1], assume_unique=True), V)],
    np.argsort: [(np.argsort, X), (lambda x: np.argsort(x, None, kind="stable"), X)],
    np.argpartition: [(lambda x: np.argpartition(x, 1), V)],
    np.lexsort: [(lambda x, y: np.lexsort((x, y)), (V, -V))],
    np.searchsorted: [(lambda x: np.searchsorted(np.sort(x), 0.5), V),
                      (lambda x: np.searchsorted([0.0, 1.0], x, side="right"), X)],
    np.digitize: [(lambda x: np.digitize(x, [0.0, 1.0]), X)],
}  # fmt: skip
