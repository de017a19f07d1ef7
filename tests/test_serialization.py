"""Saving and loading: what comes back, how files are written, and pickling."""

from __future__ import annotations

import copy
import importlib
import io
import os
import pathlib
import pickle
import stat
import struct
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.engine.box import fresh
from minitorch.faces import functions

DTYPES = [
    torch.float16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32,
    torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool,
    torch.complex64, torch.complex128,
]  # fmt: skip


def saved(obj: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(obj, buffer, **options)
    return buffer.getvalue()


def loaded(data: bytes, **options: object):
    return torch.load(io.BytesIO(data), **options)


def back(obj: object):
    return loaded(saved(obj))


def over(array: np.ndarray) -> torch.Tensor:
    """A tensor over the memory of `array`."""
    return fresh(torch.Tensor, array)


def shares(a: torch.Tensor, b: torch.Tensor) -> bool:
    return np.shares_memory(a._value, b._value)


# -- what comes back ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_tensors_of_every_dtype(dtype, shape) -> None:
    x = torch.ones(shape, dtype=dtype)
    y = back(x)
    assert (y.dtype, y.shape, y.requires_grad) == (dtype, x.shape, False)
    np.testing.assert_array_equal(y.numpy(), x.numpy())


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        lambda a: a[1:3],
        lambda a: a[:, ::2],
        lambda a: a[1, 2, ...],
        lambda a: a[::-1],
        lambda a: a[:, ::-2].T,
        lambda a: np.broadcast_to(a[0], (5, 6)),
        lambda a: a.transpose(1, 0)[2:4, 1:],
        lambda a: a[2:2],
        lambda a: a.astype(">f4"),
        lambda a: a.astype("c8").imag,
    ],
)
def test_any_layout(view) -> None:
    a = np.arange(24, dtype=np.float32).reshape(4, 6)
    part = view(a)
    np.testing.assert_array_equal(back(over(part)).numpy(), part)


def test_strides_are_kept() -> None:
    x = over(np.arange(24.0).reshape(4, 6))
    for t in (x.t(), x[:, ::2], x[1:].t(), torch.ones(1).expand(3, 2)):
        assert back(t).stride() == t.stride()


def test_views_come_back_sharing_memory() -> None:
    x = torch.arange(12.0).reshape(3, 4)
    y, row, column, other = back([x, x[1], x.t()[2].detach(), torch.ones(3)])
    assert shares(y, row)
    assert shares(y, column)
    assert not shares(y, other)
    row.zero_()
    assert y[1].tolist() == [0.0] * 4
    assert y._counter is row._counter


def test_views_without_their_base_share_memory() -> None:
    x = torch.arange(10.0)
    first, second, apart = back([x[:4], x[2:6], x[8:]])
    assert shares(first, second)
    assert not shares(first, apart)
    assert [t.tolist() for t in (first, second, apart)] == [
        [0, 1, 2, 3],
        [2, 3, 4, 5],
        [8, 9],
    ]


def test_only_the_memory_in_use_is_written() -> None:
    buffer = np.zeros(1_000_000, np.float32)
    data = saved({"a": over(buffer[10:20]), "b": over(buffer[500:510])})
    assert len(data) < 4000
    a, b = loaded(data).values()
    assert not shares(a, b)
    assert a.numpy().base.nbytes == 40


def test_the_same_object_comes_back_as_one() -> None:
    x = torch.ones(2)
    items = [x, x]
    y = back({"a": items, "b": items, "x": x})
    assert y["a"] is y["b"]
    assert y["a"][0] is y["a"][1] is y["x"]


def test_requires_grad_and_parameters() -> None:
    leaf = torch.ones(2, requires_grad=True)
    parameter, frozen = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2), False)
    parameter.note = "kept"
    a, b, c, d = back([leaf, leaf * 2, parameter, frozen])
    assert [t.requires_grad for t in (a, b, c, d)] == [True, True, True, False]
    assert all(t.is_leaf for t in (a, b, c, d))
    assert [type(t) for t in (a, b, c, d)] == [torch.Tensor] * 2 + [nn.Parameter] * 2
    assert c.note == "kept"


