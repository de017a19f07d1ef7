"""Samples of the rows of a table."""

from __future__ import annotations

import numpy as np

from tests.samples import below, op, real


def _add_rows(x: np.ndarray, index: np.ndarray, rows: int) -> np.ndarray:
    y = np.zeros((rows, *x.shape[index.ndim :]), x.dtype)
    np.add.at(y, index, x)
    return y


for shape in ((5,), (2, 3), (), (0, 2)):
    op("embedding", real(4, 3), below(4)(*shape), numpy=lambda table, index: table[index],
       torch=lambda torch, table, index: torch.nn.functional.embedding(index, table))  # fmt: skip
    op("add_rows", real(*shape, 3), below(4)(*shape), params=(4,), numpy=_add_rows,
       torch=lambda torch, x, index, rows: x.new_zeros(rows, 3).index_add(
           0, index.reshape(-1), x.reshape(-1, 3)))  # fmt: skip
