"""Samples of the losses."""

from __future__ import annotations

import numpy as np

from tests.samples import (
    below,
    op,
    real,
    small,
)

NONE = None  # no counterpart in PyTorch

for shape in ((3,), (2, 3), (), (1,)):
    op("mse", real(*shape), real(*shape), torch="nn.functional.mse_loss",
       numpy=lambda a, b: np.mean((a - b) ** 2))  # fmt: skip
op(
    "mse",
    real(0, 2),
    real(0, 2),
    numpy=lambda a, b: np.asarray(np.nan, a.dtype),
    torch=NONE,
    wrt=(),
)


def _miss(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    return p - (target[:, None] == np.arange(x.shape[1])).astype(x.dtype)


def _nll(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    losses = np.log(np.exp(x).sum(1)) - (x * (target[:, None] == np.arange(x.shape[1]))).sum(1)
    return np.sum(weight * losses)


for n, c in ((4, 3), (1, 2), (0, 3), (3, 1)):
    op("miss", real(n, c), below(c)(n), numpy=_miss, torch=NONE)
    op("cross_entropy", real(n, c), below(c)(n), small(n), numpy=_nll,
       torch=lambda torch, x, target, weight: torch.sum(
           weight * torch.nn.functional.cross_entropy(x, target, reduction="none")))  # fmt: skip
