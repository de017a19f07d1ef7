"""All primitives by their names: how the engine calls operations that are declared above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive

registry: dict[str, Primitive] = {}
known = registry.__getitem__
watchers: list[Callable[[Any], None]] = []  # told of each primitive, and each plan, that is made
