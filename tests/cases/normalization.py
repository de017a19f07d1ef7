"""Samples of the normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.samples import among, elementwise, op, positive, real


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
    op(
        "rms_norm",
        real(*shape),
        params=(axes, 0.1),
        numpy=lambda x, axes, eps: x / np.sqrt((x * x).mean(axes, keepdims=True) + eps),
        torch=lambda torch, x, axes, eps: x * ((x * x).mean(axes, keepdim=True) + eps).rsqrt(),
    )


def _by_channels(x: np.ndarray, groups: int) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """Images as (n, groups, channels of one, places); what is normalised; a channel's number."""
    parts = groups or x.shape[1]
    own = (parts, x.shape[1] // parts)
    places = int(np.prod(x.shape[2:], dtype=int))
    return x.reshape(len(x), *own, places), (2, 3) if groups else (0, 3), (1, *own, 1)


def _channel_norm(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, groups: int, eps: float
) -> tuple[np.ndarray, ...]:
    whole, axes, own = _by_channels(x, groups)
    y, mean, var = _standardize(whole, axes, eps)
    y = y * weight.reshape(own) + bias.reshape(own)
    return y.reshape(x.shape), mean[:, :, 0, 0], var[:, :, 0, 0]


def _channel_norm_by_hand(
    torch: Any, x: Any, weight: Any, bias: Any, groups: int, eps: float
) -> Any:
    whole, axes, own = _by_channels(x, groups)
    y, mean, var = _by_hand(torch, whole, axes, eps)
    y = y * weight.reshape(own) + bias.reshape(own)
    return y.reshape(x.shape), mean[:, :, 0, 0], var[:, :, 0, 0]


def _channel_norm_back(
    u: np.ndarray, level: np.ndarray, slant: np.ndarray, x: np.ndarray, weight: np.ndarray,
    centre: np.ndarray, spread: np.ndarray, places: tuple[int, ...], groups: int, eps: float,
) -> tuple[np.ndarray, ...]:  # fmt: skip
    whole, axes, own = _by_channels(x, groups)
    level, slant, centre, spread = (t[:, :, None, None] for t in (level, slant, centre, spread))
    rate, g = 1 / np.sqrt(spread + eps), u.reshape(whole.shape)
    n = int(np.prod([whole.shape[i] for i in axes]))
    y, scaled = (whole - centre) * rate, g * weight.reshape(own)
    along = (scaled * y).mean(axes, keepdims=True) - 2 * slant / (n * rate * rate)
    by_x = (scaled - scaled.mean(axes, keepdims=True) - y * along) * rate + level / n
    found = (
        by_x.reshape(x.shape),
        (g * y).sum((0, 3)).reshape(weight.shape),
        g.sum((0, 3)).reshape(weight.shape),
    )
    return tuple(found[i] for i in places)


for shape, groups in (
    ((4, 2, 3), 0), ((3, 2), 0), ((2, 4, 3), 2), ((2, 3, 2, 2), 3), ((2, 2, 3), 1), ((0, 2, 3), 2)
):  # fmt: skip
    x, p = real(*shape), real(shape[1])
    form = (shape[0], groups) if groups else (1, shape[1])
    op("channel_norm", x, p, p, params=(groups, 0.1), numpy=_channel_norm,
       torch=_channel_norm_by_hand)  # fmt: skip
    for places, wrt in (((0, 1, 2), range(7)), ((1,), (0, 3, 5, 6)), ((2, 0), range(7))):
        op("channel_norm_back", x, real(*form), real(*form), x, p, real(*form), positive(*form),
           params=(places, groups, 0.1), wrt=tuple(wrt), numpy=_channel_norm_back,
           torch=None)  # fmt: skip


elementwise("moved", real, real, params=(0.9, 0.2), torch=None,
            numpy=lambda a, b, rest, part: rest * a + part * b)  # fmt: skip


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


def _layer_norm_back(
    u: np.ndarray, level: np.ndarray, slant: np.ndarray, x: np.ndarray, weight: np.ndarray,
    centre: np.ndarray, rate: np.ndarray, places: tuple[int, ...], axes: tuple[int, ...],
) -> tuple[np.ndarray, ...]:  # fmt: skip
    y, n, lead = (x - centre) * rate, int(np.prod(weight.shape)), tuple(range(axes[0]))
    scaled = u * weight
    along = (scaled * y).mean(axes, keepdims=True) + slant * rate / n
    by_x = (scaled - scaled.mean(axes, keepdims=True) - y * along) * rate + level / n
    found = by_x, (u * y).sum(lead), u.sum(lead)
    return tuple(found[i] for i in places)


for shape, axes in (((3, 4), (1,)), ((2, 3, 4), (1, 2)), ((5,), (0,)), ((0, 3), (1,))):
    x, p = real(*shape), real(*(shape[i] for i in axes))
    column = real(*(1 if i in axes else n for i, n in enumerate(shape)))
    some = {"params": (axes, 0.1), "numpy": _layer_norm, "torch": _layer_norm_by_hand}
    op("layer_norm", x, p, p, **some)
    op("layer_norm", x, among(1.0)(), among(0.0)(), wrt=(0,), **some)
    for places, wrt in (((0, 1, 2), range(7)), ((1,), (0, 3, 5, 6)), ((2, 0), range(7))):
        op("layer_norm_back", x, column, column, x, p, column, column, params=(places, axes),
           wrt=tuple(wrt), numpy=_layer_norm_back, torch=None)  # fmt: skip
