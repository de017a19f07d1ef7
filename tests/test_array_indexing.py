"""`Array`: whatever NumPy indexes with reads and writes as in NumPy, with right derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import grad, make_jvp
from minitorch.faces.array import Array

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3)


def advanced(shape):
    """Indices with arrays, lists, masks and numbers among their parts."""
    parts = []
    for n in shape:
        choices = [st.slices(n)]
        if n:
            places = st.integers(-n, n - 1)
            choices += [st.lists(places, max_size=3), places, places.map(np.int64)]
        parts.append(st.one_of(*choices))
    mixed = st.tuples(*parts).flatmap(
        lambda p: st.integers(0, len(p)).map(lambda k: (*p[:k], *([...] if k % 2 else []), *p[k:]))
    )
    return st.one_of(
        mixed.filter(lambda p: _fits(shape, p)),
        hnp.arrays(bool, shape),
        hnp.arrays(bool, shape).map(lambda m: m.tolist() if m.size else m),
        hnp.arrays(bool, shape[:1]),
        hnp.basic_indices(shape, allow_newaxis=True),
    )


def _fits(shape, index):
    try:
        np.empty(shape)[index]
    except (IndexError, ValueError):
        return False
    return True


@st.composite
def readings(draw):
    shape = draw(SHAPES)
    return shape, draw(advanced(shape))


def sample(shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def check(f, x):
    """Value and derivatives of a function that is quadratic, so that differences are exact."""
    want = f(x)
    y = f(Array(x))
    np.testing.assert_allclose(np.asarray(y), want, rtol=1e-13)
    assert (y.shape, y.dtype) == (np.shape(want), want.dtype)
    weights, v = sample(np.shape(want), 1), sample(x.shape, 2)

    def scalar(x):
        return (f(x) * weights).sum()

    slope = (scalar(x + v) - scalar(x - v)) / 2
    g = grad(scalar)
    assert np.sum(g(x) * v) == pytest.approx(slope, rel=1e-9, abs=1e-9)
    assert float(make_jvp(scalar)(x)(v)[1]) == pytest.approx(slope, rel=1e-9, abs=1e-9)
    bend = (g(x + v) - g(x - v)) / 2
    np.testing.assert_allclose(make_jvp(g)(x)(v)[1], bend, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(grad(lambda x: (g(x) * v).sum())(x), bend, rtol=1e-9, atol=1e-9)


@given(readings())
def test_reading(case):
    shape, index = case
    check(lambda x: x[index] * x[index], sample(shape))


def valued(x, shape, kind):
    """Numbers linear in `x`, to be written to a place of a shape."""
    if not x.size:
        return 1.5
    if kind == "number":
        return x.flat[0]
    if kind == "row" and shape:
        return np.resize(x, shape[-1:])
    if kind == "lifted":
        return np.resize(x, (1, *shape))
    if kind == "column" and shape:
        return np.resize(x, (*shape[:-1], 1))
    return 2.5 if kind == "constant" else np.resize(x, shape)


def put(y, i, v):
    y[i] = v


def twice(y, i, v):
    y[i] = v
    y[i] = y[i] * 2.0


def behind(y, i, v):
    y[...].view()[i] = v


def add(y, i, v):
    y[i] += v


def scale(y, i, v):
    y[i] *= -0.5
    y[i] -= v


def reverse(y, i, v):
    y[i] = v
    y[::-1] = y


def through_flat(y, i, v):
    y.flat[1::2] = v
    y.reshape(-1)[:2] += 1.0


def through_rows(y, i, v):
    for row in y:
        row += row
    y[i] = v


WRITERS = (put, twice, behind, add, scale, reverse, through_flat, through_rows)


@st.composite
def programs(draw):
    shape = draw(SHAPES)
    kinds = st.sampled_from(["number", "row", "lifted", "column", "constant", "full"])
    writers = st.sampled_from(WRITERS)
    return shape, draw(st.lists(st.tuples(writers, advanced(shape), kinds), min_size=1, max_size=3))


@given(programs())
def test_writing(case):
    shape, statements = case

    def f(x):
        y = x * 2.0
        for write, index, kind in statements:
            if write is through_rows and y.ndim < 2:  # NumPy's rows of a vector are no views
                continue
            write(y, index, valued(x, np.shape(y[index]), kind))
        return y * y

    try:
        f(sample(shape))
    except (ValueError, TypeError):  # the value does not fit there: not in NumPy either
        reject()
    check(f, sample(shape))


@st.composite
def views(draw):
    shape = draw(SHAPES)
    outer = draw(hnp.basic_indices(shape, allow_newaxis=True))
    seen = np.empty(shape)[outer]
    if not isinstance(seen, np.ndarray) or not seen.ndim:
        outer, seen = (...,), np.empty(shape)
    return shape, outer, draw(advanced(seen.shape))


@given(views())
def test_writing_through_a_view(case):
    shape, outer, inner = case

    def f(x):
        y = x * 2.0
        z = y[outer]
        w = y.T
        z[inner] = valued(x, np.shape(z[inner]), "full")
        z += z[::-1]
        w[...] = w + w
        return y * z.sum()

    check(f, sample(shape))


def test_where_a_place_is_named_twice_the_last_value_stays():
    x = np.array([1.0, 2.0, 3.0])

    def f(x):
        y = x * 0
        y[[0, 0, 2]] = x
        y[[1, 1]] += x[:2]
        return y * np.array([10.0, 100.0, 1000.0])

    assert f(x).tolist() == np.asarray(f(Array(x))).tolist() == [20, 200, 3000]
    np.testing.assert_array_equal(grad(lambda x: f(x).sum())(x), [0, 110, 1000])


def test_indices_of_every_kind():
    x = sample((3, 4, 2))
    check(lambda x: x[np.ix_([0, 2], [1, 3])] ** 2, x)
    check(lambda x: x[np.ix_(Array([0, 2]), [True, False, True, False])] ** 2, x)
    check(lambda x: x[Array([0, 2, 2])] ** 2, x)
    check(lambda x: x[np.newaxis, ..., np.array(1)] ** 2, x)
    check(lambda x: x[np.True_] ** 2, x)
    check(lambda x: x[np.nonzero(x[:, :, 0] > 9)] ** 2, x)
    check(lambda y: y[np.unravel_index(np.argmax(Array(x)), y.shape)] ** 2, x)
    check(lambda x: x[0][np.tril_indices_from(x[0])] ** 2, x)
    check(lambda x: x[:2, :2, 0][np.diag_indices(2)] ** 2, x)
    for index in (1.0, "a", (0, 0, 0, 0), [9], np.ones((2, 2), bool), Array(1.5), {}):
        with pytest.raises(IndexError):
            Array(x)[index]


def test_values_that_do_not_fit():
    x = np.ones(3)
    pairs = ((slice(1), np.ones(3)), ([0, 1], np.ones(3)), (slice(2), np.ones((2, 2))))
    for target, value in pairs:
        with pytest.raises(ValueError, match="could not broadcast input array from shape"):
            grad(lambda x, t=target, v=value: (x * 1).__setitem__(t, v))(x)

    def f(x):
        y = x * 1
        y[:1] = np.ones((1, 1, 1)) * x[0]  # NumPy drops leading axes of size 1
        return y * y

    check(f, x)


def test_a_list_with_traced_values_is_written():
    def f(x):
        y = x * 0.0
        y[:2] = [x[0] * 3, 1.0]
        y[2:] = [[x[1]]]
        return y * y

    x = np.array([1.0, 2.0, 3.0])
    assert np.asarray(f(Array(x))).tolist() == [9, 1, 4]
    assert grad(lambda x: f(x).sum())(x).tolist() == [18, 4, 0]


def test_iteration_and_unpacking():
    def f(x):
        a, b = x
        first, *rest = b
        total = sum(v * v for v in a) + first * rest[0]
        for i, row in enumerate(x):
            total = total + row @ row * i
        return total + sum(x.flat[i] for i in range(len(x.flat)))

    check(f, sample((2, 3)))

    def vector(x):
        y = x * 1
        for i, v in enumerate(y):  # sees what the loop itself has written
            y[(i + 1) % 3] += v
            v += 100.0  # an element is a number of its own
        return y * y

    x = np.array([1.0, 2.0, 4.0])
    y = x.copy()
    for i in range(3):
        y[(i + 1) % 3] += y[i]
    assert np.asarray(vector(Array(x))).tolist() == (y * y).tolist()
    g = grad(lambda x: vector(x).sum())(x)
    eps = 1e-6
    for i in range(3):
        up, down = (np.asarray(vector(Array(x + s * np.eye(3)[i]))).sum() for s in (eps, -eps))
        assert g[i] == pytest.approx((up - down) / (2 * eps), rel=1e-7)


def test_flat():
    def f(x):
        y = (x * 1).T
        y.flat[[0, 3]] = x[0, :2] * 2
        y.flat[4:] = x[1, 2]
        y.flat[-3] *= 2.0
        z = x * 1
        z.flat = [x[0, 0], 1.0]
        return y * z.T + np.sum(y.flat) + np.dot(x.flat, x.flat)

    check(f, sample((2, 3)))
    x = Array(sample((2, 3)))
    assert len(x.flat) == 6
    assert np.asarray(x.flat).tolist() == [float(v) for v in x.flat] == x.ravel().tolist()
    assert x.flat.base is x
