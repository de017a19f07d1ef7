"""Samples of indexing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.samples import (
    below,
    op,
    real,
    steps,
)

NONE = None  # no counterpart in PyTorch


def _full(torch: Any, index: Any, shape: Any) -> tuple[Any, ...]:
    """An index as one of index tensors alone, which is what `index_put` of PyTorch wants."""
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    return tuple(torch.tensor(part) for part in np.unravel_index(places, shape))


def _scattered(
    x: np.ndarray, shape: Any, index: Any, y: Any = None, add: bool = True
) -> np.ndarray:
    """Each element of `x` put to its place in zeros of `shape`, one by one."""
    places = np.arange(math.prod(shape)).reshape(shape)[index]
    flat = np.zeros(math.prod(shape), x.dtype) if y is None else y.flatten()
    for at, value in zip(places.ravel(), np.broadcast_to(x, places.shape).ravel(), strict=True):
        flat[at] = flat[at] + value if add else value
    return flat.reshape(shape)


every, i = slice(None), np.array
BASIC = [
    ((3, 4), (1,), (4,)), ((3, 4), (-1, 2), ()), ((3, 4), (slice(0, 3, 2),), (2, 4)),
    ((3, 4), (..., 1), (3,)), ((3, 4), (None, every, None, 1), (1, 3, 1)), ((3,), (), (3,)),
    ((2, 3, 2), (1, ..., slice(1, None)), (3, 1)), ((3, 4), (slice(2, 2),), (0, 4)),
    ((0, 3), (every, 1), (0,)), ((), (None,), (1,)), ((), (...,), ()),
]  # fmt: skip
for shape, index, picked in BASIC:
    op("getitem", real(*shape), params=(index,), numpy=lambda x, index: x.copy()[index],
       torch=lambda torch, x, index: x[index])  # fmt: skip
    op("place", real(*picked), params=(shape, index), numpy=_scattered, torch=NONE)
ADVANCED: list[tuple[Any, Any, Any]] = [
    ((4,), (i([2, 0, 2]),), (3,)),
    ((3, 4), (i([[0, 2], [2, 1]]),), (2, 2, 4)),
    ((3, 4), (every, i([1, 1])), (3, 2)),
    ((3, 4), (i([0, 2]), i([1, 1])), (2,)),
    ((3, 4), (i([[0], [2]]), i([1, 3])), (2, 2)),
    ((2, 3, 2), (i([0, 1]), every, i([1, 1])), (2, 3)),
    ((2, 3, 2), (every, i([0, 0]), slice(0, 1)), (2, 2, 1)),
    ((2, 3, 2), (every, i([0, 2]), i([1, 0])), (2, 2)),
    ((3, 2), (i([True, False, True]),), (2, 2)),
    ((2, 2), (i([[True, False], [True, True]]),), (3,)),
    ((3, 4), (None, i([0, 2]), every, None), (1, 2, 4, 1)),
    ((3, 4), (i([-1, 0]),), (2, 4)),
    ((3, 2), (i([], int),), (0, 2)),
    ((0, 2), (every, i([1, 0])), (0, 2)),
]
for shape, index, picked in ADVANCED:
    op("take", real(*shape), params=(index,), numpy=lambda x, index: x.copy()[index],
       torch=lambda torch, x, index: x[_full(torch, index, x.shape)])  # fmt: skip
    op("put_add", real(*picked), params=(shape, index), numpy=_scattered, torch=NONE)
    op("clear", real(*shape), params=(index,), torch=NONE,
       numpy=lambda x, index: x * (_scattered(np.ones(()), x.shape, index) == 0))  # fmt: skip
    op("index_put", real(*shape), real(*picked), params=(index, True),
       numpy=lambda a, b, index, add: a + _scattered(b, a.shape, index),
       torch=lambda torch, a, b, index, add:
           torch.index_put(a, _full(torch, index, a.shape), b, add))  # fmt: skip
for shape, index, value in (
    ((4,), (i([2, 0]),), (2,)), ((3, 4), (i([2, 0]),), (4,)), ((3, 4), (every, i([1, 2])), (3, 1)),
    ((3, 4), (i([[True, False, True, True]] * 3),), ()), ((3, 4), (i([0, 2]), i([1, 1])), (1,)),
    ((0, 2), (i([], int),), (2,)), ((3, 4), (i([[0, 2], [2, 1]]), i([[1], [3]])), (2, 2)),
):  # fmt: skip
    op("index_put", real(*shape), real(*value), params=[(index, False), (index, None)],
       numpy=lambda a, b, index, add: _scattered(b, a.shape, index, a, add=False),
       torch=lambda torch, a, b, index, add:
           torch.index_put(a, _full(torch, index, a.shape), b, bool(add)))  # fmt: skip


for shape, index, value in (((4,), (i([2, 0, 2]),), (3,)), ((2, 3), (i([1, 1]),), (3,)),
                            ((2, 3), (i([0, 1, 0]), i([2, 1, 2])), ())):  # fmt: skip
    op("index_put", real(*shape), real(*value), params=(index, False), torch=NONE,
       numpy=lambda a, b, index, add: _scattered(b, a.shape, index, a, add=False))  # fmt: skip
for shape, index, axis in (((4,), (3,), 0), ((3, 4), (2, 4), 0), ((3, 3), (2, 2), 1),
                           ((2, 3, 2), (2, 3, 4), 2), ((0, 2), (0, 2), 1)):  # fmt: skip
    op("gather", real(*shape), below(max(shape[axis], 1))(*index), params=(axis,),
       numpy=lambda x, index, axis: np.take_along_axis(
           x[tuple(slice(n if d != axis else None) for d, n in enumerate(index.shape))],
           index, axis,
       ),
       torch=lambda torch, x, index, axis: torch.gather(x, axis, index))  # fmt: skip
    op("scatter_add", real(*index), below(max(shape[axis], 1))(*index), params=(shape, axis),
       numpy=lambda x, index, shape, axis: _scattered(
           x, shape, tuple(index if d == axis else at for d, at in enumerate(np.indices(x.shape)))
       ),
       torch=lambda torch, x, index, shape, axis: torch.zeros(shape, dtype=x.dtype)
       .scatter_add(axis, index, x))  # fmt: skip
for shape in ((4,), (2, 3), (), (0, 2)):
    op("one_hot", below(3)(*shape), params=(3,), torch="nn.functional.one_hot",
       numpy=lambda x, n: (x[..., None] == np.arange(n)).astype(np.int64))  # fmt: skip


def _extremes(a: np.ndarray, b: np.ndarray, index: Any, largest: bool) -> np.ndarray:
    """Each element of `b` compared with what is at its place, one by one."""
    places = np.arange(a.size).reshape(a.shape)[index]
    flat = a.flatten()
    for at, value in zip(places.ravel(), b.ravel(), strict=True):
        flat[at] = (max if largest else min)(flat[at], value)
    return flat.reshape(a.shape)


for shape, index, picked in (((4,), (i([2, 0, 2]),), (3,)), ((3, 4), (i([0, 2, 0]),), (3, 4)),
                             ((3, 4), (every, i([1, 1])), (3, 2)),
                             ((3, 4), (i([0, 2, 0]), i([1, 1, 1])), (3,))):  # fmt: skip
    for domain in (real, steps):
        op("put_extreme", domain(*shape), domain(*picked), params=[(index, True), (index, False)],
           numpy=_extremes, torch=NONE, wrt=() if domain is steps else None)  # fmt: skip
op("put_extreme", real(0, 2), real(0, 2), params=((i([], int),), True), numpy=_extremes, torch=NONE)
op("same", steps(0, 4), steps(1, 4), torch=NONE, numpy=lambda x, y: x)
op("same", steps(3, 4), steps(3, 4), torch=NONE, numpy=lambda x, y: (x == y).astype(x.dtype))
op("same", steps(3, 4), steps(1, 4), torch=NONE, numpy=lambda x, y: (x == y).astype(x.dtype))