def test_buffers_and_attributes() -> None:
    x = torch.ones(2)
    x.note = {"a": torch.zeros(1)}
    y, buffer = back([x, nn.Buffer(torch.ones(3), persistent=False)])
    assert y.note["a"].tolist() == [0.0]
    assert type(buffer) is nn.Buffer
    assert buffer.persistent is False


def test_tied_parameters_stay_tied() -> None:
    p = nn.Parameter(torch.ones(2, 2))
    a, b = back([p, p.data]), back(OrderedDict(a=p.detach(), b=p.detach()))
    assert shares(a[0], a[1])
    assert shares(b["a"], b["b"])


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 255, 2**31, -(2**40), 2**70, 1.5, float("inf"), 2j, "", "é\n", b"",
        b"\x00\xff", bytearray(b"ab"), (), (1,), (1, 2, 3, 4), [], [[]], {}, {"a": {1: (2, [3])}},
        {1, 2}, set(), OrderedDict(b=1, a=2), Counter("aab"), torch.Size([2, 3]), torch.float32,
        torch.bool, torch.complex128, torch.device("cpu"),
    ],
    ids=repr,
)  # fmt: skip
def test_plain_values(value) -> None:
    result = back({"v": value})["v"]
    assert type(result) is type(value)
    assert result == value


def test_metadata_of_a_state_dict() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    state = model.state_dict()
    result = back(state)
    assert type(result) is OrderedDict
    assert list(result) == list(state)
    assert result._metadata == state._metadata
    other = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    other.load_state_dict(result)
    for mine, its in zip(other.parameters(), model.parameters()):
        np.testing.assert_array_equal(mine.detach().numpy(), its.detach().numpy())


def test_training_goes_on_from_a_checkpoint(tmp_path) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(20, 3), torch.randn(20, 1)

    def build():
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        return model, torch.optim.Adam(model.parameters(), lr=0.1)

    def train(model, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
        return loss.item()

    model, optimizer = build()
    train(model, optimizer, 3)
    path = tmp_path / "checkpoint.pt"
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    expected = train(model, optimizer, 3)
    model, optimizer = build()
    checkpoint = torch.load(path)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    assert train(model, optimizer, 3) == expected


class Doubler(nn.Module):
    """A module of the user's own."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.register_buffer("mean", torch.ones(2))

    def forward(self, x):
        return 2 * self.linear(x - self.mean)


def test_whole_modules_need_trust() -> None:
    model = Doubler()
    data = saved(model)
    with pytest.raises(pickle.UnpicklingError, match=r"GLOBAL .*\.Doubler was not an allowed"):
        loaded(data)
    x = torch.ones(3, 2)
    copied = loaded(data, weights_only=False)
    np.testing.assert_array_equal(copied(x).detach().numpy(), model(x).detach().numpy())
    assert not shares(copied.linear.weight, model.linear.weight)


class Marked(torch.Tensor):
    """A tensor class of the user's own."""


def test_tensors_of_other_classes() -> None:
    x = fresh(Marked, np.ones(2, np.float32))
    data = saved(x)
    with pytest.raises(pickle.UnpicklingError, match="Marked"):
        loaded(data)
    with torch.serialization.safe_globals([Marked]):
        assert type(loaded(data)) is Marked


# -- files -------------------------------------------------------------------------------------


def test_paths_and_files(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    x = torch.ones(3)
    for target in ("a.pt", tmp_path / "b.pt", pathlib.Path("c"), "ünï.pt"):
        torch.save(x, target)
        assert torch.load(target).tolist() == [1.0] * 3
    with open("d.pt", "wb") as file:
        torch.save(x, file)
    with open("d.pt", "rb") as file:
        assert torch.load(file).tolist() == [1.0] * 3
    assert sorted(os.listdir()) == ["a.pt", "b.pt", "c", "d.pt", "ünï.pt"]
    torch.save(x, os.devnull)


class WriteOnly:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data) -> int:
        self.data += bytes(data)
        return len(data)


def test_a_file_object_needs_write_only() -> None:
    target = WriteOnly()
    torch.save(torch.ones(3), target)
    assert loaded(target.data).tolist() == [1.0] * 3


def test_equal_objects_make_equal_files(tmp_path) -> None:
    obj = {"a": torch.ones(3), "b": [1, 2]}
    torch.save(obj, tmp_path / "one.pt")
    torch.save(obj, tmp_path / "two.pt")
    assert (tmp_path / "one.pt").read_bytes() == (tmp_path / "two.pt").read_bytes() == saved(obj)


def test_records_are_aligned_and_intact() -> None:
    data = saved([torch.ones(n) for n in (1, 3, 17)])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    for info in archive.infolist():
        assert info.compress_type == zipfile.ZIP_STORED
        name, extra = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
        assert (info.header_offset + 30 + name + extra) % 64 == 0


def test_records_of_the_large_form(monkeypatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    data = saved(torch.ones(200))
    assert data.index(torch.ones(200).numpy().tobytes()) % 64 == 0
    assert loaded(data).sum().item() == 200


def test_mapped_files(tmp_path) -> None:
    path = tmp_path / "x.pt"
    x = torch.arange(6.0).reshape(2, 3)
    torch.save({"x": x, "row": x[1]}, path)
    before = path.read_bytes()
    y = torch.load(path, mmap=True)
    assert y["x"].tolist() == x.tolist()
    y["row"].zero_()
    assert y["x"].tolist() == [[0.0, 1.0, 2.0], [0.0] * 3]
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="file path"):
        loaded(before, mmap=True)


@pytest.mark.parametrize("location", [None, "cpu", torch.device("cpu"), {}, lambda s, _: s])
def test_locations_of_one_device(location) -> None:
    assert loaded(saved(torch.ones(2)), map_location=location).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("location", "error"), [("cuda", RuntimeError), ("nowhere", RuntimeError), (3, TypeError)]
)
def test_other_locations(location, error) -> None:
    with pytest.raises(error):
        loaded(saved(1), map_location=location)


