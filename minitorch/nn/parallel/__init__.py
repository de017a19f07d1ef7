"""torch.nn.parallel: several devices, of which there are none."""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.nn.modules.module import Module
from minitorch.nn.parallel.data_parallel import DataParallel, data_parallel
from minitorch.nn.parallel.parallel_apply import parallel_apply
from minitorch.nn.parallel.replicate import replicate
from minitorch.nn.parallel.scatter_gather import gather, scatter

__all__ = [
    "DataParallel", "DistributedDataParallel", "data_parallel", "gather", "parallel_apply",
    "replicate", "scatter",
]  # fmt: skip


class DistributedDataParallel(Module):
    """Refused when made: all is computed in one process."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        refuse()


def refuse() -> NoReturn:
    """Say that there is one process."""
    raise RuntimeError(
        "DistributedDataParallel needs torch.distributed, which is not here: all is computed in "
        "one process; use the module itself"
    )
