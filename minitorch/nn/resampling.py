"""torch.nn.functional: images of other sizes, and images read at given points."""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.operands import input_box
from minitorch.faces.pools import adaptive_average
from minitorch.faces.shuffles import channel_shuffle, pixel_shuffle, pixel_unshuffle
from minitorch.faces.tensor import Tensor
from minitorch.faces.windows import listed, refuse
from minitorch.ops.resample import Table, resample

__all__ = [
    "channel_shuffle", "interpolate", "native_channel_shuffle", "pixel_shuffle",
    "pixel_unshuffle", "upsample", "upsample_bilinear", "upsample_nearest",
]  # fmt: skip

native_channel_shuffle = channel_shuffle
# for each mode: how many axes it is for
_RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
_MODES = ("nearest", "nearest-exact", "area", *_RANKS)


def interpolate(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Tensor:  # fmt: skip
    """Images (batch, channels, *sizes) in other sizes.

    Args:
        size: the new sizes.
        scale_factor: or how many times as large they are.
        mode: "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic" or "area".
        align_corners: whether the outermost pixels' centres lie at the same points, not the edges.
        recompute_scale_factor: use the ratio of the whole sizes instead of `scale_factor`.
        antialias: smooth first where the image becomes smaller (bilinear and bicubic).

    Example:
        >>> torch.nn.functional.interpolate(torch.tensor([[[0., 2.]]]), size=4, mode="linear")
        tensor([[[0.0000, 0.5000, 1.5000, 2.0000]]])
    """
    x = input_box(input, "interpolate")
    rank = x._value.ndim - 2
    sizes, scales = _target(x, rank, size, scale_factor, bool(recompute_scale_factor))
    _check_mode(x, rank, mode, align_corners, antialias)
    if mode == "area":
        return adaptive_average(f"adaptive_avg_pool{rank}d", rank, x, sizes)
    if min(*x._value.shape[2:], *sizes, 1) < 1:
        raise RuntimeError(
            "Input and output sizes should be greater than 0, but got input "
            f"{listed(x._value.shape[2:])} output {listed(sizes)}"
        )
    refuse(f"upsample_{mode}{rank}d", x, "ib" if mode.startswith("nearest") else "iub")
    # an axis whose size stays is left alone, by PyTorch's kernels for these modes, at any scale
    keeps = antialias or mode.endswith("linear") or (mode == "nearest" and rank == 2)
    y: Any = x
    for i, (old, new) in enumerate(zip(x._value.shape[2:], sizes, strict=True)):
        table = _table(mode, old, new, scales[i], bool(align_corners), antialias, keeps)
        y = resample.unary(y, i + 2, table)
    return y


def _check_mode(x: Box, rank: int, mode: str, align_corners: Any, antialias: bool) -> None:
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear "
            "| bicubic | trilinear"
        )
    if mode not in _MODES or not 1 <= rank <= 3 or _RANKS.get(mode, rank) != rank:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got "
            f"{rank + 2}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area "
            f"| nearest-exact (got {mode}); linear is for 3D, bilinear and bicubic for 4D, "
            "trilinear for 5D"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D "
            "tensor as input"
        )


def _target(x: Box, rank: int, size: Any, scale_factor: Any, recompute: bool) -> Any:
    """The new sizes, and for each axis the scale that positions are computed with, or None."""
    if (size is None) == (scale_factor is None):
        problem = "either size or scale_factor should be defined"
        raise ValueError(problem if size is None else "only one of size or scale_factor should be "
                         "defined")  # fmt: skip
    given = size if scale_factor is None else scale_factor
    parts = list(given) if isinstance(given, (tuple, list)) else [given] * rank
    if len(parts) != max(rank, 0):
        raise ValueError(
            f"Input and output must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {listed(x._value.shape[2:])} and {given!r}"
        )
    if scale_factor is None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return tuple(int(part) for part in parts), (None,) * rank
    scales = [float(part) for part in parts]
    old = x._value.shape[2:]
    sizes = tuple(math.floor(n * s) for n, s in zip(old, scales, strict=True))
    return sizes, (None,) * rank if recompute else tuple(scales)


@lru_cache(maxsize=128)
def _table(
    mode: str, old: int, new: int, scale: float | None, align: bool, antialias: bool, keeps: bool
) -> Table:
    """The table by which an axis is interpolated."""
    if old == new and keeps:
        return Table(np.arange(old)[None], None, old)
    if mode in ("nearest", "nearest-exact"):
        ratio = np.float32(old / new if scale is None else 1.0 / scale)
        shift = np.float32(0.5 if mode == "nearest-exact" else 0.0)
        at = np.floor((np.arange(new, dtype=np.float32) + shift) * ratio)
        return Table(at.astype(np.int64).clip(0, old - 1)[None], None, old)
    step = old / new if scale is None else 1.0 / scale
    if align:
        step = (old - 1) / (new - 1) if new > 1 else 0.0
    if antialias:
        return _smooth(mode, old, new, step, align)
    at = np.arange(new) * step if align else (np.arange(new) + 0.5) * step - 0.5
    if mode != "bicubic":
        at = at.clip(0, None)
        low = np.floor(at).astype(np.int64).clip(0, old - 1)
        part = np.where(low < old - 1, at - low, 0.0)
        index = np.stack([low, np.minimum(low + 1, old - 1)])
        return Table(index, np.stack([1 - part, part]), old)
    low = np.floor(at)
    steps = np.arange(-1, 3)[:, None]
    weights = _cubic(at - low - steps, -0.75)
    return Table((low.astype(np.int64) + steps).clip(0, old - 1), weights, old)


def _cubic(t: Any, a: float) -> np.ndarray:
    """Keys' convolution kernel (1981)."""
    t = abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def _smooth(mode: str, old: int, new: int, step: float, align: bool) -> Table:
    """Interpolation whose kernel is as wide as the step, where that is more than 1."""
    wide = max(step, 1.0)
    reach = wide * (2.0 if mode == "bicubic" else 1.0)
    centre = step * (np.arange(new) + 0.5)
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach + 0.5).astype(np.int64), old)
    steps = np.arange((last - first).max())[:, None]
    index = np.minimum(first + steps, old - 1)
    t = (first + steps - centre + 0.5) / wide
    raw = _cubic(t, -0.5) if mode == "bicubic" else (1 - abs(t)).clip(0)
    weights = np.where(steps < last - first, raw, 0.0)
    return Table(index, weights / weights.sum(0), old)


def upsample(input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Tensor:  # fmt: skip
    """The older name of `interpolate`."""
    _older("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode "nearest"."""
    _older("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode "bilinear", corners aligned."""
    _older("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)


def _older(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.",
        stacklevel=3,
    )
