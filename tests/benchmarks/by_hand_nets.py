"""A convolutional net and a variational autoencoder, by hand in NumPy."""

from __future__ import annotations

import numpy as np

from .by_hand import Flat, cross_entropy
from .problems import Problem


class Cnn(Flat):
    """Convolutions as products of their windows, gathered into columns and gathered again."""

    def __init__(self, problem: Problem):
        super().__init__(problem, "Adam")
        self.images, self.labels = problem.batch

    def step(self) -> np.floating:
        first, choice1 = pooled(np.maximum(self.convolved("0", self.images), 0))
        second, choice2 = pooled(np.maximum(self.convolved("3", first), 0))
        flat = second.reshape(len(second), -1)
        loss, slope = cross_entropy(self.linear("7", flat), self.labels)
        slope = self.linear_backward("7", flat, slope).reshape(second.shape)
        slope = spread(slope * (second > 0), choice2)
        self.kernel_slopes("3", first, slope)
        slope = self.convolution_backward("3", slope)
        self.kernel_slopes("0", self.images, spread(slope * (first > 0), choice1))
        self.update()
        return loss

    def convolved(self, name: str, images: np.ndarray) -> np.ndarray:
        weight = self.parameters[f"{name}.weight"]
        y = weight.reshape(len(weight), -1) @ columns(images)
        y += self.parameters[f"{name}.bias"][:, None]
        return y.reshape(len(images), len(weight), *images.shape[2:])

    def kernel_slopes(self, name: str, images: np.ndarray, slope: np.ndarray) -> None:
        gradient = self.gradients[f"{name}.weight"]
        flat = slope.reshape(*slope.shape[:2], -1)
        total = np.matmul(flat, columns(images).transpose(0, 2, 1)).sum(0)
        gradient[...] = total.reshape(gradient.shape)
        flat.sum((0, 2), out=self.gradients[f"{name}.bias"])

    def convolution_backward(self, name: str, slope: np.ndarray) -> np.ndarray:
        weight = self.parameters[f"{name}.weight"]
        n, _, h, w = slope.shape
        turned = weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(weight.shape[1], -1)
        return (turned @ columns(slope)).reshape(n, -1, h, w)


def columns(images: np.ndarray) -> np.ndarray:
    """The 3x3 windows around each pixel: (images, channels * 9, pixels)."""
    n, c, h, w = images.shape
    edged = np.zeros((n, c, h + 2, w + 2), images.dtype)
    edged[:, :, 1:-1, 1:-1] = images
    windows = np.lib.stride_tricks.sliding_window_view(edged, (h, w), axis=(2, 3))
    return windows.reshape(n, c * 9, h * w)


def pooled(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest of each 2x2 pixels, and where it stands."""
    n, c, h, w = images.shape
    tiles = images.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    tiles = tiles.reshape(n, c, h // 2, w // 2, 4)
    choice = tiles.argmax(-1)[..., None]
    return np.take_along_axis(tiles, choice, -1)[..., 0], choice


def spread(slope: np.ndarray, choice: np.ndarray) -> np.ndarray:
    """Slopes where the largest stood, zeros elsewhere."""
    n, c, h, w = slope.shape
    tiles = np.zeros((n, c, h, w, 4), slope.dtype)
    np.put_along_axis(tiles, choice, slope[..., None], -1)
    tiles = tiles.reshape(n, c, h, w, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    return tiles.reshape(n, c, 2 * h, 2 * w)


class Vae(Flat):
    """Perceptrons on both sides of a code with noise."""

    def __init__(self, problem: Problem):
        super().__init__(problem, "Adam")
        (self.images,) = problem.batch

    def step(self, noise: np.ndarray) -> np.floating:
        x = self.images
        hidden = np.maximum(self.linear("encoder", x), 0)
        mean, spread = self.linear("mean", hidden), self.linear("spread", hidden)
        scale = np.exp(0.5 * spread)
        code = mean + noise * scale
        decoded = np.maximum(self.linear("decoder", code), 0)
        y = self.linear("pixels", decoded)
        fit = (np.maximum(y, 0) - x * y + np.log1p(np.exp(-np.abs(y)))).sum()
        loss = fit - 0.5 * (1 + spread - mean**2 - scale**2).sum()

        slope = 1 / (1 + np.exp(-y)) - x
        slope = self.linear_backward("pixels", decoded, slope) * (decoded > 0)
        slope = self.linear_backward("decoder", code, slope)
        along_spread = 0.5 * (slope * noise * scale - 1 + scale**2)
        slope = self.linear_backward("mean", hidden, slope + mean)
        slope += self.linear_backward("spread", hidden, along_spread)
        self.linear_slopes("encoder", x, slope * (hidden > 0))
        self.update()
        return loss
