"""jacobian and hessian: all shapes, both ways of making them, every mix with other derivatives."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import minitorch as torch
from minitorch import (
    deriv,
    elementwise_grad,
    grad,
    hessian,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    tensor_jacobian_product,
    vector_jacobian_product,
)
from minitorch.differential import jacobians
from minitorch.differential.call import Call, Chosen
from tests.test_differential import vmapped

RNG = np.random.default_rng(0)
A = RNG.normal(size=(3, 4))
X = RNG.normal(size=4)


def smooth(x):
    """Of any shape, to one of another: (m, n) -> (n, 2)."""
    y = np.tanh(x) if x.ndim < 2 else np.sin(x) @ np.cos(x).T
    return np.stack([y**2, np.exp(y) * np.sum(x)], -1)


def by_differences(f, x, step=1e-5):
    x = np.asarray(x, float)
    columns = []
    for at in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[at] = step
        columns.append((np.asarray(f(x + e)) - np.asarray(f(x - e))) / (2 * step))
    shape = np.shape(f(x))
    return np.stack(columns, -1).reshape(shape + x.shape) if columns else np.zeros(shape + x.shape)


def forced(fun, way, *args, chunk=10**6):
    """The Jacobian by rows or by columns, whichever are fewer."""
    call = Call(Chosen(fun), args, {})
    trace = jacobians.Trace(call)
    if way == "rows":
        ((block,),) = jacobians.block_rows(trace, chunk)
    else:
        ((block,),) = jacobians._columns(trace, chunk)
    return block._value


both = pytest.mark.parametrize("way", ["rows", "columns"])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (3, 2), (2, 1)], ids=str)
def test_shapes(shape):
    x = RNG.normal(size=shape)
    expected = by_differences(smooth, x)
    got = jacobian(smooth)(x)
    assert type(got) is np.ndarray
    assert got.shape == np.shape(smooth(x)) + shape
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)
    for way in ("rows", "columns"):
        for chunk in (1, 4, 1000):
            np.testing.assert_allclose(forced(smooth, way, x, chunk=chunk), got, atol=1e-13)


def test_scalars_and_empty_arrays():
    j = jacobian(lambda x: x**2)(3)
    assert j == 6
    assert isinstance(j, np.float64)
    assert jacobian(lambda x: x * 2)(np.ones((0, 2))).shape == (0, 2, 0, 2)
    assert jacobian(lambda x: np.ones((0, 3)) * x)(1.0).shape == (0, 3)
    assert jacobian(lambda x: np.sum(x))(np.ones(0)).shape == (0,)
    assert hessian(lambda x: np.sum(x**2))(np.ones(0)).shape == (0, 0)


def test_the_fewer_are_made():
    sizes = []

    def f(x):
        return np.exp(x[:1] * np.ones(5)) * np.sum(x)

    def counted(x):
        sizes.append(1)
        return f(x)

    np.testing.assert_allclose(jacobian(counted)(np.ones(2)), by_differences(f, np.ones(2)))
    assert len(sizes) == 2  # a first run, and one for all columns
    sizes.clear()
    jacobian(counted)(np.ones(5))
    assert len(sizes) == 1


def test_chunks_bound_the_memory(monkeypatch):
    x = RNG.normal(size=6)
    whole = jacobian(smooth)(x), hessian(lambda x: np.sum(smooth(x)))(x)
    monkeypatch.setattr(jacobians, "LIMIT", 40)  # the largest value has 12 elements
    seen = []
    chunks = jacobians._chunks
    monkeypatch.setattr(
        jacobians, "_chunks", lambda total, n: (seen.append((total, n)), chunks(total, n))[1]
    )
    np.testing.assert_allclose(jacobian(smooth)(x), whole[0])
    assert seen == [(6, 3)]
    np.testing.assert_allclose(hessian(lambda x: np.sum(smooth(x)))(x), whole[1])
    np.testing.assert_allclose(jacobian(lambda x: smooth(x)[:2, 0])(x), whole[0][:2, 0])


def test_dtypes_do_not_depend_on_the_way():
    x = X.astype(np.float32)
    for f in (lambda x: np.sum(x) * x[:2], lambda x: np.concatenate([x, x * x])):
        assert jacobian(f)(x).dtype == np.float32
    assert forced(lambda x: x * np.ones(4), "columns", x).dtype == np.float32
    assert forced(lambda x: x * np.ones(4), "rows", x).dtype == np.float32
    assert jacobian(lambda x: x * 2)(np.arange(3)).dtype == np.float64


def test_constants():
    assert not jacobian(lambda x: np.ones(3))(X).any()
    assert not jacobian(lambda x: (x > 0).sum())(X).any()
    assert not jacobian(lambda x: np.floor(np.concatenate([x, x])))(X).any()
    j = jacobian(lambda x: (x[:2], 5.0))(X)
    assert j[0].tolist() == np.eye(4)[:2].tolist()
    assert j[1].tolist() == [0] * 4
    j = jacobian(lambda x, y: np.stack([x, x, x]), (0, 1))(2.0, np.ones(2))
    assert j[1].shape == (3, 2)
    assert not j[1].any()


def test_tensors():
    x = torch.tensor(X, requires_grad=True)
    j = jacobian(lambda x: torch.stack([x.sum(), (x**2).sum()]))(x)
    assert type(j) is torch.Tensor
    np.testing.assert_allclose(j.detach(), [np.ones(4), 2 * X])
    h = hessian(lambda x: (x**3).sum())(torch.tensor(X))
    assert type(h) is torch.Tensor
    np.testing.assert_allclose(h, np.diag(6 * X))


@both
@pytest.mark.parametrize("dtypes", ["rc", "cr", "cc"])
def test_complex_numbers(dtypes, way):
    z = X + (1j * X[::-1] if dtypes[0] == "c" else 0)
    turn = A * (1 + 2j)

    def f(z):
        y = turn @ (z * z)
        return y if dtypes[1] == "c" else np.real(y)

    expected = turn * (2 * z)  # of the real part of an analytic function it is that function's
    got = jacobian(f)(z)
    np.testing.assert_allclose(got, expected)
    if dtypes == "cc":
        np.testing.assert_allclose(forced(f, way, z), expected)


def test_complex_numbers_beside_real_ones():
    def f(p):
        x, z = p
        return np.real(z) * x, x * z, x

    (rx, rz), (cx, cz), (xx, xz) = jacobian(f)((2.0, 3 + 4j))
    assert (rx, rz, cx, cz, xx, xz) == (3, 2, 3 + 4j, 2, 1, 0)


# nested


def energy(x):
    return np.sum(np.tanh(A @ x) ** 2) + np.prod(x[:2]) + np.sum(x**3) / np.linalg.norm(x)


@both
def test_a_gradient_inside_of_either_way(way):
    np.testing.assert_allclose(
        forced(grad(energy), way, X), by_differences(grad(energy), X), rtol=1e-6, atol=1e-8
    )
    h = functools.partial(forced, grad(energy), way)
    np.testing.assert_allclose(h(X), h(X).T, atol=1e-13)

    for third in (
        lambda x: grad(lambda x: np.sum(grad(energy)(x) * x))(x),
        lambda x: make_jvp(grad(energy))(x)(x)[1],
        lambda x: grad(lambda x: make_jvp(energy)(x)(X)[1])(x),
    ):
        expected = by_differences(third, X)
        np.testing.assert_allclose(forced(third, way, X), expected, rtol=1e-5, atol=1e-7)


@both
def test_a_jacobian_inside_of_either_way(way):
    for inner in (hessian(energy), jacobian(lambda x: np.outer(x, np.sin(x)))):
        np.testing.assert_allclose(
            forced(inner, way, X), by_differences(inner, X), rtol=1e-5, atol=1e-7
        )


@both
def test_writes_and_captured_values(way):
    def f(x):
        y = np.zeros_like(x)
        for i in range(len(x)):
            y[i] = x[i] ** 2 * (y[i - 1] if i else 1.0)
        y[1:] *= x[0]
        return y

    np.testing.assert_allclose(forced(f, way, X), by_differences(f, X), rtol=1e-6, atol=1e-8)


def test_inside_of_other_derivatives():
    def f(x):
        return np.sum(jacobian(lambda x: np.tanh(A @ x) * np.sum(x**2))(x) ** 2)

    def tall(x):  # by columns
        return np.sum(jacobian(lambda x: np.outer(x, np.sin(x)))(x) ** 2)

    v = RNG.normal(size=4)
    for function in (f, tall):
        expected = by_differences(function, X)
        np.testing.assert_allclose(grad(function)(X), expected, rtol=1e-6)
        assert make_jvp(function)(X)(v)[1] == pytest.approx(expected @ v)
        np.testing.assert_allclose(
            hessian(function)(X), by_differences(grad(function), X), rtol=1e-6, atol=1e-6
        )


def test_orders():
    x = 0.7
    f = np.sin
    for expected in (np.cos(x), -np.sin(x), -np.cos(x), np.sin(x)):
        f = jacobian(f)
        assert f(x) == pytest.approx(expected)
    cube = hessian(hessian(lambda x: np.sum(x**4)))(np.array([1.0, 2.0]))
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 0, 0] = expected[1, 1, 1, 1] = 24
    np.testing.assert_allclose(cube, expected)


def test_of_a_function_of_several_values():
    def f(x):
        return np.stack([np.sum(x**3), x[0] * x[1]])

    h = hessian(f)(X)
    assert h.shape == (2, 4, 4)
    np.testing.assert_allclose(h[0], np.diag(6 * X))
    np.testing.assert_allclose(h[1, :2, :2], [[0, 1], [1, 0]])


def test_in_a_batch():
    rows = RNG.normal(size=(3, 4))
    for f in (lambda x: np.tanh(A @ x), lambda x: np.outer(x, np.sin(x)).ravel(), energy):
        got = vmapped(jacobian(f))(rows)
        np.testing.assert_allclose(got, [jacobian(f)(x) for x in rows], atol=1e-13)
    got = vmapped(hessian(energy))(rows)
    np.testing.assert_allclose(got, [hessian(energy)(x) for x in rows], atol=1e-12)
    nested = vmapped(lambda x: vmapped(jacobian(lambda y: np.sin(y) * x[0]))(np.outer(x, x)))
    np.testing.assert_allclose(
        nested(rows), [[np.diag(np.cos(y) * x[0]) for y in np.outer(x, x)] for x in rows]
    )


def test_a_batch_inside():
    rows = RNG.normal(size=(2, 4))

    def f(x):
        return vmapped(grad(energy))(x)

    expected = by_differences(lambda x: np.array([grad(energy)(row) for row in x]), rows)
    for way in ("rows", "columns"):
        np.testing.assert_allclose(forced(f, way, rows), expected, rtol=1e-6, atol=1e-7)


def test_backward_through_a_jacobian():
    w = torch.tensor(A, requires_grad=True)
    x = torch.tensor(X)
    for f in (lambda x: (w @ x).tanh(), lambda x: torch.stack([(w @ x).tanh()] * 2)):
        w.grad = None
        j = jacobian(f)(x)
        assert w.grad is None
        (j**2).sum().backward()
        expected = by_differences(
            lambda w: np.sum(jacobian(lambda x: np.tanh(w @ x))(X) ** 2), A
        ) * (j.ndim - 1)
        np.testing.assert_allclose(w.grad, expected, rtol=1e-6, atol=1e-9)


def test_the_graph_is_swept_again_where_needed(monkeypatch):
    w = torch.tensor(A, requires_grad=True)
    h = w * 2
    monkeypatch.setattr(jacobians, "LIMIT", 1)
    with torch.no_grad():
        j = jacobian(lambda x: h @ x)(torch.tensor(X))
    np.testing.assert_allclose(j, 2 * A)
    assert not j.requires_grad
    h.sum().backward()
    assert (w.grad == 2).all()


# products


def test_products_with_the_jacobian():
    def f(x):
        return np.tanh(A @ x)[:, None] * np.ones(2)

    j = jacobian(f)(X)
    whole = RNG.normal(size=(3, 2))
    for t in (whole, whole[:, 0]):
        for product in (tensor_jacobian_product, vector_jacobian_product):
            np.testing.assert_allclose(product(f)(X, t), np.tensordot(t, j, t.ndim))
    np.testing.assert_allclose(tensor_jacobian_product(f)(X, 2.0), 2 * j)
    product = tensor_jacobian_product(lambda x, y: x * y, (0, 1))(X, X**2, np.ones(4))
    np.testing.assert_allclose(product, (X**2, X))
    g = grad(lambda x: np.sum(tensor_jacobian_product(f)(x, t)))(X)
    np.testing.assert_allclose(
        g, by_differences(lambda x: np.sum(np.tensordot(t, jacobian(f)(x), t.ndim)), X), rtol=1e-6
    )
    with pytest.raises(TypeError, match="those of the function and then t"):
        tensor_jacobian_product(f)(X)


def test_products_with_the_hessian():
    h = hessian(energy)(X)
    hvp, g = make_hvp(energy)(X)
    np.testing.assert_allclose(g, grad(energy)(X))
    for v in RNG.normal(size=(2, 4)):
        np.testing.assert_allclose(hvp(v), h @ v)
        np.testing.assert_allclose(hessian_vector_product(energy)(X, v), h @ v)
    assert hessian_tensor_product is hessian_vector_product
    x, v = RNG.normal(size=(2, 2)), RNG.normal(size=(2, 2))

    def f(a, x):
        return a * np.sum(np.sin(x) @ x)

    expected = np.tensordot(hessian(f, 1)(3.0, x), v, 2)
    np.testing.assert_allclose(hessian_tensor_product(f, 1)(3.0, x, v), expected)
    with pytest.raises(TypeError, match="those of the function and then v"):
        hessian_vector_product(f)(1.0)


def test_gauss_newton_products():
    def f(x, s):
        return np.tanh(A @ x) * s

    j = jacobian(f)(X, 2.0)
    v = RNG.normal(size=4)
    np.testing.assert_allclose(make_ggnvp(f)(X, 2.0)(v), j.T @ j @ v)
    curved = make_ggnvp(f, lambda y: np.sum(y**4))(X, 2.0)
    np.testing.assert_allclose(curved(v), j.T @ (12 * f(X, 2.0) ** 2 * (j @ v)))
    by_s = make_ggnvp(f, f_argnum=1)(X, 2.0)(1.0)
    assert by_s == pytest.approx(np.sum(np.tanh(A @ X) ** 2))


def test_derivatives_of_numbers_and_elements():
    curve = deriv(lambda t: np.stack([np.cos(t), np.sin(t)]))
    np.testing.assert_allclose(curve(0.3), [-np.sin(0.3), np.cos(0.3)])
    assert deriv(deriv(np.sin))(0.3) == pytest.approx(-np.sin(0.3))
    x = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(elementwise_grad(np.tanh)(x), 1 - np.tanh(x) ** 2)
    second = elementwise_grad(elementwise_grad(np.tanh))(x)
    np.testing.assert_allclose(second, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2))
    np.testing.assert_allclose(elementwise_grad(np.outer, 1)(X, X), np.sum(X) * np.ones(4))
    with pytest.raises(TypeError, match="holomorphic_grad"):
        elementwise_grad(lambda x: x * 1j)(1.0)
    z = 0.3 + 0.4j
    assert holomorphic_grad(np.sin)(z) == pytest.approx(np.cos(z))
    assert holomorphic_grad(holomorphic_grad(np.sin))(z) == pytest.approx(-np.sin(z))
    assert holomorphic_grad(np.real)(z) == 1
    with pytest.warns(UserWarning, match="is real"):
        holomorphic_grad(np.sin)(0.3)
    with pytest.raises(TypeError, match="holomorphic_grad"):
        grad(np.sin)(z)


# oracles


@pytest.mark.parametrize("argnum", [0, 1])
def test_hips_autograd_agrees(argnum):
    autograd = pytest.importorskip("autograd")
    theirs_np = pytest.importorskip("autograd.numpy")

    def of(np):
        def f(w, x):
            return np.tanh(np.dot(w, x)) * np.sum(w**2) + np.exp(x[0])

        return f, lambda w, x: np.sum(f(w, x) ** 3)

    (f, scalar), (their_f, their_scalar) = of(np), of(theirs_np)
    args = A, X
    v = RNG.normal(size=args[argnum].shape)
    t = RNG.normal(size=3)
    for ours, theirs in [
        (jacobian(f, argnum)(*args), autograd.jacobian(their_f, argnum)(*args)),
        (hessian(scalar, argnum)(*args), autograd.hessian(their_scalar, argnum)(*args)),
        (elementwise_grad(f, argnum)(*args), autograd.elementwise_grad(their_f, argnum)(*args)),
        (deriv(f, argnum)(*args), autograd.deriv(their_f, argnum)(*args)),
        (
            hessian_vector_product(scalar, argnum)(*args, v),
            autograd.hessian_vector_product(their_scalar, argnum)(*args, v),
        ),
        (
            make_hvp(scalar, argnum)(*args)[0](v),
            autograd.make_hvp(their_scalar, argnum)(*args)[0](v),
        ),
        (
            tensor_jacobian_product(f, argnum)(*args, t),
            autograd.tensor_jacobian_product(their_f, argnum)(*args, t),
        ),
        (
            make_ggnvp(f, f_argnum=argnum)(*args)(v),
            autograd.make_ggnvp(their_f, f_argnum=argnum)(*args)(v),
        ),
        (make_vjp(f, argnum)(*args)[0](t), autograd.make_vjp(their_f, argnum)(*args)[0](t)),
        (make_jvp(f, argnum)(*args)(v)[1], autograd.make_jvp(their_f, argnum)(*args)(v)[1]),
    ]:
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_jax_agrees():
    jax = pytest.importorskip("jax")

    def of(np):
        return lambda x: np.stack([np.sin(x) @ x, np.sum(np.exp(x)) * np.sum(x)]) * x[:, None]

    x = X[:3]
    with jax.enable_x64(True):
        theirs = of(jax.numpy)
        np.testing.assert_allclose(jacobian(of(np))(x), jax.jacrev(theirs)(x), rtol=1e-12)
        np.testing.assert_allclose(hessian(of(np))(x), jax.hessian(theirs)(x), rtol=1e-12)


def test_a_function_that_remembers_its_first_run():
    memo = {}

    def f(x):
        square = memo.setdefault("square", x**2)
        return np.stack([square * x, x, x])

    found = jacobian(f)(3.0)
    assert type(found) is np.ndarray
    assert found.tolist() == [27, 1, 1]


@pytest.mark.parametrize("size", [1, 5])
def test_what_no_grad_makes_constant_is_so_whatever_the_shape(size):
    def f(x):
        with torch.no_grad():
            a = x**2
        return a * x * np.ones(size)

    np.testing.assert_array_equal(jacobian(f)(3.0), 9 * np.ones(size))
