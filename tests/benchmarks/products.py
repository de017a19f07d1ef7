"""The matrix products of a step and nothing else: about the limit for who leaves them to NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from .running import Running

Product = tuple[np.ndarray, np.ndarray]


def alone(products: Iterable[Product]) -> Running:
    """A step that computes these products into arrays that are there already."""
    prepared = [(a, b, np.empty_like(np.matmul(a, b))) for a, b in products]

    def step() -> Any:
        for a, b, out in prepared:
            np.matmul(a, b, out=out)

    return Running(step, list)


def product(a: tuple[int, ...], b: tuple[int, ...]) -> Iterator[Product]:
    """``a @ b`` and what its backward needs: the products of the slope with either."""
    x, y = _matrix(a), _matrix(b)
    slope = np.matmul(x, y)
    yield x, y
    yield slope, y.mT
    yield x.mT, slope


def linear(rows: int, inputs: int, outputs: int, *, first: bool = False) -> Iterator[Product]:
    """A linear layer's three products; the first layer's inputs need no derivative."""
    x, w, slope = _matrix((rows, inputs)), _matrix((outputs, inputs)), _matrix((rows, outputs))
    yield x, w.T
    yield slope.T, x
    if not first:
        yield slope, w


def convolution(images: int, pixels: int, inputs: int, outputs: int, *,
                size: int = 3, first: bool = False) -> Iterator[Product]:  # fmt: skip
    """A convolution's three products, as if the columns of its windows were there."""
    columns, w = _matrix((images, inputs * size**2, pixels)), _matrix((outputs, inputs * size**2))
    slope = _matrix((images, outputs, pixels))
    yield w, columns
    yield (
        slope.transpose(1, 0, 2).reshape(outputs, -1),
        columns.transpose(0, 2, 1).reshape(images * pixels, -1),
    )
    if not first:
        yield w.T, slope


def _matrix(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
