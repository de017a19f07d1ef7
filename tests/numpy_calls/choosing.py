"""Choosing, clipping, taking, functions along axes."""

import numpy as np

from tests.numpy_inputs import MASK, V, W, X

WHICH = np.array([[0, 1, 2], [2, 0, 1]])
CASES = {
    np.where: [(lambda x: np.where(x > 0, x, 0.0), X), (lambda x: np.where(MASK, 1.0, x * x), X),
               (lambda x: np.where(x > 0, 1.0, 2.0), X), (lambda x: np.where(x > 0)[1], X),
               (np.where, X)],
    np.take: [(lambda x: np.take(x, [1, 1, 3]), X), (lambda x: np.take(x, [[0, 2], [2, 2]], 1), X),
              (lambda x: np.take(x, 5, 1, mode="wrap"), X), (lambda x: np.take(x, -1), X),
              (lambda x: np.take(x, [9, -9], mode="clip"), X),
              (lambda x: np.take(x, np.array([], int), 1), X)],
    np.take_along_axis: [(lambda x: np.take_along_axis(x, np.argsort(x, 1), 1), X),
                         (lambda x: np.take_along_axis(x, np.array([[0], [2]]), -1), X),
                         (lambda x: np.take_along_axis(x, np.array([[-1, 0, 1]]), 0), X),
                         (lambda x: np.take_along_axis(x, np.array([5, 1]), None), X)],
    np.compress: [(lambda x: np.compress([True, False, True], x, 1), X),
                  (lambda x: np.compress([0, 1, 1], x), X),
                  (lambda x: np.compress(x[0] > 0, x, axis=-1), X)],
    np.extract: [(lambda x: np.extract(MASK, x), X), (lambda x: np.extract(x > 0, x * x), X)],
    np.choose: [(lambda x: np.choose(WHICH, [x, x * x, W]), X),
                (lambda x: np.choose(WHICH, (x[0], 1.5, x)), X),
                (lambda x: np.choose([0, 1, 1], x), X),
                (lambda x: np.choose(WHICH + 1, [x, W, 0.5], mode="wrap"), X),
                (lambda x: np.choose(WHICH - 1, [x, W, x + 1], mode="clip"), X)],
    np.select: [(lambda x: np.select([x > 0.5, x > 0], [x, x * x], 2.0), X),
                (lambda x: np.select([MASK, x < 0], [W, x[:1]], x), X),
                (lambda x: np.select([MASK], [x]), X)],
    np.trim_zeros: [(lambda x: np.trim_zeros(np.where(x > 0, x, 0.0)), V[1:]),
                    (lambda x: np.trim_zeros(x * np.array([0, 1, 0, 0]), "b"), V),
                    (lambda x: np.trim_zeros(x * np.array([0, 1, 0, 0]), "f"), V),
                    (lambda x: np.trim_zeros(x * 0), V)],
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) >= "2.2.0":
    CASES[np.trim_zeros].append(
        (lambda x: np.trim_zeros(x * np.array([0, 1, 0]), axis=1), X),
    )
