"""Matrix products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.ops.shape import alike, reshape, swap


def _rows(x: Any) -> Any:
    """`x` with all axes but the last folded into one."""
    shape = x._value.shape if isinstance(x, Box) else x.shape
    return x if len(shape) == 2 else reshape(x, (math.prod(shape[:-1]), shape[-1]))


def _batch_matmul(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    return op(*batch.aligned(boxes, flags, reshape))


matmul = Primitive(
    "matmul", np.matmul, names=("a", "b"), arrays=2, linear=(0, 1), broadcasts=True,
    vjps=(lambda g, b: matmul(g, swap(b)), lambda g, a: matmul(swap(a), g)),
    batch=_batch_matmul, grad_name="MmBackward0",
    doc="the product of matrices in the last two axes; the axes before them broadcast",
)  # fmt: skip


def _linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    y = np.matmul(x, weight.T)
    y += bias
    return y


def _batch_linear(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    if flags == (True, False, False):
        return op(*boxes)
    x, weight, bias = alike(boxes, flags)
    size, *middle, _ = x._value.shape
    y = matmul(_batch_rows(x), swap(weight)) + reshape(bias, (size, 1, -1))
    return reshape(y, (size, *middle, weight._value.shape[1]))


linear = Primitive(
    "linear", _linear, names=("x", "weight", "bias"), arrays=3, grad_name="AddmmBackward0",
    vjps=(
        lambda g, weight: g @ weight,
        lambda g, x: outer_rows(g, x),
        lambda g: g,
    ),
    jvps=(
        lambda t, weight: t @ swap(weight),
        lambda t, x: x @ swap(t),
        lambda t: t,
    ),
    broadcasts=True, batch=_batch_linear,
    doc="x @ weight.T + bias, for x of at least one axis",
)  # fmt: skip


def _batch_outer(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    a, b = (_batch_rows(x) for x in alike(boxes, flags))
    return matmul(swap(a), b)


def _batch_rows(x: Box) -> Any:
    """Batched `x` with all axes between the batch axis and the last folded into one."""
    size, *middle, last = x._value.shape
    return reshape(x, (size, math.prod(middle), last))


outer_rows = Primitive(
    "outer_rows", lambda a, b: _rows(a).T @ _rows(b), arrays=2, linear=(0, 1), batch=_batch_outer,
    vjps=(lambda g, b: b @ swap(g), lambda g, a: a @ g),
    doc="the sum over rows of the outer products of a's and b's: a weight's gradient",
)  # fmt: skip
