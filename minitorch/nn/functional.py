"""torch.nn.functional: the functions that layers are made of.

What a function computes stands in `ops`; here arguments are checked and brought into form.
The losses are in `losses`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import fresh
from minitorch.engine.views import write
from minitorch.faces import arithmetic
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import check_probability, require_floating, require_tensor
from minitorch.nn.losses import cross_entropy, l1_loss, mse_loss, nll_loss
from minitorch.ops import elementwise, index, linalg
from minitorch.random import default_generator

__all__ = [
    "bilinear", "cross_entropy", "dropout", "elu", "l1_loss", "leaky_relu", "linear",
    "log_softmax", "mse_loss", "nll_loss", "one_hot", "relu", "relu_", "sigmoid", "silu",
    "softmax", "softplus", "tanh",
]  # fmt: skip

# Layers


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
            return linalg.linear.apply((input, weight, bias), ())  # type: ignore[return-value]
    except (AttributeError, ValueError, RuntimeError) as error:
        raise _linear_error(input, weight, bias) or error from None
    problem = _linear_error(input, weight, bias)
    if problem:
        raise problem
    return input.matmul(weight)


def _linear_error(input: Any, weight: Any, bias: Any) -> Exception | None:
    """What is wrong with the arguments of `linear`."""
    for i, (name, x) in enumerate((("input", input), ("weight", weight), ("bias", bias))):
        if not isinstance(x, Tensor) and not (x is None and name == "bias"):
            return TypeError(
                f"linear(): argument '{name}' (position {i + 1}) must be Tensor, not "
                f"{type(x).__name__}; make one with torch.tensor(...)"
            )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.dtype != input.dtype:
            a, b = input.dtype.scalar_type, x.dtype.scalar_type
            return RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {a} and {b}: linear() of an "
                f"input of {input.dtype} with a {name} of {x.dtype}; convert one, such as "
                f"input.to({x.dtype})"
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
            f"{wanted}x{weight.shape[0] if weight.ndim > 1 else 1}): linear() got an input of "
            f"shape {list(input.shape)}, whose last dimension must be in_features={wanted}"
        )
    if bias is not None and weight.ndim == 1:
        return RuntimeError("linear() with a bias needs a weight matrix, got a 1-D weight")
    if bias is not None:
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


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability `p` and scale the rest by `1 / (1 - p)`, in training.

    Example:
        >>> torch.nn.functional.dropout(torch.ones(3), training=False)
        tensor([1., 1., 1.])
    """
    check_probability(p)
    require_tensor(input, "dropout", "input", 1)
    if not training or p == 0.0:
        return input
    value = input._value
    if value.dtype.kind not in "fcV":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type "
            f"{input.dtype.scalar_type}: dropout() needs a floating-point input, such as "
            "input.float()"
        )
    noise = default_generator.bernoulli(1.0 - p, value.shape).astype(value.dtype)
    if p < 1.0:
        noise /= value.dtype.type(1.0 - p)
    mask = fresh(Tensor, noise)
    return input.mul_(mask) if inplace else input * mask


# Activations


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """`max(x, 0)`, elementwise; its slope at 0 is 0.

    Example:
        >>> torch.nn.functional.relu(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    if not inplace:
        return arithmetic.relu(input)
    require_tensor(input, "relu_", "input", 1)
    return write(elementwise.relu, input)  # type: ignore[return-value]


def relu_(input: Tensor) -> Tensor:
    """`relu`, in place."""
    return relu(input, inplace=True)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent, elementwise."""
    return input.tanh()


def sigmoid(input: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`, elementwise."""
    return input.sigmoid()


def _apply(function: Callable[[Tensor], Tensor], input: Tensor, inplace: bool) -> Tensor:
    """`function(input)`; in place it is computed from a copy, which the backward pass reads."""
    return input.copy_(function(input.clone())) if inplace else function(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """`x` where positive, `negative_slope * x` elsewhere."""
    require_tensor(input, "leaky_relu", "input", 1)
    require_floating(input, "leaky_relu_cpu")
    return _apply(lambda x: _where(x > 0, x, x * negative_slope), input, inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere."""
    require_tensor(input, "elu", "input", 1)
    require_floating(input, "elu_cpu")
    return _apply(lambda x: _where(x > 0, x, x.clamp(max=0).expm1() * alpha), input, inplace)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * sigmoid(x)`, elementwise."""
    require_tensor(input, "silu", "input", 1)
    require_floating(input, "silu_cpu")
    return _apply(lambda x: x * x.sigmoid(), input, inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * x)) / beta`; the identity where `beta * x > threshold`."""
    require_tensor(input, "softplus", "input", 1)
    require_floating(input, "softplus_cpu")
    scaled = input * beta
    smooth = elementwise.softplus.unary(scaled) / beta
    return _where(scaled > threshold, input, smooth)


def _where(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return elementwise.where.apply((mask, a, b), ())  # type: ignore[return-value]


def _softmax(
    name: str, input: Tensor, dim: int | None, stacklevel: int, dtype: Any
) -> tuple[Tensor, int]:
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to "
            "include dim=X as an argument.",
            stacklevel=stacklevel + 1,
        )
        dim = 0 if input.ndim in (0, 1, 3) else 1
    x = input if dtype is None else input.to(dtype)
    require_floating(x, f"{name}_lastdim_kernel_impl")
    return x, dim


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """`exp(x)` divided by its sum over `dim`.

    Example:
        >>> torch.nn.functional.softmax(torch.zeros(1, 4), dim=1)
        tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    x, dim = _softmax("softmax", input, dim, _stacklevel, dtype)
    return x.softmax(dim)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """`log(softmax(x))` over `dim`, computed without underflow."""
    x, dim = _softmax("log_softmax", input, dim, _stacklevel, dtype)
    return x.log_softmax(dim)


# Encoding


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class indices as rows with one 1: int64 of shape `(*, num_classes)`.

    `num_classes=-1` takes one more than the largest index.

    Example:
        >>> torch.nn.functional.one_hot(torch.tensor([0, 2]), num_classes=3)
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    require_tensor(tensor, "one_hot", "tensor", 1)
    x = tensor._value
    if x.dtype != np.int64:
        raise RuntimeError(
            "one_hot is only applicable to index tensor of type LongTensor; got "
            f"{tensor.dtype}, which .long() converts"
        )
    if num_classes == -1:
        if not x.size:
            raise RuntimeError(
                "Can not infer total number of classes from empty tensor; give num_classes"
            )
        num_classes = int(x.max()) + 1
    if x.size and x.min() < 0:
        raise RuntimeError(f"Class values must be non-negative. The smallest is {x.min()}")
    if num_classes < 1 or (x.size and x.max() >= num_classes):
        raise RuntimeError(
            f"Class values must be smaller than num_classes. num_classes is {num_classes}"
            + (f" and the largest class value {x.max()}" if x.size else "")
        )
    return index.one_hot.unary(tensor, num_classes)
