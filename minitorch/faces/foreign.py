"""Memory that others own, as NumPy arrays a tensor can lie on: arrays, buffers, DLPack capsules."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np

from minitorch.faces import dtypes
from minitorch.faces.operands import warn

# NumPy 2.0's `__dlpack__` takes none of the protocol's later keywords.
_LATER_PROTOCOL = np.lib.NumpyVersion(np.__version__) >= "2.1.0"


class DLDeviceType(enum.IntEnum):
    """Where memory lies, in DLPack's numbers; tensors lie at `kDLCPU`."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


def plain(array: np.ndarray) -> np.ndarray:
    """The array itself, without its subclass; an error if a tensor cannot lie on its memory."""
    dtype = array.dtype
    dtypes.of(dtype)
    if array.size:
        if any(step < 0 for step in array.strides):
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with "
                f"negative strides are not supported: its strides are {array.strides} bytes, its "
                f"shape is {array.shape}; make a copy first, array.copy()"
            )
        if any(step % dtype.itemsize for step in array.strides):
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size: strides "
                f"{array.strides}, elements of {dtype.itemsize} bytes. Make a copy first, "
                "array.copy()"
            )
    return array.view(np.ndarray)


def warn_of_read_only(what: str) -> None:
    """Say that the memory is not ours to write; a write through the tensor is an error here."""
    warn(
        f"The given {what} is not writable, and PyTorch does not support non-writable tensors. "
        "minitorch refuses in-place operations on such a tensor. Copy the data to have a tensor "
        "that can be written to"
    )


# ---- DLPack ------------------------------------------------------------------------------------


def exported(array: np.ndarray, max_version: Any, copy: bool | None) -> Any:
    """A DLPack capsule of the array's memory."""
    if array.dtype.kind not in "biufc":
        raise BufferError(
            f"Can't export tensors of {dtypes.of(array.dtype)!r}, which NumPy's DLPack does not "
            "know: convert it first, with .float()"
        )
    if copy:
        array = array.copy()
    return array.__dlpack__(max_version=max_version) if _LATER_PROTOCOL else array.__dlpack__()


class _Producer:
    """What `np.from_dlpack` asks: a capsule, or an object with `__dlpack__`, on the CPU.

    It notes whether the capsule is of the version that can say that memory is read-only.
    """

    __slots__ = ("says_read_only", "source")

    def __init__(self, source: Any) -> None:
        self.source, self.says_read_only = source, False

    def __dlpack__(self, **options: Any) -> Any:
        capsule = self.source.__dlpack__(**options) if _is_producer(self.source) else self.source
        self.says_read_only = '"dltensor_versioned"' in repr(capsule)
        return capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return (DLDeviceType.kDLCPU, 0)


class _Lent:
    """Memory of another library as NumPy sees it, which lives as long as this does."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, array: np.ndarray) -> None:
        self.owner = array
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface


def _is_producer(source: Any) -> bool:
    return hasattr(source, "__dlpack__") and hasattr(source, "__dlpack_device__")


def imported(source: Any) -> np.ndarray:
    """The memory of a DLPack capsule, or of an object with `__dlpack__`, as an array."""
    if _is_producer(source):
        kind = source.__dlpack_device__()[0]
        if kind != DLDeviceType.kDLCPU:
            raise RuntimeError(
                f"from_dlpack: the memory of this {type(source).__name__} is on a device of "
                f"DLPack's kind {int(kind)}, and minitorch computes on the CPU (1): move it there "
                "first"
            )
    elif type(source).__name__ != "PyCapsule":
        raise _invalid(source)
    producer = _Producer(source)
    try:
        array = np.from_dlpack(producer)
    except ValueError as error:
        raise _invalid(source) from error
    if not array.flags.writeable and not producer.says_read_only:
        array = np.asarray(_Lent(array))  # NumPy supposes the worst of the first version
    return plain(array)


def _invalid(source: Any) -> RuntimeError:
    return RuntimeError(
        "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only "
        f"once, so you might have already constructed a tensor from it once. Given: "
        f"{type(source).__name__}; expected an object with __dlpack__ and __dlpack_device__, or a "
        "capsule"
    )


# ---- Python's buffers --------------------------------------------------------------------------


def is_buffer(source: Any) -> bool:
    """Whether `source` lets others look at its memory, by Python's buffer protocol."""
    try:
        memoryview(source)
    except (TypeError, BufferError):
        return False
    return True


def of_buffer(buffer: Any, dtype: np.dtype[Any], count: int, offset: int) -> np.ndarray:
    """`count` elements of a buffer, from byte `offset` on, as an array of its memory."""
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError(
            "object does not implement Python buffer protocol: expected bytes, a bytearray, an "
            f"array.array or the like, got {type(buffer).__name__}"
        ) from None
    length, item = view.nbytes, dtype.itemsize
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length "
            f"({length} bytes) minus 1"
        )
    if count <= 0 and (length - offset) % item:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a "
            f"multiple of element size ({item})"
        )
    count = count if count > 0 else (length - offset) // item
    if offset + count * item > length:
        raise ValueError(
            f"requested buffer length ({count} * {item} bytes) after offset ({offset} bytes) must "
            f"not be greater than actual buffer length ({length} bytes)"
        )
    if view.readonly:
        warn_of_read_only("buffer")
    return np.frombuffer(view, dtype, count, offset)
