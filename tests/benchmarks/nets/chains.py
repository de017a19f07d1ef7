"""Many operations on few numbers: what an operation costs apart from its arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problems import Problem
from ..running import Functional, Running, Torch, finished

LINKS = 1000  # products in a chain


def problem() -> Problem:
    x = np.linspace(0.5, 1.5, 10, dtype=np.float32)
    return Problem({"x": x, "w": np.linspace(0.999, 1.001, 10, dtype=np.float32)}, ())


def torch_chain(face: Torch, problem: Problem, *, constant: bool) -> Running:
    """``LINKS`` products on 10 elements, forward and backward."""
    x, w = face.tensors(tuple(problem.weights.values()))
    x.requires_grad_()
    w.requires_grad_(not constant)

    @face.compiled
    def product(x: Any, w: Any) -> Any:
        y = x
        for _ in range(LINKS):
            y = y * w
        return y.sum()

    def step() -> Any:
        x.grad = w.grad = None
        loss = product(x, w)
        loss.backward()
        return loss

    def check() -> list[float]:
        loss = step().item()
        return [loss, *x.grad.tolist(), *([] if constant else w.grad.tolist())]

    return Running(step, check)


def functional_chain(face: Functional, problem: Problem, *, constant: bool) -> Running:
    def product(leaves: Any, w: Any = None) -> Any:
        y = leaves[0]
        for _ in range(LINKS):
            y = y * (w if constant else leaves[1])
        return face.np.sum(y)

    x, w = problem.weights.values()
    arguments = ([x], w) if constant else ([x, w],)
    run = face.compiled(face.value_and_grad(product))

    def step() -> Any:
        value, slopes = run(*arguments)
        return finished(value), slopes

    def check() -> list[float]:
        value, slopes = step()
        return [float(value), *np.ravel(slopes).tolist()]

    return Running(step, check)


def chain_by_hand(problem: Problem, *, constant: bool) -> Running:
    x, w = problem.weights.values()

    def step() -> list[np.ndarray]:
        values = [x]
        for _ in range(LINKS):
            values.append(values[-1] * w)
        slope, total = np.ones_like(x), np.zeros_like(w)
        for value in values[-2::-1]:
            if not constant:
                total += slope * value
            slope = slope * w
        return [values[-1].sum(), slope] if constant else [values[-1].sum(), slope, total]

    return Running(step, lambda: np.hstack(step()).tolist())
