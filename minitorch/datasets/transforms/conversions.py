"""Images as Tensors, PIL images and arrays, and from one to another.

An array is an image `(height, width)` or `(height, width, channels)`: what data sets give as
items where Pillow is not installed.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.datasets.transforms import color
from minitorch.faces.tensor import Tensor

try:
    from minitorch.datasets.transforms import pil
except ImportError:  # Pillow is not installed
    pil = None  # type: ignore[assignment]

_MODES = {2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}


def is_pil_image(value: Any) -> bool:
    return pil is not None and pil.is_image(value)


def to_tensor(pic: Any) -> Tensor:
    """A PIL image or array as a Tensor (channels, height, width), its bytes scaled to [0, 1].

    Other numbers than uint8 are taken as they are.

    Raises:
        TypeError: neither a PIL image nor an ndarray.
        ValueError: an array of neither 2 nor 3 dimensions.

    Example:
        >>> image = np.array([[[0, 51, 255]]], dtype=np.uint8)
        >>> torch.datasets.transforms.functional.to_tensor(image).flatten()
        tensor([0.0000, 0.2000, 1.0000])
    """
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        image = from_array(pic)
    elif is_pil_image(pic):
        image = pil_to_tensor(pic)
        if pic.mode == "1":
            image = image.to(torch.uint8) * 255
        elif image.dtype is torch.uint16:  # of the modes I;16, which torchvision reads as signed
            image = image.to(torch.int16)
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if image.dtype is not torch.uint8:
        return image
    return image.to(torch.get_default_dtype()).div(255)


def pil_to_tensor(pic: Any) -> Tensor:
    """A PIL image as a Tensor (channels, height, width) of the same numbers.

    An array, which stands for an image where Pillow is not installed, is taken too.
    """
    if isinstance(pic, np.ndarray):
        return from_array(pic)
    if not is_pil_image(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return from_array(np.asarray(pic))


def from_array(pixels: np.ndarray) -> Tensor:
    """An image as the Tensor (channels, height, width) of its numbers, on memory of its own."""
    planes = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return torch.from_numpy(planes.copy(order="C"))


def to_array(image: Tensor, like: np.ndarray | None = None) -> np.ndarray:
    """The array of a Tensor (channels, height, width); grey ones have no channels.

    They have if `like`, the array that the image was made of, has a single one.
    """
    pixels = image.detach().numpy()
    if len(pixels) == 1 and not (like is not None and like.ndim == 3 and like.shape[2] == 1):
        return np.ascontiguousarray(pixels[0])
    return np.ascontiguousarray(pixels.transpose(1, 2, 0))


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A Tensor (channels, height, width) or array as a PIL image; needs Pillow.

    Floating-point numbers are taken to be in [0, 1]. `mode` is Pillow's name of the kind of
    image; None is grey, LA, RGB or RGBA by the number of channels.
    """
    if pil is None:
        raise ModuleNotFoundError(
            "to_pil_image makes PIL images, and Pillow is not installed: pip install pillow",
            name="PIL",
        )
    if isinstance(pic, Tensor):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        planes = pic[None] if pic.ndim == 2 else pic
        pixels = planes.detach().numpy().transpose(1, 2, 0)
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        pixels = pic if pic.ndim == 3 else pic[:, :, None]
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
    channels = pixels.shape[2]
    if channels > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
    if np.issubdtype(pixels.dtype, np.floating) and mode != "F":
        pixels = (pixels * 255).astype(np.uint8)
    return _pil_image(np.ascontiguousarray(pixels), _mode(pixels, mode))


def _mode(pixels: np.ndarray, mode: str | None) -> str:
    channels = pixels.shape[2]
    if channels == 1:
        deep = "I;16" if sys.byteorder == "little" else "I;16B"
        modes = {"uint8": "L", "int16": deep, "uint16": deep, "int32": "I", "float32": "F"}
        expected = modes.get(pixels.dtype.name)
        if mode is not None and mode != expected:
            raise ValueError(
                f"Incorrect mode ({mode}) supplied for input type {pixels.dtype}. "
                f"Should be {expected}"
            )
        mode = expected
    else:
        permitted = _MODES[channels]
        if mode is not None and mode not in permitted:
            raise ValueError(f"Only modes {list(permitted)} are supported for {channels}D inputs")
        if mode is None and pixels.dtype == np.uint8:
            mode = permitted[0]
    if mode is None:
        raise TypeError(f"Input type {pixels.dtype} is not supported")
    return mode


def _pil_image(pixels: np.ndarray, mode: str) -> Any:
    if pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
        return pil.Image.fromarray(pixels.astype(np.uint16) if mode.startswith("I;") else pixels)
    if mode in ("RGB", "RGBA", "LA"):
        return pil.Image.fromarray(pixels)
    height, width, _ = pixels.shape
    return pil.Image.frombytes(mode, (width, height), pixels.tobytes())


convert_image_dtype = color.convert_image_dtype
