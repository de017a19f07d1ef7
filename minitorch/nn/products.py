"""The products of `torch.nn.functional` with weight matrices."""

from __future__ import annotations

import math
from typing import Any

from minitorch.errors.raising import taught
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_tensor
from minitorch.ops import linalg

__all__ = ["bilinear", "linear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`.

    Shapes: input `(*, in_features)`, weight `(out_features, in_features)` or `(in_features,)`,
    bias `(out_features,)`, result `(*, out_features)`.

    Example:
        >>> torch.nn.functional.linear(torch.ones(1, 3), torch.ones(2, 3), torch.zeros(2))
        tensor([[3., 3.]])
    """
    try:
        kind = input._value.dtype
        same = kind == weight._value.dtype and (bias is None or kind == bias._value.dtype)
        if same and weight._value.ndim == 2:
            if bias is None:
                return input.matmul(weight.t())
            return linalg.linear.ternary(input, weight, bias)  # type: ignore[return-value]
    except (AttributeError, ValueError, RuntimeError) as error:
        raise taught(_linear_error(input, weight, bias) or error) from None
    if _linear_error(input, weight, bias) is not None:
        raise taught(_linear_error(input, weight, bias))  # in a variable it would keep the input
    return input.matmul(weight)


def _linear_error(input: Any, weight: Any, bias: Any) -> Exception | None:
    """What is wrong with the arguments of `linear`."""
    for i, (name, x) in enumerate((("input", input), ("weight", weight), ("bias", bias))):
        if not isinstance(x, Tensor) and not (x is None and name == "bias"):
            pair = isinstance(x, tuple) and bool(x) and isinstance(x[0], Tensor)
            return TypeError(
                f"linear(): argument '{name}' (position {i + 1}) must be Tensor, not "
                f"{type(x).__name__}; "
                + (
                    "take the part of it that is meant, such as x[0]"
                    if pair
                    else "make one with torch.tensor(...)"
                )
            )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.dtype != input.dtype:
            a, b = input.dtype.scalar_type, x.dtype.scalar_type
            return RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {a} and {b}: the {name} is "
                f"{x.dtype}"
            )
    if not input.ndim or not weight.ndim:
        return RuntimeError(
            "both arguments to linear need to be at least 1D, but they are "
            f"{input.ndim}D and {weight.ndim}D"
        )
    if weight.ndim > 2:
        return RuntimeError(f"linear() expects a weight of 1 or 2 dimensions, not {weight.ndim}")
    rows, wanted = math.prod(input.shape[:-1]), weight.shape[-1]
    if input.shape[-1] != wanted:
        return RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{input.shape[-1]} and "
            f"{wanted}x{weight.shape[0] if weight.ndim > 1 else 1}): the input's last dimension "
            f"must be in_features={wanted}"
        )
    if bias is not None and weight.ndim == 1:
        return RuntimeError("linear() with a bias needs a weight matrix, got a 1-D weight")
    if bias is not None and bias.shape not in ((weight.shape[0],), (1,), ()):
        return RuntimeError(
            f"The expanded size of the tensor ({weight.shape[0]}) must match the existing size "
            f"({bias.shape[-1] if bias.ndim else 1}): linear() got a bias of shape "
            f"{list(bias.shape)}, expected ({weight.shape[0]},)"
        )
    return None


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`y_k = input1 @ weight[k] @ input2 + bias_k` along the last dimensions.

    Shapes: `(*, n1)` and `(*, n2)` with weight `(out, n1, n2)` give `(*, out)`.
    """
    for i, x in enumerate((input1, input2, weight)):
        require_tensor(x, "bilinear", ("input1", "input2", "weight")[i], i + 1)
    expected = (input1.shape[-1], input2.shape[-1])
    if input1.shape[:-1] != input2.shape[:-1] or weight.shape[1:] != expected:
        raise RuntimeError(
            f"bilinear(): inputs of shapes {list(input1.shape)} and {list(input2.shape)} need "
            f"equal leading dimensions and a weight of shape (out, {expected[0]}, {expected[1]}); "
            f"got a weight of shape {list(weight.shape)}"
        )
    out, n1, n2 = weight.shape
    left = input1.reshape(-1, n1).matmul(weight.transpose(0, 1).reshape(n1, out * n2))
    y = (left.reshape(-1, out, n2) * input2.reshape(-1, 1, n2)).sum(-1)
    y = y.reshape(*input1.shape[:-1], out)
    return y if bias is None else y + bias
