"""torch.__config__: what computes here."""

from __future__ import annotations

import importlib.util
import platform
from importlib.metadata import version
from typing import Any

import numpy as np

import minitorch
from minitorch.kernels import seam
from minitorch.settings import get_num_threads

__all__ = ["parallel_info", "show", "show_config"]


def show() -> str:
    """The versions, the kernels, NumPy's BLAS and its threads, a line each."""
    told = {
        "minitorch": f"minitorch {minitorch.__version__}, Python {platform.python_version()}",
        "arrays": f"NumPy {np.__version__}",
        "kernels": _kernels(),
        "BLAS": _blas(),
        "threads": _threads(),
    }
    return "".join(f"{what + ':':<11}{text}\n" for what, text in told.items())


def parallel_info() -> str:
    """How many threads compute."""
    return f"threads of BLAS: {get_num_threads()}\nthreads of other loops: 1\n"


def show_config() -> None:
    """Print what `show` says.

    Example:
        >>> torch.show_config()  # doctest: +ELLIPSIS
        minitorch: minitorch ...
    """
    print(show(), end="")


def _kernels() -> str:
    choice = seam.chosen()
    if not seam.installed():
        return f"NumPy's ({choice}; Numba, of the extra `fast`, is not installed)"
    if choice == "numpy":
        return "NumPy's (numpy; Numba is installed)"
    sizes = "at every size" if choice == "numba" else "where they win"
    return f"compiled by Numba {version('numba')} {sizes} ({choice})"


def _threads() -> str:
    known = importlib.util.find_spec("threadpoolctl") is not None
    doubt = "" if known else ", if nothing else was set: threadpoolctl, to ask, is not installed"
    return f"{get_num_threads()}{doubt}"


def _blas() -> str:
    """As NumPy was built; where threadpoolctl is installed, as it runs."""
    if importlib.util.find_spec("threadpoolctl"):
        from threadpoolctl import threadpool_info

        for pool in threadpool_info():
            if pool["user_api"] == "blas":
                kind = f" for {pool['architecture']}" if pool.get("architecture") else ""
                return f"{pool['internal_api']} {pool['version']}{kind}"
    built: Any = np.show_config(mode="dicts")
    blas = built["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas['version']}"
