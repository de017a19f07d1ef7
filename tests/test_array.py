"""`Array`: NumPy's attributes, methods, operators and indexing on a traced value."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import traceback

import numpy as np
import pytest

from minitorch import grad, value_and_grad
from minitorch.faces.array import Array

X = np.array([[0.31, -1.23, 0.71], [1.67, 0.41, -0.57]])
C = np.cos(np.arange(24.0) ** 2).reshape(2, 3, 4)


def slope(f, x, v, eps=1e-6):
    return (f(x + eps * v) - f(x - eps * v)) / (2 * eps)


def check(f, x=X):
    """The value is NumPy's, and the gradient that of finite differences."""
    expected = f(x)
    y = f(Array(x))
    assert type(y) is Array
    assert y.shape == np.shape(expected)
    assert y.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-14)
    if y.dtype.kind != "f":
        return
    rng = np.random.default_rng(1)
    weights, v = rng.normal(size=y.shape), rng.normal(size=x.shape)

    def scalar(x):
        return (np.sin(f(x)) * weights).sum()

    assert np.sum(grad(scalar)(x) * v) == pytest.approx(slope(scalar, x, v), rel=1e-6, abs=1e-6)


def test_attributes():
    x = Array(C)
    assert (x.shape, x.dtype, x.ndim, x.size) == ((2, 3, 4), np.dtype("f8"), 3, 24)
    assert type(x.shape) is tuple
    assert (x.itemsize, x.nbytes, len(x)) == (8, 192, 2)
    assert x.T.shape == (4, 3, 2)
    assert x.mT.shape == (2, 4, 3)
    assert x.real.dtype == x.dtype
    assert (x.strides, x.flags.c_contiguous, x.device) == (C.strides, True, "cpu")
    assert x.base is None
    assert x[0].base is x
    assert x.to_device("cpu") is x
    with pytest.raises(ValueError, match="expected 'cpu'"):
        x.to_device("gpu")
    assert Array([1, 2], np.float32).dtype == np.float32


METHODS = [
    lambda x: x.sum(), lambda x: x.sum(axis=1, keepdims=True), lambda x: x.prod(axis=0),
    lambda x: x.mean(0), lambda x: x.var(ddof=1), lambda x: x.std(axis=1), lambda x: x.max(1),
    lambda x: x.min(), lambda x: x.cumsum(axis=1), lambda x: x.cumprod(), lambda x: x.argmax(1),
    lambda x: x.argmin(), lambda x: (x > 0).all(), lambda x: (x > 0).any(axis=0),
    lambda x: x.reshape(3, 2), lambda x: x.reshape((6,)), lambda x: x.reshape(-1, order="F"),
    lambda x: x.ravel(), lambda x: x.flatten("F"), lambda x: x.squeeze(), lambda x: x.T,
    lambda x: x.transpose(), lambda x: x.transpose(1, 0), lambda x: x.transpose((1, 0)),
    lambda x: x.transpose(None), lambda x: x.swapaxes(0, 1), lambda x: x.diagonal(1),
    lambda x: x.trace(), lambda x: x.clip(-0.5, 0.6), lambda x: x.clip(max=0.5),
    lambda x: x.take([0, 2], axis=1), lambda x: x.repeat(2, 0), lambda x: x.round(1),
    lambda x: x.dot(x.T), lambda x: x.conj(), lambda x: x.copy(), lambda x: x.astype(np.float32),
    lambda x: x.astype(int), lambda x: x.nonzero()[1], lambda x: x.argsort(0), lambda x: x.mT,
    lambda x: x.astype(complex).real, lambda x: x.repeat([1, 0, 2], axis=1),
    lambda x: x.compress([True, False, True], axis=1), lambda x: x.compress([False, True]),
    lambda x: (x[0] > 0).astype(int).choose([x[0], x[1] * 2]), lambda x: x.view(),
    lambda x: x.view(float), lambda x: x.argpartition(1, axis=1), lambda x: x.ravel("K"),
    lambda x: np.sort(x[0]).searchsorted([0.0, 0.5]), lambda x: x.flatten("A"),
    lambda x: x.std(ddof=1, keepdims=True), lambda x: x.any(), lambda x: x.take(4),
    lambda x: x.trace(1), lambda x: x.clip(x[0] - 0.1, 0.5), lambda x: x.dot(np.ones((3, 2))),
]  # fmt: skip


