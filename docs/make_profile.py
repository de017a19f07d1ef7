"""Measure what docs/profiling.md shows, and write it there: `python -m docs.make_profile`.

Set OPENBLAS_NUM_THREADS=1 for a machine that others use as well, and MINITORCH_KERNELS=numpy
for the figures of an install without the extra `fast`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any

import minitorch as torch
from minitorch import nn
from minitorch.profiler import profile, record_function

PATH = Path(__file__).parent / "profiling.md"


def training(widths: list[int], batch: int) -> Callable[[], None]:
    """A step of training of a perceptron with layers of these widths, by Adam."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(net.parameters())
    x, y = torch.randn(batch, widths[0]), torch.randint(0, widths[-1], (batch,))

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def chain() -> None:
    """A thousand operations on ten numbers, and back."""
    x = y = torch.ones(10, requires_grad=True)
    for _ in range(500):
        y = (y * 1.01) + x
    y.sum().backward()


def example() -> dict[str, str]:
    """The tables of twenty steps, those that were disturbed least of many."""
    step = training([784, 128, 64, 10], 64)
    step()
    profiles = []
    for _ in range(150):
        with profile() as prof:
            for _ in range(20):
                step()
        profiles.append(prof)
    prof = min(profiles, key=lambda prof: prof.key_averages().self_cpu_time_total)
    averages = prof.key_averages()
    return {
        "operations": prof.by_operation().table(sort_by="cpu_time_total"),
        "modules": prof.by_module().table(),
        "names": averages.table(sort_by="self_cpu_time_total", row_limit=6),
    }


def seconds(step: Callable[[], None], times: int, context: AbstractContextManager[Any]) -> float:
    """The processor's time for a step."""
    with context:
        start = time.process_time()
        for _ in range(times):
            step()
        return (time.process_time() - start) / times


def overhead() -> str:
    """What a step costs with a profiler and without, the least of forty."""
    rows = ["| step | alone | with a profiler | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, step, times in (
        ("1,000 operations on 10 numbers", chain, 2),
        ("2-16-16-2, batch 32, Adam", training([2, 16, 16, 2], 32), 50),
        ("784-128-64-10, batch 64, Adam", training([784, 128, 64, 10], 64), 20),
    ):
        step()
        pairs = [
            (seconds(step, times, record_function("")), seconds(step, times, profile()))
            for _ in range(40)
        ]
        alone, profiled = (min(column) * 1e6 for column in zip(*pairs))
        rows.append(f"| {name} | {alone:.0f} µs | {profiled:.0f} µs | {profiled / alone:.2f} |")
    return "\n".join(rows)


def main() -> None:
    """Put the figures between their marks."""
    text = PATH.read_text()
    parts = {name: f"```\n{table.rstrip()}\n```" for name, table in example().items()}
    for name, part in {**parts, "overhead": overhead()}.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, found = marked.subn(r"\1" + part.replace("\\", r"\\") + r"\n\2", text)
        assert found == 1, name
    PATH.write_text(text)


if __name__ == "__main__":
    main()
