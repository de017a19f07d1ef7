"""``python -m tests.benchmarks``: Markdown tables of minitorch beside PyTorch, NumPy, HIPS autograd
and JAX."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from .functional import FACES, FUNCTIONAL
from .worker import PACKAGES
from .workloads import WORKLOADS

ROOT = Path(__file__).parents[2]
OURS, THEIRS, BY_HAND = "minitorch", "PyTorch", "NumPy"
ROUND = 0.1  # seconds that a round of steps takes, about
HIPS, JAX = "HIPS autograd", "JAX"
IMPORTS = {OURS: "minitorch", THEIRS: "torch", BY_HAND: "numpy"}
NEEDED = {**PACKAGES, HIPS: "autograd", JAX: "jax"}
COLUMNS = (OURS, THEIRS, BY_HAND), (OURS, HIPS, JAX)  # of the two tables; ours, rivals


class Row(NamedTuple):
    """Figures of each library, round by round, so that ratios are taken within a round."""

    name: str
    title: str
    unit: str
    goal: float | None
    figures: dict[str, list[float]]

    def ratios(self, other: str) -> list[float]:
        pairs = zip(self.figures[OURS], self.figures.get(other, []))
        return [ours / theirs for ours, theirs in pairs if theirs]


def environment(threads: int, cache: str, **more: str) -> dict[str, str]:
    """The children's: threads fixed, the machine's choice of BLAS kernel untouched by settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # imports are timed with compiled files in place
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        env[name] = str(threads)
    return env | {"PYTHONPYCACHEPREFIX": cache} | more


def worker(*arguments: str, env: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.benchmarks.worker", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def answer(process: subprocess.Popen, question: object = None):
    """The next line that a worker says, after a line to it if there is one."""
    if question is not None:
        process.stdin.write(f"{question}\n")
        process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        sys.exit(f"{' '.join(process.args)} ended with code {process.wait()}")
    return json.loads(line)


def time(name: str, rounds: int, threads: int, env: dict[str, str]) -> Row:
    """Seconds a step, in rounds that the libraries take in turn."""
    if name in FUNCTIONAL:
        workload, libraries = FUNCTIONAL[name], list(FACES)
    else:
        workload = WORKLOADS[name]
        libraries = [OURS, THEIRS] + [BY_HAND] * (workload.by_hand is not None)
    workers = {k: worker(k, "time", name, str(threads), env=env) for k in libraries}
    agree(name, {k: answer(process) for k, process in workers.items()})

    steps = {}
    for library, process in workers.items():
        answer(process, 20)  # warm-up
        steps[library] = max(1, round(ROUND / answer(process, 20) * 20))
    figures: dict[str, list[float]] = {k: [] for k in workers}
    for _ in range(rounds):
        for library, process in workers.items():
            figures[library].append(answer(process, steps[library]) / steps[library])
    for process in workers.values():
        process.communicate()
    return Row(name, workload.title, "s", workload.goal, figures)


def agree(name: str, numbers: dict[str, list[float]]) -> None:
    """Stop unless all libraries computed the same: a fast wrong answer is no result."""
    for library, ours in numbers.items():
        for a, b in zip(ours, numbers[OURS], strict=True):
            if not math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-6):
                sys.exit(f"{name}: {library} computes {ours}, {OURS} {numbers[OURS]}")


def memory(name: str, threads: int, env: dict[str, str]) -> Iterator[Row]:
    # What is freed goes back to the system at once, so that the resident set tells what is used.
    env = env | {
        "MALLOC_MMAP_THRESHOLD_": "16384",
        "MALLOC_TRIM_THRESHOLD_": "0",
        "MALLOC_TOP_PAD_": "0",
    }
    peaks = {}
    for library in (OURS, THEIRS, BY_HAND):
        process = worker(library, "memory", name, str(threads), env=env)
        peaks[library] = answer(process)
        process.communicate()
    titles = {
        "step": ("peak memory of the larger perceptron's step over its start", 1.2),
        "allocated": ("the same, counted by the allocators", None),
        "everything": ("peak memory of its model, optimizer and three steps", None),
    }
    for key, (title, goal) in titles.items():
        figures = {library: [float(peak[key])] for library, peak in peaks.items()}
        yield Row(f"memory-{key}", title, "KiB", goal, figures)


