"""torch.FloatTensor, LongTensor and their like: constructors by type, from before `dtype`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes
from minitorch.faces.creation import empty, tensor
from minitorch.faces.tensor import Size, Tensor


class _Typed(type):
    """The type of these: called, they make tensors; `isinstance` tells tensors of their dtype."""

    dtype: dtypes.dtype

    def __call__(cls, *data: Any, device: Any = None) -> Any:
        return built(cls.dtype, data, device)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, Tensor) and x._value.dtype == cls.dtype.numpy

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def built(dtype: dtypes.dtype, data: tuple[Any, ...], device: Any = None) -> Any:
    """A tensor of data (a sequence, an array, a tensor of that dtype) or of sizes."""
    if len(data) != 1 or isinstance(data[0], (int, Size)):
        return empty(*(data or (0,)), dtype=dtype, device=device)
    (given,) = data
    if isinstance(given, Box):
        if given._value.dtype != dtype.numpy:
            raise TypeError(
                f"expected a tensor of {dtype!r}, not of {dtypes.of(given._value.dtype)!r}: "
                "convert it with .to(dtype)"
            )
        return fresh(Tensor, given._value)
    if not isinstance(given, np.ndarray) and not hasattr(given, "__len__"):
        raise TypeError(f"new(): data must be a sequence (got {type(given).__name__})")
    return tensor(given, dtype=dtype, device=device)


def _typed(name: str, dtype: dtypes.dtype) -> Any:
    said = f"`torch.tensor` and `empty` in {dtype!r}."
    return _Typed(name, (), {"dtype": dtype, "__doc__": said, "__module__": "minitorch"})


functions: dict[str, Callable[..., Any]] = {
    f"{dtype.scalar_type}Tensor": _typed(f"{dtype.scalar_type}Tensor", dtype)
    for dtype in (
        dtypes.float16, dtypes.float32, dtypes.float64, dtypes.uint8, dtypes.int8, dtypes.int16,
        dtypes.int32, dtypes.int64, dtypes.bool,
    )
}  # fmt: skip


def new(self: Any, *data: Any, device: Any = None) -> Any:
    """A tensor in the dtype of this one: of data or of sizes; `new_tensor` and `new_empty` now."""
    return built(self.dtype, data, device)


methods: dict[str, Callable[..., Any]] = {"new": new}
functions_only = (*functions,)
