"""Memory that minitorch and PyTorch share by DLPack, and arrays that pass between them."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
NAMES = (
    "uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 float32 float64 complex64 "
    "complex128 bool"
).split()
SHAPES = [(), (3,), (2, 0), (2, 3)]


def made(library, shape, name: str):
    return (library.arange(int(np.prod(shape))).reshape(shape) % 7).to(getattr(library, name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_memory_is_shared_both_ways(name, shape) -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        x = made(source, shape, name)
        for y in (target.from_dlpack(x), target.from_dlpack(source.to_dlpack(x))):
            assert repr(y.dtype) == repr(x.dtype)
            assert tuple(y.shape) == tuple(x.shape)
            assert y.tolist() == x.tolist()
            if y.numel():
                assert y.data_ptr() == x.data_ptr()
                y.fill_(1)
                assert x.tolist() == y.tolist()


@pytest.mark.parametrize(
    "view",
    [lambda x: x.t(), lambda x: x[:, ::2], lambda x: x[1], lambda x: x[1:, 1:].t()],
)
def test_strides_are_kept(view) -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        x = view(source.arange(12.0).reshape(3, 4))
        y = target.from_dlpack(x)
        assert y.stride() == x.stride()
        y.add_(1)
        assert x.tolist() == y.tolist()


def test_the_lender_may_go_first() -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        x = source.arange(1000.0)
        y = target.from_dlpack(x)
        del x
        assert y.sum().item() == 499500


def test_what_cannot_be_lent() -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        x = source.ones(2, requires_grad=True)
        with pytest.raises(BufferError, match="require gradient"):
            target.from_dlpack(x)
        with pytest.raises(BufferError, match="require gradient"):
            x.__dlpack__()
        assert target.from_dlpack(x.detach()).tolist() == [1, 1]
    with pytest.raises(BufferError, match="conjugate"):
        minitorch.from_dlpack(torch.tensor([1j]).conj())


def test_arrays_pass_through() -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        x = source.arange(6.0).reshape(2, 3)
        y = target.from_numpy(x.numpy())
        y[0, 0] = 9
        assert x[0, 0].item() == 9
        assert target.as_tensor(x).data_ptr() == x.data_ptr()


def test_versions_and_streams_that_are_asked_for() -> None:
    for library in (minitorch, torch):
        x = library.ones(2)
        assert "dltensor_versioned" in repr(x.__dlpack__(max_version=(1, 0)))
        assert "dltensor_versioned" not in repr(x.__dlpack__(stream=None))
        assert np.from_dlpack(x).flags.writeable
        with pytest.raises(AssertionError):
            x.__dlpack__(stream=1)


def test_read_only_arrays_warn_in_both() -> None:
    a = np.arange(3.0)
    a.flags.writeable = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.set_warn_always(True)
        try:
            torch.from_numpy(a)
        finally:
            torch.set_warn_always(False)
        minitorch.from_numpy(a)
    first, second = (str(warning.message).partition(",")[0] for warning in caught)
    assert first == second


@pytest.mark.parametrize("library", [minitorch, torch], ids=["minitorch", "torch"])
def test_a_copy_of_a_tensor_is_warned_of(library) -> None:
    x = library.ones(2)
    for copy in (library.tensor, x.new_tensor):
        with pytest.warns(UserWarning, match="To copy construct from a tensor, it is recommended"):
            assert copy(x).tolist() == [1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        library.as_tensor(x), library.tensor([x[0], x[1]]), library.tensor(x.numpy())


@pytest.mark.parametrize("library", [minitorch, torch], ids=["minitorch", "torch"])
def test_types_of_old_can_be_pickled(library) -> None:
    for kind in (library.FloatTensor, library.LongTensor, library.BoolTensor):
        assert pickle.loads(pickle.dumps(kind)) is kind


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
def test_reversed(shape) -> None:
    ours, theirs = (reversed(made(library, shape, "float32")) for library in (minitorch, torch))
    assert type(ours) is minitorch.Tensor and ours.tolist() == theirs.tolist()
