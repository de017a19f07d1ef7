"""torch.nn: modules, their parameters, and the functions they are made of."""

from minitorch.nn import functional, init, modules, parallel, utils
from minitorch.nn.modules import *  # noqa: F403
from minitorch.nn.modules import __all__ as _modules
from minitorch.nn.parallel import DataParallel
from minitorch.nn.parameter import Buffer, Parameter

__all__ = [
    *_modules, "Buffer", "DataParallel", "Parameter", "functional", "init", "modules", "parallel",
    "utils",
]  # fmt: skip
