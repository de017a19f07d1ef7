"""Augmentation by operations drawn from a fixed list, for uint8 Tensors and PIL images.

Draws come in torchvision's order from PyTorch's default generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import minitorch as torch
from minitorch.datasets.transforms import functional as F
from minitorch.datasets.transforms.modes import InterpolationMode
from minitorch.datasets.transforms.motions import of_channels
from minitorch.datasets.transforms.shapes import whole
from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module


class _Strengths(NamedTuple):
    """How strong operations are at most."""

    shear: float
    shift: tuple[float, float]  # in pixels, along x and y
    angle: float
    enhancement: float
    bits: int  # that posterizing takes away


def _affine(
    img: Any, look: Any, shift: Any = (0, 0), shear: Any = (0.0, 0.0), at: Any = None
) -> Any:
    mode, fill = look
    return F.affine(img, 0.0, shift, 1.0, shear, mode, fill, at)


def _degrees(slope: float) -> float:
    return math.degrees(math.atan(slope))


# (what is done to an image with a strength and (interpolation, fill), whether its sign is drawn)
_OPERATIONS: tuple[tuple[Callable[..., Any], bool], ...] = (
    (lambda img, m, look: img, False),
    (lambda img, m, look: _affine(img, look, shear=(_degrees(m), 0.0), at=[0, 0]), True),
    (lambda img, m, look: _affine(img, look, shear=(0.0, _degrees(m)), at=[0, 0]), True),
    (lambda img, m, look: _affine(img, look, shift=(int(m), 0)), True),
    (lambda img, m, look: _affine(img, look, shift=(0, int(m))), True),
    (lambda img, m, look: F.rotate(img, m, look[0], fill=look[1]), True),
    (lambda img, m, look: F.adjust_brightness(img, 1.0 + m), True),
    (lambda img, m, look: F.adjust_saturation(img, 1.0 + m), True),
    (lambda img, m, look: F.adjust_contrast(img, 1.0 + m), True),
    (lambda img, m, look: F.adjust_sharpness(img, 1.0 + m), True),
    (lambda img, m, look: F.posterize(img, int(m)), False),
    (lambda img, m, look: F.solarize(img, m), False),
    (lambda img, m, look: F.autocontrast(img), False),
    (lambda img, m, look: F.equalize(img), False),
)


def _scale(operation: int, most: _Strengths, steps: int) -> Tensor | None:
    """The strengths that an operation of the list can have; None if it has none."""
    if operation in (0, 12, 13):
        return None
    if operation == 10:
        return 8 - (torch.arange(steps) / ((steps - 1) / most.bits)).round().int()
    if operation == 11:
        return torch.linspace(255.0, 0.0, steps)
    tops = (most.shear, most.shear, *most.shift, most.angle, *[most.enhancement] * 4)
    return torch.linspace(0.0, tops[operation - 1], steps)


class _Drawn(Module):
    """One or more operations, each drawn from the list."""

    interpolation: InterpolationMode
    fill: Any
    num_magnitude_bins: int

    def _strengths(self, height: int, width: int) -> _Strengths:
        raise NotImplementedError

    def _step(self) -> int:
        """Which of the strengths an operation gets."""
        raise NotImplementedError

    def _once(self, img: Any, most: _Strengths, look: Any) -> Any:
        operation = whole(len(_OPERATIONS))
        scale = _scale(operation, most, self.num_magnitude_bins)
        strength = 0.0 if scale is None else float(scale[self._step()].item())
        apply, signed = _OPERATIONS[operation]
        if signed and whole(2):
            strength = -strength
        return apply(img, strength, look)

    def _repeated(self, img: Any, times: int) -> Any:
        fill = self.fill
        if fill is not None:
            fill = of_channels(img, fill)
        _, height, width = F.get_dimensions(img)
        most = self._strengths(height, width)
        for _ in range(times):
            img = self._once(img, most, (self.interpolation, fill))
        return img


class RandAugment(_Drawn):
    """A few random operations of one strength (Cubuk et al. 2019, arXiv:1909.13719).

    Args:
        num_ops: how many operations, one after another.
        magnitude: their strength, below `num_magnitude_bins`.
        num_magnitude_bins: how many strengths there are.
        interpolation, fill: those of `functional.affine`.
    """

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        interpolation: InterpolationMode = InterpolationMode.NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__()
        self.num_ops, self.magnitude = num_ops, magnitude
        self.num_magnitude_bins = num_magnitude_bins
        self.interpolation, self.fill = interpolation, fill

    def _strengths(self, height: int, width: int) -> _Strengths:
        shift = (150.0 / 331.0 * width, 150.0 / 331.0 * height)
        return _Strengths(0.3, shift, 30.0, 0.9, 4)

    def _step(self) -> int:
        return self.magnitude

    def forward(self, img: Any) -> Any:
        return self._repeated(img, self.num_ops)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(num_ops={self.num_ops}, magnitude={self.magnitude}, "
            f"num_magnitude_bins={self.num_magnitude_bins}, interpolation={self.interpolation}, "
            f"fill={self.fill})"
        )


class TrivialAugmentWide(_Drawn):
    """One random operation of a random strength (Müller and Hutter 2021, arXiv:2103.10158).

    Arguments as those of `RandAugment`.
    """

    def __init__(
        self,
        num_magnitude_bins: int = 31,
        interpolation: InterpolationMode = InterpolationMode.NEAREST,
        fill: Any = None,
    ) -> None:
        super().__init__()
        self.num_magnitude_bins = num_magnitude_bins
        self.interpolation, self.fill = interpolation, fill

    def _strengths(self, height: int, width: int) -> _Strengths:
        return _Strengths(0.99, (32.0, 32.0), 135.0, 0.99, 6)

    def _step(self) -> int:
        return whole(self.num_magnitude_bins)

    def forward(self, img: Any) -> Any:
        return self._repeated(img, 1)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(num_magnitude_bins={self.num_magnitude_bins}, "
            f"interpolation={self.interpolation}, fill={self.fill})"
        )