@pytest.mark.parametrize("method", range(len(METHODS)))
def test_methods(method):
    f = METHODS[method]
    if f(X).dtype == np.float32:
        assert f(Array(X)).dtype == np.float32
        np.testing.assert_allclose(grad(lambda x: f(x).sum())(X), np.ones_like(X))
    else:
        check(f)


BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod,
          operator.floordiv]  # fmt: skip


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_operators(op):
    w = np.array([[0.43], [1.87]])
    x = np.abs(X)
    for other in (2, 0.77, 3.0, np.float64(1.3), w):
        check(lambda x, o=other: op(x, o), x)
        check(lambda x, o=other: op(o, x), x)
    check(lambda x: op(x, [0.5, 1.5, 2.5]), x)
    check(lambda x: op([0.5, 1.5, 2.5], x), x)
    check(lambda x: op(x, x[::-1] + 1), x)


def test_other_operators():
    check(lambda x: -x)
    check(lambda x: +x)
    check(abs)
    check(lambda x: x @ x.T)
    check(lambda x: X.T @ x)
    check(lambda x: x @ np.ones(3))
    check(lambda x: divmod(x, 0.37)[1])
    check(lambda x: divmod(2.0, x)[0])
    for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        check(lambda x, op=op: op(x, 0.4))
        check(lambda x, op=op: op(x, X[0]))
    mask = Array(X > 0)
    for op in (operator.and_, operator.or_, operator.xor):
        np.testing.assert_array_equal(op(mask, X > 1)._value, op(X > 0, X > 1))
        np.testing.assert_array_equal(op(X > 1, mask)._value, op(X > 1, X > 0))
    np.testing.assert_array_equal((~mask)._value, ~(X > 0))
    assert (Array(X) == None) is False  # noqa: E711
    with pytest.raises(TypeError):
        Array(X) + "a"


@pytest.mark.parametrize(
    "op",
    [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow, operator.imod],
    ids=lambda op: op.__name__,
)
def test_in_place_operators(op):
    def f(x, other):
        y = before = x.copy()
        y = op(y, other)
        assert y is before
        return y * y

    def of_a_view(x):
        y = x.copy()
        row = y[1]
        row = op(row, x[0])
        return y * y

    check(lambda x: f(x, np.array([0.5, 1.5, 2.5])), np.abs(X))
    check(lambda x: f(x, x[:1] + 1), np.abs(X))
    check(of_a_view, np.abs(X))


def test_in_place_keeps_dtype_and_shape():
    ints = Array([1, 2])
    ints += 1
    assert ints.dtype == np.int64
    with pytest.raises(TypeError, match="in place of an array of int64"):
        ints += 0.5
    with pytest.raises(TypeError, match="in place of an array of int64"):
        ints /= 2
    with pytest.raises((ValueError, RuntimeError)):
        ints += np.ones((3, 2), int)
    assert ints.dtype == np.int64
    assert ints._value.tolist() == [2, 3]
    assert (Array(np.ones(2, np.float32)) * 2.5).dtype == np.float32


INDICES = [
    0, -1, (0, 1), (1, slice(None)), slice(None, None, -1), (Ellipsis, 0), None, (None, 0, None),
    (slice(None), slice(2, None)), [0, 1, 1], ([1, 0], [2, 2]), (slice(None), [2, 0, 2]),
    (0, [1, 2]), ([1], slice(None)), np.array([[0, 1], [1, 1]]), X > 0, (X > 0).tolist(),
    (slice(None), np.array([True, False, True])), np.int64(1), (Ellipsis, [0, 0], None),
    (np.array(1), slice(None)), [], True,
]  # fmt: skip


@pytest.mark.parametrize("i", range(len(INDICES)))
def test_indexing_reads_as_numpy(i):
    check(lambda x: x[INDICES[i]])


def test_an_int_beside_an_array_is_an_array_too():
    index = (0, slice(None), [0, 2])
    assert C[index].shape == (2, 3)  # NumPy moves the broadcast axes in front here
    check(lambda x: x[index], C)
    check(lambda x: x[[0, 1], :, [1, 2]], C)


def test_boxes_as_indices():
    check(lambda x: x[np.argmax(x, 1)[1], :])
    check(lambda x: x[np.argsort(x, 0), np.arange(3)])
    check(lambda x: x[x > 0])
    a = np.array([10, 20, 30])
    assert grad(lambda x: x.sum() * a[np.argmax(x)])(np.array([1.0, 3.0, 2.0])).tolist() == [20] * 3
    assert list(range(np.argmax(Array([1.0, 5.0])))) == [0]


