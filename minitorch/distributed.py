"""torch.distributed, as it answers where it was not built: there is one process."""

from __future__ import annotations

__all__ = [
    "is_available", "is_gloo_available", "is_initialized", "is_mpi_available", "is_nccl_available",
    "is_torchelastic_launched", "is_ucc_available",
]  # fmt: skip


def is_available() -> bool:
    """False."""
    return False


is_initialized = is_gloo_available = is_mpi_available = is_available
is_nccl_available = is_ucc_available = is_torchelastic_launched = is_available
