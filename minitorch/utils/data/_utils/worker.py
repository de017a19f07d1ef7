"""What a worker process knows of itself; see `minitorch.utils.data.info`."""

from __future__ import annotations

from minitorch.utils.data.info import WorkerInfo, get_worker_info

__all__ = ["WorkerInfo", "get_worker_info"]