@pytest.mark.parametrize("i", range(len(INDICES)))
def test_assignment(i):
    index = INDICES[i]
    rng = np.random.default_rng(0)
    values = rng.normal(size=np.shape(X[index]))
    many = isinstance(index, (list, np.ndarray)) or (
        isinstance(index, tuple) and any(isinstance(part, list) for part in index)
    )

    def scaled(x):
        y = x * 2
        y[index] = values * x[0, 0]
        return y * y

    if not many:  # where an element is named twice, the last write wins, as in NumPy
        check(scaled)

    def constant(x):
        y = np.sin(x)
        y[index] = 3.0
        return y * x

    check(constant)


def test_assignment_through_views_and_slices():
    def f(x):
        y = x.copy()
        row, column = y[0], y[:, 1]
        row[:] = row * 2
        column[...] = x[:, 0] ** 2
        y[1, :] += 3 * x[0]
        y.T[2] = [1.0, 2.0]
        y.reshape(-1)[0] *= x[1, 2]
        return y * y

    check(f)


def test_fill_and_sort():
    def f(x):
        y = x * 2
        y.sort()
        z = x * 1
        z[0].fill(2.0)
        return y * z

    check(f)


def test_assignment_refuses_what_it_cannot_hold():
    def f(x):
        y = Array(np.zeros(3, int))
        y[0] = x[0]
        return y.sum()

    with pytest.raises(TypeError, match="can't hold a traced value"):
        grad(f)(np.ones(3))
    with pytest.raises(ValueError, match="broadcast"):
        Array(np.ones(3))[:] = np.ones(2)
    with pytest.raises(IndexError):
        Array(np.ones(3))[3]
    with pytest.raises(IndexError):
        Array(np.ones(3))[0, 0]


def test_values_are_remembered_as_they_were():
    def f(x):
        y = np.exp(x)
        z = y * y
        y += 1
        return y.sum() + z.sum()

    check(f)


def test_methods_that_write():
    def f(x):
        y, z = x * 2, x @ x.T
        y.put([0, -1], x[0, :2])
        y.partition(1, axis=1)
        y.T.put(3, 5.0)
        z @= z
        return y.sum(axis=1) * z

    check(f)


def test_the_input_is_never_written_to():
    x = np.array([1.0, 2.0])

    def f(x):
        x[0] = 5.0
        return (x * x).sum()

    assert grad(f)(x).tolist() == [0, 4]
    assert x.tolist() == [1, 2]


LEAVING = [
    float, int, complex, math.sin, math.exp, np.asarray, lambda x: np.array([x, x]),
    lambda x: x.item(), lambda x: x.tolist(), lambda x: np.zeros(1).__setitem__(slice(None), x),
    lambda x: np.float64(x), lambda x: x.tobytes(), lambda x: x.dumps(), lambda x: x.data,
    lambda x: x.tofile("nowhere"), lambda x: x.view(int), lambda x: x.byteswap(),
    lambda x: x.getfield("f4"), lambda x: x.setfield(1, "f4"), lambda x: x.ctypes, pickle.dumps,
    lambda x: x.dump("nowhere"), lambda x: np.full(2, x), lambda x: np.asarray([1.0, x]),
]  # fmt: skip


@pytest.mark.parametrize("i", range(len(LEAVING)))
def test_a_traced_value_does_not_leave_silently(i):
    with pytest.raises(TypeError, match=r"would drop it from the graph.*x\.detach\(\)"):
        grad(lambda x: LEAVING[i](x) or x)(2.0)


@pytest.mark.parametrize("write", [lambda a, x: a.__setitem__(0, x), lambda a, x: a.fill(x)])
def test_a_traced_value_is_not_written_into_a_plain_array(write):
    with pytest.raises(TypeError, match="would drop it from the graph") as error:
        grad(lambda x: write(np.zeros(3), x) or x)(2.0)
    names = [frame.name for frame in traceback.extract_tb(error.value.__traceback__)]
    assert names.count("<lambda>") == 2  # those of the test: it is shown where it happened


def test_untracked_arrays_leave():
    x = Array(2.0)
    assert (float(x), int(x), complex(x), x.item(), math.sqrt(x)) == (2, 2, 2, 2, math.sqrt(2))
    assert Array([1.0, 2.0]).tolist() == [1, 2]
    assert Array(3).__index__() == 3
    assert np.asarray(Array([1, 2]), float).dtype == float
    a = np.zeros(2)
    a[:] = Array([1.0, 2.0])
    assert a.tolist() == [1, 2]

    def f(x):
        return x * float(x.detach()) + x * np.asarray(np.floor(x.detach()))

    assert grad(f)(2.5) == 4.5


