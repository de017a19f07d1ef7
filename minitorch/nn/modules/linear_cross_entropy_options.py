"""The options of `linear_cross_entropy`."""

from __future__ import annotations

from typing import Any, NamedTuple

from minitorch.faces import dtypes

__all__ = ["LinearCrossEntropyOptions"]


class _Fields(NamedTuple):
    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None


class LinearCrossEntropyOptions(_Fields):
    """How PyTorch computes `linear_cross_entropy` in pieces; here they are only checked.

    Raises:
        ValueError: a value that PyTorch does not know.

    Example:
        >>> torch.nn.LinearCrossEntropyOptions(batch_chunk_size=64).batch_chunk_size
        64
    """

    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> LinearCrossEntropyOptions:
        made = super().__new__(cls, *args, **kwargs)
        size, method, policy, dtype = made[1:]
        if policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {policy!r}")
        if method not in (None, "auto"):
            name, colon, factor = method.partition(":")
            factor = factor if colon else "1"
            if name != "aspect_ratio" or not factor.isdigit() or int(factor) < 1:
                raise ValueError(f"invalid chunking_method: {method!r}")
        if size is not None and (not isinstance(size, int) or size < 1):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        names = ("torch.float16", "torch.bfloat16", "torch.float32", "torch.float64")
        if dtype is not None and not (isinstance(dtype, dtypes.dtype) and repr(dtype) in names):
            raise ValueError(
                f"acc_dtype must be one of {{None, {', '.join(names)}}}, got {dtype!r}"
            )
        return made
