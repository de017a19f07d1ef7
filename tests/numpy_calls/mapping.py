"""Functions applied all over an array."""

import numpy as np

from tests.numpy_inputs import MASK, C, V, X

CASES = {
    np.apply_along_axis: [(lambda x: np.apply_along_axis(np.cumsum, 0, x), X),
                          (lambda x: np.apply_along_axis(np.sum, 1, x), C),
                          (lambda x: np.apply_along_axis(lambda v: v[:2, None] * v, 1, x), C),
                          (lambda x: np.apply_along_axis(lambda v, k: v[k], 0, x, 1), X)],
    np.apply_over_axes: [(lambda x: np.apply_over_axes(np.sum, x, (0, 2)), C),
                         (lambda x: np.apply_over_axes(np.cumsum, x, -1), X)],
    np.piecewise: [(lambda x: np.piecewise(x, [x < 0, x > 0.5], [np.square, np.sin, -1.0]), X),
                   (lambda x: np.piecewise(x, x > 0, [np.exp, lambda t: 3 * t]), V),
                   (lambda x: np.piecewise(x, [MASK], [lambda t, a, b=1: a * t + b], x[0, 0], b=2),
                    X), (lambda x: np.piecewise(x, [x > 0, x <= 0], [x[0, 2], 1.0]), X),
                   (lambda x: np.piecewise(x, [x > 1], [np.sin, np.cos]), np.array(0.3))],
}  # fmt: skip
