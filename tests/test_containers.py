"""Containers as arguments and results of every differential operator."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

import minitorch as torch
from minitorch import (
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_vector_product,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    multigrad_dict,
    tensor_jacobian_product,
    value_and_grad,
)
from minitorch.differential import register_container
from minitorch.differential.containers import flatten
from minitorch.faces.array import Array

W = np.array([[1.0, 2.0], [3.0, 4.0]])
B = np.array([0.5, -0.5])


class Pair(NamedTuple):
    w: Any
    b: Any


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"


@dataclasses.dataclass(frozen=True)
class Frozen:
    w: Any
    b: Any
    double: Any = dataclasses.field(default=None, init=False)

    def __post_init__(self):
        object.__setattr__(self, "double", "checked")
        assert self.b is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    w: Any
    b: Any


class Model:
    def __init__(self, w, b, depth):
        self.w, self.b, self.depth = w, b, depth


register_container(
    Model, lambda m: ((m.w, m.b), m.depth), lambda depth, parts: Model(*parts, depth)
)


def default_dict(**items):
    made = collections.defaultdict(list)
    made.update(items)
    return made


def parts(p):
    """The weight and the bias, of whatever container."""
    if isinstance(p, (list, tuple)):
        return p[0], p[1]
    if isinstance(p, dict):
        return p["w"], p["b"]
    return p.w, p.b


def loss(p, x=1.0):
    w, b = parts(p)
    return np.sum(np.tanh(w @ b + x * b) ** 2)


DW, DB = grad(lambda w, b: loss((w, b)), (0, 1))(W, B)

CONTAINERS = [
    (W, B),
    [W, B],
    {"w": W, "b": B},
    {"b": B, "w": W},
    collections.OrderedDict(b=B, w=W),
    default_dict(w=W, b=B),
    Pair(W, B),
    Layer(W, B),
    Frozen(W, B),
    Slotted(W, B),
    Model(W, B, 3),
]
each_container = pytest.mark.parametrize("p", CONTAINERS, ids=lambda p: type(p).__name__)


@each_container
def test_the_gradient_is_such_a_container(p):
    seen = []

    def f(p, x):
        seen.append(p)
        return loss(p, x)

    value, g = value_and_grad(f)(p, 1.0)
    assert value == pytest.approx(loss(p))
    assert type(g) is type(p) is type(seen[0])
    assert all(type(part) is Array for part in parts(seen[0]))
    for got, expected, own in zip(parts(g), (DW, DB), parts(p), strict=True):
        assert type(got) is np.ndarray
        assert type(own) is np.ndarray
        np.testing.assert_allclose(got, expected)
    if isinstance(p, dict):
        assert list(g) == list(p)
    if isinstance(p, collections.defaultdict):
        assert g.default_factory is list
    if isinstance(p, Layer):
        assert (g.name, seen[0].name) == (None, "layer")
    if isinstance(p, Frozen):
        assert (g.double, seen[0].double) == (None, "checked")
    if isinstance(p, Model):
        assert g.depth == seen[0].depth == 3


@each_container
def test_every_operator_takes_it(p):
    v = grad(loss)(p)  # a tangent of the same form
    vw, vb = parts(v)

    def plain(w, b):
        return loss((w, b))

    _, expected = make_jvp(plain, (0, 1))(W, B)((vw, vb))
    value, tangent = make_jvp(loss)(p)(v)
    assert value == pytest.approx(loss(p))
    assert tangent == pytest.approx(expected)
    assert tangent == pytest.approx(np.sum(DW**2) + np.sum(DB**2))

    vjp, _ = make_vjp(loss)(p)
    np.testing.assert_allclose(parts(vjp(2.0))[0], 2 * DW)
    np.testing.assert_allclose(parts(jacobian(loss)(p))[1], DB)
    np.testing.assert_allclose(parts(elementwise_grad(loss)(p))[1], DB)

    _, hv = make_jvp(grad(plain, (0, 1)), (0, 1))(W, B)((vw, vb))
    for product in (make_hvp(loss)(p)[0](v), hessian_vector_product(loss)(p, v)):
        assert type(product) is type(p)
        np.testing.assert_allclose(parts(product)[0], hv[0], rtol=1e-10)
        np.testing.assert_allclose(parts(product)[1], hv[1], rtol=1e-10)

    h = hessian(loss)(p)
    assert type(h) is type(parts(h)[0]) is type(p)
    blocks = hessian(plain, (0, 1))(W, B)
    for i in range(2):
        for j in range(2):
            block = parts(parts(h)[i])[j]
            assert block.shape == (W, B)[i].shape + (W, B)[j].shape
            np.testing.assert_allclose(block, blocks[i][j])
    ww, wb = parts(parts(h)[0])
    total = np.tensordot(ww, vw, 2) + np.tensordot(wb, vb, 1)
    np.testing.assert_allclose(total, hv[0], rtol=1e-10)


@each_container
def test_as_a_result(p):
    def f(x):
        return parts_replaced(p, x)

    def parts_replaced(p, x):
        leaves, form = flatten(p)
        return form.build(iter([leaf * x**2 for leaf in leaves]))

    vjp, value = make_vjp(f)(3.0)
    assert type(value) is type(p)
    np.testing.assert_allclose(parts(value)[0], 9 * W)
    g = vjp(p)
    assert g == pytest.approx(6 * (np.sum(W**2) + np.sum(B**2)))
    for tangent in (make_jvp(f)(3.0)(1.0)[1], deriv(f)(3.0), jacobian(f)(3.0)):
        assert type(tangent) is type(p)
        np.testing.assert_allclose(parts(tangent)[0], 6 * W)
        np.testing.assert_allclose(parts(tangent)[1], 6 * B)
    assert tensor_jacobian_product(f)(3.0, p) == pytest.approx(g)
    second = parts(deriv(deriv(f))(3.0))
    np.testing.assert_allclose(second[0], 2 * W)


def test_nested_with_all_that_is_no_number():
    flag = object()
    p = {
        "layers": [(1.0, np.ones(2)), (np.float32(2), None)],
        "name": "net",
        "flag": flag,
        "training": True,
        "mask": np.array([True, False]),
        "words": np.array(["a"]),
        "count": 3,
        "empty": (),
    }

    def f(p):
        assert p["flag"] is flag
        assert p["name"] == "net"
        assert p["training"] is True
        assert p["mask"].dtype == bool
        assert p["layers"][1][1] is None
        (a, b), (c, _) = p["layers"]
        return a * np.sum(b[p["mask"]]) * c * p["count"]

    g = grad(f)(p)
    assert list(g) == list(p)
    (a, b), (c, none) = g["layers"]
    assert (a, c, g["count"]) == (6, 3, 2)
    assert c.dtype == np.float32
    assert b.tolist() == [6, 0]
    assert none is g["name"] is g["flag"] is g["training"] is g["mask"] is g["words"] is None
    assert g["empty"] == ()
    assert p["count"] == 3  # the caller's own container is as it was
    value, tangent = make_jvp(lambda p: (f(p), "said"))(p)(g)
    assert value == (6, "said")
    assert tangent == (pytest.approx(36 + 36 + 9 + 4), None)


def test_tensors_and_arrays_side_by_side():
    t = torch.tensor([1.0, 2.0], dtype=torch.float64)
    g = grad(lambda p: (p[0] * p[1]["x"]).sum())([t, {"x": np.array([3.0, 4.0])}])
    assert type(g[0]) is torch.Tensor
    assert type(g[1]["x"]) is np.ndarray
    assert g[0].tolist() == [3, 4]
    assert g[1]["x"].tolist() == [1, 2]
    j = jacobian(lambda p: p["a"] * p["b"])({"a": t, "b": t})
    assert all(type(part) is torch.Tensor for part in j.values())
    assert j["a"].tolist() == [[1, 0], [0, 2]]


def test_several_arguments_with_containers():
    def f(p, x, q):
        return p["a"] * x * q[0]

    g = grad(f, (0, 2))({"a": 2.0}, 3.0, [5.0])
    assert g == ({"a": 15}, [6])
    j = jacobian(f, (0, 1, 2))({"a": 2.0}, 3.0, [5.0])
    assert j == ({"a": 15}, 10, [6])
    _, t = make_jvp(f, [0, 2])({"a": 2.0}, 3.0, [5.0])(({"a": 1.0}, [None]))
    assert t == 15


def test_tuple_results_are_never_silent_zeros():
    vjp, value = make_vjp(lambda x: (x, x**2))(3.0)
    assert value == (3, 9)
    assert vjp((1.0, 10.0)) == 61
    assert vjp([None, 10.0]) == 60
    assert jacobian(lambda x, y: (x * y, x), (0, 1))(2.0, 3.0) == ((3, 2), (1, 0))
    vjp, value = make_vjp(lambda x: (x * 2, 5.0, "five", None))(3.0)
    assert value == (6, 5, "five", None)
    assert vjp((1.0, 1.0, None, None)) == 2


def test_an_inner_gradient_of_a_container():
    def inner(p):
        return np.sum(p["a"] ** 3) * p["b"]

    def f(p):
        g = grad(inner)(p)
        assert set(g) == {"a", "b"}
        return np.sum(g["a"]) * g["b"]

    p = {"a": np.array([1.0, 2.0]), "b": 3.0}
    g = grad(f)(p)
    a, b = p["a"], p["b"]
    np.testing.assert_allclose(g["a"], 6 * a * b * np.sum(a**3) + 3 * np.sum(a**2) * b * 3 * a**2)
    assert g["b"] == pytest.approx(3 * np.sum(a**2) * np.sum(a**3))
    v = {"a": np.array([0.3, 0.2]), "b": 1.5}
    expected = np.sum(g["a"] * v["a"]) + g["b"] * v["b"]
    assert make_jvp(f)(p)(v)[1] == pytest.approx(expected)


def test_gauss_newton_through_containers():
    def f(p):
        return p["w"] @ p["b"]

    p = {"w": W, "b": B}
    v = {"w": W**2, "b": B + 1}
    _, jv = make_jvp(f)(p)(v)
    expected = make_vjp(f)(p)[0](jv)
    got = make_ggnvp(f)(p)(v)
    for name in p:
        np.testing.assert_allclose(got[name], expected[name])


def test_aux_of_any_form():
    def f(p):
        return loss(p), {"w": p["w"] * 2, "note": ["x", None, True]}

    g, aux = grad_and_aux(f)({"w": W, "b": B})
    np.testing.assert_allclose(g["w"], DW)
    assert type(aux["w"]) is np.ndarray
    np.testing.assert_array_equal(aux["w"], 2 * W)
    assert aux["note"] == ["x", None, True]


def test_all_arguments_by_name():
    def f(a, *rest, b=2.0, note="n", **more):
        return a * rest[0] * b * more["c"]

    g = multigrad_dict(f)(3.0, 5.0, c=7.0)
    assert g == {"a": 70, "rest": (42,), "b": 105, "note": None, "more": {"c": 30}}
    assert list(g) == ["a", "rest", "b", "note", "more"]
    assert multigrad_dict(lambda p, x: p["w"] * x)({"w": 2.0}, 3) == {"p": {"w": 3}, "x": 2}
    assert grad_named(f, "c")(3.0, 5.0, c=7.0) == 30


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: make_jvp(loss)({"w": W, "b": B})({"w": W}), TypeError, r"keys \['w', 'b'\]"),
        (lambda: make_jvp(loss)({"w": W, "b": B})([W, B]), TypeError, "not a list of 2 parts"),
        (lambda: make_jvp(loss)((W, B))((W,)), TypeError, "a tuple of 2 parts, not a tuple of 1"),
        (lambda: make_jvp(loss)((W, B))((W, W)), ValueError, r"shape \(2, 2\), its argument \(2,"),
        (lambda: make_vjp(lambda x: (x, x))(1.0)[0](1.0), TypeError, "a tuple of 2 parts, not a f"),
        (lambda: make_vjp(lambda x: Layer(x, x))(1.0)[0]((1, 1)), TypeError, "a Layer of 3 parts"),
        (lambda: grad(lambda p: p[0])([torch.arange(2)]), RuntimeError, "floating point"),
        (lambda: grad(lambda p: 1.0)({"a": ["b"]}), TypeError, "with no number in it"),
        (lambda: make_vjp(lambda x: {"a": "b"})(1.0), TypeError, "not dict"),
        (lambda: register_container(np.ndarray, id, id), TypeError, "register_container"),
        (lambda: register_container("Line", id, id), TypeError, "register_container"),
        (lambda: grad_and_aux(lambda x: x)(1.0), TypeError, r"a pair \(value, aux\), not Array"),
        (lambda: grad_and_aux(lambda x: (x, 1))(np.ones(2)), TypeError, "one real number"),
        (lambda: grad_named(loss, "z"), ValueError, "no argument named 'z'; it has p, x"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_jax_agrees_on_nested_jacobians():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        jnp = jax.numpy

        def of(np):
            return lambda p: {
                "s": np.sum(p["w"] @ p["b"][0]),
                "v": (np.tanh(p["w"]) * p["b"][1], p["b"][0] ** 2),
            }

        p = {"w": W, "b": (B, 2.0)}
        ours, theirs = jacobian(of(np))(p), jax.jacrev(of(jnp))(p)
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), ours, theirs)

        ours = hessian(lambda p: of(np)(p)["s"] ** 2)(p)
        theirs = jax.hessian(lambda p: of(jnp)(p)["s"] ** 2)(p)
        assert jax.tree.structure(ours) == jax.tree.structure(theirs)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), ours, theirs)
