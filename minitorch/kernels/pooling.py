"""Pooling: what windows over the last axes sum up to, which of their elements is the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minitorch.kernels.seam import kernel

if TYPE_CHECKING:
    from minitorch.ops.windows import Window

Shape = tuple[int, ...]


def reduced(op: np.ufunc, x: np.ndarray, window: Window, counts: Shape, start: Any) -> np.ndarray:
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


def lowest(dtype: np.dtype[Any]) -> Any:
    """A number that none of a dtype is below."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def max_pool(x: np.ndarray, window: Window, counts: Shape) -> np.ndarray:
    """The largest element of each window over the last axes, of which there are `counts`."""
    return reduced(np.maximum, x, window, counts, lowest(x.dtype))


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


@kernel(pays=1 << 12)
def winners(x: np.ndarray, y: np.ndarray, window: Window) -> np.ndarray:
    """Which element of its window each maximum is: the first, or the last NaN if it is NaN."""
    sizes, counts = x.shape[-window.rank :], y.shape[-window.rank :]
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


def chosen(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`x` where the mask is true, else 0: by bits, so that no branch is ever guessed wrong."""
    if x.itemsize > 8:
        return np.where(mask, x, x.dtype.type(0))
    kind = np.dtype(f"i{x.itemsize}")
    bits = np.negative(mask.view(np.int8)).astype(kind)  # all ones, or none
    return np.bitwise_and(x.view(kind), bits, out=bits).view(x.dtype)


@kernel(pays=1 << 12)
def unpick(x: np.ndarray, which: np.ndarray, window: Window, sizes: Shape) -> np.ndarray:
    """Numbers laid, in axes of `sizes`, where the chosen element of each window lies."""
    counts, lead = which.shape[-window.rank :], x.shape[: x.ndim - window.rank]
    if 0 in counts:
        return np.zeros((*lead, *sizes), x.dtype)
    bare, frame = _frame(window, counts)
    tiles = window.kernel == window.stride == window.reach  # every place is in one window
    y = (np.empty if tiles else np.zeros)((*lead, *frame), x.dtype)
    overlaps = window.overlaps()
    for places, at, where in bare.elements(frame, counts):
        number, part = int(np.ravel_multi_index(places, window.kernel)), (..., *at)
        some = chosen(x[part], which[part] == number)
        if overlaps:
            y[(..., *where)] += some
        else:
            y[(..., *where)] = some
    if frame == sizes and not any(window.padding):
        return y
    inside, shown = _inner(window, sizes, frame)
    image = np.zeros((*lead, *sizes), x.dtype)
    image[shown] = y[inside]
    return image


BLOCK = 1 << 16  # numbers that the cache holds


@kernel(pays=1 << 12)
def max_pool_back(
    u: np.ndarray, x: np.ndarray, y: np.ndarray, window: Window, sizes: Shape
) -> np.ndarray:
    """Numbers laid where the `winners` lie."""
    counts, kind = y.shape[-window.rank :], np.dtype(f"i{min(u.itemsize, 8)}")
    tiles = window.kernel == window.stride == window.reach and not any(window.padding)
    tiles &= sizes == tuple([c * n for c, n in zip(counts, window.kernel, strict=True)])
    if not tiles or kind.itemsize < u.itemsize or not u.size or (y != y).any():
        return unpick(u, winners(x, y, window), window, sizes)
    z = np.empty((*u.shape[: u.ndim - window.rank], *sizes), kind)
    *cells, (_, _, last) = window.elements(sizes, counts)
    images, laid = x.reshape(-1, *sizes), z.reshape(-1, *sizes)
    best, numbers = y.reshape(-1, *counts), u.view(kind).reshape(-1, *counts)
    step = max(1, BLOCK // images[0].size)
    for start in range(0, len(images), step):
        block = slice(start, start + step)
        source, target, most, rest = images[block], laid[block], best[block], numbers[block]
        for _, _, where in cells:  # what one has is taken away from those that follow
            equal = np.equal(source[(..., *where)], most).view(np.int8)
            some = np.negative(equal, out=equal).astype(kind)  # all ones, or none
            some &= rest
            target[(..., *where)] = some
            rest = rest ^ some
        target[(..., *last)] = rest
    return z.view(u.dtype)
