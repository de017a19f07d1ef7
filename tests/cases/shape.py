"""Samples of the operations that move elements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.samples import (
    op,
    real,
    whole,
)

NONE = None  # no counterpart in PyTorch

for shape, to in (((3, 1), (3, 4)), ((4,), (2, 3, 4)), ((), (2, 2)), ((2, 1, 3), (2, 2, 2, 3)),
                  ((1, 3), (0, 3)), ((0,), (2, 0)), ((3,), (3,))):  # fmt: skip
    op("broadcast_to", real(*shape), params=(to,), numpy=np.broadcast_to)
op(
    "reshape",
    real(2, 6),
    params=[((3, 4),), ((12,),), ((1, 2, 6),), ((2, 3, 2, 1),)],
    numpy=np.reshape,
)
op("reshape", real(), params=((1, 1),), numpy=np.reshape)
op("reshape", real(0, 3), params=((3, 0),), numpy=np.reshape)
for shape, order in (((2, 3), (1, 0)), ((2, 3, 4), (2, 0, 1)), ((), ()), ((0, 2), (1, 0))):
    op("transpose", real(*shape), params=(order,), numpy=np.transpose, torch="permute")
for shape in ((2, 3), (4, 2, 3), (0, 3)):
    op("swap", real(*shape), numpy=np.matrix_transpose, torch=lambda torch, x: x.mT)
for shape, axes, offset in (((3, 4), (0, 1), 0), ((3, 4), (0, 1), 2), ((3, 4), (1, 0), 1),
                            ((2, 3, 4), (2, 0), -1), ((0, 3), (0, 1), 0)):  # fmt: skip
    op("diagonal", real(*shape), params=(axes, offset),
       numpy=lambda x, axes, k: np.diagonal(x, k, *axes),
       torch=lambda torch, x, axes, k: torch.diagonal(x, k, *axes))  # fmt: skip


def _on_diagonal(x: np.ndarray, axes: Any, offset: int, shape: Any) -> np.ndarray:
    places = np.arange(math.prod(shape)).reshape(shape).diagonal(offset, *axes)
    y = np.zeros(math.prod(shape), x.dtype)
    y[places] = x
    return y.reshape(shape)


op("undiagonal", real(3), params=((0, 1), 0, (3, 3)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(2), params=((0, 1), 2, (3, 4)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(3, 2), params=((0, 2), -1, (3, 3, 3)), numpy=_on_diagonal, torch=NONE)
op("undiagonal", real(0), params=((0, 1), 0, (0, 3)), numpy=_on_diagonal, torch=NONE)

for shape, axis, sizes in (((5, 2), 0, (2, 3)), ((2, 4), 1, (1, 1, 2)), ((3,), 0, (3,)),
                           ((3, 2), 0, (0, 3)), ((0, 2), 1, (1, 1))):  # fmt: skip
    op("split", real(*shape), params=(axis, sizes),
       numpy=lambda x, axis, sizes: tuple(
           np.take(x, range(sum(sizes[:i]), sum(sizes[:i]) + n), axis) for i, n in enumerate(sizes)
       ),
       torch=lambda torch, x, axis, sizes: torch.split(x, list(sizes), axis))  # fmt: skip
for shape, axis in (((3, 2), 0), ((3, 2), 1), ((2, 3, 2), 1), ((2,), 0), ((2, 0), 0)):
    op("unbind", real(*shape), params=(axis,),
       numpy=lambda x, axis: tuple(np.take(x, i, axis) for i in range(x.shape[axis])))  # fmt: skip


def _cat(*args: Any) -> np.ndarray:
    return np.concatenate(args[:-1], args[-1])


def _torch_cat(torch: Any, *args: Any) -> Any:
    return torch.cat(args[:-1], args[-1])


op("cat", real(2, 3), real(1, 3), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", real(2, 3), real(2, 1), real(2, 2), params=(1,), numpy=_cat, torch=_torch_cat)
op("cat", real(2), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", real(0, 2), real(3, 2), params=(0,), numpy=_cat, torch=_torch_cat)
op("cat", whole(2), whole(3), params=(0,), numpy=_cat, torch=_torch_cat)
for shape, axis in (((2, 3), 0), ((2, 3), 1), ((2, 3), 2), ((), 0), ((0, 2), 1)):
    op("stack", real(*shape), real(*shape), real(*shape), params=(axis,),
       numpy=lambda *a: np.moveaxis(np.array(a[:-1]), 0, a[-1]),
       torch=lambda torch, *a: torch.stack(a[:-1], a[-1]))  # fmt: skip

for axes in ((0,), (1,), (0, 2), ()):
    op("flip", real(2, 3, 2), params=(axes,), numpy=np.flip)
op("flip", real(0, 3), params=((1,),), numpy=np.flip)


def _rolled(x: np.ndarray, axes: Any, by: Any) -> np.ndarray:
    for axis, n in zip(axes, by):
        x = np.take(x, np.arange(-n, x.shape[axis] - n), axis, mode="wrap") if x.size else x
    return x


for shape, axes, by in (((3, 4), (0,), (1,)), ((3, 4), (0, 1), (-1, 6)), ((3, 4), (1, 1), (1, 1)),
                        ((0, 2), (0,), (1,))):  # fmt: skip
    op("roll", real(*shape), params=(axes, by),
       numpy=_rolled, torch=lambda torch, x, axes, by: torch.roll(x, by, axes))  # fmt: skip


def _padded(x: np.ndarray, widths: Any) -> np.ndarray:
    y = np.zeros([n + sum(w) for n, w in zip(x.shape, widths)], x.dtype)
    y[tuple(slice(w[0], w[0] + n) for n, w in zip(x.shape, widths))] = x
    return y


def _torch_padded(torch: Any, x: Any, widths: Any) -> Any:
    return torch.nn.functional.pad(x, [n for width in reversed(widths) for n in width])


op(
    "pad",
    real(2, 3),
    params=[(((1, 2), (0, 1)),), (((0, 0), (0, 0)),)],
    numpy=_padded,
    torch=_torch_padded,
)
op("pad", real(0, 2), params=(((1, 1), (0, 0)),), numpy=_padded, torch=_torch_padded)
for shape, axis, counts in (((3, 2), 0, (1, 0, 2)), ((3, 2), 1, (2, 2)), ((0, 2), 1, (1, 2))):
    op("repeat", real(*shape), params=(axis, counts),
       numpy=lambda x, axis, n: np.take(x, [i for i, k in enumerate(n) for _ in range(k)], axis),
       torch=lambda torch, x, axis, n:
           torch.repeat_interleave(x, torch.tensor(n), axis))  # fmt: skip
for shape, axis, counts in (((4, 2), 0, (1, 0, 3)), ((2, 3), 1, (2, 1)), ((0, 2), 0, (0, 0))):
    op("unrepeat", real(*shape), params=(axis, counts), torch=NONE,
       numpy=lambda x, axis, n: np.stack(
           [part.sum(axis) for part in np.split(x, np.cumsum(n)[:-1], axis)], axis
       ))  # fmt: skip
for name, keep in (("tril", lambda i, j, k: j - i <= k), ("triu", lambda i, j, k: j - i >= k)):
    for shape in ((3, 4), (2, 3, 3), (0, 3)):
        op(name, real(*shape), params=[(0,), (1,), (-1,)],
           numpy=lambda x, k, keep=keep: x * keep(*np.indices(x.shape[-2:]), k))  # fmt: skip
for shape, axis, size, step in (
    ((5,), 0, 3, 1),
    ((2, 6), 1, 2, 3),
    ((4, 3), 0, 2, 2),
    ((2, 3), 1, 3, 1),
    ((0, 3), 1, 2, 1),
):
    op("unfold", real(*shape), params=(axis, size, step),
       numpy=lambda x, axis, size, step: np.moveaxis(
           np.lib.stride_tricks.sliding_window_view(x, size, axis), axis, 0
       )[::step] if axis == 0 else
       np.lib.stride_tricks.sliding_window_view(x, size, axis)[:, ::step],
       torch=lambda torch, x, axis, size, step: x.unfold(axis, size, step))  # fmt: skip


def _added_up(x: np.ndarray, axis: int, step: int, shape: Any) -> np.ndarray:
    places = np.arange(math.prod(shape)).reshape(shape)
    windows = np.lib.stride_tricks.sliding_window_view(places, x.shape[-1], axis)
    kept = windows[(slice(None),) * axis + (slice(None, None, step),)]
    return np.bincount(kept.ravel(), x.ravel(), math.prod(shape)).reshape(shape).astype(x.dtype)


for shape, axis, step, to in (
    ((3, 3), 0, 1, (5,)),
    ((2, 2, 2), 1, 3, (2, 6)),
    ((2, 3, 2), 0, 2, (4, 3)),
    ((0, 2, 2), 1, 1, (0, 3)),
):
    op("overlaid", real(*shape), params=(axis, step, to), numpy=_added_up, torch=NONE)
