"""Batches cut into parts for several devices, and results put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch.faces.joining import cat
from minitorch.faces.tensor import Tensor

__all__ = ["gather", "scatter", "scatter_kwargs"]


def scatter(inputs: Any, target_gpus: Sequence[Any], dim: int = 0) -> Any:
    """The inputs for each device: tensors in containers are cut along `dim`, others are repeated.

    Example:
        >>> torch.nn.parallel.scatter((torch.arange(3), "x"), [0, 1])
        [(tensor([0, 1]), 'x'), (tensor([2]), 'x')]
    """
    if isinstance(inputs, Tensor):
        return list(inputs.chunk(len(target_gpus), dim))
    if isinstance(inputs, (tuple, list)) and inputs:
        parts = zip(*(scatter(item, target_gpus, dim) for item in inputs), strict=False)
        return [_like(inputs, part) for part in parts]
    if isinstance(inputs, dict) and inputs:
        values = zip(*(scatter(v, target_gpus, dim) for v in inputs.values()), strict=False)
        return [type(inputs)(zip(inputs, part, strict=True)) for part in values]
    return [inputs for _ in target_gpus]


def _like(container: Any, items: Any) -> Any:
    """Items in a container of the same type, which may be a named tuple."""
    kind = type(container)
    return kind(*items) if hasattr(container, "_fields") else kind(items)


def scatter_kwargs(
    inputs: tuple[Any, ...], kwargs: dict[str, Any] | None, target_gpus: Sequence[Any], dim: int = 0
) -> tuple[tuple[Any, ...], tuple[dict[str, Any], ...]]:
    """The positional and the keyword arguments for each device."""
    parts = scatter(inputs, target_gpus, dim) if inputs else []
    named = scatter(kwargs, target_gpus, dim) if kwargs else []
    size = max(len(parts), len(named))
    parts = [*parts, *[()] * (size - len(parts))]
    return tuple(parts), (*named, *({} for _ in range(size - len(named))))


def gather(outputs: Sequence[Any], target_device: Any, dim: int = 0) -> Any:
    """The results of several devices as one: tensors in containers are joined along `dim`.

    Example:
        >>> torch.nn.parallel.gather([torch.ones(2), torch.zeros(1)], "cpu")
        tensor([1., 1., 0.])
    """
    first = outputs[0]
    if isinstance(first, Tensor):
        return cat([out if out.ndim else out.reshape(1) for out in outputs], dim)
    if first is None:
        return None
    if isinstance(first, dict):
        if not all(len(first) == len(out) for out in outputs):
            raise ValueError("All dicts must have the same number of keys")
        return type(first)((k, gather([d[k] for d in outputs], target_device, dim)) for k in first)
    parts = [gather(items, target_device, dim) for items in zip(*outputs, strict=True)]
    return _like(first, parts)
