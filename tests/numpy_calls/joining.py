"""Joining, splitting, repeating, inserting."""

import numpy as np

from tests.numpy_inputs import C, V, W, X

CASES = {
    np.concatenate: [(lambda x: np.concatenate([x, x * x, W]), X),
                     (lambda x: np.concatenate((x, [[1], [2]]), 1), X),
                     (lambda x: np.concatenate([x, W], None), X),
                     (lambda x: np.concatenate([x, x * 1j]), X),
                     (lambda x: np.concatenate([x, W], dtype=np.float64, casting="unsafe"), X),
                     (lambda x, y: np.concatenate(x) + np.concatenate([y, y]), (X, V[:3]))],
    np.stack: [(lambda x: np.stack([x, W]), X), (lambda x: np.stack((x, x), axis=-1), X),
               (lambda x: np.stack([x[0, 0], 1.0, x[1, 1]]), X),
               (lambda x: np.stack([x, W], dtype=complex), X)],
    np.vstack: [(lambda x: np.vstack([x, V, x]), V), (lambda x: np.vstack([x, W]), X)],
    np.hstack: [(lambda x: np.hstack([x, 1.0, V]), V), (lambda x: np.hstack([x, W]), X)],
    np.dstack: [(lambda x: np.dstack([x, W]), X), (lambda x: np.dstack([x, x]), V)],
    np.column_stack: [(lambda x: np.column_stack([x, V]), V),
                      (lambda x: np.column_stack([x, W]), X)],
    np.append: [(lambda x: np.append(x, 3.0), X), (lambda x: np.append(x, W, 1), X)],
    np.block: [(lambda x: np.block([[x, np.zeros((2, 1))], [np.ones((1, 3)), x[0, 0]]]), X),
               (lambda x: np.block([x, 2.0]), V), (lambda x: np.block(x), X),
               (lambda x: np.block([[x], [V]]), V)],
    np.array_split: [(lambda x: np.array_split(x, 3)[1], V),
                     (lambda x: np.array_split(x, 2, 1)[0], X),
                     (lambda x: np.array_split(x, [3, 1])[2], V)],
    np.split: [(lambda x: np.split(x, 2)[1], V), (lambda x: np.split(x, [1, 2], 1)[2], X),
               (lambda x: np.split(x, np.array([1])), V)],
    np.vsplit: [(lambda x: np.vsplit(x, 2)[0], X)],
    np.hsplit: [(lambda x: np.hsplit(x, 2)[0], V)],
    np.dsplit: [(lambda x: np.dsplit(x, 2)[1], C)],
    np.tile: [(lambda x: np.tile(x, 2), X), (lambda x: np.tile(x, (2, 1, 3)), X),
              (lambda x: np.tile(x, 1), X), (lambda x: np.tile(x, (0, 2)), X)],
    np.repeat: [(lambda x: np.repeat(x, 2), X), (lambda x: np.repeat(x, [1, 0, 2], 1), X),
                (lambda x: np.repeat(x, 0), V)],
    np.resize: [(lambda x: np.resize(x, (2, 5)), X), (lambda x: np.resize(x, 2), X),
                (lambda x: np.resize(x, (3,)), X[:0])],
    np.delete: [(lambda x: np.delete(x, 1, 0), X), (lambda x: np.delete(x, [0, -1], 1), X),
                (lambda x: np.delete(x, slice(None, None, 2)), X),
                (lambda x: np.delete(x, [True, False, True], 1), X)],
    np.insert: [(lambda x: np.insert(x, 1, 5.0, axis=0), X),
                (lambda x: np.insert(x, 1, x[:, 0], axis=1), X),
                (lambda x: np.insert(x, [1], [[1.0], [2.0]], axis=1), X),
                (lambda x: np.insert(x, [3, 1, 1], [7.0, 8.0, 9.0]), X),
                (lambda x: np.insert(x, [2, 2], x[:2] * x[1]), V),
                (lambda x: np.insert(x, slice(0, 2), 1.5, axis=1), X),
                (lambda x: np.insert(x, -1, x[1:]), V),
                (lambda x: np.insert(x, [], []), V),
                (lambda x, y: np.insert(x, 2, y), (V, np.array(0.3)))],
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # before, a mask counts as numbers
    CASES[np.insert].append((lambda x: np.insert(x, np.array([True, False, True, False]), 2.0), V))
if hasattr(np, "unstack"):
    CASES[np.unstack] = [(np.unstack, X), (lambda x: np.unstack(x, axis=-1)[2], C)]
