"""Files that are damaged, foreign or hostile: each gives an error, and none runs code."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
import zipfile
from fractions import Fraction

import numpy as np
import pytest

import minitorch as torch


def saved(obj: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(obj, buffer, **options)
    return buffer.getvalue()


def loaded(data: bytes, **options: object):
    return torch.load(io.BytesIO(data), **options)


GOOD = saved({"a": torch.arange(12.0).reshape(3, 4)})


def edited(name: str, change, compression: int = zipfile.ZIP_STORED) -> bytes:
    """The good file with one record changed; a change to None drops it."""
    buffer = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(GOOD))
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for entry in source.namelist():
            data = source.read(entry)
            if entry == f"archive/{name}":
                data = change(data)
            if data is not None:
                target.writestr(entry, data)
    return buffer.getvalue()


def with_pickle(data: bytes) -> bytes:
    return edited("data.pkl", lambda _: data)


def replaced(old: bytes, new: bytes) -> bytes:
    def change(data: bytes) -> bytes:
        assert data.count(old) == 1
        return data.replace(old, new)

    return edited("data.pkl", change)


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.ones(3))
    return buffer.getvalue()


def torchscript() -> bytes:
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("archive/constants.pkl", b"")
    return buffer.getvalue()


HUGE = b"\x8a\x08" + b"\xff" * 7 + b"\x7f"  # 2**63 - 1
SIZE = b"K\x03K\x04\x86"  # (3, 4)
DAMAGED = {
    "empty": (b"", EOFError, "no data"),
    "text": (b"hello, world " * 40, pickle.UnpicklingError, "Invalid magic number"),
    "one byte": (b"h", pickle.UnpicklingError, "Invalid magic number"),
    "a pickle": (pickle.dumps({"a": 1}), pickle.UnpicklingError, "Invalid magic number"),
    "format before 1.6": (
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + bytes(50),
        pickle.UnpicklingError,
        "operand 0",
    ),
    "npz": (npz(), RuntimeError, "not in a subdirectory"),
    "empty archive": (b"PK\x05\x06" + bytes(18), pickle.UnpicklingError, "Invalid magic"),
    "no pickle": (edited("data.pkl", lambda _: None), RuntimeError, "locating file data.pkl"),
    "no storage": (edited("data/0", lambda _: None), RuntimeError, "locating file data/0"),
    "no version": (edited("version", lambda _: None), RuntimeError, "locating file version"),
    "version 99": (edited("version", lambda _: b"99"), RuntimeError, "version 99"),
    "version x": (edited("version", lambda _: b"x"), RuntimeError, "parse the version"),
    "byte order": (edited("byteorder", lambda _: b"middle"), ValueError, "middle"),
    "short storage": (edited("data/0", lambda d: d[:20]), RuntimeError, r"\(20 bytes\)"),
    "long storage": (edited("data/0", lambda d: d + d), RuntimeError, r"\(96 bytes\)"),
    "compressed": (edited("", None, zipfile.ZIP_DEFLATED), RuntimeError, "is compressed"),
    "TorchScript": (torchscript(), RuntimeError, "TorchScript archive"),
    "empty pickle": (with_pickle(b""), EOFError, "cut short"),
    "cut pickle": (edited("data.pkl", lambda d: d[:60]), EOFError, "cut short"),
    "junk pickle": (with_pickle(b"\x80\x02\xff."), pickle.UnpicklingError, "operand 255"),
    "protocol 4": (saved({"a": 1}, pickle_protocol=4), pickle.UnpicklingError, "protocol=2"),
    "empty stack": (with_pickle(b"\x80\x02."), pickle.UnpicklingError, "damaged"),
    "unknown memo": (with_pickle(b"\x80\x02h\x05."), pickle.UnpicklingError, "index 5"),
    "no mark": (with_pickle(b"\x80\x02t."), pickle.UnpicklingError, "damaged"),
    "bad id": (with_pickle(b"\x80\x02K\x01Q."), pickle.UnpicklingError, "persistent id"),
    "size too large": (replaced(SIZE, b"K\x33K\x04\x86"), RuntimeError, "reaches element"),
    "size huge": (replaced(SIZE, HUGE + b"K\x04\x86"), RuntimeError, "reaches"),
    "size negative": (replaced(SIZE, b"J\xff\xff\xff\xffK\x04\x86"), RuntimeError, "0 or more"),
    "size None": (replaced(SIZE, b"NK\x04\x86"), RuntimeError, "integers"),
    "size of one": (replaced(SIZE, b"K\x03\x85"), RuntimeError, "as many strides"),
    "stride too large": (replaced(b"K\x04K\x01\x86", b"K\x05K\x01\x86"), RuntimeError, "reaches"),
    "stride negative": (
        replaced(b"K\x04K\x01\x86", b"J\xff\xff\xff\xffK\x01\x86"), RuntimeError, "0 or more",
    ),
    "offset too large": (replaced(b"QK\x00", b"QK\x01"), RuntimeError, "reaches element 12"),
    "offset negative": (replaced(b"QK\x00", b"QJ\xff\xff\xff\xff"), RuntimeError, "0 or more"),
    "count too large": (replaced(b"K\x0ct", b"K\x0dt"), RuntimeError, "does not match"),
    "count huge": (replaced(b"K\x0ct", HUGE + b"t"), RuntimeError, "match"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_files(kind) -> None:
    data, error, message = DAMAGED[kind]
    with pytest.raises(error, match=message):
        loaded(data)


def test_every_cut_is_noticed() -> None:
    for length in range(1, len(GOOD), 13):
        with pytest.raises((RuntimeError, pickle.UnpicklingError)):
            loaded(GOOD[:length])


def test_no_flipped_byte_goes_wrong_silently() -> None:
    expected = loaded(GOOD)["a"].tolist()
    errors = (RuntimeError, pickle.UnpicklingError, EOFError, ValueError)
    noticed = 0
    for at in range(0, len(GOOD), 3):
        data = bytearray(GOOD)
        data[at] ^= 0x55
        try:
            result = loaded(bytes(data))
        except errors:
            noticed += 1
        else:  # padding, dates and the like
            assert result["a"].tolist() == expected
    assert noticed > len(GOOD) // 3 // 4


def test_a_damaged_directory_is_not_taken_for_an_unknown_feature() -> None:
    blob = bytearray(saved(torch.ones(2)))
    blob[blob.index(b"PK\x01\x02") + 6] = 255  # the version of zip that reading needs: 25.5
    with pytest.raises(RuntimeError, match="The file is damaged") as caught:
        torch.load(io.BytesIO(bytes(blob)))
    assert type(caught.value) is RuntimeError


def test_missing_files_and_wrong_arguments(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "missing.pt")
    with pytest.raises(IsADirectoryError if os.name != "nt" else PermissionError):
        torch.load(tmp_path)
    for bad in (None, 3, b"x.pt"):
        with pytest.raises(AttributeError, match="only torch.load from"):
            torch.load(bad)
    buffer = io.BytesIO()
    torch.save(1, buffer)
    with pytest.raises(EOFError, match=r"seek\(0\)"):
        torch.load(buffer)
    path = tmp_path / "x.pt"
    torch.save(1, path)
    with open(path, encoding="latin1") as file, pytest.raises(TypeError, match="'rb'"):
        torch.load(file)
    with pytest.raises(RuntimeError, match="explicit pickle_module"):
        torch.load(path, weights_only=True, pickle_module=pickle)


def test_a_zip_bomb_is_refused() -> None:
    """Records that overlap would let a small file fill the memory."""
    data = bytearray(edited("", None))
    archive = zipfile.ZipFile(io.BytesIO(data))
    entry = data.rindex(b"PK\x01\x02", 0, data.index(b"archive/data/0", archive.start_dir))
    data[entry + 20 : entry + 28] = struct.pack("<II", 2**31 - 1, 2**31 - 1)
    with pytest.raises(RuntimeError, match="larger than the file"):
        loaded(bytes(data))


# -- hostile pickles ---------------------------------------------------------------------------


def call(name: bytes, *strings: bytes) -> bytes:
    arguments = b"".join(b"X" + struct.pack("<I", len(s)) + s for s in strings)
    return b"\x80\x02c" + name.replace(b".", b"\n", 1) + b"\n(" + arguments + b"tR."


@pytest.mark.parametrize(
    "name",
    [
        b"os.system", b"posix.system", b"builtins.eval", b"__builtin__.exec", b"builtins.getattr",
        b"subprocess.Popen", b"torch.load", b"minitorch.load",
        b"torch._utils._rebuild_sparse_tensor",
        b"minitorch.serialization.reading.KNOWN", b"torch.nn.modules.linear.Linear",
        b"numpy.core.multiarray._reconstruct", b"collections.OrderedDict.fromkeys", b"..",
    ],
)  # fmt: skip
def test_other_globals_are_refused(name, tmp_path) -> None:
    witness = tmp_path / "witness"
    data = with_pickle(call(name, f"touch {witness}".encode()))
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        loaded(data)
    assert not witness.exists()


ORDERED = b"ccollections\nOrderedDict\n"
TENSOR = b"ctorch\nTensor\n"
HOSTILE = {
    "a call of an instance": ORDERED + b")R)R.",
    "a call of a dtype": b"ctorch\nfloat32\n)R.",
    "a call of a list": b"])R.",
    "an object of a function": b"ctorch._utils\n_rebuild_tensor_v2\n)\x81.",
    "a state for a class": ORDERED + b"}X\x01\x00\x00\x00aK\x01sb.",
    "a state for a function": b"ctorch._utils\n_rebuild_tensor_v2\n}b.",
    "slots for a dict": ORDERED + b")RN}X\x01\x00\x00\x00aK\x01s\x86b.",
    "a state for a tensor class": TENSOR + b")\x81}X\x06\x00\x00\x00_valueK\x01sb.",
    "INST": b"(X\x02\x00\x00\x00idios\nsystem\n.",
    "STACK_GLOBAL": b"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93.",
    "EXT1": b"\x82\x01.",
    "a tensor without a storage": (
        b"ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00)))K\x00t\x85R."
    ),
    "another rebuilder": (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(ccollections\nOrderedDict\n"
        + TENSOR
        + b")}tR."
    ),
    "bytes of another codec": (
        b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR."
    ),
    "a huge bytearray": b"c__builtin__\nbytearray\n(\x8a\x05\x00\x00\x00\x00\x7ftR.",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_instructions_are_refused(kind) -> None:
    with pytest.raises(pickle.UnpicklingError):
        loaded(with_pickle(b"\x80\x02" + HOSTILE[kind]))


def test_refusals_say_what_to_do() -> None:
    data = saved(Fraction(1, 3))
    with pytest.raises(pickle.UnpicklingError) as refusal:
        loaded(data)
    for part in ("fractions.Fraction", "safe_globals([Fraction])", "weights_only=False", "trust"):
        assert part in str(refusal.value)
    with pytest.raises(pickle.UnpicklingError, match="state_dict"):
        loaded(with_pickle(call(b"torch.nn.modules.linear.Linear")))


def test_safe_globals() -> None:
    data = saved([Fraction(1, 3)])
    with torch.serialization.safe_globals([Fraction]):
        assert torch.serialization.get_safe_globals() == [Fraction]
        assert loaded(data) == [Fraction(1, 3)]
    with pytest.raises(pickle.UnpicklingError):
        loaded(data)
    try:
        torch.serialization.add_safe_globals([(Fraction, "fractions.Fraction")])
        assert loaded(data) == [Fraction(1, 3)]
        with pytest.raises(ValueError, match="tuple of a global"):
            torch.serialization.add_safe_globals([(Fraction, 1)])
    finally:
        torch.serialization.clear_safe_globals()
    assert torch.serialization.get_safe_globals() == []


def test_unusual_element_types_are_named() -> None:
    for name in (b"torch.float8_e5m2", b"torch.QInt8Storage", b"torch._utils._rebuild_qtensor"):
        module, _, last = name.rpartition(b".")
        data = with_pickle(b"\x80\x02c" + module + b"\n" + last + b"\n.")
        with pytest.raises(RuntimeError, match=f"{last.decode()}, an? .*element type"):
            loaded(data)


def test_bfloat16_without_its_package_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    for name in (b"BFloat16Storage", b"bfloat16"):
        with pytest.raises(RuntimeError, match="pip install ml_dtypes"):
            loaded(with_pickle(b"\x80\x02ctorch\n" + name + b"\n."))
