"""Normalisation of channels, in two and three passes over the large arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels import channel_norm as plain
from minitorch.kernels.compiled.jit import compiled, floats

SHORT = 16  # places in a row, below which NumPy's loops over channels are longer


def _applies(x: np.ndarray, *others: np.ndarray) -> bool:
    return floats(x, *others) and x.size >= SHORT * x.shape[0] * x.shape[1] > 0


def _rows(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A number for each row of places, from statistics or those of channels."""
    spread = plain.spread_out(table, x.shape[1])
    return np.ascontiguousarray(np.broadcast_to(spread, x.shape[:2]))


def forward(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, groups: int, eps: float) -> Any:
    if not _applies(x, weight, bias):
        return NotImplemented
    images, y = plain.images(x), np.empty(x.shape, x.dtype)
    count, table = plain.sizes(images, groups), np.empty(images.shape[:2], x.dtype)
    _sums(images, table)
    centre = plain.gathered(table, groups) / count
    middle = _rows(centre, images)
    _squares(images, middle, table)
    spread = plain.gathered(table, groups) / count
    rate = _rows(1 / np.sqrt(spread + eps), images) * weight
    _scaled(images, middle, rate, bias, plain.images(y))
    return y, centre, spread


def backward(
    u: np.ndarray, level: np.ndarray, slant: np.ndarray, x: np.ndarray, weight: np.ndarray,
    centre: np.ndarray, spread: np.ndarray, places: tuple[int, ...], groups: int, eps: float,
) -> Any:  # fmt: skip
    if not _applies(x, u, weight, centre, spread):
        return NotImplemented
    images, grads = plain.images(x), plain.images(u)
    sums, products = np.empty((2, *images.shape[:2]), x.dtype)
    _sums_of_products(grads, images, _rows(centre, images), sums, products)
    found, factor, slope, shift = plain.slopes(
        sums, products, level, slant, weight, centre, spread, groups, eps,
        plain.sizes(images, groups),
    )  # fmt: skip
    if 0 in places:
        found[0] = dx = np.empty(x.shape, x.dtype)
        tables = [_rows(table, images) for table in (factor, slope, shift)]
        _combined(grads, images, *tables, plain.images(dx))
    return tuple([found[i] for i in places])


@compiled
def _sums(x: Any, sums: Any) -> None:
    n, channels, places = x.shape
    for i in range(n):
        for c in range(channels):
            row, total = x[i, c], x.dtype.type(0)
            for j in range(places):
                total += row[j]
            sums[i, c] = total


@compiled
def _squares(x: Any, middle: Any, sums: Any) -> None:
    n, channels, places = x.shape
    for i in range(n):
        for c in range(channels):
            row, centre, total = x[i, c], middle[i, c], x.dtype.type(0)
            for j in range(places):
                rest = row[j] - centre
                total += rest * rest
            sums[i, c] = total


@compiled
def _scaled(x: Any, middle: Any, rate: Any, bias: Any, y: Any) -> None:
    n, channels, places = x.shape
    for i in range(n):
        for c in range(channels):
            row, target = x[i, c], y[i, c]
            centre, factor, shift = middle[i, c], rate[i, c], bias[c]
            for j in range(places):
                target[j] = (row[j] - centre) * factor + shift


@compiled
def _sums_of_products(u: Any, x: Any, middle: Any, sums: Any, products: Any) -> None:
    n, channels, places = x.shape
    for i in range(n):
        for c in range(channels):
            grad, row, centre = u[i, c], x[i, c], middle[i, c]
            total, product = x.dtype.type(0), x.dtype.type(0)
            for j in range(places):
                total += grad[j]
                product += grad[j] * (row[j] - centre)
            sums[i, c], products[i, c] = total, product


@compiled
def _combined(u: Any, x: Any, factor: Any, slope: Any, shift: Any, dx: Any) -> None:
    n, channels, places = x.shape
    for i in range(n):
        for c in range(channels):
            grad, row, target = u[i, c], x[i, c], dx[i, c]
            a, b, d = factor[i, c], slope[i, c], shift[i, c]
            for j in range(places):
                target[j] = grad[j] * a + row[j] * b + d
