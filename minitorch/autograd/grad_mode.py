"""The recording modes, under the name of PyTorch's module; `engine/modes.py` has them."""

from __future__ import annotations

from typing import Any

from minitorch.engine.modes import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = [
    "enable_grad", "inference_mode", "no_grad", "set_grad_enabled", "set_multithreading_enabled",
]  # fmt: skip


class set_multithreading_enabled:
    """Whether backward passes may use several threads: here they never do, whatever is set."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass

    def clone(self) -> Any:
        """Another one of the same mode."""
        return type(self)(self.mode)
