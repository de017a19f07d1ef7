"""`testing.check`, its reports and limits, and `testing.replacing`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import runpy
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.engine.registry import registry
from minitorch.extend import defvjp, primitive
from minitorch.testing import check, gradescope, replacing
from minitorch.testing.checks import WEIGHTS
from minitorch.testing.limits import Limits, limited

F = nn.functional
PAGE = Path(__file__).parents[1] / "docs" / "grading.md"
X = torch.tensor([[0.5, -1.25, 2.0], [1.5, 0.25, -0.75]])
forks = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory need Linux")


def failed(report):
    return {result.name for result in report.results if result.status == "failed"}


def skipped(report):
    return {result.name for result in report.results if result.status == "skipped"}


def softplus(x):
    return torch.log(1 + torch.exp(x))


# values, shapes, dtypes, manners


def test_what_is_right_passes():
    report = check(softplus, X, reference=F.softplus)
    assert report.passed and report and report.score == 1 and not failed(report)
    assert skipped(report) == {"broadcasting", "parameters", "training"}
    assert [r.name for r in report.results] == list(WEIGHTS)
    text = str(report)
    assert text.startswith("check of softplus against softplus\n  ✓ runs\n")
    assert text.endswith("passed: 20 of 20 points, score 1.00")


def test_wrong_values_are_told_with_index_and_both_numbers():
    def off(x):
        y = softplus(x).clone()
        y[1, 2] += 0.5
        return y

    found = check(off, X, reference=F.softplus, checks=["values"])["values"]
    (one,) = found.mismatches
    assert (one.what, one.index) == ("the result", (1, 2))
    assert one.given == pytest.approx(one.expected + 0.5) and 0 < one.tolerance < 1e-4
    assert "the result[1, 2]: expected 0.386871, given 0.886871" in str(found.lines())


def test_the_reference_may_be_the_right_result():
    assert check(torch.add, X, X, reference=2 * X).passed
    report = check(torch.add, X, X, reference=3 * X, checks=["values", "gradients"])
    assert failed(report) == {"values"} and "gradients" in skipped(report)
    assert report.reference == "the given result"


def test_shapes_and_what_depends_on_them():
    report = check(
        lambda x, y: (x * y).sum(0, keepdim=True), X, X, reference=lambda x, y: (x * y).sum(0)
    )
    assert {"values", "shapes"} <= failed(report)
    assert report["shapes"].message == "expected (3,), given (1, 3)"


def test_another_dtype_than_that_of_the_inputs():
    found = check(lambda x: x.double() * 2, X, checks=["dtypes"])["dtypes"]
    assert found.message == "with float32 inputs: expected float32, given float64"


def test_inputs_that_are_written_to():
    def careless(x):
        x += 1
        return x

    before = X.clone()
    report = check(careless, X, checks=["inputs_unchanged"])
    assert report["inputs_unchanged"].message == "it changes input 0 (x)"
    assert torch.equal(X, before)


def test_a_random_function_is_not_deterministic_but_one_that_should_be_is_excused():
    noisy = lambda x: x + torch.rand(3)  # noqa: E731
    assert failed(check(noisy, X)) == {"deterministic"}  # each call begins with one seed
    assert "deterministic" in skipped(check(noisy, X, reference=noisy))


def test_broadcasting_and_arrays_without_rows():
    def narrow(x, y):
        assert x.shape == y.shape and len(x)
        return x * y

    report = check(narrow, X, X, reference=torch.mul)
    assert failed(report) == {"broadcasting", "zero_size"}
    assert "AssertionError" in report["broadcasting"].message
    assert "shapes (0, 3) and (0, 3)" in report["zero_size"].message

    rows = lambda x, w: (x if x.ndim == 2 else x[None, None]) @ w.T  # noqa: E731
    report = check(rows, X, X, reference=F.linear)  # of fewer rows or axes nothing is repeated
    assert report.passed and "broadcasting" in skipped(report)


def test_arrays_in_pieces():
    class Raw(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            flat = np.ndarray(x.shape, x.numpy().dtype, x.numpy().data if x.is_contiguous() else
                              x.numpy().base.data)  # fmt: skip
            return torch.from_numpy(flat.copy())

        @staticmethod
        def backward(ctx, g):
            return g

    report = check(Raw, X, checks=["values", "noncontiguous"])
    assert failed(report) == {"noncontiguous"}


def test_numpy_functions_are_given_arrays():
    def logistic(z):
        assert not isinstance(z, torch.Tensor)
        return 1 / (1 + np.exp(-z))

    assert check(logistic, np.array([0.5, -1.0])).passed
    assert check(logistic, 0.5).passed  # a number, where there is nothing else
    assert check(np.linalg.det, np.eye(3) + 0.1).passed


def test_containers_keywords_and_constants():
    def f(pair, scale=1.0, *, axis=0):
        return {"y": (pair["a"] * pair["b"][0]).sum(axis) * scale}

    pair = {"a": X, "b": [X, "unused"]}
    report = check(f, pair, 2.0, keywords={"axis": 1})
    assert report.passed, str(report)
    assert check(torch.max, X, 1).passed  # an index beside the values
    wrong = check(lambda x, y: x.detach() * y, X, X, checks=["reverse"])
    assert {m.what.split(" by ")[1] for m in wrong["reverse"].mismatches} == {"input 0 (x)"}


def test_of_tensors_those_that_require_grad_are_looked_at_if_some_do():
    weight = X.clone().requires_grad_()
    assert check(lambda x, w: x.detach() * w, X, weight, checks=["reverse", "forward"]).passed


# derivatives


class Product(torch.autograd.Function):
    """Its gradients are swapped."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * x, g * y


