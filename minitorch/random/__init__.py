"""PyTorch's CPU random numbers, from NumPy: the same seed gives the same numbers.

`twister` makes the stream of words, `generator` the numbers. Both are pure NumPy: they draw and
return arrays.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .generator import Generator

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Generator", "default_generator", "fork_rng", "initial_seed", "manual_seed", "seed"]

default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start every default draw (`rand`, `randn`, `randperm`, dropout, …) from `seed`.

    `seed` is an int (or what `int()` takes) from -2**63 to 2**64 - 1; negative ones count from
    2**64 down. Returns the default generator.

    Example
    -------
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


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **_: Any) -> Iterator[None]:
    """Draws made inside the block leave the default generator as they found it.

    `devices` and the further keywords of PyTorch name accelerators; there are none here.

    Example
    -------
    >>> from minitorch.random import default_generator, fork_rng
    >>> with fork_rng():
    ...     inside = default_generator.uniform(3)
    >>> bool((inside == default_generator.uniform(3)).all())
    True
    """
    if not enabled:
        yield
        return
    state = Generator.get_state(default_generator)
    try:
        yield
    finally:
        Generator.set_state(default_generator, state)
