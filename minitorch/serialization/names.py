"""PyTorch's names in a file, and what they stand for here."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.faces import dtypes

# The names of PyTorch's storage classes, by element type.
STORAGES: dict[str, np.dtype[Any]] = {
    "DoubleStorage": np.dtype(np.float64),
    "FloatStorage": np.dtype(np.float32),
    "HalfStorage": np.dtype(np.float16),
    "LongStorage": np.dtype(np.int64),
    "IntStorage": np.dtype(np.int32),
    "ShortStorage": np.dtype(np.int16),
    "CharStorage": np.dtype(np.int8),
    "ByteStorage": np.dtype(np.uint8),
    "BoolStorage": np.dtype(np.bool_),
    "ComplexFloatStorage": np.dtype(np.complex64),
    "ComplexDoubleStorage": np.dtype(np.complex128),
}
DTYPES = {dtypes.of(array).name: dtypes.of(array) for array in STORAGES.values()}
# PyTorch's names for element types that minitorch does not have.
FOREIGN = (
    "bfloat16", "BFloat16Storage", "uint16", "uint32", "uint64", "UntypedStorage", "complex32",
    "ComplexHalfStorage", "float8_e4m3fn", "float8_e5m2", "QInt8Storage", "QUInt8Storage",
    "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage", "_rebuild_qtensor", "_rebuild_tensor_v3",
)  # fmt: skip


class Name:
    """A global to be written into a pickle by its name, whether or not it can be imported."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *args: Any) -> Any:
        """Pickle asks of what it writes as a call that it is callable."""
        raise TypeError(f"{self.module}.{self.name} is a name to be written only")


SIZE = Name("torch", "Size")
DEVICE = Name("torch", "device")
TENSOR = Name("torch", "Tensor")
REBUILD_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
REBUILD_PARAMETER = Name("torch._utils", "_rebuild_parameter")
REBUILD_PARAMETER_WITH_STATE = Name("torch._utils", "_rebuild_parameter_with_state")
REBUILD_FROM_TYPE = Name("torch._tensor", "_rebuild_from_type_v2")
STORAGE_NAMES = {dtype: Name("torch", name) for name, dtype in STORAGES.items()}
DTYPE_NAMES = {dtype: Name("torch", name) for name, dtype in DTYPES.items()}