def graph(rounds: int, threads: int, env: dict[str, str]) -> Iterator[Row]:
    results: dict[str, list[dict]] = {OURS: [], THEIRS: []}
    for _ in range(rounds):
        for library, found in results.items():
            process = worker(library, "graph", str(threads), env=env)
            found.append(answer(process))
            process.communicate()
    for key, title, unit in (
        ("backward", "backward through 1,000,000 nodes", "s"),
        ("free", "freeing 1,000,000 nodes unused", "s"),
        ("garbage", "objects left to the cycle collector by that", ""),
    ):
        figures = {library: [r[key] for r in found] for library, found in results.items()}
        yield Row(f"graph-{key}", title, unit, None, figures)


def imports(rounds: int, env: dict[str, str]) -> Row:
    timer = "from time import perf_counter as t; a = t(); import {}; print(t() - a)"
    figures: dict[str, list[float]] = {k: [] for k in IMPORTS}
    for i in range(rounds + 1):
        for library, module in IMPORTS.items():
            command = [sys.executable, "-c", timer.format(module)]
            seconds = subprocess.check_output(command, cwd=ROOT, env=env, text=True)
            if i:  # the first import compiles
                figures[library].append(float(seconds))
    return Row("import", "import", "s", None, figures)


def figure(values: list[float], unit: str) -> str:
    value = median(values) if values else None
    if value is None:
        return ""
    if unit == "s":
        scale, unit = (1, "s") if value >= 1 else (1e3, "ms") if value >= 1e-3 else (1e6, "µs")
        return f"{value * scale:.3g} {unit}"
    return f"{value:,.0f} {unit}".rstrip()


def ratio(values: list[float]) -> str:
    if not values:
        return ""
    if len(values) < 3:
        return f"{median(values):.2f}"
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def table(rows: list[Row], libraries: tuple[str, str, str]) -> str:
    _, first, second = libraries
    columns = ["", *libraries, f"{OURS} / {first}", "goal", f"{OURS} / {second}"]
    lines = ["| " + " | ".join(columns) + " |", "| --- |" + " ---: |" * (len(columns) - 1)]
    for row in rows:
        cells = [row.title, *(figure(row.figures.get(k, []), row.unit) for k in libraries)]
        cells += [ratio(row.ratios(first)), f"≤ {row.goal}" if row.goal else ""]
        cells.append(ratio(row.ratios(second)))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def conditions(threads: int) -> str:
    names = {THEIRS: "torch", BY_HAND: "numpy", HIPS: "autograd", JAX: "jax"}
    versions = [f"{library} {version(package)}" for library, package in names.items()]
    count = f"{threads} thread" + "s" * (threads > 1)
    return f"Python {platform.python_version()}, {', '.join(versions)}, {count}, {cpu()}."


def cpu() -> str:
    with open("/proc/cpuinfo") as file:
        names = (line.partition(":")[2].strip() for line in file if line.startswith("model name"))
        return next(names, platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="rounds of each timing (25)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each library (1)")
    measurements = [*WORKLOADS, "memory", "graph", "import", *FUNCTIONAL]
    parser.add_argument("--only", nargs="+", choices=measurements, default=measurements)
    parser.add_argument("--json", action="store_true", help="every figure as JSON, no table")
    args = parser.parse_args()
    if missing := [name for name in NEEDED.values() if not find_spec(name)]:
        parser.error(f"not installed: {', '.join(missing)}")

    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as cache:
        env = environment(args.threads, cache)
        for name in args.only:
            print(name, "…", file=sys.stderr)
            if name in WORKLOADS or name in FUNCTIONAL:
                rows.append(time(name, args.rounds, args.threads, env))
            elif name == "memory":
                rows += memory("mlp-digits", args.threads, env)
            elif name == "graph":
                rows += graph(min(args.rounds, 3), args.threads, env)
            else:
                rows.append(imports(min(args.rounds, 15), env))
    if args.json:
        print(json.dumps([row._asdict() for row in rows], indent=1))
    else:
        for libraries in COLUMNS:
            if some := [row for row in rows if set(libraries) & set(row.figures) - {OURS}]:
                print(f"{table(some, libraries)}\n")
        print(conditions(args.threads))


if __name__ == "__main__":
    main()
