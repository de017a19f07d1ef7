"""torch.nn.parallel.distributed: where `DistributedDataParallel` is also looked for."""

from minitorch.nn.parallel import DistributedDataParallel

__all__ = ["DistributedDataParallel"]
