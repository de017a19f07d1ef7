"""All ufuncs with a derivative, their keywords and methods; elementwise functions beside them."""

import numpy as np

from tests.numpy_inputs import MASK, C, P, V, W, X

Z = X + 1j * W  # off the axes, on which the branch cuts lie
Y = np.array([[1.31, 0.83, 2.47], [0.67, 1.13, 1.79]])  # positive, and no ratio is whole
ODD = np.array([[np.nan, 1.5, -np.inf], [np.inf, np.nan, -0.3]])
ROWS = ([0, 1, 0, 1], [2, 0, 2, 2])  # an index that names elements again
B = np.array([1.2, 0.3, 0.7, 1.9])

ANYWHERE = (
    np.exp, np.exp2, np.expm1, np.sin, np.cos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.square, np.reciprocal, np.negative, np.positive, np.absolute, np.sign,
)  # fmt: skip
INSIDE = (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.tan, np.arcsin, np.arccos, np.arctanh)
REAL = (
    np.cbrt, np.fabs, np.deg2rad, np.rad2deg, np.radians, np.degrees, np.floor, np.ceil, np.trunc,
    np.rint, np.spacing, np.signbit, np.isnan, np.isinf, np.isfinite,
)  # fmt: skip
PAIRS = (np.add, np.subtract, np.multiply, np.divide)
REAL_PAIRS = (
    np.maximum, np.minimum, np.fmax, np.fmin, np.remainder, np.fmod, np.floor_divide, np.arctan2,
    np.hypot, np.logaddexp, np.logaddexp2, np.copysign, np.nextafter, np.heaviside,
)  # fmt: skip
POWERS = (np.power, np.float_power)
COMPARED = (
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.logical_and,
    np.logical_or, np.logical_xor,
)  # fmt: skip
ONE_AXIS = (np.subtract, np.divide, np.fmod)  # NumPy's own reduce of power and arctan2 is wrong
MANY_AXES = (
    np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2,
    np.hypot,
)  # fmt: skip


def written(ufunc, x):
    """`ufunc.at` in place of a copy, where it names elements more than once."""
    y = x * 1.0
    ufunc.at(y, ROWS, *[B] * (ufunc.nin - 1))
    return y


def filled(ufunc, x):
    """`ufunc.at` that writes what is traced into a constant."""
    y = np.ones_like(x)
    ufunc.at(y, [0, 1, 0], x[0])
    return y


def masked(ufunc, x):
    """A call with where= and out=."""
    y = x * 2.0
    return ufunc(*[x] * ufunc.nin, out=y, where=MASK)


def both(x, ufunc):
    """Both results of a ufunc that has two, in one."""
    a, b = ufunc(*x) if isinstance(x, tuple) else ufunc(x)
    return a + 2.0 * b


CASES = {
    **{f: [(f, X), (f, Z), (lambda x, f=f: masked(f, x), X)] for f in ANYWHERE},
    **{f: [(f, P), (f, Z)] for f in INSIDE},
    **{f: [(f, X)] for f in REAL},
    **{f: [(f, (X, Y)), (lambda x, f=f: f(1.5, x), Y), (f, (Z, W + 1j)),
           (lambda x, f=f: f.outer(V, x), Y),
           (lambda x, f=f: f(x, W, dtype="f8", order="C", subok=False), Y)] for f in PAIRS},
    **{f: [(f, (X, Y)), (lambda x, f=f: f(W[0], x), Y), (lambda x, f=f: f(x, 0.37), Y),
           (lambda x, f=f: f.outer(x, V), Y)] for f in REAL_PAIRS},
    **{f: [(f, (Y, X)), (lambda x, f=f: f(2.0, x), X), (f, (Z, W + 1j)),
           (lambda x, f=f: f(x, 3), X),
           (lambda x, f=f: f(x, -1.5), Y), (lambda x, f=f: f(x, [2.0, 3.0, 0.0]), X)]
       for f in POWERS},
    **{f: [(lambda x, f=f: f(x, W), X)] for f in COMPARED},
    np.arccosh: [(np.arccosh, Y + 1.0), (np.arccosh, Z)],
    np.logical_not: [(np.logical_not, X)],
    np.conjugate: [(np.conjugate, Z), (np.conjugate, X)],
    np.ldexp: [(lambda x: np.ldexp(x, [1, 0, -2]), X), (lambda x: np.ldexp(x, 3), X)],
    np.frexp: [(lambda x: np.frexp(x)[0], X), (np.frexp, X)],
    np.modf: [(lambda x: both(x, np.modf), X), (np.modf, X * 3)],
    np.divmod: [(lambda x, y: both((x, y), np.divmod), (X, Y)), (lambda x: np.divmod(7.0, x), Y)],
}  # fmt: skip
for f in MANY_AXES:
    CASES[f] += [
        (lambda x, f=f: f.reduce(x), Y),
        (lambda x, f=f: f.reduce(x, axis=(0, 2), keepdims=True), C + 1.1),
        (lambda x, f=f: f.reduce(x, None, initial=0.7), Y),
        (lambda x, f=f: f.reduce(x, 1, where=MASK, initial=1.3), Y),
        (lambda x, f=f: f.reduce(x, 1, dtype=np.float64, keepdims=True), Y),
    ]  # fmt: skip
