"""torch.nn._reduction: reductions as numbers, which losses of other projects ask for."""

from __future__ import annotations

import warnings

from minitorch.nn.reduction import check_reduction, old_reduction

_numbers = {"none": 0, "mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """The number of a reduction: 0 for "none", 1 for "mean", 2 for "sum"."""
    check_reduction(reduction)
    return _numbers[reduction]


def legacy_get_string(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> str:
    """The reduction that PyTorch's old arguments say."""
    old = old_reduction(size_average, reduce)
    if emit_warning:
        warnings.warn(
            "size_average and reduce args will be deprecated, please use "
            f"reduction='{old}' instead.",
            stacklevel=2,
        )
    return old


def legacy_get_enum(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> int:
    """The number of the reduction that PyTorch's old arguments say."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
