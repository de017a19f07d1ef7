"""What the transforms do to images that are Tensors `(..., channels, height, width)`.

Integers are computed with as float32 and rounded, as torchvision does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.datasets.transforms import color, geometry
from minitorch.datasets.transforms.modes import InterpolationMode
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F

adjust_brightness, adjust_contrast = color.adjust_brightness, color.adjust_contrast
adjust_gamma, adjust_hue = color.adjust_gamma, color.adjust_hue
adjust_saturation, adjust_sharpness = color.adjust_saturation, color.adjust_sharpness
autocontrast, equalize, grayscale = color.autocontrast, color.equalize, color.grayscale
invert, posterize, solarize = color.invert, color.posterize, color.solarize

_SYMMETRIC = "symmetric"


def dimensions(image: Tensor) -> list[int]:
    """Channels, height and width."""
    if image.ndim < 2:
        raise TypeError(
            "Tensor is not a torch image: it has the dimensions (..., channels, height, width), "
            f"but was given the shape {tuple(image.shape)}"
        )
    channels = 1 if image.ndim == 2 else image.shape[-3]
    return [channels, image.shape[-2], image.shape[-1]]


def hflip(image: Tensor) -> Tensor:
    return image.flip(-1)


def vflip(image: Tensor) -> Tensor:
    return image.flip(-2)


def crop(image: Tensor, top: int, left: int, height: int, width: int) -> Tensor:
    """A part of an image, zero where it reaches beyond it."""
    _, h, w = dimensions(image)
    bottom, right = top + height, left + width
    if top >= 0 and left >= 0 and bottom <= h and right <= w:
        return image[..., top:bottom, left:right]
    inside = image[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    beyond = [
        max(min(right, 0) - left, 0),
        max(right - max(w, left), 0),
        max(min(bottom, 0) - top, 0),
        max(bottom - max(h, top), 0),
    ]
    return F.pad(inside, beyond)


def pad(image: Tensor, sides: Sequence[int], fill: Any, mode: str) -> Tensor:
    """`sides` are left, top, right and bottom."""
    left, top, right, bottom = sides
    if mode == "constant":
        if isinstance(fill, Sequence):
            if len(fill) != 1:
                raise ValueError(f"pad: fill is a number for a Tensor, not {fill!r}")
            fill = fill[0]
        return F.pad(image, [left, right, top, bottom], value=fill)
    if mode == _SYMMETRIC:
        rows, columns = (
            _mirrored(image.shape[-2], top, bottom),
            _mirrored(image.shape[-1], left, right),
        )
        return image[..., rows[:, None], columns[None, :]]
    flat = image.reshape(-1, 1, *image.shape[-2:]) if image.ndim != 4 else image
    padded = F.pad(
        flat, [left, right, top, bottom], mode={"edge": "replicate", "reflect": "reflect"}[mode]
    )
    return padded.reshape(*image.shape[:-2], *padded.shape[-2:])


def _mirrored(size: int, before: int, after: int) -> Tensor:
    places = np.arange(-before, size + after) % (2 * size)
    return torch.from_numpy(np.minimum(places, 2 * size - 1 - places))


def resize(
    image: Tensor, size: Sequence[int], mode: InterpolationMode, antialias: bool | None
) -> Tensor:
    """An image in the size (height, width)."""
    name = mode.value
    smooth = mode in (InterpolationMode.BILINEAR, InterpolationMode.BICUBIC)
    if not smooth and mode not in (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT):
        raise ValueError(
            f"Interpolation mode {name!r} is unsupported with Tensor input; PIL images take it"
        )

    def enlarged(x: Tensor) -> Tensor:
        if not smooth:
            return F.interpolate(x, size=list(size), mode=name)
        y = F.interpolate(
            x, size=list(size), mode=name, align_corners=False, antialias=bool(antialias)
        )
        if mode is InterpolationMode.BICUBIC and image.dtype is torch.uint8:
            y = y.clamp(0, 255)
        return y

    return _in_floats(image, enlarged)


def affine(image: Tensor, matrix: Sequence[float], mode: InterpolationMode, fill: Any) -> Tensor:
    """Each pixel is read where the matrix, about the centre of the image, sends its place to."""
    size = (image.shape[-1], image.shape[-2])
    return _read(image, geometry.affine_grid(matrix, size, size, _float(image)), mode, fill)


def rotate(
    image: Tensor, matrix: Sequence[float], mode: InterpolationMode, expand: bool, fill: Any
) -> Tensor:
    """As `affine`; the image grows to hold all of it if `expand`."""
    size = (image.shape[-1], image.shape[-2])
    grown = geometry.grown_size(matrix, size) if expand else size
    return _read(image, geometry.affine_grid(matrix, size, grown, _float(image)), mode, fill)


def perspective(
    image: Tensor, coefficients: Sequence[float], mode: InterpolationMode, fill: Any
) -> Tensor:
    size = (image.shape[-1], image.shape[-2])
    return _read(image, geometry.perspective_grid(coefficients, size, _float(image)), mode, fill)


def gaussian_blur(image: Tensor, kernel_size: Sequence[int], sigma: Sequence[float]) -> Tensor:
    """Widths and standard deviations are those along x and y."""
    x, y = (_bell(k, s, _float(image)) for k, s in zip(kernel_size, sigma))
    kernel = y[:, None] * x[None, :]

    def blurred(x: Tensor) -> Tensor:
        a, b = kernel_size[0] // 2, kernel_size[1] // 2
        padded = F.pad(x, [a, a, b, b], mode="reflect")
        channels = padded.shape[1]
        return F.conv2d(padded, kernel.expand(channels, 1, *kernel.shape), groups=channels)

    return _in_floats(image, blurred)


def erase(image: Tensor, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Tensor:
    if not inplace:
        image = image.clone()
    image[..., i : i + h, j : j + w] = v
    return image


def _bell(width: int, sigma: float, dtype: Any) -> Tensor:
    half = (width - 1) * 0.5
    density = torch.exp(-0.5 * (torch.linspace(-half, half, width, dtype=dtype) / sigma) ** 2)
    return density / density.sum()


def _float(image: Tensor) -> Any:
    return image.dtype if image.is_floating_point() else torch.float32


def _in_floats(image: Tensor, op: Callable[[Tensor], Tensor]) -> Tensor:
    """Apply what takes floating-point batches of images."""
    dtype = image.dtype
    batch = image if image.ndim == 4 else image.reshape(-1, *image.shape[-3:])
    if not dtype.is_floating_point:
        batch = batch.to(torch.float32)
    result = op(batch)
    result = result if image.ndim == 4 else result.reshape(*image.shape[:-2], *result.shape[-2:])
    return result if dtype.is_floating_point else result.round().to(dtype)


def _read(image: Tensor, grid: Tensor, mode: InterpolationMode, fill: Any) -> Tensor:
    """The image at the points of a grid, `fill` where it is not."""
    if mode not in (InterpolationMode.NEAREST, InterpolationMode.BILINEAR):
        raise ValueError(f"Interpolation mode {mode.value!r} is unsupported with Tensor input")
    channels = dimensions(image)[0]
    if isinstance(fill, Sequence) and len(fill) not in (1, channels):
        raise ValueError(
            "The number of elements in 'fill' cannot broadcast to match the number of channels "
            f"of the image ({len(fill)} != {channels})"
        )

    def read(x: Tensor) -> Tensor:
        points = grid.expand(len(x), *grid.shape[1:])
        if fill is None:
            return F.grid_sample(x, points, mode=mode.value, align_corners=False)
        # a channel more, of ones, tells how much of a pixel comes from within the image
        x = torch.cat([x, torch.ones_like(x[:, :1])], 1)
        y = F.grid_sample(x, points, mode=mode.value, align_corners=False)
        y, within = y[:, :-1], y[:, -1:]
        colour = torch.tensor(fill, dtype=y.dtype).reshape(-1, 1, 1)
        if mode is InterpolationMode.NEAREST:
            return torch.where(within < 0.5, colour, y)
        return y * within + (1 - within) * colour

    return _in_floats(image, read)
