"""Functions that write into their argument: here, into one that is traced."""

import numpy as np

from tests.numpy_inputs import MASK, C, V, W, X


def put(write, x, *args, **settings):
    """What a copy of `x` holds after a function wrote into it."""
    y = x * 2
    write(y, *args, **settings)
    return y * y


CASES = {
    np.put: [(lambda x: put(np.put, x, [0, 4], x[0, :2] * 3), X),
             (lambda x: put(np.put, x, [[1, -1], [2, 0]], [7.0, x[0, 0]]), X),
             (lambda x: put(np.put, x, [7, -8], x[1], mode="wrap"), X),
             (lambda x: put(np.put, x, [99, -8], x[1], mode="clip"), X),
             (lambda x: put(np.put, x, [1, 1], x[1, :2]), X),
             (lambda x: put(np.put, x.T, 1, 5.0), X), (lambda x: put(np.put, x, [], []), X)],
    np.place: [(lambda x: put(np.place, x, MASK, x[0]), X),
               (lambda x: put(np.place, x, x > 0, [1.0, 2.0]), X),
               (lambda x: put(np.place, x, x > 9, []), X)],
    np.putmask: [(lambda x: put(np.putmask, x, MASK, x * x), X),
                 (lambda x: put(np.putmask, x, x > 0, [1.0, 2.0]), X),
                 (lambda x: put(np.putmask, x, x < 0, x[0]), X)],
    np.copyto: [(lambda x: put(np.copyto, x, x[0]), X), (lambda x: put(np.copyto, x, 2.5), X),
                (lambda x: put(np.copyto, x, x * x, where=MASK), X),
                (lambda x: put(np.copyto, x, x[0, 0], where=x > 0), X),
                (lambda x, y: put(np.copyto, x, y, where=[True, False, True]), (X, W[0]))],
    np.fill_diagonal: [(lambda x: put(np.fill_diagonal, x, x[0, 2]), X),
                       (lambda x: put(np.fill_diagonal, x, [1.0, 2.0]), X),
                       (lambda x: put(np.fill_diagonal, x, x[0], wrap=True), C.reshape(12, 2)),
                       (lambda x: put(np.fill_diagonal, x, x[0, 0, 0]), C[:, :2, :2])],
    np.put_along_axis: [
        (lambda x: put(np.put_along_axis, x, np.argmax(x, 1, keepdims=True), x[0, 0], 1), X),
        (lambda x: put(np.put_along_axis, x, np.array([[1, 0, 1]]), x[:1] * 5, 0), X),
        (lambda x: put(np.put_along_axis, x, np.array([3, 1]), x[:2], None), V),
        (lambda x: put(np.put_along_axis, x, np.array([[1, 1], [0, 2]]), [[1.0, 2.0]], 1), X),
    ],
}  # fmt: skip
