"""Small data sets that ship with the package or are computed; readers for standard image files.

digits, iris, names, text, two_moons and its like need no network. MNIST, CIFAR10 and the other
readers, and `transforms`, have torchvision's interface, layout of files and numbers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from minitorch.datasets.generated import blobs, circles, sine_waves, spirals, two_moons
from minitorch.datasets.texts import names, text
from minitorch.datasets.uci import digits, iris

if TYPE_CHECKING:
    from minitorch.datasets import images, transforms, utils
    from minitorch.datasets.cifar import CIFAR10, CIFAR100
    from minitorch.datasets.fakedata import FakeData
    from minitorch.datasets.folder import DatasetFolder, ImageFolder
    from minitorch.datasets.mnist import EMNIST, KMNIST, MNIST, FashionMNIST
    from minitorch.datasets.vision import VisionDataset

_READERS = {
    "cifar": ("CIFAR10", "CIFAR100"),
    "fakedata": ("FakeData",),
    "folder": ("DatasetFolder", "ImageFolder"),
    "mnist": ("EMNIST", "KMNIST", "MNIST", "FashionMNIST"),
    "vision": ("VisionDataset",),
}
_HOME = {name: module for module, readers in _READERS.items() for name in readers}
_MODULES = ("images", "transforms", "utils", *_READERS)

__all__ = [
    "digits", "iris",
    "blobs", "circles", "sine_waves", "spirals", "two_moons",
    "names", "text",
    "CIFAR10", "CIFAR100", "EMNIST", "FashionMNIST", "KMNIST", "MNIST",
    "DatasetFolder", "FakeData", "ImageFolder", "VisionDataset",
    "images", "transforms",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Readers and transforms, imported when first asked for."""
    if name in _HOME:
        return getattr(importlib.import_module(f"minitorch.datasets.{_HOME[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"minitorch.datasets.{name}")
    raise AttributeError(f"module 'minitorch.datasets' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
