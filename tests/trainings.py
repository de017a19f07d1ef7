"""Small data, a net with state of every kind, and its bits: what the tests of `fit` share."""

from __future__ import annotations

import minitorch as torch
from minitorch import nn
from minitorch.utils.data import DataLoader, TensorDataset

N = 44  # samples: five batches of eight and one of four


def sample(n=N, features=6, classes=3, seed=1):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, features, generator=generator)
    return x, x[:, :classes].argmax(dim=1)


def network():
    return nn.Sequential(
        nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3)
    )


def words(model):
    """All parameters and buffers, to the bit."""
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


def loaders(batch_size=8, **options):
    data = TensorDataset(*sample())
    test = TensorDataset(*sample(20, seed=2))
    return DataLoader(data, batch_size, shuffle=True, **options), DataLoader(test, 8)


class Killed(Exception):
    """Ends everything, as a crash would."""
