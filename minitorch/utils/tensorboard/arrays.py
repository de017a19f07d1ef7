"""From what a program logs to arrays: tensors, figures, images in whatever order of axes."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from minitorch.engine.box import Box


def make_np(x: Any) -> np.ndarray:
    """The values of a Tensor, an Array, an array, or a number (in an array with one element).

    Raises:
        NotImplementedError: anything else.
    """
    if isinstance(x, np.ndarray):
        return x
    if np.isscalar(x):
        return np.array([x])
    if not isinstance(x, Box):
        raise NotImplementedError(f"Got {type(x)}, but numpy array or torch tensor are expected.")
    value = x._value
    if not isinstance(value, np.ndarray):
        raise TypeError("a batched tensor stands for many examples: log it outside of vmap")
    return value.astype(np.float32) if value.dtype.name == "bfloat16" else value


def to_bytes(image: np.ndarray) -> np.ndarray:
    """Images as bytes: those in floating point hold numbers from 0 to 1."""
    scale = 1 if image.dtype == np.uint8 else 255
    return (image.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)


def to_hwc(image: np.ndarray, order: str) -> np.ndarray:
    """An image as (height, width, channels); a batch of them as a grid.

    Args:
        image: grey images get three channels.
        order: the axes of `image`, as letters of "NCHW".

    Raises:
        AssertionError: `order` names an axis twice, or not as many axes as `image` has.
    """
    if len(set(order)) != len(order):
        raise AssertionError(
            f"You can not use the same dimension shorthand twice. input_format: {order}"
        )
    if image.ndim != len(order):
        raise AssertionError(
            "size of input tensor and input format are different. "
            f"tensor shape: {image.shape}, input_format: {order}"
        )
    wanted = {4: "NCHW", 3: "HWC", 2: "HW"}.get(len(order), "")
    if sorted(order.upper()) != sorted(wanted):
        raise ValueError(f"dataformats must be of the letters NCHW, HWC or HW, but is {order!r}")
    image = image.transpose([order.upper().index(axis) for axis in wanted])
    if len(order) == 4:
        return grid(image).transpose(1, 2, 0)
    if len(order) == 2:
        image = image[..., None]
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def grid(images: np.ndarray, columns: int = 8) -> np.ndarray:
    """Images (N, 1 or 3, H, W) side by side, row after row, as one (3, rows * H, columns * W)."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise AssertionError(
            "Input should be a 4D numpy array with 3 channels (or one), but has the shape "
            f"{images.shape}"
        )
    n, _, h, w = images.shape
    columns = min(n, columns)
    rows = math.ceil(n / columns) if n else 0
    cells = np.zeros((rows * columns, 3, h, w), images.dtype)
    cells[:n] = images
    cells = cells.reshape(rows, columns, 3, h, w)
    return cells.transpose(2, 0, 3, 1, 4).reshape(3, rows * h, columns * w)


def film(videos: np.ndarray) -> np.ndarray:
    """Videos (N, T, C, H, W), side by side in a grid, as frames (T, height, width, C) of bytes.

    The grid has a power of two of cells; the last ones may stay black.
    """
    if videos.ndim != 5:
        raise ValueError(f"a video has the axes (N, T, C, H, W), but the shape is {videos.shape}")
    n, t, c, h, w = videos.shape
    power = (n - 1).bit_length()
    rows = 2 ** ((n.bit_length() - 1) // 2)
    cells = np.zeros((2**power, t, c, h, w), videos.dtype)
    cells[:n] = videos
    cells = cells.reshape(rows, -1, t, c, h, w)
    return to_bytes(cells.transpose(2, 0, 4, 1, 5, 3).reshape(t, rows * h, -1, c))


def figure_to_image(figures: Any, close: bool = True) -> np.ndarray:
    """A Matplotlib figure as bytes (3, height, width); of a list of figures, one after another."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError:
        raise ModuleNotFoundError(
            "add_figure draws with Matplotlib: pip install 'minitorch[plot]'", name="matplotlib"
        ) from None
    if isinstance(figures, list):
        return np.stack([figure_to_image(figure, close) for figure in figures])
    canvas = FigureCanvasAgg(figures)
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., :3].transpose(2, 0, 1).copy()
    pyplot = sys.modules.get("matplotlib.pyplot")
    if close and pyplot is not None:
        pyplot.close(figures)
    return image


def outlined(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """An image of bytes with red outlines, two pixels wide.

    Args:
        image: (height, width, 3).
        boxes: (N, 4), each with its xmin, ymin, xmax and ymax.
    """
    image = image.copy()
    for left, top, right, bottom in boxes[:, :4].astype(int).tolist():
        upper, lower = max(top - 1, 0), max(bottom + 2, 0)
        across, down = slice(max(left, 0), max(right + 1, 0)), slice(upper, lower)
        places = (
            (down, slice(max(left, 0), max(left + 2, 0))),
            (down, slice(max(right - 1, 0), max(right + 1, 0))),
            (slice(upper, max(top + 1, 0)), across),
            (slice(max(bottom, 0), lower), across),
        )
        for place in places:
            image[place] = (255, 0, 0)
    return image
