"""Writing: the pickle of an object under PyTorch's names, and the archive around it."""

from __future__ import annotations

import os
import pickle
import stat
import struct
import sys
import zipfile
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

import numpy as np

from minitorch.faces import descriptors
from minitorch.faces.dtypes import dtype, of
from minitorch.faces.pickling import memory_of
from minitorch.faces.storage import is_storage
from minitorch.faces.tensor import Size, Tensor, device
from minitorch.nn.parameter import Buffer, Parameter, is_lazy

from .names import (
    DEVICE,
    LAYOUT,
    REBUILD_FROM_TYPE,
    REBUILD_PARAMETER,
    REBUILD_PARAMETER_WITH_STATE,
    REBUILD_TENSOR,
    REBUILD_UNTYPED,
    SIZE,
    TENSOR,
    UNTYPED,
    Name,
    dtype_name,
    storage_name,
)

ALIGNMENT = 64


class Storage:
    """A run of memory, from address `low` to `high`, that one record of the file holds."""

    __slots__ = ("first", "high", "key", "low")

    def __init__(self, low: int, high: int, first: np.ndarray) -> None:
        self.low, self.high = low, high
        self.first = first  # an array that begins at `low`
        self.key: str | None = None

    def elements(self) -> np.ndarray:
        """The memory as an array of one dimension."""
        item = self.first.itemsize
        count = (self.high - self.low) // item
        return np.lib.stride_tricks.as_strided(self.first, (count,), (item,))

    def count(self) -> int:
        """Its length as PyTorch's storage class counts it: in elements, or in bytes."""
        length = self.high - self.low
        return length if self.first.dtype in UNTYPED else length // self.first.itemsize


class Layout:
    """Which storages a file needs: the memory its tensors span, overlapping spans as one.

    So tensors that share memory come back sharing it, and of a large array only the part that
    the file's tensors use is written.
    """

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.storages: list[Storage] = []
        self.written: list[Storage] = []

    def note(self, array: np.ndarray) -> None:
        """Take account of an array, in the survey."""
        if array.size and _plain(array):
            self.arrays.append(array)

    def settle(self) -> None:
        """Join the spans noted; called once, after the survey."""
        spans = [(*np.lib.array_utils.byte_bounds(a), a) for a in self.arrays]
        for low, high, array in sorted(spans, key=lambda span: (span[0], -span[1])):
            last = self.storages[-1] if self.storages else None
            if last is None or low >= last.high:
                self.storages.append(Storage(low, high, array))
                continue
            if array.dtype != last.first.dtype or (low - last.low) % array.itemsize:
                raise RuntimeError(
                    "Cannot save multiple tensors or storages that view the same data as "
                    f"different types: {array.dtype} of shape {list(array.shape)} and "
                    f"{last.first.dtype} of shape {list(last.first.shape)} share memory; "
                    "save a .clone() of one of them"
                )
            last.high = max(last.high, high)

    def place(self, array: np.ndarray) -> tuple[Storage, int, np.ndarray]:
        """The storage of an array, its offset there in elements, and the array as written."""
        if not _plain(array):
            array = np.array(array, array.dtype.newbyteorder("="), order="C")
        low, high = np.lib.array_utils.byte_bounds(array)
        at = bisect_right(self.storages, low, key=lambda storage: storage.low) - 1
        storage = self.storages[at] if at >= 0 else None
        if array.size == 0 or storage is None or high > storage.high:
            # Not met in the survey: empty, or made while pickling. It gets a storage of its own.
            end = low if array.size == 0 else high
            storage = Storage(low, end, memory_of(array))
        if storage.key is None:
            storage.key = str(len(self.written))
            self.written.append(storage)
        return storage, (low - storage.low) // array.itemsize, array


def _plain(array: np.ndarray) -> bool:
    """Whether PyTorch can hold it as it lies: native bytes, strides whole and not negative."""
    return array.dtype.isnative and all(s >= 0 and s % array.itemsize == 0 for s in array.strides)


class Call:
    """To be written as a call of `function` on `args`."""

    __slots__ = ("args", "function")

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        self.function, self.args = function, args


class Survey:
    """A pickler's part that only looks at the tensors on the way."""

    layout: Layout

    def reducer_override(self, obj: Any) -> Any:
        """Note a tensor's memory, and go on through its attributes."""
        if is_lazy(obj):
            return NotImplemented
        if isinstance(obj, Tensor):
            if not isinstance(obj._value, np.ndarray):
                raise RuntimeError("cannot save a tensor inside vmap: return it from there first")
            try:
                of(obj._value.dtype.newbyteorder("="))
            except TypeError as error:
                raise RuntimeError(f"cannot save a tensor: {error}") from None
            self.layout.note(obj._value)
            return Call, (None, (vars(obj),))
        if is_storage(obj):
            self.layout.note(obj._flat)
            return Call, (None, ())
        return NotImplemented


