"""Files go both ways: PyTorch reads what minitorch saved, and minitorch what PyTorch saved."""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections import Counter, OrderedDict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch
from minitorch import nn
from minitorch.engine.box import fresh

torch = pytest.importorskip("torch")

NAMES = (
    "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool "
    "complex64 complex128"
).split()
OLD = {"_use_new_zipfile_serialization": False}


def through(source, target, obj: object, old: bool = False, **options: object):
    """Save with one library, load with the other."""
    buffer = io.BytesIO()
    source.save(obj, buffer, **(OLD if old else {}))
    buffer.seek(0)
    return target.load(buffer, **options)


def storage_of(tensor) -> int:
    """Where a tensor's storage begins, in either library."""
    if isinstance(tensor, torch.Tensor):
        return tensor.untyped_storage().data_ptr()
    array = tensor._value
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.__array_interface__["data"][0]


def assert_same(ours, theirs) -> None:
    """Equal in kind, values and geometry, one in each library."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minitorch.Tensor)
        assert isinstance(ours, nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
        assert repr(ours.dtype) == repr(theirs.dtype)
        assert tuple(ours.shape) == tuple(theirs.shape)
        if ours.numel() > 1:
            steps = [
                tuple(s for s, n in zip(t.stride(), t.shape, strict=True) if n > 1)
                for t in (ours, theirs)
            ]
            assert steps[0] == steps[1]
        assert ours.requires_grad == theirs.requires_grad
        if theirs.dtype == torch.bfloat16:
            ours, theirs = ours.detach().to(minitorch.float32), theirs.float()
        mine, its = ours.detach().numpy(), theirs.detach().resolve_conj().resolve_neg().numpy()
        np.testing.assert_array_equal(mine, its)
    elif isinstance(theirs, (torch.dtype, torch.Size, torch.device)):
        assert type(ours).__name__ == type(theirs).__name__
        assert repr(ours) == repr(theirs)
    elif isinstance(theirs, dict):
        assert type(ours) is type(theirs)
        assert list(ours) == list(theirs)
        for key, value in theirs.items():
            assert_same(ours[key], value)
        if hasattr(theirs, "_metadata"):
            assert_same(ours._metadata, theirs._metadata)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for mine, its in zip(ours, theirs, strict=True):
            assert_same(mine, its)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs


def both(build, old: bool = False) -> None:
    """What `build(library)` makes comes through either way, as each library's own does."""
    for source, target in ((minitorch, torch), (torch, minitorch), (minitorch, minitorch)):
        result = through(source, target, build(source), old)
        theirs = through(torch, torch, build(torch))
        if target is minitorch:
            assert_same(result, theirs)
        else:
            assert_same(through(minitorch, minitorch, build(minitorch)), result)


def numbers(library, *shape: int, dtype: str = "float32"):
    count = int(np.prod(shape))
    return library.arange(count).reshape(shape).to(getattr(library, dtype))


# PyTorch reads no old file of these, not even its own.
UNTYPED = ("uint16", "uint32", "uint64")


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3, 4)], ids=str)
def test_dtypes_and_shapes(dtype, shape) -> None:
    both(lambda library: numbers(library, *shape, dtype=dtype))
    if dtype not in UNTYPED:
        both(lambda library: numbers(library, *shape, dtype=dtype), old=True)


def test_old_files_of_unsigned_integers() -> None:
    for dtype in UNTYPED:
        x = numbers(torch, 3, dtype=dtype)
        assert_same(through(torch, minitorch, x, old=True), x)


