"""Layers that are products with a weight matrix, and the one that does nothing."""

from __future__ import annotations

import math
from typing import Any

from minitorch.faces.creation import empty
from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn import init
from minitorch.nn.modules.lazy import LazyModuleMixin
from minitorch.nn.modules.module import Module
from minitorch.nn.parameter import Parameter, UninitializedParameter


class Identity(Module):
    """Returns its input; takes any arguments and ignores them.

    Example:
        >>> torch.nn.Identity(54)(torch.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """An affine map of the last dimension: `x @ weight.T + bias`.

    Args:
        in_features: size of the input's last dimension.
        out_features: size of the output's last dimension.
        bias: whether a bias is learnt.
        device, dtype: of the parameters.

    Shapes: input `(*, in_features)`, output `(*, out_features)`, weight
    `(out_features, in_features)`, bias `(out_features,)`. Both begin uniform within
    ±1/sqrt(in_features).

    Example:
        >>> layer = torch.nn.Linear(20, 30)
        >>> layer(torch.zeros(128, 20)).shape
        torch.Size([128, 30])
    """

    in_features: int
    out_features: int
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        place = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty((out_features, in_features), **place))
        if bias:
            self.bias = Parameter(empty(out_features, **place))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight and then the bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        try:  # an attribute that is a parameter costs ten times a look into the dictionary
            own: Any = self._parameters
            weight, bias = own["weight"], own["bias"]
        except KeyError:  # a reparametrisation has put computed tensors in their place
            weight, bias = self.weight, self.bias
        return F.linear(input, weight, bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class NonDynamicallyQuantizableLinear(Linear):
    """`Linear`, by the name that PyTorch's attention calls its last projection."""


class Bilinear(Module):
    """A bilinear map of two inputs: `y_k = x1 @ weight[k] @ x2 + bias_k`.

    Shapes: inputs `(*, in1_features)` and `(*, in2_features)`, output `(*, out_features)`,
    weight `(out_features, in1_features, in2_features)`. Parameters begin uniform within
    ±1/sqrt(in1_features).

    Example:
        >>> m = torch.nn.Bilinear(20, 30, 40)
        >>> m(torch.zeros(8, 20), torch.zeros(8, 30)).shape
        torch.Size([8, 40])
    """

    in1_features: int
    in2_features: int
    out_features: int
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        place = {"device": device, "dtype": dtype}
        self.weight = Parameter(empty((out_features, in1_features, in2_features), **place))
        if bias:
            self.bias = Parameter(empty(out_features, **place))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weight and then the bias anew."""
        bound = 1 / math.sqrt(self.weight.shape[1])
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that takes `in_features` from its first input.

    Example:
        >>> torch.nn.LazyLinear(3)(torch.ones(5, 2)).shape
        torch.Size([5, 3])
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(0, 0, False)
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the parameters anew, if they are there."""
        if not self.has_uninitialized_params() and self.in_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:  # type: ignore[override]
        """Make the parameters for inputs like this one."""
        if not input.ndim:
            raise IndexError("tuple index out of range: LazyLinear got an input of 0 dimensions")
        self.in_features = input.shape[-1]
        sizes = (self.out_features, self.in_features)
        self._materialize(weight=sizes, bias=(self.out_features,))
