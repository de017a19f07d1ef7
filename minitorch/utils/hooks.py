"""Handles by which registered hooks are removed again."""

from __future__ import annotations

from minitorch.engine.hooks import RemovableHandle

__all__ = ["RemovableHandle"]
