"""PNG files, written by zlib alone: pictures, and pictures that move."""

from __future__ import annotations

import struct
import zlib

import numpy as np

__all__ = ["animated_png", "png"]


def png(pixels: np.ndarray) -> bytes:
    """The PNG file of bytes (height, width, channels), with 1 to 4 channels."""
    return _file(_header(pixels), (b"IDAT", _compressed(pixels)))


def animated_png(frames: np.ndarray, fps: float) -> bytes:
    """The animated PNG file of bytes (frames, height, width, channels), shown again and again.

    Viewers that know no animations show the first frame.
    """
    count, height, width, _ = frames.shape
    delay = struct.pack(">HHBB", min(round(1000 / fps), 65535), 1000, 0, 0)
    numbers = iter(range(2 * count))
    chunks = [(b"acTL", struct.pack(">II", count, 0))]
    for i, frame in enumerate(frames):
        place = struct.pack(">IIIII", next(numbers), width, height, 0, 0)
        chunks.append((b"fcTL", place + delay))
        packed = _compressed(frame)
        first = i == 0
        chunks.append(
            (b"IDAT", packed) if first else (b"fdAT", struct.pack(">I", next(numbers)) + packed)
        )
    return _file(_header(frames[0]), *chunks)


def _header(pixels: np.ndarray) -> tuple[bytes, bytes]:
    height, width, channels = pixels.shape
    if channels > 4:
        raise TypeError(f"a PNG file has 1 to 4 channels, but the image has {channels}")
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)


def _compressed(pixels: np.ndarray) -> bytes:
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = pixels.reshape(height, -1)
    return zlib.compress(rows.tobytes(), 6)


def _file(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = (_chunk(name, content) for name, content in (*chunks, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
