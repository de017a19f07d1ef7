"""What a program sees as `torchvision`: data sets, transforms and images of minitorch's."""

from __future__ import annotations

import minitorch
from minitorch import datasets
from minitorch.datasets import images as utils
from minitorch.datasets import transforms

__all__ = ["datasets", "get_image_backend", "set_image_backend", "transforms", "utils"]

__version__ = f"0.28.0+minitorch{minitorch.__version__}"


def get_image_backend() -> str:
    """What reads images: Pillow."""
    return "PIL"


def set_image_backend(backend: str) -> None:
    """Choose what reads images, which only Pillow does."""
    if backend not in ("PIL", "accimage"):
        raise ValueError(f"Invalid backend '{backend}'. Options are 'PIL' and 'accimage'")
    if backend == "accimage":
        raise NotImplementedError("minitorch has no image backend 'accimage': Pillow reads images")
