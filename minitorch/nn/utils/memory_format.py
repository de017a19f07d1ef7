"""The order of a convolution's weight in memory, which is one here."""

from __future__ import annotations

from typing import Any, TypeVar

from minitorch.nn.modules.module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

M = TypeVar("M", bound=Module)


def convert_conv2d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is: convolutions are as fast with any order of their weight."""
    return module


def convert_conv3d_weight_memory_format(module: M, memory_format: Any) -> M:
    """The module as it is: convolutions are as fast with any order of their weight."""
    return module
