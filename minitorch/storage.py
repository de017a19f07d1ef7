"""The memory behind tensors, and what pickles of PyTorch's tensors ask of `torch.storage`."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from minitorch.faces.storage import TypedStorage, UntypedStorage
from minitorch.serialization import load

__all__ = ["TypedStorage", "UntypedStorage"]


def _load_from_bytes(b: bytes) -> Any:
    return load(BytesIO(b), weights_only=False)  # the pickle around it could run any code itself
