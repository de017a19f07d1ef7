"""The gradient of each sample's loss on its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from .. import products
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch
from .functions import linear

SAMPLES, WIDTHS = 64, (64, 64, 32, 10)


def problem() -> Problem:
    """A perceptron 64-64-32-10 and 64 samples."""
    draw, weights = Draw(), {}
    for i, (inputs, outputs) in enumerate(pairwise(WIDTHS)):
        weights |= draw.linear(str(2 * i), inputs, outputs)
    return Problem(weights, (draw.normal(SAMPLES, WIDTHS[0]), draw.labels(WIDTHS[-1], SAMPLES)))


def torch_gradients(face: Torch, problem: Problem) -> Running:
    torch, nn = face.torch, face.torch.nn
    layers = [(nn.Linear(*pair), nn.ReLU()) for pair in pairwise(WIDTHS)]
    model = nn.Sequential(*[layer for pair in layers for layer in pair][:-1])
    face.filled(model, problem.weights)
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    batch = face.tensors(problem.batch)

    def loss(weights: Any, x: Any, label: Any) -> Any:
        scores = torch.func.functional_call(model, weights, (x.unsqueeze(0),))
        return nn.functional.cross_entropy(scores, label.unsqueeze(0))

    each = face.compiled(torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0)))

    def step() -> Any:
        return each(weights, *batch)

    return Running(step, lambda: _numbers({k: g.numpy() for k, g in step().items()}))


def jax_gradients(face: Functional, problem: Problem) -> Running:
    from jax import block_until_ready, jit, vmap

    def loss(weights: Any, x: Any, label: Any) -> Any:
        last = 2 * (len(WIDTHS) - 2)
        for i in range(0, last, 2):
            x = face.np.maximum(linear(weights, str(i), x), 0)
        scores = linear(weights, str(last), x)
        return face.np.log(face.np.sum(face.np.exp(scores))) - scores[label]

    each = jit(vmap(face.grad(loss), in_axes=(None, 0, 0)))

    def step() -> Any:
        return block_until_ready(each(problem.weights, *problem.batch))

    return Running(step, lambda: _numbers(step()))


def gradients_by_hand(problem: Problem) -> Running:
    weights, (inputs, labels) = problem
    layers = range(0, 2 * (len(WIDTHS) - 1), 2)

    def step() -> dict[str, np.ndarray]:
        values = [inputs]
        for i in layers:
            y = values[-1] @ weights[f"{i}.weight"].T + weights[f"{i}.bias"]
            values.append(np.maximum(y, 0, out=y) if i != layers[-1] else y)
        slope = np.exp(y - y.max(axis=1, keepdims=True))
        slope /= slope.sum(axis=1, keepdims=True)
        slope[np.arange(SAMPLES), labels] -= 1
        gradients = {}
        for i, x in zip(reversed(layers), values[-2::-1]):
            gradients[f"{i}.bias"] = slope
            gradients[f"{i}.weight"] = slope[:, :, None] * x[:, None, :]
            slope = (slope @ weights[f"{i}.weight"]) * (x > 0)
        return gradients

    return Running(step, lambda: _numbers(step()))


def gradients_products(problem: Problem) -> Iterator[products.Product]:
    for i, (inputs, outputs) in enumerate(pairwise(WIDTHS)):
        forward, _, *backward = products.linear(SAMPLES, inputs, outputs, first=not i)
        yield forward
        yield from backward


def _numbers(gradients: Any) -> list[float]:
    """The norm of each parameter's gradients, and the sum of some of them."""
    numbers = []
    for name in sorted(gradients):
        gradient = np.asarray(gradients[name])
        numbers += [float(np.linalg.norm(gradient)), float(gradient.ravel()[::97].sum())]
    return numbers