class Writing:
    """A pickler's part that writes tensors, sizes, dtypes and devices under PyTorch's names."""

    layout: Layout
    legacy: bool

    def persistent_id(self, obj: Any) -> Any:
        """A storage is kept beside the pickle; this names it there."""
        if is_storage(obj):
            obj = self.layout.place(obj._flat)[0]
        if type(obj) is not Storage:
            return None
        pid = "storage", storage_name(obj.first.dtype), obj.key, "cpu", obj.count()
        return (*pid, None) if self.legacy else pid

    def reducer_override(self, obj: Any) -> Any:
        """The call that rebuilds `obj`."""
        if is_lazy(obj):  # PyTorch's keep no dtype in a file
            return Name("torch.nn.parameter", type(obj).__name__), (obj.requires_grad,)
        if isinstance(obj, Tensor):
            return self.tensor(obj)
        if type(obj) is Call:
            return obj.function, obj.args
        if type(obj) is Size:
            return SIZE, (tuple(obj),)
        if type(obj) is device:
            return DEVICE, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if type(obj) is descriptors.layout:
            return LAYOUT, (repr(obj),)
        return NotImplemented

    def tensor(self, tensor: Tensor) -> tuple[Any, ...]:
        """The call that rebuilds a tensor, of any class."""
        storage, offset, array = self.layout.place(tensor._value)
        steps = tuple(s // array.itemsize for s in array.strides)
        wants, state = tensor.requires_grad, vars(tensor)
        trained = isinstance(tensor, Parameter)
        rebuild = REBUILD_TENSOR
        args: tuple[Any, ...] = (
            storage,
            offset,
            array.shape,
            steps,
            wants and not trained,
            OrderedDict(),
        )
        if array.dtype in UNTYPED:
            rebuild, args = REBUILD_UNTYPED, (*args, of(array.dtype))
        if trained:
            data = Call(rebuild, args)
            if state:
                return REBUILD_PARAMETER_WITH_STATE, (data, wants, OrderedDict(), state)
            return REBUILD_PARAMETER, (data, wants, OrderedDict())
        cls: Any = TENSOR
        if isinstance(tensor, Buffer):
            state = {**state, "persistent": tensor.persistent, "_is_buffer": True}
        elif type(tensor) is not Tensor:
            cls = type(tensor)
        if state or cls is not TENSOR:
            return REBUILD_FROM_TYPE, (rebuild, cls, args, state)
        return rebuild, args


def _save_name(pickler: Any, name: Name) -> None:
    pickler.write(pickle.GLOBAL + f"{name.module}\n{name.name}\n".encode())
    pickler.memoize(name)


def _save_dtype(pickler: Any, obj: dtype) -> None:
    pickler.save(dtype_name(obj))


class _Nowhere:
    def write(self, data: Any) -> None:
        """Drop it."""


def pickled(obj: Any, module: Any, protocol: int, legacy: bool) -> tuple[bytes, Layout]:
    """The pickle of `obj`, and the layout whose storages it names "0", "1", …

    Pickled twice: first only to see which memory the tensors span.
    """
    python_pickler = getattr(module, "_Pickler", module.Pickler)
    if not hasattr(python_pickler, "dispatch"):
        raise ValueError(
            f"pickle_module {module.__name__!r} has no pickler written in Python, which "
            "PyTorch's names need; leave it out or use dill"
        )
    layout = Layout()
    survey = type("_Survey", (Survey, module.Pickler), {"layout": layout})
    survey(_Nowhere(), protocol).dump(obj)
    layout.settle()
    dispatch = {**python_pickler.dispatch, Name: _save_name, dtype: _save_dtype}
    parts = {"layout": layout, "legacy": legacy, "dispatch": dispatch}
    writing = type("_Writing", (Writing, python_pickler), parts)
    buffer = BytesIO()
    writing(buffer, protocol).dump(obj)
    return buffer.getvalue(), layout


def write_archive(file: Any, data: bytes, layout: Layout) -> None:
    """Write the zip archive: the pickle, the byte order, each storage, and the format's version."""
    with zipfile.ZipFile(file, "w") as archive:
        _put(archive, "data.pkl", data)
        _put(archive, "byteorder", sys.byteorder.encode())
        for storage in layout.written:
            _put(archive, f"data/{storage.key}", storage.elements().view(np.uint8))
        _put(archive, "version", b"3\n")


def _put(archive: zipfile.ZipFile, name: str, data: Any) -> None:
    """Add a record, uncompressed and aligned so that it can be mapped into memory."""
    info = zipfile.ZipInfo(f"archive/{name}")
    header = 30 + len(info.filename) + 4
    if len(data) * 1.05 > zipfile.ZIP64_LIMIT:
        header += 20
    padding = -(archive.start_dir + header) % ALIGNMENT
    info.extra = b"FB" + struct.pack("<H", padding) + bytes(padding)
    archive.writestr(info, data)
    info.extra = b""  # the padding belongs to the record, not to the directory at the end


@contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when the block ends well, and else leaves no trace."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist. Make it, then save again")
    mode = None
    if os.path.exists(target):
        if not os.access(target, os.W_OK):
            raise PermissionError(f"no permission to write {path}")
        mode = os.stat(target).st_mode
        if not stat.S_ISREG(mode):  # a device or a pipe, or a directory, which open() refuses
            with open(target, "wb") as file:
                yield file
            return
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
