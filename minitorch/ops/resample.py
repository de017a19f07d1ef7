"""Sums of chosen elements along an axis: interpolation, padding by what is there, means.

Each place of the result is a weighted sum of a few elements of the argument: a sparse matrix
applied along an axis. Its transpose is one too, so that one operation is its own adjoint.
"""

from __future__ import annotations

import numpy as np

from minitorch.engine.primitive import Primitive
from minitorch.ops.shape import shifted

Array = np.ndarray


class Table:
    """A sparse matrix, row by row: `index` and `weights` are (terms, rows).

    A row with fewer terms than others names one of its own again, with weight 0. `weights` is
    None where there is one term a row and its weight is 1.
    """

    __slots__ = ("_transpose", "index", "size", "weights")

    def __init__(self, index: Array, weights: Array | None, size: int) -> None:
        self.index, self.weights, self.size = index, weights, size
        self._transpose: Table | None = None

    def transpose(self) -> Table:
        """The table of the transposed matrix; made once."""
        if self._transpose is None:
            self._transpose = self._transposed()
            self._transpose._transpose = self
        return self._transpose

    def _transposed(self) -> Table:
        terms, rows = self.index.shape
        weights = np.ones((terms, rows)) if self.weights is None else self.weights
        used = weights != 0
        column, weight = self.index[used], weights[used]
        row = np.broadcast_to(np.arange(rows), (terms, rows))[used]
        order = np.argsort(column, kind="stable")
        column, row, weight = column[order], row[order], weight[order]
        counts = np.bincount(column, minlength=self.size)
        starts = np.cumsum(counts) - counts
        most = max(int(counts.max(initial=0)), 1)
        firsts = row[np.minimum(starts, len(row) - 1)] if len(row) else np.zeros(self.size, int)
        index = np.broadcast_to(firsts, (most, self.size)).copy()
        table = np.zeros((most, self.size))
        turn = np.arange(len(column)) - starts[column]
        index[turn, column], table[turn, column] = row, weight
        return Table(index, table, rows)


def _resample(x: Array, axis: int, table: Table) -> Array:
    if table.weights is None:
        return x.take(table.index[0], axis)
    shape = [1] * x.ndim
    shape[axis] = -1
    wide = np.float32 if x.dtype == np.float16 or x.dtype.kind == "V" else x.dtype
    weights = table.weights.astype(wide)
    if x.shape[axis]:
        parts = (
            x.take(index, axis) * weight.reshape(shape)
            for index, weight in zip(table.index, weights, strict=True)
        )
        y = next(parts)
        for part in parts:
            y += part
        return y.astype(x.dtype, copy=False)
    return np.zeros((*x.shape[:axis], table.index.shape[1], *x.shape[axis + 1 :]), x.dtype)


resample = Primitive(
    "resample", _resample, names=("x", "axis", "table"), linear=(0,), batch=shifted,
    vjps=(lambda g, axis, table: resample(g, axis, table.transpose()),),
    doc="weighted sums of a few elements along an axis, as a table of them says",
)  # fmt: skip
