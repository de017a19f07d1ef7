"""Transforms of images, with torchvision's names, arguments, numbers and random draws.

An image is a Tensor (channels, height, width), a PIL image, or an array (height, width) or
(height, width, channels), which stands for a PIL image where Pillow is not installed.
"""

from minitorch.datasets.transforms import functional
from minitorch.datasets.transforms.augmentations import RandAugment, TrivialAugmentWide
from minitorch.datasets.transforms.colors import (
    ColorJitter,
    GaussianBlur,
    Grayscale,
    RandomAdjustSharpness,
    RandomAutocontrast,
    RandomEqualize,
    RandomGrayscale,
    RandomInvert,
    RandomPosterize,
    RandomSolarize,
)
from minitorch.datasets.transforms.modes import InterpolationMode
from minitorch.datasets.transforms.motions import RandomAffine, RandomPerspective, RandomRotation
from minitorch.datasets.transforms.pieces import (
    Compose,
    ConvertImageDtype,
    Lambda,
    LinearTransformation,
    Normalize,
    PILToTensor,
    RandomApply,
    RandomChoice,
    RandomOrder,
    ToPILImage,
    ToTensor,
)
from minitorch.datasets.transforms.shapes import (
    CenterCrop,
    FiveCrop,
    Pad,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomVerticalFlip,
    Resize,
    TenCrop,
)

__all__ = [
    "InterpolationMode", "functional",
    "Compose", "ConvertImageDtype", "Lambda", "LinearTransformation", "Normalize", "PILToTensor",
    "RandomApply", "RandomChoice", "RandomOrder", "ToPILImage", "ToTensor",
    "CenterCrop", "FiveCrop", "Pad", "RandomAffine", "RandomCrop", "RandomErasing",
    "RandomHorizontalFlip", "RandomPerspective", "RandomResizedCrop", "RandomRotation",
    "RandomVerticalFlip", "Resize", "TenCrop",
    "RandAugment", "TrivialAugmentWide",
    "ColorJitter", "GaussianBlur", "Grayscale", "RandomAdjustSharpness", "RandomAutocontrast",
    "RandomEqualize", "RandomGrayscale", "RandomInvert", "RandomPosterize", "RandomSolarize",
]  # fmt: skip
