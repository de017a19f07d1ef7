"""A layer and the batch normalisation after it as one layer, for evaluation."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeVar

from minitorch.faces.tensor import Tensor
from minitorch.nn.modules.batchnorm import _BatchNorm
from minitorch.nn.modules.conv import _ConvNd
from minitorch.nn.modules.linear import Linear
from minitorch.nn.parameter import Parameter

__all__ = [
    "fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights",
]  # fmt: skip

Conv = TypeVar("Conv", bound=_ConvNd)
Lin = TypeVar("Lin", bound=Linear)
Pair = tuple[Parameter, Parameter]


def fuse_conv_bn_eval(conv: Conv, bn: _BatchNorm, transpose: bool = False) -> Conv:
    """A convolution that computes what `bn(conv(x))` does; both must be in evaluation mode.

    `transpose` says that it is a transposed convolution.

    Example:
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).eval()
        >>> fused, x = torch.nn.utils.fuse_conv_bn_eval(*net), torch.randn(2, 3, 8, 8)
        >>> torch.allclose(fused(x), net(x), atol=1e-6)
        True
    """
    fused = _copied(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, *_statistics(bn), bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> Pair:
    """The weight and bias of a convolution that does the batch normalisation as well."""
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    return _fused(conv_w, conv_b, shape, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def fuse_linear_bn_eval(linear: Lin, bn: _BatchNorm) -> Lin:
    """A linear layer that computes what `bn(linear(x))` does; both must be in evaluation mode."""
    fused = _copied(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        linear.weight, linear.bias, *_statistics(bn), bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> Pair:
    """The weight and bias of a linear layer that does the batch normalisation as well."""
    return _fused(linear_w, linear_b, [-1, 1], bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _copied(layer: Any, bn: _BatchNorm) -> Any:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    return deepcopy(layer)


def _statistics(bn: _BatchNorm) -> tuple[Tensor, Tensor]:
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return bn.running_mean, bn.running_var


def _fused(
    weight: Tensor,
    bias: Tensor | None,
    shape: list[int],
    mean: Tensor,
    var: Tensor,
    eps: float,
    scale: Tensor | None,
    shift: Tensor | None,
) -> Pair:
    """Both parameters of the layer, whose outputs lie along the -1 of `shape` in the weight."""
    factor = (var + eps).rsqrt()
    if scale is not None:
        factor = factor * scale
    fused_bias = (-mean if bias is None else bias - mean) * factor
    if shift is not None:
        fused_bias = fused_bias + shift
    dtype = weight.dtype
    return (
        Parameter((weight * factor.reshape(shape)).to(dtype), weight.requires_grad),
        Parameter(
            fused_bias.to(dtype if bias is None else bias.dtype),
            bias is not None and bias.requires_grad,
        ),
    )
