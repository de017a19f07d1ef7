"""How the loops are compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

# sums in any order and fused products, so that loops become vectors; NaN and inf stay what they are
FAST = {"contract", "reassoc", "nsz"}
OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": FAST}


def _forget_stale() -> None:
    """Numba compiles a loop anew when its file changes, but not when what it calls does."""
    here = Path(__file__).parent
    newest = max((here / name).stat().st_mtime for name in ("jit.py", "rows.py", "scalars.py"))
    for index in (here / "__pycache__").glob("*.nbi"):
        if index.stat().st_mtime < newest:
            index.unlink(missing_ok=True)


_forget_stale()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile at the first call with each set of types; what was compiled is kept on disk."""
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no directory for the cache can be written to
        return numba.njit(**OPTIONS)(function)


def inlined(function: Callable[..., Any]) -> Any:
    """A function of numbers, part of the loops that call it; its sums stay in order."""
    return numba.njit(**OPTIONS | {"fastmath": {"contract"}})(function)


def singles(*arrays: np.ndarray) -> bool:
    """Whether all are contiguous and of float32."""
    return arrays[0].dtype == np.float32 and floats(*arrays)


def floats(*arrays: np.ndarray) -> bool:
    """Whether all are contiguous and of one dtype, float32 or float64."""
    dtype = arrays[0].dtype
    return dtype.char in "fd" and all(a.dtype == dtype and a.flags.c_contiguous for a in arrays)
