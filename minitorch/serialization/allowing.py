"""The classes and functions that files may name beyond tensors and plain values."""

from __future__ import annotations

from typing import Any

_safe: list[Any] = []


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Allow these classes and functions in files loaded with `weights_only=True`.

    Loading calls them with what the file says: allow only what cannot do harm. An item may be a
    tuple of the object and the full name, "module.name", that files have for it.
    """
    for item in safe_globals:
        if isinstance(item, tuple) and not (len(item) == 2 and isinstance(item[1], str)):
            raise ValueError(f"expected a tuple of a global and its full name, got {item!r}")
    _safe.extend(item for item in safe_globals if item not in _safe)


def get_safe_globals() -> list[Any]:
    """What has been allowed by `add_safe_globals`."""
    return list(_safe)


def clear_safe_globals() -> None:
    """Take back all that has been allowed."""
    _safe.clear()


class safe_globals:
    """Allow classes and functions, as `add_safe_globals` does, inside a `with` block only.

    Example:
        >>> import io
        >>> import minitorch as torch
        >>> from fractions import Fraction
        >>> buffer = io.BytesIO()
        >>> torch.save(Fraction(1, 3), buffer)
        >>> _ = buffer.seek(0)
        >>> with torch.serialization.safe_globals([Fraction]):
        ...     torch.load(buffer)
        Fraction(1, 3)
    """

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        self.before = get_safe_globals()
        add_safe_globals(self.safe_globals)

    def __exit__(self, *error: Any) -> None:
        _safe[:] = self.before


def safe_names() -> dict[str, Any]:
    """What has been allowed, by the full name that files have for it."""
    named = {}
    for item in _safe:
        found, name = (
            item if isinstance(item, tuple) else (item, f"{item.__module__}.{item.__qualname__}")
        )
        named[name] = found
    return named
