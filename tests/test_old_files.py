"""Files of PyTorch before 1.6, where loaded tensors go, and what errors tell of a file."""

from __future__ import annotations

import io
import mmap
import pickle
import struct
import tarfile
import zipfile
from collections import OrderedDict
from fractions import Fraction

import numpy as np
import pytest

import minitorch as torch
from minitorch.serialization.names import Name


def saved(obj: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    return buffer.getvalue()


def old(obj: object) -> bytes:
    """A file as PyTorch wrote it before 1.6."""
    buffer = io.BytesIO()
    torch.save(obj, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


class Numbered:
    """A tensor or storage that the pickle in a tar archive names by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


@pytest.mark.parametrize("weights_only", [True, False])
def test_files_of_the_old_format(weights_only) -> None:
    x = torch.arange(6.0).reshape(2, 3)
    data = old({"x": x, "row": x[1], "n": torch.tensor(3), "empty": torch.zeros(0, 2), "e": 5})
    found = torch.load(io.BytesIO(data), weights_only=weights_only)
    found["row"].zero_()
    assert found["x"].tolist() == [[0, 1, 2], [0, 0, 0]]
    assert (found["n"].item(), found["empty"].shape, found["e"]) == (3, (0, 2), 5)


def test_damaged_files_of_the_old_format() -> None:
    data = old({"x": torch.arange(4.0), "y": [1, "a"]})
    for length in range(1, len(data)):
        with pytest.raises((RuntimeError, pickle.UnpicklingError, EOFError)):
            torch.load(io.BytesIO(data[:length]))
    huge = data.replace(b"K\x04N", b"J\xff\xff\xff\x7fN")
    assert huge != data
    with pytest.raises(RuntimeError, match="more than its .* bytes can hold"):
        torch.load(io.BytesIO(huge))
    other = data.replace(struct.pack("<q", 4), struct.pack("<q", 3))
    with pytest.raises(RuntimeError, match="3 elements for a storage of 4"):
        torch.load(io.BytesIO(other))
    with pytest.raises(RuntimeError, match="Invalid protocol version"):
        torch.load(io.BytesIO(data.replace(b"M\xe9\x03", b"M\xe8\x03", 1)))


def test_old_files_are_not_mapped(tmp_path) -> None:
    path = tmp_path / "old.pt"
    path.write_bytes(old(torch.ones(2)))
    with pytest.raises(RuntimeError, match="mmap can only be used"):
        torch.load(path, mmap=True)
    assert torch.load(path).tolist() == [1, 1]


def tar_file() -> bytes:
    """A file as PyTorch wrote it before 0.1.10: a float tensor, its transpose and a view."""

    class Pickler(pickle._Pickler):
        def persistent_id(self, obj):
            return obj.number if isinstance(obj, Numbered) else None

        def save(self, obj, save_persistent_id=True):
            if isinstance(obj, Name):
                self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
            else:
                super().save(obj, save_persistent_id)

    def pickled(obj) -> bytes:
        buffer = io.BytesIO()
        Pickler(buffer, 2).dump(obj)
        return buffer.getvalue()

    floats, kind = Name("torch", "FloatStorage"), Name("torch", "FloatTensor")
    storages = pickled(1) + pickled((7, "cpu", floats)) + struct.pack("<q", 6)
    storages += np.arange(6, dtype="<f4").tobytes() + pickled([(8, 7, 2, 3)])
    tensors = pickled(3)
    for key, storage, size, stride, offset in (
        (1, 7, (2, 3), (3, 1), 0), (2, 7, (3, 2), (1, 3), 0), (3, 8, (3,), (1,), 0),
    ):  # fmt: skip
        tensors += pickled((key, storage, kind)) + struct.pack("<ii", len(size), 0)
        tensors += struct.pack(f"<{2 * len(size) + 1}q", *size, *stride, offset)
    names = {"storages": storages, "tensors": tensors}
    names["pickle"] = pickled({"x": Numbered(1), "t": Numbered(2), "part": Numbered(3)})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=tarfile.PAX_FORMAT) as archive:
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_tar_files_need_trust() -> None:
    data = tar_file()
    with pytest.raises(RuntimeError, match="legacy .tar format"):
        torch.load(io.BytesIO(data))
    found = torch.load(io.BytesIO(data), weights_only=False)
    assert found["x"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["t"].tolist() == [[0, 3], [1, 4], [2, 5]]
    found["part"].zero_()
    assert found["x"].tolist() == [[0, 1, 0], [0, 0, 5]]


# -- where tensors go ----------------------------------------------------------------------------


def test_a_function_as_location_sees_each_storage() -> None:
    seen = []

    def place(storage, location):
        seen.append((len(storage), location, str(storage.device)))
        return storage.cpu() if len(seen) == 1 else None

    x, y = torch.ones(3), torch.zeros(2)
    for write in (saved, old):
        seen.clear()
        torch.load(io.BytesIO(write([x, x, y])), map_location=place)
        assert seen == [(3, "cpu", "cpu"), (2, "cpu", "cpu")]
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        torch.load(io.BytesIO(saved(x)), map_location=lambda storage, _: storage.cuda())
    with pytest.raises(TypeError, match="must return the storage"):
        torch.load(io.BytesIO(saved(x)), map_location=lambda storage, _: 3)


def test_the_default_place() -> None:
    data, restore = saved(torch.ones(3)), torch.serialization.default_restore_location
    found = torch.load(io.BytesIO(data), map_location=lambda storage, _: restore(storage, "cpu"))
    assert found.tolist() == [1, 1, 1]
    assert torch.serialization.location_tag(None) == "cpu"
    with pytest.raises(RuntimeError, match="on a CUDA device"):
        torch.load(io.BytesIO(data), map_location=lambda storage, _: restore(storage, "cuda:0"))


def elsewhere(place: str) -> bytes:
    """A file whose tensor was on another device."""
    there = b"X\x04\x00\x00\x00" + place.encode()
    return old(torch.ones(3)).replace(b"X\x03\x00\x00\x00cpu", there)


def test_what_was_on_another_device_needs_a_location() -> None:
    data = elsewhere("cuda")
    with pytest.raises(RuntimeError, match="on a CUDA device but torch.cuda.is_available"):
        torch.load(io.BytesIO(data))
    with pytest.raises(RuntimeError, match="on a CUDA device"):
        torch.load(io.BytesIO(data), map_location=lambda storage, _: None)
    for place in ("cpu", torch.device("cpu"), {"cuda": "cpu"}, lambda storage, _: storage):
        assert torch.load(io.BytesIO(data), map_location=place).tolist() == [1, 1, 1]


def test_a_package_brings_storages_back(monkeypatch) -> None:
    from minitorch.serialization import locations

    monkeypatch.setattr(locations, "_packages", list(locations._packages))
    torch.serialization.register_package(
        5, lambda storage: None, lambda storage, place: storage if place == "mine" else None
    )
    assert torch.load(io.BytesIO(elsewhere("mine"))).tolist() == [1, 1, 1]
    assert torch.serialization.location_tag(torch.ones(1).storage()) == "cpu"


def test_storages_in_files() -> None:
    x = torch.arange(6.0)
    for write in (saved, old):
        y, storage = torch.load(io.BytesIO(write([x[:2], x.storage()])))
        assert isinstance(storage, torch.storage.TypedStorage) and storage.tolist() == x.tolist()
        y.fill_(7)
        assert storage.tolist() == [7, 7, 2, 3, 4, 5] and storage.dtype == torch.float32
        assert type(pickle.loads(pickle.dumps(storage))) is torch.storage.TypedStorage
        assert torch.load(io.BytesIO(write(storage))).tolist() == storage.tolist()
    found = torch.load(io.BytesIO(saved(torch.arange(2).untyped_storage())))
    assert found.dtype == torch.uint8 and len(found) == 16


def test_mapped_files_are_written_to_where_that_is_asked(tmp_path) -> None:
    serialization, path = torch.serialization, tmp_path / "x.pt"
    torch.save(torch.zeros(3), path)
    torch.load(path, mmap=True).fill_(1)
    assert torch.load(path).tolist() == [0, 0, 0]
    with serialization.set_default_mmap_options(mmap.MAP_SHARED):
        assert serialization.get_default_mmap_options() == mmap.MAP_SHARED
        torch.load(path, mmap=True).fill_(1)
    assert serialization.get_default_mmap_options() == mmap.MAP_PRIVATE
    with pytest.raises(ValueError, match="expected mmap.MAP_PRIVATE"):
        serialization.set_default_mmap_options(77)


def test_the_byte_order_of_files_that_do_not_tell(tmp_path) -> None:
    serialization, data = torch.serialization, saved(torch.tensor([1], dtype=torch.int32))
    silent = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(silent, "w") as target:
        for name in source.namelist():
            if not name.endswith("byteorder"):
                target.writestr(name, source.read(name))
    for order, value in ((None, 1), ("LITTLE", 1), ("BIG", 2**24)):
        serialization.set_default_load_endianness(order and serialization.LoadEndianness[order])
        silent.seek(0)
        assert torch.load(silent).tolist() == [value]
    serialization.set_default_load_endianness(None)
    with pytest.raises(TypeError, match="Invalid argument type"):
        serialization.set_default_load_endianness("big")


def test_a_dict_as_location() -> None:
    data = saved(torch.ones(3))
    assert torch.load(io.BytesIO(data), map_location={"cuda:0": "cpu"}).tolist() == [1, 1, 1]
    assert torch.load(io.BytesIO(data), map_location={"cpu": "cpu"}).tolist() == [1, 1, 1]
    with pytest.raises(RuntimeError, match="on a CUDA device"):
        torch.load(io.BytesIO(data), map_location={"cpu": "cuda:0"})


def test_names_that_would_be_refused_are_listed() -> None:
    buffer = io.BytesIO(saved([torch.ones(2), Fraction(1, 2), OrderedDict()]))
    assert torch.serialization.get_unsafe_globals_in_checkpoint(buffer) == ["fractions.Fraction"]
    with torch.serialization.safe_globals([Fraction]):
        assert torch.serialization.get_unsafe_globals_in_checkpoint(buffer) == []
    with pytest.raises(ValueError, match="checkpoint"):
        torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(old(1)))


def test_errors_name_the_file(tmp_path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"x": torch.ones(3), "f": Fraction(1, 2)}, path)
    with pytest.raises(pickle.UnpicklingError, match=r"Fraction.*weights\.pt"):
        torch.load(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RuntimeError, match=r"weights\.pt"):
        torch.load(path)


def test_no_flipped_byte_goes_wrong_silently_or_runs_code() -> None:
    good = old({"x": torch.arange(4.0), "y": [1, "a", 2.5]})
    expected = {"RuntimeError", "UnpicklingError", "EOFError", "ValueError"}
    for at in range(len(good)):
        data = bytearray(good)
        data[at] ^= 0x55
        try:
            found = torch.load(io.BytesIO(bytes(data)))
        except Exception as error:
            assert type(error).__name__ in expected, (at, error)
        else:
            assert isinstance(found, (dict, list, str, int, float, torch.Tensor)), at
