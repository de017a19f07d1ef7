"""Time and memory beside PyTorch and others: ``python -m tests.benchmarks`` (docs/benchmarks.md).

Nothing here is asserted on time. A library runs each workload in a process of its own, with the
same number of threads and the same starting weights; the processes take turns, so that a slow
moment of the machine meets them all; each must compute what the others compute.
"""
