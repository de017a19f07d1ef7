"""The storages of a file: the memory that its tensors are laid on, named in its pickle."""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.faces.descriptors import device
from minitorch.faces.storage import TypedStorage

from . import options
from .archive import Archive
from .locations import check_on_cpu, default_restore_location

Place = Callable[["Storage", str], "Storage"]


class Storage(TypedStorage):
    """The memory of one record; the tensors laid on it share it, and its version counter.

    `data` are all its bytes and `kind` is NumPy's dtype of its elements.
    """

    def __init__(self, data: np.ndarray, kind: np.dtype[Any], version: list[Any] | None = None):
        self.data, self.kind = data, kind
        self.version = [0] if version is None else version
        self._flat = data[: len(data) // kind.itemsize * kind.itemsize].view(kind)

    def of(self, kind: np.dtype[Any]) -> Storage:
        """The same memory, read as elements of a type."""
        return self if kind == self.kind else Storage(self.data, kind, self.version)

    def _like(self, flat: np.ndarray) -> TypedStorage:
        return _typed(flat)

    def __reduce__(self) -> Any:
        return _typed, (self._flat,)

    def cuda(self, *_: Any, **__: Any) -> Storage:
        """Refused, as by a PyTorch built without CUDA."""
        raise AssertionError("Torch not compiled with CUDA enabled: minitorch computes on the CPU")


def _typed(flat: np.ndarray) -> TypedStorage:
    """A user's storage of these elements."""
    storage = object.__new__(TypedStorage)
    storage._flat = flat
    return storage


class PlacingFailed(Exception):
    """Carries an error of the user's `map_location` out of an unpickler, past the file's errors."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def placing(map_location: Any) -> Place:
    """What `map_location` does to a storage that the file says was at a location."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        moves = {str(source): target for source, target in map_location.items()}

        def by_table(storage: Storage, location: str) -> Storage:
            if location in moves:
                check_on_cpu(moves[location])
                return storage
            return default_restore_location(storage, location)

        return by_table
    if isinstance(map_location, (str, device)):
        check_on_cpu(map_location)
        return _stay
    if callable(map_location):

        def by_function(storage: Storage, location: str) -> Storage:
            try:
                placed = map_location(storage, location)
            except Exception as error:
                raise PlacingFailed(error) from None
            if placed is None:
                return default_restore_location(storage, location)
            if isinstance(placed, Storage):
                return placed
            raise PlacingFailed(
                TypeError(
                    "map_location, a function, must return the storage that it was given, or "
                    f"None; it returned {placed!r:.100} for a storage at {location!r}"
                )
            )

        return by_function
    raise TypeError(
        "map_location must be a device, string, dict or function, "
        f"got {type(map_location).__name__}"
    )


def _stay(storage: Storage, location: str) -> Storage:
    return storage


def swapped(data: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """The bytes of elements, each element's in the other order."""
    part = dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize
    return np.ascontiguousarray(data.reshape(-1, part)[:, ::-1]).reshape(-1)


def text(x: Any) -> Any:
    """Text of a persistent id, which old files may hold as bytes."""
    return x.decode("ascii") if isinstance(x, bytes) else x


def unknown(pid: Any) -> pickle.UnpicklingError:
    """The error for what names no storage."""
    return pickle.UnpicklingError(
        f"Only persistent_load of storage is allowed, and the persistent id {pid!r:.200} names none"
    )


class Zipped:
    """The storages of an archive, each read once, when the pickle first names it."""

    def __init__(self, archive: Archive, place: Place) -> None:
        self.archive, self.place = archive, place
        self.read: dict[str, Storage] = {}
        if "byteorder" in archive:
            order = archive.read("byteorder").tobytes()
        else:
            order = options.byte_order()
        if order not in (b"little", b"big"):
            raise ValueError(f"Unknown endianness type: {order.decode('ascii', 'replace')}")
        self.swapped = order.decode() != sys.byteorder

    def named(self, pid: Any) -> Storage:
        """The storage that a persistent id of the pickle names."""
        match pid:
            case (kind, np.dtype() as dtype, str(key), str(location), int(count)):
                if text(kind) != "storage":
                    raise unknown(pid)
            case _:
                raise unknown(pid)
        if key not in self.read:
            data = self.archive.read(f"data/{key}")
            if self.swapped and len(data) % dtype.itemsize == 0:
                data = swapped(data, dtype)
            self.read[key] = self.place(Storage(data, dtype), location)
        storage = self.read[key]
        if len(storage.data) != count * dtype.itemsize:
            raise RuntimeError(
                f"record size ({len(storage.data)} bytes) of data/{key} does not match expected "
                f"size ({count * dtype.itemsize} bytes = {count} elements of {dtype}): "
                f"the file ({self.archive.where}) is damaged"
            )
        return storage.of(dtype)


class Sequential:
    """The storages of a file of PyTorch before 1.6: named in its pickle, and read after it."""

    def __init__(self, where: str, length: int, place: Place, trusted: bool) -> None:
        self.where, self.length, self.place, self.trusted = where, length, place, trusted
        self.empty: dict[Any, Storage] = {}
        self.parts: dict[Any, Storage] = {}

    def named(self, pid: Any) -> Any:
        """The storage, still without its data, that a persistent id names."""
        match pid:
            case (kind, cls, *_) if text(kind) == "module" and self.trusted:
                return cls  # the source code beside it is for a warning only
            case (kind, np.dtype() as dtype, key, location, int(count), part):
                if text(kind) != "storage":
                    raise unknown(pid)
            case _:
                raise unknown(pid)
        key = text(key)
        if key not in self.empty:
            if not 0 <= count * dtype.itemsize <= self.length:
                raise RuntimeError(
                    f"the file ({self.where}) describes a storage of {count} elements of {dtype}, "
                    f"more than its {self.length} bytes can hold: it is damaged"
                )
            data = np.zeros(count * dtype.itemsize, np.uint8)
            self.empty[key] = self.place(Storage(data, dtype), text(location))
        storage = self.empty[key].of(dtype)
        return storage if part is None else self._part(storage, part)

    def _part(self, storage: Storage, part: Any) -> Storage:
        match part:
            case (key, int(start), int(count)) if 0 <= start <= start + count <= len(storage):
                if key not in self.parts:
                    item = storage.kind.itemsize
                    data = storage.data[start * item : (start + count) * item]
                    self.parts[key] = Storage(data, storage.kind, storage.version)
                return self.parts[key]
        raise unknown(part)

    def fill(self, file: Any, keys: Any) -> None:
        """Read the data of the storages, which follow each other in the order of `keys`."""
        for key in keys if isinstance(keys, list) else ():
            if text(key) not in self.empty:
                raise RuntimeError(
                    f"the file ({self.where}) has data of a storage {key!r:.50} that its pickle "
                    "does not name: it is damaged"
                )
            storage = self.empty[text(key)]
            (count,) = struct.unpack("<q", exactly(file, 8, self.where))
            if count != len(storage):
                raise RuntimeError(
                    f"the file ({self.where}) has {count} elements for a storage of "
                    f"{len(storage)}: it is damaged"
                )
            data = np.frombuffer(exactly(file, len(storage.data), self.where), np.uint8)
            big = sys.byteorder == "big" and storage.kind.itemsize > 1
            storage.data[...] = swapped(data, storage.kind) if big else data


def exactly(file: Any, count: int, where: str) -> bytes:
    """The next `count` bytes of a file, all of them."""
    data = file.read(count)
    if len(data) != count:
        raise RuntimeError(
            f"unexpected EOF, expected {count - len(data)} more bytes. The file ({where}) might "
            "be corrupted: it is cut short"
        )
    return data
