"""safetensors files: what is written, what is read, what is refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch import safetensors as st

NAMES = "uint64 int64 float64 complex64 float32 uint32 int32 float16 uint16 int16 int8 uint8 bool"
F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def file_of(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def with_entry(**changes: object) -> bytes:
    return file_of({"a": {**F32, **changes}}, bytes(8))


DAMAGED = {
    "empty": (b"", "header too small"),
    "short": (b"abc", "header too small"),
    "header too long": (file_of({"a": F32}, bytes(8), 10**6), "invalid header length"),
    "header huge": (file_of({"a": F32}, bytes(8), 10**9), "header too large"),
    "no JSON": (file_of(b'{"a":}'), "invalid JSON"),
    "no UTF-8": (file_of(b'{"\xff":1}'), "invalid UTF-8"),
    "a list": (file_of([]), "expected a map"),
    "NaN": (file_of(b'{"a":NaN}'), "NaN"),
    "deep": (file_of(b'{"a":' + b"[" * 10**5), "invalid JSON"),
    "cut": (file_of({"a": F32}, bytes(7)), "not fully covered"),
    "longer": (file_of({"a": F32}, bytes(9)), "not fully covered"),
    "gap": (file_of({"a": {**F32, "data_offsets": [4, 12]}}, bytes(12)), "begin at 4"),
    "overlap": (
        file_of({"a": F32, "b": {**F32, "data_offsets": [4, 12]}}, bytes(12)), "begin at 4",
    ),
    "twice": (file_of(b'{"a":%s,"a":%s}' % ((json.dumps(F32).encode(),) * 2), bytes(8)), "twice"),
    "unknown type": (with_entry(dtype="F33"), "unknown variant 'F33'"),
    "type of a number": (with_entry(dtype=3), "unknown variant"),
    "float8": (with_entry(dtype="F8_E5M2"), "minitorch does not have"),
    "shape too large": (with_entry(shape=[3]), "are not 8 bytes"),
    "shape overflows": (with_entry(shape=[2**62, 2**62]), "are not 8 bytes"),
    "shape negative": (with_entry(shape=[-2]), "0 or more"),
    "shape real": (with_entry(shape=[2.0]), "0 or more"),
    "shape bool": (with_entry(shape=[True, 2]), "0 or more"),
    "shape a number": (with_entry(shape=2), "0 or more"),
    "dimensions": (with_entry(shape=[2] + [1] * 100), "cannot be"),
    "offsets reversed": (with_entry(data_offsets=[8, 0]), "invalid offset"),
    "three offsets": (with_entry(data_offsets=[0, 4, 8]), "two of the latter"),
    "no offsets": (file_of({"a": {"dtype": "F32", "shape": [2]}}, bytes(8)), "missing field"),
    "no map": (file_of({"a": 1}), "described by no map"),
    "metadata of numbers": (file_of({"__metadata__": {"a": 1}}), "strings to strings"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_files(kind, tmp_path) -> None:
    data, message = DAMAGED[kind]
    with pytest.raises(st.SafetensorError, match=message):
        st.load(data)
    path = tmp_path / "bad.safetensors"
    path.write_bytes(data)
    with pytest.raises(st.SafetensorError, match=f"{message}.*bad.safetensors"):
        st.load_file(path)


def test_every_cut_is_noticed() -> None:
    data = st.save({"a": torch.arange(5.0), "b": torch.ones(3, dtype=torch.int8)})
    for length in range(len(data)):
        with pytest.raises(st.SafetensorError):
            st.load(data[:length])


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)], ids=str)
def test_back_and_forth(name, shape, tmp_path) -> None:
    x = (torch.arange(int(np.prod(shape))).reshape(shape) % 2).to(getattr(torch, name))
    path = tmp_path / "x.safetensors"
    st.save_file({"x": x}, path, metadata={"format": "pt"})
    for found in (st.load_file(path)["x"], st.load(st.save({"x": x}))["x"]):
        assert (found.dtype, found.shape) == (x.dtype, x.shape)
        assert found.tolist() == x.tolist()
        found.fill_(1)  # memory of its own


def test_bfloat16() -> None:
    pytest.importorskip("ml_dtypes")
    x = torch.tensor([1.5, -2]).to(torch.bfloat16)
    assert st.load(st.save({"x": x}))["x"].tolist() == [1.5, -2]


def test_the_file_is_laid_out_as_documented() -> None:
    data = st.save({"b": torch.ones(1, dtype=torch.int8), "é": torch.zeros(2)}, {"k": "v"})
    (length,) = struct.unpack("<Q", data[:8])
    assert length % 8 == 0
    header = json.loads(data[8 : 8 + length])
    assert list(header) == ["__metadata__", "é", "b"]  # the widest elements first
    assert header["b"] == {"dtype": "I8", "shape": [1], "data_offsets": [8, 9]}
    assert len(data) == 8 + length + 9


def test_reading_in_part(tmp_path) -> None:
    path = tmp_path / "x.safetensors"
    x = torch.arange(24.0).reshape(2, 3, 4)
    st.save_file({"x": x, "n": torch.tensor(3), "e": torch.zeros(0, 2)}, path, {"a": "b"})
    with st.safe_open(path, framework="pt", device="cpu") as file:
        assert file.keys() == ["e", "n", "x"]
        assert file.metadata() == {"a": "b"}
        assert file.get_tensor("n").item() == 3
        assert list(file.get_tensors(["x", "e"])) == ["x", "e"]
        part = file.get_slice("x")
        assert (part.get_shape(), part.get_dtype()) == ([2, 3, 4], "F32")
        for index in (0, -1, (slice(None), 1), (..., slice(1, 3)), (1, slice(0, 2), 3)):
            assert part[index].tolist() == x[index].tolist()
        with pytest.raises(IndexError):
            part[5]
        with pytest.raises(st.SafetensorError, match="does not contain tensor y"):
            file.get_tensor("y")
        kept = file.get_tensor("x")
    assert kept.tolist() == x.tolist()
    with pytest.raises(st.SafetensorError, match="closed"):
        file.get_tensor("x")
    with st.safe_open(path, framework="np") as file:
        assert type(file.get_tensor("x")) is np.ndarray
    with pytest.raises(st.SafetensorError, match="framework"):
        st.safe_open(path, framework="tf")
    with pytest.raises(FileNotFoundError):
        st.safe_open(tmp_path / "none", framework="pt")


X = torch.arange(6.0).reshape(2, 3)
REFUSED = {
    "a list": (lambda: st.save([X]), ValueError, "Expected a dict"),
    "a number": (lambda: st.save({"a": 1}), ValueError, "Key `a` is invalid"),
    "key": (lambda: st.save({1: X}), TypeError, "'int'"),
    "key of the header": (lambda: st.save({"__metadata__": X}), st.SafetensorError, "named"),
    "metadata": (lambda: st.save({"a": X}, {"k": 1}), TypeError, "metadata"),
    "strides": (lambda: st.save({"a": X.t()}), ValueError, "non contiguous tensor: `a`"),
    "shared": (lambda: st.save({"a": X, "b": X}), RuntimeError, "share memory"),
    "part": (lambda: st.save({"a": X, "b": X[1]}), RuntimeError, "share memory"),
    "complex128": (
        lambda: st.save({"a": X.to(torch.complex128)}), KeyError, "torch.complex128",
    ),
    "no folder": (
        lambda: st.save_file({"a": X}, "missing/x"), st.SafetensorError, "missing/x",
    ),
    "text": (lambda: st.load("abc"), TypeError, "bytes"),
    "cuda": (lambda: st.load_file("x", device="cuda"), AssertionError, "CUDA"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", REFUSED)
def test_mistakes(mistake) -> None:
    run, error, message = REFUSED[mistake]
    with pytest.raises(error, match=message):
        run()


def test_parts_that_do_not_overlap_are_saved() -> None:
    found = st.load(st.save({"a": X[0], "b": X[1]}))
    assert [found["a"].tolist(), found["b"].tolist()] == X.tolist()


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.weight


def test_modules_with_tied_parameters(tmp_path) -> None:
    path = tmp_path / "m.safetensors"
    a, b = Tied(), Tied()
    with pytest.raises(RuntimeError, match="save_model"):
        st.save_file(a.state_dict(), path)
    st.save_model(a, path)
    with st.safe_open(path, "pt") as file:
        assert file.metadata() == {"second.weight": "first.weight"}
    assert st.load_model(b, path) == (set(), [])
    assert b.second.weight.tolist() == a.first.weight.tolist()
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "bias"'):
        st.load_model(nn.Linear(3, 3), path)
    missing, unexpected = st.load_model(nn.Linear(3, 3), path, strict=False)
    assert missing == {"weight", "bias"}
    assert sorted(unexpected) == ["first.bias", "first.weight", "second.bias"]


def test_the_names_that_scripts_import() -> None:
    from minitorch.safetensors.torch import load_file, save_file

    assert (load_file, save_file) == (st.load_file, st.save_file)
