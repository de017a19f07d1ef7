"""torch.version: what this is, and what it was built with."""

from minitorch import __version__

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "xpu"]

cuda = hip = xpu = None
git_version = None
debug = False
