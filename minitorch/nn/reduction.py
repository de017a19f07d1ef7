"""How the losses of elements become one: `reduction`, and PyTorch's old ways of saying it."""

from __future__ import annotations

import warnings

from minitorch.faces.tensor import Tensor


def reduction_of(
    size_average: bool | None, reduce: bool | None, reduction: str, stacklevel: int = 4
) -> str:
    """The reduction, whichever way it was said: the first two are PyTorch's old way."""
    if size_average is None and reduce is None:
        return reduction
    old = old_reduction(size_average, reduce)
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.",
        stacklevel=stacklevel,
    )
    return old


def old_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """The reduction that PyTorch's old arguments say."""
    if isinstance(size_average, Tensor) or isinstance(reduce, Tensor):
        raise RuntimeError(
            "Boolean value of Tensor with more than one value is ambiguous: a loss got tensors for "
            "its settings size_average and reduce. Make the loss first, then call it: "
            "nn.MSELoss()(input, target), or take F.mse_loss(input, target)"
        )
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def check_reduction(reduction: str) -> None:
    """Raise ValueError for what is no reduction."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"{reduction} is not a valid value for reduction: it is 'mean', 'sum' or 'none'"
        )


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of losses, or all of them."""
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
