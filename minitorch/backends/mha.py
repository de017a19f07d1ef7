"""torch.backends.mha: the switch of attention's fast path, which is kept and changes nothing."""

from __future__ import annotations

_enabled = [True]


def get_fastpath_enabled() -> bool:
    """What `set_fastpath_enabled` was last given; attention is computed in one way."""
    return _enabled[0]


def set_fastpath_enabled(value: bool) -> None:
    """Kept."""
    _enabled[0] = bool(value)
