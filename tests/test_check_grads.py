"""The checks of derivatives find what is wrong, say where, and pass what is right."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch.extend import defjvp, defvjp, primitive
from minitorch.test_util import (
    check_equivalent,
    check_grads,
    check_jvp,
    check_vjp,
    combo_check,
    make_numerical_jvp,
    scalar_close,
)
from minitorch.tracer import getval

X = np.array([0.3, -1.2, 0.9])
NUMBER = r"(np\.float64\()?-?[\d.e+-]+\)?"


@pytest.fixture(autouse=True)
def seeded_numpy():
    np.random.seed(0)  # noqa: NPY002


RIGHT = {
    "numbers": (lambda x: x**3, (2.0,), 0),
    "whole numbers": (lambda x: x**3, (2,), 0),
    "arrays": (lambda x, y: np.tanh(x @ y), (np.ones((2, 3)), X), (0, 1)),
    "the second": (lambda x, y: np.sin(x * y), (2.0, X), 1),
    "containers": (lambda p: {"s": p["a"] * p["b"][0], "t": (p["a"],)}, ({"a": X, "b": [2.0]},), 0),
    "complex": (lambda z: np.exp(z) * np.abs(z), (X * (1 + 2j),), 0),
    "complex of real": (lambda x: np.exp(1j * x), (X,), 0),
    "real of complex": (lambda z: np.real(z * np.conj(z)), (X * 1j,), 0),
    "float32": (lambda x: np.sin(x) * x, (X.astype(np.float32),), 0),
    "large": (lambda x: 1e9 * np.sin(x), (X,), 0),
    "small": (lambda x: 1e-9 * np.sin(x), (X,), 0),
    "empty": (lambda x: x * 2, (np.zeros((0, 2)),), 0),
    "constant": (lambda x: np.ones(2), (X,), 0),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("modes", [["fwd"], ["rev"], ["fwd", "rev"]])
def test_right_derivatives_pass(name, modes):
    f, args, argnum = RIGHT[name]
    check_grads(f, argnum, modes=modes, order=2)(*args)


def test_third_order_and_keywords():
    check_grads(lambda x, k=1.0: np.sin(k * x), order=3)(X, k=2.0)


def faulty(factor=3.0, index=1):
    """The cube, with a rule that is wrong in one element of the second argument."""

    @primitive
    def cubed(scale, x):
        return scale * x**3

    weights = np.where(np.arange(3) == index, factor + 0.01, 3.0)
    defvjp(cubed, lambda ans, s, x: lambda g: np.sum(g * x**3),
           lambda ans, s, x: lambda g: g * s * weights * x**2)  # fmt: skip
    defjvp(cubed, lambda g, ans, s, x: g * x**3, lambda g, ans, s, x: g * s * weights * x**2)
    return cubed


def test_the_message_in_reverse_mode():
    f = faulty()
    check_grads(f, 0, modes=["rev"], order=1)(2.0, X)
    with pytest.raises(AssertionError) as caught:
        check_grads(f, (0, 1), modes=["rev"], order=1)(2.0, X)
    text = str(caught.value)
    assert text.startswith("the derivative of cubed is wrong in reverse mode (order 1): by ")
    assert "argument 1[1]" in text
    gives, differences = numbers(text, "it gives ", "finite differences ")
    np.testing.assert_allclose(gives / differences, 3.01 / 3, rtol=1e-5)


def test_the_message_in_forward_mode():
    with pytest.raises(AssertionError) as caught:
        check_grads(faulty(), (0, 1), modes=["fwd"], order=1)(2.0, X)
    text = str(caught.value)
    assert text.startswith("the derivative of cubed is wrong in forward mode (order 1): in ")
    assert "the result[1]" in text and "by argument 1[1] alone" in text
    gives, differences = numbers(text, "alone it gives ", "in place of ")
    np.testing.assert_allclose([gives, differences], [2 * 3.01 * 1.44, 2 * 3 * 1.44], rtol=1e-5)


def numbers(text, *before):
    return [float(text.split(word)[-1].split()[0].strip(",;")) for word in before]


def test_the_message_at_second_order():
    square = primitive(lambda x: x**2)
    held = primitive(lambda x: 2 * x)
    defvjp(held, None)
    defvjp(square, lambda ans, x: lambda g: g * held(x))
    check_grads(square, modes=["rev"], order=1)(X)
    with pytest.raises(
        AssertionError,
        match=r"reverse mode \(order 2 of the derivative in reverse mode\): by argument 0\[0\]",
    ):
        check_grads(square, modes=["rev"])(X)
    with pytest.raises(AssertionError, match=r"order 2 of the derivative in forward mode"):
        check_grads(square, modes=["fwd"])(X)


def test_parts_of_containers_are_named():
    f = faulty()
    with pytest.raises(AssertionError, match=r"by argument 0, part 1\[1\] it gives"):
        check_grads(lambda p: {"y": f(p["s"], p["x"])}, modes=["rev"])({"s": 2.0, "x": X})
    with pytest.raises(AssertionError, match=r"in the result, part 1\[1\]"):
        check_grads(lambda p: (p[0], f(*p)), modes=["fwd"])((2.0, X))


def test_a_single_wrong_element_of_many_is_found():
    wrong = primitive(lambda x: x * 2)
    slopes = np.full((20, 30), 2.0)
    slopes[11, 7] = 2.001
    defvjp(wrong, lambda ans, x: lambda g: g * slopes)
    with pytest.raises(AssertionError, match=r"argument 0\[11, 7\]"):
        check_vjp(wrong, np.ones((20, 30)))
    with pytest.raises(AssertionError, match=r"argument 0\[11, 7\]"):
        check_jvp(wrong, np.ones((20, 30)))


def test_a_nan_is_wrong():
    bad = primitive(lambda x: x * 2)
    defvjp(bad, lambda ans, x: lambda g: g * np.nan)
    for modes in (["rev"], ["fwd"]):
        with pytest.raises(AssertionError, match="nan"):
            check_grads(bad, modes=modes, order=1)(X)


def test_modes_are_checked():
    with pytest.raises(ValueError, match="the modes are"):
        check_grads(np.sin, modes=["back"])


def test_values_alike():
    check_equivalent([X, 2.0], [X + 1e-9, 2.0])
    with pytest.raises(AssertionError, match=r"the value, part 0\[2\]: 0\.9 is not 1\.9"):
        check_equivalent([X, 2.0], [X + np.array([0, 0, 1.0]), 2.0])
    with pytest.raises(AssertionError, match="different spaces"):
        check_equivalent(X, X.astype(np.float32))
    assert scalar_close(1e9, 1e9 + 1) and scalar_close(0.0, 1e-7) and not scalar_close(1.0, 1.1)


def test_numerical_derivatives():
    jvp = make_numerical_jvp(lambda p: {"y": p[0] ** 2 * p[1]}, (X, 3.0))
    np.testing.assert_allclose(jvp((np.ones(3), 1.0))["y"], 6 * X + X**2, rtol=1e-8)


def test_combinations_are_all_checked():
    seen = []

    def f(x, y, k=1.0):
        seen.append((np.shape(x), float(getval(y)), k))
        return x * y * k

    combo_check(f, (0, 1), modes=["rev"], order=1)([1.0, X], [2.0, 3.0], k=[1.0, 5.0])
    shapes = {(shape, round(y), k) for shape, y, k in seen if abs(y - round(y)) < 1e-12}
    assert shapes == {(s, y, k) for s in ((), (3,)) for y in (2, 3) for k in (1.0, 5.0)}
    wrong = faulty()
    with pytest.raises(AssertionError, match="argument 1"):
        combo_check(wrong, 1, modes=["rev"])([1.0, 2.0], [np.zeros(3), X])
