"""All primitives by their names: how the engine calls operations that are declared above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from minitorch.engine.primitive import Primitive

registry: dict[str, Primitive] = {}
known = registry.__getitem__
