"""The same seed gives the samples in PyTorch's order, and batches made as PyTorch makes them."""

from __future__ import annotations

import collections
import warnings

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBS = (minitorch, torch)
Point = collections.namedtuple("Point", "x y")


def plain(value):
    """Nested samples and batches as Python values, tensors with their dtype."""
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return str(value.dtype), tuple(value.shape), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(v) for v in value]
    return value


def same(call):
    """Check that `call(lib)` gives the same with both; return it."""
    ours, theirs = (plain(call(lib)) for lib in LIBS)
    assert ours == theirs
    return ours


def same_error(call):
    """Check that `call(lib)` raises the same type with both, ours saying at least as much."""
    errors = []
    for lib in LIBS:
        with pytest.raises(Exception) as caught:
            call(lib)
        errors.append(caught)
    ours, theirs = errors
    assert ours.type is theirs.type, f"{ours.value!r} but {theirs.value!r}"
    return str(ours.value), str(theirs.value)


def tensors(lib, n=10):
    x = lib.arange(n * 3, dtype=lib.float32).reshape(n, 3)
    return lib.utils.data.TensorDataset(x, lib.arange(n))


def squares(lib, n=10):
    class Squares(lib.utils.data.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            if not 0 <= i < n:
                raise IndexError(i)
            return {"index": i, "square": float(i * i), "row": np.full(2, i)}

    return Squares()


def counting(lib, n=7, reported=None):
    class Counting(lib.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(n))

    if reported is not None:
        Counting.__len__ = lambda self: reported
    return Counting()


class TestOrder:
    @pytest.mark.parametrize("make", [tensors, squares])
    @pytest.mark.parametrize("n", [1, 2, 10, 33])
    @pytest.mark.parametrize("options", [{}, {"drop_last": True}, {"num_workers": 0}])
    def test_shuffled_epochs(self, make, n, options):
        def run(lib):
            lib.manual_seed(5)
            loader = lib.utils.data.DataLoader(make(lib, n), batch_size=4, shuffle=True, **options)
            return [list(loader) for _ in range(3)] + [lib.rand(3)]

        same(run)

    @pytest.mark.parametrize("shuffle", [False, True])
    def test_default_generator_goes_on_alike(self, shuffle):
        def run(lib):
            lib.manual_seed(1)
            loader = lib.utils.data.DataLoader(tensors(lib), batch_size=3, shuffle=shuffle)
            drawn = []
            for _ in range(2):
                for x, _ in loader:
                    drawn += [x, lib.rand(2)]
            return drawn

        same(run)

    @pytest.mark.parametrize("batch_size", [4, None])
    def test_generator_of_the_loader(self, batch_size):
        def run(lib):
            lib.manual_seed(1)
            generator = lib.Generator().manual_seed(7)
            loader = lib.utils.data.DataLoader(
                squares(lib), batch_size=batch_size, shuffle=True, generator=generator
            )
            return [list(loader), list(loader), lib.rand(2), lib.rand(2, generator=generator)]

        same(run)

    def test_seeds_are_drawn_when_pytorch_draws_them(self):
        def run(lib):
            lib.manual_seed(3)
            loader = lib.utils.data.DataLoader(tensors(lib), shuffle=True)
            drawn = [lib.rand(1)]
            batches = iter(loader)
            drawn.append(lib.rand(1))
            drawn.append(next(batches))
            drawn.append(lib.rand(1))
            return [*drawn, *batches]

        same(run)

    @pytest.mark.parametrize("count", [None, 5, 10, 20, 25])
    @pytest.mark.parametrize("replacement", [False, True])
    @pytest.mark.parametrize("own", [False, True])
    def test_random_sampler(self, count, replacement, own):
        def run(lib):
            lib.manual_seed(2)
            generator = lib.Generator().manual_seed(4) if own else None
            sampler = lib.utils.data.RandomSampler(
                range(10), replacement=replacement, num_samples=count, generator=generator
            )
            loader = lib.utils.data.DataLoader(tensors(lib), batch_size=4, sampler=sampler)
            drawn = [len(sampler), list(sampler), list(sampler), list(loader), lib.rand(2)]
            return [*drawn, lib.rand(2, generator=generator)] if own else drawn

        same(run)

    def test_endless_sampler(self):
        def run(lib):
            lib.manual_seed(2)
            data = tensors(lib)
            sampler = lib.utils.data.RandomSampler(data, replacement=True, num_samples=int(1e10))
            loader = lib.utils.data.DataLoader(data, batch_size=5, sampler=sampler)
            batches = iter(loader)
            return [next(batches) for _ in range(20)] + [len(loader)]

        same(run)

    @pytest.mark.parametrize("own", [False, True])
    def test_subset_and_weighted(self, own):
        def run(lib):
            lib.manual_seed(2)
            data, out = lib.utils.data, []
            for make in (
                lambda g: data.SubsetRandomSampler([5, 6, 7, 8], generator=g),
                lambda g: data.WeightedRandomSampler([0.1, 5, 0, 2, 1], 20, generator=g),
                lambda g: data.WeightedRandomSampler([0.1, 5, 1, 2], 3, False, generator=g),
                lambda g: data.WeightedRandomSampler(lib.tensor([0.5, 0.5]), 1, generator=g),
            ):
                sampler = make(lib.Generator().manual_seed(4) if own else None)
                out += [len(sampler), list(sampler), list(sampler), lib.rand(1)]
            return out

        same(run)

    @pytest.mark.parametrize(
        "lengths", [[3, 7], [0.5, 0.5], [0.35, 0.35, 0.3], [10, 0], [0.9, 0.05, 0.05], [0.1, 0.3]]
    )
    @pytest.mark.parametrize("own", [False, True])
    def test_random_split(self, lengths, own):
        def run(lib):
            lib.manual_seed(2)
            generator = {"generator": lib.Generator().manual_seed(4)} if own else {}
            parts = lib.utils.data.random_split(range(10), lengths, **generator)
            return [list(part) for part in parts] + [lib.rand(1)]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if sum(lengths) in (1, 10):
                same(run)
            else:
                same_error(run)

    def test_persistent_workers_draw_one_seed(self):
        def run(lib):
            lib.manual_seed(2)
            loader = lib.utils.data.DataLoader(
                tensors(lib), 4, shuffle=True, num_workers=1, persistent_workers=True
            )
            return [list(loader), list(loader), lib.rand(1)]

        same(run)


class TestBatches:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"batch_size": 4},
            {"batch_size": 4, "drop_last": True},
            {"batch_size": 30},
            {"batch_size": 30, "drop_last": True},
            {"batch_size": None},
            {"sampler": [3, 1, 3]},
            {"sampler": [3, -1], "batch_size": 2},
            {"batch_sampler": [[3, 1], [2]]},
            {"batch_sampler": [(3, 1), [-2, 0]]},
            {"batch_size": 4, "collate_fn": list},
        ],
        ids=str,
    )
    def test_of_each_kind(self, options):
        def run(lib):
            data = lib.utils.data
            kinds = [
                tensors(lib),
                data.Subset(tensors(lib), [9, 2, 4, 4, -1]),
                data.Subset(data.Subset(tensors(lib), range(1, 9)), [5, 2, 4, 0, 1]),
                data.ConcatDataset([tensors(lib, 3), tensors(lib, 4)]),
                data.StackDataset(tensors(lib), list(range(10))),
                data.StackDataset(a=tensors(lib), b=list(range(10))),
                list(range(5)),
                np.arange(12.0).reshape(6, 2),
                [{"a": 1, "b": ("x", 2.5)}, {"a": 2, "b": ("y", 3.5)}] * 3,
                {i: i * i for i in range(5)},
            ]
            out = []
            for kind in kinds:
                loader = data.DataLoader(kind, **options)
                if isinstance(kind, dict) and "atch_sampler" not in str(options):
                    out.append(len(loader))
                elif isinstance(kind, dict):
                    continue
                else:
                    out += [len(loader), list(loader)]
                out += [loader.batch_size, loader.drop_last]
            return out

        negative = "-" in str(options)
        if negative:
            tensors_only = dict(options)

            def run_tensors(lib):
                return list(lib.utils.data.DataLoader(tensors(lib), **tensors_only))

            same(run_tensors)
        else:
            same(run)

    @pytest.mark.parametrize("options", [{}, {"batch_size": 3}, {"batch_size": None}], ids=str)
    @pytest.mark.parametrize("drop_last", [False, True])
    def test_iterable(self, options, drop_last):
        if drop_last and options.get("batch_size", 1) is None:
            return

        def run(lib):
            data = lib.utils.data
            first, second = counting(lib, 5, 5), counting(lib, 4, 4)
            out = []
            for kind in (first, first + second, data.ChainDataset([second, first])):
                loader = data.DataLoader(kind, drop_last=drop_last, **options)
                out += [len(loader), list(loader)]
            return out

        same(run)

    def test_dtypes(self):
        def run(lib):
            names = "float16 float32 float64 int8 int16 int32 int64 uint8 bool".split()
            columns = [lib.arange(4).to(getattr(lib, name)) for name in names]
            loader = lib.utils.data.DataLoader(lib.utils.data.TensorDataset(*columns), 3)
            return list(loader)

        same(run)

    def test_tracked_tensors(self):
        def run(lib):
            x = lib.arange(4.0, requires_grad=True)
            data = lib.utils.data.TensorDataset(x * 2)
            (batch,) = next(iter(lib.utils.data.DataLoader(data, 3)))
            batch.sum().backward()
            return x.grad

        same(run)

    def test_longer_than_reported(self):
        for lib in LIBS:
            loader = lib.utils.data.DataLoader(counting(lib, 5, 3))
            assert len(loader) == 3
            with pytest.warns(UserWarning, match="was reported to be 3") as caught:
                assert len(list(loader)) == 5
            assert len(caught) == 2


