"""Containers as vectors, optimizers, fixed points, graphs, and HIPS autograd's other modules."""

from __future__ import annotations

import functools
import importlib

import numpy as np
import pytest

import minitorch
from minitorch import grad, jacobian, make_jvp
from minitorch.builtins import isinstance as looks_like
from minitorch.builtins import type as type_of
from minitorch.core import backward_pass
from minitorch.extend import VSpace, vspace
from minitorch.misc import const_graph, flatten, flatten_func, full_graph
from minitorch.misc.fixed_points import fixed_point
from minitorch.misc.optimizers import adam, rmsprop, sgd
from minitorch.test_util import check_grads
from minitorch.tracer import Node, getval, isbox, toposort, trace
from minitorch.util import subval, subvals
from minitorch.wrap_util import unary_to_nary

X = np.array([0.3, -1.2, 0.9])
close = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11)
VALUE = {"w": (X, [np.ones((2, 2)), 3.0]), "a": np.arange(2.0), "name": "net"}

# flatten


def test_flatten_and_back():
    vector, unflatten = flatten(VALUE)
    close(vector, [0, 1, *X, 1, 1, 1, 1, 3])
    back = unflatten(2 * vector)
    assert back.keys() == VALUE.keys() and back["name"] == "net"
    assert type(back["w"]) is tuple and type(back["w"][1]) is list
    close(back["w"][1][0], np.full((2, 2), 2.0))
    assert back["w"][1][1] == 6.0 and np.shape(back["w"][1][1]) == ()
    assert flatten({"b": 1.0, "a": 2.0})[0].tolist() == flatten({"a": 2.0, "b": 1.0})[0].tolist()
    assert flatten([])[0].size == 0 and flatten([])[1](np.zeros(0)) == []
    with pytest.raises(ValueError, match=r"expected a vector of 10 numbers, got shape \(3,\)"):
        unflatten(X)


def test_flatten_as_hips_autograd_does():
    theirs = pytest.importorskip("autograd.misc")
    for value in (X, 3.0, [X, (2.0, X)], {"b": X, "a": {"z": 1.0, "c": [2.0]}}, 1j * X, (1.0, X)):
        vector, unflatten = flatten(value)
        expected, other = theirs.flatten(value)
        assert vector.dtype == expected.dtype
        close(vector, expected)
        close(flatten(unflatten(vector * 2))[0], theirs.flatten(other(expected * 2))[0])


def test_dtypes_are_kept():
    half = np.ones(2, np.float32)
    vector, unflatten = flatten([half, X])
    assert vector.dtype == np.float64 and unflatten(vector)[0].dtype == np.float32
    assert flatten([half])[0].dtype == np.float32
    parts = flatten([X, 1j * X])[1](np.arange(6) * 1j)
    assert parts[0].dtype == np.float64 and parts[1].dtype == np.complex128


def test_flatten_is_differentiable():
    vector, unflatten = flatten(VALUE)
    weights = np.arange(10.0)

    def f(value):
        return np.sum(flatten(value)[0] ** 2 * weights)

    close(flatten(grad(f)(VALUE))[0], 2 * vector * weights)
    close(grad(lambda v: f(unflatten(v)))(vector), 2 * vector * weights)
    close(jacobian(grad(lambda v: f(unflatten(v))))(vector), np.diag(2 * weights))
    check_grads(lambda value: flatten(value)[0] ** 2)({"a": X, "b": 2.0})
    flat, back, start = flatten_func(lambda v: {"a": v["a"] * 2}, {"a": X})
    close(flat(start), 2 * X)
    close(back(start)["a"], X)


# optimizers


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam"])
def test_optimizers_step_as_those_of_hips_autograd(name):
    theirs = getattr(pytest.importorskip("autograd.misc.optimizers"), name)
    ours = {"sgd": sgd, "rmsprop": rmsprop, "adam": adam}[name]
    start = {"w": X, "b": [0.5, np.ones((2, 1))]}

    def gradient(p, i):
        return {"w": p["w"] * (i + 1) - 1, "b": [p["b"][0] ** 3, np.cos(p["b"][1])]}

    paths: list = []
    for optimizer in (ours, theirs):
        for more in ({}, {"num_iters": 7, "step_size": 0.3}):
            path: list = []
            record = lambda p, i, g, path=path: path.append((i, p["w"], p["b"][1], g["b"][1]))  # noqa: E731
            end = optimizer(gradient, start, record, **more)
            path.append((end["w"], end["b"][0], end["b"][1]))
            paths.append(path)
    for mine, other in zip(paths[:2], paths[2:], strict=True):
        assert len(mine) == len(other)
        for a, b in zip(mine, other, strict=True):
            for left, right in zip(a, b, strict=True):
                close(left, right)


