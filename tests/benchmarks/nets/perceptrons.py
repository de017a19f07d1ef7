"""Multilayer perceptrons: a small one that fits numbers, a larger one that tells digits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from .. import by_hand, products
from ..optimizers import SGD, Adam
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch, losses
from .functions import cross_entropy, linear

RATE = {"SGD": 0.1, "Adam": 1e-3}


class Perceptron(NamedTuple):
    """Its widths and batch; a classifier has ReLU and cross-entropy, the other tanh and squares."""

    widths: tuple[int, ...]
    batch: int
    classifier: bool
    optimizer: str = "Adam"

    def problem(self) -> Problem:
        draw, weights = Draw(), {}
        for i, (inputs, outputs) in enumerate(pairwise(self.widths)):
            weights |= draw.linear(str(2 * i), inputs, outputs)
        inputs, outputs = draw.normal(self.batch, self.widths[0]), self.widths[-1]
        if self.classifier:
            return Problem(weights, (inputs, draw.labels(outputs, self.batch)))
        return Problem(weights, (inputs, draw.normal(self.batch, outputs)))

    def torch(self, face: Torch, problem: Problem) -> Running:
        nn = face.torch.nn
        layers: list[Any] = []
        for inputs, outputs in pairwise(self.widths):
            layers += [nn.Linear(inputs, outputs), nn.ReLU() if self.classifier else nn.Tanh()]
        criterion = nn.CrossEntropyLoss() if self.classifier else nn.MSELoss()
        model = nn.Sequential(*layers[:-1])
        rate = RATE[self.optimizer]
        return face.training(problem, model, criterion, self.optimizer, lr=rate)

    def functional(self, face: Functional, problem: Problem) -> Running:
        rule = SGD(RATE["SGD"]) if self.optimizer == "SGD" else Adam()
        return face.training(problem, self.loss, rule)

    def loss(self, face: Functional, weights: Any, x: Any, targets: Any) -> Any:
        np, last = face.np, 2 * (len(self.widths) - 2)
        for i in range(0, last, 2):
            x = linear(weights, str(i), x)
            x = np.maximum(x, 0) if self.classifier else np.tanh(x)
        y = linear(weights, str(last), x)
        return cross_entropy(np, y, targets) if self.classifier else np.mean((y - targets) ** 2)

    def by_hand(self, problem: Problem) -> Running:
        return losses(by_hand.Perceptron(problem, self.classifier, self.optimizer).step)

    def products(self, problem: Problem) -> Iterator[products.Product]:
        for i, (inputs, outputs) in enumerate(pairwise(self.widths)):
            yield from products.linear(self.batch, inputs, outputs, first=not i)


SMALL = Perceptron((2, 16, 16, 1), 32, classifier=False)
DIGITS = Perceptron((784, 128, 64, 10), 64, classifier=True)