COLLATED = [
    [1, 2],
    [1, 2.5],
    [1.5, 2],
    [True, False],
    [True, 2],
    [float("inf"), 1],
    ["a", "b"],
    [b"a"],
    [(1, "a"), (2, "b")],
    [[1, "a"], [2, "b"]],
    [(), ()],
    [range(2), range(2)],
    [Point(1, 2.5), Point(3, 4)],
    [{"a": 1}, {"a": 2, "b": 3}],
    [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    [{"a": [1, (2, 3)]}, {"a": [4, (5, 6)]}],
    [np.float32(1), np.float32(2)],
    [np.float64(1), np.float64(2)],
    [np.int16(1), np.int16(2)],
    [np.bool_(True)],
    [np.ones(2), np.zeros(2)],
    [np.ones((2, 3), np.float32)],
    [np.array(1.5), np.array(2.5)],
    [np.zeros((0, 3), np.uint8)],
]
NOT_COLLATED = [
    [],
    [None],
    [Ellipsis],
    [1j],
    [[1, 2], [1]],
    [np.zeros(2), np.zeros(3)],
    [np.array(["a"])],
    [np.array([None])],
    [{"a": 1}, {"b": 2}],
    [1, "a"],
    [1.5, "a"],
    [{1, 2}],
]


class TestCollate:
    @pytest.mark.parametrize("batch", COLLATED, ids=str)
    def test_samples(self, batch):
        same(lambda lib: lib.utils.data.default_collate(batch))

    def test_tensors(self):
        same(
            lambda lib: [
                lib.utils.data.default_collate([lib.ones(2, 3), lib.zeros(2, 3)]),
                lib.utils.data.default_collate((lib.tensor(1), lib.tensor(2))),
                lib.utils.data.default_collate([lib.tensor(1), lib.tensor(2.5)]),
                lib.utils.data.default_collate([lib.zeros(2, 0)]),
                lib.utils.data.default_collate([lib.ones(2, 3).t(), lib.zeros(3, 2)]),
                lib.utils.data.default_collate([[lib.zeros(1), 2], [lib.ones(1), 3]]),
            ]
        )

    @pytest.mark.parametrize("batch", NOT_COLLATED, ids=str)
    def test_bad_samples(self, batch):
        same_error(lambda lib: lib.utils.data.default_collate(batch))

    def test_bad_tensors(self):
        ours, theirs = same_error(
            lambda lib: lib.utils.data.default_collate([lib.zeros(2), lib.zeros(3)])
        )
        assert theirs in ours
        same_error(lambda lib: lib.utils.data.default_collate([lib.zeros(2), 3]))

    def test_convert(self):
        sample = {"a": np.zeros(2), "b": [np.float32(1), "s", 3, (1, np.ones(1))], "c": "x"}
        same(lambda lib: lib.utils.data.default_convert(sample))
        same(lambda lib: lib.utils.data.default_convert([Point(np.ones(1), 2), np.array(["a"])]))


BAD_LOADERS = {
    "batch_size 0": {"batch_size": 0},
    "batch_size negative": {"batch_size": -1},
    "batch_size float": {"batch_size": 2.5},
    "batch_size bool": {"batch_size": True},
    "no batch, drop_last": {"batch_size": None, "drop_last": True},
    "drop_last int": {"drop_last": 1},
    "workers negative": {"num_workers": -1},
    "timeout negative": {"timeout": -1},
    "prefetch without workers": {"prefetch_factor": 2},
    "prefetch negative": {"prefetch_factor": -2, "num_workers": 1},
    "persistent without workers": {"persistent_workers": True},
    "context without workers": {"multiprocessing_context": "fork"},
    "context unknown": {"multiprocessing_context": "foo", "num_workers": 1},
    "context an int": {"multiprocessing_context": 3, "num_workers": 1},
    "sampler and shuffle": {"sampler": [1], "shuffle": True},
    "batch_sampler and batch_size": {"batch_sampler": [[1]], "batch_size": 3},
    "batch_sampler and shuffle": {"batch_sampler": [[1]], "shuffle": True},
    "batch_sampler and drop_last": {"batch_sampler": [[1]], "drop_last": True},
    "unknown option": {"batchsize": 1},
}


class TestErrors:
    @pytest.mark.parametrize("name", BAD_LOADERS)
    def test_loader_options(self, name):
        ours, theirs = same_error(
            lambda lib: lib.utils.data.DataLoader(tensors(lib), **BAD_LOADERS[name])
        )
        assert theirs.rstrip(".")[:60] in ours

    @pytest.mark.parametrize(
        "call",
        [
            lambda d, lib: d.DataLoader([], shuffle=True),
            lambda d, lib: d.DataLoader(counting(lib), shuffle=True),
            lambda d, lib: d.DataLoader(counting(lib), sampler=[1]),
            lambda d, lib: d.DataLoader(counting(lib), batch_sampler=[[1]]),
            lambda d, lib: len(d.DataLoader(counting(lib))),
            lambda d, lib: list(d.DataLoader([1], timeout=3)),
            lambda d, lib: list(d.DataLoader([1], shuffle=True, generator=3)),
            lambda d, lib: list(d.DataLoader(5)),
            lambda d, lib: setattr(d.DataLoader([1]), "batch_size", 2),
            lambda d, lib: setattr(d.DataLoader([1]), "sampler", 2),
            lambda d, lib: setattr(d.DataLoader([1]), "dataset", 2),
            lambda d, lib: list(d.DataLoader(tensors(lib), batch_sampler=[[0, 10]])),
            lambda d, lib: list(d.DataLoader(tensors(lib), batch_sampler=[[0, -11]])),
            lambda d, lib: list(d.DataLoader(tensors(lib), batch_sampler=[[]])),
            lambda d, lib: list(d.DataLoader(tensors(lib), batch_sampler=[[1.0]])),
            lambda d, lib: list(d.DataLoader(tensors(lib), batch_sampler=[3])),
            lambda d, lib: list(d.DataLoader(d.Subset(tensors(lib), [0, 20]), 2)),
            lambda d, lib: d.Subset([1, 2, 3], [0, 1])[2],
            lambda d, lib: d.RandomSampler([]),
            lambda d, lib: d.RandomSampler([1], replacement=1),
            lambda d, lib: d.RandomSampler([1], num_samples=0),
            lambda d, lib: d.RandomSampler([1], num_samples=2.5),
            lambda d, lib: d.WeightedRandomSampler([1, 2], 0),
            lambda d, lib: d.WeightedRandomSampler([1, 2], True),
            lambda d, lib: d.WeightedRandomSampler([1, 2], 2, replacement=1),
            lambda d, lib: d.WeightedRandomSampler([[1, 2]], 2),
            lambda d, lib: list(d.WeightedRandomSampler([1, 2], 5, replacement=False)),
            lambda d, lib: d.BatchSampler([1], 0, False),
            lambda d, lib: d.BatchSampler([1], 2, 0),
            lambda d, lib: d.BatchSampler([1], True, False),
            lambda d, lib: list(d.Sampler()),
            lambda d, lib: len(d.Sampler()),
            lambda d, lib: d.random_split(range(10), [3, 4]),
            lambda d, lib: d.random_split(range(10), [0.5, 0.6]),
            lambda d, lib: d.random_split(range(10), [-0.5, 1.5]),
            lambda d, lib: d.random_split(range(10), [5.0, 5.0]),
            lambda d, lib: d.TensorDataset(lib.zeros(3), lib.zeros(2)),
            lambda d, lib: d.TensorDataset(lib.tensor(3)),
            lambda d, lib: d.TensorDataset(np.zeros(3)),
            lambda d, lib: len(d.TensorDataset()),
            lambda d, lib: tensors(lib)[10],
            lambda d, lib: d.ConcatDataset([]),
            lambda d, lib: d.ConcatDataset([counting(lib)]),
            lambda d, lib: d.ConcatDataset([[1], [2]])[2],
            lambda d, lib: d.ConcatDataset([[1], [2]])[-3],
            lambda d, lib: list(d.ChainDataset([[1]])),
            lambda d, lib: d.StackDataset(),
            lambda d, lib: d.StackDataset([1], [1, 2]),
            lambda d, lib: d.StackDataset([1], a=[1]),
            lambda d, lib: d.Dataset()[0],
            lambda d, lib: len(d.Dataset()),
        ],
    )
    def test_everywhere_else(self, call):
        same_error(lambda lib: call(lib.utils.data, lib))
