"""The format of safetensors files: eight bytes of length, a header in JSON, and the data.

The header names each tensor with its element type, its shape and where its data lie. A file is
taken only if that is all true: the parts cover the data without gap or overlap, and each is as
long as its shape says.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from minitorch.faces import dtypes

LONGEST_HEADER = 100_000_000
_METADATA = "__metadata__"
# In the order in which writers put the data: the widest elements first, so that all are aligned.
_NAMES = {
    "uint64": "U64", "int64": "I64", "float64": "F64", "complex64": "C64", "float32": "F32",
    "uint32": "U32", "int32": "I32", "bfloat16": "BF16", "float16": "F16", "uint16": "U16",
    "int16": "I16", "int8": "I8", "uint8": "U8", "bool": "BOOL",
}  # fmt: skip
_TYPES = {short: name for name, short in _NAMES.items()}
_RANK = {name: i for i, name in enumerate(_NAMES)}
_FOREIGN = (
    "F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
)  # fmt: skip


class SafetensorError(Exception):
    """A safetensors file or its use is wrong."""


class Entry(NamedTuple):
    """Where a tensor lies in the data of a file, and what it is."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    stop: int


def type_name(dtype: np.dtype[Any]) -> str:
    """The format's name of an element type."""
    return _NAMES[dtypes.of(dtype).name]


def _element_type(name: Any, tensor: str) -> np.dtype[Any]:
    if name in _FOREIGN:
        raise SafetensorError(
            f"tensor `{tensor}` is of the element type {name}, which minitorch does not have"
        )
    if not isinstance(name, str) or name not in _TYPES:
        raise _refused(f"unknown variant {name!r:.50} as the dtype of tensor `{tensor}`")
    if name == "BF16":
        try:
            return dtypes.__getattr__("bfloat16").numpy
        except AttributeError as error:
            raise SafetensorError(f"tensor `{tensor}` is of bfloat16. {error}") from None
    return np.dtype(_TYPES[name])


def _refused(what: str) -> SafetensorError:
    return SafetensorError(f"Error while deserializing: {what}")


# ---- reading -----------------------------------------------------------------------------------


def header_length(start: bytes, length: int) -> int:
    """The length of the header, from the first eight bytes of a file of `length` bytes."""
    if length < 8 or len(start) < 8:
        raise _refused(f"header too small: a file begins with 8 bytes, this one has {length}")
    (count,) = struct.unpack("<Q", start[:8])
    if count > LONGEST_HEADER:
        raise _refused(f"header too large: {count} bytes, more than {LONGEST_HEADER}")
    if 8 + count > length:
        raise _refused(f"invalid header length: {count} bytes, in a file of {length}")
    return count


def parsed(header: bytes, data_length: int) -> tuple[dict[str, Entry], dict[str, str] | None]:
    """The tensors that a header describes, in the order of their data, and its metadata."""
    try:
        described = json.loads(
            header.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise _refused(f"invalid UTF-8 in header: {error}") from None
    except (ValueError, RecursionError) as error:
        raise _refused(f"invalid JSON in header: {error}") from None
    if not isinstance(described, dict):
        raise _refused(f"invalid JSON in header: a {type(described).__name__}, expected a map")
    metadata = _checked_metadata(described.pop(_METADATA, None))
    entries = [(name, _entry(name, entry)) for name, entry in described.items()]
    entries.sort(key=lambda named: named[1][2:])
    at = 0
    for name, entry in entries:
        if entry.start != at:
            raise _refused(
                f"invalid offset for tensor `{name}`: its data begin at {entry.start}, those "
                f"before end at {at}"
            )
        at = entry.stop
    if at != data_length:
        raise _refused(
            f"incomplete metadata, file not fully covered: its tensors have {at} bytes, and the "
            f"file has {data_length} after the header; it may be cut short"
        )
    return dict(entries), metadata


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one map")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _checked_metadata(metadata: Any) -> dict[str, str] | None:
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _refused("invalid JSON in header: the metadata must be a map of strings to strings")
    return metadata


def _entry(name: str, entry: Any) -> Entry:
    """One tensor's description, each part of it checked."""
    if not isinstance(entry, dict):
        raise _refused(f"invalid JSON in header: tensor `{name}` is described by no map")
    for field in ("dtype", "shape", "data_offsets"):
        if field not in entry:
            raise _refused(f"invalid JSON in header: missing field `{field}` of tensor `{name}`")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise _refused(
            f"invalid JSON in header: tensor `{name}` has shape {shape!r:.100} and data_offsets "
            f"{offsets!r:.100}; expected integers of 0 or more, two of the latter"
        )
    dtype = _element_type(entry["dtype"], name)
    start, stop = offsets
    if start > stop:
        raise _refused(f"invalid offset for tensor `{name}`: {offsets}")
    if math.prod(shape) * dtype.itemsize != stop - start:
        raise _refused(
            f"invalid shape, data type, or offset for tensor `{name}`: {shape} elements of "
            f"{entry['dtype']} are not {stop - start} bytes"
        )
    try:
        np.empty((0,) * len(shape)) if 0 not in shape else np.empty(shape, dtype)
    except ValueError as error:
        raise _refused(f"tensor `{name}` of shape {shape!r:.100} cannot be: {error}") from None
    return Entry(dtype, tuple(shape), start, stop)


def _are_counts(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(n) is int and n >= 0 for n in numbers)


# ---- writing -----------------------------------------------------------------------------------


def encoded(arrays: dict[str, np.ndarray], metadata: Any) -> tuple[bytes, Iterable[np.ndarray]]:
    """The length and header of a file, and the arrays in the order of their data."""
    described: dict[str, Any] = {}
    if metadata is not None:
        for word in (*metadata.keys(), *metadata.values()):
            if not isinstance(word, str):
                raise TypeError(
                    f"argument 'metadata': {type(word).__name__!r} object is not an instance of "
                    f"'str': {word!r:.50}"
                )
        described[_METADATA] = dict(metadata)
    rank = {name: _RANK[dtypes.of(array.dtype).name] for name, array in arrays.items()}
    order = sorted(arrays, key=lambda name: (rank[name], name))
    if _METADATA in arrays:
        raise SafetensorError(f"a tensor cannot be named {_METADATA}: the header needs that name")
    at = 0
    for name in order:
        array = arrays[name]
        described[name] = {
            "dtype": type_name(array.dtype),
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    header = json.dumps(described, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header, [arrays[name] for name in order]
