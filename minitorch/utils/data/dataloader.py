"""The loader: samples of a data set, in the sampler's order, as batches."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.random import Generator
from minitorch.utils.data.collate import default_collate, default_convert
from minitorch.utils.data.dataset import Dataset, IterableDataset, Subset, TensorDataset
from minitorch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    generator_or_default,
)

T = TypeVar("T", covariant=True)
Fetch = Callable[[Any], Any]
START_METHODS = ("fork", "spawn", "forkserver")
FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


def get_worker_info() -> None:
    """What a worker process knows of itself; None, as always in the main process."""
    return


class _Endless(Sampler[Any]):
    """The sampler of an iterable data set, which has an order of its own."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T]):
    """Go through a data set in batches; each `for` is one pass (epoch).

    The same seed gives the order that PyTorch gives. Samples are loaded in the main process:
    with `num_workers` above 0 the batches and their order are those of `num_workers=0`,
    `worker_init_fn` is not called, and an `IterableDataset` gives each sample once.

    Args:
        dataset: has `__getitem__` and `__len__`, or is an `IterableDataset`.
        batch_size: samples a batch; None gives the samples themselves.
        shuffle: a new random order for each pass.
        sampler: the order instead, any iterable of indices.
        batch_sampler: the batches instead, any iterable of lists of indices.
        num_workers, prefetch_factor, persistent_workers, multiprocessing_context, in_order,
            worker_init_fn, timeout: checked as PyTorch does; samples are loaded in this process.
        collate_fn: makes a batch of a list of samples; `default_collate`, or for
            `batch_size=None` `default_convert`, if None.
        pin_memory, pin_memory_device: concern accelerators; a warning says so.
        drop_last: leave out a last batch that is smaller than the others.
        generator: what orders and seeds are drawn from; the default generator if None.

    Raises:
        ValueError: options that exclude each other or are out of range, or an empty data set
            that is to be shuffled.

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
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.persistent_workers = persistent_workers
        self._iterable = isinstance(dataset, IterableDataset)
        self._reported: int | None = None  # the length that an iterable data set claims
        self._base_seed: int | None = None
        if self._iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        self._set_order(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if self.batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self._ready = True

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
            if self._iterable:
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
            if isinstance(context, str):
                if context not in START_METHODS:
                    raise ValueError(
                        "multiprocessing_context option should specify a valid start method in "
                        f"{list(START_METHODS)}, but got multiprocessing_context={context!r}"
                    )
            elif not hasattr(context, "get_start_method"):
                raise TypeError(
                    "multiprocessing_context option should be a valid context object or a "
                    "string specifying the start method, but got "
                    f"multiprocessing_context={context}"
                )
        self._context = context

    def __iter__(self) -> Iterator[Any]:
        if self.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                stacklevel=2,
            )
        if self.num_workers == 0 and self.timeout:
            raise AssertionError(f"timeout={self.timeout} concerns worker processes: num_workers=0")
        if self._base_seed is None or not self.persistent_workers:
            # PyTorch draws a seed for workers at every pass, whether or not there are any.
            self._base_seed = generator_or_default(self.generator).random64()
        if self._iterable:
            return _Pass(self, self._samples(iter(self.dataset)))  # type: ignore[call-overload]
        return _Pass(self, self._batches())

    def __len__(self) -> int:
        """The number of batches in a pass (of samples, with `batch_size=None`)."""
        if not self._iterable:
            indices = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(indices)  # type: ignore[arg-type]
        count = self._reported = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def _samples(self, samples: Iterator[Any]) -> Iterator[Any]:
        """A pass through an iterable data set."""
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)
            return
        while batch := list(islice(samples, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield self.collate_fn(batch)

    def _batches(self) -> Iterator[Any]:
        """A pass through a data set with indices."""
        dataset: Any = self.dataset
        collate = self.collate_fn
        if self.batch_sampler is None:
            for index in self.sampler:
                yield collate(dataset[index])
            return
        whole = whole_batches(dataset) if collate is default_collate else None
        fetch = getattr(dataset, "__getitems__", None)
        for indices in self._orders() if whole else self.batch_sampler:
            batch = whole(indices) if whole else None
            if batch is None:
                indices = indices.tolist() if isinstance(indices, np.ndarray) else indices
                samples = fetch(indices) if fetch else [dataset[i] for i in indices]
                batch = collate(samples)
            yield batch

    def _orders(self) -> Iterator[Any]:
        """The indices of each batch, as arrays where the order is made of arrays."""
        batches, sampler = self.batch_sampler, self.sampler
        if type(batches) is not BatchSampler or batches.sampler is not sampler:
            yield from batches  # type: ignore[misc]
            return
        if type(sampler) is RandomSampler and not sampler.replacement:
            order = np.concatenate(list(sampler.order()))
        elif type(sampler) is SequentialSampler:
            order = np.arange(len(sampler))
        else:
            yield from batches
            return
        size = batches.batch_size
        stop = len(order) - len(order) % size if batches.drop_last else len(order)
        for start in range(0, stop, size):
            yield order[start : start + size]


class _Pass:
    """One pass through a loader's data set."""

    def __init__(self, loader: DataLoader[Any], batches: Iterator[Any]) -> None:
        self._loader = loader
        self._batches = batches
        self._yielded = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = next(self._batches)
        self._yielded += 1
        reported = self._loader._reported
        if reported is not None and self._yielded > reported:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {reported}"
                f"(when accessing len(dataloader)), but {self._yielded} samples have been "
                "fetched. Its __len__ must give the number of samples that it yields.",
                stacklevel=2,
            )
        return batch

    def __len__(self) -> int:
        return len(self._loader)


def whole_batches(dataset: Any) -> Fetch | None:
    """A function from indices to the collated batch, in one call, if the data set is of tensors.

    Its result is None for indices that need the ordinary way (and its errors).
    """
    kind = type(dataset)
    if isinstance(dataset, Subset):
        inner = whole_batches(dataset.dataset)
        same = kind.__getitem__ is Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__
        if inner is None or not same or not len(dataset):
            return None
        chosen = np.array(dataset.indices)
        if chosen.ndim != 1 or chosen.dtype.kind != "i":
            return None
        rows = rows_of((chosen,))
        return lambda indices: None if (found := rows(indices)) is None else inner(found[0])
    if (
        not isinstance(dataset, TensorDataset)
        or kind.__getitem__ is not TensorDataset.__getitem__
        or hasattr(dataset, "__getitems__")
        or not dataset.tensors
        or any(type(t) is not Tensor or t.requires_grad for t in dataset.tensors)
    ):
        return None
    rows = rows_of(tuple(t._value for t in dataset.tensors))
    return lambda indices: (
        None if (found := rows(indices)) is None else [fresh(Tensor, row) for row in found]
    )


def rows_of(arrays: tuple[np.ndarray, ...]) -> Callable[[Any], list[np.ndarray] | None]:
    """A function from indices to the rows of each array; None where an index does not fit."""

    def rows(indices: Any) -> list[np.ndarray] | None:
        places = np.asarray(indices)
        if places.ndim != 1 or places.dtype.kind != "i":
            return None
        try:
            return [array.take(places, axis=0) for array in arrays]
        except IndexError:
            return None

    return rows


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
