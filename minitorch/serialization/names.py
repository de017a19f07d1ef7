"""PyTorch's names in a file, and the element types that they stand for here."""

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
# These came to PyTorch after the storage classes: their storages are bytes.
UNTYPED = tuple(np.dtype(kind) for kind in (np.uint16, np.uint32, np.uint64))
DTYPES = {dtypes.of(array).name: dtypes.of(array) for array in (*STORAGES.values(), *UNTYPED)}
BFLOAT16 = ("bfloat16", "BFloat16Storage")
# PyTorch's names for what minitorch does not have, and what it is.
FOREIGN = {
    **dict.fromkeys(
        ("complex32", "ComplexHalfStorage", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2",
         "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "uint1", "uint2", "uint3",
         "uint4", "uint5", "uint6", "uint7", "int1", "int2", "int3", "int4", "int5", "int6",
         "int7"),
        "an element type that minitorch does not have; in PyTorch, convert the tensors before "
        "saving, with .float() or .long()",
    ),
    **dict.fromkeys(
        ("QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage",
         "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "_rebuild_qtensor",
         "per_tensor_affine", "per_tensor_symmetric", "per_channel_affine",
         "per_channel_symmetric", "per_channel_affine_float_qparams"),
        "a quantized element type that minitorch does not have; in PyTorch, use .dequantize() "
        "before saving",
    ),
    **dict.fromkeys(
        ("_rebuild_sparse_tensor", "_rebuild_nested_tensor"),
        "a sparse or nested tensor, which minitorch does not have; in PyTorch, use .to_dense() "
        "before saving",
    ),
    "_rebuild_meta_tensor_no_storage": "a tensor on the meta device, which has no data",
}  # fmt: skip


def bfloat16() -> dtypes.dtype:
    """`torch.bfloat16`, or an error that says what it needs."""
    try:
        return dtypes.__getattr__("bfloat16")
    except AttributeError as error:
        raise RuntimeError(f"the file holds tensors of torch.bfloat16. {error}") from None


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
LAYOUT = Name("torch.serialization", "_get_layout")
TENSOR = Name("torch", "Tensor")
REBUILD_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
REBUILD_UNTYPED = Name("torch._utils", "_rebuild_tensor_v3")
REBUILD_PARAMETER = Name("torch._utils", "_rebuild_parameter")
REBUILD_PARAMETER_WITH_STATE = Name("torch._utils", "_rebuild_parameter_with_state")
REBUILD_FROM_TYPE = Name("torch._tensor", "_rebuild_from_type_v2")
_UNTYPED_STORAGE = Name("torch.storage", "UntypedStorage")
_storages = {dtype: Name("torch", name) for name, dtype in STORAGES.items()}
_dtypes = {dtype: Name("torch", name) for name, dtype in DTYPES.items()}


def storage_name(dtype: np.dtype[Any]) -> Name:
    """PyTorch's storage class for elements of a NumPy dtype; one object per name."""
    if dtype in UNTYPED:
        return _UNTYPED_STORAGE
    if dtype not in _storages:  # bfloat16, whose NumPy dtype is another package's
        _storages[dtype] = Name("torch", f"{dtypes.of(dtype).scalar_type}Storage")
    return _storages[dtype]


def dtype_name(dtype: dtypes.dtype) -> Name:
    """The name of a dtype; one object per name."""
    if dtype not in _dtypes:
        _dtypes[dtype] = Name("torch", dtype.name)
    return _dtypes[dtype]
