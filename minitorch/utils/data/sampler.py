"""Samplers: in which order the samples of a data set are visited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar

import numpy as np

from minitorch import random
from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.random import Generator

T = TypeVar("T", covariant=True)


class Sampler(Generic[T]):
    """An order of indices: a subclass writes `__iter__`, and `__len__` if the loader needs it.

    Example:
        >>> class Backwards(torch.utils.data.Sampler):
        ...     def __init__(self, data):
        ...         self.data = data
        ...
        ...     def __iter__(self):
        ...         return iter(range(len(self.data) - 1, -1, -1))
        ...
        ...     def __len__(self):
        ...         return len(self.data)
        >>> list(Backwards("abc"))
        [2, 1, 0]
    """

    def __init__(self, data_source: Any = None) -> None:
        """`data_source` is what older subclasses pass; it is not kept."""

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


class SequentialSampler(Sampler[int]):
    """0, 1, 2, …"""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def order(self) -> Iterator[np.ndarray]:
        """The indices of one pass, in one array."""
        yield np.arange(len(self.data_source))

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """Indices in random order, or drawn with replacement.

    Args:
        data_source: the data set.
        replacement: draw every index from all of them.
        num_samples: how many, by default as many as the data set has; when more, without
            replacement, one shuffle follows another.
        generator: what to draw from. If None, each pass starts a generator of its own from a
            seed drawn from the default one.

    Raises:
        ValueError: no samples to draw.

    Example:
        >>> generator = torch.Generator().manual_seed(0)
        >>> list(torch.utils.data.RandomSampler(range(5), generator=generator))
        [4, 0, 1, 3, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got {replacement=}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        _check_positive("num_samples", self.num_samples, "the data source has no samples")

    @property
    def num_samples(self) -> int:
        """How many indices a pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> Iterator[np.ndarray]:
        """The indices of one pass, in arrays."""
        n, count = len(self.data_source), self.num_samples
        generator = generator_or_default(self.generator)
        if self.generator is None:
            generator = Generator().manual_seed(generator.random64())
        if self.replacement:
            # Some give a num_samples without end, so the draws are made few at a time.
            for left in range(count, 0, -32):
                yield generator.integers(0, n, min(left, 32))
        else:
            for _ in range(count // n):
                yield generator.permutation(n)
            yield generator.permutation(n)[: count % n]

    def __iter__(self) -> Iterator[int]:
        for part in self.order():
            yield from part.tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order.

    Example:
        >>> generator = torch.Generator().manual_seed(0)
        >>> list(torch.utils.data.SubsetRandomSampler([10, 20, 30], generator=generator))
        [30, 10, 20]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def order(self) -> Iterator[np.ndarray]:
        """The indices of one pass, in one array."""
        order = generator_or_default(self.generator).permutation(len(self.indices))
        yield np.asarray(self.indices)[order]

    def __iter__(self) -> Iterator[int]:
        generator = generator_or_default(self.generator)
        for i in generator.permutation(len(self.indices)).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices, each drawn with the odds of its weight; they need not add up to 1.

    Raises:
        ValueError: `num_samples` is no positive int, or the weights are not one-dimensional.
        RuntimeError: as it is gone through, for more samples than weights without replacement.

    Example:
        >>> list(torch.utils.data.WeightedRandomSampler([0.0, 1.0, 0.0], 4))
        [1, 1, 1, 1]
    """

    weights: Tensor

    def __init__(
        self,
        weights: Sequence[float] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got {replacement=}")
        values = np.array(weights._value if isinstance(weights, Tensor) else weights, np.float64)
        if values.ndim != 1:
            raise ValueError(
                "weights should be a 1d sequence but given weights have shape "
                f"{tuple(values.shape)}"
            )
        self.weights = fresh(Tensor, values)
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def order(self) -> Iterator[np.ndarray]:
        """The indices of one pass, in one array."""
        generator = generator_or_default(self.generator)
        yield generator.multinomial(self.weights._value, self.num_samples, self.replacement)

    def __iter__(self) -> Iterator[int]:
        for part in self.order():
            yield from part.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """Lists of `batch_size` indices of another sampler, the last one shorter or dropped.

    Example:
        >>> list(torch.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
        >>> list(torch.utils.data.BatchSampler(range(5), batch_size=2, drop_last=True))
        [[0, 1], [2, 3]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        _check_positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got {drop_last=}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def generator_or_default(generator: Generator | None) -> Generator:
    """The generator given, or where there is none the default one."""
    if generator is None:
        return random.default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"generator must be a torch.Generator or None, but got {type(generator).__name__}"
        )
    return generator


def _check_positive(name: str, value: Any, reason: str = "") -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(
            f"{name} should be a positive integer value, but got {name}={value}"
            + (f": {reason}" if reason and value == 0 else "")
        )
