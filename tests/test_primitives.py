"""The generated suite: every primitive of the registry at every sample of `tests/cases`.

Values, dtypes, memory layouts, first and second derivatives, what is saved, what is shared.
Batching is in `test_batching.py`; PyTorch is asked in `parity/test_primitives.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.util import find_spec

import numpy as np
import pytest

import minitorch
from minitorch.engine.box import Box
from minitorch.engine.node import Bundle, Traced, node_of
from minitorch.engine.primitive import Constant, Variadic, registry
from minitorch.engine.reverse import rebox, sweep
from minitorch.engine.views import ViewPrimitive
from tests.calculus import (
    call,
    check_vjp,
    constant,
    difference,
    dot,
    function,
    jvp,
    leaf,
    like,
    nonempty,
    numeric_vjp,
    values,
    vjp,
)
from tests.cases import CASES
from tests.samples import Case, has_rule

ALL = [case for cases in CASES.values() for case in cases]
SMOOTH = [case for case in ALL if case.wrt]
close = np.testing.assert_allclose
CONSTANT = [case for case in ALL if isinstance(case.op, Constant)]
SEVERAL = [case for case in SMOOTH if case.op.several]
SHORT = [
    case
    for case in ALL
    if not isinstance(case.op, Variadic) and len(case.samples) + bool(case.params) <= 2
    if not case.op.several or isinstance(case.op, ViewPrimitive)
]


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=str)


each_case, each_smooth = each(ALL), each(SMOOTH)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # samples with inf, NaN and 0 / 0


def agree(actual, expected, rtol=1e-12, atol=1e-12):
    """Equal in shape, dtype and, up to rounding, value."""
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        close(a, b, rtol, atol)


def drawn(case: Case, dtype=np.float64, seed=0):
    kinds = {"f": dtype, "c": np.complex128 if np.dtype(dtype) == np.float64 else np.complex64}
    return [a.astype(kinds.get(a.dtype.kind, a.dtype)) for a in case.draw(seed)]


def expected(case: Case, arrays):
    y = case.numpy(*arrays, *case.params)
    return [np.asarray(part) for part in y] if case.op.several else [np.asarray(y)]


# the registry


def test_every_primitive_has_samples():
    extras = {
        "PIL": "minitorch.datasets.transforms.pil",
        "matplotlib": "minitorch.inspect.plots.canvas",
        "numba": "minitorch.kernels.compiled",
        "scipy": "minitorch.scipy",
    }
    without = tuple(module for extra, module in extras.items() if not find_spec(extra))
    for found in pkgutil.walk_packages(minitorch.__path__, "minitorch."):
        if not found.name.endswith("__main__") and not found.name.startswith(without):
            importlib.import_module(found.name)
    missing = set(registry) - set(CASES)
    missing.discard("once_differentiable")  # whose one rule is to refuse: parity/test_function.py
    if not find_spec("scipy"):  # the oracle of the special functions
        homes = ("minitorch.ops.special", "minitorch.kernels.")
        missing = {n for n in missing if not registry[n].run.__module__.startswith(homes)}
    assert missing == set() and set(CASES) <= set(registry)


@pytest.mark.parametrize("name", CASES)
def test_samples_cover(name):
    cases, op = CASES[name], registry[name]
    assert any(array.size == 0 for case in cases for array in case.draw())
    assert all(case.numpy is not op.run or isinstance(op.run, np.ufunc) for case in cases)
    rules = {i for i in range(op.arrays) if has_rule(op, i)}
    assert rules <= {i for case in cases for i in case.wrt}, "an argument never differentiated"


# values


@each_case
def test_forward(case):
    arrays = drawn(case)
    want = expected(case, arrays)
    untouched = [a.copy() for a in arrays]
    bare = [np.asarray(y) for y in call(case.op, arrays, case.params)]
    boxed = values(call(case.op, [constant(a) for a in arrays], case.params))
    agree(boxed, want)
    agree(bare, want)
    assert all(type(y) is np.ndarray for y in boxed)
    for a, b in zip(arrays, untouched, strict=True):
        np.testing.assert_array_equal(a, b)


@each_case
@pytest.mark.parametrize("dtype", ["f4", "f2"])
def test_dtype(case, dtype):
    """The dtype that comes in goes through values, gradients and tangents."""
    arrays, wide = drawn(case, dtype), drawn(case)
    if not case.half and any(a.dtype == np.float16 for a in arrays):
        with pytest.raises(TypeError, match="float16"):
            call(case.op, [constant(a) for a in arrays], case.params)
        return
    ys = call(case.op, [constant(a) for a in arrays], case.params)
    want = expected(case, arrays)
    assert [y._value.dtype for y in ys] == [y.dtype for y in want]
    if not case.wrt:
        return
    xs, cs = [arrays[i] for i in case.wrt], like(values(ys), 1)
    ts, f = like(xs, 2), function(case.op, arrays, case.params, case.wrt)
    grads = values(vjp(f, [leaf(x) for x in xs], [constant(c) for c in cs]))
    tangents = values(jvp(f, [constant(x) for x in xs], [constant(t) for t in ts]))
    assert [g.dtype for g in grads] == [x.dtype for x in xs]
    assert [t.dtype for t in tangents] == [y.dtype for y in want]
    if dtype == "f4":
        f = function(case.op, wide, case.params, case.wrt)
        xs = [leaf(wide[i]) for i in case.wrt]
        exact = values(vjp(f, xs, [constant(c.astype(np.result_type(c, float))) for c in cs]))
        for g, e in zip(grads, exact, strict=True):
            close(g, e, 2e-4, 2e-4)


LAYOUTS = {
    "transposed": lambda a: np.array(a.T, order="C").T,
    "strided": lambda a: np.repeat(a, 2, -1)[..., ::2] if a.ndim else a,
    "reversed": lambda a: np.flip(np.flip(a).copy()),
    "expanded": lambda a: np.broadcast_to(a[:1], a.shape) if a.ndim and len(a) else a,
}


@each_case
def test_layout(case):
    """How the arrays lie in memory changes nothing."""
    for layout in LAYOUTS.values():
        laid = [layout(a) for a in drawn(case)]
        plain = [a.copy(order="C") for a in laid]
        want = call(case.op, [constant(a) for a in plain], case.params)
        got = call(case.op, [constant(a) for a in laid], case.params)
        agree(values(got), values(want))
        cs = like(values(want), 1)
        laid_cs = [LAYOUTS["transposed"](c) for c in cs]
        both = []
        for arrays, cotangents in ((laid, laid_cs), (plain, cs)):
            f = function(case.op, arrays, case.params, case.wrt)
            xs = [arrays[i] for i in case.wrt]
            grads = values(vjp(f, [leaf(x) for x in xs], [constant(c) for c in cotangents]))
            tangents = values(jvp(f, [constant(x) for x in xs], [constant(x) for x in xs]))
            both.append([*grads, *tangents])
        agree(*both)


@each(SHORT)
def test_short_call_is_the_general_one(case):
    """`unary` and `binary`, the hot path, hang the same node on the same result as `apply`."""
    op, arrays = case.op, drawn(case)
    boxes = [leaf(a) if i in case.wrt else constant(a) for i, a in enumerate(arrays)]
    short = op.unary(*boxes, *case.params) if len(boxes) == 1 else op.binary(*boxes)
    general = op.apply(tuple(boxes), case.params)
    pairs = zip(short, general, strict=True) if op.several else [(short, general)]
    for a, b in pairs:
        agree([a._value], [b._value])
        assert (a._node is None) == (b._node is None) == (not case.wrt)
        assert (a._view is None) == (b._view is None)
        if a._node is not None:
            assert a._node.plan is b._node.plan
            assert a._node.shape == b._node.shape == a._value.shape
            assert a._node.dtype == b._node.dtype == a._value.dtype
            assert op.several or a._node.parents == b._node.parents


# first derivatives


@each_smooth
def test_vjp(case):
    arrays = drawn(case)
    for wrt in nonempty(case.wrt):
        f, xs = function(case.op, arrays, case.params, wrt), [arrays[i] for i in wrt]
        cs = like(values(f(*[constant(x) for x in xs])), 1)
        grads = values(vjp(f, [leaf(x) for x in xs], [constant(c) for c in cs]))
        agree(grads, numeric_vjp(f, xs, cs), 1e-6, 1e-7)


@each_smooth
def test_jvp(case):
    arrays = drawn(case)
    for wrt in nonempty(case.wrt):
        f, xs = function(case.op, arrays, case.params, wrt), [arrays[i] for i in wrt]
        ys, ts = f(*[constant(x) for x in xs]), like(xs, 2)
        cs = like(values(ys), 1)
        tangents = values(jvp(f, [constant(x) for x in xs], [constant(t) for t in ts]))
        agree(tangents, difference(f, xs, ts), 1e-6, 1e-7)
        grads = values(vjp(f, [leaf(x) for x in xs], [constant(c) for c in cs]))
        close(dot(cs, tangents), dot(grads, ts), 1e-10, 1e-12)


@each(SEVERAL)
def test_gradient_of_some_results(case):
    """A result whose gradient does not come in counts as one whose gradient is zero."""
    arrays = drawn(case)
    f, xs = function(case.op, arrays, case.params, case.wrt), [arrays[i] for i in case.wrt]
    cs = like(values(f(*[constant(x) for x in xs])), 1)
    for silent in range(len(cs)):
        heard = [c if i != silent else 0 * c for i, c in enumerate(cs)]
        want = values(vjp(f, [leaf(x) for x in xs], [constant(c) for c in heard]))
        leaves = [leaf(x) for x in xs]
        nodes = [node_of(y) for y in f(*leaves)]
        seeds = [(nodes[i], constant(c)) for i, c in enumerate(cs) if i != silent]
        found = sweep(seeds, minitorch.Tensor)
        agree([found[node_of(x)]._value if seeds else 0 * x._value for x in leaves], want)


@each(CONSTANT)
def test_nothing_flows_through_constants(case):
    arrays = drawn(case)
    boxes = [leaf(a) if a.dtype.kind in "fc" else constant(a) for a in arrays]
    assert all(node_of(y) is None for y in call(case.op, boxes, case.params))
    wrt = [i for i, a in enumerate(arrays) if a.dtype.kind in "fc"]
    f = function(case.op, arrays, case.params, wrt)
    xs = [constant(arrays[i]) for i in wrt]
    for tangent in values(jvp(f, xs, xs)):
        assert not tangent.any()


# second derivatives


def second(case: Case):
    """The vjp of a case as a function of its arguments and cotangents, and where to take it."""
    arrays, n = drawn(case), len(case.wrt)
    f, xs = function(case.op, arrays, case.params, case.wrt), [arrays[i] for i in case.wrt]
    cs = like(values(f(*[constant(x) for x in xs])), 1)

    def gradient(*boxes):
        return vjp(f, [watched(box) for box in boxes[:n]], boxes[n:], create=True)

    return f, gradient, xs, cs


def watched(box: Box) -> Box:
    """`box` if it has a place in the graph, else a leaf in its place, with its tangents."""
    if node_of(box) is not None:
        return box
    tangents = box._node.tangents if isinstance(box._node, Traced) else ()
    head = leaf(box._value)
    if tangents:
        head._node = Traced(head._node, tangents)
    return head


@each_smooth
def test_reverse_over_reverse(case):
    _, gradient, xs, cs = second(case)
    variables = [*xs, *cs]
    us = like(xs, 3)
    grads = values(vjp(gradient, [leaf(v) for v in variables], [constant(u) for u in us]))
    check_vjp(grads, gradient, variables, us, 1e-6, 1e-6)


@each_smooth
def test_forward_over_reverse(case):
    _, gradient, xs, cs = second(case)
    variables = [*xs, *cs]
    ts = like(variables, 3)
    tangents = values(jvp(gradient, [constant(v) for v in variables], [constant(t) for t in ts]))
    agree(tangents, difference(gradient, variables, ts), 1e-6, 1e-6)


@each_smooth
def test_reverse_over_forward(case):
    f, _, xs, cs = second(case)
    n, variables = len(xs), [*xs, *like(xs, 2)]

    def push(*boxes):
        return jvp(f, boxes[:n], boxes[n:])

    grads = values(vjp(push, [leaf(v) for v in variables], [constant(c) for c in cs]))
    check_vjp(grads, push, variables, cs, 1e-6, 1e-6)


@each_smooth
def test_forward_over_forward(case):
    f, _, xs, _ = second(case)
    n, variables = len(xs), [*xs, *like(xs, 2)]
    ts = like(variables, 3)

    def push(*boxes):
        return jvp(f, boxes[:n], boxes[n:])

    tangents = values(jvp(push, [constant(v) for v in variables], [constant(t) for t in ts]))
    agree(tangents, difference(push, variables, ts), 1e-6, 1e-6)


# how a rule is run


def recorded(case: Case, dtype="f4"):
    """A case that was run with all its differentiable arguments tracked, and its node."""
    arrays = drawn(case, dtype)
    boxes = [leaf(a) if i in case.wrt else constant(a) for i, a in enumerate(arrays)]
    ys = call(case.op, boxes, case.params)
    node = node_of(ys[0])
    return boxes, ys, node.parents[0] if case.op.several else node


@each_smooth
def test_rules_on_arrays_and_boxes(case):
    """The same rule gives the same on bare arrays and on boxes, in value, dtype and shape."""
    _, ys, node = recorded(case)
    cs = like(values(ys), 1)
    bare = Bundle(node, dict(enumerate(cs))) if case.op.several else cs[0]
    boxed = [constant(c) for c in cs]
    outs = node.plan.backward(bare, node, node.saved)
    mirror = node.plan.backward(
        Bundle(node, dict(enumerate(boxed))) if case.op.several else boxed[0],
        node,
        rebox(node, minitorch.Tensor),
    )
    assert all(isinstance(g, Box) for g in mirror)
    agree([np.asarray(g) for g in outs], values(mirror), 0, 0)
    assert [g.dtype for g in outs] == [parent.dtype for parent in node.parents], "rule drifts"
    for wanted, rule in enumerate(node.plan.rules):
        bare = Bundle(node, dict(enumerate(cs))) if case.op.several else cs[0]
        agree([np.asarray(rule(bare, node, node.saved))], [np.asarray(outs[wanted])], 0, 0)


@each_smooth
def test_only_what_rules_read_is_kept(case):
    """Everything that the node did not keep can be overwritten without changing a gradient."""
    for wrt in nonempty(case.wrt):
        arrays = [a.copy() for a in drawn(case)]
        boxes = [leaf(a) if i in wrt else constant(a) for i, a in enumerate(arrays)]
        f = function(case.op, arrays, case.params, wrt)
        cs = like(values(call(case.op, [constant(a) for a in arrays], case.params)), 1)
        want = values(vjp(f, [leaf(arrays[i]) for i in wrt], [constant(c) for c in cs]))
        ys = call(case.op, boxes, case.params)
        node = node_of(ys[0])
        node = node.parents[0] if case.op.several else node
        kept = [a for a in node.saved if isinstance(a, np.ndarray)]
        sources = [s for s in node.plan.sources if s is not None]
        assert len(node.versions) == 2 * len(sources)
        for array in (*arrays, *values(ys)):
            if not any(np.shares_memory(array, k) for k in kept):
                poison(array)
        seeds = [(node_of(y), constant(c)) for y, c in zip(ys, cs, strict=True)]
        found = sweep(seeds, minitorch.Tensor)
        agree([found[node_of(boxes[i])]._value for i in wrt], want, 0, 0)
        assert node.saved is None or not node.versions, "the graph was not freed"


def poison(array: np.ndarray) -> None:
    base = array if array.base is None or not isinstance(array.base, np.ndarray) else array.base
    if base.flags.writeable:
        base[...] = np.nan if base.dtype.kind in "fc" else 1


@each_smooth
@pytest.mark.parametrize("create", [False, True])
def test_gradients_share_no_memory(case, create):
    """With each other, with what came in, with arguments, results and saved values."""
    boxes, ys, node = recorded(case)
    cs = [constant(c) for c in like(values(ys), 1)]
    others = [*values(boxes), *values(ys), *values(cs)]
    others += [a for a in node.saved if isinstance(a, np.ndarray)]
    seeds = [(node_of(y), c) for y, c in zip(ys, cs, strict=True)]
    found = sweep(seeds, minitorch.Tensor, retain=True, create=create)
    grads = values(found.values())
    assert len(grads) == len(case.wrt)
    for i, g in enumerate(grads):
        assert type(g) is np.ndarray
        assert g.flags.writeable
        assert not any(np.shares_memory(g, other) for other in (*others, *grads[:i]))
