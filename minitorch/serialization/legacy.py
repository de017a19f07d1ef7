"""The file formats of PyTorch before 1.6: one pickle after another; long before, a tar archive."""

from __future__ import annotations

import os
import pickle
import struct
import sys
import tarfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np

from .rebuilding import rebuild_tensor
from .storages import Place, Sequential, Storage, exactly, text
from .writing import Layout

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
STARTS = tuple(pickle.dumps(MAGIC, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1))
_TAR_MAGIC = slice(257, 262), b"ustar"

# Makes an unpickler for one object, at the place where a file stands.
Unpickling = Callable[[Any, Any], Any]


def write(file: Any, data: bytes, layout: Layout, protocol: int) -> None:
    """Write the magic number, the version, the machine, the pickle, and the storages."""
    sizes = {"short": 2, "int": 4, "long": 4}
    machine = {"protocol_version": VERSION, "little_endian": True, "type_sizes": sizes}
    for header in (MAGIC, VERSION, machine):
        file.write(pickle.dumps(header, protocol))
    file.write(data)
    storages = {str(storage.key): storage for storage in layout.written}
    file.write(pickle.dumps(sorted(storages), protocol))
    for key in sorted(storages):
        elements = storages[key].elements()
        if sys.byteorder == "big":
            elements = elements.byteswap()
        file.write(struct.pack("<q", storages[key].count()))
        file.write(elements.view(np.uint8).data)


def read(file: Any, where: str, place: Place, unpickling: Unpickling, trusted: bool) -> Any:
    """Rebuild the object in a file of one pickle after another."""
    at = file.tell()
    length = file.seek(0, os.SEEK_END)
    file.seek(at)
    magic, version, _ = (unpickling(file, None).load() for _ in range(3))
    if magic != MAGIC:
        raise RuntimeError(f"Invalid magic number; corrupt file? ({where})")
    if version != VERSION:
        raise RuntimeError(f"Invalid protocol version: {version!r:.50} ({where})")
    storages = Sequential(where, length, place, trusted)
    result = unpickling(file, storages).load()
    storages.fill(file, unpickling(file, None).load())
    return result


# ---- the tar archive -----------------------------------------------------------------------------


def is_tar(file: Any) -> bool:
    """Whether a file is a tar archive, by its magic; the file stays where it stands."""
    at = file.tell()
    start = file.read(512)
    file.seek(at)
    where, magic = _TAR_MAGIC
    return start[where] == magic


def read_tar(file: Any, where: str, place: Place, unpickling: Unpickling) -> Any:
    """Rebuild the object in a tar archive of the records "storages", "tensors" and "pickle"."""
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            records = {name: _record(archive, name) for name in ("storages", "tensors", "pickle")}
    except (tarfile.TarError, KeyError, AttributeError) as error:
        raise RuntimeError(
            f"{where} is a tar archive, and not one of torch.save(): {error}"
        ) from error
    found = Numbered(where)
    _read_storages(records["storages"], found, place, unpickling)
    _read_tensors(records["tensors"], found, unpickling)
    return unpickling(records["pickle"], found).load()


def _record(archive: tarfile.TarFile, name: str) -> BytesIO:
    record: Any = archive.extractfile(name)
    return BytesIO(record.read())


class Numbered:
    """The storages and tensors of a tar archive, by the numbers that its pickle has for them."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.objects: dict[int, Any] = {}

    def named(self, pid: Any) -> Any:
        """The storage, tensor or class that a persistent id names."""
        if isinstance(pid, tuple):
            return pid[0]  # a class, with its source code beside it
        return self[pid]

    def __getitem__(self, key: Any) -> Any:
        try:
            return self.objects[int(key)]
        except (KeyError, ValueError):
            raise RuntimeError(
                f"the file ({self.where}) has no storage or tensor {key!r:.50}: it is damaged"
            ) from None


def _read_storages(file: Any, found: Numbered, place: Place, unpickling: Unpickling) -> None:
    for _ in range(unpickling(file, found).load()):
        key, location, dtype = unpickling(file, found).load()
        (count,) = struct.unpack("<q", exactly(file, 8, found.where))
        data = np.frombuffer(exactly(file, count * dtype.itemsize, found.where), np.uint8).copy()
        found.objects[int(key)] = place(Storage(data, dtype), text(location))
    for key, root, offset, count in unpickling(file, found).load():
        whole = found[root]
        item = whole.kind.itemsize
        part = whole.data[offset * item : (offset + count) * item]
        found.objects[int(key)] = Storage(part, whole.kind, whole.version)


def _read_tensors(file: Any, found: Numbered, unpickling: Unpickling) -> None:
    for _ in range(unpickling(file, found).load()):
        key, storage, _ = unpickling(file, found).load()
        (ndim,) = struct.unpack("<i4x", exactly(file, 8, found.where))
        numbers = struct.unpack(f"<{2 * ndim + 1}q", exactly(file, 8 * (2 * ndim + 1), found.where))
        size, stride, offset = numbers[:ndim], numbers[ndim:-1], numbers[-1]
        found.objects[int(key)] = rebuild_tensor(found[storage], offset, size, stride)
