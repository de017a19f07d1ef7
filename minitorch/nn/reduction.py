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
    if reduce is False:
        old = "none"
    else:
        old = "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.",
        stacklevel=stacklevel,
    )
    return old


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
