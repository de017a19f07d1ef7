"""Losses as single operations; each equals the composition that stands in its test."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.primitive import Primitive
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
    LARGE,
    _largest,
    count,
    exponentials,
    logsumexp,
    mean,
    row_sums,
    shape_of,
    softmax,
    softmax_back,
    total,
)
from minitorch.ops.shape import alike, reshape


def _mse(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = np.subtract(a, b).ravel()
    return np.dot(difference, difference) / np.asarray(difference.size, difference.dtype)


def _share(x: Any) -> float:
    """2 / n: what the slope of a mean of n squares has in front."""
    return 2.0 / max(count(shape_of(x), None), 1)


def _batch_mse(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    a, b = alike(boxes, flags)
    return mean(square(a - b), tuple(range(1, a._value.ndim)), False)  # type: ignore[operator]


mse = Primitive(
    "mse", _mse, arrays=2, batch=_batch_mse, grad_name="MseLossBackward0",
    vjps=(lambda g, a, b: (a - b) * (g * _share(a)), lambda g, a, b: (b - a) * (g * _share(a))),
    jvps=(
        lambda t, a, b: total(t * (a - b), None, False) * _share(a),
        lambda t, a, b: total(t * (b - a), None, False) * _share(a),
    ),
    doc="the mean of (a - b) ** 2; a and b have one shape",
)  # fmt: skip


def _cross_entropy(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    aimed = x[np.arange(len(x)), target]
    y = np.subtract(x, aimed[:, np.newaxis])
    if x.dtype.char in "fd" and np.maximum.reduce(y, None, initial=0) < LARGE:
        sums = row_sums(np.exp(y, out=y))  # of 1 and what else there is: no underflow either
        return np.dot(np.log(sums), weight)
    y = np.subtract(x, _largest(x, 1))
    losses = np.log(np.add.reduce(np.exp(y), 1)) - y[np.arange(len(y)), target]
    return np.dot(losses, weight)


def _miss(x: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    y, sums = exponentials(x, 1)
    y *= weight[:, np.newaxis] / sums
    y[np.arange(len(y)), target] -= weight
    return y


def _rows(x: Box, target: Box) -> tuple[Any, Any]:
    """Batched logits and targets with all their rows along one axis."""
    size, rows, classes = x._value.shape
    return reshape(x, (size * rows, classes)), reshape(target, (size * rows,))


def _batch_miss(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    x, target, weight = alike(boxes, flags)
    return reshape(op(*_rows(x, target), reshape(weight, (-1,))), x._value.shape)


miss = Primitive(
    "miss", _miss, arrays=3, linear=(2,), batch=_batch_miss,
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
    "cross_entropy", _cross_entropy, arrays=3, grad_name="NllLossBackward0",
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


def row_losses(x: Any, target: Any) -> Any:
    """The cross-entropy of each row."""
    return logsumexp(x, (1,), False) - reshape(gather(x, column(target), 1), (-1,))


def _floored_log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100)


def _binary_cross_entropy(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    return (target - 1) * _floored_log(1 - x) - target * _floored_log(x)


binary_cross_entropy = elementwise(
    "binary_cross_entropy", _binary_cross_entropy,
    (
        lambda x, target: (x - target) / clamp(x * (1 - x), 1e-12, None),
        lambda x: log(1 - x) - log(x),
    ),
    doc="-target log(x) - (1 - target) log(1 - x), with logarithms of at least -100",
)  # fmt: skip

logit_cross_entropy = elementwise(
    "logit_cross_entropy", lambda x, target: (1 - target) * x + softplus.run(-x),
    (lambda x, target: sigmoid(x) - target, lambda x: -x),
    grad_name="BinaryCrossEntropyWithLogitsBackward0",
    doc="`binary_cross_entropy` of sigmoid(x), without overflow",
)  # fmt: skip
