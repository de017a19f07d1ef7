"""``python -m tests.benchmarks.threads``: a product ``x @ weight.T`` on one thread and on two."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

SHAPES = ((32, 16, 16), (64, 128, 64), (64, 784, 128), (128, 784, 400), (512, 512, 512))
TIMER = """
import sys
from time import perf_counter
import numpy as np
batch, inputs, outputs = map(int, sys.argv[1:])
draw = np.random.default_rng(0)
x = draw.standard_normal((batch, inputs), dtype=np.float32)
weight = draw.standard_normal((outputs, inputs), dtype=np.float32)
calls = max(3, 20_000_000 // (batch * inputs * outputs))
for _ in range(2):  # the first is the warm-up
    begin = perf_counter()
    for _ in range(calls):
        x @ weight.T
    seconds = perf_counter() - begin
print(seconds / calls)
"""
ROUNDS = 9


def seconds(shape: tuple[int, int, int], threads: int) -> float:
    """Of one product, in a process of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        env[name] = str(threads)
    command = [sys.executable, "-c", TIMER, *map(str, shape)]
    return float(subprocess.check_output(command, env=env))


def main() -> None:
    print("| x | weight | 1 thread | 2 threads |\n| --- | --- | ---: | ---: |")
    for shape in SHAPES:
        rounds = [(seconds(shape, 1), seconds(shape, 2)) for _ in range(ROUNDS)]
        one, two = (median(column) * 1e6 for column in zip(*rounds))
        batch, inputs, outputs = shape
        print(f"| {batch} × {inputs} | {outputs} × {inputs} | {one:.3g} | {two:.3g} |")


if __name__ == "__main__":
    main()
