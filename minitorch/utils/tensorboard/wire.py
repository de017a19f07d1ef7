"""Protocol buffers, as far as event files need them: messages declared as tables, and written.

A message is a class with a table of its fields, each with its number and kind:

    class Image(Message):
        fields = table(height=(1, int32), width=(2, int32), encoded_image_string=(4, data))

An instance has the values that it was given, and `SerializeToString` writes them. Its `str` is the
text form of protocol buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

Write = Callable[[Any], bytes]  # from a field's value to its bytes, with the field's key before
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
_BYTES = [bytes((i,)) for i in range(128)]


def varint(value: int) -> bytes:
    """An integer of 64 bits, seven at a time, the lowest first; negative ones modulo 2**64."""
    if 0 <= value < 128:
        return _BYTES[value]
    value &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def delimited(content: bytes) -> bytes:
    """Bytes with their length before them."""
    return varint(len(content)) + content


class Kind:
    """What a field holds: how one value is written, and which value need not be.

    Args:
        wire: the wire type, as the key of the field has it.
        encode: the bytes of one value.
        default: the value that a reader assumes, so that it is left out.
        packed: the bytes of a sequence of values, where it is written as one.
    """

    def __init__(
        self,
        wire: int,
        encode: Callable[[Any], bytes],
        default: Any = None,
        packed: Callable[[Any], bytes] | None = None,
    ) -> None:
        self.wire, self.encode, self.default, self.packed = wire, encode, default, packed

    def field(self, number: int) -> Write:
        """How a field of this kind is written under a number."""
        written, encode, default = self.always(number), self.encode, self.default
        if encode is _submessage:
            return written
        return lambda value: b"" if value == default else written(value)

    def always(self, number: int) -> Write:
        """The same, default or not."""
        key, encode = varint(number << 3 | self.wire), self.encode
        return lambda value: key + encode(value)


class one_of(Kind):
    """A field of which a reader asks whether it is there: its default is written, too."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def field(self, number: int) -> Write:
        return self.kind.always(number)


class repeated(Kind):
    """A sequence of values."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def field(self, number: int) -> Write:
        written, packed = self.kind.always(number), self.kind.packed
        if packed is None:
            return lambda values: b"".join([written(value) for value in values])
        key = varint(number << 3 | DELIMITED)
        return lambda values: key + delimited(packed(values)) if len(values) else b""


class mapping(Kind):
    """A dict from strings to values of a kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def field(self, number: int) -> Write:
        key, name, value = varint(number << 3 | DELIMITED), string.always(1), self.kind.always(2)
        return lambda entries: b"".join(
            [key + delimited(name(k) + value(v)) for k, v in entries.items()]
        )


def _integer(value: Any) -> bytes:
    if not -(1 << 63) <= value < 1 << 64:
        raise ValueError(f"Value out of range: {value}: integers in event files have 64 bits")
    return varint(int(value))


def _integers(values: Any) -> bytes:
    return b"".join([_integer(value) for value in values])


def _single(value: float) -> bytes:
    try:
        return _pack_single(value)
    except OverflowError:  # beyond float32
        return _pack_single(float("inf") if value > 0 else float("-inf"))


def _double(value: float) -> bytes:
    try:
        return _pack_double(value)
    except struct.error:
        raise TypeError(f"must be real number, not {type(value).__name__}: {value!r}") from None


def _singles(values: Any) -> bytes:
    with np.errstate(over="ignore"):
        return np.asarray(values).astype("<f4").tobytes()


def _doubles(values: Any) -> bytes:
    return np.asarray(values).astype("<f8").tobytes()


def _text(value: Any) -> bytes:
    if type(value) is not str and not isinstance(value, (str, bytes)):
        raise TypeError(f"expected a str, such as a tag, but got {type(value).__name__}: {value!r}")
    return delimited(value.encode() if isinstance(value, str) else value)


def _submessage(value: Any) -> bytes:
    return delimited(value.SerializeToString())


_pack_single, _pack_double = struct.Struct("<f").pack, struct.Struct("<d").pack
double = Kind(FIXED64, _double, 0.0, _doubles)
single = Kind(FIXED32, _single, 0.0, _singles)
integer = Kind(VARINT, _integer, 0, _integers)  # int32, int64, uint32 and enumerations
boolean = Kind(VARINT, lambda value: _BYTES[bool(value)], False, lambda v: bytes(map(bool, v)))
string = Kind(DELIMITED, _text, "")
data = Kind(DELIMITED, delimited, b"")
message = Kind(DELIMITED, _submessage)  # of this module's, or of the package protobuf's


def table(**fields: tuple[int, Kind]) -> dict[str, Write]:
    """A message's fields, each with its number and kind, in the order in which to write them."""
    ordered = sorted(fields.items(), key=lambda item: item[1][0])
    return {name: kind.field(number) for name, (number, kind) in ordered}


class Message:
    """A message: the values of some of its fields, by their names."""

    fields: ClassVar[dict[str, Write]] = {}

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)
        for name in values:
            if name not in self.fields:
                raise ValueError(
                    f"{type(self).__name__} has no field {name!r}; it has {', '.join(self.fields)}"
                )

    def SerializeToString(self) -> bytes:
        """The bytes of the message."""
        own = self.__dict__
        return b"".join(
            [
                write(own[name])
                for name, write in self.fields.items()
                if name in own and own[name] is not None
            ]
        )

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in _lines(self))


def _lines(written: Message) -> Iterator[str]:
    for name in written.fields:
        value = written.__dict__.get(name)
        if isinstance(value, dict):
            for key, entry in value.items():
                yield from _block(name, [f"key: {_quoted(key)}", *_shown("value", entry)])
        elif value is not None:
            for each in value if isinstance(value, (list, tuple)) else (value,):
                yield from _shown(name, each)


def _shown(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Message):
        yield from _block(name, list(_lines(value)))
    elif isinstance(value, (str, bytes)):
        yield f"{name}: {_quoted(value)}"
    else:
        yield f"{name}: {str(value).lower()}"


def _block(name: str, inside: list[str]) -> Iterator[str]:
    yield f"{name} {{"
    yield from (f"  {line}" for line in inside)
    yield "}"


def _quoted(value: str | bytes) -> str:
    if isinstance(value, bytes):
        return '"' + "".join(_escaped(chr(b)) if b < 128 else f"\\{b:03o}" for b in value) + '"'
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(c: str) -> str:
    if c in '\\"':
        return f"\\{c}"
    return f"\\{ord(c):03o}" if c < " " or c == "\x7f" else c
