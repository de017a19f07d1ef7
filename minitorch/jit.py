"""torch.jit as with PYTORCH_JIT=0: scripted and traced functions stay Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

__all__ = [
    "Attribute", "Final", "export", "ignore", "interface", "is_scripting", "is_tracing", "load",
    "save", "script", "script_if_tracing", "trace", "unused",
]  # fmt: skip

T = TypeVar("T")


def script(obj: T, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None,
           example_inputs: Any = None) -> T:  # fmt: skip
    """The function or module itself: it runs as Python."""
    return obj


def trace(func: T, example_inputs: Any = None, **more: Any) -> T:
    """The function or module itself: it runs as Python."""
    return func


def ignore(drop: Any = False, **more: Any) -> Any:
    """The function itself, or a decorator that gives it back."""
    return drop if callable(drop) else lambda fn: fn


def export(fn: T) -> T:
    """The function itself."""
    return fn


unused = interface = script_if_tracing = export


def Attribute(value: T, type: Any) -> T:
    """The value itself."""
    return value


def is_scripting() -> bool:
    """False."""
    return False


is_tracing: Callable[[], bool] = is_scripting


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Refused: there is no TorchScript to write."""
    raise NotImplementedError("jit.save writes TorchScript, which is not here: torch.save writes "
                              "a module's state_dict()")  # fmt: skip


def load(f: Any, map_location: Any = None, _extra_files: Any = None, **more: Any) -> NoReturn:
    """Refused: TorchScript cannot be run."""
    raise NotImplementedError("jit.load reads TorchScript, which is not here: torch.load reads a "
                              "state dict")  # fmt: skip