def test_optimizers_keep_float32_and_can_be_differentiated():
    def bowl(target):
        return grad(lambda x, i: np.sum((x - target) ** 2))

    start = np.zeros(3, np.float32)
    assert adam(bowl(np.float32(1.0)), start, num_iters=3).dtype == np.float32
    found = grad(lambda t: np.sum(adam(bowl(t), X, None, 5, 0.1)))(0.7)
    eps = 1e-5
    up, down = (np.sum(adam(bowl(0.7 + e), X, None, 5, 0.1)) for e in (eps, -eps))
    np.testing.assert_allclose(found, (up - down) / (2 * eps), rtol=1e-5)


# fixed points


def distance(x, y):
    return np.max(np.abs(x - y))


def root(a, start=1.0):
    return fixed_point(lambda a: lambda x: (x + a / x) / 2, a, start, distance, 1e-13)


def test_fixed_points_in_both_modes_and_to_third_order():
    close(root(2.0), np.sqrt(2.0))
    close(grad(root)(2.0), 0.5 * 2.0**-0.5)
    close(grad(grad(root))(2.0), -0.25 * 2.0**-1.5, rtol=1e-7)
    close(make_jvp(root)(2.0)(1.0)[1], 0.5 * 2.0**-0.5)
    close(make_jvp(grad(root))(2.0)(1.0)[1], -0.25 * 2.0**-1.5, rtol=1e-7)
    close(grad(grad(grad(root)))(2.0), 0.375 * 2.0**-2.5, rtol=1e-6)
    assert grad(root, 1)(2.0, 1.5) == 0


def test_a_fixed_point_of_parameters_in_a_container():
    def layer(p):
        return lambda z: np.tanh(p["W"] @ z + p["b"])

    def solved(p):
        return fixed_point(layer, p, np.zeros(2), distance, 1e-14)

    p = {"W": np.array([[0.1, 0.3], [-0.2, 0.2]]), "b": np.array([0.5, -1.0])}
    z = solved(p)
    slope = np.diag(1 - z**2)
    expected = np.linalg.inv(np.eye(2) - slope @ p["W"]) @ slope
    close(jacobian(lambda b: solved({"W": p["W"], "b": b}))(p["b"]), expected)
    check_grads(lambda p: np.sum(solved(p) ** 2), modes=["fwd", "rev"], order=2)(p)


def test_captured_values_of_a_fixed_point_are_refused():
    def hidden(a):
        return fixed_point(lambda _: lambda x: (x + a / x) / 2, 0.0, 1.0, distance, 1e-9)

    with pytest.raises(TypeError, match="depends on a traced value that it did not get"):
        grad(lambda a: fixed_point(lambda b: lambda x: (x + a / x) / 2 + b, a * 0, 1.0, distance,
                                   1e-9))(2.0)  # fmt: skip
    close(grad(hidden)(2.0), 0.5 * 2.0**-0.5, rtol=1e-4)  # iterated through


# graphs


def test_graphs():
    def f(x, y):
        return np.exp(x) * y + x

    node = full_graph(f, 0.5, y=2.0)
    assert [n.fun.name for n in toposort(node) if n.fun] == ["add", "multiply", "exp"]
    assert full_graph(lambda x: 3.0, 1.0) is None
    calls: list = []
    g = const_graph(lambda a, x: calls.append(x) or (a * x if x > 0 else -x), 2.0)
    assert g(3.0) == 6 and g(-3.0) == 3 and len(calls) == 2
    assert grad(g)(3.0) == 2
    value, end = trace(Node.new_root(), lambda x: f(x, 2.0), 0.5)
    close(value, f(0.5, 2.0))
    close(backward_pass(1.0, end), 2 * np.exp(0.5) + 1)
    assert trace(Node.new_root(), lambda x: 7, 0.5) == (7, None)
    seen: list = []
    grad(lambda x: seen.append((isbox(x), getval(x))) or x)(2.0)
    assert seen == [(True, 2.0)] and not isbox(2.0) and getval(X) is X


def test_toposort_is_linear_on_shared_nodes():
    y = x = minitorch.tensor(1.0, requires_grad=True)
    for _ in range(60):
        y = y + y
    order = list(toposort(y.grad_fn))
    assert len(order) == 61 and len(list(toposort((y * x).grad_fn))) == 62


def test_helpers():
    assert subvals([1, 2, 3], [(0, 9)]) == (9, 2, 3) and subval((1, 2), 1, 0) == (1, 0)

    @unary_to_nary
    def halves(fun, x, factor=0.5):
        return fun(x), factor

    assert halves(lambda a, b: (a, b), (1, 0))(1, 2) == ((1, 2), 0.5)
    with pytest.raises(TypeError, match="argnum must be an int"):
        halves(abs, "x")