class Doubled(torch.autograd.Function):
    """Its jvp, and the derivative of its backward, are wrong."""

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x.detach() ** 2

    @staticmethod
    def jvp(ctx, t):
        return t * ctx.saved_tensors[0]


def test_a_wrong_backward_is_told_by_input_and_index():
    report = check(Product, X, X + 1, reference=torch.mul)
    assert {"reverse", "gradients"} <= failed(report)
    assert report["forward"].message == "the Function has no jvp"
    first = report["reverse"].mismatches[0]
    assert first.what == "the gradient of the result's sum by input 0 (x)" and first.index == (0, 0)
    assert first.expected == pytest.approx(1.5) and first.given == pytest.approx(0.5)
    assert failed(check(Product.apply, X, X + 1)) == {"reverse"}


def test_forward_mode_and_second_order():
    report = check(Doubled, X)
    assert failed(report) == {"forward", "second_order"}
    assert report["forward"].mismatches[0].what.startswith("along input 0 (x)[0, 0]")
    assert "reverse mode of reverse mode" in report["second_order"].mismatches[0].what
    once = check(Doubled, X, modes=["reverse"], order=1)
    assert once.passed and "second_order" not in [r.name for r in once.results]


def test_large_arrays_are_looked_at_along_random_directions():
    class One(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            g = 2 * g
            g[7, 3] = 0
            return g

    x = torch.ones(10, 10)
    (found,) = check(One, x, checks=["reverse"])["reverse"].mismatches
    assert found.index == (7, 3) and (found.expected, found.given) == (pytest.approx(2), 0)
    assert check(torch.tanh, x).passed


def test_kinks_allow_what_lies_between_both_slopes():
    assert check(torch.relu, torch.tensor([-1.0, 0.0, 2.0])).passed
    assert check(torch.abs, torch.tensor([0.0])).passed

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.relu()

        @staticmethod
        def backward(ctx, g):
            return g * 1.5

    assert failed(check(Wrong, torch.tensor([0.0]), checks=["reverse"])) == {"reverse"}


def test_complex_numbers():
    z = torch.tensor([1 + 2j, -0.5 + 0.25j])
    assert check(lambda z: (z * z.conj()).real, z).passed
    report = check(lambda z: z * z.detach(), z, checks=["reverse"])
    first = report["reverse"].mismatches[0]
    assert complex(first.expected) == pytest.approx(2 * complex(first.given), abs=1e-6)


# modules


class Dropout(nn.Module):
    def __init__(self, p=0.5, forgets=False):
        super().__init__()
        self.p, self.forgets = p, forgets

    def forward(self, x):
        if self.training or self.forgets:
            return x * (torch.rand_like(x) > self.p) / (1 - self.p)
        return x


class Dense(nn.Module):
    def __init__(self, detached=False):
        super().__init__()
        self.w = nn.Parameter(torch.randn(2, 3))
        self.b = nn.Parameter(torch.randn(2))
        self.detached = detached

    def forward(self, x):
        return x @ (self.w.detach() if self.detached else self.w).T + self.b


def test_a_module_is_compared_with_the_same_parameters_and_left_as_it_was():
    own, before = Dense(), torch.get_rng_state()
    report = check(own, X, reference=nn.Linear(3, 2))
    assert report.passed and not {"parameters", "training"} & skipped(report)
    assert own.training and own.w.grad is None
    assert check(Dense, X, reference=nn.Linear(3, 2)).passed  # a class
    assert torch.equal(torch.get_rng_state(), before) is False  # nn.Linear drew its weights
    report = check(nn.Linear(3, 4), X, reference=nn.Linear(3, 2), checks=["values"])
    assert "(4, 3)" in report["values"].message and "(2, 3)" in report["values"].message


def test_a_parameter_that_is_cut_off_the_graph():
    report = check(Dense(detached=True), X, reference=nn.Linear(3, 2))
    assert failed(report) == {"parameters"}
    assert report["parameters"].mismatches[0].what.endswith("by parameter w")
    assert (
        "it has no parameters"
        in check(Dropout(), X, reference=nn.Linear(3, 3), checks=["parameters"])[
            "parameters"
        ].message
    )


def test_training_and_evaluation():
    assert check(Dropout(), X, reference=nn.Dropout(0.5)).passed  # in its own random numbers
    forgets = check(Dropout(forgets=True), X, reference=nn.Dropout(0.5))
    assert {"training", "deterministic", "values"} <= failed(forgets)
    idle = check(nn.Identity(), X, reference=nn.Dropout(0.5))
    assert failed(idle) == {"training"}

    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dropout(0.5)]  # eval() does not reach it

        def forward(self, x):
            return self.layers[0](x)

    assert "training" in failed(check(Hidden, X))
    assert check(nn.BatchNorm1d(3), torch.randn(5, 3)).passed


