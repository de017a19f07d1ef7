"""`import minitorch.numpy as np`: every name of the installed NumPy, whose functions take boxes.

Most of these are NumPy's own functions, which hand a call with a box among its arguments to
minitorch through the array protocols: inside of a differentiated function plain `import numpy as
np` does the same, at the same speed. This namespace has beside them what NumPy gives no way in to:
`np.array([t, 1.0])`, `np.asarray(t)`, `np.full(3, t)`, `np.r_[t, u]` of traced values stay in the
graph here.

Example:
    >>> import minitorch.numpy as mnp
    >>> minitorch.grad(lambda t: mnp.array([t, t * t])[1])(3.0)
    np.float64(6.0)
"""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

import numpy as _numpy

from minitorch.faces.numpy.creation import namespace as _namespace
from minitorch.faces.protocols import plainly as _plainly
from minitorch.numpy import fft, linalg, random

if TYPE_CHECKING:
    from numpy import *  # type: ignore[no-redef]

__all__ = list(_numpy.__all__)
_TAKE_BOXES = {"isfortran", "iterable", "row_stack"}  # which do nothing but ask or call what does
globals().update(_namespace)


def _guarded(function: Any) -> Any:
    """A function that knows no array protocols: what is traced is refused by name."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return _plainly(function, function.__name__, args, kwargs, [])

    return guarded


def __getattr__(name: str) -> Any:
    """NumPy's own, for all names that are not defined here."""
    if name.startswith("__") and name not in __all__:
        raise AttributeError(f"module 'minitorch.numpy' has no attribute {name!r}")
    value = getattr(_numpy, name)
    plain = isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
    if plain and not hasattr(value, "_implementation") and name not in _TAKE_BOXES:
        value = _guarded(value)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*dir(_numpy), *_namespace})
