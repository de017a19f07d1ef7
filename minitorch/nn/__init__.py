"""torch.nn: modules, their parameters, and the functions they are made of."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from minitorch.nn import _reduction as _reduction
from minitorch.nn import functional, init, modules, utils
from minitorch.nn.factory import factory_kwargs
from minitorch.nn.modules import *
from minitorch.nn.modules import __all__ as _modules
from minitorch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

if TYPE_CHECKING:
    from minitorch.nn import attention, common_types, parallel
    from minitorch.nn.parallel import DataParallel

__all__ = [
    *_modules, "Buffer", "DataParallel", "Parameter", "UninitializedBuffer",
    "UninitializedParameter", "attention", "common_types", "factory_kwargs", "functional",
    "init", "modules", "parallel", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What few programs need, imported when first asked for."""
    if name in ("attention", "common_types", "grad", "parallel"):
        return importlib.import_module(f"minitorch.nn.{name}")
    if name == "DataParallel":
        return importlib.import_module("minitorch.nn.parallel").DataParallel
    raise AttributeError(f"module 'minitorch.nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
