"""Batches out of a data set."""

from __future__ import annotations

import numpy as np

from ..problems import Draw, Problem
from ..running import LOSSES, Running, Torch

SAMPLES, WIDTH, BATCH = 10_000, 784, 64


def problem() -> Problem:
    return Problem({}, (Draw().normal(SAMPLES, WIDTH), np.arange(SAMPLES)))


def epoch(face: Torch, problem: Problem) -> Running:
    """One shuffled pass of a loader over tensors."""
    data = face.torch.utils.data
    dataset = data.TensorDataset(*face.tensors(problem.batch))
    loader = data.DataLoader(dataset, batch_size=BATCH, shuffle=True)

    def step() -> None:
        for _ in loader:
            pass

    def check() -> list[float]:
        face.torch.manual_seed(0)
        return [float(inputs[0, 0]) for inputs, _ in loader][:LOSSES]

    return Running(step, check)
