"""torch.signal: windows for the analysis of signals."""

from minitorch.signal import windows as windows

__all__ = ["windows"]