def test_the_memory_of_constants(tmp_path):
    x, value = Array([1.0, 2.0]), np.array([1.0, 2.0])
    assert x.tobytes() == value.tobytes() == bytes(x.data)
    assert x.ctypes.shape[0] == 2
    assert x.view(np.int64)._value.tolist() == value.view(np.int64).tolist()
    assert x.byteswap()._value.tolist() == value.byteswap().tolist()
    assert x.getfield("f4", 4)._value.tolist() == value.getfield("f4", 4).tolist()
    x.tofile(tmp_path / "x")
    assert np.fromfile(tmp_path / "x").tolist() == [1, 2]
    x.dump(tmp_path / "y")
    for kept in (pickle.loads(x.dumps()), np.load(tmp_path / "y", allow_pickle=True)):
        assert kept.tolist() == [1, 2]
    again = pickle.loads(pickle.dumps(x))
    assert type(again) is Array
    assert again.tolist() == [1, 2]
    x.setfield(3.0, float)
    assert x.tolist() == [3, 3]
    x.setflags(write=False)
    with pytest.raises(RuntimeError, match="read-only"):
        x[0] = 1.0
    with pytest.raises(TypeError, match=r"np\.resize"):
        x.resize(4)
    with pytest.raises(TypeError, match="according to the rule 'safe'"):
        x.astype(int, casting="safe")


def test_control_flow():
    def f(x):
        total = 0.0
        for row in x:
            if row.sum() > 0 and row[0] < 1:
                total = total + row @ row
        return total if total else x[0, 0]

    x = np.array([[0.5, 1.0], [2.0, 3.0], [-1.0, -2.0]])
    np.testing.assert_array_equal(grad(f)(x), [[1, 2], [0, 0], [0, 0]])
    assert len(Array(x)) == 3
    assert 2.0 in Array(x)
    with pytest.raises(TypeError, match="0-d"):
        iter(Array(1.0))
    with pytest.raises(TypeError, match="unsized"):
        len(Array(1.0))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Array(x))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Array(x))
    with pytest.raises(ValueError, match="delete"):
        del Array(x)[0]


def test_printing():
    seen = []

    def f(x):
        seen.extend([repr(x), str(x), f"{x[0]:.3f}", f"{x}", repr(x[0] > 0), repr(x.detach())])
        return x.sum()

    grad(f)(np.array([1.0, 2.5]))
    assert seen == ["Array([1. , 2.5], traced)", "[1.  2.5]", "1.000", "[1.  2.5]", "Array(True)",
                    "Array([1. , 2.5])"]  # fmt: skip
    assert repr(Array(np.ones(2, np.float32))) == "Array([1., 1.], dtype=float32)"


def test_detach_and_copies():
    assert grad(lambda x: (x * x.detach()).sum())(np.array([2.0, 3.0])).tolist() == [2, 3]
    x = Array([1.0, 2.0])
    for y in (copy.copy(x), copy.deepcopy(x), x.copy()):
        y += 1
    z = x.detach()
    z += 1
    assert x.tolist() == [2, 3]


def test_a_write_to_detached_values_leaves_the_traced_ones():
    def f(x):
        y = np.exp(x)
        y.detach()[:] = 0.0
        return y.sum()

    x = np.array([0.0, 1.0])
    value, slope = value_and_grad(f)(x)
    assert value == np.exp(x).sum()
    np.testing.assert_array_equal(slope, np.exp(x))


@pytest.mark.parametrize("operand", [[1.0, 2.0], (1.0, 2.0), range(1, 3)])
def test_operators_take_sequences_of_numbers(operand):
    def f(x):
        y = operand * x - operand / (x + operand)
        y **= operand
        return np.sum(y % (2.0, 3.0))

    def with_arrays(x):
        c = np.array(operand, dtype=float)
        return np.sum((c * x - c / (x + c)) ** c % np.array([2.0, 3.0]))

    x = np.array([0.7, 1.9])
    assert f(x) == with_arrays(x)
    np.testing.assert_array_equal(grad(f)(x), grad(with_arrays)(x))


def test_rounding_by_python():
    def f(x):
        return math.floor(x) * x + math.ceil(x) + math.trunc(-x) * x + round(x) + round(x, 1)

    assert grad(f)(2.4) == 2 - 2
    assert f(2.4) == value_and_grad(f)(2.4)[0]
