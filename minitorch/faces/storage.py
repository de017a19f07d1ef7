"""The memory behind tensors: `UntypedStorage`, its bytes, and `TypedStorage`, its elements."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch.engine import memory
from minitorch.engine.box import Box
from minitorch.faces import dtypes
from minitorch.faces.descriptors import CPU, device


class _Storage:
    """What both kinds of storage have in common: a flat array over memory that tensors share."""

    _flat: np.ndarray
    is_cuda = is_sparse = is_hpu = False

    @property
    def device(self) -> device:
        """Where it lies: `device("cpu")`."""
        return CPU

    def __len__(self) -> int:
        return len(self._flat)

    size = __len__

    def nbytes(self) -> int:
        """The bytes of all its elements."""
        return self._flat.nbytes

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._flat.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return memory.address(self._flat)

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return self._flat.tolist()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    @property
    def _cdata(self) -> int:
        """A number that is the same for two storages of the same memory."""
        return self.data_ptr()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.data_ptr() == other.data_ptr()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self.data_ptr())

    def __getitem__(self, index: Any) -> Any:
        return self._flat[self._place(index)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._flat[index if isinstance(index, slice) else self._place(index)] = value

    def _place(self, index: Any) -> int:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        try:
            place = operator.index(index)
        except TypeError:
            raise TypeError(
                f"can't index a {type(self).__name__} with {type(index).__name__}"
            ) from None
        if not -len(self) <= place < len(self):
            raise IndexError(f"index {place} out of range for storage of size {len(self)}")
        return place

    def _like(self, flat: np.ndarray) -> Any:
        storage = object.__new__(type(self))
        storage._flat = flat
        return storage

    def clone(self) -> Any:
        """A copy."""
        return self._like(self._flat.copy())

    __copy__ = clone

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        return self._like(copied(self._flat, memo).view(self._flat.dtype))

    def cpu(self) -> Any:
        """The storage itself, which lies in the memory of the CPU."""
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> Any:
        """In place: the elements of another storage of as many."""
        if self.nbytes() != source.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was "
                f"{source.nbytes()} bytes: copy_ of a storage keeps its size"
            )
        self._flat[...] = source._flat
        return self

    def fill_(self, value: Any) -> Any:
        """In place: one number everywhere."""
        self._flat[...] = value
        return self

    def resize_(self, size: int) -> Any:
        """In place: another size. Tensors that lie on the storage stay where they are."""
        larger = np.zeros(size, self._flat.dtype)
        kept = min(size, len(self))
        larger[:kept] = self._flat[:kept]
        self._flat = larger
        return self

    def is_shared(self) -> bool:
        """Whether other processes see this memory: never."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is pinned for a device: never."""
        return False


class UntypedStorage(_Storage):
    """Memory as bytes: `size` of them, zero, or those of a sequence of numbers.

    Example:
        >>> torch.ones(2).untyped_storage().nbytes()
        8
    """

    def __init__(self, size: Any = 0) -> None:
        whole = isinstance(size, (int, np.integer))
        self._flat = np.zeros(size, np.uint8) if whole else np.array(size, np.uint8)

    @classmethod
    def of(cls, array: np.ndarray) -> UntypedStorage:
        """The storage that an array lies on."""
        storage = cls.__new__(cls)
        storage._flat = memory.storage(array)
        return storage

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._like(self._flat[index])
        return super().__getitem__(index)

    def untyped(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def on(self, dtype: np.dtype[Any]) -> np.ndarray:
        """As many elements of a dtype as the bytes make."""
        return self._flat[: len(self._flat) // dtype.itemsize * dtype.itemsize].view(dtype)

    def __repr__(self) -> str:
        lines = "".join(f" {byte}\n" for byte in self.tolist())
        return f"{lines}[torch.storage.UntypedStorage(device=cpu) of size {len(self)}]"


class TypedStorage(_Storage):
    """Memory as elements of one dtype; `UntypedStorage` is what PyTorch wants one to use now.

    Example:
        >>> torch.arange(3).storage().tolist()
        [0, 1, 2]
    """

    def __init__(self, *size: Any, wrap_storage: UntypedStorage | None = None,
                 dtype: Any = None, device: Any = None) -> None:  # fmt: skip
        kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype, "dtype")
        if wrap_storage is not None:
            self._flat = wrap_storage.on(kind.numpy)
        elif size and not isinstance(size[0], (int, np.integer)):
            self._flat = np.array(size[0], kind.numpy)
        else:
            self._flat = np.zeros(size[0] if size else 0, kind.numpy)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of(self._flat.dtype)

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage.of(self._flat)

    def type(self) -> str:
        """The name of the type of old, such as `torch.FloatStorage`."""
        return f"torch.{self.dtype.scalar_type}Storage"

    pickle_storage_type = type

    def __repr__(self) -> str:
        lines = "".join(f" {element}\n" for element in self.tolist())
        kind = f"dtype={self.dtype!r}, device=cpu"
        return f"{lines}[torch.storage.TypedStorage({kind}) of size {len(self)}]"


def copied(array: np.ndarray, memo: dict[Any, Any]) -> np.ndarray:
    """The bytes of the storage of an array, copied once for each `memo` of a deep copy."""
    whole = memory.owner(array)
    key = ("storage", id(whole))
    if key not in memo:
        memo[key] = memory.storage(array).copy()
    return memo[key]


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage."""
    return isinstance(obj, _Storage)


def untyped_storage(self: Box) -> UntypedStorage:
    """The storage that the tensor lies on, as bytes."""
    return UntypedStorage.of(self._value)


def storage(self: Box) -> TypedStorage:
    """The storage that the tensor lies on, as elements of its dtype."""
    return TypedStorage(wrap_storage=untyped_storage(self), dtype=dtypes.of(self._value.dtype))
