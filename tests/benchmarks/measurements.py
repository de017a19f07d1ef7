"""What is measured of the libraries, row by row."""

from __future__ import annotations

import math
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from time import perf_counter, sleep
from typing import NamedTuple

from .derivatives import DERIVATIVES, FACES
from .libraries import BASE, FAST, LIBRARIES, THEIRS
from .processes import ROOT, Failure, Worker, environment
from .rows import Row
from .sizes import installed
from .workloads import WORKLOADS, workload_of

ROUND = 0.1  # seconds that a round of steps takes, about
SETTLE = 0.05  # seconds in which the threads of a library that had its turn go to sleep
TOLERANCE = {"rel_tol": 2e-4, "abs_tol": 1e-6}  # of numbers in single precision


class Conditions(NamedTuple):
    """What all measurements of a run have in common."""

    libraries: list[str]
    rounds: int
    threads: int
    cache: str  # a directory for the compiled files of this run

    def worker(self, library: str, measurement: str, workload: str, **env: str) -> Worker:
        return Worker(library, measurement, workload, self.threads, self.env(library) | env)

    def env(self, library: str) -> dict[str, str]:
        return environment(library, self.threads, self.cache)


def time(name: str, conditions: Conditions) -> Row:
    """Seconds a step of a workload."""
    return race(empty_row(name, conditions), conditions)


def race(row: Row, conditions: Conditions) -> Row:
    """The row with the seconds of its libraries' steps, in rounds that they take in turn."""
    with ExitStack() as stack:
        workers = {
            library: stack.enter_context(closing(conditions.worker(library, "time", row.name)))
            for library in row.figures
        }
        _drop_failures(row, workers)
        steps: dict[str, int] = {}
        for library, worker in workers.items():
            worker.ask(3)  # warm-up
            enough = worker.ask(1)["wall"]
            steps[library] = max(1, round(ROUND / max(enough, 1e-9)))
        for _ in range(conditions.rounds):
            for library, worker in workers.items():
                spent = worker.ask(steps[library])
                row.figures[library].append({k: v / steps[library] for k, v in spent.items()})
                sleep(SETTLE * (conditions.threads > 1))
    return row


def empty_row(name: str, conditions: Conditions) -> Row:
    if name in DERIVATIVES:
        derivative = DERIVATIVES[name]
        some = [k for k in FACES if k in conditions.libraries or k + ".jit" in conditions.libraries]
        return Row(name, derivative.title, "s", {k: [] for k in some}, {BASE: derivative.goal},
                   {}, "autograd")  # fmt: skip
    workload = workload_of(name)
    some = [k for k in workload.libraries() if k in conditions.libraries]
    return Row(name, workload.title, "s", {k: [] for k in some}, _goals(*workload.goals), {})


def _goals(base: float | None, fast: float | None) -> dict[str, float]:
    return {k: goal for k, goal in ((BASE, base), (FAST, fast)) if goal}


def _drop_failures(row: Row, workers: dict[str, Worker]) -> None:
    """Only libraries that work and compute the same go on: a fast wrong answer is no result."""
    numbers: dict[str, list[float] | Failure] = {}
    for library, worker in workers.items():
        try:
            numbers[library] = worker.answer()
        except Failure as failure:
            numbers[library] = failure
    told = {k: n for k, n in numbers.items() if not isinstance(n, Failure) and k != "products"}
    judge = told.get(row.rival) or next(iter(told.values()), [])
    for library, found in told.items():
        if not agree(found, judge):
            numbers[library] = Failure("disagrees", f"{found}, not {judge}")
    for library, found in numbers.items():
        if isinstance(found, Failure):
            print(f"{row.name}: {library}: {found}", file=sys.stderr)
            row.notes[library] = found.cell
            row.figures.pop(library)
            workers.pop(library).close()


def agree(ours: list[float], theirs: list[float]) -> bool:
    pairs = zip(ours, theirs)
    return len(ours) == len(theirs) and all(math.isclose(a, b, **TOLERANCE) for a, b in pairs)


