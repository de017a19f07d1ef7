"""Samples of the losses."""

from __future__ import annotations

import numpy as np

from tests.samples import (
    below,
    between,
    elementwise,
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


def _miss(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    return weight[:, None] * (p - (target[:, None] == np.arange(x.shape[1])).astype(x.dtype))


def _losses(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.log(np.exp(x).sum(1)) - (x * (target[:, None] == np.arange(x.shape[1]))).sum(1)


def _nll(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.sum(weight * _losses(x, target))


for n, c in ((4, 3), (1, 2), (0, 3), (3, 1)):
    op("row_losses", real(n, c), below(c)(n), numpy=_losses,
       torch=lambda torch, x, target: torch.nn.functional.cross_entropy(
           x, target, reduction="none"))  # fmt: skip
    op("miss", real(n, c), below(c)(n), small(n), numpy=_miss, torch=NONE)
    op("cross_entropy", real(n, c), below(c)(n), small(n), numpy=_nll,
       torch=lambda torch, x, target, weight: torch.sum(
           weight * torch.nn.functional.cross_entropy(x, target, reduction="none")))  # fmt: skip


elementwise(
    "binary_cross_entropy", between(0.1, 0.9), between(0.1, 0.9),
    numpy=lambda x, t: -t * np.log(x) - (1 - t) * np.log(1 - x),
    torch=lambda torch, x, t: torch.nn.functional.binary_cross_entropy(
        *torch.broadcast_tensors(x, t), reduction="none"),
)  # fmt: skip
elementwise(
    "binary_slope", between(0.1, 0.9), between(0.1, 0.9),
    numpy=lambda x, t: (x - t) / (x * (1 - x)), torch=NONE,
)  # fmt: skip
elementwise(
    "logit_cross_entropy", real, real,
    numpy=lambda x, t: np.logaddexp(0, x) - t * x,
    torch=lambda torch, x, t: torch.nn.functional.binary_cross_entropy_with_logits(
        *torch.broadcast_tensors(x, t), reduction="none"),
)  # fmt: skip
