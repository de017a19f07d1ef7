"""How images are laid out in rows, so that convolution is a sum of matrix products.

The rows of the images are laid out once for each place in the window along all axes but the
first. For a place along the first axis, what the windows show is then a part of that: a matrix
that BLAS multiplies where it lies. The products for all such places are added up. This is done
for as many examples at a time as the cache holds, and none of it is kept: on the way back the
rows are laid out again. Of large images that is done for a band of rows at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from minitorch.ops.windows import Shape, Window

BLOCK = 1 << 17  # numbers in the rows of one block
LOW = 16  # matrices with fewer rows are joined to one, as BLAS is slow for flat ones
NARROW = 8  # with so many channels for a column, the columns of all examples are laid side by side


class Layout:
    """How images of some sizes are laid out for a window that stands at `counts` places."""

    def __init__(self, window: Window, sizes: Shape, counts: Shape) -> None:
        kernel, step, dilation = window.kernel[0], window.stride[0], window.dilation[0]
        common = math.gcd(step, dilation)
        if kernel * common > step:  # places share rows; those `step` apart follow each other
            groups, apart, more = step // common, common, (kernel - 1) * dilation // step
        else:
            groups, apart, more = kernel, dilation, 0
        rows, width = counts[0] + more, math.prod(counts[1:])
        self.window, self.sizes, self.counts = window, sizes, counts
        self.inner, self.size = math.prod(window.kernel[1:]), counts[0] * width
        self.length = groups * rows * width
        self.starts = [
            (k * dilation % step // common * rows + k * dilation // step) * width
            if more else k * rows * width
            for k in range(kernel)
        ]  # fmt: skip
        self.each_start = np.add.outer(self.starts, np.arange(self.inner) * self.length).reshape(-1)
        frame = window._replace(
            kernel=(groups, *window.kernel[1:]), dilation=(apart, *window.dilation[1:])
        )
        self.shape = (*window.kernel[1:], groups, rows, *counts[1:])
        every = (slice(None), slice(None))
        self.pieces = [
            ((*every, *places[1:], places[0], *at), (*every, *where))
            for places, at, where in frame.elements(sizes, (rows, *counts[1:]))
        ]
        plain = self.inner == max(window.stride) == 1 and not any(window.padding)
        self.bare = plain and (groups, rows, *counts[1:]) == (1, *sizes)

    def bands(self, channels: int) -> list[tuple[slice, Layout]]:
        """Layouts for some of the places along the first axis, where all are too much at a time."""
        step, width = self.window.stride[0], self.size // self.counts[0]
        most = max(1, 2 * BLOCK * self.counts[0] // (channels * self.inner * self.length))
        if most >= self.counts[0] // 2:
            return [(slice(None), self)]
        most = -(-self.counts[0] // -(-self.counts[0] // most))  # bands alike in size
        found = []
        for start in range(0, self.counts[0], most):
            stop = min(start + most, self.counts[0])
            pad, *pads = self.window.padding
            window = self.window._replace(padding=(pad - start * step, *pads))
            layout = layout_of(window, self.sizes, (stop - start, *self.counts[1:]))
            found.append((slice(start * width, stop * width), layout))
        return found

    def blocks(
        self, x: np.ndarray, groups: int, least: int = 0
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows (examples, groups, channels of a group and places, rows), a block at a time."""
        n, channels = x.shape[:2]
        most = max(1, max(BLOCK, least) // (channels * self.inner * self.length))
        step = -(-n // -(-n // most))  # blocks alike in size
        buffer = None if self.bare else np.zeros((step, channels, *self.shape), x.dtype)
        for start in range(0, n, step):
            part = x[start : start + step]
            if buffer is not None:
                part, images = buffer[: len(part)], part
                for at, where in self.pieces:
                    part[at] = images[where]
            form = (len(part), groups, channels // groups * self.inner, self.length)
            yield slice(start, start + step), part.reshape(form)

    def each_channel(self, rows: np.ndarray) -> np.ndarray:
        """Rows (examples, channels, those of all places), in which `each_start` are the starts."""
        return rows.reshape(len(rows), -1, self.inner * self.length)

    def joins(self, channels: int) -> bool:
        """Whether the matrices of so many channels are joined to one."""
        flat = channels * self.inner < LOW or self.narrow(channels)
        return len(self.starts) == 1 or flat

    def narrow(self, channels: int) -> bool:
        """Whether matrices of so many channels have too few columns to be multiplied alone."""
        return NARROW * self.size < channels

    def matrices(self, rows: np.ndarray, joined: bool) -> list[np.ndarray]:
        """What the windows show, for each place along the first axis, or for all."""
        views = [rows[..., start : start + self.size] for start in self.starts]
        if self.narrow(rows.shape[2] // self.inner):
            sides = np.stack([side_by_side(view) for view in views], 1)
            return [sides.reshape(1, rows.shape[1], -1, sides.shape[-1])]
        if not joined or len(views) == 1:
            return views
        return [np.stack(views, 2).reshape(*rows.shape[:2], -1, self.size)]

    def weights(self, weight: np.ndarray, groups: int, joined: bool) -> list[np.ndarray]:
        """The weight (groups, out, in) for each of `matrices`."""
        o, channels, kernel = weight.shape[:3]
        parts = weight.reshape(groups, o // groups, channels, kernel, self.inner)
        if joined:
            return [parts.transpose(0, 1, 3, 2, 4).reshape(groups, o // groups, -1)]
        return list(parts.transpose(3, 0, 1, 2, 4).reshape(kernel, groups, o // groups, -1))


@lru_cache(maxsize=256)
def layout_of(window: Window, sizes: Shape, counts: Shape | None = None) -> Layout:
    return Layout(window, sizes, window.counts(sizes) if counts is None else counts)


def side_by_side(x: np.ndarray) -> np.ndarray:
    """Matrices (examples, groups, rows, columns) as (groups, rows, columns of all examples)."""
    groups, height = x.shape[1:3]
    return x.transpose(1, 2, 0, 3).reshape(groups, height, -1)
