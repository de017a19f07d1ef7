"""One pass through a loader's data set: what all passes share, and the one in this process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.utils.data.fetching import _DatasetKind, integers
from minitorch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    generator_or_default,
)

if TYPE_CHECKING:
    from minitorch.utils.data.dataloader import DataLoader


class Pass:
    """An iterator of batches. A subclass's `_next_batch` gives the next, or StopIteration."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device "
                "pinned memory won't be used.",
                stacklevel=3,
            )
        self._loader = loader
        self._iterable = loader._dataset_kind == _DatasetKind.Iterable
        self._yielded = 0
        self._indices = indices_of(loader)
        # Drawn at every pass, whether or not there are workers, after the order was asked for.
        self._base_seed = generator_or_default(loader.generator).random64()

    def _next_batch(self) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = self._next_batch()
        if self._iterable:
            self._yielded += 1
            self._warn_of_length()
        return batch

    def __len__(self) -> int:
        return len(self._loader)

    def __getstate__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled: pickle the DataLoader")

    def _warn_of_length(self) -> None:
        loader = self._loader
        reported = loader._IterableDataset_len_called
        if reported is not None and self._yielded > reported:
            shards = (
                " For multiprocessing data-loading, this could be caused by not properly "
                "configuring the IterableDataset replica at each worker: each goes through all "
                "samples unless __iter__ asks get_worker_info() for its share."
            )
            warnings.warn(
                f"Length of IterableDataset {loader.dataset} was reported to be {reported}"
                f"(when accessing len(dataloader)), but {self._yielded} samples have been "
                "fetched. Its __len__ must give the number of samples that it yields."
                + (shards if loader.num_workers else ""),
                stacklevel=3,
            )


class SingleProcessPass(Pass):
    """Batches made in this process, each as it is asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if loader.timeout:
            raise AssertionError(
                f"timeout={loader.timeout} concerns worker processes: num_workers=0"
            )
        self._fetch = loader._fetcher().fetch

    def _next_batch(self) -> Any:
        return self._fetch(next(self._indices))


def indices_of(loader: DataLoader[Any]) -> Iterator[Any]:
    """The indices of each batch of a pass, as arrays where the order is made of arrays."""
    sampler, batches = loader.sampler, loader.batch_sampler
    if batches is None:
        return iter(sampler)
    if type(batches) is BatchSampler and batches.sampler is sampler and _comes_in_arrays(sampler):
        return _cut(sampler, batches)
    return iter(batches)


def _comes_in_arrays(sampler: Any) -> bool:
    if type(sampler) is not SubsetRandomSampler:
        return type(sampler) in (SequentialSampler, RandomSampler, WeightedRandomSampler)
    kinds = list, tuple, range, np.ndarray
    return isinstance(sampler.indices, kinds) and integers(sampler.indices) is not None


def _cut(sampler: Any, batches: BatchSampler) -> Iterator[Any]:
    """The arrays of an order cut into batches, each array drawn no sooner than it is needed."""
    size = batches.batch_size
    rest = np.empty(0, np.int64)
    for part in sampler.order():
        if len(rest):
            part = np.concatenate([rest, part])
        stop = len(part) - len(part) % size
        for start in range(0, stop, size):
            yield part[start : start + size]
        rest = part[stop:]
    if len(rest) and not batches.drop_last:
        yield rest
