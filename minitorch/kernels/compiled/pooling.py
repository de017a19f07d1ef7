"""The largest element of each window over images; most windows are of 2 x 2, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, floats

TWO = (2, 2)


def _is_square(window: Any) -> bool:
    return (window.kernel, window.stride, window.padding) == (TWO, TWO, (0, 0)) and (
        window.dilation == (1, 1)
    )


def _images(x: np.ndarray) -> np.ndarray:
    return x.reshape(-1, *x.shape[-2:])


def _cut(x: np.ndarray, counts: Any) -> bool:
    """Whether all windows lie within the images."""
    return 2 * counts[0] <= x.shape[-2] and 2 * counts[1] <= x.shape[-1]


def winners(x: np.ndarray, y: np.ndarray, window: Any) -> Any:
    if not (_is_square(window) and floats(x, y) and _cut(x, y.shape[-2:])):
        return NotImplemented
    which = np.empty(y.shape, np.uint8)
    if which.size:
        _winners(_images(x), _images(y), _images(which))
    return which


def max_pool_back(u: np.ndarray, x: np.ndarray, y: np.ndarray, window: Any, sizes: Any) -> Any:
    counts = y.shape[-2:]
    if not (_is_square(window) and floats(u, x, y) and y.size):
        return NotImplemented
    if tuple(sizes) != (2 * counts[0], 2 * counts[1]) or np.isnan(np.add.reduce(y, None)):
        return NotImplemented  # of infinite numbers too
    z = np.empty(x.shape, x.dtype)
    pairs = (-1, 2, counts[1], 2)  # rows of windows, and what each shows
    rows = (-1, counts[1])
    _max_pool_back(u.reshape(rows), x.reshape(pairs), y.reshape(rows), z.reshape(pairs))
    return z


def unpick(x: np.ndarray, which: np.ndarray, window: Any, sizes: Any) -> Any:
    if len(window.kernel) != 2 or not floats(x) or which.dtype != np.uint8:
        return NotImplemented
    if not which.flags.c_contiguous:
        return NotImplemented
    y = np.zeros((*x.shape[:-2], *sizes), x.dtype)
    if x.size:
        down, right = (
            np.arange(n) * d - p
            for n, d, p in zip(window.kernel, window.dilation, window.padding, strict=True)
        )
        places = (np.repeat(down, len(right)), np.tile(right, len(down)))
        _unpick(_images(x), _images(which), _images(y), *places, *window.stride)
    return y


@compiled
def _winners(x: Any, y: Any, which: Any) -> None:
    n, rows, places = y.shape
    for i in range(n):
        for r in range(rows):
            upper, lower, best, target = x[i, 2 * r], x[i, 2 * r + 1], y[i, r], which[i, r]
            lost = False
            for j in range(places):
                a, b, c, most = upper[2 * j], upper[2 * j + 1], lower[2 * j], best[j]
                found = np.uint8(2) if c == most else np.uint8(3)
                found = np.uint8(1) if b == most else found
                target[j] = np.uint8(0) if a == most else found
                lost |= most != most
            if lost:
                for j in range(places):
                    if best[j] != best[j]:
                        for k in range(4):
                            here = x[i, 2 * r + k // 2, 2 * j + k % 2]
                            if here != here:
                                target[j] = k


@compiled
def _max_pool_back(u: Any, x: Any, y: Any, z: Any) -> None:
    rows, places = u.shape
    none = u.dtype.type(0)
    for r in range(rows):
        for j in range(places):
            number, best = u[r, j], y[r, j]
            first = x[r, 0, j, 0] == best
            second = (x[r, 0, j, 1] == best) & (not first)
            third = (x[r, 1, j, 0] == best) & (not (first | second))
            z[r, 0, j, 0] = number if first else none
            z[r, 0, j, 1] = number if second else none
            z[r, 1, j, 0] = number if third else none
            z[r, 1, j, 1] = none if first | second | third else number


@compiled
def _unpick(x: Any, which: Any, y: Any, down: Any, right: Any, high: Any, wide: Any) -> None:
    n, rows, places = x.shape
    _, height, width = y.shape
    for i in range(n):
        image = y[i]
        for r in range(rows):
            for j in range(places):
                cell = which[i, r, j]
                at, to = r * high + down[cell], j * wide + right[cell]
                if 0 <= at < height and 0 <= to < width:
                    image[at, to] += x[i, r, j]
