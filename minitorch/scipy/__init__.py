"""`minitorch.scipy`: SciPy's namespaces, whose functions take boxes. It needs the extra `scipy`.

`special`, `linalg`, `signal`, `integrate` and `stats` have every name that SciPy has there; what
has no derivative takes constants, and refuses by its name what is traced. SciPy's ufuncs
(`scipy.special.erf` and its like) work on boxes by themselves.

Example:
    >>> from minitorch.scipy import special, stats
    >>> round(float(minitorch.grad(special.gammaln)(1.)), 6)
    -0.577216
    >>> float(minitorch.grad(stats.norm.logpdf)(3., loc=1., scale=2.))
    -0.5
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if find_spec("scipy") is None:
    raise ModuleNotFoundError(
        "minitorch.scipy needs SciPy, which is not installed: pip install 'scipy>=1.11,<2'",
        name="scipy",
    )

if TYPE_CHECKING:
    from minitorch.scipy import integrate, linalg, signal, special, stats

__all__ = ["integrate", "linalg", "signal", "special", "stats"]


def __getattr__(name: str) -> Any:
    """The modules, imported when first asked for: `stats` takes a second."""
    if name in __all__:
        return importlib.import_module(f"minitorch.scipy.{name}")
    raise AttributeError(
        f"module 'minitorch.scipy' has no attribute {name!r}; it has {', '.join(__all__)}"
    )
