"""The share of one process in a data set that several go through together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized

import numpy as np

from minitorch.random import Generator
from minitorch.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """The indices at every `num_replicas`-th place of an order that all processes agree on.

    Each process gets as many: the order begins again to fill up, or with `drop_last` is cut.
    Call `set_epoch` before each pass, or each shuffles alike.

    Args:
        dataset: the data set.
        num_replicas, rank: how many processes there are, and which this is. They must be given:
            there is no process group here to ask.
        shuffle: a random order for each epoch, drawn from `seed` + epoch.

    Raises:
        RuntimeError: `num_replicas` or `rank` is not given.
        ValueError: a rank that is not in [0, num_replicas).

    Example:
        >>> from minitorch.utils.data.distributed import DistributedSampler
        >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
        [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError(
                "Requires distributed package to be available: there is no process group to ask; "
                "give DistributedSampler num_replicas and rank"
            )
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        count = len(dataset)
        cut = drop_last and count % num_replicas
        self.num_samples = math.ceil((count - num_replicas if cut else count) / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        order = np.arange(count)
        if self.shuffle:
            order = Generator().manual_seed(self.seed + self.epoch).permutation(count)
        if count:
            order = np.resize(order, self.total_size)  # cut, or repeated
        return iter(order[self.rank :: self.num_replicas].tolist())

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch
