"""Ufuncs on boxes: their keywords, methods and awkward points, what leaves the graph."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import minitorch as torch
from minitorch import grad, make_jvp
from minitorch.faces import protocols
from minitorch.faces.array import Array
from minitorch.faces.numpy import methods
from tests.numpy_calls import CASES

X = np.array([[1.31, 0.83, 2.47], [0.67, 1.13, 1.79]])
MASK = np.array([[True, False, True], [False, True, True]])
FOR_INTEGERS = {"bitwise_count", "gcd", "lcm", "isnat"}
INTEGER = {
    "bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift",
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def slope(f, x):
    """The derivative of `f` at a number."""
    return float(grad(f)(x))


def bend(f, x):
    """Its second derivative."""
    return float(grad(grad(f))(x))


# the table


def test_every_ufunc_of_numpy_is_known():
    every = {ufunc for ufunc in vars(np).values() if isinstance(ufunc, np.ufunc)}
    assert {ufunc.__name__ for ufunc in every - set(protocols.ufuncs)} == FOR_INTEGERS
    called = {ufunc.__name__ for ufunc in every & set(CASES)}
    scalar = {ufunc.__name__ for ufunc in every if ufunc.signature is None}
    assert scalar - called == FOR_INTEGERS | INTEGER


@pytest.mark.parametrize(
    ("name", "alias"),
    [("arccos", "acos"), ("arctan2", "atan2"), ("power", "pow"), ("invert", "bitwise_invert"),
     ("absolute", "abs"), ("conjugate", "conj"), ("left_shift", "bitwise_left_shift")],
)  # fmt: skip
def test_aliases(name, alias):
    assert protocols.ufuncs[getattr(np, alias)] is protocols.ufuncs[getattr(np, name)]


def test_ufuncs_for_integers_run_on_untracked_arrays():
    assert np.gcd(Array([12, 9]), 6).tolist() == [6, 3]
    assert np.bitwise_count(Array([7, 8])).tolist() == [3, 1]


# keywords


def test_where_needs_out():
    with pytest.raises(TypeError, match=r"np\.exp with where= and no out=.*np\.where"):
        grad(lambda x: np.sum(np.exp(x, where=MASK)))(X)


def test_out_may_be_a_box_of_either_face():
    def f(x):
        y = np.zeros_like(x)
        assert np.multiply(x, x, out=y) is y
        return np.sum(y)

    np.testing.assert_array_equal(grad(f)(X), 2 * X)
    t = torch.tensor(X, requires_grad=True)
    u = torch.zeros(2, 3, dtype=torch.float64)
    np.multiply(t, t, out=u)
    u.sum().backward()
    np.testing.assert_array_equal(t.grad, 2 * X)


def test_out_of_what_is_plain_is_refused_where_tracked():
    with pytest.raises(TypeError, match=r"np\.exp: a tracked Array can't be written into a plain"):
        grad(lambda x: np.sum(np.exp(x, out=np.zeros(3))))(np.ones(3))
    out = np.zeros(3)
    assert np.exp(Array(np.zeros(3)), out=out) is out
    assert out.tolist() == [1, 1, 1]
    y = np.ones(3)
    with pytest.raises(TypeError, match="leave out= away"):
        grad(lambda x: np.sum(np.add.reduce(np.outer(x, x), out=y)))(np.ones(3))
    assert y.tolist() == [1, 1, 1]


def test_out_of_several():
    def f(x):
        whole = np.zeros_like(x)
        fraction, same = np.modf(x, out=(None, whole))
        assert same is whole
        return np.sum(fraction * whole)

    np.testing.assert_array_equal(grad(f)(X), np.trunc(X))


def test_out_keeps_its_dtype():
    for call in (
        lambda x: np.add(x, x, out=np.zeros_like(x, dtype=int)),
        lambda x: np.add.reduce(x, out=np.zeros_like(x[0], dtype=int)),
        lambda x: np.round(x, out=np.zeros_like(x, dtype=int)),
    ):
        with pytest.raises(TypeError, match=r"cannot cast the result from float64 to the int64"):
            grad(lambda x, call=call: np.sum(call(x)))(X)

    def f(x):
        return np.sum(np.exp(x, out=np.zeros_like(x, dtype="f4")))

    np.testing.assert_allclose(grad(f)(X), np.exp(X), rtol=1e-6)


def test_dtype_casting_and_signature():
    def f(x, **settings):
        y = np.multiply(x, X, **settings)
        assert y.dtype == np.multiply(X, X, **settings).dtype
        return np.sum(y)

    for settings in ({"dtype": "f4"}, {"signature": "ff->f"}, {"signature": (None, None, "f4")},
                     {"dtype": complex}, {"casting": "unsafe"}, {"dtype": "f8", "casting": "no"},
                     {"order": "F", "subok": False}):  # fmt: skip
        g = grad(lambda x, settings=settings: np.real(f(x, **settings)))(X)
        assert g.dtype == np.float64
        np.testing.assert_allclose(g, X, rtol=1e-7)
    for settings in ({"dtype": "f4", "casting": "safe"}, {"dtype": int}, {"signature": "ii->i"}):
        with pytest.raises(TypeError, match=r"casting rule|Cannot cast"):
            np.multiply(X, X, **settings)
        with pytest.raises(TypeError, match=r"casting rule|Cannot cast"):
            grad(lambda x, settings=settings: f(x, **settings))(X)


@pytest.mark.parametrize("number", [2, 2.5, True, np.float32(2), np.int8(2), np.float16(0.5)])
@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.power, np.arctan2, np.maximum])
def test_float32_is_kept_beside_numbers(ufunc, number):
    for x in (X.astype("f4"), np.float32(1.5)):
        expected = ufunc(x, number)
        assert ufunc(Array(x), number).dtype == expected.dtype == np.float32
        assert ufunc(number, Array(x)).dtype == ufunc(number, x).dtype
        assert grad(lambda x: np.sum(ufunc(x, number)))(x).dtype == np.float32
    assert ufunc(Array(X.astype("f4")), np.float64(2)).dtype == np.float64
    assert ufunc(Array(X.astype("f4")), np.array([2.0])).dtype == np.float64


# methods


@pytest.mark.parametrize("ufunc", [np.power, np.arctan2, np.float_power, np.copysign])
def test_reduce_folds_from_the_left(ufunc):
    f = functools.partial(ufunc.reduce, axis=1)
    y = f(Array(X * 1.0))._value if ufunc is np.copysign else None
    if y is not None:
        np.testing.assert_array_equal(y, f(X))

    def by_hand(x):
        return functools.reduce(ufunc, [x[:, i] for i in range(3)])

    np.testing.assert_array_equal(
        grad(lambda x: np.sum(np.sin(f(x))))(X), grad(lambda x: np.sum(np.sin(by_hand(x))))(X)
    )


def test_reduce_refuses_what_numpy_refuses():
    for call in (
        lambda x: np.power.reduce(x, axis=(0, 1)),
        lambda x: np.power.reduce(x, where=MASK),
        lambda x: np.fmax.reduce(x, where=MASK),
        lambda x: np.divide.reduce(x[:0]),
        lambda x: np.maximum.reduce(x[:0]),
        lambda x: np.fmin.reduce(x[:0]),
        lambda x: np.maximum.reduce(x, where=MASK),
    ):
        with pytest.raises(ValueError, match="reduction operation") as theirs:
            call(X)
        with pytest.raises(ValueError, match="reduction operation") as ours:
            grad(lambda x, call=call: np.sum(call(x)))(X)
        assert str(ours.value).split("'")[1:2] == str(theirs.value).split("'")[1:2]
    for call in (lambda x: np.add.reduceat(x, [0, 2]), lambda x: np.add.reduceat(x, [-1])):
        with pytest.raises(IndexError, match="out-of-bounds in add.reduceat"):
            grad(lambda x, call=call: np.sum(call(x)))(X)
    with pytest.raises(TypeError, match="cannot accumulate on a scalar"):
        grad(lambda x: np.add.accumulate(x))(1.0)


def test_reduce_of_a_number_gives_it():
    assert slope(lambda x: np.add.reduce(x * x), 3.0) == 6
    assert slope(lambda x: np.fmax.reduce(x * x, axis=None), 3.0) == 6


@pytest.mark.parametrize("ufunc", methods.REDUCTIONS, ids=lambda u: u.__name__)
def test_initial_and_where_may_be_tracked(ufunc):
    if ufunc in (np.logical_and, np.logical_or):
        return
    start = 1.07

    def f(start):
        return np.sum(ufunc.reduce(Array(X), 0, initial=start, where=MASK))

    step = 1e-6
    expected = float(f(start + step) - f(start - step)) / (2 * step)
    assert slope(f, start) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("ufunc", "fill"), [(np.fmax, -np.inf), (np.fmin, np.inf)])
def test_reductions_without_nan(ufunc, fill):
    x = np.array([[np.nan, 1.0, 3.0], [np.nan, np.nan, np.nan], [2.0, np.nan, -1.0]])
    for axis in (0, 1, None):
        y = grad(lambda t, axis=axis: np.sum(t * 0) + np.nansum(ufunc.reduce(t, axis)))
        assert np.isfinite(y(np.where(np.isnan(x), 0.0, x))).all()
        found = ufunc.reduce(torch.tensor(x, requires_grad=True), axis)
        np.testing.assert_array_equal(found.detach(), ufunc.reduce(x, axis))


def test_reduce_of_the_logarithms_of_nothing():
    x = np.array([-np.inf, -np.inf, 0.5])
    for ufunc in (np.logaddexp, np.logaddexp2):
        assert grad(ufunc.reduce)(x).tolist() == [0, 0, 1]
        assert grad(lambda x, ufunc=ufunc: ufunc.accumulate(x)[-1])(x).tolist() == [0, 0, 1]


def test_running_extremes_at_ties_and_nan():
    x = np.array([1.0, 3.0, 3.0, 2.0, np.nan, 5.0])
    y = np.maximum.accumulate(torch.tensor(x, requires_grad=True))
    np.testing.assert_array_equal(y.detach(), np.maximum.accumulate(x))
    g = grad(lambda x: np.sum(np.maximum.accumulate(x) * [1.0, 10, 100, 1000]))(x[:4])
    assert g.tolist() == [1, 10, 1100, 0]  # PyTorch's cummax: of equals the last


def test_at_adds_each_time_an_element_is_named():
    index, values = np.array([0, 2, 0, 0]), np.array([1.0, 2.0, 3.0, 4.0])

    def f(v, ufunc):
        y = np.ones_like(v)
        ufunc.at(y, index, v)
        return np.sum(y * [1.0, 10, 100, 1000])

    assert grad(f)(values, np.add).tolist() == [1, 100, 1, 1]
    assert grad(f)(values, np.subtract).tolist() == [-1, -100, -1, -1]
    assert grad(f)(values, np.multiply).tolist() == [12, 100, 4, 3]
    t = torch.tensor(values, requires_grad=True)
    y = torch.zeros(4, dtype=torch.float64)
    np.add.at(y, index, t)
    assert y.tolist() == [8, 0, 2, 0]
    (y * y).sum().backward()
    assert t.grad.tolist() == [16, 4, 16, 16]


def test_at_writes_through_views_and_slices():
    def f(x):
        y = x * 1.0
        np.multiply.at(y[1], slice(0, 2), 3.0)
        np.add.at(y, (slice(None), [0, 0]), 1.0)
        return np.sum(y * y)

    y = X.copy()
    np.multiply.at(y[1], slice(0, 2), 3.0)
    np.add.at(y, (slice(None), [0, 0]), 1.0)
    np.testing.assert_allclose(grad(f)(X), 2 * y * [[1, 1, 1], [3, 3, 1]], rtol=1e-15)


def test_at_into_a_plain_array_is_refused():
    plain = np.zeros(3)
    for ufunc in (np.add, np.maximum):
        with pytest.raises(TypeError, match=r"can't be written into a plain array.*zeros_like"):
            grad(lambda x, ufunc=ufunc: ufunc.at(plain, [0, 1, 1], x))(np.ones(3))
    assert plain.tolist() == [0, 0, 0]
    np.add.at(plain, [0, 0, 1], Array([1.0, 2.0, 3.0]))
    assert plain.tolist() == [3, 3, 0]


def test_at_keeps_the_dtype_of_its_target():
    with pytest.raises(TypeError, match=r"an array of int64 can't hold float64"):
        grad(lambda x: np.add.at(np.zeros_like(x, dtype=int), [0], x))(np.ones(1))


@pytest.mark.parametrize(
    "call",
    [np.power.accumulate, np.hypot.reduce, np.fmin.reduce, np.logaddexp2.reduce,
     lambda x: np.maximum.accumulate(x, 1), lambda x: np.add.reduceat(x, [1, 0])],
)  # fmt: skip
def test_methods_under_forward_mode_and_nesting(call):
    def f(x):
        return np.sum(np.sin(call(x)))

    v = np.cos(np.arange(6.0)).reshape(2, 3)
    moved = make_jvp(grad(f))(X)(v)[1]
    np.testing.assert_allclose(grad(lambda x: np.sum(grad(f)(x) * v))(X), moved, rtol=1e-12)


# awkward points


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (np.sinc, 0.0, 0), (np.abs, 0.0, 0), (np.fabs, 0.0, 0), (np.sign, 0.0, 0),
        (lambda x: np.hypot(x, 0.0), 0.0, 0), (lambda x: np.hypot(x, x), 0.0, 0),
        (lambda x: np.arctan2(x, 0.0), 0.0, 0), (lambda x: x**0, 0.0, 0), (lambda x: x**1, 0.0, 1),
        (lambda x: x**2, 0.0, 0), (lambda x: x**1.5, 0.0, 0), (lambda x: 0.0**x, 2.0, 0),
        (lambda x: np.power(x, [0.0])[0], 0.0, 0), (lambda x: np.power(x, [1.0])[0], 0.0, 1),
        (lambda x: x**3, -2.0, 12), (lambda x: x**-2, -2.0, 0.25), (np.sqrt, 0.0, math.inf),
        (lambda x: np.power(x, np.array(3)), -2.0, 12),
        (lambda x: np.float_power(x, 3), -2.0, 12),
        (lambda x: np.maximum(x, 1.0), 1.0, 0.5), (lambda x: np.minimum(1.0, x), 1.0, 0.5),
        (lambda x: np.fmax(x, 1.0), 1.0, 1), (lambda x: np.fmin(1.0, x), 1.0, 0),
        (lambda x: np.fmax(x, np.nan), 1.0, 1), (lambda x: np.fmin(np.nan, x), 1.0, 1),
        (lambda x: np.clip(x, 1.0, 2.0), 1.0, 1), (lambda x: np.clip(x, 1.0, 2.0), 2.0, 1),
        (lambda x: np.clip(x, np.array(1.0), None), 1.0, 1),
        (lambda x: np.clip(3.0, x, 2.0), 1.0, 0), (lambda x: np.clip(0.5, x, 2.0), 1.0, 1),
        (lambda x: np.heaviside(x, 0.5), 0.0, 0), (lambda x: np.heaviside(0.0, x), 0.3, 1),
        (lambda x: np.copysign(x, -1.0), 2.0, -1), (lambda x: np.copysign(2.0, x), 1.0, 0),
        (lambda x: np.logaddexp(x, -np.inf), 1.0, 1), (lambda x: np.logaddexp(x, x), -np.inf, 1),
        (np.spacing, 1.0, 0), (lambda x: np.nextafter(x, 2.0), 1.0, 1),
        (lambda x: np.max(np.stack([x, x, 0 * x])), 1.0, 1), (lambda x: np.angle(x), -1.0, 0),
        (lambda x: np.ldexp(x, 3), 1.0, 8), (lambda x: np.frexp(x)[0], 6.0, 0.125),
        (lambda x: np.modf(x)[0], np.inf, 1), (lambda x: np.nan_to_num(x), np.inf, 0),
    ],
)  # fmt: skip
def test_slopes_at_awkward_points(f, x, expected):
    assert slope(f, x) == expected
    assert float(make_jvp(f)(x)(1.0)[1]) == expected


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [(np.sinc, 0.0, -(math.pi**2) / 3), (np.sinc, 1e-9, -(math.pi**2) / 3), (np.abs, 0.0, 0),
     (np.i0, 0.0, 0.5), (lambda x: x**2, 0.0, 2), (lambda x: x**1, 0.0, 0),
     (lambda x: x**0, 0.0, 0), (lambda x: np.power(x, [2.0])[0], 0.0, 2)],
)  # fmt: skip
def test_second_derivatives_at_awkward_points(f, x, expected):
    assert bend(f, x) == pytest.approx(expected, rel=1e-12)


def test_clip_refuses_bounds_given_twice():
    with pytest.raises(ValueError, match="`min` or `max` keyword argument"):
        protocols.functions[np.clip](Array(X), 0.0, 1.0, min=0.5)
    np.testing.assert_array_equal(grad(lambda x: x.clip(1.0, max=2.0).sum())(X), (X > 1) & (X < 2))


# what leaves the graph


@pytest.mark.parametrize(
    "leave",
    [float, int, complex, math.sin, lambda t: np.array([t]), lambda t: np.asarray(t),
     lambda t: t.item(), lambda t: [1, 2][t]],
)  # fmt: skip
def test_leaving_the_graph_is_refused(leave):
    with pytest.raises(TypeError, match=r"traced Array.*(NumPy's functions|detach)"):
        grad(lambda t: t * leave(t))(1.0)


def test_what_is_traced_can_be_printed():
    seen = []

    def f(t):
        seen.append(f"{t:.3f} {t} {t!r}")
        return t * t

    assert slope(f, 1.25) == 2.5
    assert seen == ["1.250 1.25 Array(1.25, traced)"]
