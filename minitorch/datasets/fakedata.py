"""Noise that looks like a data set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import minitorch as torch
from minitorch.datasets.vision import VisionDataset, image_of


class FakeData(VisionDataset):
    """Images of noise with random labels, the same each time, to try a program with.

    Args:
        size: how many there are.
        image_size: (channels, height, width).
        num_classes: how many labels there are.
        transform, target_transform: what becomes of an image and of a label, an int.
        random_offset: the seed of the first image.

    Raises:
        IndexError: an index of `size` or more.

    Example:
        >>> transform = torch.datasets.transforms.ToTensor()
        >>> data = torch.datasets.FakeData(8, (3, 16, 16), transform=transform)
        >>> data[0][0].shape
        torch.Size([3, 16, 16])
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.size, self.num_classes = size, num_classes
        self.image_size, self.random_offset = image_size, random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        generator = torch.Generator().manual_seed(index + self.random_offset)
        noise = torch.randn(*self.image_size, generator=generator)
        label = torch.randint(0, self.num_classes, (1,), generator=generator)
        pixels = (noise.numpy() * 255).astype(np.uint8).transpose(1, 2, 0)
        if pixels.shape[2] == 1:
            pixels = pixels[:, :, 0]
        return self._item(image_of(np.ascontiguousarray(pixels)), label.item())

    def __len__(self) -> int:
        return self.size
