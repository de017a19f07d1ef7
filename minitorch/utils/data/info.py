"""What a worker process knows of itself."""

from __future__ import annotations

from typing import Any, NamedTuple


class WorkerInfo(NamedTuple):
    """What a worker knows of itself; `dataset` is its own copy of the data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """What a worker process knows of itself; None in the main process.

    `id` counts from 0 to `num_workers` - 1, `seed` is what the worker's random numbers started
    from, `dataset` its copy of the data set. An `IterableDataset` gives each worker its share so:

    Example:
        >>> class Count(torch.utils.data.IterableDataset):
        ...     def __iter__(self):
        ...         info = torch.utils.data.get_worker_info()
        ...         first, step = (0, 1) if info is None else (info.id, info.num_workers)
        ...         return iter(range(first, 6, step))
        >>> [int(i) for i in torch.utils.data.DataLoader(Count(), num_workers=2)]
        [0, 1, 2, 3, 4, 5]
    """
    return _worker_info
