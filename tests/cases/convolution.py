"""Samples of convolution along an axis."""

from __future__ import annotations

import numpy as np

from tests.samples import op, real

NONE = None  # no counterpart in PyTorch


def _convolved(a, b):
    y = np.zeros(max(len(a) + len(b) - 1, 0), np.result_type(a, b))
    for i, factor in enumerate(a):
        y[i : i + len(b)] += factor * b
    return y


for m, n in ((5, 3), (3, 5), (4, 1), (1, 1), (0, 3)):
    op("convolve", real(m), real(n), numpy=_convolved, torch=NONE)
for m, n in ((5, 3), (4, 4), (4, 1), (1, 1), (2, 3), (3, 0)):
    op("slide", real(m), real(n), torch=NONE,
       numpy=lambda a, b: np.array(
           [a[k : k + len(b)] @ b for k in range(len(a) - len(b) + 1)], np.result_type(a, b)
       ))  # fmt: skip
SHAPES = (((5,), 0, 2), ((5,), 0, 4), ((3, 4), 0, 2), ((2, 4, 3), 1, 3), ((0, 4), 1, 2))
for shape, axis, size in SHAPES:
    op(
        "windows",
        real(*shape),
        params=(axis, size),
        torch=lambda torch, x, axis, size: x.unfold(axis, size, 1),
        numpy=lambda x, axis, size: np.stack(
            [x.take(range(i, x.shape[axis] - size + 1 + i), axis) for i in range(size)], -1
        ),
    )
    sizes = (*shape[:axis], shape[axis] - size + 1, *shape[axis + 1 :], size)
    op(
        "unwindows",
        real(*sizes),
        params=(axis,),
        torch=NONE,
        numpy=lambda x, axis: sum(
            np.pad(
                x[..., i],
                [(i, x.shape[-1] - 1 - i) if d == axis else (0, 0) for d in range(x.ndim - 1)],
            )
            for i in range(x.shape[-1])
        ),
    )
