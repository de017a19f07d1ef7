"""Pooling: what windows over the last axes sum up to, and the largest element of each.

Sums and largest values are found axis by axis. Of a maximum the gradient goes to one element,
the first of the largest; which one is found again on the way back and not kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.kernels import pooling as kernels
from minitorch.ops.shape import alike
from minitorch.ops.windows import Shape, Window, outside, trailing


def _sum_pool(x: np.ndarray, window: Window, counts: Shape) -> np.ndarray:
    half = x.dtype == np.float16 or x.dtype.kind == "V"  # many numbers add up to few digits there
    y = kernels.reduced(np.add, x.astype(np.float32) if half else x, window, counts, 0)
    return y.astype(x.dtype, copy=False)


def _unsum_pool(x: np.ndarray, window: Window, sizes: Shape) -> np.ndarray:
    y = x
    for i in range(window.rank):
        axis = y.ndim - window.rank + i
        head: Any = (slice(None),) * axis
        count = y.shape[axis]
        laid = np.zeros((*y.shape[:axis], sizes[i], *y.shape[axis + 1 :]), y.dtype)
        for k in range(window.kernel[i]):
            shown = window.shown(i, k, sizes[i], count)
            if shown is not None:
                laid[(*head, shown[1])] += y[(*head, shown[0])]
        y = laid
    return y


sum_pool = Primitive(
    "sum_pool", _sum_pool, names=("x", "window", "counts"), linear=(0,), batch=outside,
    vjps=(lambda g, x_shape, window: unsum_pool(g, window, trailing(x_shape, window.rank)),),
    doc="the sum of each window over the last axes, of which there are `counts`",
)  # fmt: skip

unsum_pool = Primitive(
    "unsum_pool", _unsum_pool, names=("x", "window", "sizes"), linear=(0,), batch=outside,
    vjps=(lambda g, x_shape, window: sum_pool(g, window, trailing(x_shape, window.rank)),),
    doc="each number added to all places of its window: the adjoint of `sum_pool`",
)  # fmt: skip


# the largest


def _pick(x: np.ndarray, which: np.ndarray, window: Window) -> np.ndarray:
    sizes, counts = trailing(x.shape, window.rank), trailing(which.shape, window.rank)
    y = np.zeros(which.shape, x.dtype)
    for places, at, where in window.elements(sizes, counts):
        number, part = int(np.ravel_multi_index(places, window.kernel)), (..., *at)
        y[part] += kernels.chosen(x[(..., *where)], which[part] == number)
    return y


def _batch_pair(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), *params)


max_pool = Primitive(
    "max_pool", kernels.max_pool, names=("x", "window", "counts"), batch=outside, renewed=True,
    vjps=(
        lambda g, x, y, x_shape, window, counts: max_pool_back(
            g, still(x), still(y), window, trailing(x_shape, window.rank)
        ),
    ),
    jvps=(lambda t, x, y, window: pick(t, winners(x, y, window), window),),
    grad_name="MaxPool2DWithIndicesBackward0",
    doc="the largest element of each window over the last axes, of which there are `counts`",
)  # fmt: skip

max_pool_back = Primitive(
    "max_pool_back", kernels.max_pool_back, names=("u", "x", "best", "window", "sizes"), arrays=3,
    batch=_batch_pair, linear=(0,),
    vjps=(lambda g, x, best, window: pick(g, winners(x, best, window), window),),
    doc="numbers laid where, in x, the largest elements lie: `unpick` by `winners`",
)  # fmt: skip

still = Constant(
    "still", lambda x: x, batch=batch.elementwise, doc="x, as what no gradient flows through"
)

winners = Constant(
    "winners", kernels.winners, names=("x", "y", "window"), arrays=2, batch=_batch_pair,
    doc="the number, within its window, of the element of x that each maximum y is, or the last",
)  # fmt: skip

pick = Primitive(
    "pick", _pick, names=("x", "which", "window"), arrays=2, linear=(0,), batch=_batch_pair,
    vjps=(
        lambda g, which, x_shape, window: unpick(
            g, which, window, trailing(x_shape, window.rank)
        ),
    ),
    doc="of each window over the last axes, the element of the given number",
)  # fmt: skip

unpick = Primitive(
    "unpick", kernels.unpick, names=("x", "which", "window", "sizes"), arrays=2, linear=(0,),
    batch=_batch_pair, vjps=(lambda g, which, window: pick(g, which, window),),
    doc="numbers added where `pick` takes them from: its adjoint",
)  # fmt: skip


def _places(which: np.ndarray, window: Window, sizes: Shape) -> np.ndarray:
    cells = np.unravel_index(which.astype(np.intp), window.kernel)
    y = np.zeros(which.shape, np.int64)
    for i, size in enumerate(sizes):
        lead = (1,) * (which.ndim - window.rank + i)
        count = which.shape[which.ndim - window.rank + i]
        start = np.arange(count).reshape(*lead, count, *(1,) * (window.rank - 1 - i))
        place = start * window.stride[i] - window.padding[i] + cells[i] * window.dilation[i]
        y = y * size + place
    return y


places_of = Constant(
    "places_of", _places, names=("which", "window", "sizes"), batch=outside,
    doc="where, in the last axes laid in one row, the elements lie that `pick` takes",
)  # fmt: skip


def _part_winners(x: np.ndarray, index: np.ndarray) -> np.ndarray:
    if not index.shape[1]:
        return np.zeros((*x.shape[:-1], 0), np.int64)
    best, value = (
        np.broadcast_to(index[0], (*x.shape[:-1], index.shape[1])).copy(),
        x[..., index[0]],
    )
    for places in index[1:]:
        other = x[..., places]
        above = (other > value) | (other != other)
        np.copyto(value, other, where=above)
        np.copyto(best, places, where=above)
    return best


part_winners = Constant(
    "part_winners", _part_winners, names=("x", "index"), batch=outside,
    doc="of the places in each column of `index`, where x is largest: the first, or the last NaN",
)  # fmt: skip
