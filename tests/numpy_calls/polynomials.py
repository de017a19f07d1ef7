"""Polynomials."""

import numpy as np

from tests.numpy_inputs import V, X

T = np.array([-1.0, -0.2, 0.3, 0.9, 1.6, 2.2])
Y = np.array([0.4, 1.1, -0.3, 0.7, 2.0, 1.2])
WEIGHTS = np.array([1.0, 0.5, 2.0, 1.5, 0.8, 1.1])
Z = np.array([0.7 + 0.4j, -0.3 + 1.1j, 0.2 - 0.5j])
CASES = {
    np.polyval: [(lambda p, x: np.polyval(p, x), (V, X)), (lambda x: np.polyval([2, 0, 1], x), X),
                 (lambda p: np.polyval(p, 0.7), V), (lambda p: np.polyval(p, X), V[:1]),
                 (lambda p: np.polyval(V, p), Z)],
    np.polyadd: [(lambda a, b: np.polyadd(a, b), (V, X[0])), (lambda a: np.polyadd(a, 3), V)],
    np.polysub: [(lambda a, b: np.polysub(a, b), (X[0], V)), (lambda a: np.polysub([1, 2], a), V)],
    np.polymul: [(lambda a, b: np.polymul(a, b), (V, X[0])), (lambda a: np.polymul(2.0, a), V),
                 (lambda a: np.polymul([0, 1, 2], a), V), (lambda a: np.polymul(a, Z), V)],
    np.polydiv: [(lambda a, b: np.polydiv(a, b), (V, X[0, :2])),
                 (lambda a: np.polydiv(a, [2.0, 1.0, 3.0]), V),
                 (lambda a: np.polydiv(a, 2.0)[0], V), (lambda a: np.polydiv([3.0, 1.0], a), V)],
    np.polyder: [(np.polyder, V), (lambda p: np.polyder(p, 2), V), (lambda p: np.polyder(p, 5), V),
                 (lambda p: np.polyder(p, 0), V)],
    np.polyint: [(np.polyint, V), (lambda p: np.polyint(p, 2, [1.0, 2.0]), V),
                 (lambda p: np.polyint(p, 3, k=p[0]), V), (lambda p: np.polyint(p, 0), V),
                 (lambda p, k: np.polyint(p, 2, k), (V, X[0, :2]))],
    np.poly: [(np.poly, V), (np.poly, Z), (lambda z: np.poly([z[0], np.conj(z[0])]), Z)],
    np.roots: [(lambda p: np.sort(np.roots(p)), np.array([1.0, -6.0, 11.0, -5.5])),
               (lambda p: np.roots(p * np.array([0, 1, 1, 0])), V)],
    np.polyfit: [(lambda x, y: np.polyfit(x, y, 2), (T, Y)),
                 (lambda y: np.polyfit(T, y, 1), np.stack([Y, T], 1)),
                 (lambda w: np.polyfit(T, Y, 2, w=w), WEIGHTS),
                 (lambda y: np.polyfit(T, y, 2, full=True)[:2], Y),
                 (lambda x, y: np.polyfit(x, y, 1, cov=True), (T, Y)),
                 (lambda x: np.polyfit(x, Y, 1, cov="unscaled")[1], T)],
}  # fmt: skip
