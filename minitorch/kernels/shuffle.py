"""The shuffle of Fisher and Yates, as the result of its swaps.

In NumPy the swaps are followed all at once; a short list is swapped one by one, and a long one
too where Numba is installed (`pip install minitorch[fast]`), which compiles that loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.seam import kernel

Indices = np.ndarray[Any, np.dtype[np.int64]]

_SHORT = 256  # below, a loop in Python is faster


@kernel(pays=2**17)
def swapped(targets: Indices) -> Indices:
    """The result of swapping the numbers at i and ``targets[i] >= i`` for i = 0, 1, …, in order."""
    return one_by_one(targets) if len(targets) < _SHORT else all_at_once(targets)


def one_by_one(targets: Indices) -> Indices:
    """`swapped` as it is said."""
    numbers = list(range(len(targets)))
    for i, target in enumerate(targets.tolist()):
        numbers[i], numbers[target] = numbers[target], numbers[i]
    return np.array(numbers, np.int64)


def all_at_once(targets: Indices) -> Indices:
    """`swapped` without a loop over the numbers.

    Step i brings to i what stands at its target t. That is t itself, unless an earlier step had
    the same target: the latest such step k has left there what stood at k when its turn came. So
    the numbers travel along links from steps to earlier steps; all links are found by one sort,
    and followed to their ends all at once by doubling. The memory of `targets` is used up.
    """
    n = len(targets)
    steps = np.arange(n)
    width = n.bit_length()
    order = np.sort((targets << width) | steps)
    target, step = order >> width, order & ((1 << width) - 1)
    earlier = np.full(n, -1)  # the step before i with i's target
    again = np.flatnonzero(target[1:] == target[:-1])
    earlier[step[again + 1]] = step[again]
    came = np.full(n, -1)  # the step that brought what stands at i when i's turn comes
    came[targets] = steps
    np.copyto(came, earlier, where=targets == steps)
    origin = np.where(came < 0, steps, came)
    further = came  # memory that is no longer needed
    while True:
        np.take(origin, origin, out=further, mode="clip")
        if np.array_equal(further, origin):
            break
        origin, further = further, origin
    np.copyto(targets, origin[earlier], where=earlier >= 0)
    return targets
