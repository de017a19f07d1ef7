"""Libraries in processes of their own, and how they are talked to."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .libraries import LIBRARIES

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds for an answer; what compiles longer is of no use to a small net


class Failure(Exception):
    """A library did not do what it was asked to: what its cell says, and why."""

    def __init__(self, cell: str, reason: str):
        super().__init__(f"{cell}: {reason}")
        self.cell = cell


def environment(library: str, threads: int, cache: str) -> dict[str, str]:
    """A child's: threads fixed, the BLAS left to itself."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "MINITORCH_"))}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # imports are timed with compiled files in place
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        env[f"{name}_NUM_THREADS"] = str(threads)
    env["NPROC"] = str(threads)  # the size of XLA's pool of threads
    env["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), env.get("PYTHONPATH"))))
    settings = LIBRARIES[library].settings if library in LIBRARIES else {}
    return env | {"PYTHONPYCACHEPREFIX": cache} | settings


class Worker:
    """A library at work; ``with`` ends its process."""

    def __init__(self, library: str, measurement: str, workload: str, threads: int,
                 env: dict[str, str]):  # fmt: skip
        arguments = (library, measurement, workload, str(threads))
        # a pipe that nobody reads would fill up
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.worker", *arguments],
            cwd=ROOT, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
        )  # fmt: skip

    def ask(self, question: object) -> Any:
        try:
            self.process.stdin.write(f"{question}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failure("fails", self.last_words()) from None
        return self.answer()

    def answer(self, patience: float = PATIENCE) -> Any:
        """The next line that it says."""
        ready, _, _ = select.select([self.process.stdout], [], [], patience)
        if not ready:
            raise Failure(f"over {patience:.0f} s", "not ready by then")
        if line := self.process.stdout.readline():
            return json.loads(line)
        raise Failure("fails", self.last_words())

    def last_words(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        lines = [line for line in self.errors.read().splitlines() if line.strip()]
        errors = [line for line in lines if line[0].isalpha() and "Error" in line.split(":")[0]]
        return (errors or lines or [f"ended with code {self.process.returncode}"])[-1][:200]

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()
