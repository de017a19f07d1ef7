"""Many images as one, and images as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.faces.tensor import Tensor
from minitorch.utils.png import png

__all__ = ["make_grid", "save_image"]


@torch.no_grad()
def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Images side by side in one image.

    Args:
        tensor: a batch (n, channels, height, width), a list of images of one size, or one image;
            grey ones get three equal channels.
        nrow: how many images are in a row.
        padding: how many pixels are between images and around all.
        normalize: bring the numbers to [0, 1].
        value_range: the numbers that become 0 and 1; the least and greatest there are if None.
        scale_each: normalize each image by itself.
        pad_value: the colour between images.

    Returns:
        The image (3, height, width); a single image without `padding` around it.

    Example:
        >>> torch.datasets.images.make_grid(torch.rand(10, 1, 28, 28), nrow=5).shape
        torch.Size([3, 62, 152])
    """
    batch = _batch(tensor)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max "
                            "are numbers")  # fmt: skip
        parts = [_normalized(part, value_range) for part in (batch if scale_each else [batch])]
        batch = torch.stack(parts) if scale_each else parts[0]
    if len(batch) == 1:
        return batch[0]
    columns = min(nrow, len(batch))
    height, width = batch.shape[-2] + padding, batch.shape[-1] + padding
    rows = -(-len(batch) // columns)
    size = (batch.shape[1], height * rows + padding, width * columns + padding)
    grid = torch.full(size, pad_value, dtype=batch.dtype)
    for i, image in enumerate(batch):
        top, left = i // columns * height + padding, i % columns * width + padding
        grid[:, top : top + image.shape[-2], left : left + image.shape[-1]] = image
    return grid


def _batch(tensor: Any) -> Tensor:
    if isinstance(tensor, list) and all(isinstance(image, Tensor) for image in tensor):
        tensor = torch.stack(tensor)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    if tensor.ndim == 2:
        tensor = tensor[None]
    if tensor.ndim == 3:
        tensor = tensor[None]
    if tensor.ndim != 4:
        raise ValueError(
            "make_grid: images have the shape (n, channels, height, width), but these have "
            f"{tuple(tensor.shape)}"
        )
    return torch.cat([tensor] * 3, 1) if tensor.shape[1] == 1 else tensor


def _normalized(image: Tensor, value_range: tuple[float, float] | None) -> Tensor:
    low, high = value_range or (image.min().item(), image.max().item())
    return (image.clamp(low, high) - low) / max(high - low, 1e-5)


@torch.no_grad()
def save_image(
    tensor: Tensor | Sequence[Tensor], fp: Any, format: str | None = None, **kwargs: Any
) -> None:
    """Write an image, or a grid of several, to a file.

    A PNG is written here; other formats are written by Pillow, if it is installed.

    Args:
        tensor: one image or several, as `make_grid` takes them, from 0 to 1.
        fp: a path, or a binary file.
        format: such as `"png"`; what the path's ending tells if None.
        **kwargs: those of `make_grid`.

    Raises:
        ValueError: neither `format` nor the path tells the format.
        ModuleNotFoundError: another format than PNG without Pillow.

    Example:
        >>> import tempfile, os
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "noise.png")
        ...     torch.datasets.images.save_image(torch.rand(4, 3, 8, 8), path)
        ...     os.path.exists(path)
        True
    """
    grid = make_grid(tensor, **kwargs)
    scaled = np.clip(grid.detach().numpy() * 255 + 0.5, 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(scaled.transpose(1, 2, 0))
    kind = format or _ending(fp)
    if kind.lower() != "png":
        _save_by_pillow(pixels, fp, format, kind)
    elif hasattr(fp, "write"):
        fp.write(png(pixels))
    else:
        with open(fp, "wb") as file:
            file.write(png(pixels))


def _ending(fp: Any) -> str:
    name = fp if isinstance(fp, (str, os.PathLike)) else getattr(fp, "name", "")
    ending = (
        os.path.splitext(os.fspath(name))[1][1:] if isinstance(name, (str, os.PathLike)) else ""
    )
    if not ending:
        raise ValueError(f"unknown file extension: save_image needs a format to write {fp!r}")
    return ending


def _save_by_pillow(pixels: np.ndarray, fp: Any, format: str | None, kind: str) -> None:
    try:
        from PIL import Image
    except ImportError:
        raise ModuleNotFoundError(
            f"save_image writes PNG by itself, but {kind} needs Pillow: pip install pillow",
            name="PIL",
        ) from None
    Image.fromarray(pixels).save(fp, format=format)
