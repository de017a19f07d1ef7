"""The transforms as functions: `functional.resize(image, 32)`.

An image is a Tensor `(..., channels, height, width)`, a PIL image, or an array `(height, width)`
or `(height, width, channels)`; the result is of the same kind. PIL images are changed by Pillow;
Tensors and arrays are computed with here, so that their pixels can differ from Pillow's by
rounding, as they do in torchvision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.datasets.transforms import conversions, geometry, tensors
from minitorch.datasets.transforms.conversions import (
    convert_image_dtype,
    from_array,
    is_pil_image,
    pil_to_tensor,
    to_array,
    to_pil_image,
    to_tensor,
)
from minitorch.datasets.transforms.modes import InterpolationMode, interpolation_mode
from minitorch.faces.tensor import Tensor

__all__ = [
    "InterpolationMode",
    "adjust_brightness", "adjust_contrast", "adjust_gamma", "adjust_hue", "adjust_saturation",
    "adjust_sharpness", "affine", "autocontrast", "center_crop", "convert_image_dtype", "crop",
    "equalize", "erase", "five_crop", "gaussian_blur", "get_dimensions", "get_image_num_channels",
    "get_image_size", "hflip", "invert", "normalize", "pad", "perspective", "pil_to_tensor",
    "posterize", "resize", "resized_crop", "rgb_to_grayscale", "rotate", "solarize", "ten_crop",
    "to_grayscale", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip

_NEAREST, _BILINEAR = InterpolationMode.NEAREST, InterpolationMode.BILINEAR


def _apply(name: str, image: Any, *args: Any) -> Any:
    """An operation of `tensors` or of `pil`, by the kind of image."""
    if isinstance(image, Tensor):
        return getattr(tensors, name)(image, *args)
    if isinstance(image, np.ndarray):
        return to_array(getattr(tensors, name)(from_array(image), *args), image)
    if is_pil_image(image):
        return getattr(conversions.pil, name)(image, *args)
    raise TypeError(
        f"Unexpected type {type(image)}: {name} takes a Tensor, a PIL Image or an ndarray"
    )


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width of an image."""
    if isinstance(img, np.ndarray):
        return [1 if img.ndim == 2 else img.shape[2], *img.shape[:2]]
    return _apply("dimensions", img)


def get_image_size(img: Any) -> list[int]:
    """Width and height of an image."""
    _, height, width = get_dimensions(img)
    return [width, height]


def get_image_num_channels(img: Any) -> int:
    """How many channels an image has."""
    return get_dimensions(img)[0]


