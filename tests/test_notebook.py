"""The notebook runs from top to bottom, and its teaching version agrees with the library."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minitorch

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOK = DOCS / "autograd_from_scratch.ipynb"


def cells(kind):
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


@pytest.fixture(scope="module")
def run():
    """The names that the cells define, and what each cell prints."""
    scope: dict = {"__name__": "__main__"}
    printed = []
    for i, cell in enumerate(cells("code")):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("".join(cell["source"]), f"cell {i}", "exec"), scope)
        printed.append(out.getvalue())
    return scope, printed


def test_it_runs_from_top_to_bottom(run):
    _, printed = run
    assert len(printed) > 25
    assert "df/dx = 4.000000" in "".join(printed)


def test_the_stored_outputs_are_those_of_a_run(run):
    _, printed = run
    for cell, text in zip(cells("code"), printed, strict=True):
        stored = [o for o in cell["outputs"] if o["output_type"] == "stream"]
        assert "".join("".join(o["text"]) for o in stored) == text


def test_every_picture_is_stored():
    drawn = [
        c
        for c in cells("code")
        if "".join(c["source"]).splitlines()[-1].startswith("minitorch.draw")
    ]
    assert len(drawn) == 3
    for cell in drawn:
        (output,) = cell["outputs"]
        assert "".join(output["data"]["image/svg+xml"]).startswith("<svg")


def test_a_fresh_run_in_a_kernel_gives_the_stored_outputs():
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    spec = importlib.util.spec_from_file_location("make_notebook", DOCS / "make_notebook.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    fresh = [cell for cell in maker.executed().cells if cell.cell_type == "code"]
    for new, old in zip(fresh, cells("code"), strict=True):
        assert said(new["outputs"]) == said(old["outputs"])


def said(outputs):
    """The texts of outputs, one of each."""
    return [
        "".join(o["text"] if o["output_type"] == "stream" else o["data"]["text/plain"])
        for o in outputs
    ]


def test_the_teaching_version_is_short_and_whole(run):
    """The cells of the engine alone are a working `grad`."""
    engine = [
        "".join(c["source"]) for c in cells("code") if "engine" in c["metadata"].get("tags", [])
    ]
    code = "\n\n".join(engine)
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 120
    scope = {"np": np}
    exec(code, scope)
    assert_allclose(
        scope["grad"](lambda x: scope["tnp"].sin(x) * x)(2.0), np.cos(2) * 2 + np.sin(2)
    )


def scalar(np, x):
    return np.log(x**2) + np.sin(x) / x - np.exp(-x) * np.cos(3 * x) + 2.0**x


def powers(np, x):
    return x**3 - (x + 1) ** x + np.tanh(x)


def total(np, x):
    return np.sum(np.exp(-x) * x**2)


def product(np, x):
    w = MATRIX @ x
    return np.sum(np.tanh(w) * np.transpose(w)) / 3


def broadcast(np, x):
    return np.sum((MATRIX - x) ** 2 / (x + 3.0))


MATRIX = np.random.default_rng(0).normal(size=(3, 3))
SAMPLES = [
    (scalar, 1.3),
    (powers, 0.8),
    (total, np.array([0.5, 1.0, 2.0])),
    (product, np.random.default_rng(1).normal(size=(3, 3))),
    (broadcast, np.array([0.5, 1.0, 2.0])),
]


@pytest.mark.parametrize(("function", "x"), SAMPLES, ids=lambda p: getattr(p, "__name__", ""))
def test_it_agrees_with_the_library(run, function, x):
    scope, _ = run
    ours = scope["grad"](lambda x: function(scope["tnp"], x))
    theirs = minitorch.grad(lambda x: function(np, x))
    assert_allclose(ours(x), theirs(x), rtol=1e-12)
    assert_allclose(ours(x), scope["measured"](lambda x: function(np, x), x), atol=1e-6)


@pytest.mark.parametrize("function", [scalar, powers])
def test_higher_orders_agree_with_the_library(run, function):
    scope, _ = run
    ours, theirs = (lambda x: function(scope["tnp"], x)), (lambda x: function(np, x))
    for _ in range(3):
        ours, theirs = scope["grad"](ours), minitorch.grad(theirs)
        assert_allclose(ours(0.9), theirs(0.9), rtol=1e-9)


def test_second_derivatives_through_arrays_agree(run):
    scope, _ = run
    tnp, grad = scope["tnp"], scope["grad"]
    x = np.array([0.5, 1.0, 2.0])
    ours = grad(lambda x: tnp.sum(grad(lambda x: broadcast(tnp, x))(x) ** 2))
    theirs = minitorch.grad(lambda x: np.sum(minitorch.grad(lambda x: broadcast(np, x))(x) ** 2))
    assert_allclose(ours(x), theirs(x), rtol=1e-9)


@pytest.mark.parametrize("which", ["ours", "library"])
def test_nested_derivatives_are_kept_apart(run, which):
    grads = {"ours": run[0]["grad"], "library": minitorch.grad}
    grad = grads[which]
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * x)(1.0))(1.0) == 0.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
