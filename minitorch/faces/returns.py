"""Named tuples of results, as `torch.return_types` has them."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def return_type(name: str, fields: str = "values indices") -> type:
    """A named tuple that prints as PyTorch's of that name does."""
    base = namedtuple(name, fields)  # type: ignore[misc]

    def show(self: Any) -> str:
        parts = ",\n".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{parts})"

    base.__repr__ = show  # type: ignore[method-assign]
    base.__module__ = "minitorch.return_types"
    return base


max, min, sort = return_type("max"), return_type("min"), return_type("sort")
aminmax = return_type("aminmax", "min max")
