"""torch.*: normalisation of batches, layers, groups and single examples.

Statistics of half-precision numbers are computed in float32, as PyTorch does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.engine.node import titled
from minitorch.engine.views import write
from minitorch.faces import dtypes
from minitorch.faces.operands import box_of, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import normalization as ops
from minitorch.ops.channel_norm import channel_norm, moved
from minitorch.ops.shape import getitem, reshape

Function = Callable[..., Any]
Shape = tuple[int, ...]


def _wide(x: Box) -> Any:
    """`x` in a dtype that sums can be computed in."""
    return to_dtype(x, np.dtype(np.float32)) if x._value.dtype.itemsize == 2 else x


def _affine(y: Any, weight: Any, bias: Any, sizes: Shape | None = None) -> Any:
    """`y * weight + bias`, of which each may be None; `sizes` are what they broadcast at."""
    for op, x in ((ew.multiply, weight), (ew.add, bias)):
        if x is not None:
            x = _wide(x)
            y = op.binary(y, x if sizes is None else reshape.unary(x, sizes))
    return y


def _scale_and_shift(x: Any, weight: Any, bias: Any, sizes: Shape) -> tuple[Any, Any]:
    """Both as boxes, of 1 and 0 where there are none."""
    weight, bias = (
        fresh(x.face, np.full(sizes, none, x._value.dtype)) if p is None else _wide(p)
        for p, none in ((weight, 1), (bias, 0))
    )
    return weight, bias


def _checked(input: Any, name: str, parameters: dict[str, Any], kinds: str = "fV") -> Any:
    """The input as a box, of a dtype that can be normalised and that the parameters have too."""
    x = box_of(input, f"{name}(): argument 'input' (position 1)")
    own = x._value.dtype
    if own.kind not in kinds:
        raise NotImplementedError(
            f"\"{name}\" not implemented for '{dtypes.of(own).scalar_type}': convert the input "
            "with .float()"
        )
    for what, p in parameters.items():
        if p is None:
            continue
        kind = box_of(p, f"{name}(): argument '{what}'")._value.dtype
        if kind != own and not (own.itemsize == 2 and kind == np.float32):
            expected, found = (dtypes.of(d).scalar_type for d in (own, kind))
            raise RuntimeError(
                f"expected scalar type {expected} but found {found}: {name}() of an input of "
                f"{dtypes.of(own)} with a {what} of {dtypes.of(kind)}; convert one of them"
            )
    return x


def _trailing(x: Box, sizes: Any, name: str, parameters: dict[str, Any]) -> tuple[int, ...]:
    """The axes of `normalized_shape`, which the input must end in and the parameters must have."""
    if not isinstance(sizes, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(sizes).__name__}"
        )
    sizes = tuple(n.__index__() for n in sizes)
    if not sizes:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least "
            "one element, but got normalized_shape = []"
        )
    for what, p in parameters.items():
        if p is not None and p._value.shape != sizes:
            raise RuntimeError(
                f"Expected {what} to be of same shape as normalized_shape, but got {what} of "
                f"shape {list(p._value.shape)} and normalized_shape = {list(sizes)}"
            )
    rank, shape = len(sizes), x._value.shape
    if shape[len(shape) - rank :] != sizes or len(shape) < rank:
        wanted = ", ".join(["*", *map(str, sizes)])
        raise RuntimeError(
            f"Given normalized_shape={list(sizes)}, expected input with shape [{wanted}], but "
            f"got input of size{list(shape)}"
        )
    return tuple(range(len(shape) - rank, len(shape)))


def layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None,
               eps: float = 1e-05, cudnn_enable: bool = True) -> Any:  # fmt: skip
    """Each example less its mean, over its standard deviation; arXiv 1607.06450.

    Args:
        input: of shape `(*, *normalized_shape)`; mean and variance are those of the last
            dimensions.
        weight, bias: what the result is multiplied with and what is added, `normalized_shape`.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:
        >>> torch.layer_norm(torch.tensor([[1., 3.], [5., 9.]]), [2])
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """
    parameters = {"weight": weight, "bias": bias}
    x = _checked(input, "layer_norm", parameters)
    axes = _trailing(x, normalized_shape, "layer_norm", parameters)
    wide = _wide(x)
    y, _, _ = ops.layer_norm.apply((wide, *_scale_and_shift(wide, weight, bias, ())), (axes, eps))
    return to_dtype(y, x._value.dtype)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None,
             eps: float | None = None) -> Any:  # fmt: skip
    """Each example over the root of the mean of its squares; arXiv 1910.07467.

    `eps` is added to that mean; by default it is the resolution of the input's dtype.

    Example:
        >>> torch.rms_norm(torch.tensor([3., 4.]), [2])
        tensor([0.8485, 1.1314])
    """
    x = _checked(input, "rms_norm", {}, "fcV")
    axes = _trailing(x, normalized_shape, "rms_norm", {"weight": weight})
    wide = _wide(x)
    dtype = wide._value.dtype
    y = ops.rms_norm.unary(wide, axes, float(np.finfo(dtype).eps) if eps is None else eps)
    weight = None if weight is None else to_dtype(weight, dtype)
    return to_dtype(_affine(y, weight, None), x._value.dtype)


def _constant(**statistics: Any) -> None:
    """Refuse running statistics that want a gradient."""
    for what, p in statistics.items():
        if p is not None and p.requires_grad:
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument "
                f"'{what}'. This input cannot have requires_grad True; detach() it"
            )


def _per_channel(x: Box, name: str, given: dict[str, Any]) -> Shape:
    """The sizes at which numbers of each channel broadcast."""
    shape = x._value.shape
    if len(shape) < 2:
        raise RuntimeError(
            f"{name}() expected an input of shape (N, C, ...), with at least 2 dimensions, but "
            f"got shape {list(shape)}"
        )
    for what, p in given.items():
        if p is not None and p._value.size != shape[1]:
            raise RuntimeError(
                f"{what} should contain {shape[1]} elements not {p._value.size}: {name}() got an "
                f"input of shape {list(shape)}, whose dimension 1 is that of the channels"
            )
        loose = name == "batch_norm" and what in ("weight", "bias")  # of any shape, as in PyTorch
        if p is not None and p._value.ndim != 1 and not loose:
            raise RuntimeError(
                f"{name}() expected {what} of shape [{shape[1]}], a number for each channel, but "
                f"got shape {list(p._value.shape)}"
            )
    return (1, shape[1], *(1,) * (len(shape) - 2))


def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
               training: bool, momentum: float, eps: float,
               cudnn_enabled: bool) -> Any:  # fmt: skip
    """Each channel less its mean, over its standard deviation; arXiv 1502.03167.

    Args:
        input: of shape `(N, C, *)`.
        weight, bias: of shape `(C,)`, or None.
        running_mean, running_var: of shape `(C,)`: what is used unless `training`; in training
            they move by `momentum` towards the batch's (the variance over n - 1). Or None.

    Raises:
        RuntimeError: shapes or dtypes that do not fit.

    Example:
        >>> x = torch.tensor([[1., 5.], [3., 9.]])
        >>> torch.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, False)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight,
             "bias": bias}  # fmt: skip
    x = _checked(input, "batch_norm", given)
    if not x._value.size:
        return _of_nothing(x, weight, bias)
    sizes = _per_channel(x, "batch_norm", given)
    weight, bias = (
        p if p is None or p._value.ndim == 1 else reshape.unary(p, sizes[1:2])
        for p in (weight, bias)
    )
    _constant(running_mean=running_mean, running_var=running_var)
    wide = _wide(x)
    if training:
        affine = _scale_and_shift(wide, weight, bias, sizes[1:2])
        y, mean, var = channel_norm.apply((wide, *affine), (0, eps))
        n = x._value.size // max(x._value.shape[1], 1)
        _move(running_mean, mean, momentum, 1.0)
        _move(running_var, var, momentum, n / (n - 1) if n > 1 else float("nan"))
    else:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "Expected running_mean and running_var to be defined when training=False: without "
                "them batch_norm() knows no statistics but those of the batch"
            )
        y = _by_statistics(wide, running_mean, running_var, weight, bias, eps, sizes)
    return to_dtype(y, x._value.dtype)