@pytest.mark.parametrize(
    "build",
    [
        lambda t: numbers(t, 4, 6).t(),
        lambda t: numbers(t, 4, 6)[1:3, ::2],
        lambda t: numbers(t, 4, 6)[2],
        lambda t: numbers(t, 4)[1],
        lambda t: numbers(t, 1, 4).expand(3, 4),
        lambda t: numbers(t, 2, 3, 4).permute(2, 0, 1)[1:],
        lambda t: numbers(t, 4, 6)[2:2],
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_geometry(build, old) -> None:
    both(build, old)


@pytest.mark.parametrize(
    "build",
    [
        lambda t: {"x": numbers(t, 2, 3), "shape": numbers(t, 2, 3).shape, "dtype": t.float16},
        lambda t: [None, True, 1, -1, 2**40, 2**70, 1.5, "é", b"\x00\xff", bytearray(b"a"), 2j],
        lambda t: (OrderedDict(b=numbers(t, 2), a=()), Counter("aab"), {1, 2}, set(), [[], {}]),
        lambda t: {1: {2.5: [numbers(t, 1)], (1, 2): t.device("cpu")}},
        lambda t: [t.nn.Parameter(numbers(t, 2)), t.nn.Parameter(numbers(t, 2), False)],
        lambda t: numbers(t, 2).requires_grad_(),
        lambda t: numbers(t, 2).requires_grad_() * 2,
        lambda t: t.nn.Sequential(t.nn.Linear(2, 3), t.nn.ReLU()).state_dict().keys().__len__(),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_containers_and_parameters(build, old) -> None:
    both(build, old)


def test_shared_memory_goes_both_ways() -> None:
    def build(library):
        x, y = numbers(library, 3, 4), numbers(library, 5)
        return [x, x[1], x.t()[1:], y[1:3], y[2:]]

    for source, target in ((minitorch, torch), (torch, minitorch)):
        x, row, column, first, second = through(source, target, build(source))
        row.zero_()
        assert x.tolist() == [[0, 1, 2, 3], [0] * 4, [8, 9, 10, 11]]
        assert column.tolist() == [[1, 0, 9], [2, 0, 10], [3, 0, 11]]
        second.zero_()
        assert first.tolist() == [1, 0]
        assert storage_of(x) == storage_of(column) != storage_of(first)


def test_state_dicts_of_modules() -> None:
    ours = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    state = through(torch, minitorch, theirs.state_dict())
    assert_same(state, theirs.state_dict())
    ours.load_state_dict(state)
    x = np.ones((5, 3), np.float32)
    np.testing.assert_allclose(
        ours(minitorch.tensor(x)).detach().numpy(),
        theirs(torch.tensor(x)).detach().numpy(),
        rtol=1e-5,
    )
    theirs.load_state_dict(through(minitorch, torch, ours.state_dict()))
    assert_same(ours.state_dict(), theirs.state_dict())


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_state_dicts_of_optimizers(name) -> None:
    options = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}

    def trained(library):
        model = library.nn.Linear(3, 2)
        optimizer = getattr(library.optim, name)(model.parameters(), **options)
        for _ in range(2):
            optimizer.zero_grad()
            model(library.ones(4, 3)).sum().backward()
            optimizer.step()
        return model, optimizer

    for source, target in ((minitorch, torch), (torch, minitorch)):
        (_, saved), (_, other) = trained(source), trained(target)
        other.load_state_dict(through(source, target, saved.state_dict()))
        for p, q in zip(saved.param_groups[0]["params"], other.param_groups[0]["params"]):
            for key, value in saved.state[p].items():
                np.testing.assert_allclose(np.asarray(value), np.asarray(other.state[q][key]))


# Trees of tensors and plain values, made alike in both libraries.
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.binary(min_size=1, max_size=5),
    st.tuples(
        st.just("tensor"),
        st.sampled_from(NAMES),
        st.lists(st.integers(0, 3), max_size=3),
        st.booleans(),
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=4).map(OrderedDict),
    ),
    max_leaves=12,
)


def planted(library, tree):
    """The tree with tensors of the library in it."""
    if isinstance(tree, tuple) and tree[:1] == ("tensor",):
        _, dtype, shape, transposed = tree
        x = numbers(library, *shape, dtype=dtype)
        return x.permute(*range(len(shape) - 1, -1, -1)) if transposed and shape else x
    if isinstance(tree, dict):
        return type(tree)((key, planted(library, value)) for key, value in tree.items())
    if isinstance(tree, (list, tuple)):
        return type(tree)(planted(library, item) for item in tree)
    return tree


@settings(max_examples=100, deadline=None)
@given(trees)
def test_any_tree(tree) -> None:
    both(lambda library: planted(library, tree))
    if not any(name in repr(tree) for name in UNTYPED):
        both(lambda library: planted(library, tree), old=True)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_views_of_one_storage(data) -> None:
    cuts = [
        (
            sorted((data.draw(st.integers(0, 24)), data.draw(st.integers(0, 24)))),
            data.draw(st.integers(1, 4)),
        )
        for _ in range(data.draw(st.integers(1, 5)))
    ]

    def build(library):
        x = numbers(library, 24)
        return [x[start:stop:step] for (start, stop), step in cuts]

    both(build)
    for source, target in ((minitorch, torch), (torch, minitorch), (minitorch, minitorch)):
        views, expected = through(source, target, build(source)), build(torch)
        for i, view in enumerate(views):
            view.fill_(100 + i)
            expected[i].fill_(100 + i)
            for one, other in zip(views, expected, strict=True):
                assert one.tolist() == other.tolist()


# -- what only PyTorch writes ------------------------------------------------------------------


def test_lazy_conjugation_is_applied() -> None:
    x = torch.tensor([1 + 2j, 3 - 1j])
    assert through(torch, minitorch, x.conj()).tolist() == [1 - 2j, 3 + 1j]
    assert through(torch, minitorch, x.conj().imag).tolist() == [-2, 1]


def test_attributes_and_buffers() -> None:
    x, p = torch.ones(2), torch.nn.Parameter(torch.ones(2))
    x.note = p.note = "kept"
    y, q, buffer = through(torch, minitorch, [x, p, torch.nn.Buffer(torch.ones(3))])
    assert (y.note, q.note, type(q), type(buffer)) == ("kept", "kept", nn.Parameter, nn.Buffer)
    x, p, b = minitorch.ones(2), nn.Parameter(minitorch.ones(2)), nn.Buffer(minitorch.ones(3))
    x.note = p.note = "kept"
    y, q, buffer = through(minitorch, torch, [x, p, b])
    assert (y.note, q.note) == ("kept", "kept")
    assert isinstance(q, torch.nn.Parameter)
    assert isinstance(buffer, torch.nn.Buffer)


def test_files_without_checksums() -> None:
    x = torch.arange(5.0)
    try:
        torch.serialization.set_crc32_options(False)
        assert through(torch, minitorch, x).tolist() == x.tolist()
    finally:
        torch.serialization.set_crc32_options(True)


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8", "complex128", "bool"])
def test_files_of_the_other_byte_order(dtype) -> None:
    x = numbers(torch, 5, dtype=dtype)
    source, target = io.BytesIO(), io.BytesIO()
    torch.save(x, source)
    swapped = x.numpy().byteswap()
    if dtype == "complex128":
        swapped = x.numpy().view(np.float64).byteswap()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("byteorder"):
                data = b"big"
            elif name.endswith("data/0"):
                data = swapped.tobytes()
            new.writestr(name, data)
    target.seek(0)
    assert_same(minitorch.load(target), x)


def test_files_that_hold_other_things_first() -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        buffer = io.BytesIO()
        buffer.write(b"a header")
        source.save(source.ones(3), buffer)
        buffer.seek(8)
        assert target.load(buffer).tolist() == [1, 1, 1]


def test_paths_and_mapping(tmp_path) -> None:
    for source, target in ((minitorch, torch), (torch, minitorch)):
        path = tmp_path / f"{source.__name__}.pt"
        source.save({"x": source.ones(3), "y": source.zeros(2, 2)}, path)
        for options in ({}, {"mmap": True}, {"map_location": "cpu"}, {"weights_only": False}):
            result = target.load(path, **options)
            assert [result["x"].tolist(), result["y"].tolist()] == [[1] * 3, [[0, 0], [0, 0]]]


# -- the same mistakes, the same errors --------------------------------------------------------


def test_refused_element_types() -> None:
    with pytest.raises(RuntimeError, match="element type that minitorch does not have"):
        through(torch, minitorch, torch.zeros(2).to(torch.float8_e5m2))
    with pytest.raises(RuntimeError, match="quantized"):
        through(torch, minitorch, torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8))
    with pytest.raises(RuntimeError, match="sparse"):
        through(torch, minitorch, torch.eye(2).to_sparse())


