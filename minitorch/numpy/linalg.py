"""`numpy.linalg`, whose functions take boxes through NumPy's array protocols.

NumPy does not look for a box in the `ord` of a norm; the two functions here do.
"""

from __future__ import annotations

from typing import Any

import numpy.linalg as _numpy
from numpy.linalg import *  # noqa: F403
from numpy.linalg import __all__ as __all__

from minitorch.faces.numpy.operands import constant as _constant


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # type: ignore[no-redef]
    """`numpy.linalg.norm`: the norm of a vector or matrix, or of a stack of them."""
    return _numpy.norm(x, _constant(ord, "np.linalg.norm: ord="), axis, keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:  # type: ignore[no-redef]
    """`numpy.linalg.vector_norm`: the norms of vectors."""
    order = _constant(ord, "np.linalg.vector_norm: ord=")
    return _numpy.vector_norm(x, axis=axis, keepdims=keepdims, ord=order)
