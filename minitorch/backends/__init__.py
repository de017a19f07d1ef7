"""torch.backends: the libraries that PyTorch may be built with, and what is here of them: none.

Their switches can be set, as scripts do without asking, and change nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = ("cuda", "cudnn", "mha", "mkl", "mkldnn", "mps", "openmp", "opt_einsum")
__all__ = [*_MODULES]


def __getattr__(name: str) -> Any:
    """The backends, imported when first asked for."""
    if name in _MODULES:
        return importlib.import_module(f"minitorch.backends.{name}")
    raise AttributeError(f"module 'minitorch.backends' has no attribute {name!r}")
