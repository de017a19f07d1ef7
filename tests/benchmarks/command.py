"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import measurements
from .derivatives import DERIVATIVES
from .libraries import LIBRARIES, USUAL
from .measurements import Conditions
from .processes import Failure
from .rows import Row, table
from .workloads import WORKLOADS

OTHERS: dict[str, Callable[[Conditions], Iterable[Row]]] = {
    "memory-mlp": lambda c: measurements.memory("mlp-adam", None, c),
    "memory-cnn": lambda c: measurements.memory("cnn", 1.1, c),
    "memory-gpt": lambda c: measurements.memory("gpt", 1.1, c),
    "import": lambda c: [measurements.imports(c)],
    "first-step": lambda c: [measurements.first_step(c)],
    "size": lambda c: [measurements.size(c)],
    "graph": measurements.graph,
}
VERSIONS = {"PyTorch": "torch", "NumPy": "numpy", "Numba": "numba", "JAX": "jax",
            "HIPS autograd": "autograd"}  # fmt: skip


def conditions(threads: int, rounds: int) -> dict[str, Any]:
    """What a reader of the figures must know."""
    versions = {"Python": platform.python_version()}
    for title, package in VERSIONS.items():
        try:
            versions[title] = version(package)
        except PackageNotFoundError:
            continue
    return {"versions": versions, "threads": threads, "rounds": rounds, "cpu": cpu()}


def cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line)
    return next(names, platform.machine())


def described(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{title} {number}" for title, number in about["versions"].items())
    threads = f"{about['threads']} thread" + "s" * (about["threads"] > 1)
    return f"{versions}; {threads}; {about['rounds']} rounds; {about['cpu']}."


def tables(rows: list[Row], clock: str) -> str:
    """One table for each library that others are compared with."""
    rivals = dict.fromkeys(row.rival for row in rows)
    return "\n\n".join(table([r for r in rows if r.rival == rival], clock) for rival in rivals)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="minitorch beside PyTorch and others, as Markdown tables.",
    )
    parser.add_argument("--rounds", type=int, default=25, help="rounds of each timing (25)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each library (1)")
    names = [*WORKLOADS, *OTHERS, *DERIVATIVES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="ROW",
                        help=f"some rows: {' '.join(names)}")  # fmt: skip
    parser.add_argument("--libraries", nargs="+", choices=[*LIBRARIES, "all"], default=USUAL,
                        metavar="LIBRARY", help=f"of {' '.join(LIBRARIES)}, or all; the default "
                        "is all but torch.compile, which takes minutes to compile")  # fmt: skip
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="of the table; cpu on a busy machine, with one thread")  # fmt: skip
    parser.add_argument("--json", type=Path, help="a file for every figure")
    parser.add_argument("--markdown", type=Path, help="a file for the tables, also printed")
    return parser


def measured(name: str, about: Conditions) -> Iterable[Row]:
    if name in OTHERS:
        return OTHERS[name](about)
    return [measurements.time(name, about)]


def main() -> None:
    parser = arguments()
    args = parser.parse_args()
    if args.clock == "cpu" and args.threads > 1:
        parser.error("--clock cpu adds up the time of all threads: it needs --threads 1")
    asked = [*LIBRARIES] if "all" in args.libraries else args.libraries
    libraries = [name for name in LIBRARIES if name in asked and LIBRARIES[name].installed]
    if missing := sorted({*asked} - {*libraries}):
        print(f"not installed: {', '.join(missing)}", file=sys.stderr)

    rows: list[Row] = []
    failed = []
    with tempfile.TemporaryDirectory() as cache:
        about = Conditions(libraries, args.rounds, args.threads, cache)
        for name in args.only:
            print(name, "…", file=sys.stderr)
            try:
                rows += measured(name, about)
            except Failure as failure:
                failed.append(name)
                print(f"{name}: {failure}", file=sys.stderr)
    environment = conditions(args.threads, args.rounds)
    text = f"{tables(rows, args.clock)}\n\n{described(environment)}\n"
    print(text)
    if args.markdown:
        args.markdown.write_text(text, encoding="utf-8")
    if args.json:
        found = {"conditions": environment, "rows": [row._asdict() for row in rows]}
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    failed += [row.name for row in rows if "disagrees" in row.notes.values()]
    if failed:
        sys.exit(f"failed, or libraries disagree: {', '.join(failed)}")
