"""Transforms that turn, move, scale and shear images at random, as torchvision's do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import minitorch as torch
from minitorch.datasets.transforms import functional as F
from minitorch.datasets.transforms.modes import InterpolationMode, interpolation_mode
from minitorch.datasets.transforms.shapes import uniform, whole
from minitorch.nn.modules.module import Module

_NEAREST, _BILINEAR = InterpolationMode.NEAREST, InterpolationMode.BILINEAR


class RandomRotation(Module):
    """An image turned by an angle between `degrees`, or between `-degrees` and `degrees`."""

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: InterpolationMode | int = _NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.degrees = _around_zero(degrees, "degrees", (2,))
        self.interpolation, self.resample = (interpolation_mode(interpolation),) * 2
        self.expand, self.center = expand, _checked_center(center)
        self.fill = _checked_fill(fill)

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        """A random angle."""
        return uniform(degrees[0], degrees[1])

    def forward(self, img: Any) -> Any:
        fill = of_channels(img, self.fill)
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, fill)

    def __repr__(self) -> str:
        center = "" if self.center is None else f", center={self.center}"
        fill = "" if self.fill is None else f", fill={self.fill}"
        return (
            f"{type(self).__name__}(degrees={self.degrees}, "
            f"interpolation={self.interpolation.value}, expand={self.expand}{center}{fill})"
        )


class RandomAffine(Module):
    """An image turned, moved, scaled and sheared at random.

    Args:
        degrees: the angles from and to, or the largest either way.
        translate: the largest shifts along x and y, as parts of the width and height.
        scale: the factors from and to.
        shear: the largest angle along x; or from and to; or those of x and of y, four numbers.
        fill: the colour outside of the image.
        center: (x, y) of what stays; the middle if None.
    """

    def __init__(
        self,
        degrees: float | Sequence[float],
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: float | Sequence[float] | None = None,
        interpolation: InterpolationMode | int = _NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.degrees = _around_zero(degrees, "degrees", (2,))
        if translate is not None:
            _checked_pair(translate, "translate")
            if not all(0.0 <= share <= 1.0 for share in translate):
                raise ValueError("translation values should be between 0 and 1")
        if scale is not None:
            _checked_pair(scale, "scale")
            if min(scale) <= 0:
                raise ValueError("scale values should be positive")
        self.translate, self.scale = translate, scale
        self.shear = None if shear is None else _around_zero(shear, "shear", (2, 4))
        self.interpolation, self.resample = (interpolation_mode(interpolation),) * 2
        self.fill = self.fillcolor = _checked_fill(fill)
        self.center = _checked_center(center)

    @staticmethod
    def get_params(
        degrees: Sequence[float],
        translate: Sequence[float] | None,
        scale_ranges: Sequence[float] | None,
        shears: Sequence[float] | None,
        img_size: Sequence[int],
    ) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """A random angle, shift along x and y, scale, shear along x and y."""
        angle = uniform(degrees[0], degrees[1])
        shift = (0, 0)
        if translate is not None:
            x, y = (float(share * size) for share, size in zip(translate, img_size))
            shift = (round(uniform(-x, x)), round(uniform(-y, y)))
        scale = 1.0 if scale_ranges is None else uniform(scale_ranges[0], scale_ranges[1])
        shear = (0.0, 0.0)
        if shears is not None:
            along_x = uniform(shears[0], shears[1])
            shear = (along_x, uniform(shears[2], shears[3]) if len(shears) == 4 else 0.0)
        return angle, shift, scale, shear

    def forward(self, img: Any) -> Any:
        fill = of_channels(img, self.fill)
        size = F.get_image_size(img)
        params = self.get_params(self.degrees, self.translate, self.scale, self.shear, size)
        return F.affine(img, *params, self.interpolation, fill, self.center)

    def __repr__(self) -> str:
        given = [
            f"degrees={self.degrees}",
            *(
                f"{name}={getattr(self, name)}"
                for name in ("translate", "scale", "shear")
                if getattr(self, name) is not None
            ),
        ]
        if self.interpolation is not _NEAREST:
            given.append(f"interpolation={self.interpolation.value}")
        if self.fill != 0:
            given.append(f"fill={self.fill}")
        if self.center is not None:
            given.append(f"center={self.center}")
        return f"{type(self).__name__}({', '.join(given)})"


class RandomPerspective(Module):
    """An image seen askew, with the probability p; `distortion_scale` is from 0 to 1."""

    def __init__(
        self,
        distortion_scale: float = 0.5,
        p: float = 0.5,
        interpolation: InterpolationMode | int = _BILINEAR,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.p, self.distortion_scale = p, distortion_scale
        self.interpolation = interpolation_mode(interpolation)
        self.fill = _checked_fill(fill)

    @staticmethod
    def get_params(
        width: int, height: int, distortion_scale: float
    ) -> tuple[list[list[int]], list[list[int]]]:
        """The corners from the upper left one around, and where they come to be."""
        x, y = (int(distortion_scale * (size // 2)) + 1 for size in (width, height))
        right, bottom = width - 1, height - 1
        start = [[0, 0], [right, 0], [right, bottom], [0, bottom]]
        end = []
        for at_x, at_y in start:
            new_x = whole(x) + (width - x if at_x else 0)  # drawn before y
            end.append([new_x, whole(y) + (height - y if at_y else 0)])
        return start, end

    def forward(self, img: Any) -> Any:
        fill = of_channels(img, self.fill)
        if torch.rand(1) < self.p:
            _, height, width = F.get_dimensions(img)
            corners = self.get_params(width, height, self.distortion_scale)
            return F.perspective(img, *corners, self.interpolation, fill)
        return img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


def _around_zero(value: Any, name: str, lengths: tuple[int, ...]) -> list[float]:
    """A range; one number is the largest either way."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return [float(-value), float(value)]
    _checked_pair(value, name, lengths)
    return [float(number) for number in value]


def _checked_pair(value: Any, name: str, lengths: tuple[int, ...] = (2,)) -> None:
    expected = " or ".join(map(str, lengths))
    if not isinstance(value, Sequence):
        raise TypeError(f"{name} should be a sequence of length {expected}.")
    if len(value) not in lengths:
        raise ValueError(f"{name} should be a sequence of length {expected}.")


def _checked_center(center: Any) -> Any:
    if center is not None:
        _checked_pair(center, "center")
    return center


def _checked_fill(fill: Any) -> Any:
    if fill is None:
        return 0
    if not isinstance(fill, (int, float, Sequence)):
        raise TypeError("Fill should be either a sequence or a number.")
    return fill


def of_channels(img: Any, fill: Any) -> Any:
    """A colour with a number for each channel, which Tensors need."""
    if F.is_pil_image(img):
        return fill
    if isinstance(fill, (int, float)):
        return [float(fill)] * F.get_dimensions(img)[0]
    return [float(number) for number in fill]
