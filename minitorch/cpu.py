"""torch.cpu: the device there is."""

from __future__ import annotations

from typing import Any

__all__ = ["current_device", "device_count", "is_available", "set_device", "synchronize"]


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """ "cpu"."""
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Nothing: all was computed when it was called."""


def set_device(device: Any) -> None:
    """Nothing: there is one."""
