"""Data sets: by index (`Dataset`) or one sample after another (`IterableDataset`)."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from minitorch.faces.tensor import Tensor
from minitorch.random import Generator
from minitorch.utils.data.sampler import generator_or_default
from minitorch.utils.data.showing import dataset_html

T = TypeVar("T", covariant=True)


class Dataset(Generic[T]):
    """Samples by index: a subclass writes `__getitem__`, and `__len__` for most uses.

    With `__getitems__(indices)` as well, loaders fetch a batch in one call. `a + b` is one data
    set after the other.

    Example:
        >>> class Squares(torch.utils.data.Dataset):
        ...     def __len__(self):
        ...         return 4
        ...
        ...     def __getitem__(self, i):
        ...         return i * i
        >>> for batch in torch.utils.data.DataLoader(Squares(), batch_size=2):
        ...     print(batch)
        tensor([0, 1])
        tensor([4, 9])
    """

    def __getitem__(self, index: Any) -> T:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset:
        return ConcatDataset([self, other])

    def _repr_html_(self) -> str:
        return dataset_html(self)


class IterableDataset(Dataset[T]):
    """Samples one after another, as from a stream: a subclass writes `__iter__`.

    `__len__` is optional; `a + b` goes through one, then the other.

    Example:
        >>> class Count(torch.utils.data.IterableDataset):
        ...     def __iter__(self):
        ...         return iter(range(3))
        >>> list(torch.utils.data.DataLoader(Count(), batch_size=2))
        [tensor([0, 1]), tensor([2])]
    """

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset[Any]) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Samples along the first dimension of tensors that agree in its size.

    Raises:
        AssertionError: the tensors have different numbers of samples.

    Example:
        >>> data = torch.utils.data.TensorDataset(torch.arange(3), torch.tensor([5.0, 6.0, 7.0]))
        >>> data[1]
        (tensor(1), tensor(6.))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"TensorDataset takes Tensors, but argument {i} is {type(tensor).__name__}; "
                    "convert it with torch.as_tensor"
                )
            if tensor.ndim == 0:
                raise IndexError(
                    "Dimension specified as 0 but tensor has no dimensions: argument "
                    f"{i} of TensorDataset is a single number, without samples to index"
                )
        sizes = [tensor.shape[0] for tensor in tensors]
        if sizes and sizes.count(sizes[0]) != len(sizes):
            raise AssertionError(
                "Size mismatch between tensors: the first dimension counts the samples and must "
                f"be the same in all, but the sizes are {', '.join(map(str, sizes))}"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class StackDataset(Dataset[Any]):
    """Several data sets side by side: samples are tuples, or dicts where they are given by name.

    Raises:
        ValueError: no data sets, different lengths, or both ways of giving them.

    Example:
        >>> data = torch.utils.data.StackDataset(image=[1.5, 2.5], text=["one", "two"])
        >>> data[1]
        {'image': 2.5, 'text': 'two'}
    """

    datasets: tuple[Dataset[Any], ...] | dict[str, Dataset[Any]]

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or ``dict``- (via ``kwargs``) like "
                "input/output, but both types are given."
            )
        if not (args or kwargs):
            raise ValueError("At least one dataset should be passed")
        sizes = [len(dataset) for dataset in args or kwargs.values()]  # type: ignore[arg-type]
        if sizes.count(sizes[0]) != len(sizes):
            raise ValueError(f"Size mismatch between datasets: {', '.join(map(str, sizes))}")
        self._length = sizes[0]
        self.datasets = args or kwargs

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: list[int]) -> list[Any]:
        if isinstance(self.datasets, dict):
            columns = [_samples(dataset, indices) for dataset in self.datasets.values()]
            return [dict(zip(self.datasets, row)) for row in zip(*columns)]
        return list(zip(*[_samples(dataset, indices) for dataset in self.datasets]))

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T]):
    """One data set after another.

    Raises:
        AssertionError: no data sets, or one that has no index.

    Example:
        >>> data = torch.utils.data.ConcatDataset(["ab", "cde"])
        >>> len(data), data[3], data[-1]
        (5, 'd', 'e')
    """

    datasets: list[Dataset[T]]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Dataset[T]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError(
                "ConcatDataset does not support IterableDataset; chain them with ChainDataset"
            )
        self.cumulative_sizes = self.cumsum(self.datasets)

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """The lengths of data sets, added up."""
        return list(itertools.accumulate(len(dataset) for dataset in sequence))

    @property
    def cummulative_sizes(self) -> list[int]:
        """The old name of `cumulative_sizes`."""
        warnings.warn(
            "`cummulative_sizes` attribute is renamed to `cumulative_sizes`",
            FutureWarning,
            stacklevel=2,
        )
        return self.cumulative_sizes

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T:
        if index < -len(self):
            raise ValueError(
                "absolute value of index should not exceed dataset length: "
                f"index {index}, length {len(self)}"
            )
        if index >= len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} samples")
        place = index + len(self) if index < 0 else index
        which = bisect.bisect_right(self.cumulative_sizes, place)
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset[T]):
    """One iterable data set after another.

    Raises:
        AssertionError: as it gets to a data set that is not an `IterableDataset`.
    """

    def __init__(self, datasets: Iterable[Dataset[T]]) -> None:
        self.datasets = datasets

    def _checked(self) -> Iterator[IterableDataset[T]]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(
                    f"ChainDataset only supports IterableDataset, but got {type(dataset).__name__}"
                )
            yield dataset

    def __iter__(self) -> Iterator[T]:
        return itertools.chain.from_iterable(self._checked())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._checked())  # type: ignore[arg-type, misc]


class Subset(Dataset[T]):
    """The samples of another data set at the given indices.

    Example:
        >>> data = torch.utils.data.Subset("abcde", [3, 1])
        >>> len(data), data[0]
        (2, 'd')
    """

    dataset: Dataset[T]
    indices: Sequence[int]

    def __init__(self, dataset: Dataset[T], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        kind = type(self)
        own = kind.__getitem__ is not Subset.__getitem__
        if own and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__. When subclassing "
                "Subset and overriding __getitem__, you must also override __getitems__, which "
                "loaders call: `return [self[i] for i in indices]`"
            )

    def __getitem__(self, index: Any) -> T:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list[T]:
        return _samples(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def _samples(dataset: Any, indices: list[int]) -> list[Any]:
    """The samples at the indices, in one call where the data set can."""
    fetch = getattr(dataset, "__getitems__", None)
    if fetch is None:
        return [dataset[i] for i in indices]
    samples = fetch(indices)
    if len(samples) != len(indices):
        raise ValueError(
            "Nested dataset's output size mismatch: __getitems__ of "
            f"{type(dataset).__name__} gave {len(samples)} samples for {len(indices)} indices"
        )
    return samples


def random_split(
    dataset: Dataset[T],
    lengths: Sequence[int | float],
    generator: Generator | None = None,
) -> list[Subset[T]]:
    """Split a data set at random into parts of the given lengths.

    Args:
        dataset: what to split.
        lengths: numbers of samples that add up to `len(dataset)`, or fractions that add up to at
            most 1; samples left over by rounding go to the parts in turn.
        generator: what to draw from; the default generator if None.

    Raises:
        ValueError: the lengths don't add up.

    Example:
        >>> generator = torch.Generator().manual_seed(42)
        >>> parts = torch.utils.data.random_split(range(10), [0.3, 0.7], generator=generator)
        >>> [len(part) for part in parts]
        [3, 7]
    """
    total = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _whole(lengths, total)
    if sum(lengths) != total:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"lengths={list(lengths)} add up to {sum(lengths)}, the dataset has {total} samples"
        )
    if not all(isinstance(length, int) for length in lengths):
        raise TypeError(f"lengths must be ints, or fractions that add up to 1; got {list(lengths)}")
    order = generator_or_default(generator).permutation(total).tolist()
    ends = list(itertools.accumulate(lengths))
    return [
        Subset(dataset, order[int(end - length) : int(end)]) for end, length in zip(ends, lengths)
    ]


def _whole(fractions: Sequence[float], total: int) -> list[int]:
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1: {fraction}")
    lengths = [math.floor(total * fraction) for fraction in fractions]
    for i in range(total - sum(lengths)):
        lengths[i % len(lengths)] += 1
    for i, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {i} is 0. This might result in an empty dataset.",
                stacklevel=3,
            )
    return lengths