@pytest.mark.parametrize("old", [False, True])
def test_whole_modules_need_trust(old) -> None:
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Dropout(0.2), torch.nn.Linear(4, 2)
    )
    with pytest.raises(pickle.UnpicklingError, match="state_dict"):
        through(torch, minitorch, theirs, old)
    ours = through(torch, minitorch, theirs, old, weights_only=False).eval()
    assert type(ours) is nn.Sequential
    assert repr(ours) == repr(theirs)
    x = np.ones((5, 3), np.float32)
    np.testing.assert_allclose(
        ours(minitorch.tensor(x)).detach().numpy(),
        theirs.eval()(torch.tensor(x)).detach().numpy(),
        rtol=1e-5,
    )
    minitorch.optim.SGD(ours.parameters(), lr=0.1).step()
    with pytest.raises(pickle.UnpicklingError):
        through(minitorch, torch, nn.Linear(2, 2), old)


def test_pickles_that_name_what_pytorch_has() -> None:
    theirs = [torch.nn.MSELoss(), torch.nn.functional.relu, torch.zeros(2, 2).max(0), torch.strided]
    loss, relu, found, layout = through(torch, minitorch, theirs, weights_only=False)
    assert isinstance(loss, nn.MSELoss)
    assert relu is nn.functional.relu
    assert found.values.tolist() == [0, 0]
    assert layout is minitorch.strided
    with pytest.raises(AttributeError, match="which minitorch does not have"):
        through(torch, minitorch, torch.hub.list, weights_only=False)


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.ones(3))
    return buffer.getvalue()


