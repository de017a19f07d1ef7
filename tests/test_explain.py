"""The backward pass explained: its steps, its rules in words, its gradients."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minitorch as torch
from minitorch import explain, grad, nn
from minitorch.engine.box import fresh
from minitorch.engine.plan import Rule
from minitorch.engine.primitive import registry
from minitorch.faces.array import Array
from minitorch.inspect import words
from tests.calculus import call
from tests.cases import CASES


def logistic(z):
    return 1 / (1 + np.exp(-z))


def f(x, y):
    return np.log(x**2) + y**2 + x * y


def constant(array):
    return fresh(Array, np.asarray(array))


# explain


def composed(x, y):
    z = np.concatenate([np.sin(x), y * x[:1]])
    return np.sum(np.maximum(z, 0.1) ** 2) / np.linalg.norm(y) + np.mean(x[::2])


def broadcasting(x, y):
    return np.sum(x[:, None] * y[None, :] + x[0])


def assigned(x, y):
    z = np.zeros_like(x)
    z[0] = y[0] * x[1]
    z[1:] += x[:-1]
    return np.sum(z * z) + y.sum()


@pytest.mark.parametrize("fun", [composed, broadcasting, assigned])
def test_the_gradients_are_those_of_grad(fun):
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.5])
    told = explain(fun, x, y)
    for name, g in zip(("x", "y"), grad(fun, (0, 1))(x, y), strict=True):
        assert_allclose(told.gradients[name], g, rtol=0, atol=0)
    assert [v.number for v in told.visits if v.passed] == sorted(
        (v.number for v in told.visits if v.passed), reverse=True
    )
    for visit in told.visits:  # what each node got is the sum of what was passed to it
        if visit.incoming:
            total = sum(g for _, g in visit.incoming)
            assert_allclose(visit.gradient[0], total)


def smooth(cases):
    """The first case that has numbers to differentiate by."""
    return next((c for c in cases if c.wrt and all(a.size for a in c.draw())), None)


SMOOTH = [smooth(cases) for name, cases in CASES.items() if name in registry]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in SMOOTH if c is not None], ids=lambda c: c.name)
def test_every_primitive_is_drawn_and_explained(case):
    arrays, wrt = case.draw(), case.wrt

    def total(*chosen):
        full = [constant(a) for a in arrays]
        for i, box in zip(wrt, chosen, strict=True):
            full[i] = box
        parts = call(case.op, full, case.params)
        return sum(np.sum(np.real(part)) for part in parts if part._value.dtype.kind in "fc")

    chosen = [arrays[i] for i in wrt]
    told = explain(total, *chosen)
    expected = grad(total, tuple(range(len(wrt))))(*chosen)
    for found, g in zip(told.gradients.values(), expected, strict=True):
        assert_allclose(found, g, rtol=1e-12)
    assert case.op.name in [node.name for node in told.graph.nodes]
    assert str(told).count("\n#") >= 1
    assert told.graph.svg().count("<g ") == len(told.graph.nodes)


def test_explained_logistic():
    text = str(explain(logistic, 1.5))
    assert text.startswith("logistic(z = 1.5) = 0.8176\n")
    for line in (
        "#6  divide(a=1, b=1.223) = 0.8176\n    g = 1   (the start)\n"
        "    to b (#4)   g * (-(a / b) / b) = -0.6684",
        "#2  exp(x=-1.5) = 0.2231\n    g = -0.6684\n    to x (#1)   g * y = -0.1491",
        "to x (z)   -g = 0.1491",
    ):
        assert line in text
    assert text.endswith("The gradients:\n    z   0.1491")


def test_gradients_that_meet_are_added():
    text = str(explain(lambda x: np.sin(x) * x, 2.0))
    assert "g = 0.9093 (from #2) + -0.8323 (from #1) = 0.077" in text


def test_broadcasting_undone_is_said():
    assert "(2, 3) summed to (3,)" in str(
        explain(lambda b: np.sum(np.ones((2, 3)) * b), np.ones(3))
    )


def test_networks_are_explained_without_a_trace_of_it():
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    x = torch.ones(3, 2)
    told = explain(lambda x: model(x).square().mean(), x, names=model)
    assert model.weight.grad is None
    model(x).square().mean().backward()
    assert_allclose(told.gradients["weight"], model.weight.grad.numpy(), rtol=1e-6)
    assert_allclose(told.gradients["bias"], model.bias.grad.numpy(), rtol=1e-6)
    assert set(told.gradients) == {"x", "weight", "bias"}


def test_an_explained_graph_is_not_freed():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (w.exp() * w).sum()
    told = explain(y, names={"w": w})
    assert w.grad is None
    y.backward()
    assert_allclose(told.gradients["w"], w.grad.numpy())
    with pytest.raises(RuntimeError, match="second time"):
        explain(y)


def test_hooks_have_their_say():
    def doubled(x):
        y = x * 3.0
        y.register_hook(lambda g: g * 2.0)
        return y.sum()

    told = explain(doubled, torch.ones(2))
    assert_allclose(told.gradients["x"], [6.0, 6.0])


def test_several_results_are_explained():
    x = torch.tensor([1.0, 2.0, 4.0])
    told = explain(lambda x: torch.unbind(x)[0] * torch.unbind(x * 2)[2], x)
    assert_allclose(told.gradients["x"], [8.0, 0.0, 2.0])
    assert "g = (0, 0, 1)" in str(told)


def test_a_result_that_does_not_depend_on_the_input():
    told = explain(lambda x: 3.0, 2.0)
    assert told.gradients == {"x": 0.0}
    assert not told.visits


def test_results_that_have_no_gradient_are_refused():
    with pytest.raises(TypeError, match=r"one real number.*shape \(2,\)"):
        explain(np.exp, np.ones(2))
    with pytest.raises(TypeError, match="several"):
        explain(lambda x: (x, x * 2), 1.0)
    with pytest.raises(TypeError, match="one real number"):
        explain(lambda x: x * 1j, 1.0)


def test_derivatives_of_derivatives_are_explained():
    told = explain(grad(f), 2.0, 3.0)
    assert_allclose(told.gradients["x"], -0.5)
    assert_allclose(told.gradients["y"], 1.0)


RULES = [
    (op, rule)
    for op in registry.values()
    for rule in op.vjps
    if isinstance(rule, Rule)
]  # fmt: skip


def test_every_rule_can_be_read():
    """Each lambda is found in its file, and its text reads what the rule declares."""
    assert len(RULES) > 100
    for op, rule in RULES:
        text = words.rule(rule)
        assert "lambda" not in text, op.name
        nodes = list(ast.walk(ast.parse(text)))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        names = {n.id for n in nodes if isinstance(n, ast.Name) and id(n) not in called}
        known = {*op.names, "g", "y"} | {f"{n}_{a}" for n in op.names for a in ("shape", "dtype")}
        if op.several:
            known |= {name for name in names if re.fullmatch(r"y\d", name)}
        read = names & known
        assert read - {"g"} <= {*rule.reads, "g"}, op.name
        if rule.constant is None and rule.function.__name__ == "<lambda>":
            assert read - {"g"} == set(rule.reads) or not rule.slope, op.name


def test_rules_of_one_line_are_told_apart():
    divide, multiply = registry["divide"], registry["multiply"]
    assert [words.rule(r) for r in multiply.vjps] == ["g * b", "g * a"]
    assert [words.rule(r) for r in divide.vjps] == ["g * (1 / b)", "g * (-(a / b) / b)"]
    assert [words.rule(r) for r in registry["subtract"].vjps] == ["g", "-g"]


# words


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.0, "1"), (0.8175744, "0.8176"), (3, "3"), (True, "True"), (1e-9, "1e-09"),
     (1 - 2j, "1-2j"), (np.nan, "nan"), (np.float32(0.1), "0.1")],
)  # fmt: skip
def test_numbers(value, said):
    assert words.number(value) == said


def test_settings():
    said = [words.setting(v) for v in ((4,), (1, 2), slice(1, None), np.arange(2), None, object())]
    assert said == ["(4,)", "(1, 2)", "1:", "[0, 1]", "None", ""]


def test_summaries():
    def said(array):
        return words.inline(np.asarray(array), np.shape(array), np.asarray(array).dtype)

    assert said([1.0, 2.5]) == "[1, 2.5]"
    assert said([[1.0, 2.0], [3.0, 4.0]]) == "[[1, 2], [3, 4]]"
    assert said(np.arange(6.0).reshape(2, 3)) == "(2, 3) {0 … 5}"
    assert said(np.arange(6, dtype=np.float32)) == "(6,) float32 {0 … 5}"
    assert said(np.zeros((0, 3))) == "(0, 3) {empty}"
    assert said(np.full(5, 3.0)) == "(5,) {all 3}"
    assert said([3 + 4j] * 5) == "(5,) complex128 {|z| all 5}"
    assert said([np.nan, 1.0, 2.0, 3.0, np.nan]) == "(5,) {1 … 3, nan × 2}"
    assert words.inline(None, (2, 3), np.dtype(np.float32)) == "(2, 3) float32"


def test_a_primitive_of_the_users_is_explained():
    double = torch.extend.primitive(lambda x: 2 * x)
    torch.extend.defvjp(double, lambda ans, x: lambda g: 2 * g)
    told = explain(lambda x: double(x) ** 2, 3.0)
    assert told.gradients == {"x": 24.0}
    assert "its rule = 24" in str(told)
