"""Optimizers as pure functions, for the libraries that have none: JAX and HIPS autograd."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from .problems import Arrays

State = dict[str, Any]


class SGD(NamedTuple):
    """Stochastic gradient descent, with momentum if any."""

    lr: float
    momentum: float = 0.0

    def start(self, weights: Arrays) -> State:
        return {"weights": weights, "moved": _zeros(weights) if self.momentum else {}}

    def __call__(self, np: Any, state: State, slopes: Any) -> State:
        if self.momentum:
            slopes = {k: self.momentum * state["moved"][k] + slopes[k] for k in slopes}
        weights = {k: w - self.lr * slopes[k] for k, w in state["weights"].items()}
        return {"weights": weights, "moved": slopes if self.momentum else {}}


class Adam(NamedTuple):
    """Adam (Kingma and Ba 2015), with decoupled decay of weights (Loshchilov and Hutter 2019)."""

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    decay: float = 0.0

    def start(self, weights: Arrays) -> State:
        moments = {"mean": _zeros(weights), "square": _zeros(weights)}
        return {"weights": weights, **moments, "steps": numpy.float32(0)}

    def __call__(self, np: Any, state: State, slopes: Any) -> State:
        (a, b), steps = self.betas, state["steps"] + 1
        rate, root = self.lr / (1 - a**steps), (1 - b**steps) ** 0.5
        mean = {k: a * m + (1 - a) * slopes[k] for k, m in state["mean"].items()}
        square = {k: b * s + (1 - b) * slopes[k] ** 2 for k, s in state["square"].items()}
        weights = {
            k: w * (1 - self.lr * self.decay)
            - rate * mean[k] / (np.sqrt(square[k]) / root + self.eps)
            for k, w in state["weights"].items()
        }
        return {"weights": weights, "mean": mean, "square": square, "steps": steps}


def _zeros(weights: Arrays) -> Arrays:
    return {k: numpy.zeros_like(w) for k, w in weights.items()}
