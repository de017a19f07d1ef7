"""torch.*: tensors on the memory of NumPy arrays, Python's buffers and other libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes, foreign
from minitorch.faces.creation import dtype_of, made, tensor
from minitorch.faces.operands import TensorArgument, default_float, is_number, to_dtype
from minitorch.faces.tensor import Tensor, on_cpu


def from_numpy(ndarray: np.ndarray, /) -> Any:
    """A tensor of the same memory as an array: what is written to one shows in the other.

    Raises:
        TypeError: this is no array, or one of a type that tensors don't have.
        ValueError: negative strides, or bytes of the foreign order.

    Example:
        >>> a = np.zeros(3)
        >>> x = torch.from_numpy(a)
        >>> a[0] = 5
        >>> x
        tensor([5., 0., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        kind = type(ndarray)
        home = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        raise TypeError(f"expected np.ndarray (got {home}{kind.__name__})")
    if not ndarray.flags.writeable:
        foreign.warn_of_read_only("NumPy array")
    return fresh(Tensor, foreign.plain(ndarray))


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor of the memory of another library's: of an object with `__dlpack__`, or a capsule.

    Raises:
        RuntimeError: this is neither, the capsule was used, or the memory is on another device.
        BufferError: the other tensor requires grad, or is of a dtype that DLPack has not.

    Example:
        >>> a = np.arange(3)
        >>> torch.from_dlpack(a)
        tensor([0, 1, 2])
    """
    on_cpu(device)
    array = foreign.imported(ext_tensor)
    return fresh(Tensor, array.copy() if copy else array)


def to_dlpack(tensor: TensorArgument) -> Any:
    """A DLPack capsule of a tensor's memory, for another library to take once.

    `from_dlpack(tensor)`, which other libraries have too, needs no capsule.
    """
    return foreign.exported(tensor._value, None, None)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0,
               requires_grad: bool = False) -> Any:  # fmt: skip
    """A vector on the memory of bytes, an array.array or the like, which it shares.

    Args:
        dtype: how to read the bytes.
        count: the number of elements; negative for all from `offset` on.
        offset: the first byte.

    Raises:
        ValueError: there is no such part of the buffer, or this is no buffer.

    Example:
        >>> torch.frombuffer(bytearray([1, 0, 2, 0]), dtype=torch.int16)
        tensor([1, 2], dtype=torch.int16)
    """
    array = foreign.of_buffer(buffer, dtype_of(dtype, "frombuffer"), count, offset)
    return made(array, requires_grad=requires_grad)


def as_tensor(data: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor: itself if it is one, of the same memory where it is an array.

    Example:
        >>> a = np.ones(2, np.float32)
        >>> torch.as_tensor(a).data_ptr() == torch.as_tensor(a).data_ptr()
        True
    """
    on_cpu(device)
    y = _shared(data)
    if y is None:
        return tensor(data, dtype=dtype)
    return y if dtype is None else to_dtype(y, dtype_of(dtype, "as_tensor"))


def _shared(data: Any) -> Any:
    """A tensor of the memory of a tensor, an array or a DLPack object; None for other data."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray):
        return from_numpy(data)
    if not isinstance(data, (Box, np.generic)) and hasattr(data, "__dlpack__"):
        return from_dlpack(data)
    return None


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
            requires_grad: bool | None = None) -> Any:  # fmt: skip
    """`obj` as a tensor, of the same memory where it can be.

    A buffer, such as bytes, is read as elements of `dtype`, by default the default dtype.

    Args:
        copy: True always copies; False never does, and is an error where a copy is needed.
        requires_grad: of the result; not given, what `obj` has.

    Raises:
        ValueError: `copy` is False and the memory cannot be shared.

    Example:
        >>> torch.asarray(np.zeros(2), dtype=torch.float32)
        tensor([0., 0.])
    """
    on_cpu(device)
    target = None if dtype is None else dtype_of(dtype, "asarray")
    y = _aliased(obj, target, copy)
    if y is None:
        if copy is False:
            raise ValueError(
                "can't alias arbitrary sequence into a tensor: "
                f"{type(obj).__name__} has no memory of numbers to share; leave copy=False out"
            )
        y = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype=dtype)
    else:
        if target is not None and y._value.dtype != target:
            if copy is False:
                kinds = [dtypes.of(d).scalar_type for d in (y._value.dtype, target)]
                raise ValueError(
                    f"can't alias tensor with dtype {kinds[0]!r} into dtype {kinds[1]!r}: leave "
                    "copy=False out, or the dtype"
                )
            y = to_dtype(y, target)
        elif copy:
            y = y.clone()
    if requires_grad is None:
        return y
    if requires_grad:
        return y if y.requires_grad else y.requires_grad_()
    return y.detach() if y.requires_grad else y


def _aliased(obj: Any, target: Any, copy: bool | None) -> Any:
    """A tensor of the memory of `obj`, if it is a tensor, an array with a shape or a buffer."""
    if isinstance(obj, Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        if not obj.ndim and copy is not False:
            return tensor(obj)
        return fresh(Tensor, foreign.plain(obj)) if copy else from_numpy(obj)
    if not isinstance(obj, (Box, np.generic)) and not is_number(obj) and foreign.is_buffer(obj):
        return made(foreign.of_buffer(obj, target or default_float(), -1, 0))
    return None


functions: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (from_numpy, from_dlpack, to_dlpack, frombuffer, as_tensor, asarray)
}
functions_only = (*functions,)
