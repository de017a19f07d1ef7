"""Making modules whose parameters another program fills."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from minitorch.nn.modules.module import Module
from minitorch.random import default_generator

__all__ = ["skip_init"]

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """A module whose parameters have any numbers: no random ones are taken from the stream.

    Raises:
        RuntimeError: `module_cls` is no module class, or does not take a `device`.

    Example:
        >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1).weight.shape
        torch.Size([1, 5])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    state = default_generator.get_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        default_generator.set_state(state)
