"""The activations of `torch.nn.functional`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minitorch.engine.views import write
from minitorch.faces import activations as torch
from minitorch.faces.creation import empty_like, zeros_like
from minitorch.faces.elementwise import in_place_of
from minitorch.faces.naming import findable
from minitorch.faces.tensor import Tensor
from minitorch.nn.arguments import require_floating, require_tensor
from minitorch.ops import activations as ops
from minitorch.ops import elementwise

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid",
    "hardswish", "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax",
    "logsigmoid", "mish", "prelu", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_",
    "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh",
    "tanhshrink", "threshold", "threshold_",
]  # fmt: skip

hardshrink, prelu = torch.functions["hardshrink"], torch.functions["prelu"]
celu_, rrelu_, selu_, threshold_ = (
    torch.functions_in_place[name] for name in ("celu_", "rrelu_", "selu_", "threshold_")
)


def _floats(input: Any, name: str, kernel: str = "") -> Tensor:
    """Check that the input is a tensor of floating-point numbers."""
    require_tensor(input, name, "input", 1)
    require_floating(input, kernel or f"{name}_cpu")
    return input


def _apply(function: Callable[[Tensor], Tensor], input: Tensor, inplace: bool) -> Tensor:
    """`function(input)`; in place it is computed from a copy, which the backward pass reads."""
    return input.copy_(function(input.clone())) if inplace else function(input)


def _where(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return elementwise.where.apply((mask, a, b), ())  # type: ignore[return-value]


# Of the family of relu


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """`max(x, 0)`, elementwise; its slope at 0 is 0.

    Example:
        >>> torch.nn.functional.relu(torch.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    if not inplace:
        return torch.relu(input)
    require_tensor(input, "relu_", "input", 1)
    return write(ops.relu, input)  # type: ignore[return-value]


def relu_(input: Tensor) -> Tensor:
    """`relu`, in place."""
    return relu(input, inplace=True)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """`x` where positive, `negative_slope * x` elsewhere."""
    _floats(input, "leaky_relu")
    return _apply(lambda x: ops.leaky_relu.unary(x, float(negative_slope)), input, inplace)


def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """`x` where positive, elsewhere its product with a slope between `lower` and `upper`.

    In training the slope is drawn for each element; else it is the mean of the two;
    arXiv 1505.00853.
    """
    return (rrelu_ if inplace else torch.rrelu)(input, lower, upper, training)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` where positive, `alpha * (exp(x) - 1)` elsewhere."""
    _floats(input, "elu")
    low = float(alpha)
    return _apply(lambda x: ops.elu.unary(x, low, 1.0, 1.0), input, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` where positive, `alpha * (exp(x / alpha) - 1)` elsewhere; arXiv 1704.07483."""
    return (celu_ if inplace else torch.celu)(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """A scaled `elu`, which keeps mean 0 and variance 1; arXiv 1706.02515."""
    return (selu_ if inplace else torch.selu)(input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """`x` where it is above `threshold`, elsewhere `value`."""
    return (threshold_ if inplace else torch.threshold)(input, threshold, value)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """`x`, but at least `min_val` and at most `max_val`; the slope at these is 0.

    Example:
        >>> torch.nn.functional.hardtanh(torch.tensor([-2.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """
    require_tensor(input, "hardtanh", "input", 1)
    if min_val > max_val:
        raise ValueError(
            f"min_val cannot be greater than max_val: they are {min_val} and {max_val}"
        )
    kind = input.dtype
    if kind.numpy.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh: convert them with .float()")
    if kind.numpy.kind == "u" and min_val < 0:
        raise RuntimeError(
            f"cannot do hardtanh on an unsigned type with negative limits: {kind}, {min_val}"
        )
    return _apply(lambda x: _limited(x, min_val, max_val), input, inplace)


def _limited(x: Tensor, low: float, high: float) -> Tensor:
    """`x` between two limits, at which the slope is 0."""
    if x.is_floating_point():
        return ops.hardtanh.unary(x, float(low), float(high))  # type: ignore[return-value]
    return x.masked_fill(x <= low, low).masked_fill(x >= high, high)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """`min(max(x, 0), 6)`, elementwise."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """`relu6(x + 3) / 6`, elementwise."""
    _floats(input, "hardsigmoid")
    return _apply(lambda x: _limited(x + 3, 0.0, 6.0) / 6, input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * relu6(x + 3) / 6`, elementwise; arXiv 1905.02244."""
    _floats(input, "hardswish")
    return _apply(lambda x: x * _limited(x + 3, 0.0, 6.0) / 6, input, inplace)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """`x` moved by `lambd` towards 0, and 0 where it is nearer than that."""
    _floats(input, "softshrink", "softshrink_check")
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}")
    return _where(input > lambd, input - lambd, _where(input < -lambd, input + lambd, input * 0))


def tanhshrink(input: Tensor) -> Tensor:
    """`x - tanh(x)`, elementwise."""
    require_tensor(input, "tanhshrink", "input", 1)
    return input - input.tanh()


# Smooth ones


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent, elementwise."""
    return input.tanh()


def sigmoid(input: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`, elementwise."""
    return input.sigmoid()


def logsigmoid(input: Tensor) -> Tensor:
    """`log(sigmoid(x))`, elementwise, computed without overflow."""
    return -elementwise.softplus.unary(-_floats(input, "log_sigmoid"))


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """`x` times the part of a normal distribution that lies below `x`; arXiv 1606.08415.

    `approximate="tanh"` puts a tanh in the place of the error function.

    Example:
        >>> torch.nn.functional.gelu(torch.tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(
            f"approximate argument must be either none or tanh, not {approximate!r}."
        )
    op = ops.gelu if approximate == "none" else ops.tanh_gelu
    return op.unary(_floats(input, "gelu", "GeluKernelImpl"))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * sigmoid(x)`, elementwise."""
    return _apply(ops.silu.unary, _floats(input, "silu"), inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * tanh(softplus(x))`, elementwise; arXiv 1908.08681."""
    return _apply(ops.mish.unary, _floats(input, "mish"), inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * x)) / beta`; the identity where `beta * x > threshold`."""
    scaled = _floats(input, "softplus")
    scaled = scaled if beta == 1 else scaled * beta
    smooth = elementwise.softplus.unary(scaled)
    return _where(scaled > threshold, input, smooth if beta == 1 else smooth / beta)


def softsign(input: Tensor) -> Tensor:
    """`x / (1 + |x|)`, elementwise."""
    require_tensor(input, "softsign", "input", 1)
    return input / (input.abs() + 1)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along a dimension times the sigmoid of the second; arXiv 1612.08083.

    Raises:
        RuntimeError: the dimension's size is odd.

    Example:
        >>> torch.nn.functional.glu(torch.tensor([1.0, 2.0, 0.0, 0.0]))
        tensor([0.5000, 1.0000])
    """
    _floats(input, "glu")
    if not input.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if input.size(dim) % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim % input.ndim} is size "
            f"{input.size(dim)}"
        )
    half = input.size(dim) // 2
    return input.narrow(dim, 0, half) * input.narrow(dim, half, half).sigmoid()


# Of the family of softmax


def _softmax(
    name: str, input: Tensor, dim: int | None, stacklevel: int, dtype: Any
) -> tuple[Tensor, int]:
    if dim is None:
        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to "
            "include dim=X as an argument.",
            stacklevel=stacklevel,
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


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """The softmax of `-x` over `dim`."""
    x, dim = _softmax("softmin", input, dim, _stacklevel, dtype)
    return (-x).softmax(dim)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """`log(softmax(x))` over `dim`, computed without underflow."""
    x, dim = _softmax("log_softmax", input, dim, _stacklevel, dtype)
    return x.log_softmax(dim)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A sample of the Gumbel-softmax distribution; arXiv 1611.00712, 1611.01144.

    Args:
        logits: unnormalised log probabilities, along `dim`.
        tau: the temperature.
        hard: whether the result is one-hot, with the gradient of the soft sample.
        eps: without effect, as in PyTorch.
    """
    require_tensor(logits, "gumbel_softmax", "logits", 1)
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -empty_like(logits).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return zeros_like(logits).scatter(dim, index, 1.0) - soft.detach() + soft


elu_, hardtanh_, leaky_relu_ = (
    in_place_of(f, f"{f.__name__}_") for f in (elu, hardtanh, leaky_relu)
)
findable({name: f for name, f in globals().items() if name in __all__}, __name__)
