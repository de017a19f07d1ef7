"""torch.backends.mkldnn: it is not there."""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


enabled = True
