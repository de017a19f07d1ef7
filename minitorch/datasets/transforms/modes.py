"""How pixels are interpolated."""

from __future__ import annotations

from enum import Enum


class InterpolationMode(Enum):
    """Ways to interpolate; BOX, HAMMING and LANCZOS are for PIL images alone."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_PILLOWS = ("NEAREST", "LANCZOS", "BILINEAR", "BICUBIC", "BOX", "HAMMING")  # its numbers 0 to 5


def interpolation_mode(mode: InterpolationMode | int) -> InterpolationMode:
    """A mode as it is given by a user, who may give Pillow's number of it."""
    if isinstance(mode, InterpolationMode):
        return mode
    if not isinstance(mode, int):
        raise TypeError(
            "Argument interpolation should be a InterpolationMode or a corresponding Pillow "
            f"integer constant, not {mode!r}"
        )
    return InterpolationMode[_PILLOWS[mode]]


def pillows_number(mode: InterpolationMode) -> int:
    """Pillow's number of a mode."""
    name = "NEAREST" if mode is InterpolationMode.NEAREST_EXACT else mode.name
    return _PILLOWS.index(name)
