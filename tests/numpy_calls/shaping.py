"""Shapes and order: views, flips, rolls."""

import numpy as np

from tests.numpy_inputs import C, V, X

windows = np.lib.stride_tricks.sliding_window_view
CASES = {
    np.reshape: [(lambda x: np.reshape(x, (3, 2)), X), (lambda x: np.reshape(x, -1), X),
                 (lambda x: np.reshape(x, (3, -1), order="F"), X),
                 (lambda x: np.reshape(x, (4, 6), order="F"), C),
                 (lambda x: np.reshape(x.T, (6,), order="A"), X),
                 (lambda x: np.reshape(x, 0), X[:0])],
    np.ravel: [(np.ravel, X), (lambda x: np.ravel(x, "F"), X), (lambda x: np.ravel(x.T, "A"), X),
               (lambda x: np.ravel(np.transpose(x, (1, 2, 0)), "K"), C)],
    np.transpose: [(np.transpose, X), (lambda x: np.transpose(x, (2, 0, 1)), C),
                   (lambda x: np.transpose(x, axes=[-1, 0, 1]), C)],
    np.swapaxes: [(lambda x: np.swapaxes(x, 0, -1), C)],
    np.moveaxis: [(lambda x: np.moveaxis(x, 0, -1), C),
                  (lambda x: np.moveaxis(x, (0, 1), (2, 0)), C)],
    np.rollaxis: [(lambda x: np.rollaxis(x, 2), C), (lambda x: np.rollaxis(x, 0, 3), C)],
    np.matrix_transpose: [(np.matrix_transpose, C)],
    np.expand_dims: [(lambda x: np.expand_dims(x, 1), X),
                     (lambda x: np.expand_dims(x, (0, -1)), X)],
    np.squeeze: [(lambda x: np.squeeze(x[:, None, :1]), X), (lambda x: np.squeeze(x[:, :1], 1), X)],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (4, 2, 3)), X)],
    np.broadcast_arrays: [(lambda x: np.broadcast_arrays(x, np.ones((2, 1)))[0], X[:1]),
                          (lambda x, y: np.broadcast_arrays(x, y), (X, V[:2, None]))],
    np.atleast_1d: [(np.atleast_1d, np.array(2.0)), (lambda x: np.atleast_1d(x, V), X)],
    np.atleast_2d: [(np.atleast_2d, V), (np.atleast_2d, np.array(2.0))],
    np.atleast_3d: [(np.atleast_3d, V), (np.atleast_3d, X), (np.atleast_3d, np.array(2.0))],
    np.diagonal: [(np.diagonal, X), (lambda x: np.diagonal(x, 1, 2, 0), C)],
    np.diag: [(np.diag, X), (lambda x: np.diag(x, -1), V), (lambda x: np.diag(x, 2), X)],
    np.diagflat: [(np.diagflat, X), (lambda x: np.diagflat(x, -1), V)],
    np.trace: [(np.trace, X), (lambda x: np.trace(x, 1, 1, 2), C)],
    np.flip: [(np.flip, C), (lambda x: np.flip(x, (0, -1)), C)],
    np.flipud: [(np.flipud, X)],
    np.fliplr: [(np.fliplr, X)],
    np.rot90: [(lambda x, k=k: np.rot90(x, k), X) for k in range(-1, 4)]
    + [(lambda x: np.rot90(x, 1, (2, 0)), C)],
    np.roll: [(lambda x: np.roll(x, 2), X), (lambda x: np.roll(x, (1, -1), (0, 1)), X),
              (lambda x: np.roll(x, 1, (0, 1)), X), (lambda x: np.roll(x, (1, 2), 1), X)],
    windows: [(lambda x: np.lib.stride_tricks.sliding_window_view(x, 2), V),
              (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)), X),
              (lambda x: np.lib.stride_tricks.sliding_window_view(x, 3, axis=-1), C)],
    np.shape: [(np.shape, X)],
    np.ndim: [(np.ndim, X)],
    np.size: [(np.size, X), (lambda x: np.size(x, 1), X)],
}  # fmt: skip
