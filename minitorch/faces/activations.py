"""torch.*: the activations that stand beside the elementwise functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.node import titled
from minitorch.engine.views import write
from minitorch.faces.elementwise import in_place_of
from minitorch.faces.operands import NumberArgument, box_of, check_fits, input_box, refused, wrapped
from minitorch.ops import activations as ops
from minitorch.ops import elementwise as ew
from minitorch.ops import shape
from minitorch.random import Generator, default_generator

Function = Callable[..., Any]
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # arXiv 1706.02515


def relu(input: Any) -> Any:
    """Elementwise: the input where it is > 0, else 0."""
    if not isinstance(input, Box) or input._value.dtype.kind != "f":
        input = _ordered(input, "relu")
    return ops.relu.unary(input)


def relu_(self: Any) -> Any:
    """In place: the tensor where it is > 0, else 0."""
    return write(ops.relu, _ordered(self, "relu"))


def _ordered(input: Any, name: str) -> Box:
    x = input_box(input, name)
    if x._value.dtype == bool:
        raise RuntimeError(f"Boolean inputs not supported for {name}: convert them with .float()")
    if x._value.dtype.kind == "c":
        raise refused(f"{name}_cpu", x)
    return x


def _real(input: Any, name: str) -> Box:
    x = input_box(input, name)
    if x._value.dtype.kind in "iubc":
        raise refused(f"{name}_cpu", x)
    return x


def celu(input: Any, alpha: NumberArgument = 1.0) -> Any:
    """The input where it is > 0, else alpha * (exp(input / alpha) - 1); arXiv 1704.07483.

    Example:
        >>> torch.celu(torch.tensor([-1., 1.]))
        tensor([-0.6321,  1.0000])
    """
    if not alpha:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return titled(
        ops.elu.unary(_real(input, "elu"), float(alpha), 1.0, 1.0 / alpha), "CeluBackward0"
    )


def selu(input: Any) -> Any:
    """A scaled `elu`, which keeps mean 0 and variance 1; arXiv 1706.02515."""
    return ops.elu.unary(_real(input, "elu"), SELU_ALPHA * SELU_SCALE, SELU_SCALE, 1.0)


def hardshrink(input: Any, lambd: NumberArgument = 0.5) -> Any:
    """The input where |input| > lambd, else 0."""
    x = _real(input, "hardshrink")
    small = ew.less_equal.binary(ew.absolute.unary(x), wrapped(lambd, x._value.dtype, x.face))
    return titled(ew.masked.apply((x, ew.logical_not.unary(small)), ()), "HardshrinkBackward0")


def threshold(input: Any, threshold: NumberArgument, value: NumberArgument) -> Any:
    """The input where it is > threshold, else `value`."""
    x = _ordered(input, "threshold")
    dtype = x._value.dtype
    check_fits(value, dtype)
    low = ew.less_equal.binary(x, wrapped(threshold, dtype, x.face))
    return titled(ew.where.apply((low, wrapped(value, dtype, x.face), x), ()), "ThresholdBackward0")


def prelu(input: Any, weight: Any) -> Any:
    """The input where it is > 0, else weight * input; arXiv 1502.01852.

    `weight` has one element, or one for each channel: for each index of dimension 1.
    """
    x = input_box(input, "prelu")
    w = box_of(weight, "prelu(): argument 'weight' (position 2)")
    rank, size = x._value.ndim, w._value.size
    if x._value.dtype != w._value.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {x._value.dtype} and {w._value.dtype}"
        )
    if w._value.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {w._value.ndim}"
        )
    if w._value.ndim and size != 1:
        if not rank:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = x._value.shape[1] if rank > 1 else 1
        if channels != size:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{size} and channel size = {channels}."
            )
    _real(input, "prelu")
    sizes = () if not rank else (1,) * (rank > 1) + (size,) + (1,) * (rank - 2)
    w = shape.reshape.unary(w, sizes)
    return titled(_leaky(x, w), "PreluKernelBackward0")


def _leaky(x: Box, slope: Box) -> Any:
    """x where it is > 0, else slope * x; no infinity is multiplied by 0 on the way back."""
    above = ew.greater.binary(x, wrapped(0, x._value.dtype, x.face))
    below = ew.masked.apply((x, ew.logical_not.unary(above)), ())
    return ew.where.apply((above, x, ew.multiply.binary(slope, below)), ())


def rrelu(input: Any, lower: NumberArgument = 0.125, upper: NumberArgument = 1 / 3,
          training: bool = False, generator: Generator | None = None) -> Any:  # fmt: skip
    """The input where it is > 0, else its product with a slope between `lower` and `upper`.

    The slope is drawn anew for each element while training, and the mean of the two else.
    """
    x = _real(input, "rrelu")
    for bound, which in ((lower, "lower"), (upper, "upper")):
        if not math.isfinite(bound):
            raise RuntimeError(f"rrelu: {which} bound must be finite, got {bound}")
    if lower > upper:
        raise RuntimeError(
            f"Lower bound should be less than or equal to the upper bound, not {lower} > {upper}"
        )
    if training:
        slopes = np.ones(x._value.shape, x._value.dtype)
        below = x._value <= 0
        generator = default_generator if generator is None else generator
        slopes[below] = generator.uniform((int(below.sum()),), lower, upper, np.float64)
        return titled(ew.multiply.binary(x, fresh(x.face, slopes)), "RreluWithNoiseBackward0")
    return titled(
        _leaky(x, wrapped((lower + upper) / 2, x._value.dtype, x.face)), "RreluWithNoiseBackward0"
    )


functions: dict[str, Function] = {
    f.__name__: f for f in (relu, celu, selu, hardshrink, threshold, prelu, rrelu)
}
functions_only = ("celu", "selu", "threshold", "rrelu")
methods: dict[str, Function] = {"relu_": relu_}
functions_in_place: dict[str, Function] = {
    f"{f.__name__}_": in_place_of(f, f"{f.__name__}_") for f in (celu, selu, threshold, rrelu)
}
takes_out = ("hardshrink", "threshold")
