"""What the kernels of special functions are made of: cached chunks, pieces, polynomials."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Doubles = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Kernel = Callable[..., Any]

COMPLEX: dict[str, Kernel] = {}  # kernels of complex numbers by name, where SciPy brings them

_CHUNK = 8192  # numbers whose intermediate results stay in the processor's cache


def in_double(kernel: Kernel) -> Kernel:
    """`kernel` of one-dimensional float64 arrays, for arrays of any shapes and one float dtype."""

    @functools.wraps(kernel)
    def run(*arrays: Any) -> Any:
        dtype = arrays[-1].dtype
        if dtype.kind == "c" and kernel.__name__ in COMPLEX:
            return COMPLEX[kernel.__name__](*arrays)
        if dtype.kind != "f":
            raise TypeError(f"{kernel.__name__} takes real floating-point numbers, not {dtype}")
        shape = np.broadcast_shapes(*(np.shape(a) for a in arrays))
        flat = [np.broadcast_to(a, shape).reshape(-1) for a in arrays]
        y = np.empty(shape, dtype)
        out = y.reshape(-1)
        with np.errstate(all="ignore"):
            for start in range(0, out.size, _CHUNK):
                part = slice(start, start + _CHUNK)
                out[part] = kernel(*(a[part].astype(np.float64) for a in flat))
        return y

    return run


def piecewise(args: Sequence[Doubles], *pieces: tuple[Mask, Kernel]) -> Doubles:
    """Where a mask is true, what its function gives there, else NaN; the masks are disjoint."""
    y = np.full(args[0].shape, np.nan)
    for mask, function in pieces:
        if mask.all():
            return function(*args)
        if mask.any():
            y[mask] = function(*(a[mask] for a in args))
    return y


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """A polynomial by Horner's rule; the constant term comes first."""
    y = np.full(x.shape, coefficients[-1], x.dtype)
    for c in coefficients[-2::-1]:
        y *= x
        y += c
    return y
