"""How files are read and written where a call does not say it."""

from __future__ import annotations

import mmap
import sys
from enum import Enum
from typing import Any

_MODES = {getattr(mmap, "MAP_PRIVATE", 2): "c", getattr(mmap, "MAP_SHARED", 1): "r+"}


class LoadEndianness(Enum):
    """The order of bytes in files that do not tell theirs."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class _Options:
    endianness: LoadEndianness | None = None
    checksums = True
    mapping = getattr(mmap, "MAP_PRIVATE", 2)


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order that was set for files that do not tell theirs; None if none was."""
    return _Options.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set the byte order of files that do not tell theirs, as those before PyTorch 2.1."""
    if endianness is not None and not isinstance(endianness, LoadEndianness):
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _Options.endianness = endianness


def byte_order() -> bytes:
    """The byte order of files that do not tell theirs."""
    order = _Options.endianness or LoadEndianness.LITTLE
    return (sys.byteorder if order is LoadEndianness.NATIVE else order.name.lower()).encode()


def get_crc32_options() -> bool:
    """Whether `save` is asked to write checksums."""
    return _Options.checksums


def set_crc32_options(compute_crc32: bool) -> None:
    """Ask `save` for checksums or not; it always writes them, which any reader takes."""
    _Options.checksums = compute_crc32


def get_default_mmap_options() -> int:
    """How `load(mmap=True)` maps files: `mmap.MAP_PRIVATE` or `mmap.MAP_SHARED`."""
    return _Options.mapping


class set_default_mmap_options:
    """Let `load(mmap=True)` keep writes to itself (`mmap.MAP_PRIVATE`, as at first) or write them
    to the file (`mmap.MAP_SHARED`); for a block, or from now on.
    """

    def __init__(self, flags: int) -> None:
        if flags not in _MODES:
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, expected mmap.MAP_PRIVATE "
                f"or mmap.MAP_SHARED, but got {flags}"
            )
        self.before = _Options.mapping
        _Options.mapping = flags

    def __enter__(self) -> None:
        """Set already."""

    def __exit__(self, *error: Any) -> None:
        _Options.mapping = self.before


def mmap_mode() -> Any:
    """NumPy's word for the way in which files are mapped."""
    return _MODES[_Options.mapping]
