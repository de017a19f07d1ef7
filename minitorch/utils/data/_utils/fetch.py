"""How indices become a batch; see `minitorch.utils.data.fetching`."""

from __future__ import annotations

from minitorch.utils.data.fetching import _IterableDatasetFetcher, _MapDatasetFetcher

__all__ = ["_IterableDatasetFetcher", "_MapDatasetFetcher"]
