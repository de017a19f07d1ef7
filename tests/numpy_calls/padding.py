"""Padding, in all modes."""

import numpy as np

from tests.numpy_inputs import C, V, X


def edges(vector, width, axis, settings):
    """A mode given as a function: it writes into the ends of each vector."""
    vector[: width[0]] = settings["scale"] * vector[width[0]]
    if width[1]:
        vector[-width[1] :] = vector[-width[1] - 1] ** 2


CASES = {
    np.pad: [(lambda x: np.pad(x, 1), X), (lambda x: np.pad(x, ((0, 2), (1, 0))), X),
             (lambda x: np.pad(x, 1, constant_values=4.0), X),
             (lambda x: np.pad(x, (1, 2), constant_values=((1, 2), (3, 4))), X),
             (lambda x: np.pad(x, 1, constant_values=x[0, 1]), X),
             (lambda x: np.pad(x, (1, 0), constant_values=((x[0, 0], 1.0), (x[0, 1], 2.0))), X),
             (lambda x: np.pad(x, ((2, 1), (0, 3)), "linear_ramp"), X),
             (lambda x: np.pad(x, 3, "linear_ramp", end_values=(x[2], 1.5)), V),
             (lambda x: np.pad(x, 1, "maximum"), X),
             (lambda x: np.pad(x, (1, 2), "minimum", stat_length=2), V),
             (lambda x: np.pad(x, 2, "mean"), C),
             (lambda x: np.pad(x, 2, "mean", stat_length=((1, 2), (2, 3))), X),
             (lambda x: np.pad(x, (2, 1), "median", stat_length=3), V),
             (lambda x: np.pad(x, (1, 2), "edge"), C), (lambda x: np.pad(x, 1, mode="wrap"), C),
             (lambda x: np.pad(x, 7, mode="wrap"), X),
             (lambda x: np.pad(x, (1, 2), "symmetric"), C),
             (lambda x: np.pad(x, (5, 9), "symmetric", reflect_type="odd"), V),
             (lambda x: np.pad(x, 1, "reflect"), X), (lambda x: np.pad(x, 3, "reflect"), X[:1]),
             (lambda x: np.pad(x, (4, 7), "reflect", reflect_type="odd"), X),
             (lambda x: np.pad(x, 1, "empty")[1:-1, 1:-1], X),
             (lambda x: np.pad(x, 2, edges, scale=3.0), X),
             (lambda x: np.pad(x, (1, 0), edges, scale=x[0]), V),
             (lambda x: np.pad(x, 0, "mean"), X), (lambda x: np.pad(x, 2), X[:0]),
             (lambda x: np.pad(x, ((0, 0), (1, 1)), "edge"), X[:0])],
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
    CASES[np.pad].append((lambda x: np.pad(x, {-1: (1, 2)}, constant_values=1.0), X))
