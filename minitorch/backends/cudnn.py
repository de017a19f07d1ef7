"""torch.backends.cudnn: it is not there; its switches are kept and change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

enabled = allow_tf32 = True
deterministic = benchmark = False
benchmark_limit = 10


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None."""


def is_acceptable(tensor: Any) -> bool:
    """False."""
    return False


@contextmanager
def flags(enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10,
          deterministic: bool = False, allow_tf32: bool = True,
          **more: Any) -> Iterator[None]:  # fmt: skip
    """The switches set within a block."""
    given = {name: value for name, value in locals().items() if name != "more"}
    before = {name: globals()[name] for name in given}
    globals().update(given)
    try:
        yield
    finally:
        globals().update(before)
