"""torch.backends.opt_einsum: it is not there."""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


enabled = False
strategy = None
