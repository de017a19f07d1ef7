"""Differences, slopes, areas, interpolation, convolution."""

import warnings

import numpy as np

from tests.numpy_inputs import C, V, X

AT = np.array([[0.2, 1.7], [2.9, -0.4], [3.6, 1.1]])
XP = np.array([0.1, 1.0, 2.2, 3.0])
PLACES = np.array([0.0, 0.4, 1.5, 1.9])
ANGLES = np.array([0.1, 3.0, 6.1, 0.4, 3.3, -3.2])
Z = np.array([0.4 + 1j, -0.2 - 1j, 0.4 - 0.3j, 1.5 + 0j])
SHORT = np.array([0.7, -1.1, 0.4])
view = np.lib.stride_tricks.sliding_window_view

CASES = {
    np.diff: [(np.diff, X), (lambda x: np.diff(x, 2, axis=0, append=9.0), X),
              (lambda x: np.diff(x, prepend=x[:, :1]), X), (lambda x: np.diff(x, 0), X),
              (lambda x, y: np.diff(x, 1, 0, y), (X, np.array(0.4))), (np.diff, Z),
              (lambda x: np.diff(x > 0), X)],
    np.ediff1d: [(np.ediff1d, X), (lambda x: np.ediff1d(x, [3.0, 4.0], 1.0), V),
                 (lambda x, y: np.ediff1d(x, to_begin=y), (V, X))],
    np.gradient: [(np.gradient, X), (np.gradient, V), (lambda x: np.gradient(x, 0.5), X),
                  (lambda x: np.gradient(x, edge_order=2), V),
                  (lambda x: np.gradient(x, PLACES, edge_order=2), V),
                  (lambda x, h: np.gradient(x, h, edge_order=2), (V, PLACES)),
                  (lambda x, h: np.gradient(x, h), (V, PLACES)),
                  (lambda x, h: np.gradient(x, h, edge_order=2), (V, np.array(0.7))),
                  (lambda x: np.gradient(x, PLACES, axis=2), C),
                  (lambda x: np.gradient(x, 2.0, PLACES, axis=(1, 2)), C),
                  (lambda x: np.gradient(x, np.arange(3.0) * 2, axis=-2, edge_order=2), C),
                  (np.gradient, Z)],
    np.trapezoid: [(np.trapezoid, X), (lambda x: np.trapezoid(x, dx=0.3, axis=0), X),
                   (lambda y, x: np.trapezoid(y, x), (C, PLACES)),
                   (lambda y, x: np.trapezoid(y, x, axis=0), (X, X[::-1] ** 2)),
                   (lambda y, x: np.trapezoid(y, x, axis=1), (C, SHORT)),
                   (lambda y, h: np.trapezoid(y, dx=h), (V, np.array(0.2)))],
    np.interp: [(lambda x: np.interp(x, XP, V), AT), (lambda f: np.interp(AT, XP, f), V),
                (lambda x, xp, fp: np.interp(x, xp, fp), (AT, XP, V)),
                (lambda x, xp, fp, a, b: np.interp(x, xp, fp, a, b),
                 (AT, XP, V, np.array(5.0), np.array(-2.0))),
                (lambda x, xp, fp: np.interp(x, xp, fp, period=2.5), (AT, XP, V)),
                (lambda x, p: np.interp(x, XP, V, period=p), (AT, np.array(2.5))),
                (lambda x: np.interp(x, XP, Z), AT), (lambda f: np.interp(AT, XP, f), Z),
                (lambda x: np.interp(x, XP, V, left=-1.0), np.array(0.7)),
                (lambda f: np.interp([0.5, 2.0, 3.0], [2.0], f), V[:1])],
    np.unwrap: [(np.unwrap, ANGLES), (lambda x: np.unwrap(x, axis=0), C * 9),
                (lambda x: np.unwrap(x, 4.0, period=3.0), ANGLES)],
    np.convolve: [(np.convolve, (V, SHORT))]
    + [(lambda a, b, m=m: np.convolve(a, b, m), pair) for m in ("full", "same", "valid")
       for pair in ((V, SHORT), (SHORT, V), (V, V[:2]), (V[:2], V), (Z, V), (V, V))]
    + [(lambda b: np.convolve([1, 2, 3], b, "same"), V)],
    np.correlate: [(np.correlate, (V, SHORT))]
    + [(lambda a, b, m=m: np.correlate(a, b, m), pair) for m in ("full", "same", "valid")
       for pair in ((V, SHORT), (SHORT, V), (V, V[:2]), (V[:2], V), (V[:1], V), (Z, V), (V, Z),
                    (Z, Z[:2] * 1j))],
    view: [(lambda x: view(x, 2), V), (lambda x: view(x, (2, 2)), X),
           (lambda x: view(x, 3, axis=-1), C), (lambda x: view(x, (2, 2), axis=(2, 2)), C)],
}  # fmt: skip


def trapz(y, x):
    with warnings.catch_warnings():  # NumPy's, that `trapezoid` is its new name
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.trapz(y, x, axis=1)  # noqa: NPY201


if hasattr(np, "trapz"):  # NumPy before 2.4
    CASES[np.trapz] = [(trapz, (C, SHORT))]  # noqa: NPY201
