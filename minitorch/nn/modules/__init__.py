"""The layers, losses and containers of `torch.nn`."""

from minitorch.nn.modules.activation import (
    ELU,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from minitorch.nn.modules.container import ModuleDict, ModuleList, Sequential
from minitorch.nn.modules.dropout import Dropout
from minitorch.nn.modules.flatten import Flatten, Unflatten
from minitorch.nn.modules.linear import Bilinear, Identity, Linear
from minitorch.nn.modules.loss import CrossEntropyLoss, L1Loss, MSELoss, NLLLoss
from minitorch.nn.modules.module import Module
from minitorch.nn.modules.parameters import ParameterDict, ParameterList

__all__ = [
    "ELU",
    "Bilinear",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Identity",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "Unflatten",
]
