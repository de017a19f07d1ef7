"""A training step as one would write it in NumPy without a framework."""

from __future__ import annotations

import numpy as np


class Mlp:
    """A multilayer perceptron and Adam, all parameters in one array and no graph."""

    def __init__(self, weights, inputs, targets, activation: str, loss: str):
        arrays = [array for pair in weights for array in pair]
        self.flat = np.concatenate([array.ravel() for array in arrays])
        self.grad, self.mean, self.square = (np.zeros_like(self.flat) for _ in range(3))
        self.scratch = np.empty_like(self.flat)
        self.parameters = _split(self.flat, arrays)
        self.gradients = _split(self.grad, arrays)
        self.inputs, self.targets = inputs, targets
        self.activation, self.loss = activation, loss
        self.steps = 0

    def step(self) -> np.floating:
        values = [self.inputs]  # of each layer, the last one's being the outputs
        layers = list(zip(self.parameters[::2], self.parameters[1::2]))
        for i, (weight, bias) in enumerate(layers, 1):
            y = values[-1] @ weight.T
            y += bias
            if i < len(layers):
                np.tanh(y, out=y) if self.activation == "Tanh" else np.maximum(y, 0, out=y)
            values.append(y)

        loss, slope = self._loss(values[-1])
        for i in reversed(range(len(layers))):
            np.matmul(slope.T, values[i], out=self.gradients[2 * i])
            slope.sum(0, out=self.gradients[2 * i + 1])
            if i:
                slope = slope @ layers[i][0]
                slope *= 1 - values[i] ** 2 if self.activation == "Tanh" else values[i] > 0
        self._adam()
        return loss

    def _loss(self, outputs):
        if self.loss == "MSELoss":
            slope = outputs - self.targets
            loss = np.vdot(slope, slope) / slope.size
            slope *= 2 / slope.size
            return loss, slope
        rows = np.arange(len(outputs))
        outputs -= outputs.max(1, keepdims=True)
        slope = np.exp(outputs)
        total = slope.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - outputs[rows, self.targets]).mean()
        slope /= total
        slope[rows, self.targets] -= 1
        slope /= len(outputs)
        return loss, slope

    def _adam(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
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


def _split(flat, arrays):
    ends = np.cumsum([array.size for array in arrays])
    return [part.reshape(array.shape) for part, array in zip(np.split(flat, ends[:-1]), arrays)]
