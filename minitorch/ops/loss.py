"""Losses as single operations; each equals the composition that stands in its test."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
from minitorch.kernels import entropy, rows
from minitorch.ops.activations import is_nonzero, relu
from minitorch.ops.elementwise import (
    clamp,
    elementwise,
    log,
    sigmoid,
    softplus,
    square,
    zeros_of,
)
from minitorch.ops.index import gather
from minitorch.ops.reduce import (
    count,
    mean,
    shape_of,
    softmax,
    softmax_back,
    total,
)
from minitorch.ops.shape import alike, reshape


def _mse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = np.subtract(a, b).ravel()
    return difference.dot(difference) / difference.dtype.type(difference.size)


def _apart(g: Any, a: Any, b: Any) -> Any:
    """The slope of the mean of squares by `a`, times `g`."""
    factor = g if isinstance(g, Box) else g[()]  # NumPy takes long over numbers in arrays
    return (a - b) * (factor * _share(a))


def _share(x: Any) -> float:
    """2 / n: what the slope of a mean of n squares has in front."""
    return 2.0 / max(count(shape_of(x), None), 1)


def _batch_mse(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    a, b = alike(boxes, flags)
    return mean(square(a - b), tuple(range(1, a._value.ndim)), False)  # type: ignore[operator]


mse = Primitive(
    "mse", _mse, arrays=2, batch=_batch_mse, grad_name="MseLossBackward0",
    vjps=(lambda g, a, b: _apart(g, a, b), lambda g, a, b: _apart(g, b, a)),
    jvps=(
        lambda t, a, b: total(t * (a - b), None, False) * _share(a),
        lambda t, a, b: total(t * (b - a), None, False) * _share(a),
    ),
    doc="the mean of (a - b) ** 2; a and b have one shape",
)  # fmt: skip


def _rows(x: Box, target: Box) -> tuple[Any, Any]:
    """Batched logits and targets with all their rows along one axis."""
    size, rows, classes = x._value.shape
    return reshape(x, (size * rows, classes)), reshape(target, (size * rows,))


def _batch_miss(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    x, target, weight = alike(boxes, flags)
    return reshape(op(*_rows(x, target), reshape(weight, (-1,))), x._value.shape)


miss = Primitive(
    "miss", entropy.miss, arrays=3, linear=(2,), batch=_batch_miss,
    vjps=(
        lambda g, x, weight: softmax_back(g * column(weight), softmax(x, 1), 1),
        None,
        lambda g, x, target, weight: total(
            g * miss(x, target, zeros_of(weight) + 1), (1,), False
        ),
    ),
    jvps=(lambda t, x, weight: softmax_back(t * column(weight), softmax(x, 1), 1),),
    doc="softmax(x) along axis 1, less 1 at each row's target, times the row's weight: the slope "
    "of the cross-entropy",
)  # fmt: skip


def _batch_cross_entropy(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    x, target, weight = alike(boxes, flags)
    losses = reshape(row_losses(*_rows(x, target)), weight._value.shape)
    return total(losses * weight, (1,), False)


cross_entropy = Primitive(
    "cross_entropy", entropy.cross, arrays=3, grad_name="NllLossBackward0",
    batch=_batch_cross_entropy,
    vjps=(
        lambda g, x, target, weight: miss(x, target, g * weight),
        None,
        lambda g, x, target: g * row_losses(x, target),
    ),
    jvps=(
        lambda t, x, target, weight: total(t * miss(x, target, weight), None, False),
        None,
        lambda t, x, target: total(t * row_losses(x, target), None, False),
    ),
    doc="the sum over rows of weight * (logsumexp(x) - x[target]), for logits x of shape (n, c)",
)  # fmt: skip


def column(x: Any) -> Any:
    """A vector as a column."""
    return reshape(x, (-1, 1))


def _row_losses(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    y = np.subtract(x, rows.tops(x))
    aimed = y[np.arange(len(y)), target]
    return np.log(rows.sums(np.exp(y, out=y))[:, 0]) - aimed


def _batch_row_losses(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    x, target = alike(boxes, flags)
    return reshape(op(*_rows(x, target)), target._value.shape)


row_losses = Primitive(
    "row_losses", _row_losses, arrays=2, batch=_batch_row_losses, grad_name="NllLossBackward0",
    vjps=(lambda g, x, target: miss(x, target, g), None),
    jvps=(
        lambda t, x, target: total(t * softmax(x, 1), (1,), False)
        - reshape(gather(t, column(target), 1), (-1,)),
        None,
    ),
    doc="the cross-entropy of each row: logsumexp(x) - x[target], for logits x of shape (n, c)",
)  # fmt: skip


binary_cross_entropy = elementwise(
    "binary_cross_entropy", entropy.binary,
    (lambda x, target: binary_slope(x, target), lambda x: log(1 - x) - log(x)),
    doc="-target log(x) - (1 - target) log(1 - x), with logarithms of at least -100",
)  # fmt: skip
binary_slope = elementwise(
    "binary_slope", entropy.binary_slope,
    (lambda y, x: (1 - y * _spread_slope(x)) / _spread(x), lambda x: -1 / _spread(x)),
    doc="the slope of `binary_cross_entropy`: (x - target) / (x (1 - x)), and that at least 1e-12",
)  # fmt: skip


def _spread(x: Any) -> Any:
    return clamp(x * (1 - x), 1e-12, None)


def _spread_slope(x: Any) -> Any:
    return (1 - 2 * x) * is_nonzero(relu(x * (1 - x) - 1e-12))


logit_cross_entropy = elementwise(
    "logit_cross_entropy", lambda x, target: (1 - target) * x + softplus.run(-x),
    (lambda x, target: sigmoid(x) - target, lambda x: -x),
    grad_name="BinaryCrossEntropyWithLogitsBackward0",
    doc="`binary_cross_entropy` of sigmoid(x), without overflow",
)  # fmt: skip
