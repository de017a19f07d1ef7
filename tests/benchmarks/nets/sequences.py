"""Recurrent nets over whole sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import products
from ..optimizers import Adam
from ..problems import Draw, Problem
from ..running import Functional, Running, Torch
from .functions import cross_entropy, linear, sigmoid

SEQUENCES, STEPS, INPUTS, HIDDEN, CLASSES = 32, 64, 32, 128, 10
GATES = {"LSTM": 4, "GRU": 3}


def problem(kind: str) -> Problem:
    """A cell of width 128 over 64 steps of 32 sequences, and a score for each step."""
    draw, rows, weights = Draw(), GATES[kind] * HIDDEN, {}
    for part, *shape in (("weight_ih", rows, INPUTS), ("weight_hh", rows, HIDDEN),
                         ("bias_ih", rows), ("bias_hh", rows)):  # fmt: skip
        weights[f"cell.{part}_l0"] = draw.uniform(*shape, bound=HIDDEN**-0.5)
    weights |= draw.linear("head", HIDDEN, CLASSES)
    batch = draw.normal(SEQUENCES, STEPS, INPUTS), draw.labels(CLASSES, SEQUENCES * STEPS)
    return Problem(weights, batch)


def torch_net(face: Torch, problem: Problem, kind: str) -> Running:
    nn = face.torch.nn

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = getattr(nn, kind)(INPUTS, HIDDEN, batch_first=True)
            self.head = nn.Linear(HIDDEN, CLASSES)

        def forward(self, x: Any) -> Any:
            return self.head(self.cell(x)[0]).flatten(0, 1)

    return face.training(problem, Model(), nn.functional.cross_entropy)


def functional_net(face: Functional, problem: Problem, kind: str) -> Running:
    np, cell = face.np, {"LSTM": _lstm, "GRU": _gru}[kind]

    def loss(face: Functional, weights: Any, x: Any, labels: Any) -> Any:
        w, u, b, c = (weights[f"cell.{part}_l0"] for part in
                      ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))  # fmt: skip
        projected = np.swapaxes(x, 0, 1) @ w.T + b
        start = np.zeros((len(x), HIDDEN), dtype=np.float32)

        def advance(state: Any, x: Any) -> Any:
            return cell(np, x, state[0] @ u.T + c, *state)

        states = (start,) * (2 if kind == "LSTM" else 1)
        hidden = np.swapaxes(face.scan(advance, states, projected), 0, 1)
        return cross_entropy(np, linear(weights, "head", hidden.reshape(-1, HIDDEN)), labels)

    return face.training(problem, loss, Adam())


def _lstm(np: Any, x: Any, h: Any, _: Any, memory: Any) -> Any:
    i, f, g, o = np.split(x + h, 4, axis=1)
    memory = sigmoid(np, f) * memory + sigmoid(np, i) * np.tanh(g)
    return sigmoid(np, o) * np.tanh(memory), memory


def _gru(np: Any, x: Any, h: Any, before: Any) -> Any:
    (r, z, n), (hr, hz, hn) = np.split(x, 3, axis=1), np.split(h, 3, axis=1)
    keep = sigmoid(np, z + hz)
    return ((1 - keep) * np.tanh(n + sigmoid(np, r + hr) * hn) + keep * before,)


def net_products(problem: Problem, kind: str) -> Iterator[products.Product]:
    rows, gates = SEQUENCES * STEPS, GATES[kind] * HIDDEN
    yield from products.linear(rows, INPUTS, gates, first=True)
    forward, _, backward = products.linear(SEQUENCES, HIDDEN, gates)
    for _ in range(STEPS):
        yield forward
        yield backward
    _, weight, _ = products.linear(rows, HIDDEN, gates)
    yield weight
    yield from products.linear(rows, HIDDEN, CLASSES)