# -- writing is atomic -------------------------------------------------------------------------


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.pt"
    torch.save("old", path)
    before = path.read_bytes()
    with pytest.raises((AttributeError, pickle.PicklingError)):
        torch.save({"x": torch.ones(2), "f": lambda: 1}, path)

    def full(*args):
        raise OSError(28, "No space left on device")

    for name, function in (("_put", full), ("os.fsync", full), ("os.replace", full)):
        with monkeypatch.context() as patch:
            patch.setattr(f"minitorch.serialization.writing.{name}", function)
            with pytest.raises(RuntimeError, match="No space left"):
                torch.save("new", path)
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == ["x.pt"]


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.pt"
    torch.save("old", path)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("minitorch.serialization.writing.os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        torch.save("new", path)
    monkeypatch.undo()
    assert torch.load(path) == "old"
    assert os.listdir(tmp_path) == ["x.pt"]


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of POSIX")
def test_permissions_and_links_are_kept(tmp_path) -> None:
    path, link = tmp_path / "x.pt", tmp_path / "latest.pt"
    torch.save(1, path)
    os.chmod(path, 0o640)
    link.symlink_to(path)
    torch.save(2, link)
    assert link.is_symlink()
    assert torch.load(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (".", RuntimeError),
        ("", RuntimeError),
        ("missing/x.pt", RuntimeError),
        (None, AttributeError),
        (3, AttributeError),
        (b"x.pt", AttributeError),
    ],
)
def test_targets_that_cannot_be_written(target, error, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        torch.save(1, target)
    assert os.listdir() == []


def test_what_cannot_be_saved() -> None:
    x = np.ones(4, np.float32)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        saved([over(x), over(x.view(np.int32))])
    with pytest.raises(RuntimeError, match="longdouble"):
        saved(over(np.ones(2, np.longdouble)))
    with pytest.raises(TypeError, match="generator"):
        saved(i for i in range(3))
    with pytest.raises(ValueError, match="pickle protocol must be"):
        saved(1, pickle_protocol=99)


# -- pickle and copy ---------------------------------------------------------------------------


def repickled(obj, protocol: int = pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(obj, protocol))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_tensors(protocol) -> None:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    for t in (x, x * 2, x.t(), x[1], x[:, ::2], torch.ones(2, 0), torch.tensor(3), x.detach()):
        y = repickled(t, protocol)
        assert (y.dtype, y.shape, y.stride()) == (t.dtype, t.shape, t.stride())
        assert (y.requires_grad, y.is_leaf) == (t.requires_grad, True)
        np.testing.assert_array_equal(y.detach().numpy(), t.detach().numpy())


def test_pickled_views_share_memory() -> None:
    x = torch.arange(6.0).reshape(2, 3)
    y, row, flipped = repickled([x, x[1], over(x.numpy()[::-1])])
    assert shares(y, row)
    assert y._counter is row._counter
    assert flipped.tolist() == [[3, 4, 5], [0, 1, 2]]
    row.zero_()
    assert y.tolist() == [[0, 1, 2], [0, 0, 0]]


def test_pickled_parameters_and_attributes() -> None:
    p = nn.Parameter(torch.ones(2), requires_grad=False)
    q = repickled(p)
    assert type(q) is nn.Parameter
    assert not q.requires_grad
    x = torch.ones(2)
    x.note = "kept"
    assert repickled(x).note == "kept"
    assert copy.copy(x).note == "kept"
    assert shares(copy.copy(x), x)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.Size([2, 3]), lambda: torch.float16, lambda: torch.device("cpu", 0),
        lambda: torch.strided, lambda: torch.channels_last, lambda: torch.zeros(2, 3).max(0),
        lambda: torch.zeros, lambda: torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU()),
        lambda: torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1),
        lambda: torch.tensor([1 + 2j]), lambda: torch.tensor([2], dtype=torch.uint64),
        lambda: torch.nn.Buffer(torch.ones(2)), lambda: torch.zeros(0, 3)[:, 1],
    ],
)  # fmt: skip
def test_pickling_what_is_beside_tensors(make, protocol) -> None:
    before = make()
    after = repickled(before, protocol)
    assert type(after) is type(before)
    assert repr(after) == repr(before)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_generators_go_on_alike(protocol) -> None:
    generator = torch.Generator().manual_seed(3)
    torch.rand(5, generator=generator)
    again = repickled(generator, protocol)
    assert torch.rand(4, generator=again).tolist() == torch.rand(4, generator=generator).tolist()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_bfloat16(protocol) -> None:
    pytest.importorskip("ml_dtypes")
    x = torch.arange(6.0).reshape(2, 3).to(torch.bfloat16)
    y, row, turned = repickled([x, x[1], x.T], protocol)
    assert y.dtype is row.dtype is torch.bfloat16
    assert y.tolist() == turned.T.tolist() == x.tolist()
    row.zero_()
    assert y[1].tolist() == [0, 0, 0]


