"""What a workload gives to those who time it, and the training step of each kind of library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .problems import Arrays, Problem

LOSSES = 10  # steps whose losses must agree


class Running(NamedTuple):
    """A workload that is set up: the step to time, and the numbers all libraries agree on."""

    step: Callable[[], object]
    check: Callable[[], list[float]]


def losses(step: Callable[[], Any]) -> Running:
    """A training step that returns its loss."""
    return Running(step, lambda: [float(step()) for _ in range(LOSSES)])


class Torch(NamedTuple):
    """What speaks PyTorch: the module, and what compiles a function if anything does."""

    torch: Any
    compiled: Callable[[Callable], Callable] = lambda f: f

    def filled(self, model: Any, weights: Arrays) -> Any:
        """The model with copies of these weights."""
        with self.torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(self.torch.from_numpy(weights[name]))
        return model

    def tensors(self, arrays: tuple[np.ndarray, ...]) -> list[Any]:
        return [self.torch.from_numpy(array.copy()) for array in arrays]

    def training(self, problem: Problem, model: Any, criterion: Callable, optimizer: str = "Adam",
                 **options: float) -> Running:  # fmt: skip
        """A step: ``zero_grad``, forward, ``backward``, ``step``."""
        self.filled(model, problem.weights)
        inputs, targets = self.tensors(problem.batch)
        optimizer = getattr(self.torch.optim, optimizer)(model.parameters(), **options)
        loss_of = self.compiled(lambda inputs, targets: criterion(model(inputs), targets))

        def step() -> Any:
            optimizer.zero_grad()
            loss = loss_of(inputs, targets)
            loss.backward()
            optimizer.step()
            return loss

        return Running(step, lambda: [step().item() for _ in range(LOSSES)])


class Functional(NamedTuple):
    """What differentiates functions of arrays: JAX, and HIPS autograd."""

    np: Any
    value_and_grad: Callable[[Callable], Callable]
    grad: Callable[[Callable], Callable]
    compiled: Callable[[Callable], Callable]
    scan: Callable[[Callable, Any, Any], Any]  # all states that f(state, x) passes through
    erf: Callable[[Any], Any]

    def training(self, problem: Problem, loss: Callable, rule: Callable) -> Running:
        """A step of a pure function ``loss(face, weights, *batch)``, by a rule of `optimizers`."""
        state = rule.start(problem.weights)

        @self.compiled
        def update(state: Any, *batch: Any) -> Any:
            value, slopes = self.value_and_grad(lambda w: loss(self, w, *batch))(state["weights"])
            return rule(self.np, state, slopes), value

        def step() -> Any:
            nonlocal state
            state, value = update(state, *problem.batch)
            return finished(value)

        return losses(step)


def finished(value: Any) -> Any:
    """The value once it is there: JAX computes behind one's back."""
    return value.block_until_ready() if hasattr(value, "block_until_ready") else value
