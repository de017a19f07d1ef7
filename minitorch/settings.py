"""The switches of `torch.*` that choose how things are computed, not what.

There is one device and one way to compute, which repeats exactly: most switches are kept, and
told when asked for, and change nothing.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from typing import Any

__all__ = [
    "are_deterministic_algorithms_enabled", "get_deterministic_debug_mode",
    "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads",
    "is_deterministic_algorithms_warn_only_enabled", "is_warn_always_enabled",
    "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal",
    "set_num_interop_threads", "set_num_threads", "set_warn_always",
    "use_deterministic_algorithms",
]  # fmt: skip

_PRECISIONS = ("highest", "high", "medium")
_MODES = ("default", "warn", "error")
_kept: dict[str, Any] = {
    "threads": None, "interop threads": None, "precision": "highest", "debug mode": 0,
    "warn always": False,
}  # fmt: skip


def get_num_threads() -> int:
    """How many threads NumPy's BLAS may use, as far as that can be told.

    It can where `threadpoolctl` is installed; else it is what was last set, or what the environment
    says (OPENBLAS_NUM_THREADS and its kin), or the number of cores.
    """
    if _threadpoolctl():
        from threadpoolctl import threadpool_info

        return max((pool["num_threads"] for pool in threadpool_info()), default=1)
    return _kept["threads"] or _told() or _cores()


def set_num_threads(int: int) -> None:
    """Let NumPy's BLAS use so many threads: for small nets 1 is often quickest.

    That needs `threadpoolctl`, of the extra `fast`. Without it there is a warning: the environment
    variable OPENBLAS_NUM_THREADS (or that of another BLAS) does it, set before Python starts.
    """
    _kept["threads"] = _count(int, "set_num_threads")
    if _threadpoolctl():
        from threadpoolctl import threadpool_limits

        threadpool_limits(int)
    else:
        warnings.warn(
            "set_num_threads has no effect: threadpoolctl, which can tell NumPy's BLAS, is not "
            f"installed. Install it, or start Python with OPENBLAS_NUM_THREADS={int}.",
            stacklevel=2,
        )


def get_num_interop_threads() -> int:
    """How many operations may run at once, as last set; they run one after the other."""
    return _kept["interop threads"] or _cores()


def set_num_interop_threads(int: int) -> None:
    """Kept; operations run one after the other."""
    _kept["interop threads"] = _count(int, "set_num_interop_threads")


def _count(number: Any, name: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise RuntimeError(f"{name} expects an int, but got {type(number).__name__}")
    if number < 1:
        raise RuntimeError(f"{name} expects a positive integer, but got {number}")
    return number


def _told() -> int:
    """The threads that the environment gives a BLAS; 0 where it says nothing."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        if (text := os.environ.get(name, "")).isdigit() and int(text):
            return int(text)
    return 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _threadpoolctl() -> bool:
    return importlib.util.find_spec("threadpoolctl") is not None


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Kept; everything that is computed repeats exactly, at every setting."""
    _kept["debug mode"] = 0 if not mode else 1 if warn_only else 2


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms(True)` was called."""
    return _kept["debug mode"] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether it was called with `warn_only=True`."""
    return bool(_kept["debug mode"] == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 (warn) or 2 (error), as last set."""
    return _kept["debug mode"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Kept: 0 or "default", 1 or "warn", 2 or "error"."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in (*_MODES, 0, 1, 2):
        raise RuntimeError(
            f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, 0, 1, 2, "
            f"but got {debug_mode}"
        )
    _kept["debug mode"] = _MODES.index(debug_mode) if isinstance(debug_mode, str) else debug_mode


def get_float32_matmul_precision() -> str:
    """ "highest", "high" or "medium", as last set."""
    return _kept["precision"]


def set_float32_matmul_precision(precision: str) -> None:
    """Kept: float32 products are always computed in float32."""
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision!r} is not one of 'highest', 'high', or 'medium'; the current setting "
            "is kept",
            stacklevel=2,
        )
        return
    _kept["precision"] = precision


def set_flush_denormal(mode: bool) -> bool:
    """False: NumPy computes with subnormal numbers."""
    return False


def set_warn_always(b: bool) -> None:
    """Kept; warnings follow Python's filters."""
    if not isinstance(b, bool):
        raise TypeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _kept["warn always"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was last given."""
    return _kept["warn always"]
