"""The loader: samples of a data set, in the sampler's order, as batches."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from minitorch.random import Generator
from minitorch.utils.data.collate import default_collate, default_convert
from minitorch.utils.data.dataset import Dataset, IterableDataset
from minitorch.utils.data.fetching import _DatasetKind
from minitorch.utils.data.info import get_worker_info
from minitorch.utils.data.passes import SingleProcessPass
from minitorch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
)
from minitorch.utils.data.showing import loader_html

if TYPE_CHECKING:
    from minitorch.utils.data.worker import Job

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T = TypeVar("T", covariant=True)
FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class _Endless(Sampler[Any]):
    """The sampler of an iterable data set, which has an order of its own."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T]):
    """Go through a data set in batches; each `for` is one pass (epoch).

    The same seed gives the order that PyTorch gives. With `num_workers` above 0, so many processes
    load the samples ahead, each with its own copy of the data set and random numbers of its own
    (see `get_worker_info`); the batches come in the same order. An exception of theirs is raised
    here, with its traceback in its text. They end with the pass, or with this process.

    Args:
        dataset: has `__getitem__` and `__len__`, or is an `IterableDataset`.
        batch_size: samples a batch; None gives the samples themselves.
        shuffle: a new random order for each pass.
        sampler: the order instead, any iterable of indices.
        batch_sampler: the batches instead, any iterable of lists of indices.
        num_workers: how many processes load samples; 0 loads them here.
        collate_fn: makes a batch of a list of samples; `default_collate`, or for
            `batch_size=None` `default_convert`, if None.
        pin_memory, pin_memory_device: concern accelerators; a warning says so.
        drop_last: leave out a last batch that is smaller than the others.
        timeout: seconds to wait for a worker's batch; 0 waits as long as it takes.
        worker_init_fn: called in each worker with its number, after seeding.
        multiprocessing_context: "fork", "spawn", "forkserver", or a context of `multiprocessing`;
            the platform's choice if None.
        generator: what orders and seeds are drawn from; the default generator if None.
        prefetch_factor: batches that each worker loads ahead; 2 if None.
        persistent_workers: keep the workers for the passes to come.
        in_order: False gives the workers' batches as they come.

    Raises:
        ValueError: options that exclude each other or are out of range, or an empty data set
            that is to be shuffled.
        RuntimeError: in a pass, a worker ended (was killed, say), or took longer than `timeout`.

    Example:
        >>> data = torch.utils.data.TensorDataset(torch.arange(5), torch.arange(5) * 10)
        >>> for x, y in torch.utils.data.DataLoader(data, batch_size=2):
        ...     print(x, y)
        tensor([0, 1]) tensor([ 0, 10])
        tensor([2, 3]) tensor([20, 30])
        tensor([4]) tensor([40])
    """

    def __init__(
        self,
        dataset: Dataset[T],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self._iterator: Any = None  # the pass of persistent workers
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.persistent_workers = persistent_workers
        iterable = isinstance(dataset, IterableDataset)
        self._dataset_kind = _DatasetKind.Iterable if iterable else _DatasetKind.Map
        self._IterableDataset_len_called: int | None = None  # the length that it claims
        if iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        self._set_order(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if self.batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self._ready = True
        self.check_worker_number_rationality()

    def _set_order(
        self,
        batch_size: int | None,
        shuffle: bool,
        sampler: Iterable[Any] | None,
        batch_sampler: Iterable[Any] | None,
        drop_last: bool,
    ) -> None:
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, "
                    "sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive "
                "with drop_last"
            )
        if sampler is None:
            if self._dataset_kind == _DatasetKind.Iterable:
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(self.dataset, generator=self.generator)  # type: ignore[arg-type]
            else:
                sampler = SequentialSampler(self.dataset)  # type: ignore[arg-type]
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and "_ready" in self.__dict__:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is "
                "initialized; make another loader"
            )
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> Any:
        """How worker processes are to be started."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            if self.num_workers == 0:
                raise ValueError(
                    "multiprocessing_context can only be used with multi-process loading "
                    f"(num_workers > 0), but got num_workers={self.num_workers}"
                )
            import multiprocessing

            if isinstance(context, str):
                methods = multiprocessing.get_all_start_methods()
                if context not in methods:
                    raise ValueError(
                        "multiprocessing_context option should specify a valid start method in "
                        f"{methods!r}, but got multiprocessing_context={context!r}"
                    )
                context = multiprocessing.get_context(context)
            elif not hasattr(context, "get_start_method"):
                raise TypeError(
                    "multiprocessing_context option should be a valid context object or a "
                    "string specifying the start method, but got "
                    f"multiprocessing_context={context}"
                )
        self._context = context

    def __iter__(self) -> Iterator[Any]:
        if not self.num_workers:
            return SingleProcessPass(self)
        from minitorch.utils.data.workers import WorkerPass  # multiprocessing takes its time

        if self._iterator is not None and not self._iterator.closed:
            self._iterator.restart(self)
            return self._iterator
        self.check_worker_number_rationality()
        made = WorkerPass(self)
        if self.persistent_workers:
            self._iterator = made
        return made

    def _repr_html_(self) -> str:
        return loader_html(self)

    def __len__(self) -> int:
        """The number of batches in a pass (of samples, with `batch_size=None`)."""
        if self._dataset_kind == _DatasetKind.Map:
            return len(self._index_sampler)  # type: ignore[arg-type]
        count = self._IterableDataset_len_called = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_iterator": None}  # a copy starts workers of its own

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _fetcher(self) -> Any:
        return _DatasetKind.create_fetcher(
            self._dataset_kind, self.dataset, self._auto_collation, self.collate_fn, self.drop_last
        )

    def _job(self, number: int, base_seed: int) -> Job:
        """What the worker of a number is told."""
        from minitorch.utils.data.worker import Job

        return Job(
            self._dataset_kind, self.dataset, self._auto_collation, self.collate_fn,
            self.drop_last, base_seed, self.worker_init_fn, number, self.num_workers,
        )  # fmt: skip

    def check_worker_number_rationality(self) -> None:
        """Warn of more workers than there are cores to run on."""
        known = hasattr(os, "sched_getaffinity")
        cores = len(os.sched_getaffinity(0)) if known else os.cpu_count()
        if self.num_workers and (cores is None or self.num_workers > cores):
            suggested = (
                "DataLoader is not able to compute a suggested max number of worker in current "
                "system."
                if cores is None
                else f"Our suggested max number of worker in current system is {cores}"
                + ("" if known else " (`cpuset` is not taken into account)")
                + ", which is smaller than what this DataLoader is going to create."
            )
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. "
                f"{suggested} Excessive worker creation might make DataLoader slow or even "
                "freeze: lower num_workers if it does.",
                stacklevel=3,
            )


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable "
            f"multiprocessing. Got num_workers={num_workers}"
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but got timeout={timeout}")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(
            f"prefetch_factor option should be non-negative, but got {prefetch_factor}"
        )
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    """An iterable data set has an order of its own."""
    given = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                f"{name}={value}; let the data set's __iter__ give the samples in that order"
            )
