"""The benchmark measures what it says: each library takes the same step of each workload."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import libraries, measurements, products, report, rows, scaling
from tests.benchmarks.derivatives import DERIVATIVES
from tests.benchmarks.measurements import Conditions
from tests.benchmarks.processes import Failure, Worker, environment
from tests.benchmarks.rows import Row
from tests.benchmarks.worker import start
from tests.benchmarks.workloads import WORKLOADS, workload_of

QUICK = ("mlp-small",)
SLOW = tuple(name for name in WORKLOADS if name not in QUICK)  # to compile
OTHERS = ("jax.jit", "autograd", "NumPy")


@pytest.fixture(autouse=True)
def threads_as_they_were():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", WORKLOADS)
def test_minitorch_computes_what_pytorch_does(name):
    theirs = start("PyTorch", name, 1).check()
    assert len(theirs) > 1
    assert measurements.agree(start("minitorch", name, 1).check(), theirs)


@pytest.mark.parametrize(
    ("name", "library"),
    [(name, k) for name in QUICK for k in OTHERS if k in WORKLOADS[name].libraries()],
)
def test_others_compute_what_pytorch_does(name, library):
    pytest.importorskip(libraries.LIBRARIES[library].module)
    running = start(library, name, 1)
    assert measurements.agree(running.check(), start("PyTorch", name, 1).check())
    running.step()


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.full
def test_others_compute_the_same_where_they_take_longer(name):
    for module in ("autograd", "jax"):
        pytest.importorskip(module)
    theirs = start("PyTorch", name, 1).check()
    others = {*OTHERS} & {*WORKLOADS[name].libraries()}
    assert all(measurements.agree(start(k, name, 1).check(), theirs) for k in others)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_agree(name):
    pytest.importorskip("autograd")
    ours, theirs = (start(library, name, 1).check() for library in ("minitorch", "autograd"))
    assert measurements.agree(ours, theirs)


def test_products_are_those_of_a_layer():
    forward, weight, inputs = (a @ b for a, b in products.linear(4, 3, 2))
    assert (forward.shape, weight.shape, inputs.shape) == ((4, 2), (2, 3), (4, 3))
    shapes = [(a @ b).shape for a, b in products.convolution(5, 49, 3, 8)]
    assert shapes == [(5, 8, 49), (8, 27), (5, 27, 49)]
    assert len(list(products.linear(4, 3, 2, first=True))) == 2


def test_agree_tells_a_wrong_loss():
    assert measurements.agree([1.0, 2.0], [1.00001, 2.0])
    assert not measurements.agree([1.0, 2.0], [1.001, 2.0])
    assert not measurements.agree([1.0, float("nan")], [1.0, 2.0])
    assert not measurements.agree([1.0], [1.0, 2.0])


def test_libraries_take_turns_in_processes(tmp_path):
    about = Conditions(["minitorch", "products"], 2, 1, str(tmp_path))
    row = measurements.time("mlp-small", about)
    assert {k: len(v) for k, v in row.figures.items()} == {"minitorch": 2, "products": 2}
    assert all(f["wall"] > 0 and f["cpu"] > 0 for some in row.figures.values() for f in some)


def test_a_library_that_fails_says_so_in_its_cell(tmp_path):
    worker = Worker("minitorch", "time", "nothing", 1, environment("minitorch", 1, str(tmp_path)))
    with pytest.raises(Failure, match="fails: KeyError: 'nothing'"):
        worker.answer()
    worker.close()


def test_processes_differ_in_kernels_and_share_threads(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("MINITORCH_KERNELS", "numba")
    found = {name: environment(name, 2, "cache") for name in ("minitorch", "fast", "PyTorch")}
    assert found["minitorch"]["MINITORCH_KERNELS"] == "numpy"
    assert found["fast"]["MINITORCH_KERNELS"] == "auto"
    assert "MINITORCH_KERNELS" not in found["PyTorch"]
    for env in found.values():
        assert env["OMP_NUM_THREADS"] == env["OPENBLAS_NUM_THREADS"] == "2"
        assert "OPENBLAS_CORETYPE" not in env


def example_row(**more) -> Row:
    figures = {
        "PyTorch": [{"wall": 2e-3, "cpu": 4e-3}, {"wall": 4e-3, "cpu": 4e-3}],
        "minitorch": [{"wall": 1e-3, "cpu": 1e-3}, {"wall": 2e-3, "cpu": 1e-3}],
    }
    return Row("name", "title", "s", figures, {"minitorch": 0.6}, **more)


def test_ratios_are_taken_within_a_round():
    row = example_row()
    assert row.ratios("minitorch", "wall") == [0.5, 0.5]
    assert row.ratios("minitorch", "cpu") == [0.25, 0.25]


def test_a_table_shows_times_ratios_goals_and_failures():
    lines = rows.table([example_row(notes={"torch.compile": "over 240 s"})]).splitlines()
    assert lines[0] == "|  | PyTorch | minitorch | torch.compile | goals |"
    assert lines[2] == "| title | 3 ms | **0.50** | over 240 s | 0.6 |"


def test_rows_survive_json():
    row = example_row()
    assert rows.from_json(json.loads(json.dumps([row._asdict()]))) == [row]


def test_a_table_is_written_between_its_markers():
    page = "before\n<!-- begin: x -->\nold\n<!-- end: x -->\nafter\n"
    text = "before\n<!-- begin: x -->\n\nnew\n\n<!-- end: x -->\nafter\n"
    assert report.written(page, "x", "new") == text
    with pytest.raises(ValueError, match="expected one part 'y'"):
        report.written(page, "y", "new")


def test_the_page_has_a_place_for_each_table():
    page = report.PAGE.read_text(encoding="utf-8")
    for name in ("speed-1", "speed-2", "memory", "derivatives", "scaling"):
        assert report.written(page, name, "")


def test_slopes_of_growth():
    curve = scaling.Curve("width", "minitorch", [10, 100, 1000], [1.0, 100.0, 10_000.0])
    assert curve.slopes() == pytest.approx([1.0, 1.0])  # work grows as width squared
    assert curve.fitted() == pytest.approx(1.0)
    assert curve.per_unit() == pytest.approx((0.01, 0.01))


@pytest.mark.parametrize("axis", scaling.AXES)
def test_scaled_nets_have_the_size_asked_for(axis):
    size = scaling.AXES[axis][1][1]
    weights, (inputs, _) = workload_of(f"{axis}={size}").problem()
    sizes = {
        "batch": len(inputs),
        "width": inputs.shape[1],
        "depth": len(weights) // 2,
        "parameters": sum(array.size for array in weights.values()),
    }
    assert sizes[axis] == pytest.approx(size, rel=0.03)


def test_pictures_are_light_and_repeatable(tmp_path):
    pytest.importorskip("matplotlib")
    from tests.benchmarks import pictures

    curve = scaling.Curve("batch", "minitorch", [1, 10], [1e-3, 2e-3])
    for path in (tmp_path / "a.svg", tmp_path / "b.svg"):
        pictures.growth([curve], path)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    pictures.ratios([example_row()], tmp_path / "c.svg")
    assert "title" in (tmp_path / "c.svg").read_text()
    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 60_000
