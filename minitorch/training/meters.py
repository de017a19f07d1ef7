"""The loss and the metrics of one pass over a set."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.tensor import Tensor
from minitorch.training.batches import Outcome, samples_in
from minitorch.training.metrics import Metric
from minitorch.training.states import attributes, restored


class Meter:
    """Gathers what the steps give: the mean loss over all samples, and metrics of its own."""

    def __init__(self, metrics: Sequence[Metric], prefix: str = "") -> None:
        self.metrics = [copy.deepcopy(metric) for metric in metrics]
        self.prefix = prefix
        self.reset()

    def reset(self) -> None:
        """Begin a new pass."""
        self.total, self.count = 0.0, 0
        for metric in self.metrics:
            metric.reset()

    def update(self, outcome: Outcome, batch: Any) -> None:
        """Take in a batch; its mean loss counts for each of its samples."""
        size = samples_in(batch)
        self.total += outcome.loss.item() * size
        self.count += size
        if self.metrics and outcome.output is None:
            raise ValueError(
                "fit: metrics need outputs and targets: let step return (loss, output, target)"
            )
        for metric in self.metrics:
            metric.update(outcome.output, outcome.target)

    @property
    def loss(self) -> float:
        """The mean loss so far."""
        return self.total / self.count if self.count else math.nan

    def values(self) -> dict[str, Any]:
        """The loss and each metric, by their names in the history."""
        found = {"loss": self.loss, **{metric.name: metric.compute() for metric in self.metrics}}
        return {self.prefix + name: _plain(value) for name, value in found.items()}

    def state_dict(self) -> dict[str, Any]:
        """All sums and counts."""
        metrics = [attributes(metric) for metric in self.metrics]
        return {"total": self.total, "count": self.count, "metrics": metrics}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from these."""
        self.total, self.count = state["total"], state["count"]
        for metric, values in zip(self.metrics, state["metrics"], strict=True):
            vars(metric).update(restored(values))


def _plain(value: Any) -> Any:
    """A number as Python's, of whatever kind it was; arrays as Tensors."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        if value.ndim == 0:
            return value.item()
        return fresh(Tensor, value.copy()) if isinstance(value, np.ndarray) else value
    return value
