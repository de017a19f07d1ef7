"""Plain NumPy functions on boxes: values, dtypes and gradients, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch as torch
from minitorch import grad
from minitorch.differential import make_jvp
from minitorch.faces import protocols
from minitorch.faces.array import Array
from minitorch.faces.tensor import Tensor
from tests.numpy_inputs import MASK, P, X


def check_derivatives(f, x, tol=1e-6):
    """Compare the gradient and the tangent of a scalar made of f(x) with finite differences."""
    rng = np.random.default_rng(3)
    y = np.asarray(f(x))
    if y.dtype.kind != "f":
        return
    weights, v, eps = rng.normal(size=y.shape), rng.normal(size=x.shape), 1e-6

    def scalar(x):
        return np.sum(np.sin(f(x)) * weights)

    slope = (scalar(x + eps * v) - scalar(x - eps * v)) / (2 * eps)
    g = grad(scalar)(x)
    assert g.shape == x.shape
    assert g.dtype == x.dtype
    assert np.sum(g * v) == pytest.approx(slope, rel=tol, abs=tol)
    assert float(make_jvp(scalar)(x)(v)[1]) == pytest.approx(slope, rel=tol, abs=tol)
    bend = (grad(scalar)(x + eps * v) - grad(scalar)(x - eps * v)) / (2 * eps)
    np.testing.assert_allclose(make_jvp(grad(scalar))(x)(v)[1], bend, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        grad(lambda x: np.sum(grad(scalar)(x) * v))(x), bend, rtol=1e-4, atol=1e-4
    )


UFUNC_INPUTS = {np.arccosh: P + 1, np.invert: MASK, np.reciprocal: P, np.conjugate: X}
INTEGER = {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift}


@pytest.mark.parametrize("ufunc", protocols.ufuncs, ids=lambda u: u.__name__)
def test_ufunc(ufunc):
    if ufunc.signature or ufunc.nout > 1 or ufunc is np.ldexp:
        return
    x = UFUNC_INPUTS.get(ufunc, P)
    others = (np.array([0.65, 0.75, 0.35]),) if ufunc.nin == 2 else ()
    if ufunc in INTEGER:
        x, others = np.array([[5, 2, 1], [0, 3, 7]]), (np.array([[3, 1, 2]]),)
    expected = ufunc(x, *others)
    y = ufunc(Array(x), *others)
    assert type(y) is Array
    assert y.dtype == expected.dtype
    np.testing.assert_allclose(y._value, expected, rtol=1e-15)
    np.testing.assert_allclose(ufunc(torch.tensor(x), *others)._value, expected, rtol=1e-14)
    if x.dtype.kind == "f" and expected.dtype.kind == "f":
        check_derivatives(lambda x: ufunc(x, *others), x)
        if others:
            check_derivatives(lambda x: ufunc(P, x), others[0])


def test_divmod():
    q, r = np.divmod(Array(X), 0.4)
    np.testing.assert_array_equal((q._value, r._value), np.divmod(X, 0.4))
    assert grad(lambda x: np.divmod(x, 0.4)[1])(0.9) == 1


@pytest.mark.parametrize(
    ("m", "n"), [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((4, 2, 3), (3,)),
                 ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (4, 3, 2))],
)  # fmt: skip
def test_matmul(m, n):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=m), rng.normal(size=n)
    for face in (Array, torch.tensor):
        for y in (np.matmul(face(a), b), a @ face(b), face(a) @ face(b), np.matmul(a, face(b))):
            np.testing.assert_allclose(y._value, a @ b)
    check_derivatives(lambda x: x @ b, a)
    check_derivatives(lambda x: a @ x, b)


# the Tensor face: PyTorch's dtypes, whatever function is called


def f32(*shape):
    return torch.ones(*shape, requires_grad=True)


@pytest.mark.parametrize(
    ("result", "dtype"),
    [
        (lambda: np.float64(2) * f32(2), torch.float32),
        (lambda: np.float32(2) * torch.arange(3), torch.float32),
        (lambda: np.int64(2) + f32(2), torch.float32),
        (lambda: np.ones(2) + f32(2), torch.float64),
        (lambda: np.ones(2, np.float32) - f32(2), torch.float32),
        (lambda: np.ones((2, 2)) @ f32(2), torch.float64),
        (lambda: np.exp(torch.arange(3)), torch.float32),
        (lambda: np.mean(torch.arange(3)), torch.float32),
        (lambda: np.sum(torch.ones(3, dtype=torch.uint8)), torch.int64),
        (lambda: np.divide(torch.arange(3), 2), torch.float32),
        (lambda: np.where(torch.ones(2) > 0, 1.0, 0.0), torch.float32),
        (lambda: np.concatenate([torch.arange(2), f32(2)]), torch.float32),
        (lambda: np.stack([f32(2), np.ones(2)]), torch.float64),
        (lambda: np.sum(f32(2), dtype=torch.float64), torch.float64),
        (lambda: np.sum(f32(2), dtype=np.float64), torch.float64),
        (lambda: np.add(f32(2), 1, dtype=np.float64), torch.float64),
        (lambda: np.power(2, f32(2)), torch.float32),
        (lambda: np.clip(f32(2), 0, 0.5), torch.float32),
        (lambda: np.multiply.outer(np.ones(2), f32(2)), torch.float64),
    ],
)
def test_tensor_dtypes(result, dtype):
    y = result()
    assert type(y) is Tensor
    assert y.dtype is dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.int32, np.int64, bool])
def test_array_dtypes_are_numpys(dtype):
    x = np.ones(3, dtype)
    box = Array(x)
    for f in (
        np.exp, np.sum, np.mean, np.var, np.max, np.cumsum, np.cumprod, np.prod, np.sort, np.diff,
        lambda x: x + 1, lambda x: x * 2.5, lambda x: 1 / x, lambda x: x // 1, lambda x: x**3.0,
        lambda x: x * np.float64(2), lambda x: x + np.float32([1, 2, 3]), lambda x: x @ x,
        lambda x: np.hypot(x, 1), lambda x: np.where(x > 0, x, 1.5), lambda x: np.clip(x, 0, 0.5),
        lambda x: np.linalg.norm(x), np.sinc, lambda x: x.astype(np.float32), np.zeros_like,
        lambda x: np.round(x), lambda x: np.median(x), lambda x: np.arctan2(x, x),
    ):  # fmt: skip
        try:
            expected = f(x)
        except TypeError:
            with pytest.raises(TypeError):
                f(box)
            continue
        y = f(box)
        assert y.dtype == expected.dtype, f
        np.testing.assert_allclose(np.asarray(y), expected, rtol=1e-3)


def test_tensor_wins_over_array():
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def f(x):
        for y in (x * w, w * x, x + w, np.add(x, w), np.stack([x, w])[0], np.where(x > 0, x, w),
                  x @ w, np.dot(w, x), np.concatenate([x, w]), x - w, w / x, x**w):  # fmt: skip
            assert type(y) is Tensor
        return (x * w).sum()

    g = grad(f)(np.array([3.0, 4.0]))
    np.testing.assert_array_equal(g.detach(), [1, 2])
    g.sum().backward()
    np.testing.assert_array_equal(w.grad, [1, 1])


# gradients arrive at leaves through plain NumPy


def test_backward_through_numpy_functions():
    t = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    u = torch.tensor([0.5, 1.5], requires_grad=True)
    a = np.array([[1.0, 0.0], [2.0, 1.0]], np.float32)
    loss = np.sum(np.concatenate([a @ np.log(t), np.tanh(u + a)])) + np.max(t, axis=0).sum()
    loss.backward()
    expected = (a.T @ np.ones((2, 2))) / t.detach().numpy() + [[0, 0], [1, 1]]
    np.testing.assert_allclose(t.grad, expected, rtol=1e-6)
    np.testing.assert_allclose(u.grad, (1 - np.tanh(u.detach().numpy() + a) ** 2).sum(0), rtol=1e-6)


def test_ufunc_methods():
    t = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = t.detach().numpy()
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
        for settings in ({}, {"axis": 1}, {"axis": None}, {"axis": (0, 1), "keepdims": True}):
            y = ufunc.reduce(t, **settings)
            assert y.requires_grad
            np.testing.assert_array_equal(y.detach(), ufunc.reduce(x, **settings))
    for ufunc in (np.add, np.multiply):
        y = ufunc.accumulate(t, 1)
        assert y.requires_grad
        np.testing.assert_array_equal(y.detach(), ufunc.accumulate(x, 1))
    assert bool(np.logical_and.reduce(t > 0, axis=None))
    y = np.subtract.outer([1.0, 2.0], t)
    np.testing.assert_array_equal(y.detach(), np.subtract.outer([1.0, 2.0], x))
    y.sum().backward()
    np.testing.assert_array_equal(t.grad, -2 * np.ones((2, 2)))


# never silently out of the graph


def tracked():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda t: np.einsum_path("i,i", t, t), "np.einsum_path"),
        (lambda t: np.emath.sqrt(t), r"np\.lib\.\w*scimath\w*\.sqrt"),
        (lambda t: np.savetxt("t.txt", t), "np.savetxt"),
    ],
)
def test_what_has_no_derivative_is_refused_by_name(call, name):
    with pytest.raises(TypeError, match=rf"^{name} of a tracked Tensor.*detach\(\)"):
        call(tracked())
    with pytest.raises(TypeError, match=rf"^{name} of a tracked Array"):
        grad(lambda x: call(x).sum())(np.ones(3))


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.tile(np.ones(2), t[0]),
        lambda t: np.full_like(np.arange(3), t[0]),
        lambda t: np.quantile(np.arange(4.0), t / 4, method="nearest"),
        lambda t: np.add(t, 1, where=[True, False, True]),
        lambda t: np.multiply(np.array([t[0], 1, 2], dtype=object), t),
    ],
)
def test_settings_without_a_derivative_are_refused(call):
    with pytest.raises((TypeError, RuntimeError)):
        call(tracked())
    with pytest.raises((TypeError, RuntimeError)):
        grad(lambda x: np.sum(call(x)))(np.ones(3))


def test_unknown_settings_are_refused():
    for call in (
        lambda t: np.pad(t, 1, constant_value=3),
        lambda t: np.pad(t, 1, "edge", constant_values=3),
        lambda t: np.einsum("ij", t),
        lambda t: np.einsum("i->j", t),
        lambda t: np.einsum("i,i", t),
        lambda t: np.split(t, 2),
        lambda t: np.concatenate([t, t], 1),
        lambda t: np.stack([t, t[:2]]),
        lambda t: np.sum(t, axis=2),
        lambda t: np.tensordot(t, np.ones(2), 1),
        lambda t: np.matmul(t, 2.0),
        lambda t: np.vsplit(t, 1),
        lambda t: np.max(t, where=[True, False, True]),
    ):
        with pytest.raises((ValueError, IndexError)):
            call(tracked())


def test_constants_pass_through_tracked():
    t = tracked()
    assert np.allclose(t, [1, 2, 3]) is True
    assert np.array_equal(t, t.detach()) is True
    assert np.argsort(-t).tolist() == [2, 1, 0]
    assert not np.isclose(t, 1.0).requires_grad
    assert np.nonzero(t > 1)[0].tolist() == [1, 2]
    assert np.iscomplexobj(t) is False


def test_plain_arrays_refuse_tracked_values():
    t, a = tracked(), np.zeros(3)
    for write in (
        lambda: np.add(a, t, out=a),
        lambda: np.sum(t, out=np.zeros(())),
        lambda: np.concatenate([t, t], out=np.zeros(6)),
        lambda: a.__iadd__(t),
    ):
        with pytest.raises(TypeError, match="drop it from the graph"):
            write()
    with pytest.raises(RuntimeError, match="detach"):
        np.asarray(t)
    with pytest.raises(RuntimeError, match="detach"):
        np.array([t, t])
    with pytest.raises(RuntimeError, match="detach"):
        a[:] = t
    assert not a.any()


def test_plain_arrays_take_untracked_values():
    a = np.zeros(3)
    b = a
    a += tracked().detach()
    assert a is b
    assert a.tolist() == [1, 2, 3]
    out = np.zeros(())
    assert np.sum(torch.ones(3), out=out) is out
    assert out == 3
    assert np.asarray(np.array([torch.ones(2), torch.zeros(2)])).tolist() == [[1, 1], [0, 0]]


def test_out_may_be_a_box():
    t, y = tracked(), torch.zeros(3)
    assert np.multiply(t, t, out=y) is y
    y.sum().backward()
    assert t.grad.tolist() == [2, 4, 6]
    mask, y = np.array([True, False, True]), torch.zeros(3)
    np.exp(t, out=y, where=mask)
    np.testing.assert_allclose(y.detach(), np.where(mask, np.exp([1, 2, 3]), 0), rtol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(t.grad, [2 + np.e, 4, 6 + np.e**3], rtol=1e-6)
    y = torch.zeros(3)
    assert np.add(torch.ones(3), 1, out=y) is y
    assert y.tolist() == [2, 2, 2]
    y = torch.zeros(())
    assert np.sum(t, out=y) is y
    assert y.requires_grad


def test_untracked_functions_run_and_keep_the_face():
    t = torch.tensor([3.0, 1.0, 2.0])
    assert torch.equal(np.median(t), torch.tensor(2.0))
    assert type(np.percentile(t, 50)) is Tensor
    u, s, v = np.linalg.svd(torch.eye(2))
    assert [type(part) for part in (u, s, v)] == [Tensor] * 3
    assert type(np.cross(Array([1.0, 0, 0]), [0, 1.0, 0])) is Array
    assert np.array_repr(t) == "array([3., 1., 2.], dtype=float32)"
    with torch.no_grad():
        assert np.median(tracked()).item() == 2


def test_untracked_results_that_share_memory_are_views():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.real_if_close(x) is x
    w, turned = torch.ones(2, requires_grad=True), np.linalg.matrix_transpose(x)
    loss = (w * turned).sum()
    x += 1  # seen in `turned`, and by its version counter
    assert turned.tolist() == [[2, 4], [3, 5]]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_numpys_writes_are_seen_by_the_version_counter():
    w, x = torch.ones(3, requires_grad=True), torch.tensor([1.0, 2.0, 3.0])
    for write in (
        lambda: np.copyto(x, 0.0),
        lambda: np.put(x, [0], 4.0),
        lambda: np.add(np.ones(3), 1, out=x),
        lambda: np.add.at(x, [0, 0], 1.0),
        lambda: np.median(np.ones((2, 3)), axis=0, out=x),
    ):
        loss = (w * x).sum()
        write()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


# captured arrays


def test_captured_arrays_may_change_before_the_backward_pass():
    def f(x):
        buffer, total = np.zeros(3), 0.0
        for i in range(3):
            buffer[:] = i + 1
            mask = buffer > 1
            total = total + np.sum(x * buffer) + np.dot(buffer, x * x)
            total = total + np.sum(np.where(mask, x, 0)) + np.sum(np.take(x, mask.astype(int)))
            mask[:] = False
        return total

    def steady(x):
        total = 0.0
        for i in range(3):
            b = np.full(3, i + 1.0)
            total = total + np.sum(x * b) + np.sum(b * x * x)
            total = total + np.sum(np.where(b > 1, x, 0)) + np.sum(x[(b > 1).astype(int)])
        return total

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(grad(f)(x), grad(steady)(x))

    def of_a_view(x):
        scale = np.ones(1)
        y = np.sum(x * np.broadcast_to(scale, 3))  # read-only, but a view of what is not
        scale[:] = 10
        return y

    assert grad(of_a_view)(x).tolist() == [1, 1, 1]


def test_functions_of_objects_are_numpys_own():
    x, none = np.broadcast_arrays(torch.ones(2), None)
    assert none[0] is None
    assert x.tolist() == [1, 1]
    same = np.equal(torch.ones(2), np.array(["a", None], dtype=object))
    assert same.tolist() == [False, False]
    with pytest.raises(TypeError, match=r"np\.broadcast_arrays of a tracked Tensor"):
        np.broadcast_arrays(tracked(), None)


def test_shape_errors_have_the_type_of_the_face():
    with pytest.raises(RuntimeError, match="must match the size"):
        np.add(torch.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="broadcast"):
        np.add(Array(np.ones(2)), np.ones(3))
