"""The functions of the Python array API standard, version 2024.12, on Tensors.

`x.__array_namespace__()` returns this module. Names, keywords and promotion are the standard's;
where PyTorch's meaning stands against it, PyTorch's holds: docs/array_api.md lists those places.
"""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import Any

from minitorch.faces import dtypes

from . import creation, elementwise, fft, linalg, manipulation, reductions, types

__array_api_version__ = "2024.12"
_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")
newaxis = None

_MODULES = (creation, manipulation, reductions, types)
_found: dict[str, Any] = {
    **{name: getattr(dtypes, name) for name in types.NAMES},
    **{name: getattr(module, name) for module in _MODULES for name in module.__all__},
    **elementwise.functions,
    **{name: getattr(linalg, name) for name in ("matmul", "tensordot", "vecdot")},
}
globals().update(_found)
__all__ = ["__array_api_version__", "e", "fft", "inf", "linalg", "nan", "newaxis", "pi", *_found]


def check_version(version: str | None) -> None:
    """Refuse a version of the standard that is not, or not yet, followed."""
    if version is not None and version not in _VERSIONS:
        raise ValueError(
            f"version {version!r} of the array API standard is not supported; expected one of "
            f"{', '.join(_VERSIONS)}"
        )
