"""Rows of a table, looked up by their numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.kernels.embedding import add_rows as add
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import alike, reshape


def _embedding(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    return np.take(table, index, 0)


def _add_rows(x: np.ndarray, index: np.ndarray, rows: int) -> np.ndarray:
    width = x.shape[index.ndim :]
    y = add(x.reshape(index.size, math.prod(width)), index.reshape(-1), rows)
    return y.reshape(rows, *width)  # type: ignore[no-any-return]


def _apart(index: Any, rows: int) -> Any:
    """Indices into the tables of all examples, one below the other."""
    size, *own = shape_of(index)
    return index + np.arange(0, size * rows, rows).reshape(size, *(1,) * len(own))


def _batch_embedding(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    if not flags[0]:
        return op(*boxes)
    table, index = alike(boxes, flags)
    size, rows, *width = table._value.shape
    return op(reshape(table, (size * rows, *width)), _apart(index, rows))


def _batch_add_rows(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    x, index = alike(boxes, flags)
    (rows,), size = params, batch.size_of(boxes, flags)
    y = op(x, _apart(index, rows), size * rows)
    return reshape(y, (size, rows, *y._value.shape[1:]))


embedding = Primitive(
    "embedding", _embedding, names=("table", "index"), arrays=2, linear=(0,),
    batch=_batch_embedding,
    vjps=(lambda g, index, table_shape: add_rows(g, index, table_shape[0]),),
    doc="the rows of a table that an array of indices names",
)  # fmt: skip

add_rows = Primitive(
    "add_rows", _add_rows, names=("x", "index", "rows"), arrays=2, linear=(0,),
    batch=_batch_add_rows, vjps=(lambda g, index: embedding(g, index),),
    grad_name="IndexAddBackward0",
    doc="a table of zeros with x added to the rows that an index names: the adjoint of `embedding`",
)  # fmt: skip
