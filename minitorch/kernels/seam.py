"""The seam between NumPy's loops and compiled ones.

A kernel is a function on arrays, written in NumPy. It may have a compiled partner: a function of
the same name in the file of the same name under `kernels/compiled/`, which is imported, and Numba
with it, when the kernel is first given enough to do. A partner that does not apply (another dtype,
another layout) returns NotImplemented, and NumPy's loop runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

CHOICES = ("auto", "numba", "numpy")
NEVER = sys.maxsize
ENOUGH = 4096  # elements for which Numba is imported, which takes as long as thousands of steps

kernels: dict[str, Kernel] = {}


class Kernel:
    """A function on arrays, with a compiled partner from `pays` elements of the first one on."""

    def __init__(self, plain: Callable[..., Any], pays: int) -> None:
        self.plain, self.pays = plain, pays
        self.__doc__, self.__code__ = plain.__doc__, plain.__code__
        self.name = f"{plain.__module__.rpartition('.')[2]}.{plain.__name__}"
        self.compiled: Callable[..., Any] = self._first
        self.least = _least(self)
        kernels[self.name] = self

    def __repr__(self) -> str:
        return f"<kernel {self.name}>"

    def __call__(self, *args: Any) -> Any:
        if args[0].size >= self.least:
            result = self.compiled(*args)
            if result is not NotImplemented:
                return result
        return self.plain(*args)

    def _first(self, *args: Any) -> Any:
        """The first compiled call: find the partner."""
        module, _, name = self.name.partition(".")
        try:
            partners = importlib.import_module(f"minitorch.kernels.compiled.{module}")
        except ImportError as error:
            if _choice == "numba":
                raise
            warnings.warn(
                f"Numba is installed but cannot be used ({error}); minitorch computes with NumPy. "
                "use_kernels('numpy') or MINITORCH_KERNELS=numpy says so without this warning",
                RuntimeWarning,
                stacklevel=2,
            )
            _set("numpy")
            return NotImplemented
        self.compiled = getattr(partners, name)
        _set(_choice)  # now that Numba is there, smaller arrays are worth it
        return self.compiled(*args)


def kernel(*, pays: int) -> Callable[[Callable[..., Any]], Any]:
    """Make a function on arrays a kernel whose compiled partner wins from `pays` elements on."""
    return lambda plain: Kernel(plain, pays)


class use_kernels:
    """Choose between NumPy's loops and those that Numba compiles (extra `fast`).

    At once, and for the program; or within a `with` block, after which it is as before.

    Args:
        choice: "auto" runs a compiled loop where Numba is installed and the arrays are large enough
            for it to win, and is the default; "numba" runs them at every size; "numpy" never.
            The environment variable MINITORCH_KERNELS says with which a program starts.

    Raises:
        ModuleNotFoundError: "numba", and Numba is not installed.

    Example:
        >>> with minitorch.use_kernels("numpy"):
        ...     print(torch.nn.functional.gelu(torch.tensor([1.0])))
        tensor([0.8413])
    """

    def __init__(self, choice: str) -> None:
        if choice not in CHOICES:
            raise ValueError(f"use_kernels({choice!r}): expected one of {', '.join(CHOICES)}")
        if choice == "numba" and not installed():
            raise ModuleNotFoundError(
                "use_kernels('numba'): Numba is not installed; the extra `fast` brings it "
                "(pip install -e '.[fast]' in a checkout)",
                name="numba",
            )
        self._before = _choice
        _set(choice)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        _set(self._before)


def chosen() -> str:
    """What `use_kernels` was last told."""
    return _choice


def installed() -> bool:
    """Whether there is a Numba to compile with."""
    return importlib.util.find_spec("numba") is not None


def _set(choice: str) -> None:
    global _choice, _compile
    _choice, _compile = choice, choice != "numpy" and installed()
    for each in kernels.values():
        each.least = _least(each)


def _least(kernel: Kernel) -> int:
    """The number of elements from which the compiled partner runs."""
    if not _compile:
        return NEVER
    if _choice == "numba":
        return 0
    return kernel.pays if "numba" in sys.modules else max(kernel.pays, ENOUGH)


def _start() -> str:
    choice = os.environ.get("MINITORCH_KERNELS") or "auto"
    if choice not in CHOICES:
        raise ValueError(f"MINITORCH_KERNELS={choice}: expected one of {', '.join(CHOICES)}")
    if choice == "numba" and not installed():
        raise ModuleNotFoundError("MINITORCH_KERNELS=numba, but Numba is not installed")
    return choice


_choice = _start()
_compile = _choice != "numpy" and installed()
