"""Small real data sets that ship with the package."""

from minitorch.datasets.uci import digits

__all__ = ["digits"]
