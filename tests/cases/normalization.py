"""Samples of the normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.samples import among, op, real


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


def _layer_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, axes: tuple[int, ...], eps: float
) -> tuple[np.ndarray, ...]:
    y, mean, var = _standardize(x, axes, eps)
    return y * weight + bias, mean, 1 / np.sqrt(var + eps)


def _layer_norm_by_hand(
    torch: Any, x: Any, weight: Any, bias: Any, axes: tuple[int, ...], eps: float
) -> Any:
    y, mean, var = _by_hand(torch, x, axes, eps)
    return y * weight + bias, mean, (var + eps).rsqrt()


def _without_part(
    u: np.ndarray, y: np.ndarray, level: np.ndarray, slant: np.ndarray, axes: tuple[int, ...]
) -> np.ndarray:
    along = (u * y).mean(axes, keepdims=True) + slant
    return u - u.mean(axes, keepdims=True) - y * along + level


for shape, axes in (((3, 4), (1,)), ((2, 3, 4), (1, 2)), ((5,), (0,)), ((0, 3), (1,))):
    x, p = real(*shape), real(*(shape[i] for i in axes))
    column = real(*(1 if i in axes else n for i, n in enumerate(shape)))
    some = {"params": (axes, 0.1), "numpy": _layer_norm, "torch": _layer_norm_by_hand}
    op("layer_norm", x, p, p, **some)
    op("layer_norm", x, among(1.0)(), among(0.0)(), wrt=(0,), **some)
    op("without_part", x, x, column, column, params=(axes,), numpy=_without_part, torch=None)