def _of_nothing(x: Box, weight: Any, bias: Any) -> Any:
    """An empty batch, through which every parameter gets a gradient of zeros."""
    scale, shift = (
        None if p is None else getitem(reshape.unary(p, (p._value.size,)), (slice(0, 1),))
        for p in (weight, bias)
    )
    return to_dtype(_affine(identity.unary(_wide(x)), scale, shift, ()), x._value.dtype)


def _by_statistics(
    x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float, sizes: Shape
) -> Any:
    """`x` less known means, over known standard deviations, times a weight, plus a bias."""
    scale = ew.rsqrt.unary(to_dtype(var, x._value.dtype) + eps)
    if weight is not None:
        scale = scale * _wide(weight)
    shift = ew.negative.unary(to_dtype(mean, x._value.dtype)) * scale
    if bias is not None:
        shift = shift + _wide(bias)
    return x * reshape.unary(scale, sizes) + reshape.unary(shift, sizes)


def _move(running: Any, value: Any, momentum: float, scale: float) -> None:
    """Move a running statistic towards that of a batch."""
    if running is None:
        return
    value = reshape.unary(value.detach(), running.shape)
    if value.dtype == running.dtype:
        write(moved, running.detach(), value, 1 - momentum, momentum * scale)
    else:  # of half precision
        running.detach().mul_(1 - momentum).add_(value * (momentum * scale))


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None,
               eps: float = 1e-05, cudnn_enabled: bool = True) -> Any:  # fmt: skip
    """Each group of channels less its mean, over its standard deviation; arXiv 1803.08494.

    Args:
        input: of shape `(N, C, *)`; `num_groups` divides C.
        weight, bias: of shape `(C,)`, or None.

    Example:
        >>> torch.group_norm(torch.tensor([[1., 3., 2., 6.]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    x = _checked(input, "group_norm", {"weight": weight, "bias": bias})
    shape = x._value.shape
    if len(shape) < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {len(shape)}"
        )
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of "
            f"shape {list(shape)} and num_groups={num_groups}"
        )
    for what, p in (("weight", weight), ("bias", bias)):
        if p is not None and p._value.shape != (shape[1],):
            raise RuntimeError(
                f"Expected {what} to be a vector of size equal to the number of channels in "
                f"input, but got {what} of shape {list(p._value.shape)} and input of shape "
                f"{list(shape)}"
            )
    wide = _wide(x)
    affine = _scale_and_shift(wide, weight, bias, shape[1:2])
    y, _, _ = channel_norm.apply((wide, *affine), (num_groups, eps))
    return to_dtype(titled(y, "NativeGroupNormBackward0"), x._value.dtype)


def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any,
                  use_input_stats: bool, momentum: float, eps: float,
                  cudnn_enabled: bool) -> Any:  # fmt: skip
    """Each channel of each example less its mean, over its standard deviation; arXiv 1607.08022.

    The arguments are those of `batch_norm`; running statistics move towards the mean of those of
    the examples.

    Example:
        >>> x = torch.tensor([[[1., 5.], [3., 9.]]])
        >>> torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, False)
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight,
             "bias": bias}  # fmt: skip
    x = _checked(input, "instance_norm", given)
    sizes = _per_channel(x, "instance_norm", given)
    _constant(running_mean=running_mean, running_var=running_var)
    wide = _wide(x)
    if use_input_stats:
        affine = _scale_and_shift(wide, weight, bias, sizes[1:2])
        y, mean, var = channel_norm.apply((wide, *affine), (sizes[1], eps))
        n = int(np.prod(x._value.shape[2:], dtype=int))
        if running_mean is not None:
            _move(running_mean, mean.detach().mean(0), momentum, 1.0)
        if running_var is not None:
            unbiased = n / (n - 1) if n > 1 else float("nan")
            _move(running_var, var.detach().mean(0), momentum, unbiased)
    else:
        if running_mean is None or running_var is None:
            raise RuntimeError(
                "Expected running_mean and running_var to be defined when use_input_stats is false"
            )
        y = _by_statistics(wide, running_mean, running_var, weight, bias, eps, sizes)
    return to_dtype(y, x._value.dtype)


functions: dict[str, Function] = {
    f.__name__: f for f in (layer_norm, rms_norm, batch_norm, group_norm, instance_norm)
}
functions_only = tuple(functions)
