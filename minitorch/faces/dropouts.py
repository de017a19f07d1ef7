"""torch.*: dropout of elements and of whole channels, with zeros or with SELU's own floor."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from minitorch.engine.box import Box, fresh
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import named
from minitorch.faces.drawing import of_shapes
from minitorch.faces.operands import input_box, number
from minitorch.faces.sampling import in_memory_order
from minitorch.faces.tensor import Tensor
from minitorch.ops import elementwise as ew
from minitorch.random import default_generator

Function = Callable[..., Any]

_FLOOR = 1.7580993408473766  # -selu(-inf), which alpha dropout puts where PyTorch's other puts 0


@of_shapes
def _mask(input: Any, p: float, feature: bool = False) -> Any:
    """0 with probability `p`, else 1; with `feature`, one number for each example and channel."""
    value = input._value
    draw = partial(default_generator.bernoulli, 1.0 - p)
    if feature:
        kept = draw((*value.shape[:2], *(1 for _ in value.shape[2:])))
    else:
        kept = in_memory_order(draw, value)
    return fresh(Tensor, kept.astype(value.dtype))


def _dropout(name: str, feature: bool, alpha: bool, in_place: bool) -> Function:
    def function(input: Any, p: float, train: bool) -> Any:
        x = _checked(input, p, name)
        if p == 0 or not train or not x._value.size:
            return x
        if feature and x._value.ndim < 2:
            raise RuntimeError(
                "Feature dropout requires at least 2 dimensions in the input: an example and a "
                f"channel, not shape {list(x._value.shape)}"
            )
        if p < 1 and x._value.dtype.kind not in "fcV":
            raise RuntimeError(
                "result type Float can't be cast to the desired output type "
                f"{dtypes.of(x._value.dtype).scalar_type}: {name} takes floating-point numbers; "
                "convert with .float()"
            )
        factor, offset = _noise(x, p, feature, alpha)
        multiply = write if in_place else lambda op, a, b: op.binary(a, b)
        y = multiply(ew.multiply, x, factor)
        return y if offset is None else multiply(ew.add, y, offset)

    what = "channels" if feature else "elements"
    filled = "the floor of SELU, so that mean and variance are kept," if alpha else "0"
    place = "In place: " if in_place else ""
    text = f"{place}while training, {what} are {filled} with probability `p`; the rest make up."
    return named(function, name, text)


def _checked(input: Any, p: float, name: str) -> Box:
    x = input_box(input, name)
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    return x


def _noise(x: Box, p: float, feature: bool, alpha: bool) -> tuple[Box, Box | None]:
    """What dropout multiplies with, and what it adds."""
    dtype = x._value.dtype
    if p == 1:
        return number(0.0, dtype, x.face), None  # and nothing is drawn
    kept = _mask(x, p, feature)
    if not alpha:
        return ew.divide.binary(kept, number(1.0 - p, dtype, x.face)), None
    scale = 1.0 / math.sqrt((_FLOOR * _FLOOR * p + 1) * (1 - p))
    floor = number(_FLOOR * scale, dtype, x.face)
    lost = ew.subtract.binary(kept, number(1.0, dtype, x.face))
    shift = number(_FLOOR * scale * p, dtype, x.face)
    offset = ew.add.binary(ew.multiply.binary(lost, floor), shift)
    return ew.multiply.binary(kept, number(scale, dtype, x.face)), offset


_KINDS = {"dropout": (False, False), "feature_dropout": (True, False),
          "alpha_dropout": (False, True), "feature_alpha_dropout": (True, True)}  # fmt: skip
functions: dict[str, Function] = {
    name: _dropout(name, *kind, in_place=False) for name, kind in _KINDS.items()
}
functions_only = (*functions,)
functions_in_place: dict[str, Function] = {
    f"{name}_": _dropout(f"{name}_", *kind, in_place=True) for name, kind in _KINDS.items()
}
