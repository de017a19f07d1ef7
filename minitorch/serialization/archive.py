"""The zip archive that `save` writes and `load` reads: its records, checked."""

from __future__ import annotations

import os
import struct
import zipfile
from typing import Any

import numpy as np

from . import options

_OLDEST, _NEWEST = 1, 10  # versions of the format
_CHUNK = 2**20
# what zipfile raises for damage: NotImplementedError where it takes a wrong byte for a feature
_UNREADABLE = (
    zipfile.BadZipFile, NotImplementedError, struct.error, EOFError, ValueError, OSError,
)  # fmt: skip


class Archive:
    """The records of a file, checked to be what `save` writes: stored whole, none compressed."""

    def __init__(self, file: Any, where: str, path: str | None) -> None:
        self.where = where
        try:
            self.zip = zipfile.ZipFile(file)
        except _UNREADABLE as error:
            raise damaged(f"failed reading zip archive: {error}", where) from error
        infos = self.zip.infolist()
        file.seek(0, os.SEEK_END)
        length = file.tell()
        folder, slash, _ = infos[0].filename.partition("/") if infos else ("", "", "")
        if not slash:
            raise RuntimeError(
                "file in archive is not in a subdirectory: this zip archive was not written by "
                f"torch.save() ({where})"
            )
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED:
                raise RuntimeError(
                    f"record {info.filename} of the archive is compressed, which torch.save() "
                    "never does; unpack it and pack it again without compression (zip -0 -r)"
                )
        if sum(info.file_size for info in infos) > length:
            raise damaged(
                f"the records claim to be larger than the file, which has {length} bytes", where
            )
        self.records = {info.filename: info for info in infos}
        self.folder = folder
        self.mapped = np.memmap(path, np.uint8, options.mmap_mode()) if path is not None else None
        if f"{folder}/constants.pkl" in self.records:
            raise RuntimeError(
                f"{where} is a TorchScript archive; save the model's state_dict() from PyTorch "
                "instead"
            )
        self._check_version()

    def _check_version(self) -> None:
        text = self.read("version").tobytes().strip()
        if not text.isdigit():
            raise RuntimeError(f"Couldn't parse the version {text!r} of the file as a number")
        if not _OLDEST <= int(text) <= _NEWEST:
            raise RuntimeError(
                f"Attempted to read a PyTorch file with version {int(text)}, but the versions "
                f"that can be read are {_OLDEST} to {_NEWEST}"
            )

    def __contains__(self, name: str) -> bool:
        return f"{self.folder}/{name}" in self.records

    def read(self, name: str) -> np.ndarray:
        """The bytes of a record, in memory of their own (or mapped: private, read when used)."""
        info = self.records.get(f"{self.folder}/{name}")
        if info is None:
            raise damaged(f"failed locating file {name}: file not found", self.where)
        try:
            if self.mapped is not None:
                return self._map(info)
            if info.CRC == 0:  # PyTorch can be told to leave the checksums out
                del info.CRC
            data = np.empty(info.file_size, np.uint8)
            at = 0
            with self.zip.open(info) as record:
                while chunk := record.read(_CHUNK):  # at the end it compares the checksum
                    data[at : at + len(chunk)] = np.frombuffer(chunk, np.uint8)
                    at += len(chunk)
        except _UNREADABLE as error:
            raise damaged(f"failed reading file {name}: {error}", self.where) from error
        if at != len(data):
            raise damaged(f"failed reading file {name}: the file ends too early", self.where)
        return data

    def _map(self, info: zipfile.ZipInfo) -> np.ndarray:
        assert self.mapped is not None
        header = self.mapped[info.header_offset : info.header_offset + 30].tobytes()
        name, extra = struct.unpack("<HH", header[26:30])
        start = info.header_offset + 30 + name + extra
        data = self.mapped[start : start + info.file_size].view(np.ndarray)
        if len(data) != info.file_size:
            raise EOFError("the file ends too early")
        return data


def damaged(what: str, where: str) -> RuntimeError:
    """The error of a file that was cut, changed or never ours."""
    return RuntimeError(
        f"PytorchStreamReader {what}. The file is damaged, cut short or of another kind ({where}); "
        "if it was copied, copy it again"
    )
