"""torch.cuda, as it answers on a machine without one: there is no device.

Seeding is accepted and does nothing, as in PyTorch; anything else is refused where it is asked for.

Example:
    >>> torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device(type='cpu')
"""

from __future__ import annotations


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no device to seed."""
    int(seed)


manual_seed_all = manual_seed


def synchronize(device: object = None) -> None:
    """Refused, as by a PyTorch built without CUDA."""
    raise AssertionError("Torch not compiled with CUDA enabled: minitorch computes on the CPU")


def empty_cache() -> None:
    """Nothing: there is no cache."""