def test_buffers_become_the_references_and_eval_is_called():
    class Running(nn.Module):
        def __init__(self, kept=0.9):
            super().__init__()
            self.kept = kept
            self.register_buffer("mean", torch.zeros(3))

        def forward(self, x):
            if self.training:
                self.mean.mul_(self.kept).add_(x.mean(0), alpha=0.1)
            return x * 2

    class Deaf(Running):
        def eval(self):
            return self

    assert check(Running, X, reference=Running, checks=["training"]).passed
    report = check(Running(kept=0.5), X + 1, reference=Running(), checks=["training"])
    assert report.passed  # from zeros, the first call gives the same
    forgets = check(Running, X, reference=Mean, checks=["values", "training"])
    assert failed(forgets) == {"training"}
    assert "the buffer mean is not the reference's" in forgets["training"].message
    assert "eval() does not reach" in check(Deaf, X, checks=["training"])["training"].message


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, x):
        if self.training:
            self.mean.add_(x.mean(0))
        return x * 2


def test_without_a_derivative_the_verdict_is_not_a_silent_pass():
    whole = torch.tensor([1, 2])
    report = check(lambda x: x + 1, whole)
    assert failed(report) == {"reverse", "forward", "second_order"} and report.score < 1
    assert "write 1. for 1" in report["reverse"].message
    report = check(lambda x: x + 1, whole, reference=lambda x: x + 1)  # values are compared
    assert report.passed and str(report).endswith("score 1.00; no derivative was checked")
    assert "no derivative was checked" in report.html()
    assert check(torch.argmax, X, reference=torch.argmax).passed
    assert "second_order" not in skipped(check(lambda x: x**2, 3))  # numbers alone are floats
    assert not failed(check(nn.Embedding(4, 2), whole))  # by its parameters
    assert "no derivative" not in str(check(softplus, X, checks=["deterministic"]))


def test_lists_subclasses_and_nan():
    report = check(lambda x: [torch.sin(x)], X, reference=torch.sin, checks=["values", "shapes"])
    assert failed(report) == {"shapes"}
    assert report["shapes"].message == "expected an array, given a tuple of (an array)"

    class Equal(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, bool)

        def __sub__(self, other):
            return np.zeros(self.shape)

    def cheats(x):
        y = x * 0
        y._value = y._value.view(Equal)
        return y

    assert failed(check(cheats, X, reference=torch.exp, checks=["values"])) == {"values"}
    report = check(lambda x: x * float("nan"), X, reference=torch.exp)
    assert "is nan, and so are finite differences" in report["reverse"].message
    assert report["values"].mismatches


