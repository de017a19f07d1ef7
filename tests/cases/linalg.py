"""Samples of matrix products."""

from __future__ import annotations

import numpy as np

from tests.samples import (
    complex_,
    op,
    real,
    whole,
)

NONE = None  # no counterpart in PyTorch

for a, b in (((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 1)),
             ((2, 1, 2, 3), (3, 3, 2)), ((1, 1), (1, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
             ((0, 2, 3), (3, 2))):  # fmt: skip
    op("matmul", real(*a), real(*b), numpy=np.matmul)
op("matmul", whole(2, 3), whole(3, 2), numpy=np.matmul)
op("matmul", complex_(2, 2, 3), complex_(3, 2), numpy=np.matmul)
op("linear", complex_(4, 3), complex_(2, 3), complex_(2), torch="nn.functional.linear",
   numpy=lambda x, weight, bias: x @ weight.T + bias)  # fmt: skip
for n, rows in ((3, 2), (2, 1), (1, 3), (0, 2)):
    op("linear_each", real(n, rows, 3), real(n, 4, 3), real(n, 4), torch=NONE,
       numpy=lambda x, weight, bias: x @ weight.swapaxes(1, 2) + bias[:, None])  # fmt: skip
op("outer_rows", complex_(4, 2), complex_(4, 3), torch=NONE,
   numpy=lambda a, b: np.einsum("ri,rj->ij", a, b))  # fmt: skip
for shape, out in (((4, 3), 2), ((3,), 2), ((2, 4, 3), 2), ((0, 3), 2), ((2, 0), 3), ((2, 2, 0), 3),
                   ((2, 3), 0)):  # fmt: skip
    op("linear", real(*shape), real(out, shape[-1]), real(out), torch="nn.functional.linear",
       numpy=lambda x, weight, bias: np.einsum("...i,oi->...o", x, weight) + bias)  # fmt: skip
for rows in ((), (4,), (2, 4), (0,)):
    op("outer_rows", real(*rows, 2), real(*rows, 3), torch=NONE,
       numpy=lambda a, b: np.einsum("...i,...j->...ij", a, b).reshape(-1, 2, 3).sum(0))  # fmt: skip
for shape, axis in (((3, 4), (0, 1)), ((3, 4), (1,)), ((2, 0, 3), (0,)), ((2, 3, 2), (2, 0)),
                    ((0,), (0,)), ((), ())):  # fmt: skip
    for domain in (real, complex_):
        op("euclidean", domain(*shape), params=[(axis, False), (axis, True)], torch=NONE,
           numpy=lambda x, axis, keepdims: np.sqrt(
               np.sum(np.abs(x) ** 2, axis, keepdims=keepdims)))  # fmt: skip
for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((0,), (0,)),
             ((2, 0), (0,)), ((0,), (0, 3)), ((0, 3), (3,))):  # fmt: skip
    op("dot", real(*a), real(*b), torch="matmul", numpy=np.matmul)
    op("dot", complex_(*a), complex_(*b), torch=NONE, numpy=np.matmul)
for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (4, 3)), ((2, 1, 3), (4, 3)), ((0, 3), (3,))):
    op("cross", real(*a), real(*b), torch=NONE, numpy=np.cross)
    op("cross", complex_(*a), complex_(*b), torch=NONE, numpy=np.cross)
