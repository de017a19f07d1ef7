"""Samples of reductions, scans and the softmax family."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.samples import (
    complex_,
    large,
    op,
    real,
    steps,
    truth,
    whole,
)

NONE = None  # no counterpart in PyTorch

AXES: list[tuple[Any, Any]] = [
    ((2, 3, 2), None), ((2, 3, 2), (1,)), ((2, 3, 2), (0, 2)), ((), None), ((3, 0), (0,)),
]  # fmt: skip


def _dims(x: Any, axis: Any) -> Any:
    return tuple(range(x.ndim)) if axis is None else axis


def _reduction(name: str, domain: Any = real, axes: Any = AXES, torch: str | None = "") -> None:
    function = name if torch == "" else torch
    for shape, axis in axes:
        for keepdims in (False, True):
            op(name, domain(*shape), params=(axis, keepdims),
               numpy=lambda x, axis, keepdims: getattr(np, name)(x, axis=axis, keepdims=keepdims),
               torch=function and (lambda torch, x, axis, keepdims:
                   getattr(torch, function)(x, _dims(x, axis), keepdims)))  # fmt: skip


for name in ("sum", "mean", "amax", "amin"):
    _reduction(name)
for name in ("sum", "mean"):
    _reduction(name, complex_, AXES[1:2])
for name in ("sum", "amax", "amin"):
    _reduction(name, whole, AXES[:2])
_reduction("sum", real, [((0, 3), None), ((0, 3), (0,))], torch=None)
for name in ("all", "any"):
    _reduction(name, truth)
    _reduction(name, steps, AXES[:2])
for shape, axis in AXES[:3]:
    op("var", real(*shape), params=[(axis, 1.0, False), (axis, 0.0, True)],
       numpy=lambda x, axis, ddof, keepdims: np.var(x, axis, ddof=ddof, keepdims=keepdims),
       torch=lambda torch, x, axis, ddof, keepdims:
           torch.var(x, axis, correction=ddof, keepdim=keepdims))  # fmt: skip
op("var", complex_(2, 3), params=[((1,), 1.0, False), (None, 0.0, True)], torch=NONE,
   numpy=lambda x, axis, ddof, keepdims:
       np.var(x.real, axis, ddof=ddof, keepdims=keepdims)
       + np.var(x.imag, axis, ddof=ddof, keepdims=keepdims))  # fmt: skip
op("var", real(), params=(None, 0.0, False), numpy=lambda x, *_: x * 0, torch=NONE)
op(
    "var",
    real(3, 0),
    params=((0,), 1.0, False),
    numpy=lambda x, *_: np.zeros(0, x.dtype),
    torch=NONE,
)
_best = {True: np.amax, False: np.amin}
op("shares", steps(4, 5), params=[((1,), True), ((0,), False), (None, True)], torch=NONE,
   numpy=lambda x, axis, largest: (same := x == _best[largest](x, axis, keepdims=True))
   / same.sum(axis, keepdims=True, dtype=x.dtype))  # fmt: skip
op("shares", real(0, 2), params=((1,), True), torch=NONE, numpy=lambda x, *_: x)
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((1,), 0), ((2, 0), 0), ((0, 2), 0)):
    op("prod", real(*shape), params=[(axis, False), (axis, True)],
       numpy=lambda x, axis, keepdims: np.apply_along_axis(math.prod, axis, x)
       .reshape(np.sum(x, axis, keepdims=keepdims).shape).astype(x.dtype)
       if x.size else np.ones_like(np.sum(x, axis, keepdims=keepdims)))  # fmt: skip
op("prod", complex_(2, 3), params=[(1, False), (0, True)],
   numpy=lambda x, axis, keepdims: np.prod(x, axis, keepdims=keepdims))  # fmt: skip
op("prod", steps(3, 4), params=[(1, False), (0, False)],
   numpy=lambda x, axis, keepdims: np.prod(x, axis))  # fmt: skip
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((0, 2), 0)):
    op("cumsum", real(*shape), params=(axis,), numpy=np.cumsum)
op("cumsum", complex_(2, 3), params=(1,), numpy=np.cumsum)
op("logsumexp", complex_(2, 3), params=((1,), False), torch=NONE,
   numpy=lambda x, axis, _: np.log(np.exp(x).sum(axis)))  # fmt: skip
for shape, axis in AXES:
    op("logsumexp", real(*shape), params=[(axis, False), (axis, True)],
       numpy=lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis, keepdims=keepdims)),
       torch=lambda torch, x, axis, keepdims:
           torch.logsumexp(x, _dims(x, axis), keepdims))  # fmt: skip
op("logsumexp", large(3, 4), params=((1,), False), wrt=(),
   numpy=lambda x, axis, keepdims: np.logaddexp.reduce(x, axis[0]))  # fmt: skip
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((1,), 0), ((0, 2), 1)):
    op("softmax", real(*shape), params=(axis,),
       numpy=lambda x, axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True))  # fmt: skip
    op("log_softmax", real(*shape), params=(axis,),
       numpy=lambda x, axis: x - np.log(np.exp(x).sum(axis, keepdims=True)))  # fmt: skip
    op("softmax_back", real(*shape), real(*shape), params=(axis,), torch=None,
       numpy=lambda u, p, axis: p * (u - (u * p).sum(axis, keepdims=True)))  # fmt: skip
    op("log_softmax_back", real(*shape), real(*shape), params=(axis,), torch=None,
       numpy=lambda u, y, axis: u - np.exp(y) * u.sum(axis, keepdims=True))  # fmt: skip
for name in ("softmax", "log_softmax"):
    op(name, large(2, 4), params=(1,), wrt=(),
       numpy=lambda x, axis, name=name: (np.asarray if name == "log_softmax" else np.exp)(
           x - np.logaddexp.reduce(x, axis, keepdims=True)))  # fmt: skip
for name in ("argmax", "argmin"):
    for shape, axis in (((3, 4), 0), ((3, 4), 1), ((3, 4), None), ((), None), ((0, 3), 1)):
        for domain, function in ((real, name), (steps, NONE)):  # ties: the first, with NumPy
            op(name, domain(*shape), params=[(axis, False), (axis, True)], torch=function,
               numpy=lambda x, axis, keepdims, name=name:
                   getattr(np, name)(x, axis, keepdims=keepdims))  # fmt: skip


def _running(x: np.ndarray, axis: int, largest: bool) -> np.ndarray:
    """Of each beginning, turned around, the place of the first extreme."""
    rows = np.moveaxis(x, axis, -1)
    place = np.argmax if largest else np.argmin
    ends = [n - 1 - place(rows[..., n - 1 :: -1] if n < rows.shape[-1] else rows[..., ::-1], -1)
            for n in range(1, rows.shape[-1] + 1)]  # fmt: skip
    return np.stack(ends, axis)


for domain in (real, steps):
    for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((0, 3), 1)):
        op("running_place", domain(*shape), params=[(axis, True), (axis, False)], numpy=_running,
           torch=lambda torch, x, axis, largest:
               getattr(torch, "cummax" if largest else "cummin")(x, axis).indices)  # fmt: skip
for domain in (real, steps, complex_):
    for shape, axis in (((4,), 0), ((2, 5), 1), ((3, 2), 0), ((1,), 0), ((0, 3), 1), ((3, 0), 1)):
        op("others", domain(*shape), params=(axis,), torch=None,
           numpy=lambda x, axis: np.stack(
               [np.prod(np.delete(x, i, axis), axis) for i in range(x.shape[axis])], axis)
           if x.shape[axis] else x)  # fmt: skip
for shape, axis in (((4,), 0), ((2, 5), 1), ((3, 2), 0), ((0, 3), 1), ((2, 3, 2), 1)):
    op("logcumsumexp", real(*shape), params=(axis,),
       numpy=lambda x, axis: np.log(np.cumsum(np.exp(x), axis)))  # fmt: skip
op("logcumsumexp", complex_(2, 3), params=(1,), torch=NONE,
   numpy=lambda x, axis: np.log(np.cumsum(np.exp(x), axis)))  # fmt: skip
op("logcumsumexp", large(2, 4), params=(1,), numpy=np.logaddexp.accumulate, wrt=())
