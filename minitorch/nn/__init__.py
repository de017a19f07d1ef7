"""torch.nn: modules, their parameters, and the functions they are made of."""

from minitorch.nn import functional, init, modules, utils
from minitorch.nn.modules import *  # noqa: F403
from minitorch.nn.modules import __all__ as _modules
from minitorch.nn.parameter import Buffer, Parameter

__all__ = [*_modules, "Buffer", "Parameter", "functional", "init", "modules", "utils"]
