"""Windows that slide over the last axes: where they lie, and the elements that they show.

A window has a size, a step, zeros around the array and a distance between its elements along each
of the last axes; the axes before them are left alone, so an example more is an axis more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive

Shape = tuple[int, ...]


class Window(NamedTuple):
    """A window's size, step, padding and dilation along each axis that it slides over.

    Example:
        >>> from minitorch.ops.windows import Window
        >>> Window((3, 3), (1, 1), (1, 1), (1, 1)).counts((5, 7))
        (5, 7)
    """

    kernel: Shape
    stride: Shape
    padding: Shape
    dilation: Shape

    @property
    def rank(self) -> int:
        """How many axes the window slides over."""
        return len(self.kernel)

    @property
    def reach(self) -> Shape:
        """How many places there are from a window's first element to its last, both included."""
        return tuple([d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)])

    def counts(self, sizes: Shape) -> Shape:
        """How many windows fit wholly into axes of these sizes and their padding."""
        return tuple(
            [
                (n + 2 * p - r) // s + 1
                for n, p, r, s in zip(sizes, self.padding, self.reach, self.stride, strict=True)
            ]
        )

    def overlaps(self) -> bool:
        """Whether two windows can show one element."""
        return any(s < r for s, r in zip(self.stride, self.reach, strict=True))

    def shown(self, axis: int, k: int, size: int, count: int) -> tuple[slice, slice] | None:
        """Of the windows' elements `k` along an axis: which windows have one, and where it lies."""
        step, start = self.stride[axis], k * self.dilation[axis] - self.padding[axis]
        first = max(0, -(start // step))
        last = min(count - 1, (size - 1 - start) // step)
        if last < first:
            return None
        begin = start + first * step
        return slice(first, last + 1), slice(begin, begin + (last - first) * step + 1, step)

    def elements(self, sizes: Shape, counts: Shape) -> Iterator[tuple[Shape, Any, Any]]:
        """For each element of a window, `shown` along all axes together."""
        along = [
            [
                (k, shown)
                for k in range(self.kernel[i])
                if (shown := self.shown(i, k, sizes[i], counts[i])) is not None
            ]
            for i in range(self.rank)
        ]
        for parts in itertools.product(*along):
            places = tuple([k for k, _ in parts])
            yield places, tuple([s[0] for _, s in parts]), tuple([s[1] for _, s in parts])


def trailing(shape: Shape, rank: int) -> Shape:
    """The last `rank` sizes."""
    return shape[len(shape) - rank :]


def padded(x: np.ndarray, padding: Shape) -> np.ndarray:
    """`x` with zeros on both sides of its last axes; itself where there are none to add."""
    if not any(padding):
        return x
    lead = x.ndim - len(padding)
    shape = (*x.shape[:lead], *[n + 2 * p for n, p in zip(x.shape[lead:], padding, strict=True)])
    y = np.zeros(shape, x.dtype)
    inner: Any = [slice(p, n - p) for p, n in zip(padding, shape[lead:], strict=True)]
    y[(..., *inner)] = x
    return y


def sliding(x: np.ndarray, window: Window, counts: Shape) -> np.ndarray:
    """All windows of an array that has its padding: (*lead, *kernel, *counts), without a copy."""
    lead = x.ndim - window.rank
    steps = x.strides[lead:]
    return np.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:lead], *window.kernel, *counts),
        (
            *x.strides[:lead],
            *[s * d for s, d in zip(steps, window.dilation, strict=True)],
            *[s * t for s, t in zip(steps, window.stride, strict=True)],
        ),
        writeable=False,
    )


def _columns(x: np.ndarray, window: Window) -> np.ndarray:
    counts = window.counts(trailing(x.shape, window.rank))
    return sliding(padded(x, window.padding), window, counts).copy()


def _uncolumns(x: np.ndarray, window: Window, sizes: Shape) -> np.ndarray:
    rank = window.rank
    lead, counts = x.ndim - 2 * rank, trailing(x.shape, rank)
    y = np.zeros((*x.shape[:lead], *sizes), x.dtype)
    head: Any = (slice(None),) * lead
    for places, at, where in window.elements(sizes, counts):
        y[(..., *where)] += x[(*head, *places, *at)]
    return y


def outside(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """Batching for operations on the last axes of one array: one more axis is left alone."""
    return op(*boxes, *params)


columns = Primitive(
    "columns", _columns, names=("x", "window"), linear=(0,), batch=outside,
    vjps=(lambda g, x_shape, window: uncolumns(g, window, trailing(x_shape, window.rank)),),
    grad_name="Im2ColBackward0",
    doc="all windows over the last axes: a window's elements in axes before those of its places",
)  # fmt: skip

uncolumns = Primitive(
    "uncolumns", _uncolumns, names=("x", "window", "sizes"), linear=(0,), batch=outside,
    vjps=(lambda g, window: columns(g, window),), grad_name="Col2ImBackward0",
    doc="the windows added up where they lay, in axes of `sizes`: the adjoint of `columns`",
)  # fmt: skip
