"""torch.nn.functional: the last layer of a classifier and its loss in one."""

from __future__ import annotations

import math
import warnings
from typing import Any

from minitorch.faces import dtypes
from minitorch.faces.tensor import Tensor
from minitorch.nn.losses import cross_entropy
from minitorch.nn.products import linear

__all__ = ["linear_cross_entropy"]


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """`cross_entropy(linear(input, linear_weight, linear_bias), target, …)`.

    Shapes: input `(N, in_features)` or `(in_features,)`, linear_weight
    `(C, *out_features, in_features)`, linear_bias `(C, *out_features)`, target as for
    `cross_entropy` of logits `(N, C, *out_features)`.

    `options` tell PyTorch how to compute it in pieces, and do nothing here.

    Raises:
        RuntimeError: shapes do not fit, or `ignore_index` is given for target probabilities.

    Example:
        >>> x, weight = torch.zeros(2, 3), torch.zeros(4, 3)
        >>> torch.nn.functional.linear_cross_entropy(x, weight, torch.tensor([0, 3]))
        tensor(1.3863)
    """
    _check(input, linear_weight, linear_bias)
    classes, *more, features = linear_weight.shape
    shape = (*input.shape[:-1], classes, *more)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if options is not None and (more or label_smoothing or target.dtype != dtypes.int64):
        warnings.warn(
            "linear_cross_entropy: ``options`` ignored; chunked path needs label_smoothing == 0, "
            f"target.dtype == int64, out_features == (). Got label_smoothing={label_smoothing}, "
            f"target.dtype={target.dtype}, out_features={tuple(more)}.",
            stacklevel=2,
        )
    if more:
        rows = math.prod(more, start=classes)
        linear_weight = linear_weight.reshape(rows, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(rows)
    return cross_entropy(
        linear(input, linear_weight, linear_bias).reshape(shape),
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )


def _check(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if weight.ndim < 2:
        raise RuntimeError(
            f"expected linear_weight with dimensionality at least 2, got {weight.ndim}"
        )
    if input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {weight.shape[-1]}, respectively"
        )
    if bias is not None and bias.shape != weight.shape[:-1]:
        raise RuntimeError(
            f"expected linear_bias shape {tuple(weight.shape[:-1])}, got {tuple(bias.shape)}"
        )
    if weight.ndim > 2 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires "
            f"batched input, (N, {input.shape[0]}), got unbatched input with shape "
            f"{tuple(input.shape)}"
        )
