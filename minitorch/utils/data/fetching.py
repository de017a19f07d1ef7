"""How indices become a batch: the part that loading here and loading in workers share."""

from __future__ import annotations

from collections.abc import Callable, Sized
from itertools import islice
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.utils.data.collate import (
    collate_tensor_fn,
    default_collate,
    default_collate_fn_map,
)
from minitorch.utils.data.dataset import Subset, TensorDataset

Fetch = Callable[[Any], Any]
Rows = Callable[[Any], "list[np.ndarray] | None"]


class _DatasetKind:
    """Whether a data set is asked by index or gone through."""

    Map = 0
    Iterable = 1

    @staticmethod
    def create_fetcher(
        kind: int, dataset: Any, auto_collation: bool, collate_fn: Fetch, drop_last: bool
    ) -> _MapDatasetFetcher | _IterableDatasetFetcher:
        """What fetches batches of the data set."""
        made = _MapDatasetFetcher if kind == _DatasetKind.Map else _IterableDatasetFetcher
        return made(dataset, auto_collation, collate_fn, drop_last)


class _MapDatasetFetcher:
    """`fetch(indices)` is the batch of the samples there; `fetch(index)` a sample alone."""

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Fetch, drop_last: bool
    ) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        stacks = default_collate_fn_map.get(Tensor) is collate_tensor_fn
        whole = auto_collation and stacks and collate_fn is default_collate
        self._whole = whole_batches(dataset) if whole else None

    def fetch(self, index: Any) -> Any:
        """The batch at the indices, a list or an array of ints."""
        if self._whole is not None and (batch := self._whole(index)) is not None:
            return batch
        if not self.auto_collation:
            return self.collate_fn(self.dataset[index])
        indices = index.tolist() if isinstance(index, np.ndarray) else index
        several = getattr(self.dataset, "__getitems__", None)
        if several:
            return self.collate_fn(several(indices))
        dataset = self.dataset
        return self.collate_fn([dataset[i] for i in indices])


class _IterableDatasetFetcher:
    """`fetch(places)` is a batch of the next samples, as many as there are places."""

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Fetch, drop_last: bool
    ) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.dataset_iter = iter(dataset)
        self.ended = False

    def fetch(self, places: Sized) -> Any:
        """The next batch, or the next sample; StopIteration where there is none."""
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        if self.ended:
            raise StopIteration
        size = len(places)
        samples = list(islice(self.dataset_iter, size))
        self.ended = len(samples) < size
        if not samples or (self.drop_last and self.ended):
            raise StopIteration
        return self.collate_fn(samples)


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
        chosen = integers(dataset.indices)
        if chosen is None:
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


def rows_of(arrays: tuple[np.ndarray, ...]) -> Rows:
    """A function from indices to the rows of each array; None where an index does not fit."""

    def rows(indices: Any) -> list[np.ndarray] | None:
        places = integers(indices)
        if places is None:
            return None
        try:
            return [array.take(places, axis=0) for array in arrays]
        except IndexError:
            return None

    return rows


def integers(indices: Any) -> np.ndarray | None:
    """Indices as an array of one dimension, if they are integers."""
    try:
        array = np.asarray(indices)
    except (TypeError, ValueError, RuntimeError):
        return None
    return array if array.ndim == 1 and array.dtype.kind == "i" else None
