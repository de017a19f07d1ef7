"""Tensors on others' memory, and others on tensors': what is shared, warned of and refused."""

from __future__ import annotations

import array
import mmap
import warnings

import numpy as np
import pytest

import minitorch as torch
from minitorch.faces import foreign


def read_only() -> np.ndarray:
    a = np.arange(3.0)
    a.flags.writeable = False
    return a


@pytest.mark.parametrize("function", ["from_numpy", "as_tensor", "asarray"])
def test_read_only_arrays_warn_and_stay_as_they_are(function) -> None:
    a = read_only()
    with pytest.warns(UserWarning, match="not writable"):
        x = getattr(torch, function)(a)
    assert x.tolist() == [0, 1, 2]
    with pytest.raises((RuntimeError, ValueError)):
        x.add_(1)
    assert a.tolist() == [0, 1, 2]


def test_copies_of_read_only_arrays_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (torch.tensor(read_only()), torch.asarray(read_only(), copy=True)):
            assert x.add_(1).tolist() == [1, 2, 3]


def test_the_warning_points_to_the_caller() -> None:
    with pytest.warns(UserWarning) as caught:
        torch.from_numpy(read_only())
        torch.frombuffer(b"abcd", dtype=torch.int32)
    assert [warning.filename for warning in caught] == [__file__] * 2


def test_numpy_gives_an_array_of_its_own_on_the_same_memory() -> None:
    x = torch.arange(6.0)
    a = x.numpy()
    a.shape = (2, 3)
    a[0, 0] = 9
    assert x.shape == (6,)
    assert x[0] == 9


def test_numpy_has_no_bfloat16() -> None:
    pytest.importorskip("ml_dtypes")
    x = torch.ones(2).to(torch.bfloat16)
    for run in (x.numpy, lambda: x.numpy(force=True), lambda: np.asarray(x)):
        with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
            run()
    with pytest.raises(BufferError, match=r"torch\.bfloat16"):
        x.__dlpack__()
    assert x.to(torch.float32).numpy().tolist() == [1, 1]


def test_arrays_without_a_copy() -> None:
    x = torch.ones(2)
    assert np.shares_memory(np.array(x, copy=False), x.numpy())
    assert not np.shares_memory(np.array(x, copy=True), x.numpy())
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        np.asarray(x, dtype="f8", copy=False)


def test_dlpack_with_numpy_shares_memory() -> None:
    a = np.arange(6.0).reshape(2, 3).T
    x = torch.from_dlpack(a)
    x[0, 0] = 7
    assert a[0, 0] == 7
    b = np.from_dlpack(x)
    b[1, 1] = 8
    assert x[1, 1] == 8
    assert x.stride() == (1, 3)


def test_capsules_of_the_first_version_can_be_written_to() -> None:
    a = np.arange(3.0)
    capsule = a.__dlpack__()
    assert "dltensor_versioned" not in repr(capsule)
    x = torch.from_dlpack(capsule)
    x.add_(1)
    assert a.tolist() == [1, 2, 3]
    del a
    assert x.tolist() == [1, 2, 3]
    with pytest.raises(RuntimeError, match="consumed only once"):
        torch.from_dlpack(capsule)


@pytest.mark.skipif(not foreign._LATER_PROTOCOL, reason="NumPy 2.0 lends no read-only memory")
def test_memory_lent_as_read_only_is_not_written_to() -> None:
    a = read_only()
    x = torch.from_dlpack(a)
    with pytest.raises((RuntimeError, ValueError)):
        x.add_(1)
    assert a.tolist() == [0, 1, 2]


def test_what_dlpack_cannot_say() -> None:
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="require gradient"):
        x.__dlpack__()
    with pytest.raises(BufferError, match="require gradient"):
        np.from_dlpack(x)
    with pytest.raises(ValueError, match="negative"):
        torch.from_dlpack(np.arange(3)[::-1])

    class Elsewhere:
        def __dlpack__(self, **options):
            raise AssertionError("must not be asked")

        def __dlpack_device__(self):
            return 2, 0

    with pytest.raises(RuntimeError, match="computes on the CPU"):
        torch.from_dlpack(Elsewhere())


def test_buffers_share_memory() -> None:
    data = array.array("f", [1, 2, 3])
    x = torch.frombuffer(data, dtype=torch.float32)
    x[0] = 9
    assert data[0] == 9
    with mmap.mmap(-1, 16) as memory:
        y = torch.frombuffer(memory, dtype=torch.int64)
        y.fill_(3)
        assert memory[:8] == (3).to_bytes(8, "little")
        del y


def test_copies_are_of_the_callers_own() -> None:
    a = np.arange(3.0)
    for function in (torch.tensor, lambda a: torch.asarray(a, copy=True)):
        x = function(a)
        x[0] = 5
        assert a[0] == 0


@pytest.mark.parametrize(
    "made",
    [
        lambda file: torch.frombuffer(bytearray(16), dtype=torch.float32),
        lambda file: torch.from_numpy(np.frombuffer(bytearray(16), np.float32)),
        lambda file: torch.from_numpy(np.memmap(file, np.float32, "w+", shape=4)),
    ],
)
def test_memory_of_something_else_has_views(made, tmp_path) -> None:
    x = made(tmp_path / "numbers")
    y, (first, second) = x.view(2, 2), x.split(2)
    y.add_(1)
    second.mul_(3)
    assert x.tolist() == [1, 1, 3, 3] and first.tolist() == [1, 1]
    assert y._base is x and first._base is x
    assert x._version == y._version == first._version == 2
