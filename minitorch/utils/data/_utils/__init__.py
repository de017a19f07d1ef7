"""Where PyTorch keeps what its loader is made of, for programs that import it from there."""

from __future__ import annotations

from minitorch.utils.data._utils import collate, fetch, worker

__all__ = ["collate", "fetch", "worker"]
