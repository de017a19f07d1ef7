"""Situations in which an autograd library can give a wrong number without a word.

Each is right here, or a clear error.
"""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import minitorch
import minitorch.numpy as mnp
from minitorch import elementwise_grad, grad, jacobian, make_jvp, make_vjp

X = np.array([0.5, -1.5, 2.0])
MASK = np.array([True, False, True])


@pytest.mark.parametrize("np", [np, mnp], ids=["numpy", "minitorch.numpy"])
@pytest.mark.parametrize("name", ["sum", "mean", "prod", "var", "std"])
def test_masked_reductions(np, name):
    reduce = getattr(np, name)
    found = grad(lambda x: reduce(x, where=MASK))(X)
    expected = np.zeros(3)
    expected[MASK] = grad(reduce)(X[MASK])
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    forward = make_jvp(lambda x: reduce(x, where=MASK))(X)(np.array([0.0, 1.0, 0.0]))[1]
    assert forward == 0


@pytest.mark.parametrize("reduce", [np.max, np.amax, np.nanmax, np.maximum.reduce])
def test_extreme_with_an_initial_value(reduce):
    np.testing.assert_array_equal(grad(lambda x: reduce(x, initial=0.0))(X), [0, 0, 1])
    np.testing.assert_array_equal(grad(lambda x: reduce(x, initial=9.0))(X), [0, 0, 0])


def test_arrays_by_keyword():
    found = grad(lambda x: np.tensordot(a=x, b=x, axes=1))(X)
    np.testing.assert_allclose(found, 2 * X)
    found = grad(lambda x: np.sum(np.dot(a=x[None], b=x)))(X)
    np.testing.assert_allclose(found, 2 * X)
    np.testing.assert_allclose(grad(lambda x: np.sum(np.roll(a=x, shift=1) * X))(X), np.roll(X, -1))


def test_full_with_an_array():
    found = jacobian(lambda x: mnp.full((2, 3), x))(X)
    np.testing.assert_array_equal(found, np.stack([np.eye(3)] * 2))


@pytest.mark.parametrize("make", [lambda *y: y, lambda *y: list(y), lambda a, b: {"a": a, "b": b}])
def test_plain_containers_as_results(make):
    f = lambda x: make(x * x, np.sum(x))  # noqa: E731
    vjp, _ = make_vjp(f)(X)
    np.testing.assert_allclose(vjp(make(np.ones(3), np.float64(5.0))), 2 * X + 5)
    _, moved = make_jvp(f)(X)(np.ones(3))
    flat = list(moved.values()) if isinstance(moved, dict) else list(moved)
    np.testing.assert_allclose(flat[0], 2 * X)
    assert flat[1] == 3


def test_several_arguments_of_a_jacobian():
    a, b = jacobian(lambda x, y: x * y, (0, 1))(X, X + 1)
    np.testing.assert_allclose(a, np.diag(X + 1))
    np.testing.assert_allclose(b, np.diag(X))


def test_a_value_leaked_from_an_earlier_trace():
    leaked = []

    def first(x):
        leaked.append(x * 2.0)
        return x * x

    assert grad(first)(3.0) == 6
    second = grad(lambda y: y * leaked[0])(3.0)  # leaked[0] is 6, whatever it was made of
    np.testing.assert_equal(getattr(second, "_value", second), 6.0)
    third = grad(lambda y: y * y + leaked[0])(1.5)
    np.testing.assert_equal(getattr(third, "_value", third), 3.0)


def test_a_value_leaked_from_forward_mode_is_an_error_or_right():
    leaked = []

    def first(x):
        leaked.append(x * 2.0)
        return x * x

    make_jvp(first)(3.0)(1.0)
    try:
        found = grad(lambda y: y * leaked[0])(3.0)
    except RuntimeError as error:
        assert "is not live" in str(error)
    else:
        assert found == 6


def test_a_captured_array_that_is_changed_before_the_backward_pass():
    captured = np.ones(3)
    vjp, _ = make_vjp(lambda x: x * captured)(X)
    captured[:] = 10.0
    np.testing.assert_array_equal(vjp(np.ones(3)), 1)


@pytest.mark.parametrize(
    "use",
    [
        lambda x, c: np.stack([x, c]) * c, lambda x, c: x @ c, lambda x, c: np.where(c > 0, x, 0.0),
        lambda x, c: np.power(x * x, c), lambda x, c: np.einsum("i,i->", x, c),
        lambda x, c: x[c.astype(int) - 1], lambda x, c: np.convolve(x, c), lambda x, c: x / c,
        lambda x, c: np.interp(x, np.cumsum(c), c), lambda x, c: mnp.array([x, c]) ** 2,
        lambda x, c: np.linalg.solve(np.diag(c) + 0.1, x), lambda x, c: np.clip(x, -c, c),
        lambda x, c: np.average(x, weights=c), lambda x, c: np.kron(x, c),
    ],
)  # fmt: skip
def test_no_function_keeps_an_array_that_the_caller_can_change(use):
    def gradient(change):
        captured = np.ones(3)
        vjp, value = make_vjp(lambda x: use(x, captured))(X)
        if change:
            captured[:] = [7.0, -3.0, 5.0]
        return vjp(np.ones_like(value))

    np.testing.assert_array_equal(gradient(change=True), gradient(change=False))


def test_an_input_that_is_changed_after_the_forward_pass():
    x = X.copy()
    vjp, _ = make_vjp(lambda x: x * x)(x)
    x[:] = 100.0
    np.testing.assert_array_equal(vjp(np.ones(3)), 2 * X)


