"""Where the pixels of a moved image are read: matrices and grids.

A matrix is the six numbers (a, b, c, d, e, f) that send the place (x, y) in the result to
(ax + by + c, dx + ey + f) in the image; Pillow has the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.faces.tensor import Tensor


def inverse_affine(
    center: Sequence[float],
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Sequence[float],
) -> list[float]:
    """The inverse of: shear, rotate by degrees and scale about a centre, then translate.

    The linear part is rotation R(angle - y) / cos y with the shears x and y in it; its
    determinant is scale², so that its inverse is written down at once.
    """
    turn, x, y = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(turn - y) / math.cos(y)
    b = -a * math.tan(x) - math.sin(turn)
    c = math.sin(turn - y) / math.cos(y)
    d = -c * math.tan(x) + math.cos(turn)
    p, q, r, s = d / scale, -b / scale, -c / scale, a / scale
    (cx, cy), (tx, ty) = center, translate
    u, v = -cx - tx, -cy - ty
    return [p, q, p * u + q * v + cx, r, s, r * u + s * v + cy]


def perspective_coefficients(
    start: Sequence[Sequence[float]], end: Sequence[Sequence[float]]
) -> list[float]:
    """The eight numbers (a ... h) of the map that sends the corners `end` back to `start`.

    (x, y) goes to ((ax + by + c) / (gx + hy + 1), (dx + ey + f) / (gx + hy + 1)).
    """
    rows, values = [], []
    for (sx, sy), (x, y) in zip(start, end):
        rows += [[x, y, 1, 0, 0, 0, -sx * x, -sx * y], [0, 0, 0, x, y, 1, -sy * x, -sy * y]]
        values += [sx, sy]
    solved = np.linalg.lstsq(np.array(rows, float), np.array(values, float), rcond=None)[0]
    return [float(number) for number in solved.astype(np.float32)]


def affine_grid(
    matrix: Sequence[float], size: tuple[int, int], result: tuple[int, int], dtype: Any
) -> Tensor:
    """Points for `grid_sample`: a matrix about the centre, widths and heights of both images."""
    (columns, rows), kind = result, _kind(dtype)
    places = _places(columns, rows, (-0.5 * columns, -0.5 * rows), kind)
    moved = places.reshape(-1, 3) @ _scaled(np.array(matrix, kind).reshape(2, 3).T, size)
    return torch.from_numpy(moved.reshape(1, rows, columns, 2)).to(dtype)


def perspective_grid(numbers: Sequence[float], size: tuple[int, int], dtype: Any) -> Tensor:
    """Points for `grid_sample` by the coefficients of a perspective, in pixels."""
    (w, h), kind = size, _kind(dtype)
    places = _places(w, h, (0, 0), kind).reshape(-1, 3)
    a, b, c, d, e, f, g, k = numbers
    upper = places @ _scaled(np.array([[a, d], [b, e], [c, f]], kind), size)
    lower = places @ np.array([[g], [k], [1.0]], kind)
    return torch.from_numpy((upper / lower - 1).reshape(1, h, w, 2)).to(dtype)


def _kind(dtype: Any) -> Any:
    return np.float64 if dtype is torch.float64 else np.float32


def _places(columns: int, rows: int, origin: tuple[float, float], kind: Any) -> np.ndarray:
    """The centres of pixels, as (x, y, 1)."""
    places = np.ones((rows, columns, 3), kind)
    places[..., 0] = np.arange(columns) + 0.5 + origin[0]
    places[..., 1] = (np.arange(rows) + 0.5 + origin[1])[:, None]
    return places


def _scaled(matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A matrix of pixels as one of halves of an image."""
    return matrix / np.array([0.5 * size[0], 0.5 * size[1]], matrix.dtype)


def grown_size(matrix: Sequence[float], size: tuple[int, int]) -> tuple[int, int]:
    """The width and height that hold an image turned by a matrix, as Pillow counts them."""
    w, h = size
    corners = np.array([[x, y, 1] for x in (-0.5 * w, 0.5 * w) for y in (-0.5 * h, 0.5 * h)])
    turned = corners.astype(np.float32) @ np.array(matrix, np.float32).reshape(2, 3).T
    middle = np.array([0.5 * w, 0.5 * h], np.float32)
    low, high = turned.min(0) + middle, turned.max(0) + middle
    step = np.float32(1e-4)  # what lies closer to a whole number counts as that
    span = np.ceil(np.trunc(high / step) * step) - np.floor(np.trunc(low / step) * step)
    return int(span[0]), int(span[1])