def test_numbers_that_agree_in_their_first_digits():
    report = check(lambda x: x * (1 + 1e-6), X.double(), reference=lambda x: x * 1)
    assert "expected 0.5, given 0.5000005 (tolerance" in str(report)


def test_the_line_is_the_students_not_a_librarys():
    found = check(lambda x: np.ones((2, -3)), X)["runs"].message
    assert "test_grading.py" in found and "np.ones((2, -3))" in found


def test_what_is_required_comes_first():
    report = check(lambda x: x * 0, X, reference=torch.exp, required=["values"])
    assert report["shapes"].message == "not tried, as values failed" and report.points == 1
    assert [r.name for r in report.results] == list(WEIGHTS)
    assert check(torch.exp, X, reference=torch.exp, required=["gradients"]).score == 1
    with pytest.raises(ValueError, match="required: there is no check 'value'"):
        check(softplus, X, required=["value"])


# whatever the code under test does


def leave(x):
    sys.exit(3)


def test_exceptions_exits_prints_and_questions_become_lines(capsys):
    def wrong(x):
        print("so far so good")
        return x @ torch.ones(7)

    report = check(wrong, X)
    runs = report["runs"]
    assert failed(report) == set(WEIGHTS) and report.score == 0
    assert runs.message.startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    assert "test_grading.py" in runs.message and "x @ torch.ones(7)" in runs.message
    assert runs.output == "so far so good\n" and "it printed 'so far so good'" in str(report)
    assert "sys.exit(3)" in check(leave, X)["runs"].message
    assert "EOFError" in check(lambda x: input(), X)["runs"].message
    assert "returned NoneType" in check(lambda x: None, X)["runs"].message
    assert len(check(lambda x: print("a" * 10**5) or x, X)["runs"].output) == 4000
    assert capsys.readouterr() == ("", "")


@forks
def test_limits_of_time_and_memory():
    def endless(x):
        while True:
            pass

    def hog(x):
        return torch.zeros(10**9)

    limits = {"seconds": 0.3, "megabytes": 200, "checks": ["values"]}
    assert check(endless, X, **limits)["runs"].message == "it took more than 0.3 s and was ended"
    assert "memory" in check(hog, X, **limits)["runs"].message
    assert "sys.exit(3)" in check(leave, X, **limits)["runs"].message
    assert "status 5" in check(lambda x: os._exit(5), X, **limits)["runs"].message
    crash = lambda x: os.kill(os.getpid(), 11)  # noqa: E731
    assert "SIGSEGV" in check(crash, X, **limits)["runs"].message
    assert check(softplus, X, reference=F.softplus, seconds=20, checks=["values"]).passed