def good() -> bytes:
    buffer = io.BytesIO()
    torch.save({"x": torch.ones(3)}, buffer)
    return buffer.getvalue()


def load_bytes(library, data: bytes, **options: object):
    return library.load(io.BytesIO(data), **options)


MISTAKES = {
    "missing": lambda t: t.load("missing.pt"),
    "empty name": lambda t: t.load(""),
    "directory": lambda t: t.load("."),
    "None": lambda t: t.load(None),
    "number": lambda t: t.load(3),
    "bytes": lambda t: t.load(b"x.pt"),
    "empty": lambda t: load_bytes(t, b""),
    "a pickle": lambda t: load_bytes(t, pickle.dumps({"a": 1})),
    "a pickle, trusted": lambda t: load_bytes(t, pickle.dumps({"a": 1}), weights_only=False),
    "npz": lambda t: load_bytes(t, npz()),
    "cut at 4": lambda t: load_bytes(t, good()[:4]),
    "cut at 300": lambda t: load_bytes(t, good()[:300]),
    "cut at the end": lambda t: load_bytes(t, good()[:-1]),
    "cuda": lambda t: load_bytes(t, good(), map_location="cuda"),
    "nowhere": lambda t: load_bytes(t, good(), map_location="nowhere"),
    "location 3": lambda t: load_bytes(t, good(), map_location=3),
    "mmap of a buffer": lambda t: load_bytes(t, good(), mmap=True),
    "two ways to unpickle": lambda t: load_bytes(
        t, good(), weights_only=True, pickle_module=pickle
    ),
    "unknown keyword": lambda t: load_bytes(t, good(), nonsense=1),
    "save to None": lambda t: t.save(1, None),
    "save to a number": lambda t: t.save(1, 3),
    "save to bytes": lambda t: t.save(1, b"x.pt"),
    "save to a directory": lambda t: t.save(1, "."),
    "save to no name": lambda t: t.save(1, ""),
    "save to no directory": lambda t: t.save(1, "missing/x.pt"),
    "save a generator": lambda t: t.save((i for i in range(3)), io.BytesIO()),
    "save by protocol 9": lambda t: t.save(1, io.BytesIO(), pickle_protocol=9),
    "deepcopy of a result": lambda t: copy.deepcopy(t.ones(2, requires_grad=True) * 2),
    "numpy in a file": lambda t: through(t, t, np.ones(3)),
    "slice in a file": lambda t: through(t, t, slice(3)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_raise_the_same_type(mistake, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception) as expected:
        MISTAKES[mistake](torch)
    with pytest.raises(expected.type):
        MISTAKES[mistake](minitorch)


def test_numpy_arrays_by_safe_globals() -> None:
    reconstruct = np.ones(1).__reduce__()[0]
    allowed = [reconstruct, np.ndarray, np.dtype, type(np.dtype(np.float64))]
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
        allowed.append((reconstruct, f"{module}._reconstruct"))
    for source in (torch, minitorch):
        with minitorch.serialization.safe_globals(allowed):
            result = through(source, minitorch, {"a": np.arange(3.0)})
        np.testing.assert_array_equal(result["a"], np.arange(3.0))


def test_strided_arrays_of_a_users_own() -> None:
    a = np.arange(24.0).reshape(4, 6)
    for part in (a[::-1], a[:, ::2], a[1:3].T, a.astype(">f8")):
        result = through(minitorch, torch, fresh(minitorch.Tensor, part))
        np.testing.assert_array_equal(result.numpy(), part)


def test_functions_of_pytorch_are_found() -> None:
    """As a module saved whole may keep, `self.act = torch.tanh`."""
    paths = ("sum", "tanh", "einsum", "nn.functional.gelu", "nn.functional.relu", "fft.fft",
             "linalg.norm", "linalg.det", "special.i0e", "nn.functional.linear")  # fmt: skip
    for path in paths:
        theirs, ours = torch, minitorch
        for part in path.split("."):
            theirs, ours = getattr(theirs, part), getattr(ours, part)
        assert through(torch, minitorch, theirs, weights_only=False) is ours, path
