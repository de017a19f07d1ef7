"""Optimizers: how parameters move along their gradients."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from minitorch.optim.adadelta import Adadelta
from minitorch.optim.adafactor import Adafactor
from minitorch.optim.adagrad import Adagrad
from minitorch.optim.adam import Adam
from minitorch.optim.adamax import Adamax
from minitorch.optim.adamw import AdamW
from minitorch.optim.asgd import ASGD
from minitorch.optim.lbfgs import LBFGS
from minitorch.optim.muon import Muon
from minitorch.optim.nadam import NAdam
from minitorch.optim.optimizer import Optimizer
from minitorch.optim.radam import RAdam
from minitorch.optim.rmsprop import RMSprop
from minitorch.optim.rprop import Rprop
from minitorch.optim.sgd import SGD
from minitorch.optim.sparse_adam import SparseAdam
from minitorch.optim.stateless import swap_in_optimizer_params_and_state

if TYPE_CHECKING:
    from minitorch.optim import lr_scheduler, swa_utils

__all__ = [
    "Adam",
    "AdamW",
    "Optimizer",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adamax",
    "ASGD",
    "LBFGS",
    "Muon",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "swap_in_optimizer_params_and_state",
    "lr_scheduler",
    "swa_utils",
]


def __getattr__(name: str) -> Any:
    """What not all programs need, imported when first asked for."""
    if name in ("lr_scheduler", "swa_utils"):
        return importlib.import_module(f"minitorch.optim.{name}")
    raise AttributeError(f"module 'minitorch.optim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
