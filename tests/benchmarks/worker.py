"""One library, one measurement, in a process of its own.

``python -m tests.benchmarks.worker LIBRARY MEASUREMENT WORKLOAD THREADS`` prints one JSON value a
line. ``time`` first prints the numbers to compare, then, for every number of steps that it reads
from standard input, the seconds that these steps took: on the wall's clock and the processor's.
"""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from time import perf_counter, process_time

from . import libraries, products
from .derivatives import DERIVATIVES, FACES
from .running import Running
from .workloads import workload_of

NODES = 1_000_000


def start(name: str, workload: str, threads: int) -> Running:
    """The workload, set up in this library."""
    if workload in DERIVATIVES:
        return DERIVATIVES[workload].start(FACES[name]())
    row = workload_of(workload)
    problem, kind = row.problem(), libraries.LIBRARIES[name].kind
    if kind == "torch":
        return row.torch(libraries.torch(name, threads), problem)
    if kind == "functional":
        return row.functional(libraries.functional(name), problem)
    if kind == "by_hand":
        return row.by_hand(problem)
    return products.alone(row.products(problem))


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def time(name: str, workload: str, threads: int) -> None:
    running = start(name, workload, threads)
    say(running.check())
    for line in sys.stdin:
        steps = range(int(line))
        begin = perf_counter(), process_time()
        for _ in steps:
            running.step()
        say({"wall": perf_counter() - begin[0], "cpu": process_time() - begin[1]})


def memory(name: str, workload: str, threads: int) -> None:
    """Peaks of a step in KiB: over its start, as the allocators count and as the resident set
    grows; and of the whole process."""
    running = start(name, workload, threads)
    running.check()
    resident = resident_peak(running.step)
    whole = status("VmHWM")
    arrays = torch_peak(running.step) if name == libraries.THEIRS else python_peak(running.step)
    say({"arrays": arrays, "resident": resident, "process": whole})


def resident_peak(run) -> int:
    """How much the resident set grew while `run` ran; the largest of several runs, but the first.

    The parent makes the allocator return what is freed, or nothing would grow the second time.
    """
    peaks = []
    for _ in range(6):
        gc.collect()
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the high-water mark starts again from here
        before = status("VmRSS")
        run()
        peaks.append(status("VmHWM") - before)
    return max(peaks[1:])


def status(field: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field))


def python_peak(run) -> int:
    tracemalloc.start()
    run()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - before) // 1024


def torch_peak(run) -> int:
    """PyTorch's tensors are unknown to tracemalloc; its profiler sees them come and go."""
    from torch.profiler import ProfilerActivity, profile, record_function

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run()
        with record_function("measured"):
            run()
    events = sorted(profiler.profiler.kineto_results.events(), key=lambda e: e.start_ns())
    begin = next(event.start_ns() for event in events if event.name() == "measured")
    now = peak = 0
    for event in events:
        if event.name() == "[memory]" and event.start_ns() >= begin:
            now += event.nbytes()
            peak = max(peak, now)
    return peak // 1024


def graph(name: str, workload: str, threads: int) -> None:
    """Seconds to go backward through a graph of a million nodes, and to drop one unused."""
    torch = libraries.torch(name, threads).torch
    x = torch.ones(10, requires_grad=True)
    w = torch.ones(10)

    def build():
        y = x
        for _ in range(NODES):
            y = y * w
        return y.sum()

    loss = build()
    begin = perf_counter()
    loss.backward()
    backward = perf_counter() - begin
    assert x.grad.tolist() == [1.0] * 10

    gc.collect()
    gc.disable()
    loss = build()
    begin = perf_counter()
    del loss
    free = perf_counter() - begin
    say({"backward": backward, "free": free, "garbage": gc.collect()})


if __name__ == "__main__":
    _, name, measurement, workload, threads = sys.argv
    {"time": time, "memory": memory, "graph": graph}[measurement](name, workload, int(threads))
