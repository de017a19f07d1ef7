"""What the readers of image data sets have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.utils.data import Dataset

try:
    from PIL import Image
except ImportError:  # Pillow is not installed
    Image = None  # type: ignore[assignment]

Transform = Callable[..., Any]


class VisionDataset(Dataset[Any]):
    """Images with targets, in the folder `root`, that transforms are applied to.

    Give `transform` for images and `target_transform` for targets, or `transforms`, which takes
    both and returns both.

    An image is a PIL image if Pillow is installed, and otherwise an array of bytes, (height,
    width) or (height, width, channels), which all of `minitorch.datasets.transforms` take too.

    Raises:
        ValueError: both `transforms` and one of the others.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        transforms: Transform | None = None,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError(
                "Only transforms or transform/target_transform can be passed as argument"
            )
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transform, self.target_transform = transform, target_transform
        if transform is not None or target_transform is not None:
            transforms = StandardTransform(transform, target_transform)
        self.transforms = transforms

    def __len__(self) -> int:
        raise NotImplementedError

    def _item(self, image: Any, target: Any) -> tuple[Any, Any]:
        """An image and its target, transformed."""
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"Root location: {self.root}")
        lines += self.extra_repr().splitlines()
        if self.transforms is not None:
            lines.append(repr(self.transforms))
        return "\n".join([f"Dataset {type(self).__name__}", *(f"    {line}" for line in lines)])

    def extra_repr(self) -> str:
        """More lines for what is printed."""
        return ""


class StandardTransform:
    """A transform of images and one of targets, as one of both."""

    def __init__(
        self, transform: Transform | None = None, target_transform: Transform | None = None
    ) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        lines = [type(self).__name__]
        for head, transform in (
            ("Transform: ", self.transform),
            ("Target transform: ", self.target_transform),
        ):
            if transform is not None:
                first, *rest = repr(transform).splitlines()
                lines += [head + first, *(" " * len(head) + line for line in rest)]
        return "\n".join(lines)


def image_of(pixels: np.ndarray) -> Any:
    """Bytes (height, width[, channels]) as an image: a PIL image if there can be."""
    return pixels if Image is None else Image.fromarray(pixels)
