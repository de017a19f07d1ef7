"""Normalisation of each channel of each example."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from minitorch.faces.tensor import Tensor
from minitorch.nn import functional as F
from minitorch.nn.modules.batchnorm import _LazyNormBase, _NormBase


class _InstanceNorm(_NormBase):
    _own: ClassVar[int]  # the number of dimensions of one example

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        rank = input.dim()
        if rank not in (self._own, self._own + 1):
            raise ValueError(f"expected {self._own}D or {self._own + 1}D input (got {rank}D input)")
        channels = input.shape[rank - self._own]
        self._check_channels(channels, rank - self._own)
        y = F.instance_norm(
            input.unsqueeze(0) if rank == self._own else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return y.squeeze(0) if rank == self._own else y

    def _check_channels(self, channels: int, dim: int) -> None:
        if channels == self.num_features:
            return
        if self.affine:
            raise ValueError(
                f"expected input's size at dim={dim} to match num_features "
                f"({self.num_features}), but got: {channels}."
            )
        warnings.warn(
            f"input's size at dim={dim} does not match num_features. You can silence this warning "
            "by not passing in num_features, which is not used because affine=False",
            stacklevel=4,
        )


class InstanceNorm1d(_InstanceNorm):
    """Normalisation of each channel of each example of `(N, C, L)` or `(C, L)`; arXiv 1607.08022.

    Args:
        num_features: C.
        eps: what is added to the variance.
        momentum: how far the running statistics move towards those of a batch.
        affine: whether a scale and a shift of each channel are learnt.
        track_running_stats: whether there are running statistics, for evaluation.

    Example:
        >>> torch.nn.InstanceNorm1d(2)(torch.tensor([[1.0, 3.0], [2.0, 6.0]]))
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """

    _own = 2


class InstanceNorm2d(_InstanceNorm):
    """Normalisation of each channel of `(N, C, H, W)` or `(C, H, W)`; see `InstanceNorm1d`.

    Example:
        >>> torch.nn.InstanceNorm2d(3)(torch.zeros(2, 3, 4, 4)).shape
        torch.Size([2, 3, 4, 4])
    """

    _own = 3


class InstanceNorm3d(_InstanceNorm):
    """Normalisation of each channel of `(N, C, D, H, W)`; see `InstanceNorm1d`.

    Example:
        >>> torch.nn.InstanceNorm3d(3)(torch.zeros(3, 4, 4, 2)).shape
        torch.Size([3, 4, 4, 2])
    """

    _own = 4


class LazyInstanceNorm1d(_LazyNormBase, InstanceNorm1d):
    """An `InstanceNorm1d` that takes `num_features` from its first input (N, C, *)."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNormBase, InstanceNorm2d):
    """An `InstanceNorm2d` that takes `num_features` from its first input (N, C, *)."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNormBase, InstanceNorm3d):
    """An `InstanceNorm3d` that takes `num_features` from its first input (N, C, *)."""

    cls_to_become = InstanceNorm3d
