"""Convolutional nets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import by_hand_nets, products
from ..optimizers import SGD, Adam
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch, losses
from .functions import batch_norm, cross_entropy, linear

STAGES = ((16, 16, 1), (16, 32, 2), (32, 64, 2))  # inputs, outputs and stride of each block


def cnn() -> Problem:
    """Two convolutions, 1 to 16 to 32 channels, with pooling, on 64 images of 28x28."""
    draw = Draw()
    weights = draw.convolution("0", 1, 16) | draw.convolution("3", 16, 32)
    weights |= draw.linear("7", 32 * 7 * 7, 10)
    return Problem(weights, (draw.normal(64, 1, 28, 28), draw.labels(10, 64)))


def torch_cnn(face: Torch, problem: Problem) -> Running:
    nn = face.torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    return face.training(problem, model, nn.functional.cross_entropy)


def jax_cnn(face: Functional, problem: Problem) -> Running:
    def loss(face: Functional, weights: Any, x: Any, labels: Any) -> Any:
        for name in ("0", "3"):
            y = _convolved(weights[f"{name}.weight"], x)
            x = _pooled(face.np.maximum(y + weights[f"{name}.bias"][:, None, None], 0))
        return cross_entropy(face.np, linear(weights, "7", x.reshape(len(x), -1)), labels)

    return face.training(problem, loss, Adam())


def cnn_by_hand(problem: Problem) -> Running:
    return losses(by_hand_nets.Cnn(problem).step)


def cnn_products(problem: Problem) -> Iterator[products.Product]:
    yield from products.convolution(64, 28 * 28, 1, 16, first=True)
    yield from products.convolution(64, 14 * 14, 16, 32)
    yield from products.linear(64, 32 * 7 * 7, 10)


def resnet() -> Problem:
    """Three residual blocks with batch norm, 16 to 64 channels, on 32 images of 3x32x32."""
    draw = Draw()
    weights = draw.convolution("stem", 3, 16, bias=False) | draw.norm("norm", 16)
    for i, (inputs, outputs, _) in enumerate(STAGES):
        name = f"blocks.{i}"
        weights |= draw.convolution(f"{name}.first", inputs, outputs, bias=False)
        weights |= draw.convolution(f"{name}.second", outputs, outputs, bias=False)
        weights |= draw.norm(f"{name}.norm1", outputs) | draw.norm(f"{name}.norm2", outputs)
        if inputs != outputs:
            weights |= draw.convolution(f"{name}.short", inputs, outputs, 1, bias=False)
    weights |= draw.linear("head", 64, 10)
    return Problem(weights, (draw.normal(32, 3, 32, 32), draw.labels(10, 32)))


def torch_resnet(face: Torch, problem: Problem) -> Running:
    nn, F = face.torch.nn, face.torch.nn.functional

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int):
            super().__init__()
            self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
            self.norm1, self.norm2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
            self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
            self.short = (
                nn.Identity()
                if inputs == outputs
                else nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            )

        def forward(self, x: Any) -> Any:
            y = F.relu(self.norm1(self.first(x)))
            return F.relu(self.norm2(self.second(y)) + self.short(x))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.norm = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
            self.blocks = nn.Sequential(*[Block(*stage) for stage in STAGES])
            self.head = nn.Linear(64, 10)

        def forward(self, x: Any) -> Any:
            y = self.blocks(F.relu(self.norm(self.stem(x))))
            return self.head(F.adaptive_avg_pool2d(y, 1).flatten(1))

    return face.training(problem, Model(), F.cross_entropy, "SGD", lr=0.01, momentum=0.9)


def jax_resnet(face: Functional, problem: Problem) -> Running:
    np = face.np

    def block(weights: Any, name: str, x: Any, stride: int) -> Any:
        y = _convolved(weights[f"{name}.first.weight"], x, stride)
        y = np.maximum(batch_norm(np, weights, f"{name}.norm1", y), 0)
        y = _convolved(weights[f"{name}.second.weight"], y)
        short = weights.get(f"{name}.short.weight")
        x = x if short is None else _convolved(short, x, stride)
        return np.maximum(batch_norm(np, weights, f"{name}.norm2", y) + x, 0)

    def loss(face: Functional, weights: Any, x: Any, labels: Any) -> Any:
        y = _convolved(weights["stem.weight"], x)
        y = np.maximum(batch_norm(np, weights, "norm", y), 0)
        for i, (_, _, stride) in enumerate(STAGES):
            y = block(weights, f"blocks.{i}", y, stride)
        return cross_entropy(np, linear(weights, "head", np.mean(y, axis=(2, 3))), labels)

    return face.training(problem, loss, SGD(0.01, 0.9))


def resnet_products(problem: Problem) -> Iterator[products.Product]:
    yield from products.convolution(32, 32 * 32, 3, 16, first=True)
    for (inputs, outputs, _), pixels in zip(STAGES, (32 * 32, 16 * 16, 8 * 8)):
        yield from products.convolution(32, pixels, inputs, outputs)
        yield from products.convolution(32, pixels, outputs, outputs)
        if inputs != outputs:
            yield from products.convolution(32, pixels, inputs, outputs, size=1)
    yield from products.linear(32, 64, 10)


def _convolved(kernel: Any, images: Any, stride: int = 1) -> Any:
    from jax import lax

    edge = kernel.shape[-1] // 2
    return lax.conv_general_dilated(images, kernel, (stride, stride), [(edge, edge)] * 2)


def _pooled(images: Any) -> Any:
    from jax import lax

    size = (1, 1, 2, 2)
    return lax.reduce_window(images, -float("inf"), lax.max, size, size, "VALID")
