"""What the transforms do to PIL images: Pillow does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from minitorch.datasets.transforms.modes import InterpolationMode, pillows_number

_GREY = ("1", "L", "I", "F")

autocontrast, equalize, invert = ImageOps.autocontrast, ImageOps.equalize, ImageOps.invert
posterize, solarize = ImageOps.posterize, ImageOps.solarize


def is_image(value: Any) -> bool:
    return isinstance(value, Image.Image)


def dimensions(image: Any) -> list[int]:
    width, height = image.size
    return [len(image.getbands()), height, width]


def hflip(image: Any) -> Any:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def vflip(image: Any) -> Any:
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def crop(image: Any, top: int, left: int, height: int, width: int) -> Any:
    return image.crop((left, top, left + width, top + height))


def pad(image: Any, sides: Sequence[int], fill: Any, mode: str) -> Any:
    left, top, right, bottom = sides
    if mode == "constant":
        color = _color(image, fill)
        expanded = ImageOps.expand(image, border=tuple(sides), fill=color)
        if image.mode == "P":
            expanded.putpalette(image.getpalette())
        return expanded
    inside = image.crop((-min(left, 0), -min(top, 0), image.width + min(right, 0),
                         image.height + min(bottom, 0)))  # fmt: skip
    widths = [(max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))]
    pixels = np.asarray(inside)
    padded = np.pad(pixels, widths + [(0, 0)] * (pixels.ndim - 2), mode=mode)  # type: ignore[call-overload]
    result = Image.fromarray(padded)
    if image.mode == "P":
        result.putpalette(image.getpalette())
    return result


def resize(image: Any, size: Sequence[int], mode: InterpolationMode, antialias: Any) -> Any:
    return image.resize((size[1], size[0]), pillows_number(mode))


def affine(image: Any, matrix: Sequence[float], mode: InterpolationMode, fill: Any) -> Any:
    return image.transform(
        image.size, Image.Transform.AFFINE, matrix, pillows_number(mode),
        fillcolor=_color(image, fill),
    )  # fmt: skip


def rotate(
    image: Any, angle: float, mode: InterpolationMode, expand: bool, center: Any, fill: Any
) -> Any:
    return image.rotate(angle, pillows_number(mode), expand, center, fillcolor=_color(image, fill))


def perspective(
    image: Any, coefficients: Sequence[float], mode: InterpolationMode, fill: Any
) -> Any:
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, coefficients, pillows_number(mode),
        fillcolor=_color(image, fill),
    )  # fmt: skip


def adjust_brightness(image: Any, factor: float) -> Any:
    return ImageEnhance.Brightness(image).enhance(factor)


def adjust_contrast(image: Any, factor: float) -> Any:
    return ImageEnhance.Contrast(image).enhance(factor)


def adjust_saturation(image: Any, factor: float) -> Any:
    return ImageEnhance.Color(image).enhance(factor)


def adjust_sharpness(image: Any, factor: float) -> Any:
    return ImageEnhance.Sharpness(image).enhance(factor)


def adjust_hue(image: Any, factor: float) -> Any:
    if not -0.5 <= factor <= 0.5:
        raise ValueError(f"hue_factor ({factor}) is not in [-0.5, 0.5].")
    if image.mode in _GREY:
        return image
    hue, saturation, value = image.convert("HSV").split()
    turned = (np.asarray(hue).astype(np.int64) + int(factor * 255)) % 256
    hue = Image.fromarray(turned.astype(np.uint8))
    return Image.merge("HSV", (hue, saturation, value)).convert(image.mode)


def adjust_gamma(image: Any, gamma: float, gain: float = 1) -> Any:
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    table = [int((255 + 1 - 1e-3) * gain * pow(v / 255.0, gamma)) for v in range(256)]
    mode = image.mode
    image = image.convert("RGB")
    return image.point(table * len(image.getbands())).convert(mode)


def grayscale(image: Any, channels: int = 1) -> Any:
    grey = image.convert("L")
    return grey if channels == 1 else Image.merge("RGB", (grey, grey, grey))


def _color(image: Any, fill: Any) -> Any:
    """A colour with one number for each band."""
    bands = len(image.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)):
        if image.mode not in ("F", "I"):
            fill = int(fill)
        return fill if bands == 1 else (fill,) * bands
    if len(fill) not in (1, bands):
        raise ValueError(
            "The number of elements in 'fill' does not match the number of channels of the "
            f"image ({len(fill)} != {bands})"
        )
    numbers = tuple(fill) if image.mode in ("F", "I") else tuple(int(number) for number in fill)
    numbers = numbers if len(numbers) == bands else numbers * bands
    return numbers[0] if bands == 1 else numbers
