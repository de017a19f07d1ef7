"""torch.accelerator, as it answers on a machine without one."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "current_accelerator", "current_device_index", "device_count", "is_available",
    "set_device_index", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""


def _refuse(*args: Any) -> NoReturn:
    raise RuntimeError("Cannot access accelerator device when none is available.")


set_device_index = set_device_idx = current_device_index = current_device_idx = synchronize = (
    _refuse
)
