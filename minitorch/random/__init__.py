"""PyTorch's CPU random numbers, from NumPy: the same seed gives the same numbers.

`twister` makes the stream of words, `generator` and `counts` the numbers, in pure NumPy: they draw
and return arrays. Here are what `torch.random` names, and `torch.Generator`, whose states are
tensors.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import tensor as _tensors

from . import generator as _draws

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


class Generator(_draws.Generator):
    """A stream of pseudo-random numbers with its own state, as `torch.Generator` is on the CPU.

    Its state is a tensor of 5056 bytes in PyTorch's layout; PyTorch's generators take it over, and
    the other way round.

    Example:
        >>> generator = torch.Generator().manual_seed(0)
        >>> torch.randint(10, (5,), generator=generator)
        tensor([4, 9, 3, 0, 3])
        >>> generator.get_state().shape
        torch.Size([5056])
    """

    __slots__ = ()

    def __init__(self, device: Any = "cpu") -> None:
        super().__init__(device)
        self.device = _tensors.device("cpu")

    def get_state(self) -> Any:
        """The state, as a uint8 tensor of 5056 bytes."""
        return fresh(_tensors.Tensor, _draws.Generator.get_state(self))

    def set_state(self, new_state: Any) -> None:
        """Continue from a state that `get_state` gave, here or in PyTorch."""
        if isinstance(new_state, Box):
            new_state = new_state._value
        elif not isinstance(new_state, np.ndarray):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        _draws.Generator.set_state(self, new_state)

    def get_offset(self) -> int:
        """Refused: only generators of other devices count their draws."""
        raise RuntimeError("CPU Generator does not use offset: take its state by get_state()")

    def set_offset(self, offset: int) -> None:
        """Refused: only generators of other devices count their draws."""
        raise RuntimeError("CPU Generator does not use offset: put its state by set_state(state)")


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start every default draw (`rand`, `randn`, `randperm`, dropout, …) from `seed`.

    `seed` is an int (or what `int()` takes) from -2**63 to 2**64 - 1; negative ones count from
    2**64 down. Returns the default generator.

    Example:
        >>> import minitorch as torch
        >>> generator = torch.manual_seed(0)
        >>> torch.initial_seed()
        0
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start every default draw from a seed of the operating system; returns that seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed from which the default draws were started."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default generator, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Put the default generator into a state that `get_rng_state` gave, here or in PyTorch.

    Example:
        >>> state = torch.get_rng_state()
        >>> first = torch.rand(3)
        >>> torch.set_rng_state(state)
        >>> torch.equal(first, torch.rand(3))
        True
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_: Any) -> Iterator[None]:
    """Draws made inside the block leave the default generator as they found it.

    `devices` and the further keywords of PyTorch name accelerators; there are none here.

    Example:
        >>> from minitorch.random import default_generator, fork_rng
        >>> with fork_rng():
        ...     inside = default_generator.uniform(3)
        >>> bool((inside == default_generator.uniform(3)).all())
        True
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