def test_several_threads():
    def nested(x):
        return grad(lambda y: y**3 * grad(lambda z: np.sin(z) * y)(y))(x)

    points = np.linspace(0.1, 2.0, 40)
    expected = [nested(p) for p in points]
    found: dict[int, list[float]] = {}

    def work(i):
        found[i] = [nested(p) for _ in range(4) for p in points]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[i] == expected * 4 for i in range(4))


def test_nested_derivatives_do_not_confuse_their_perturbations():
    d = lambda f: lambda x: make_jvp(f)(x)(1.0)[1]  # noqa: E731
    for inner in (grad, d):
        for outer in (grad, d):
            assert outer(lambda x, d=inner: x * d(lambda y: x + y)(1.0))(1.0) == 1
            assert outer(lambda x, d=inner: x * d(lambda y: x * y)(2.0))(3.0) == 6


@pytest.mark.parametrize(
    "lose",
    [
        math.sin, float, int, complex, lambda t: np.array([t, 1.0]), lambda t: math.exp(t) + t,
        lambda t: np.zeros(3).__setitem__(0, t), lambda t: np.zeros(2).fill(t),
        lambda t: np.asarray(t), lambda t: np.float64(t), lambda t: [1.0, 2.0][t],
        lambda t: np.random.default_rng(0).normal(t), lambda t: np.zeros(3).__iadd__(t),
        lambda t: t.item(),
        lambda t: np.add(t, 1.0, out=np.zeros(())), lambda t: np.copyto(np.zeros(()), t),
    ],
)  # fmt: skip
def test_what_would_drop_a_traced_value_from_the_graph(lose):
    for derivative in (grad(lose), lambda t: make_jvp(lose)(t)(1.0)):
        with pytest.raises((TypeError, IndexError, ValueError), match=r"traced|tracked"):
            derivative(0.5)


def test_formatting_is_no_loss():
    shown = []
    grad(lambda t: shown.append(f"{t:.3f} {t}") or t * t)(0.5)
    assert shown == ["0.500 0.5"]


def test_unknown_derivatives_are_errors_not_zeros():
    for function in (np.packbits, np.unpackbits, np.isnat):
        with pytest.raises(TypeError, match=rf"np\.[a-z._]*{function.__name__} of a tracked Array"):
            grad(lambda x, f=function: np.sum(f(x)))(X)


def test_integer_results_are_constant_by_the_mathematics():
    assert grad(lambda x: np.floor(x) + x)(1.5) == 1
    assert minitorch.grad(lambda x: x * np.argmax(np.array([1.0, 2.0])))(3.0) == 1


def test_a_value_of_make_vjp_is_the_callers_own():
    for f in (np.exp, lambda x: np.tanh(x)[::-1], lambda x: {"y": np.sqrt(x * x)}):
        vjp, value = make_vjp(f)(X)
        ones = {"y": np.ones(3)} if isinstance(value, dict) else np.ones(3)
        before = vjp(ones)
        (value["y"] if isinstance(value, dict) else value)[:] = 0.0
        np.testing.assert_array_equal(vjp(ones), before)


def test_gradients_and_tangents_share_no_memory_with_what_was_given():
    a, b = X.copy(), X + 1.0
    g = grad(lambda x, y: np.dot(x, y), (0, 1))(a, b)
    vjp, value = make_vjp(lambda x: x.reshape(3, 1))(a)
    seed = np.ones((3, 1))
    primal, tangent = make_jvp(lambda x: x)(a)(b)
    results = [*g, value, vjp(seed), primal, tangent]
    for i, result in enumerate(results):
        assert result.flags.writeable
        assert not any(np.shares_memory(result, x) for x in (a, b, seed, *results[:i])), i


def _in_threads(x):
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda k: np.sin(k * x), [1.0, 2.0])
    return one * two


def test_a_function_that_computes_in_other_threads():
    expected = np.cos(0.5) * np.sin(1.0) + 2 * np.sin(0.5) * np.cos(1.0)
    np.testing.assert_allclose(grad(_in_threads)(0.5), expected, rtol=1e-14)
    wide = [  # their derivatives run forward
        minitorch.deriv(_in_threads),
        lambda x: make_jvp(_in_threads)(x)(1.0),
        jacobian(lambda x: _in_threads(np.stack([x, x]))),
        jacobian(lambda x: np.stack([x, x * _in_threads(x)])),
        lambda x: make_jvp(grad(_in_threads))(x)(1.0),
    ]
    for derivative in wide:
        with pytest.raises(RuntimeError, match="in another thread"):
            derivative(0.5)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [lambda: np.matrix(np.diag(X)), lambda: np.ma.array(X, mask=MASK)])
def test_arrays_with_operators_of_their_own_are_refused(make):
    special = make()
    x = np.ones(special.shape)
    with pytest.raises(TypeError, match="computes by rules of its own"):
        grad(lambda m: np.sum(m * m))(special)
    uses = (
        lambda x: x * special,
        lambda x: special + x,
        lambda x: np.multiply(x, special),
        lambda x: np.divide(special, x),
        lambda x: np.where(x > 0, x, special),
    )
    for use in uses:
        with pytest.raises(TypeError):
            elementwise_grad(use)(x)


@pytest.mark.parametrize("operator", [grad, minitorch.value_and_grad])
def test_a_number_taken_out_of_a_tensor(operator):
    t = minitorch.tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="item"):
        operator(lambda x: (x * x).sum().item())(t)
