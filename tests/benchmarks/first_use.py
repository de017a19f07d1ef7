"""``python -m tests.benchmarks.first_use``: what the first use of the compiled kernels costs.

A script that trains a small convolutional net for one step, in a process of its own: with NumPy's
loops, with kernels that were never compiled, and with those that are kept on disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

SCRIPT = """
import minitorch as torch
nn = torch.nn
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(16 * 14 * 14, 10),
)
optimizer = torch.optim.Adam(net.parameters())
loss = nn.functional.cross_entropy(net(torch.randn(64, 1, 28, 28)), torch.arange(64) % 10)
loss.backward()
optimizer.step()
"""
TIMED = "from time import perf_counter as t; a = t(); exec({!r}, {{}}); print(t() - a)"
ROUNDS = 5


def seconds(kernels: str, cache: str) -> float:
    env = os.environ | {"MINITORCH_KERNELS": kernels, "NUMBA_CACHE_DIR": cache}
    env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", TIMED.format(SCRIPT)]
    return float(subprocess.check_output(command, env=env))


def main() -> None:
    found: dict[str, list[float]] = {"NumPy": [], "never compiled": [], "kept on disk": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as cache:
            found["NumPy"].append(seconds("numpy", cache))
            found["never compiled"].append(seconds("auto", cache))
            found["kept on disk"].append(seconds("auto", cache))
    print("| kernels | seconds |\n| --- | ---: |")
    for kernels, some in found.items():
        print(f"| {kernels} | {median(some):.2f} |")


if __name__ == "__main__":
    main()
