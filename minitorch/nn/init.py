"""Initialisation: functions that fill a tensor in place, unrecorded, and return it."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.modes import no_grad
from minitorch.faces.tensor import Tensor
from minitorch.random import Generator, default_generator

_LINEAR = (
    "linear", "conv1d", "conv2d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
)  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity shrinks the scale of what goes through it.

    Args:
        nonlinearity: "linear", "conv2d" and the like, "sigmoid", "tanh", "relu", "leaky_relu",
            "selu".
        param: the negative slope, for "leaky_relu"; 0.01 by default.

    Example:
        >>> torch.nn.init.calculate_gain("tanh")
        1.6666666666666667
    """
    if nonlinearity in _LINEAR or nonlinearity == "sigmoid":
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {slope} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    raise ValueError(
        f"Unsupported nonlinearity {nonlinearity}: it is one of {', '.join(_LINEAR)}, sigmoid, "
        "tanh, relu, leaky_relu, selu"
    )


# Plain fillings


@no_grad()
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with numbers uniform in [a, b).

    Example:
        >>> w = torch.nn.init.uniform_(torch.empty(3, 5), -1, 1)
        >>> bool((w.abs() <= 1).all())
        True
    """
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with normal numbers."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normal numbers between `a` and `b`; those that fall outside are drawn again.

    Where [a, b] holds little of the distribution, uniform candidates are accepted in proportion
    to its density instead.

    Example:
        >>> w = torch.nn.init.trunc_normal_(torch.empty(3, 5), std=0.02, a=-0.03, b=0.03)
        >>> bool((w.abs() <= 0.03).all())
        True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of "
            "values may be incorrect.",
            stacklevel=3,
        )

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0

    draw = _redrawn if below(b) - below(a) > 0.3 else _accepted
    random = generator or default_generator
    value = tensor._value
    return _fill(tensor, draw(random, value.shape, value.dtype, mean, std, a, b))


def _redrawn(
    random: Generator, shape: Any, dtype: Any, mean: float, std: float, a: float, b: float
) -> np.ndarray:
    low, high = dtype.type(a), dtype.type(b)
    values = random.normal(shape, mean, std, dtype)
    while (outside := (values < low) | (values > high)).any():
        values = np.where(outside, random.normal(shape, mean, std, dtype), values)
    return values


def _accepted(
    random: Generator, shape: Any, dtype: Any, mean: float, std: float, a: float, b: float
) -> np.ndarray:
    top = ((max(a, min(mean, b)) - mean) / std) ** 2 / 2
    values, pending = np.empty(shape, dtype), np.ones(shape, bool)
    while pending.any():
        candidates = random.uniform(shape, a, b, dtype)
        values = np.where(pending, candidates, values)
        density = top - ((candidates - mean) / std) ** 2 / 2
        with np.errstate(divide="ignore"):
            pending &= np.log(random.uniform(shape, 0.0, 1.0, dtype)) > density
    return values


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return tensor.fill_(val)


@no_grad()
def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return tensor.fill_(1.0)


@no_grad()
def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return tensor.zero_()


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on its diagonal and zeros elsewhere."""
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported; got {tensor.ndim}")
    return _fill(tensor, np.eye(*tensor.shape))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight so that it passes its input channels through."""
    if not 3 <= tensor.ndim <= 5:
        raise ValueError(
            f"Only tensors with 3, 4, or 5 dimensions are supported; got {tensor.ndim}"
        )
    if tensor.shape[0] % groups:
        raise ValueError(f"dim 0 must be divisible by groups: {tensor.shape[0]} by {groups}")
    out = tensor.shape[0] // groups
    channels = np.arange(min(out, tensor.shape[1]))
    middle = tuple(size // 2 for size in tensor.shape[2:])
    weight = np.zeros(tensor.shape)
    for group in range(groups):
        weight[(group * out + channels, channels, *middle)] = 1
    return _fill(tensor, weight)


# Scaled to the layer


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs each output has, and how many outputs each input has."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions; got "
            f"shape {list(tensor.shape)}"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill uniformly within ±gain * sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio, 2010).

    Example:
        >>> w = torch.nn.init.xavier_uniform_(torch.empty(3, 5))
        >>> bool(w.abs().max() <= (6 / 8) ** 0.5)
        True
    """
    bound = gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor)))) * math.sqrt(3)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal numbers of std gain * sqrt(2 / (fan_in + fan_out)) (Glorot, Bengio 2010)."""
    std = gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill uniformly within ±gain * sqrt(3 / fan) (He et al. 2015, arXiv:1502.01852).

    Args:
        a: the negative slope of the leaky ReLU that follows.
        mode: "fan_in" keeps the scale of what goes forward, "fan_out" that of gradients.
    """
    if 0 in tensor.shape:
        return _empty(tensor)
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normal numbers of std gain / sqrt(fan) (He et al. 2015, arXiv:1502.01852)."""
    if 0 in tensor.shape:
        return _empty(tensor)
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def _empty(tensor: Tensor) -> Tensor:
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a (semi-)orthogonal matrix, rows by the rest (Saxe et al. 2013, arXiv:1312.6120).

    Example:
        >>> w = torch.nn.init.orthogonal_(torch.empty(3, 5))
        >>> torch.allclose(w @ w.T, torch.eye(3), atol=1e-5)
        True
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported; got {tensor.ndim}")
    if not tensor.numel():
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    random = generator or default_generator
    flat = random.normal((rows, columns), 0.0, 1.0, tensor._value.dtype)
    q, r = np.linalg.qr(flat.T if rows < columns else flat)
    q = q * np.sign(np.diag(r))  # makes the decomposition, and so the distribution, unique
    return _fill(tensor, (q.T if rows < columns else q) * q.dtype.type(gain))


@no_grad()
def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Fill with normal numbers and zero a fraction of each column (Martens, 2010)."""
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported; got {tensor.ndim}")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    random = default_generator
    places = np.stack([random.permutation(rows)[:zeros] for _ in range(columns)], 1)
    weight = tensor._value.copy()
    np.put_along_axis(weight, places, 0, 0)
    return _fill(tensor, weight)


def _fill(tensor: Tensor, values: np.ndarray) -> Tensor:
    tensor._value[...] = values.reshape(tensor._value.shape)
    tensor._counter[0] += 1
    return tensor


# PyTorch's first names, without the underscore


def _deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    new = function.__name__
    old = new[:-1]

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"The old name of `{new}`."
    return renamed


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
