"""What surrounds training: loading data, handles of hooks."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    """Its submodules, imported when first asked for."""
    if name in ("_pytree", "checkpoint", "data", "dlpack", "hooks", "tensorboard"):
        return importlib.import_module(f"minitorch.utils.{name}")
    raise AttributeError(f"module 'minitorch.utils' has no attribute {name!r}")
