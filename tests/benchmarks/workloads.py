"""What is measured, written once for everything that speaks PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .by_hand import Mlp
from .nets import cnn, gpt, lstm
from .running import LOSSES, Running

LINKS = 1000  # products in a chain


class Workload(NamedTuple):
    title: str
    goal: float | None  # of PyTorch's time
    start: Callable[..., Running]  # start(torch) with a module that speaks PyTorch
    by_hand: Callable[[], Running] | None = None


def chain(torch, *, constant: bool) -> Running:
    """``LINKS`` products on 10 elements, forward and backward."""
    x = torch.tensor(np.linspace(0.5, 1.5, 10, dtype=np.float32), requires_grad=True)
    factor = np.linspace(0.999, 1.001, 10, dtype=np.float32)
    w = torch.tensor(factor, requires_grad=not constant)

    def step():
        x.grad = w.grad = None
        y = x
        for _ in range(LINKS):
            y = y * w
        loss = y.sum()
        loss.backward()
        return loss

    def check() -> list[float]:
        loss = step().item()
        return [loss, *x.grad.tolist(), *([] if constant else w.grad.tolist())]

    return Running(step, check)


class Training(NamedTuple):
    """A multilayer perceptron and one batch for it, as arrays."""

    weights: list[tuple[np.ndarray, np.ndarray]]  # (out, in) and (out,) of each layer
    inputs: np.ndarray
    targets: np.ndarray


def training(widths: tuple[int, ...], batch: int, *, classes: bool) -> Training:
    draw = np.random.default_rng(0)
    weights = []
    for before, after in pairwise(widths):
        bound = before**-0.5
        weight = draw.uniform(-bound, bound, (after, before)).astype(np.float32)
        weights.append((weight, draw.uniform(-bound, bound, after).astype(np.float32)))
    inputs = draw.standard_normal((batch, widths[0]), dtype=np.float32)
    if classes:
        return Training(weights, inputs, draw.integers(0, widths[-1], batch))
    return Training(weights, inputs, draw.standard_normal((batch, widths[-1]), dtype=np.float32))


def mlp(torch, start: Training, activation: str, loss: str) -> Running:
    """A training step of `start` with Adam: ``zero_grad``, forward, ``backward``, ``step``."""
    nn = torch.nn
    layers = []
    for weight, _ in start.weights:
        layers += [nn.Linear(weight.shape[1], weight.shape[0]), getattr(nn, activation)()]
    model = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        arrays = [array for pair in start.weights for array in pair]
        for parameter, array in zip(model.parameters(), arrays):
            parameter.copy_(torch.from_numpy(array))
    inputs, targets = torch.from_numpy(start.inputs), torch.from_numpy(start.targets)
    criterion = getattr(nn, loss)()
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        return loss

    return Running(step, lambda: [step().item() for _ in range(LOSSES)])


def mlp_by_hand(start: Training, activation: str, loss: str) -> Running:
    model = Mlp(start.weights, start.inputs, start.targets, activation, loss)
    return Running(model.step, lambda: [float(model.step()) for _ in range(LOSSES)])


def epoch(torch, samples: int, width: int, batch: int) -> Running:
    """One shuffled pass of a loader over tensors."""
    data = torch.utils.data
    x = np.random.default_rng(0).standard_normal((samples, width), dtype=np.float32)
    tensors = data.TensorDataset(torch.from_numpy(x), torch.arange(samples))
    loader = data.DataLoader(tensors, batch_size=batch, shuffle=True)

    def step():
        for _ in loader:
            pass

    def check() -> list[float]:
        torch.manual_seed(0)
        return [float(inputs[0, 0]) for inputs, _ in loader][:LOSSES]

    return Running(step, check)


SMALL = (training((2, 16, 16, 1), 32, classes=False), "Tanh", "MSELoss")
DIGITS = (training((784, 128, 64, 10), 64, classes=True), "ReLU", "CrossEntropyLoss")

WORKLOADS = {
    "chain": Workload(
        "1,000 products of 10 numbers, both factors tracked",
        0.7,
        lambda torch: chain(torch, constant=False),
    ),
    "chain-constant": Workload(
        "1,000 products of 10 numbers, one factor constant",
        0.7,
        lambda torch: chain(torch, constant=True),
    ),
    "mlp-small": Workload(
        "training step, MLP 2-16-16-1, batch 32, Adam",
        0.4,
        lambda torch: mlp(torch, *SMALL),
        lambda: mlp_by_hand(*SMALL),
    ),
    "mlp-digits": Workload(
        "training step, MLP 784-128-64-10, batch 64, Adam",
        0.6,
        lambda torch: mlp(torch, *DIGITS),
        lambda: mlp_by_hand(*DIGITS),
    ),
    "cnn": Workload(
        "training step, CNN 1-16-32 channels, 28x28, batch 64, Adam",
        1.0,
        cnn,
    ),
    "lstm": Workload(
        "training step, LSTM 64 steps, batch 32, hidden 128, Adam",
        1.8,
        lstm,
    ),
    "gpt": Workload(
        "training step, GPT 4 layers, width 64, context 64, batch 16, AdamW",
        1.6,
        gpt,
    ),
    "loader": Workload(
        "DataLoader over a TensorDataset of 10,000 x 784, shuffled, batch 64, one epoch",
        0.5,
        lambda torch: epoch(torch, 10_000, 784, 64),
    ),
}