def test_deepcopy() -> None:
    x = torch.ones(2, requires_grad=True)
    y = copy.deepcopy(x)
    assert y.requires_grad
    assert not shares(x, y)
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_import_leaves_pickle_machinery_out() -> None:
    program = (
        "import sys, numpy; before = set(sys.modules); import minitorch; "
        "print(sorted({'zipfile', 'tempfile', 'minitorch.serialization'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "module", ["", ".linalg", ".fft", ".special", ".nn.functional", ".nn.init", ".nn.utils"]
)
def test_functions_go_by_their_names(module) -> None:
    functions.complete()
    home = importlib.import_module(f"minitorch{module}")
    listed = getattr(home, "__all__", None) or vars(home) if module else functions.table
    found = {name: getattr(home, name) for name in listed if not name.startswith("_")}
    made = {name: f for name, f in found.items() if callable(f)}
    assert len(made) > 10
    assert [n for n, f in made.items() if pickle.loads(pickle.dumps(f)) is not f] == []


def test_methods_go_by_their_names() -> None:
    functions.complete()
    for name in functions.methods():
        method = getattr(torch.Tensor, name)
        assert pickle.loads(pickle.dumps(method)) is method, name


def test_layers_go_by_the_names_of_their_rooms_in_pytorch() -> None:
    for kind, room in (
        (nn.MultiheadAttention, "activation"), (nn.Softmax, "activation"),
        (nn.CrossEntropyLoss, "loss"), (nn.TripletMarginLoss, "loss"), (nn.BCELoss, "loss"),
        (nn.LSTMCell, "rnn"), (nn.ParameterList, "container"), (nn.Linear, "linear"),
    ):  # fmt: skip
        assert kind.__module__ == f"minitorch.nn.modules.{room}"
        assert pickle.loads(pickle.dumps(kind)) is kind
