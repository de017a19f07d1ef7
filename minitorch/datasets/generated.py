"""Data sets that are computed: points in the plane of several kinds, and waves.

Each call draws new samples from PyTorch's random stream: seeded, they are the same again. A second
call gives samples to test on.
"""

from __future__ import annotations

import math

import minitorch as torch
from minitorch.faces.tensor import Tensor
from minitorch.random import Generator
from minitorch.utils.data import TensorDataset


def two_moons(
    n: int = 400, noise: float = 0.1, *, generator: Generator | None = None
) -> TensorDataset:
    """Two half circles that reach into each other: `(point, label)`, labels 0 and 1.

    Args:
        n: how many points; labels alternate.
        noise: the standard deviation of what is added to each coordinate.
        generator: where the random numbers come from; the default generator if None.

    Returns:
        A `TensorDataset` of float32 points `(n, 2)` and int64 labels `(n,)`.

    Example:
        >>> points, labels = torch.datasets.two_moons(100).tensors
        >>> points.shape, labels[:4]
        (torch.Size([100, 2]), tensor([0, 1, 0, 1]))
    """
    labels = _labels("two_moons", n, 2)
    angle = math.pi * torch.rand(n, generator=generator)
    upper = (labels == 0).to(angle.dtype)
    sign = 2 * upper - 1
    x = sign * torch.cos(angle) + (1 - upper)
    y = sign * torch.sin(angle) + 0.5 * (1 - upper)
    return _noisy(x, y, labels, noise, generator)


def circles(
    n: int = 400,
    noise: float = 0.05,
    *,
    factor: float = 0.5,
    generator: Generator | None = None,
) -> TensorDataset:
    """Two circles around the origin: label 0 with radius 1, label 1 with radius `factor`.

    Arguments and result as those of `two_moons`.

    Example:
        >>> points, labels = torch.datasets.circles(100, noise=0).tensors
        >>> points[:2].norm(dim=1)
        tensor([1.0000, 0.5000])
    """
    labels = _labels("circles", n, 2)
    angle = 2 * math.pi * torch.rand(n, generator=generator)
    radius = 1 + (factor - 1) * labels
    return _noisy(radius * torch.cos(angle), radius * torch.sin(angle), labels, noise, generator)


def spirals(
    n: int = 600,
    noise: float = 0.05,
    *,
    classes: int = 3,
    turns: float = 0.75,
    generator: Generator | None = None,
) -> TensorDataset:
    """Arms that wind around the origin, as many as `classes`, out to radius 1.

    `turns` is how far an arm goes around. Other arguments and the result are those of
    `two_moons`.

    Example:
        >>> points, labels = torch.datasets.spirals(90, classes=3).tensors
        >>> labels.bincount()
        tensor([30, 30, 30])
    """
    labels = _labels("spirals", n, classes)
    radius = torch.rand(n, generator=generator)
    angle = 2 * math.pi * (turns * radius + labels / classes)
    return _noisy(radius * torch.cos(angle), radius * torch.sin(angle), labels, noise, generator)


def blobs(
    n: int = 300,
    noise: float = 0.6,
    *,
    classes: int = 3,
    features: int = 2,
    generator: Generator | None = None,
) -> TensorDataset:
    """Round clouds, one for each class, about centres that are drawn uniformly from [-3, 3].

    `noise` is the standard deviation within a cloud, `features` the dimension of the points:
    `(n, features)`. Other arguments and the result are those of `two_moons`.

    Example:
        >>> points, labels = torch.datasets.blobs(60, classes=2, features=5).tensors
        >>> points.shape, labels.max()
        (torch.Size([60, 5]), tensor(1))
    """
    labels = _labels("blobs", n, classes)
    centres = 6 * torch.rand(classes, features, generator=generator) - 3
    spread = torch.randn(n, features, generator=generator)
    return TensorDataset(centres[labels] + noise * spread, labels)


def sine_waves(
    n: int = 100,
    length: int = 50,
    noise: float = 0.0,
    *,
    generator: Generator | None = None,
) -> TensorDataset:
    """Sine waves of random phase and period, to be foretold one step ahead: `(series, next)`.

    Periods are 10 to 40 steps. Noise of the standard deviation `noise` is added to the series,
    not to what they are to foretell.

    Returns:
        A `TensorDataset` of two float32 tensors `(n, length, 1)`, the second one step later.

    Example:
        >>> series, later = torch.datasets.sine_waves(8, length=20).tensors
        >>> series.shape, torch.equal(series[:, 1:], later[:, :-1])
        (torch.Size([8, 20, 1]), True)
    """
    if n < 1 or length < 1:
        raise ValueError(f"datasets.sine_waves: n and length are positive, not {n} and {length}")
    period = 10 + 30 * torch.rand(n, 1, generator=generator)
    phase = torch.rand(n, 1, generator=generator)
    waves = torch.sin(2 * math.pi * (torch.arange(length + 1) / period + phase)).unsqueeze(2)
    series = waves[:, :-1]
    if noise:
        series = series + noise * torch.randn(n, length, 1, generator=generator)
    return TensorDataset(series, waves[:, 1:])


def _labels(name: str, n: int, classes: int) -> Tensor:
    if n < 1 or classes < 1:
        raise ValueError(f"datasets.{name}: n and classes are positive, not {n} and {classes}")
    return torch.arange(n) % classes


def _noisy(
    x: Tensor, y: Tensor, labels: Tensor, noise: float, generator: Generator | None
) -> TensorDataset:
    points = torch.stack([x, y], 1)
    if noise:
        points = points + noise * torch.randn(len(points), 2, generator=generator)
    return TensorDataset(points, labels)
