"""Pooling: what windows over the last axes sum up to, and the largest element of each.

Sums and largest values are found axis by axis. Of a maximum the gradient goes to one element,
the first of the largest; which one is found again on the way back and not kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Constant, Primitive
from minitorch.ops.shape import alike
from minitorch.ops.windows import Shape, Window, outside, trailing


def _reduced(op: np.ufunc, x: np.ndarray, window: Window, counts: Shape, start: Any) -> np.ndarray:
    """`op` over the elements of each window, one axis after the other."""
    source = x
    for i in reversed(range(window.rank)):
        axis = x.ndim - window.rank + i
        head: Any = (slice(None),) * axis
        size, count = x.shape[axis], counts[i]
        shown = [window.shown(i, k, size, count) for k in range(window.kernel[i])]
        parts = [part for part in shown if part is not None]
        whole = [(*head, where) for at, where in parts if at == slice(0, count)]
        if len(whole) > 1:
            y = op(x[whole[0]], x[whole[1]])
            rest = [(at, where) for at, where in parts if at != slice(0, count)]
            for index in whole[2:]:
                op(y, x[index], out=y)
        else:
            y = np.full((*x.shape[:axis], count, *x.shape[axis + 1 :]), start, x.dtype)
            rest = parts
        for at, where in rest:
            target = y[(*head, at)]
            op(target, x[(*head, where)], out=target)
        x = y
    return x.copy() if x is source else x


def _sum_pool(x: np.ndarray, window: Window, counts: Shape) -> np.ndarray:
    half = x.dtype == np.float16 or x.dtype.kind == "V"  # many numbers add up to few digits there
    y = _reduced(np.add, x.astype(np.float32) if half else x, window, counts, 0)
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


def lowest(dtype: np.dtype[Any]) -> Any:
    """A number that none of a dtype is below."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def _max_pool(x: np.ndarray, window: Window, counts: Shape) -> np.ndarray:
    return _reduced(np.maximum, x, window, counts, lowest(x.dtype))


def _frame(window: Window, counts: Shape) -> tuple[Window, Shape]:
    """The window without padding, and the sizes of axes that its places just fill."""
    bare = window._replace(padding=(0,) * window.rank)
    parts = zip(counts, window.stride, window.reach, strict=True)
    return bare, tuple([(count - 1) * step + reach for count, step, reach in parts])


def _inner(window: Window, sizes: Shape, frame: Shape) -> tuple[Any, Any]:
    """Where the image lies in its frame, and which part of it that is."""
    parts = [
        (pad, min(size, whole - pad))
        for pad, size, whole in zip(window.padding, sizes, frame, strict=True)
    ]
    inside: Any = (..., *[slice(pad, pad + n) for pad, n in parts])
    shown: Any = (..., *[slice(0, n) for _, n in parts])
    return inside, shown


def _winners(x: np.ndarray, y: np.ndarray, window: Window) -> np.ndarray:
    """Which element of its window each maximum is: the first, or the last NaN if it is NaN."""
    sizes, counts = trailing(x.shape, window.rank), trailing(y.shape, window.rank)
    kernel = window.kernel
    cells = int(np.prod(kernel))
    which = np.zeros(y.shape, np.uint8 if cells < 256 else np.intp)
    elements = list(window.elements(sizes, counts))
    source, found = x, elements
    if x.dtype.kind == "f" and 0 not in counts:  # in a frame of NaN, no window is cut
        bare, frame = _frame(window, counts)
        if frame != sizes or any(window.padding):
            source = np.full((*x.shape[: x.ndim - window.rank], *frame), np.nan, x.dtype)
            inside, shown = _inner(window, sizes, frame)
            source[inside] = x[shown]
        found = list(bare.elements(frame, counts))
    after = cells - 1  # what `which` counts from; it is the last element's where no other is y
    for places, at, where in reversed(found):
        number, part = int(np.ravel_multi_index(places, kernel)), (..., *at)
        if number < cells - 1:
            which += which.dtype.type(after - number)
            after = number
            others = np.not_equal(source[(..., *where)], y[part]).view(np.uint8)
            np.multiply(which[part], others, out=which[part])  # a masked copy is slower by far
    which += which.dtype.type(after)
    lost = y != y
    if lost.any():
        for places, at, where in elements:
            number, part = int(np.ravel_multi_index(places, kernel)), (..., *at)
            here = x[(..., *where)]
            np.copyto(which[part], number, where=lost[part] & (here != here))
    return which


def _chosen(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`x` where the mask is true, else 0: by bits, so that no branch is ever guessed wrong."""
    if x.itemsize > 8:
        return np.where(mask, x, x.dtype.type(0))
    kind = np.dtype(f"i{x.itemsize}")
    bits = np.negative(mask.view(np.int8)).astype(kind)  # all ones, or none
    return np.bitwise_and(x.view(kind), bits, out=bits).view(x.dtype)


def _pick(x: np.ndarray, which: np.ndarray, window: Window) -> np.ndarray:
    sizes, counts = trailing(x.shape, window.rank), trailing(which.shape, window.rank)
    y = np.zeros(which.shape, x.dtype)
    for places, at, where in window.elements(sizes, counts):
        number, part = int(np.ravel_multi_index(places, window.kernel)), (..., *at)
        y[part] += _chosen(x[(..., *where)], which[part] == number)
    return y


def _unpick(x: np.ndarray, which: np.ndarray, window: Window, sizes: Shape) -> np.ndarray:
    counts, lead = trailing(which.shape, window.rank), x.shape[: x.ndim - window.rank]
    if 0 in counts:
        return np.zeros((*lead, *sizes), x.dtype)
    bare, frame = _frame(window, counts)
    tiles = window.kernel == window.stride == window.reach  # every place is in one window
    y = (np.empty if tiles else np.zeros)((*lead, *frame), x.dtype)
    overlaps = window.overlaps()
    for places, at, where in bare.elements(frame, counts):
        number, part = int(np.ravel_multi_index(places, window.kernel)), (..., *at)
        chosen = _chosen(x[part], which[part] == number)
        if overlaps:
            y[(..., *where)] += chosen
        else:
            y[(..., *where)] = chosen
    if frame == sizes and not any(window.padding):
        return y
    inside, shown = _inner(window, sizes, frame)
    image = np.zeros((*lead, *sizes), x.dtype)
    image[shown] = y[inside]
    return image


def _batch_pair(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*alike(boxes, flags), *params)


max_pool = Primitive(
    "max_pool", _max_pool, names=("x", "window", "counts"), batch=outside, renewed=True,
    vjps=(
        lambda g, x, y, x_shape, window, counts: unpick(
            g, winners(x, y, window), window, trailing(x_shape, window.rank)
        ),
    ),
    jvps=(lambda t, x, y, window: pick(t, winners(x, y, window), window),),
    grad_name="MaxPool2DWithIndicesBackward0",
    doc="the largest element of each window over the last axes, of which there are `counts`",
)  # fmt: skip

winners = Constant(
    "winners", _winners, names=("x", "y", "window"), arrays=2, batch=_batch_pair,
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
    "unpick", _unpick, names=("x", "which", "window", "sizes"), arrays=2, linear=(0,),
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
