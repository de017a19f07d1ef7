"""How transforms are put together, and from one kind of image to another."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import minitorch as torch
from minitorch.datasets.transforms import functional as F
from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.module import Module

Transform = Callable[[Any], Any]


class Compose:
    """Transforms one after another.

    Example:
        >>> T = torch.datasets.transforms
        >>> transform = T.Compose([T.ToTensor(), T.Normalize((0.5,), (0.5,))])
        >>> transform(np.zeros((28, 28), np.uint8)).shape
        torch.Size([1, 28, 28])
    """

    def __init__(self, transforms: Sequence[Transform]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return _lines(self, self.transforms)


class ToTensor:
    """A PIL image or array as a float Tensor (channels, height, width) from 0 to 1.

    `functional.to_tensor` tells more.
    """

    def __call__(self, pic: Any) -> Tensor:
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PILToTensor:
    """A PIL image or array as a Tensor (channels, height, width) of the same numbers."""

    def __call__(self, pic: Any) -> Tensor:
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToPILImage:
    """A Tensor (channels, height, width) or an array as a PIL image; needs Pillow."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        mode = "" if self.mode is None else f"mode={self.mode}"
        return f"{type(self).__name__}({mode})"


class Lambda:
    """Any function as a transform.

    Example:
        >>> torch.datasets.transforms.Lambda(lambda x: x * 2)(3)
        6
    """

    def __init__(self, lambd: Transform) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ConvertImageDtype(Module):
    """A Tensor's colours in another dtype, scaled to its range."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Tensor) -> Tensor:
        return F.convert_image_dtype(image, self.dtype)


class Normalize(Module):
    """`(image - mean) / std` with a mean and a standard deviation for each channel.

    Example:
        >>> torch.datasets.transforms.Normalize([0.5], [0.5])(torch.zeros(1, 1, 2))
        tensor([[[-1., -1.]]])
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Tensor) -> Tensor:
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class LinearTransformation(Module):
    """A flattened image less a mean, times a square matrix: whitening, for instance."""

    def __init__(self, transformation_matrix: Tensor, mean_vector: Tensor) -> None:
        super().__init__()
        size = transformation_matrix.size(0)
        if size != transformation_matrix.size(1):
            raise ValueError(
                "transformation_matrix should be square. Got "
                f"{transformation_matrix.size()} rectangular matrix."
            )
        if mean_vector.size(0) != size:
            raise ValueError(
                f"mean_vector should have the same length {mean_vector.size(0)} as any one of "
                f"the dimensions of the transformation_matrix [{transformation_matrix.size()}]"
            )
        self.transformation_matrix, self.mean_vector = transformation_matrix, mean_vector

    def forward(self, tensor: Tensor) -> Tensor:
        shape = tensor.shape
        numbers = shape[-3] * shape[-2] * shape[-1]
        if numbers != self.transformation_matrix.shape[0]:
            raise ValueError(
                "Input tensor and transformation matrix have incompatible shape."
                f"[{shape[-3]} x {shape[-2]} x {shape[-1]}] != "
                f"{self.transformation_matrix.shape[0]}"
            )
        flat = tensor.reshape(-1, numbers) - self.mean_vector
        return torch.mm(flat, self.transformation_matrix).reshape(shape)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(transformation_matrix={self.transformation_matrix.tolist()}, "
            f"mean_vector={self.mean_vector.tolist()})"
        )


class RandomApply(Module):
    """All of some transforms with the probability p, or none."""

    def __init__(self, transforms: Sequence[Transform], p: float = 0.5) -> None:
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, img: Any) -> Any:
        if self.p < torch.rand(1):
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return _lines(self, self.transforms, f"    p={self.p}")


class _Several:
    def __init__(self, transforms: Sequence[Transform]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError("Argument transforms should be a sequence")
        self.transforms = transforms

    def __repr__(self) -> str:
        return _lines(self, self.transforms)


class RandomOrder(_Several):
    """Transforms one after another, in an order drawn by Python's `random`."""

    def __call__(self, img: Any) -> Any:
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for i in order:
            img = self.transforms[i](img)
        return img


class RandomChoice(_Several):
    """One of some transforms, drawn by Python's `random`, with odds `p` if they are given."""

    def __init__(self, transforms: Sequence[Transform], p: Sequence[float] | None = None) -> None:
        super().__init__(transforms)
        if p is not None and not isinstance(p, Sequence):
            raise TypeError("Argument p should be a sequence")
        self.p = p

    def __call__(self, *args: Any) -> Any:
        return random.choices(self.transforms, weights=self.p)[0](*args)

    def __repr__(self) -> str:
        return f"{super().__repr__()}(p={self.p})"


def _lines(self: Any, transforms: Sequence[Transform], first: str = "") -> str:
    lines = [f"{type(self).__name__}(", *([first] if first else [])]
    return "\n".join([*lines, *(f"    {transform}" for transform in transforms), ")"])
