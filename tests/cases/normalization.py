"""Samples of the normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.samples import op, real


def _standardize(x: np.ndarray, axes: tuple[int, ...], eps: float) -> tuple[np.ndarray, ...]:
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(var + eps), mean, var


def _by_hand(torch: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    mean = x.mean(axes, keepdim=True)
    var = x.var(axes, keepdim=True, correction=0)
    return (x - mean) / (var + eps).sqrt(), mean, var


for shape, axes in (
    ((3, 4), (1,)),
    ((4, 2, 3), (0, 2)),
    ((5,), (0,)),
    ((2, 3, 2, 2), (2, 3)),
    ((0, 3), (1,)),
):
    op("standardize", real(*shape), params=(axes, 0.1), numpy=_standardize, torch=_by_hand)
    op(
        "rms_norm",
        real(*shape),
        params=(axes, 0.1),
        numpy=lambda x, axes, eps: x / np.sqrt((x * x).mean(axes, keepdims=True) + eps),
        torch=lambda torch, x, axes, eps: x * ((x * x).mean(axes, keepdim=True) + eps).rsqrt(),
    )
