"""torch.types: what annotations are made of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TypeAlias, Union

from minitorch.faces.storage import UntypedStorage as Storage
from minitorch.faces.tensor import Size, Tensor
from minitorch.faces.tensor import device as _device

__all__ = ["Device", "FileLike", "Number", "Storage"]

_int, _float, _bool, _complex = int, float, bool, complex
_str, _bytes = str, bytes
_size: TypeAlias = Size | list[int] | tuple[int, ...]

Number: TypeAlias = int | float | bool
_Number = (int, float, bool)
Device: TypeAlias = _device | str | int | None
FileLike: TypeAlias = Union[str, "os.PathLike[str]", IO[bytes]]
IntLikeType: TypeAlias = int
FloatLikeType: TypeAlias = float
BoolLikeType: TypeAlias = bool

_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_TensorOrOptionalTensors: TypeAlias = Tensor | Sequence[Tensor | None]
