"""`minitorch.numpy`'s functions that make arrays, which NumPy gives no way in to."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minitorch
import minitorch.numpy as mnp
from minitorch import grad, make_jvp
from minitorch.engine.box import Box, fresh
from minitorch.faces.array import Array
from minitorch.faces.numpy.creation import namespace
from minitorch.faces.tensor import Tensor
from tests.calculus import looped, mapped

X = np.array([[0.3, -1.2, 0.7], [1.6, 0.4, -0.57]])
T = np.float64(0.7)
CALLS = {
    "array": [
        (lambda m, t: m.array([t, 1.0, t * t]), T), (lambda m, t: m.array([[t, 1], [2, t]]), T),
        (lambda m, x: m.array([x, X]), X), (lambda m, x: m.array(x), X),
        (lambda m, x: m.array(x, np.float32), X.astype(np.float32)),
        (lambda m, x: m.array([x[0], [1, 2, 3]], ndmin=4), X),
        (lambda m, t: m.array(((t,), [3.0])), T), (lambda m, t: m.array([t, 1j]), T),
        (lambda m, x: m.array(x, copy=None), X), (lambda m, x: m.array([[], x[0, :0]]), X),
    ],
    "asarray": [(lambda m, x: m.asarray(x), X), (lambda m, t: m.asarray([t, 2.0]), T),
                (lambda m, x: m.asarray(x, dtype=complex), X)],
    "asanyarray": [(lambda m, x: m.asanyarray([x[0], x[1]]), X)],
    "ascontiguousarray": [(lambda m, x: m.ascontiguousarray(x.T), X),
                          (lambda m, t: m.ascontiguousarray(t), np.array(T))],
    "asfortranarray": [(lambda m, x: m.asfortranarray(x), X),
                       (lambda m, x: m.asfortranarray(x.T), X)],
    "asarray_chkfinite": [(lambda m, x: m.asarray_chkfinite([x[0], x[1] ** 2]), X)],
    "require": [(lambda m, x: m.require(x.T, requirements=["C", "W"]), X),
                (lambda m, x: m.require(x, np.float64, "F"), X), (lambda m, x: m.require(x), X)],
    "full": [(lambda m, t: m.full((2, 3), t), T), (lambda m, x: m.full((4, 3), x[0]), X),
             (lambda m, x: m.full(2, [x[0, 0], 1.0]), X)],
    "r_": [(lambda m, x: m.r_[x[0], 1.0, x[1]], X), (lambda m, t: m.r_[1:3, t, 0:1:3j], T),
           (lambda m, x: m.r_["1", x, x * 2], X), (lambda m, x: m.r_["0,2", x, x[0]], X),
           (lambda m, x: m.r_[x[0], [1, 2]], X)],
    "c_": [(lambda m, x: m.c_[x, x * x], X), (lambda m, x: m.c_[x[0], [1, 2, 3]], X)],
    "vectorize": [
        (lambda m, x: m.vectorize(lambda a: a * a if a > 0 else -a)(x), X),
        (lambda m, x: m.vectorize(lambda a, b: (a * b, a + b))(x, x[:1])[0], X),
        (lambda m, x: m.vectorize(lambda v, w: v @ w, signature="(n),(n)->()")(x, x[0]), X),
        (lambda m, x: m.vectorize(lambda v: np.flip(v) * 2, signature="(n)->(n)")(x), X),
        (lambda m, x: m.vectorize(lambda a, k: a**k, excluded={1})(x, 3), X),
        (lambda m, x: m.vectorize(lambda a, b=1.0: a * b, otypes=[float])(x, b=x[0]), X),
    ],
}  # fmt: skip
ALL = {f"{name}-{i}": call for name, calls in CALLS.items() for i, call in enumerate(calls)}


def test_each_is_called():
    assert set(CALLS) == set(namespace) - {"isscalar", "array_equal", "array_equiv"}


@pytest.mark.parametrize("name", ALL)
def test_value_and_derivatives(name):
    f, x = ALL[name]
    want = f(np, x)
    assert type(f(mnp, x)) is type(want)
    np.testing.assert_array_equal(f(mnp, x), want)
    for face in (Array, lambda x: minitorch.tensor(np.asarray(x))):
        y = f(mnp, face(x))
        assert isinstance(y, Box)
        np.testing.assert_allclose(y._value, want, rtol=1e-14)
        assert y._value.dtype == want.dtype or isinstance(y, Tensor)
    if want.dtype.kind == "c" or np.asarray(x).dtype == np.float32:
        return
    rng, eps = np.random.default_rng(0), 1e-6
    weights, v = rng.normal(size=want.shape), rng.normal(size=np.shape(x))

    def scalar(x):
        return (np.sin(f(mnp, x)) * weights).sum()

    g = grad(scalar)
    slope = (scalar(x + eps * v) - scalar(x - eps * v)) / (2 * eps)
    assert np.sum(g(x) * v) == pytest.approx(slope, rel=1e-7, abs=1e-8)
    assert float(make_jvp(scalar)(x)(v)[1]) == pytest.approx(slope, rel=1e-7, abs=1e-8)
    bend = (g(x + eps * v) - g(x - eps * v)) / (2 * eps)
    np.testing.assert_allclose(make_jvp(g)(x)(v)[1], bend, rtol=1e-5, atol=1e-6)


def test_layouts():
    def orders(x):
        c, f = mnp.ascontiguousarray(x.T), mnp.asfortranarray(x)
        assert c.flags.c_contiguous
        assert f.flags.f_contiguous
        assert mnp.require(x.T, requirements="C").flags.c_contiguous
        assert mnp.asarray(x) is x
        return (c @ f).sum()

    assert grad(orders)(X).shape == X.shape


def test_refusals():
    with pytest.raises(ValueError, match="one shape"):
        grad(lambda t: mnp.array([t, [1.0, 2.0]]).sum())(2.0)
    with pytest.raises(ValueError, match="infs or NaNs"):
        grad(lambda t: mnp.asarray_chkfinite([t, np.inf]).sum())(2.0)
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        grad(lambda t: mnp.array([t], copy=False).sum())(2.0)
    with pytest.raises(ValueError, match="size 0"):
        mnp.vectorize(math.sin)(Array(X[:0]))


def test_traced_values_and_plain_arrays():
    """Whatever would write a traced value into a plain array says what to do."""
    a = np.zeros((2, 2))
    for write in (
        lambda t: np.put(a, 0, t), lambda t: np.place(a, a == 0, [t]),
        lambda t: np.putmask(a, a == 0, t), lambda t: np.copyto(a, t),
        lambda t: np.fill_diagonal(a, t), lambda t: np.full(3, t),
        lambda t: np.put_along_axis(a, np.array([[0]]), t, 1),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"drop it from the graph.*x\.detach\(\)"):
            grad(lambda t, w=write: w(t) or t)(2.0)
    assert not a.any()
    with pytest.raises(TypeError, match="drop it from the graph"):
        grad(lambda x: np.lib.stride_tricks.as_strided(x, (2,), (8,)).sum())(X[0])
    with pytest.raises(TypeError, match="can't hold a traced value"):
        grad(lambda t: np.put(Array([1, 2]), 0, t) or t)(2.0)


def test_constants_go_into_plain_arrays():
    a = np.zeros((2, 2))
    np.put(a, Array([1]), Array([5.0]))
    np.place(a, Array(a == 0), [Array(2.0)])
    np.copyto(a, Array(7.0), where=Array(a == 5))
    np.fill_diagonal(a, Array([3.0]))
    np.putmask(a, Array(a == 7), Array(8.0))
    np.put_along_axis(a, Array([[1]]), Array(4.0), 0)
    assert a.tolist() == [[3, 8], [4, 4]]
    y = Array(np.array(2.0))
    np.put(y, 0, 5.0)
    assert y == 5.0


def test_writing_refuses_what_numpy_refuses():
    x = Array(np.ones((2, 3)))
    for error, write in (
        (IndexError, lambda: np.put(x, 6, 1.0)),
        (ValueError, lambda: np.place(x, [True], 1.0)),
        (ValueError, lambda: np.place(x, np.ones((2, 3), bool), [])),
        (ValueError, lambda: np.copyto(x, np.ones(2))),
        (TypeError, lambda: np.copyto(x, np.ones(3) * 1j)),
        (TypeError, lambda: np.copyto(Array([1]), 1.5, casting="no")),
        (ValueError, lambda: np.fill_diagonal(x[0], 1.0)),
        (ValueError, lambda: np.fill_diagonal(Array(np.ones((2, 2, 3))), 1.0)),
        (ValueError, lambda: np.put_along_axis(x, np.array([0]), 1.0, 0)),
    ):
        with pytest.raises(error):
            write()
    assert np.asarray(x).tolist() == np.ones((2, 3)).tolist()


def test_joining_refuses_what_numpy_refuses():
    x = Array(X)
    for error, call in (
        (TypeError, lambda: np.concatenate([x, x], dtype=np.float32, casting="safe")),
        (TypeError, lambda: np.stack([x, x], dtype=int)),
        (TypeError, lambda: np.concatenate([x], out=Array(X), dtype=float)),
        (ValueError, lambda: np.stack([x, x[:1]])),
        (ValueError, lambda: np.concatenate([x[0, 0]])),
        (ValueError, lambda: np.block([[x], x])),
        (TypeError, lambda: np.block([(x, x)])),
        (ValueError, lambda: np.split(x, 2, axis=1)),
        (ValueError, lambda: np.dsplit(x, 1)),
        (ValueError, lambda: np.resize(x, (-1, 2))),
        (IndexError, lambda: np.delete(x, 6)),
        (IndexError, lambda: np.insert(x, 9, 1.0)),
        (ValueError, lambda: np.pad(x, -1)),
        (TypeError, lambda: np.pad(x, 1.5)),
        (ValueError, lambda: np.pad(x, 1, "nowhere")),
        (ValueError, lambda: np.pad(x, 1, "edge", constant_values=1)),
        (ValueError, lambda: np.pad(x[:0], 1, "mean")),
        (ValueError, lambda: np.choose(Array([3]), [x, x])),
        (ValueError, lambda: np.select([x > 0], [])),
        (ValueError, lambda: np.piecewise(x, [x > 0], [1, 2, 3])),
        (ValueError, lambda: np.linspace(x, 1, -1)),
        (ValueError, lambda: np.geomspace(x * 0, 1)),
        (ValueError, lambda: np.vander(x)),
        (ValueError, lambda: np.meshgrid(x, indexing="zz")),
    ):
        with pytest.raises(error):
            call()


def test_out():
    """`out=` may be a box; of what is traced, never a plain array."""

    def f(x):
        y = np.zeros_like(x)
        np.concatenate([x[:1], x[:1] * 2], out=y)
        np.take(x, [1, 0, 1], 1, out=y)
        np.compress([True], x, 0, out=y[:1])
        np.choose([0, 1, 0], [x[0], x[1]], out=y[1])
        return y * y

    g = grad(lambda x: f(x).sum())(X)
    eps = 1e-6
    for at in np.ndindex(X.shape):
        d = np.zeros(X.shape)
        d[at] = eps
        up, down = (np.asarray(f(Array(X + s * d))).sum() for s in (1, -1))
        assert g[at] == pytest.approx((up - down) / (2 * eps), abs=1e-8)
    with pytest.raises(TypeError, match="plain array"):
        grad(lambda x: np.stack([x, x], out=np.zeros((2, 2, 3))).sum())(X)


def test_parts_are_views_and_may_be_written_to():
    def f(x):
        y = x * 2.0
        first, second = np.split(y, 2)
        first[...] = second * 3
        a, *_ = np.hsplit(y, 3)
        a += 1.0
        return y * y

    want = np.array([[4 * 1.6 + 2 * 1.6 + 1]])  # 3 * 2 * 1.6 + 1
    assert np.asarray(f(Array(X)))[0, 0] == pytest.approx(want.item() ** 2)
    np.testing.assert_allclose(grad(lambda x: f(x).sum())(X)[0], 0)


def test_tensors_keep_pytorchs_dtypes():
    x = minitorch.tensor([1.0, 2.0])
    for y in (
        np.linspace(x, 4, 3), np.stack([x, x]), np.pad(x, 1, constant_values=2), np.vander(x),
        np.polyval(x, 2.0), np.append(x, 3), mnp.array([x[0], 1.0]), mnp.full(3, x[0]),
        np.select([x > 1], [x]), np.insert(x, 0, 1),
    ):  # fmt: skip
        assert isinstance(y, Tensor)
        assert y.dtype is minitorch.float32


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.reshape(x.T, (6,), order="A"), lambda x: np.ravel(x.T, "K"),
        lambda x: np.select([x > 0.5, x < 0], [x, x * x], 2.0), lambda x: np.insert(x, 1, 5.0, 0),
        lambda x: np.pad(x, 2, "reflect", reflect_type="odd"), lambda x: np.delete(x, 1, 1),
        lambda x: np.pad(x, 1, "linear_ramp", end_values=x[0, 0]), lambda x: np.block([[x], [x]]),
        lambda x: np.polymul(x[0], x[1]), lambda x: np.polydiv(x[0], x[1, :2])[1],
        lambda x: np.choose([0, 1, 0], x), lambda x: np.geomspace(1.0, x[0, 0], 3),
        lambda x: np.resize(x, (2, 4)), lambda x: np.take(x, [1, -1], 1), lambda x: mnp.r_[x[0], 1],
        lambda x: np.vander(x[0]), lambda x: np.tile(x, (2, 1)), lambda x: mnp.array([x[0], x[1]]),
    ],
)  # fmt: skip
def test_inside_of_vmap(f):
    def boxed(x):
        return (f(x),)

    many = np.abs(np.stack([X, X * 1.3, X + 0.2]))
    (y,) = mapped(boxed, [many], [True], 3)
    np.testing.assert_allclose(y._value, looped(boxed, [many], [True], 3)[0], rtol=1e-12)


def test_inside_of_vmap_what_depends_on_values_is_refused():
    for f in (lambda x: np.extract(x > 0, x), lambda x: x[x > 0], np.trim_zeros, np.roots, bool):
        with pytest.raises(RuntimeError, match="vmap"):
            mapped(lambda x, f=f: (f(x),), [fresh(Array, X)], [True], 2)
