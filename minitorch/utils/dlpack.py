"""Memory shared with other libraries by DLPack's capsules; `torch.from_dlpack` is the short way."""

from minitorch.faces.foreign import DLDeviceType
from minitorch.faces.interchange import from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]
