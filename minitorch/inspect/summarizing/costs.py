"""How many multiply-adds an operation does: products that are summed up, from its shapes.

Counted are matrix products, convolutions, attention and recurrences, each from what it is given,
and one for each element that is normalised. What multiplies or adds element by element counts
nothing, nor do pooling, activations, lookups, transforms and decompositions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Cost = Callable[[tuple[Any, ...], Any], int]


def _product(args: tuple[Any, ...], y: Any) -> int:
    a = np.shape(args[0])
    return math.prod(np.shape(y)) * a[-1] if a and np.shape(args[1]) else 0


def _linear(args: tuple[Any, ...], y: Any) -> int:
    return int(y.size * args[1].shape[-1])


def _convolution(args: tuple[Any, ...], y: Any) -> int:
    """Each output: the channels of its group times the places of the kernel."""
    return int(y.size * math.prod(args[1].shape[1:]))


def _transposed_convolution(args: tuple[Any, ...], y: Any) -> int:
    """Each input is multiplied with the kernels that it is spread by."""
    return int(args[0].size * math.prod(args[1].shape[1:]))


def _convolution_weight(args: tuple[Any, ...], y: Any) -> int:
    return int(args[1].size * math.prod(y.shape[1:]))


def _attention(args: tuple[Any, ...], y: Any) -> int:
    """Two products: queries with keys, and weights with values."""
    q, k, v = args[:3]
    result = y[0] if isinstance(y, tuple) else y
    rows = result.size // max(v.shape[-1], 1)
    return int(rows * k.shape[-2] * (q.shape[-1] + v.shape[-1]))


def _recurrence(args: tuple[Any, ...], y: Any) -> int:
    """Each row of each step meets the weights of the input and of the state; gates are not."""
    x, w_ih, w_hh = args[0], args[3], args[4]
    return int(x.shape[0] * (w_ih.size + w_hh.size))


def _each(args: tuple[Any, ...], y: Any) -> int:
    return int(args[0].size)


COSTS: dict[str, Cost] = {
    "matmul": _product,
    "dot": _product,
    "linear": _linear,
    "linear_each": _linear,
    "convolution": _convolution,
    "biased_convolution": _convolution,
    "transposed_convolution": _transposed_convolution,
    "convolution_weight": _convolution_weight,
    "attention": _attention,
    "recurrence": _recurrence,
    "layer_norm": _each,
    "channel_norm": _each,
    "rms_norm": _each,
}


def multiply_adds(name: str, args: tuple[Any, ...], y: Any) -> int:
    """The multiply-adds of one run of a primitive on arrays."""
    cost = COSTS.get(name)
    return cost(args, y) if cost is not None else 0
