"""Random numbers and erf beside PyTorch's: `python -m tests.benchmarks.random_numbers`.

One thread; each pair of calls is timed in turn. The medians, and the median of the ratios.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

import minitorch

Call = Callable[[], Any]


def calls() -> Iterator[tuple[str, Call, Call]]:
    """What is timed: its name, our call and PyTorch's."""
    million = 10**6
    for name in ("randn", "rand"):
        for dtype in ("float32", "float64"):
            ours, theirs = (
                lambda t=t, name=name, dtype=dtype: getattr(t, name)(
                    million, dtype=getattr(t, dtype)
                )
                for t in (minitorch, torch)
            )
            yield f"{name}(1000000) {dtype}", ours, theirs
    for n in (100, 1000, 10_000, 100_000, million):
        yield (f"randperm({n})", lambda n=n: minitorch.randperm(n), lambda n=n: torch.randperm(n))
    for dtype in (torch.float32, torch.float64):
        for n in (1000, 10_000, 100_000, million):
            x = torch.randn(n, dtype=dtype)
            y = minitorch.from_numpy(x.numpy())
            yield (
                f"erf of {n} {str(dtype)[6:]}",
                lambda y=y: minitorch.erf(y),
                lambda x=x: torch.erf(x),
            )


def timed(call: Call) -> float:
    start = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    torch.set_num_threads(1)
    for name, ours, theirs in calls():
        timed(ours), timed(theirs)
        pairs = [(timed(ours), timed(theirs)) for _ in range(15)]
        mine, other = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name:24} {mine:9.3f} ms   PyTorch {other:9.3f} ms   ratio {ratio:5.2f}")


if __name__ == "__main__":
    main()
