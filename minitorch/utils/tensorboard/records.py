"""Records with checksums, one after another in a file: TensorFlow's TFRecord format.

A record is its length as 8 bytes, a checksum of those, the bytes, and a checksum of these.
"""

from __future__ import annotations

import functools
import struct
from typing import Any

import numpy as np

_BLOCK = 256
_SHORT = 96  # up to here a loop of Python is faster
_REVERSED = 0x82F63B78  # Castagnoli's polynomial, with its bits the other way round


def _byte_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ _REVERSED if value & 1 else value >> 1
        table.append(value)
    return table


_TABLE = _byte_table()


def crc32c(content: bytes) -> int:
    """The CRC-32C of bytes (Castagnoli's polynomial).

    Example:
        >>> from minitorch.utils.tensorboard.records import crc32c
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    crc = 0xFFFFFFFF
    if len(content) > _SHORT:
        return _by_blocks(content) ^ crc
    table = _TABLE
    for byte in content:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


@functools.cache
def _places() -> tuple[np.ndarray, list[list[int]]]:
    """What each byte contributes to the checksum of a block, by its place; the first as lists."""
    table = np.array(_TABLE, np.uint32)
    places = np.empty((_BLOCK, 256), np.uint32)
    places[-1] = table
    for i in range(_BLOCK - 2, -1, -1):  # one byte more follows
        places[i] = table[places[i + 1] & 255] ^ places[i + 1] >> 8
    return places, places[:4].tolist()


def _by_blocks(content: bytes) -> int:
    """The register after all bytes: that of a block is the sum (xor) of what its bytes give.

    The register before a block acts on it like four bytes more, added to its first ones. Zeros
    before everything change nothing as long as the register is zero.
    """
    places, (first, second, third, fourth) = _places()
    padding = -len(content) % _BLOCK
    padded = np.frombuffer(bytes(padding) + content, np.uint8).copy()
    padded[padding : padding + 4] ^= 255  # the register begins with ones
    index = np.arange(_BLOCK)
    crc = 0
    for chunk in np.split(padded, range(1 << 20, len(padded), 1 << 20)):  # bounds the memory
        blocks = chunk.reshape(-1, _BLOCK)
        for own in np.bitwise_xor.reduce(places[index, blocks], axis=1).tolist():
            crc = (
                own ^ first[crc & 255] ^ second[crc >> 8 & 255] ^ third[crc >> 16 & 255]
                ^ fourth[crc >> 24]
            )  # fmt: skip
    return crc


def masked_crc32c(content: bytes) -> int:
    """The checksum as records have it: turned and shifted, as it may be of checksums itself."""
    crc = crc32c(content)
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def record(content: bytes) -> bytes:
    """The record with these bytes."""
    length = struct.pack("<Q", len(content))
    return b"%b%b%b%b" % (
        length, _checksum_of_length(length), content, _uint32(masked_crc32c(content))
    )  # fmt: skip


_uint32 = struct.Struct("<I").pack


@functools.lru_cache(maxsize=256)  # a run's records have few lengths
def _checksum_of_length(length: bytes) -> bytes:
    return _uint32(masked_crc32c(length))


class RecordWriter:
    """Writes bytes as records to a file that is open."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Write one record."""
        self._writer.write(record(data))

    def flush(self) -> None:
        """Flush the file."""
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    @property
    def closed(self) -> bool:
        """Whether the file is closed."""
        return bool(self._writer.closed)