@forks
def test_what_a_process_sends_or_raises_does_not_end_the_grader(tmp_path):
    class Silent(BaseException):
        def __str__(self):
            raise RuntimeError

    def says(text):
        def f(x):
            json.dumps = lambda told: text  # in its own process
            return x

        return f

    def interrupts(x):
        raise KeyboardInterrupt

    def raises(x):
        raise Silent

    def prints(x):
        print("half of a character: \udc80")
        return x * float("nan")

    limits = {"seconds": 20, "checks": ["values"], "reference": torch.exp}
    for text in ("no JSON", "[]", '{"status": "perfect"}', '{"status": "passed"}'):
        assert "no result of a check" in check(says(text), X, **limits)["runs"].message
    assert check(interrupts, X, **limits)["runs"].message.startswith("KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        check(interrupts, X)  # the user's own
    assert check(raises, X)["runs"].message.startswith("Silent: (its message can't be shown)")
    report = check(prints, X, **limits)
    assert np.isnan(report["values"].mismatches[0].given) and "given nan" in str(report)
    report.save(tmp_path / "report.json")


@forks
def test_what_a_limited_process_starts_ends_with_it():
    def spawns():
        child = os.fork()
        if not child:
            threading.Event().wait()
        return {"child": child}

    told = limited(spawns, Limits(20))
    with pytest.raises(ProcessLookupError):
        for _ in range(10_000):  # it is gone once init has waited for it
            os.kill(told["child"], 0)
            if "Z" in Path(f"/proc/{told['child']}/stat").read_text().split()[2]:
                raise ProcessLookupError


def test_limits_that_a_system_has_not(monkeypatch):
    monkeypatch.delattr(os, "fork", raising=False)
    with pytest.raises(OSError, match=r"need os\.fork"):
        check(softplus, X, seconds=1)


def test_a_text_is_loaded_where_the_check_runs(tmp_path):
    path = tmp_path / "submission.py"
    path.write_text("import minitorch as torch\ndef f(x): return torch.sin(x)")
    report = check(f"{path}:f", X, reference=torch.sin, checks=["values"])
    assert report.passed and report.target == f"{path}:f"
    path.write_text("import sys\nsys.exit()")
    assert "ended the program" in check(f"{path}:f", X)["runs"].message
    assert "has no 'g'" in check("minitorch.testing.samples:g", X)["runs"].message


def test_files_of_several_authors_import_torch_and_what_is_beside_them(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, factor in (("ann", 1), ("bob", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_theirs.py").write_text(f"FACTOR = {factor}")
        (tmp_path / name / "work.py").write_text(
            "import torch\nfrom helper_of_theirs import FACTOR\n"
            "def f(x):\n    import torch as again\n    return again.sin(x) * FACTOR\n"
            "class Scale(torch.nn.Module):\n"
            "    def __init__(self, by): super().__init__(); self.by = by\n"
            "    def forward(self, x): return x * self.by"
        )
    for _ in range(2):
        assert check(f"{tmp_path}/ann/work.py:f", X, reference=torch.sin, checks=["values"]).passed
        report = check(f"{tmp_path}/bob/work.py:f", X, reference=torch.sin, checks=["values"])
        assert failed(report) == {"values"}
    three = check(f"{tmp_path}/ann/work.py:Scale(by=3)", X, reference=3 * X, checks=["values"])
    assert three.passed
    wants = check(f"{tmp_path}/ann/work.py:Scale()", X)["runs"].message
    assert "Scale(by): missing a required argument: 'by'" in wants


def test_mistakes_of_the_one_who_checks():
    with pytest.raises(ValueError, match="the seed must be 0 or more"):
        check(softplus, X, seed=-1)
    with pytest.raises(ValueError, match=r"no check 'valeus'; is 'values' meant\?"):
        check(softplus, X, checks=["valeus"])
    with pytest.raises(ValueError, match="weights: there is no check"):
        check(softplus, X, weights={"style": 3})
    with pytest.raises(TypeError, match="must be a list of names"):
        check(softplus, X, skip="values")
    with pytest.raises(ValueError, match="the modes are reverse and forward, not 'backward'"):
        check(softplus, X, modes=["backward"])
    with pytest.raises(TypeError, match="int is no function"):
        check(3, X)
    with pytest.raises(ValueError, match="the reference mv does not take the inputs: TypeError"):
        check(softplus, X, reference=torch.mv)


# reports


def test_json_has_a_fixed_form():
    report = check(Product, X, X + 1, reference=torch.mul, weights={"reverse": 10})
    told = json.loads(report.json())
    assert told == report.to_dict()
    assert list(told) == [
        "schema", "target", "reference", "passed", "score", "points", "possible", "checks",
    ]  # fmt: skip
    assert told["schema"] == "minitorch.testing.report/1" and told["passed"] is False
    assert told["score"] == pytest.approx(told["points"] / told["possible"])
    (reverse,) = [c for c in told["checks"] if c["name"] == "reverse"]
    assert list(reverse) == [
        "name", "status", "weight", "points", "message", "mismatches", "output",
    ]  # fmt: skip
    assert (reverse["weight"], reverse["points"], reverse["status"]) == (10, 0, "failed")
    assert list(reverse["mismatches"][0]) == ["what", "index", "expected", "given", "tolerance"]


def test_numbers_that_json_has_not_are_texts():
    report = check(lambda x: x * float("inf"), X, reference=lambda x: x, checks=["values"])
    told = json.loads(report.json())["checks"][1]["mismatches"]
    assert told[0]["given"] == "inf" and told[1]["given"] == "-inf"


def test_html_shows_all_and_escapes(tmp_path):
    def angle(x):
        raise ValueError("a < b & c")

    report = check(angle, X)
    page = report._repr_html_()
    assert "a &lt; b &amp; c" in page and "<script" not in page and "<table" in page
    starts = {"r.html": "<!doctype html>", "r.json": "{", "r.txt": "check of angle"}
    for name, start in starts.items():
        report.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)


def test_gradescope(tmp_path):
    right = check(softplus, X, reference=F.softplus)
    wrong = check(softplus, X, reference=torch.exp)
    told = gradescope(right, wrong, path=tmp_path / "results.json", points=[30, 10])
    assert told == json.loads((tmp_path / "results.json").read_text())
    assert told["score"] == pytest.approx(30 + 10 * wrong.score, abs=1e-3)
    assert sum(t["max_score"] for t in told["tests"]) == pytest.approx(40, abs=1e-2)
    assert {t["status"] for t in told["tests"]} == {"passed", "failed"}
    with pytest.raises(ValueError, match="2 reports, but 1"):
        gradescope(right, wrong, points=[1])


# an operation of one's own in the place of a built-in one


def by_sums(a, b):
    return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(-2)


class MatMul(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a @ b  # the built-in one

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g @ b.transpose(-1, -2), a.transpose(-1, -2) @ g


VJPS = (
    lambda ans, a, b: lambda g: np.matmul(g, np.swapaxes(b, -1, -2)),
    lambda ans, a, b: lambda g: np.matmul(np.swapaxes(a, -1, -2), g),
)
extended = primitive(lambda a, b: np.matmul(a, b))
defvjp(extended, *VJPS)
MINE = {
    "a function of tensors": ((by_sums,), {}),
    "an autograd.Function": ((MatMul,), {}),
    "a primitive": ((extended,), {}),
    "a NumPy function with vjps": ((lambda a, b: np.matmul(a, b),), {"vjp": VJPS}),
    "a function of np.*": ((lambda a, b: np.einsum("...ij,...jk->...ik", a, b),), {"numpy": True}),
    "the built-in itself": ((torch.matmul,), {}),
}


def trained(forward):
    """Numbers that a matmul goes into: training, operators, batching, both modes, second order."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        loss = (net(x) ** 2).mean() + (x @ x.T).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    out = [loss.item(), *[p.sum().item() for p in net.parameters()]]
    out.append(torch.vmap(lambda a: net[0].weight @ a)(x.unsqueeze(-1)).sum().item())
    if forward:
        out.append(torch.func.jvp(lambda x: net(x).sum(), (x,), (torch.ones_like(x),))[1].item())
        out += torch.func.hessian(lambda v: (net(v) ** 2).sum())(x[0]).flatten().tolist()
    return out


def state(name):
    op = registry[name]
    return {slot: getattr(op, slot, None) for slot in type(op).__mro__[-2].__slots__}


@pytest.mark.parametrize("kind", MINE)
def test_it_computes_and_is_differentiated_everywhere(kind):
    (mine,), options = MINE[kind]
    forward = kind != "an autograd.Function"  # it has no jvp
    before, expected = [state("matmul"), state("linear")], trained(forward)
    with replacing("matmul", mine, **options) as swap:
        found = trained(forward)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert swap.calls >= 8
    for name, was in zip(("matmul", "linear"), before, strict=True):
        assert all(now is was[slot] for slot, now in state(name).items())
    assert swap.verdict().passed, str(swap.verdict())


def test_a_wrong_one_is_noticed_in_use_and_by_its_verdict():
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    with replacing("exp", lambda x: 1 + x + x**2 / 2) as swap:
        y = x.exp()
        y.sum().backward()
    assert y.tolist() == [1.625, 2.5] and x.grad.tolist() == [1.5, 2.0]
    assert torch.exp(x).tolist() == pytest.approx(np.exp([0.5, 1.0]).tolist())
    verdict = swap.verdict()
    assert failed(verdict) == {"values", "gradients"}
    assert verdict.reference == "the built-in exp"
    with swap:  # the verdict is the same while it replaces
        assert str(swap.verdict()) == str(verdict)
        assert x.exp().tolist() == [1.625, 2.5]
        with pytest.raises(RuntimeError, match="replaced by this one already"):
            swap.__enter__()
    assert not failed(swap.verdict(np.zeros(2), checks=["values"]))  # on arguments of one's own


def test_a_wrong_gradient_fails_in_the_verdict():
    class Relu(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return torch.where(x > 0, x, 0.0)

        @staticmethod
        def backward(ctx, g):
            return g * 2

    report = replacing("relu", Relu).verdict()
    assert failed(report) == {"reverse", "gradients"} and "forward" in skipped(report)


def test_verdicts_on_comparisons_and_convolutions():
    right = replacing("greater", lambda a, b: (a - b).clamp(min=0) != 0).verdict()
    assert right.passed and "second_order" in skipped(right)
    wrong = replacing("matmul", lambda a, b: [a @ b]).verdict(checks=["values"])
    assert "the replacement gave a list, not an array" in wrong["runs"].message
    wrong = replacing("matmul", lambda a, b: -(a @ b)).verdict(checks=["values"])["values"]
    assert wrong.message == f"at least {len(wrong.mismatches)} numbers differ"

    def conv(x, weight, window, groups):
        patches = F.unfold(x, *window[::3], window.padding, window.stride)
        count = window.counts(x.shape[2:])
        return (weight.flatten(1) @ patches).reshape(len(x), len(weight), *count)

    net, x = nn.Conv2d(1, 2, 3, padding=1), torch.randn(2, 1, 4, 4)
    expected = net(x)
    with replacing("conv2d", conv) as swap:  # with a bias it is not fused meanwhile
        assert torch.allclose(net(x), expected, atol=1e-5)
    assert swap.calls == 1 and swap.verdict(checks=["values", "reverse"], order=1).passed


def test_all_is_as_before_after_an_error():
    before = state("relu")
    with pytest.raises(ZeroDivisionError), replacing("relu", lambda x: 1 / 0):
        nn.ReLU()(torch.ones(2))
    assert all(now is before[slot] for slot, now in state("relu").items())


def test_blocks_within_blocks_end_in_any_order():
    x, before = torch.ones(2), state("exp")
    one, two = replacing("exp", lambda x: x * 0 + 1), replacing("exp", lambda x: torch.exp(x) + 1)
    with one:
        with two:
            assert torch.exp(x).tolist() == [2, 2]  # two, whose exp is one
        assert torch.exp(x).tolist() == [1, 1]
    one.__enter__()
    two.__enter__()
    one.__exit__()
    assert torch.exp(x).tolist() == pytest.approx([1 + np.e] * 2)
    two.__exit__()
    assert all(now is before[slot] for slot, now in state("exp").items())


def test_settings_several_results_and_comparisons():
    def softmax(x, axis):
        e = torch.exp(x - x.amax(axis, keepdim=True))
        return e / e.sum(axis, keepdim=True)

    x = X.clone().requires_grad_()
    wanted = F.softmax(x, 1)
    with replacing("softmax", softmax) as swap:
        y = F.softmax(x, 1)
    assert swap.calls == 1 and torch.allclose(y, wanted) and swap.verdict().passed
    with replacing("greater", lambda a, b: torch.ones_like(a) == a) as swap:
        assert (torch.tensor([1.0, 2.0]) > 5).tolist() == [True, False]
    with replacing("add", lambda a, b: a - b):
        assert np.add(np.ones(1), 1) == 2  # bare arrays are NumPy's own
        z = torch.ones(2)
        z += 3
        assert z.tolist() == [-2, -2]


def test_names_that_are_not_there():
    with pytest.raises(ValueError, match="no primitive named 'matmull'; the nearest are matmul"):
        replacing("matmull", by_sums)
    with pytest.raises(TypeError, match="cat takes a list of arrays"):
        replacing("cat", by_sums)
    with pytest.raises(TypeError, match="gives a view"):
        replacing("reshape", by_sums)
    with pytest.raises(TypeError, match="expected a function, an autograd.Function"):
        replacing("exp", 3)
    with pytest.raises(ValueError, match=r"no samples for gather\(x, index, axis\)"):
        replacing("gather", by_sums).verdict()
    assert replacing("mm", by_sums).op is registry["matmul"]


# the page for teachers


def test_the_page_for_teachers_literally(tmp_path, monkeypatch):
    """Its files are written under the names in their first lines; what it shows comes out."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    files = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", text, re.DOTALL)
    assert {"submission.py", "grade.py"} <= {name for name, _ in files}
    shown = re.findall(r"```text\n\$ python (\w+\.py)\n(.*?)```", text, re.DOTALL)
    assert shown
    for name, code in files:
        Path(name).write_text(code, encoding="utf-8")
    for name, expected in shown:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            runpy.run_path(name, run_name="__main__")
        assert out.getvalue() == expected
    assert json.loads(Path("results.json").read_text())["tests"]
