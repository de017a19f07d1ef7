"""What the transforms do to the colours of Tensors `(..., channels, height, width)`.

Colours go from 0 to 1 in floating-point images and to the dtype's largest number in others.
"""

from __future__ import annotations

from typing import Any

import minitorch as torch
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F


def bound(dtype: Any) -> int:
    """The largest value of a colour."""
    if dtype.is_floating_point or dtype is torch.bool:
        return 1
    return torch.iinfo(dtype).max


def convert_image_dtype(image: Tensor, dtype: Any) -> Tensor:
    """Colours in another dtype, scaled to its range."""
    if image.dtype is dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        if dtype is torch.int64 or (dtype is torch.int32 and image.dtype is torch.float32):
            raise RuntimeError(
                f"The cast from {image.dtype} to {dtype} cannot be performed safely: "
                "the numbers have not so many digits"
            )
        return (image * (bound(dtype) + 1.0 - 1e-3)).to(dtype)
    if dtype.is_floating_point:
        return image.to(dtype) / bound(image.dtype)
    before, after = bound(image.dtype) + 1, bound(dtype) + 1
    if before > after:
        return torch.div(image, before // after, rounding_mode="floor").to(dtype)
    return image.to(dtype) * (after // before)


def grayscale(image: Tensor, channels: int = 1) -> Tensor:
    """The luma of ITU-R 601-2, in 1 or 3 equal channels."""
    _channels(image)
    if image.shape[-3] == 3:
        r, g, b = image.unbind(-3)
        image = (0.2989 * r + 0.587 * g + 0.114 * b).to(image.dtype).unsqueeze(-3)
    return image.expand(*image.shape[:-3], 3, *image.shape[-2:]) if channels == 3 else image


def adjust_brightness(image: Tensor, factor: float) -> Tensor:
    _not_negative("brightness_factor", factor)
    _channels(image)
    return _blend(image, torch.zeros_like(image), factor)


def adjust_contrast(image: Tensor, factor: float) -> Tensor:
    _not_negative("contrast_factor", factor)
    _channels(image)
    grey = grayscale(image)
    grey = grey if grey.is_floating_point() else grey.to(torch.float32)
    return _blend(image, grey.mean(dim=(-3, -2, -1), keepdim=True), factor)


def adjust_saturation(image: Tensor, factor: float) -> Tensor:
    _not_negative("saturation_factor", factor)
    _channels(image)
    return image if image.shape[-3] == 1 else _blend(image, grayscale(image), factor)


def adjust_hue(image: Tensor, factor: float) -> Tensor:
    if not -0.5 <= factor <= 0.5:
        raise ValueError(f"hue_factor ({factor}) is not in [-0.5, 0.5].")
    _channels(image)
    if image.shape[-3] == 1:
        return image
    hue, saturation, value = _to_hsv(convert_image_dtype(image, _float(image))).unbind(-3)
    turned = _from_hsv((hue + factor) % 1.0, saturation, value)
    return convert_image_dtype(turned, image.dtype)


def adjust_gamma(image: Tensor, gamma: float, gain: float = 1) -> Tensor:
    _channels(image)
    if gamma < 0:
        raise ValueError("Gamma should be a non-negative real number")
    floats = convert_image_dtype(image, _float(image))
    return convert_image_dtype((gain * floats**gamma).clamp(0, 1), image.dtype)


def adjust_sharpness(image: Tensor, factor: float) -> Tensor:
    _not_negative("sharpness_factor", factor)
    _channels(image)
    if min(image.shape[-2:]) <= 2:
        return image
    kernel = torch.ones(3, 3, dtype=_float(image))
    kernel[1, 1] = 5.0
    kernel = kernel / kernel.sum()
    batch = image.reshape(-1, 1, *image.shape[-2:]).to(kernel.dtype)
    inner = F.conv2d(batch, kernel[None, None])
    if not image.is_floating_point():
        inner = inner.round()
    smooth = image.clone()
    smooth[..., 1:-1, 1:-1] = inner.reshape(*image.shape[:-2], *inner.shape[-2:]).to(image.dtype)
    return _blend(image, smooth, factor)


def autocontrast(image: Tensor) -> Tensor:
    """Each channel stretched to the whole range; one that has a single colour is left alone."""
    _channels(image)
    floats = image if image.is_floating_point() else image.to(torch.float32)
    low, high = floats.amin((-2, -1), keepdim=True), floats.amax((-2, -1), keepdim=True)
    flat, largest = low == high, bound(image.dtype)
    scale = torch.where(flat, 1.0, largest / torch.where(flat, 1.0, high - low))
    return ((floats - torch.where(flat, 0.0, low)) * scale).clamp(0, largest).to(image.dtype)


def equalize(image: Tensor) -> Tensor:
    """Each channel so that all colours are about equally frequent; uint8 only."""
    _channels(image)
    if image.dtype is not torch.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {image.dtype}")
    planes = image.reshape(-1, *image.shape[-2:])
    return torch.stack([_equalized(plane) for plane in planes]).reshape(image.shape)


def invert(image: Tensor) -> Tensor:
    _channels(image)
    return bound(image.dtype) - image


def posterize(image: Tensor, bits: int) -> Tensor:
    """The highest bits of uint8 colours."""
    if image.dtype is not torch.uint8:
        raise TypeError(f"Only torch.uint8 image tensors are supported, but found {image.dtype}")
    return image & (256 - 2 ** (8 - bits))


def solarize(image: Tensor, threshold: float) -> Tensor:
    """Colours from a threshold on inverted."""
    if threshold > bound(image.dtype):
        raise TypeError("Threshold should be less than bound of img.")
    return torch.where(image >= threshold, invert(image), image)


def _equalized(plane: Tensor) -> Tensor:
    counts = torch.bincount(plane.reshape(-1).to(torch.int64), minlength=256)
    step = int(counts[counts != 0][:-1].sum()) // 255
    if step == 0:
        return plane
    below = counts.cumsum(0) - counts
    table = torch.div(below + step // 2, step, rounding_mode="floor").clamp(0, 255)
    return table[plane.to(torch.int64)].to(torch.uint8)


def _to_hsv(image: Tensor) -> Tensor:
    r, g, b = image.unbind(-3)
    value, least = image.amax(-3), image.amin(-3)
    grey, spread = value == least, value - least
    one = torch.ones_like(value)
    saturation = spread / torch.where(grey, one, value)
    width = torch.where(grey, one, spread)
    from_r, from_g, from_b = (value - r) / width, (value - g) / width, (value - b) / width
    sextant = torch.where(
        value == r,
        from_b - from_g,
        torch.where(value == g, 2.0 + from_r - from_b, 4.0 + from_g - from_r),
    )
    return torch.stack([(sextant / 6.0 + 1.0).fmod(1.0), saturation, value], -3)


def _from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    sextant = (hue * 6.0).floor()
    part = hue * 6.0 - sextant
    p = (value * (1.0 - saturation)).clamp(0, 1)
    q = (value * (1.0 - saturation * part)).clamp(0, 1)
    t = (value * (1.0 - saturation * (1.0 - part))).clamp(0, 1)
    chosen = sextant.to(torch.int64)[None] % 6
    rgb = (
        (value, q, p, p, t, value),
        (t, value, value, q, p, p),
        (p, p, t, value, value, q),
    )
    return torch.stack([torch.stack(c).gather(0, chosen)[0] for c in rgb], -3)


def _blend(image: Tensor, other: Tensor, factor: float) -> Tensor:
    factor = float(factor)
    mixed = factor * image + (1.0 - factor) * other
    return mixed.clamp(0, bound(image.dtype)).to(image.dtype)


def _float(image: Tensor) -> Any:
    return image.dtype if image.is_floating_point() else torch.float32


def _channels(image: Tensor) -> None:
    if image.ndim < 3 or image.shape[-3] not in (1, 3):
        found = image.shape[-3] if image.ndim >= 3 else f"the shape {tuple(image.shape)}"
        raise TypeError(
            f"Input image tensor permitted channel values are 1 or 3, but found {found}"
        )


def _not_negative(name: str, factor: float) -> None:
    if factor < 0:
        raise ValueError(f"{name} ({factor}) is not non-negative.")