def memory(name: str, goal: float | None, conditions: Conditions) -> Iterator[Row]:
    """Peaks of a step, and of the process that takes it."""
    # What is freed goes back to the system at once, so that the resident set tells what is used.
    env = {
        "MALLOC_MMAP_THRESHOLD_": "16384",
        "MALLOC_TRIM_THRESHOLD_": "0",
        "MALLOC_TOP_PAD_": "0",
    }
    peaks = {}
    for library in [k for k in (BASE, FAST, THEIRS) if k in conditions.libraries]:
        with closing(conditions.worker(library, "memory", name, **env)) as worker:
            peaks[library] = worker.answer()
    short = WORKLOADS[name].title.split(",")[0]
    goals = _goals(goal, goal)
    for key, title in {
        "arrays": f"peak memory of arrays in a step, {short}",
        "resident": f"growth of the resident set in a step, {short}",
        "process": f"resident set of the whole process in a step, {short}",
    }.items():
        figures = {library: [{"wall": float(peak[key])}] for library, peak in peaks.items()}
        yield Row(f"{name}-{key}", title, "KiB", figures, goals if key == "arrays" else {}, {})


def graph(conditions: Conditions) -> Iterator[Row]:
    """A graph of a million nodes: backward through it, and letting it go."""
    libraries = [k for k in (BASE, THEIRS) if k in conditions.libraries]
    results: dict[str, list[dict]] = {library: [] for library in libraries}
    for _ in range(min(conditions.rounds, 3)):
        for library, found in results.items():
            with closing(conditions.worker(library, "graph", "")) as worker:
                found.append(worker.answer())
    for key, title, unit in (
        ("backward", "backward through 1,000,000 nodes", "s"),
        ("free", "freeing 1,000,000 nodes unused", "s"),
        ("garbage", "objects left to the cycle collector by that", ""),
    ):
        figures = {k: [{"wall": r[key]} for r in found] for k, found in results.items()}
        yield Row(f"graph-{key}", title, unit, figures, {}, {})


def imports(conditions: Conditions) -> Row:
    libraries = [k for k in conditions.libraries if k not in ("torch.compile", "products")]
    timer = (
        "from time import perf_counter as t, process_time as c; a, b = t(), c(); import {}; "
        "print(t() - a, c() - b)"
    )

    def spent(library: str) -> dict[str, float]:
        command = [sys.executable, "-c", timer.format(LIBRARIES[library].module)]
        env = conditions.env(library)
        wall, cpu = subprocess.check_output(command, cwd=ROOT, env=env, text=True).split()
        return {"wall": float(wall), "cpu": float(cpu)}

    return Row("import", "import", "s", _turns(libraries, spent, conditions), _goals(0.1, 0.1), {})


def first_step(conditions: Conditions) -> Row:
    """From the start of Python to the first finished training step of a script."""
    libraries = [k for k in (BASE, FAST, THEIRS) if k in conditions.libraries]
    script = str(ROOT / "tests/benchmarks/first_step.py")

    def spent(library: str) -> dict[str, float]:
        command = [sys.executable, script, LIBRARIES[library].module]
        begin, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.check_output(command, cwd=ROOT, env=conditions.env(library))
        end, after = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"wall": end - begin, "cpu": cpu}

    title = "from the start of `python script.py` to the first finished training step"
    figures = _turns(libraries, spent, conditions)
    return Row("first-step", title, "s", figures, _goals(0.1, None), {})


def _turns(libraries: list[str], spent: Callable[[str], dict[str, float]], conditions: Conditions
           ) -> dict[str, list[dict[str, float]]]:  # fmt: skip
    figures: dict[str, list[dict[str, float]]] = {k: [] for k in libraries}
    for library in libraries:
        spent(library)  # the first import compiles
    for _ in range(min(conditions.rounds, 7)):
        for library in libraries:
            figures[library].append(spent(library))
    return figures


def size(conditions: Conditions) -> Row:
    libraries = [k for k in conditions.libraries if k not in ("torch.compile", "products")]
    figures = {k: [{"wall": installed(k) / 1024}] for k in libraries}
    return Row("size", "installed, with what it needs", "KiB", figures, {}, {})
