"""torch.nn.grad: the gradients of convolutions, by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minitorch.autograd import grad
from minitorch.engine.modes import enable_grad
from minitorch.faces.tensor import Tensor
from minitorch.nn.convolution import conv1d, conv2d, conv3d

__all__ = [
    "conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input",
    "conv3d_weight",
]  # fmt: skip

Function = Callable[..., Any]


def _of_input(convolve: Function) -> Function:
    def gradient(input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:  # fmt: skip
        x = grad_output.detach().new_zeros(tuple(input_size)).requires_grad_()
        with enable_grad():
            y = convolve(x, weight, None, stride, padding, dilation, groups)
        return grad(y, x, grad_output)[0]  # type: ignore[no-any-return]

    name = convolve.__name__
    gradient.__name__ = gradient.__qualname__ = f"{name}_input"
    gradient.__doc__ = f"The gradient of `{name}` with respect to an input of `input_size`."
    return gradient


def _of_weight(convolve: Function) -> Function:
    def gradient(input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Tensor:  # fmt: skip
        w = grad_output.detach().new_zeros(tuple(weight_size)).requires_grad_()
        with enable_grad():
            y = convolve(input, w, None, stride, padding, dilation, groups)
        return grad(y, w, grad_output)[0]  # type: ignore[no-any-return]

    name = convolve.__name__
    gradient.__name__ = gradient.__qualname__ = f"{name}_weight"
    gradient.__doc__ = f"The gradient of `{name}` with respect to a weight of `weight_size`."
    return gradient


conv1d_input, conv2d_input, conv3d_input = map(_of_input, (conv1d, conv2d, conv3d))
conv1d_weight, conv2d_weight, conv3d_weight = map(_of_weight, (conv1d, conv2d, conv3d))
