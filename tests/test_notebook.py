"""The notebooks run from top to bottom, and the engine from scratch agrees with the library."""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib.util
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minitorch

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOK = DOCS / "autograd_from_scratch.ipynb"
COURSE = sorted(DOCS.glob("course/*.ipynb"))


@functools.cache
def stored(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def cells(kind, path=NOTEBOOK):
    return [cell for cell in stored(path) if cell["cell_type"] == kind]


def texts(kind, path):
    return ["".join(cell["source"]) for cell in cells(kind, path)]


def tags(cell):
    return cell["metadata"].get("tags", [])


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


def fresh(path):
    """The code cells of a notebook after a run in a new kernel."""
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    spec = importlib.util.spec_from_file_location("make_notebook", DOCS / "make_notebook.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return [cell for cell in maker.executed(path).cells if cell.cell_type == "code"]


def said(outputs):
    """The texts of outputs, one of each."""
    return [
        "".join(o["text"] if o["output_type"] == "stream" else o["data"]["text/plain"])
        for o in outputs
    ]


def test_a_fresh_run_in_a_kernel_gives_the_stored_outputs():
    for new, old in zip(fresh(NOTEBOOK), cells("code"), strict=True):
        assert said(new["outputs"]) == said(old["outputs"])


@pytest.mark.full
@pytest.mark.parametrize("path", COURSE, ids=lambda p: p.stem)
def test_a_fresh_run_of_the_course_gives_the_stored_texts(path):
    """Its cells and solutions have assertions, so that a run without error says much already.

    Numbers are compared as far as processors agree on them, pictures by their being there, and so
    are the outputs of cells with the tag `differs`.
    """
    pytest.importorskip("matplotlib")
    for new, old in zip(fresh(path), cells("code", path), strict=True):
        assert [o["output_type"] for o in new["outputs"]] == [
            o["output_type"] for o in old["outputs"]
        ]
        if "differs" in tags(old):
            continue
        for ours, stored in zip(said(new["outputs"]), said(old["outputs"]), strict=True):
            assert NUMBER.sub("#", ours).split() == NUMBER.sub("#", stored).split()


NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?")


@pytest.mark.parametrize("path", COURSE, ids=lambda p: p.stem)
class TestCourse:
    """What holds of each notebook of the course, as it is stored."""

    def test_it_begins_with_its_number_and_title(self, path):
        titles = [t for t in texts("markdown", path) if t.startswith("# ")]
        assert len(titles) == 1
        assert titles == texts("markdown", path)[:1]
        assert re.match(rf"# {int(path.stem[:2])}\. \w", titles[0])

    def test_it_was_run_from_top_to_bottom_without_error(self, path):
        ran = [cell for cell in cells("code", path) if cell["source"]]
        assert [cell["execution_count"] for cell in ran] == list(range(1, len(ran) + 1))
        assert all(o["output_type"] != "error" for cell in ran for o in cell["outputs"])

    def test_nothing_in_it_changes_from_run_to_run(self, path):
        for cell in cells("code", path):
            assert not any(re.search(r"0x[0-9a-f]{6}", text) for text in said(cell["outputs"]))
            assert all(o.get("name") != "stderr" for o in cell["outputs"])

    def test_its_pictures_are_small(self, path):
        for cell in cells("code", path):
            for output in cell["outputs"]:
                picture = "".join(output.get("data", {}).get("image/png", ""))
                assert len(base64.b64decode(picture)) < 60_000

    def test_each_exercise_has_a_hidden_solution_that_is_checked(self, path):
        exercises = [t for t in texts("code", path) if "# your code here" in t]
        solutions = [cell for cell in cells("code", path) if "hide-cell" in tags(cell)]
        assert 3 <= len(exercises) == len(solutions) <= 6
        for cell in solutions:
            assert cell["metadata"]["jupyter"] == {"source_hidden": True, "outputs_hidden": True}
            assert "assert" in "".join(cell["source"])

    def test_its_links_lead_somewhere(self, path):
        links = re.findall(r"\]\(([^)#\s]+)", "\n".join(texts("markdown", path)))
        assert links
        for link in links:
            assert link.startswith("https://") or (path.parent / link).exists(), link


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
