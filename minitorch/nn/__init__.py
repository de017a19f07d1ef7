"""torch.nn: modules, their parameters, and the functions they are made of."""

from __future__ import annotations

import importlib
from typing import Any

from minitorch.nn import _reduction as _reduction
from minitorch.nn import (
    attention,
    common_types,
    functional,
    init,
    modules,
    parallel,
    utils,
)
from minitorch.nn.factory import factory_kwargs
from minitorch.nn.modules import *
from minitorch.nn.modules import __all__ as _modules
from minitorch.nn.parallel import DataParallel
from minitorch.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    *_modules, "Buffer", "DataParallel", "Parameter", "UninitializedBuffer",
    "UninitializedParameter", "attention", "common_types", "factory_kwargs", "functional",
    "init", "modules", "parallel", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What few programs need, imported when first asked for."""
    if name == "grad":
        return importlib.import_module("minitorch.nn.grad")
    raise AttributeError(f"module 'minitorch.nn' has no attribute {name!r}")
