"""The operations that the sweep itself needs: to undo broadcasting, to cast, to copy.

They bring a gradient to the shape and dtype of the argument that it belongs to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box
from minitorch.engine.node import Node
from minitorch.engine.primitive import Primitive
from minitorch.kernels.rows import ones

Shape = tuple[int, ...]
ndarray = np.ndarray


def _sum(x: np.ndarray, shape: Shape) -> np.ndarray:
    """Sum away what broadcasting from `shape` added."""
    lead = x.ndim - len(shape)
    if lead and len(shape) == 1 and x.dtype.char in "fd" and x.flags.c_contiguous:
        rows = x if lead == 1 else x.reshape(x.size // max(x.shape[-1], 1), x.shape[-1])
        x = ones(len(rows), x.dtype).dot(rows)
        if x.shape == shape:
            return x
    elif lead:
        x = np.add.reduce(x, axis=tuple(range(lead)) if lead > 1 else 0)
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return np.add.reduce(x, axis=axes, keepdims=True) if axes else x


def _batch_sum(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    (box,), (shape,) = boxes, params
    own = box._value.shape
    ones = (1,) * (len(own) - 1 - len(shape))
    summed = op(box, (own[0], *ones, *shape))
    return op.known("reshape")(summed, (own[0], *shape)) if ones else summed


sum_to = Primitive(
    "sum_to", _sum, linear=(0,), batch=_batch_sum, grad_name="SumBackward1",
    vjps=(lambda g, x_shape: Primitive.known("broadcast_to")(g, x_shape),),
    doc="`x` summed to `shape`: the adjoint of broadcasting to it.",
)  # fmt: skip


def _cast(x: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    return (x.real if x.dtype.kind == "c" != dtype.kind else x).astype(dtype)


cast = Primitive(
    "cast", _cast, names=("x", "dtype"), linear=(0,),
    batch=batch.elementwise, grad_name="ToCopyBackward0",
    vjps=(lambda g, x_dtype: cast(g, x_dtype),),
    doc="A copy of `x` with another dtype; of complex numbers as real ones, the real part.",
)  # fmt: skip

identity = Primitive(
    "identity", lambda x: x.copy(), names=("x",), linear=(0,), batch=batch.elementwise,
    vjps=(lambda g: g,), grad_name="CloneBackward0",
    doc="A copy of `x`.",
)  # fmt: skip


def conform(g: Any, node: Node) -> Any:
    """The gradient `g` in the shape and dtype of the value that `node` stands for.

    The gradient of a real value is real: the real part of one that complex numbers gave.
    """
    if not isinstance(g, Box):
        if g.shape != node.shape:
            g = _sum(g, node.shape)
        if g.dtype != node.dtype:
            g = _cast(g, node.dtype)
        return g
    if g._value.shape != node.shape:
        g = sum_to(g, node.shape)
    return g if g._value.dtype == node.dtype else cast(g, node.dtype)