def test_builtins_look_through_traced_values():
    seen: list = []

    def f(x, table):
        seen.append((looks_like(x, float), looks_like(table, np.ndarray), looks_like(x, str)))
        seen.append((type_of(x), type_of(table), looks_like(x, minitorch.faces.array.Array)))
        return x * np.sum(table)

    grad(f)(2.0, X)
    assert seen == [(True, True, False), (np.float64, np.ndarray, True)]
    assert looks_like([], list) and type_of((1,)) is tuple


def test_every_module_of_hips_autograd_is_here():
    pytest.importorskip("autograd")
    for name in (
        "extend", "core", "tracer", "util", "wrap_util", "builtins", "test_util", "misc",
        "misc.flatten", "misc.optimizers", "misc.fixed_points", "misc.tracers",
        "differential_operators",
    ):  # fmt: skip
        theirs = importlib.import_module(f"autograd.{name}")
        ours = importlib.import_module(f"minitorch.{name}")
        missing = {
            each for each in vars(theirs)
            if each in WANTED.get(name, vars(theirs)) and not each.startswith("_")
        } - set(dir(ours)) - ELSEWHERE  # fmt: skip
        assert not missing, f"minitorch.{name} lacks {sorted(missing)}"


# what a module of theirs only imports, or keeps for its own use
WANTED = {
    "core": ["make_vjp", "make_jvp", "backward_pass", "VJPNode", "JVPNode", "VSpace", "vspace",
             "SparseObject", "primitive", "defvjp", "defjvp", "def_linear"],
    "tracer": ["trace", "Node", "primitive", "notrace_primitive", "register_notrace", "Box",
               "isbox", "getval", "toposort"],
    "util": ["subvals", "subval", "toposort"],
    "wrap_util": ["unary_to_nary", "wraps", "get_name"],
    "builtins": ["isinstance", "type", "tuple", "list", "dict"],
    "misc.tracers": ["const_graph", "full_graph"],
}  # fmt: skip
ELSEWHERE = {
    "np", "OrderedDict", "warnings", "product", "wraps", "unary_to_nary", "primitive", "defvjp",
    "defvjp_argnum", "vspace", "make_vjp", "tuple", "atuple", "type", "fixed_point_vjp",
    "make_jvp_reversemode", "EPS", "RTOL", "TOL",
}  # fmt: skip

# vector spaces


@pytest.mark.parametrize(
    "value", [2.0, X, X.astype(np.float32), 1j * X, [X, 2.0], {"a": (X, 1j)}, np.ones((2, 0))]
)
def test_spaces_are_those_of_hips_autograd(value):
    pytest.importorskip("autograd.numpy")
    theirs, ours = pytest.importorskip("autograd.extend").vspace(value), vspace(value)
    assert ours.size == theirs.size and ours.iscomplex == theirs.iscomplex
    for name in ("zeros", "ones"):
        same(getattr(ours, name)(), getattr(theirs, name)())
    bases = list(ours.standard_basis()), list(theirs.standard_basis())
    assert len(bases[0]) == len(bases[1]) == ours.size
    for a, b in zip(*bases, strict=True):
        same(a, b)
    u, v = ours.randn(), ours.randn()
    assert ours == vspace(u) and ours != vspace([u, v])
    for call in (
        lambda s: s.add(u, v),
        lambda s: s.scalar_mul(u, 3.0),
        lambda s: s.inner_prod(u, v),
        lambda s: s.covector(u),
        lambda s: s.mut_add(s.mut_add(None, u), v),
    ):
        same(call(ours), call(theirs))


def same(a, b):
    for left, right in zip(flatten(a)[0], flatten(b)[0], strict=True):
        close(left, right, rtol=1e-6)


def test_a_space_for_other_values():
    class Angle:
        pass

    class Circle(VSpace):
        size = 1

        def zeros(self):
            return 0.0

    with pytest.raises(TypeError, match="a Angle has no vector space"):
        vspace(Angle())
    Circle.register(Angle)
    try:
        assert vspace(Angle()).zeros() == 0 and vspace(Angle()) == Circle(None)
        with pytest.raises(NotImplementedError, match=r"Circle does not define ones\(\)"):
            vspace(Angle()).ones()
        VSpace.register(Angle, lambda value: vspace(1.0))
        assert vspace(Angle()).ones() == 1
    finally:
        del VSpace.mappings[Angle]
    with pytest.raises(TypeError, match="a str has no vector space"):
        vspace("text")
    assert vspace(3).zeros().dtype == np.float64
    seen: list = []
    grad(lambda x: seen.append(vspace(x)) or np.sum(x))(X)
    assert seen == [vspace(X)] and "ArrayVSpace(shape=(3,)" in repr(seen[0])
    close(grad(lambda x: vspace(x).inner_prod(vspace(x).scalar_mul(x, 2.0), x))(X), 4 * X)
