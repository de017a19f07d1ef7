"""Training steps as one would write them in NumPy without a framework."""

from __future__ import annotations

import numpy as np

from .problems import Problem


class Flat:
    """Parameters and gradients, each in one array, and an optimizer over the whole of it."""

    def __init__(self, problem: Problem, optimizer: str):
        arrays = problem.weights.values()
        self.flat = np.concatenate([array.ravel() for array in arrays])
        self.grad, self.mean, self.square = (np.zeros_like(self.flat) for _ in range(3))
        self.scratch = np.empty_like(self.flat)
        self.parameters = self._split(self.flat, problem)
        self.gradients = self._split(self.grad, problem)
        self.update = self._adam if optimizer == "Adam" else self._sgd
        self.steps = 0

    @staticmethod
    def _split(flat: np.ndarray, problem: Problem) -> dict[str, np.ndarray]:
        ends = np.cumsum([array.size for array in problem.weights.values()])
        parts = np.split(flat, ends[:-1])
        return {k: p.reshape(w.shape) for (k, w), p in zip(problem.weights.items(), parts)}

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        y = x @ self.parameters[f"{name}.weight"].T
        y += self.parameters[f"{name}.bias"]
        return y

    def linear_slopes(self, name: str, x: np.ndarray, slope: np.ndarray) -> None:
        np.matmul(slope.T, x, out=self.gradients[f"{name}.weight"])
        slope.sum(0, out=self.gradients[f"{name}.bias"])

    def linear_backward(self, name: str, x: np.ndarray, slope: np.ndarray) -> np.ndarray:
        self.linear_slopes(name, x, slope)
        return slope @ self.parameters[f"{name}.weight"]

    def _sgd(self, lr: float = 0.1) -> None:
        np.multiply(self.grad, lr, out=self.scratch)
        self.flat -= self.scratch

    def _adam(self, lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
              ) -> None:  # fmt: skip
        self.steps += 1
        grad, mean, square, scratch = self.grad, self.mean, self.square, self.scratch
        mean *= beta1
        mean += np.multiply(grad, 1 - beta1, out=scratch)
        square *= beta2
        grad *= grad
        square += np.multiply(grad, 1 - beta2, out=scratch)
        np.sqrt(square, out=scratch)
        scratch /= (1 - beta2**self.steps) ** 0.5
        scratch += eps
        np.divide(mean, scratch, out=scratch)
        scratch *= lr / (1 - beta1**self.steps)
        self.flat -= scratch


class Perceptron(Flat):
    """A multilayer perceptron with ReLU and cross-entropy, or with tanh and squared errors."""

    def __init__(self, problem: Problem, classifier: bool, optimizer: str):
        super().__init__(problem, optimizer)
        self.inputs, self.targets = problem.batch
        self.classifier = classifier

    def step(self) -> np.floating:
        values = [self.inputs]  # of each layer, the last one's being the outputs
        layers = range(0, len(self.parameters), 2)
        for i in layers:
            y = self.linear(str(i), values[-1])
            if i != layers[-1]:
                np.maximum(y, 0, out=y) if self.classifier else np.tanh(y, out=y)
            values.append(y)

        loss, slope = (cross_entropy if self.classifier else squares)(y, self.targets)
        for i, x in zip(layers[:0:-1], values[-2:0:-1]):
            slope = self.linear_backward(str(i), x, slope)
            slope *= x > 0 if self.classifier else 1 - x**2
        self.linear_slopes("0", self.inputs, slope)
        self.update()
        return loss


def squares(outputs: np.ndarray, targets: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """The mean square of the errors, and its slope."""
    slope = outputs - targets
    loss = np.vdot(slope, slope) / slope.size
    slope *= 2 / slope.size
    return loss, slope


def cross_entropy(scores: np.ndarray, labels: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """The mean over the samples, and its slope; the scores are overwritten."""
    rows = np.arange(len(scores))
    scores -= scores.max(1, keepdims=True)
    slope = np.exp(scores)
    total = slope.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - scores[rows, labels]).mean()
    slope /= total
    slope[rows, labels] -= 1
    slope /= len(scores)
    return loss, slope
