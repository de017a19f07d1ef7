"""What a policy net costs at each move of a game: forward and a sample, without gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import products
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch
from .functions import linear

INPUTS, HIDDEN, MOVES = 4, 128, 2


def problem() -> Problem:
    """A perceptron 4-128-2 and one observation."""
    draw = Draw()
    weights = draw.linear("0", INPUTS, HIDDEN) | draw.linear("2", HIDDEN, MOVES)
    return Problem(weights, (draw.normal(1, INPUTS),))


def torch_policy(face: Torch, problem: Problem) -> Running:
    torch, nn = face.torch, face.torch.nn
    layers = nn.Linear(INPUTS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, MOVES)
    net = face.filled(nn.Sequential(*layers), problem.weights)
    model = face.compiled(net)
    (x,) = face.tensors(problem.batch)

    def step() -> int:
        with torch.no_grad():
            return torch.distributions.Categorical(logits=model(x)).sample().item()

    def check() -> list[float]:
        assert step() in range(MOVES)
        with torch.no_grad():
            return model(x).flatten().tolist()

    return Running(step, check)


def jax_policy(face: Functional, problem: Problem) -> Running:
    from jax import jit, random

    @jit
    def move(key: Any, weights: Any, x: Any) -> Any:
        key, now = random.split(key)
        scores = _scores(face.np, weights, x)
        return key, random.categorical(now, scores), scores

    key = random.key(0)

    def step() -> int:
        nonlocal key
        key, sample, _ = move(key, problem.weights, *problem.batch)
        return int(sample[0])

    def check() -> list[float]:
        return np.ravel(move(key, problem.weights, *problem.batch)[2]).tolist()

    return Running(step, check)


def policy_by_hand(problem: Problem) -> Running:
    random = np.random.default_rng(0)
    weights, (x,) = problem

    def step() -> int:
        scores = _scores(np, weights, x)[0]
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        return int(chances.cumsum().searchsorted(random.random()))

    return Running(step, lambda: np.ravel(_scores(np, weights, x)).tolist())


def policy_products(problem: Problem) -> Iterator[products.Product]:
    for inputs, outputs in ((INPUTS, HIDDEN), (HIDDEN, MOVES)):
        yield next(products.linear(1, inputs, outputs))


def _scores(np: Any, weights: Any, x: Any) -> Any:
    return linear(weights, "2", np.maximum(linear(weights, "0", x), 0))