for f in ONE_AXIS:
    CASES[f] += [
        (lambda x, f=f: f.reduce(x), Y), (lambda x, f=f: f.reduce(x, -1, keepdims=True), Y),
        (lambda x, f=f: f.reduce(x, 1, initial=9.1, where=MASK), Y),
    ]  # fmt: skip
for f in (*MANY_AXES, *ONE_AXIS):
    CASES[f] += [
        (lambda x, f=f: f.accumulate(x), Y), (lambda x, f=f: f.accumulate(x, axis=-1), Y),
        (lambda x, f=f: f.reduceat(x, [0, 2], axis=1), Y),
        (lambda x, f=f: f.reduceat(x, [2, 0, 2, 1], -1), Y),
        (lambda x, f=f: written(f, x), Y), (lambda x, f=f: filled(f, x), Y),
    ]  # fmt: skip
CASES[np.power] += [(lambda x: np.power.accumulate(x), Y), (lambda x: written(np.power, x), Y)]
CASES[np.negative] += [(lambda x: written(np.negative, x), X)]
CASES[np.add] += [(lambda x: np.add.reduce(x), Z), (lambda x: np.add.reduce(x, 0), V)]
CASES[np.multiply] += [
    (lambda x: np.multiply.reduce(x), Z),
    (lambda x: np.multiply.accumulate(x), Z),
]
CASES[np.logical_xor] += [(lambda x: np.logical_xor.reduce(x), X * MASK)]
CASES[np.logical_and] += [
    (lambda x: np.logical_and.reduce(x), X),
    (lambda x: np.logical_or.reduce(x), X * MASK),
]

# elementwise functions that are no ufuncs

CASES |= {
    np.real: [(np.real, Z), (np.real, X)],
    np.imag: [(np.imag, Z), (np.imag, X)],
    np.angle: [(np.angle, Z), (lambda z: np.angle(z, deg=True), Z), (np.angle, X)],
    np.real_if_close: [(np.real_if_close, Z), (np.real_if_close, X),
                       (lambda z: np.real_if_close(z, tol=1.2), Z)],
    np.i0: [(np.i0, X * 3)],
    np.fix: [(np.fix, X * 3)],
    np.sinc: [(np.sinc, X), (np.sinc, np.array([0.0, 1e-9, 1.0])), (np.sinc, Z)],
    np.round: [(lambda x: np.round(x, 1), X), (lambda x: np.round(x * 100, -1), X),
               (np.round, Z * 1.3)],
    np.around: [(np.around, X)],
    np.nan_to_num: [
        (np.nan_to_num, X), (np.nan_to_num, Z), (np.nan_to_num, ODD),
        (np.nan_to_num, np.array([complex(np.nan, 1.0), complex(2.0, np.nan), 0.3 - 1j])),
        (lambda x: np.nan_to_num(x, nan=1.0, posinf=W[0], neginf=-2.0), ODD),
        (lambda x: np.nan_to_num(x * 0 + ODD, True, x, x * x, 3.0 * x), V[:3]),
    ],
    np.clip: [
        (lambda x: np.clip(x, -0.4, 0.6), X), (lambda x: np.clip(x, None, 0.6), X),
        (lambda x: np.clip(x, W, W + 1), X), (lambda x: np.clip(x, -0.5, W + 9), X),
        (lambda x: np.clip(W, x, None), X),
        (lambda x: np.clip(x, 0.0, 0.5, out=x * 2, where=MASK), X),
    ],
}  # fmt: skip
if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
    CASES[np.clip] += [
        (lambda x: np.clip(x, min=-0.5, max=W), X), (lambda x: np.clip(x, None, None), X),
    ]  # fmt: skip