def normalize(
    tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False
) -> Tensor:
    """`(tensor - mean) / std` with a mean and a standard deviation for each channel.

    Raises:
        TypeError: no Tensor, or one that has no floating-point numbers.
        ValueError: fewer than three dimensions, or a `std` of zero.
        RuntimeError: other numbers of channels and of means or deviations.

    Example:
        >>> image = torch.ones(1, 2, 2)
        >>> torch.datasets.transforms.functional.normalize(image, [0.5], [0.25])[0, 0]
        tensor([2., 2.])
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"img should be Tensor Image. Got {type(tensor)}: ToTensor() makes a Tensor of it"
        )
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            "Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = "
            f"{tensor.size()}"
        )
    means = torch.as_tensor(mean, dtype=tensor.dtype)
    deviations = torch.as_tensor(std, dtype=tensor.dtype)
    if not deviations._value.all():
        raise ValueError(
            f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by "
            "zero."
        )
    for name, values in (("mean", means), ("std", deviations)):
        if values.ndim == 1 and len(values) not in (1, tensor.shape[-3]):
            raise RuntimeError(
                f"normalize: an image of shape {tuple(tensor.shape)} has {tensor.shape[-3]} "
                f"channels, but {name} has {len(values)} values"
            )
    means = means.view(-1, 1, 1) if means.ndim == 1 else means
    deviations = deviations.view(-1, 1, 1) if deviations.ndim == 1 else deviations
    if inplace:
        return tensor.sub_(means).div_(deviations)
    return (tensor - means).div_(deviations)


def resize(
    img: Any,
    size: int | Sequence[int],
    interpolation: InterpolationMode | int = _BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """An image in another size.

    Args:
        size: (height, width), or the length of the shorter side, the other one in proportion.
        max_size: what the longer side may be at most if `size` is one number.
        antialias: smooth what becomes smaller; PIL images always are.

    Example:
        >>> image = torch.rand(3, 20, 40)
        >>> torch.datasets.transforms.functional.resize(image, 10).shape
        torch.Size([3, 10, 20])
    """
    mode = interpolation_mode(interpolation)
    sizes = [size] if isinstance(size, int) else list(size)
    if len(sizes) not in (1, 2):
        raise ValueError(
            f"Size must be an int or a 1 or 2 element tuple/list, not a {len(sizes)} element "
            "tuple/list"
        )
    if max_size is not None and len(sizes) != 1:
        raise ValueError(
            "max_size should only be passed if size specifies the length of the smaller edge, "
            "i.e. size should be an int or a sequence of length 1"
        )
    _, height, width = get_dimensions(img)
    if len(sizes) == 1:
        sizes = _in_proportion(height, width, sizes[0], max_size)
    if sizes == [height, width]:
        return img
    return _apply("resize", img, sizes, mode, antialias)


def _in_proportion(height: int, width: int, short: int, most: int | None) -> list[int]:
    """The size whose shorter side is `short`, unless the longer one were longer than `most`."""
    longer, shorter = max(height, width), min(height, width)
    long = int(short * longer / shorter)
    if most is not None:
        if most <= short:
            raise ValueError(
                f"max_size = {most} must be strictly greater than the requested size for the "
                f"smaller edge size = {short}"
            )
        if long > most:
            short, long = int(most * short / long), most
    return [long, short] if width <= height else [short, long]


def pad(
    img: Any,
    padding: int | Sequence[int],
    fill: Any = 0,
    padding_mode: str = "constant",
) -> Any:
    """An image with something around it.

    Args:
        padding: the width on all sides; or (left and right, top and bottom); or (left, top,
            right, bottom).
        fill: the colour for `"constant"`; for PIL images also one for each channel.
        padding_mode: `"constant"`, `"edge"`, `"reflect"` or `"symmetric"` (with the edge twice).
    """
    if not isinstance(padding, (int, tuple, list)):
        raise TypeError("Got inappropriate padding arg")
    if not isinstance(fill, (int, float, str, tuple, list)):
        raise TypeError("Got inappropriate fill arg")
    if not isinstance(padding_mode, str):
        raise TypeError("Got inappropriate padding_mode arg")
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    sides = [padding] if isinstance(padding, int) else list(padding)
    if len(sides) not in (1, 2, 4):
        raise ValueError(
            f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(sides)} element "
            "tuple"
        )
    return _apply("pad", img, sides * (4 // len(sides)), fill, padding_mode)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of an image; black where it reaches beyond it."""
    return _apply("crop", img, top, left, height, width)


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """The middle of an image, with black around it where the image is smaller."""
    height, width = _pair(output_size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        x, y = max(width - w, 0), max(height - h, 0)
        img = pad(img, [x // 2, y // 2, (x + 1) // 2, (y + 1) // 2])
        _, h, w = get_dimensions(img)
        if (width, height) == (w, h):
            return img
    return crop(img, round((h - height) / 2.0), round((w - width) / 2.0), height, width)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: InterpolationMode | int = _BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """A part of an image in another size."""
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def five_crop(img: Any, size: int | Sequence[int]) -> tuple[Any, ...]:
    """The four corners of an image and its middle: top and bottom left and right, the middle."""
    height, width = _pair(size)
    _, h, w = get_dimensions(img)
    if width > w or height > h:
        raise ValueError(
            f"Requested crop size {(height, width)} is bigger than input size {(h, w)}"
        )
    corners = [(0, 0), (0, w - width), (h - height, 0), (h - height, w - width)]
    parts = [crop(img, top, left, height, width) for top, left in corners]
    return (*parts, center_crop(img, [height, width]))


def ten_crop(img: Any, size: int | Sequence[int], vertical_flip: bool = False) -> tuple[Any, ...]:
    """The five crops of an image and of its mirror image."""
    mirrored = vflip(img) if vertical_flip else hflip(img)
    return five_crop(img, size) + five_crop(mirrored, size)


def hflip(img: Any) -> Any:
    """The mirror image, left and right exchanged."""
    return _apply("hflip", img)


def vflip(img: Any) -> Any:
    """An image upside down."""
    return _apply("vflip", img)


def rotate(
    img: Any,
    angle: float,
    interpolation: InterpolationMode | int = _NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """An image turned counter-clockwise by degrees.

    Args:
        expand: whether the image grows to hold all of it.
        center: (x, y) of what stays, from the upper left corner; the middle if None.
        fill: the colour outside of the image, or one number for each channel.
    """
    mode = interpolation_mode(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if center is not None and not isinstance(center, (list, tuple)):
        raise TypeError("Argument center should be a sequence")
    if is_pil_image(img):
        return _apply("rotate", img, angle, mode, expand, center, fill)
    matrix = geometry.inverse_affine(_from_middle(img, center), -angle, (0, 0), 1.0, (0, 0))
    return _apply("rotate", img, matrix, mode, expand, fill)


def affine(
    img: Any,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: float | Sequence[float],
    interpolation: InterpolationMode | int = _NEAREST,
    fill: Any = None,
    center: Sequence[float] | None = None,
) -> Any:
    """An image turned clockwise by degrees, scaled, sheared by degrees and moved by pixels.

    `shear` is along x, or (along x, along y). `fill` and `center` are those of `rotate`.
    """
    mode = interpolation_mode(interpolation)
    if not isinstance(angle, (int, float)):
        raise TypeError("Argument angle should be int or float")
    if not isinstance(translate, (list, tuple)):
        raise TypeError("Argument translate should be a sequence")
    if len(translate) != 2:
        raise ValueError("Argument translate should be a sequence of length 2")
    if scale <= 0.0:
        raise ValueError("Argument scale should be positive")
    if not isinstance(shear, (int, float, list, tuple)):
        raise TypeError("Shear should be either a single value or a sequence of two values")
    shears = [shear, 0.0] if isinstance(shear, (int, float)) else list(shear)
    shears = shears * 2 if len(shears) == 1 else shears
    if len(shears) != 2:
        raise ValueError(f"Shear should be a sequence containing two values. Got {shear}")
    if is_pil_image(img):
        _, h, w = get_dimensions(img)
        middle = (w * 0.5, h * 0.5) if center is None else center
    else:
        middle = _from_middle(img, center)
    matrix = geometry.inverse_affine(middle, angle, translate, scale, shears)
    return _apply("affine", img, matrix, mode, fill)


def perspective(
    img: Any,
    startpoints: Sequence[Sequence[int]],
    endpoints: Sequence[Sequence[int]],
    interpolation: InterpolationMode | int = _BILINEAR,
    fill: Any = None,
) -> Any:
    """An image seen askew: its four corners `startpoints`, as (x, y), come to be `endpoints`."""
    mode = interpolation_mode(interpolation)
    numbers = geometry.perspective_coefficients(startpoints, endpoints)
    return _apply("perspective", img, numbers, mode, fill)


def gaussian_blur(
    img: Any, kernel_size: int | Sequence[int], sigma: float | Sequence[float] | None = None
) -> Any:
    """An image smoothed by a bell of odd widths (along x, along y) and standard deviations.

    Without `sigma` these are 0.3 ((width - 1) / 2 - 1) + 0.8.
    """
    widths = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    if len(widths) != 2:
        raise ValueError(f"If kernel_size is a sequence its length should be 2. Got {len(widths)}")
    if any(width % 2 == 0 or width < 0 for width in widths):
        raise ValueError(f"kernel_size should have odd and positive integers. Got {kernel_size}")
    if sigma is None:
        sigma = [width * 0.15 + 0.35 for width in widths]
    sigmas = [float(sigma)] * 2 if isinstance(sigma, (int, float)) else list(sigma)
    sigmas = sigmas * 2 if len(sigmas) == 1 else sigmas
    if len(sigmas) != 2:
        raise ValueError(f"If sigma is a sequence, its length should be 2. Got {len(sigmas)}")
    if any(value <= 0.0 for value in sigmas):
        raise ValueError(f"sigma should have positive values. Got {sigma}")
    if is_pil_image(img):
        return to_pil_image(tensors.gaussian_blur(pil_to_tensor(img), widths, sigmas), img.mode)
    return _apply("gaussian_blur", img, widths, sigmas)


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """A Tensor image with `v` in the part whose upper left corner is at row i and column j."""
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(img)}")
    return tensors.erase(img, i, j, h, w, v, inplace)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """An image `brightness_factor` times as bright: 0 is black, 1 the image."""
    return _apply("adjust_brightness", img, brightness_factor)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """An image of another contrast: 0 is a grey, 1 the image."""
    return _apply("adjust_contrast", img, contrast_factor)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """An image with more or less colour: 0 is grey, 1 the image."""
    return _apply("adjust_saturation", img, saturation_factor)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """An image whose hues are turned by a part of the circle, from -0.5 to 0.5."""
    return _apply("adjust_hue", img, hue_factor)


def adjust_gamma(img: Any, gamma: float, gain: float = 1) -> Any:
    """`gain * img ** gamma` of colours from 0 to 1: above 1 shadows become darker."""
    return _apply("adjust_gamma", img, gamma, gain)


def adjust_sharpness(img: Any, sharpness_factor: float) -> Any:
    """An image blurred (0) or sharpened (above 1)."""
    return _apply("adjust_sharpness", img, sharpness_factor)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """A grey image, with 1 or 3 channels."""
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    return _apply("grayscale", img, num_output_channels)


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The same as `rgb_to_grayscale`, for PIL images and arrays."""
    if isinstance(img, Tensor):
        raise TypeError("Input should be PIL Image: rgb_to_grayscale takes Tensors too")
    return rgb_to_grayscale(img, num_output_channels)


def invert(img: Any) -> Any:
    """The negative of an image."""
    return _apply("invert", img)


def posterize(img: Any, bits: int) -> Any:
    """An image of bytes with only the highest bits of its colours."""
    if not 0 <= bits <= 8:
        raise ValueError(f"The number if bits should be between 0 and 8. Got {bits}")
    return _apply("posterize", img, bits)


def solarize(img: Any, threshold: float) -> Any:
    """An image whose colours from `threshold` on are inverted."""
    return _apply("solarize", img, threshold)


def autocontrast(img: Any) -> Any:
    """An image whose darkest pixel becomes black and whose lightest becomes white."""
    return _apply("autocontrast", img)


def equalize(img: Any) -> Any:
    """An image of bytes in which all colours are about equally frequent."""
    return _apply("equalize", img)


def _pair(size: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if len(size) not in (1, 2):
        raise ValueError("Please provide only two dimensions (h, w) for size.")
    return size[0], size[-1]


def _from_middle(img: Any, center: Sequence[float] | None) -> tuple[float, float]:
    if center is None:
        return 0.0, 0.0
    _, h, w = get_dimensions(img)
    return center[0] - w * 0.5, center[1] - h * 0.5
