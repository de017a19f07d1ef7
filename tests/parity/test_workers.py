"""Worker processes and shares of a data set: the same samples and random numbers as PyTorch's."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch

from .test_data import counting, plain, same, same_error

torch = pytest.importorskip("torch")
legacy = np.random  # its global state is what workers seed


@pytest.fixture(autouse=True)
def quietly():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create")
        yield


def drawing(lib, n):
    """Samples of every kind of random number, and of what the worker knows."""

    class Drawing(lib.utils.data.Dataset):
        def __len__(self):
            return n

        def __getitem__(self, i):
            info = lib.utils.data.get_worker_info()
            knows = {"id": info.id, "seed": str(info.seed), "of": info.num_workers}
            return i, lib.rand(2), lib.randint(10, (1,)), random.random(), legacy.rand(), knows

    return Drawing()


def shares(lib, n):
    class Shares(lib.utils.data.IterableDataset):
        def __iter__(self):
            info = lib.utils.data.get_worker_info()
            for i in range(info.id, n - 3 * info.id, info.num_workers):
                yield i, lib.rand(1)

    return Shares()


def epochs(lib, data, own_generator=False, **options):
    lib.manual_seed(4)
    if own_generator:
        options["generator"] = lib.Generator().manual_seed(5)
    loader = lib.utils.data.DataLoader(data, timeout=60, **options)
    return [part for _ in range(2) for part in (*loader, lib.rand(1))]


OPTIONS = [
    {"batch_size": 4},
    {"batch_size": 4, "persistent_workers": True},
    {"batch_size": None},
    {"batch_size": 3, "drop_last": True, "prefetch_factor": 1},
    {"batch_size": 3, "prefetch_factor": 4, "own_generator": True},
]


class TestSameSamples:
    @pytest.mark.parametrize("workers", [1, 2, 3])
    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    def test_by_index(self, options, workers):
        same(lambda lib: epochs(lib, drawing(lib, 13), num_workers=workers, **options))

    @pytest.mark.parametrize("options", OPTIONS[:2] + OPTIONS[4:], ids=str)
    def test_shuffled(self, options):
        same(lambda lib: epochs(lib, drawing(lib, 13), num_workers=2, shuffle=True, **options))

    @pytest.mark.parametrize("workers", [1, 2, 3])
    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    def test_iterable(self, options, workers):
        same(lambda lib: epochs(lib, shares(lib, 20), num_workers=workers, **options))

    def test_iterable_as_it_is(self):
        same(lambda lib: epochs(lib, counting(lib), num_workers=2, batch_size=2))

    @pytest.mark.parametrize("workers", [0, 2])
    def test_orders_that_are_drawn_at_once(self, workers):
        """A batch sampler whose `__iter__` draws takes its numbers when PyTorch's does."""

        def run(lib):
            class Eager:
                def __iter__(self):
                    return iter(lib.randperm(6).view(3, 2).tolist())

                def __len__(self):
                    return 3

            lib.manual_seed(1)
            data = lib.utils.data.TensorDataset(lib.arange(6))
            loader = lib.utils.data.DataLoader(data, batch_sampler=Eager(), num_workers=workers)
            return [*loader, lib.rand(1), *loader, lib.rand(1)]

        same(run)

    @pytest.mark.parametrize("workers", [0, 1])
    @pytest.mark.parametrize("kind", ["random", "more", "replace", "subset", "weighted"])
    def test_generators_when_a_pass_is_left(self, kind, workers):
        def run(lib):
            own, d = lib.Generator().manual_seed(7), lib.utils.data
            sampler = {
                "random": lambda: d.RandomSampler(range(8), generator=own),
                "more": lambda: d.RandomSampler(range(8), num_samples=20, generator=own),
                "replace": lambda: d.RandomSampler(range(8), True, 100, generator=own),
                "subset": lambda: d.SubsetRandomSampler(range(8), generator=own),
                "weighted": lambda: d.WeightedRandomSampler([1.0] * 8, 20, generator=own),
            }[kind]()
            data = d.TensorDataset(lib.arange(8))
            loader = d.DataLoader(data, 4, sampler=sampler, num_workers=workers)
            out = []
            for _ in range(3):
                out.append(next(iter(loader)))
                out.append(lib.rand(1, generator=own))
            return out

        same(run)

    def test_init_function_and_seeds(self):
        def run(lib):
            def init(i):
                lib.manual_seed(i)
                legacy.seed(i)

            return epochs(lib, drawing(lib, 5), num_workers=2, batch_size=2, worker_init_fn=init)

        same(run)


class TestSameErrors:
    @pytest.mark.parametrize("error", [ValueError, KeyError, IndexError, ZeroDivisionError])
    def test_in_a_worker(self, error):
        def run(lib):
            class Failing(lib.utils.data.Dataset):
                def __getitem__(self, i):
                    raise error("of the data set")

            list(lib.utils.data.DataLoader(Failing(), 2, sampler=range(4), num_workers=1))

        for text in same_error(run):
            start = f"Caught {error.__name__} in DataLoader worker process 0.\nOriginal Traceback"
            assert text.startswith(start) and "of the data set" in text

    def test_collating_in_a_worker(self):
        def run(lib):
            data = [lib.zeros(2), lib.zeros(3)]
            list(lib.utils.data.DataLoader(data, 2, num_workers=1))

        ours, _ = same_error(run)
        assert "got [2] at entry 0 and [3] at entry 1" in ours


@st.composite
def divided(draw):
    replicas = draw(st.integers(1, 5))
    return {
        "num_replicas": replicas,
        "rank": draw(st.integers(0, replicas - 1)),
        "shuffle": draw(st.booleans()),
        "seed": draw(st.integers(0, 1000)),
        "drop_last": draw(st.booleans()),
    }


class TestDistributedSampler:
    @settings(max_examples=60)
    @given(st.integers(1, 23), divided(), st.integers(0, 9))
    def test_same_share(self, n, options, epoch):
        shares = []
        for lib in (minitorch, torch):
            sampler = lib.utils.data.distributed.DistributedSampler(range(n), **options)
            sampler.set_epoch(epoch)
            try:
                drawn = list(sampler)
            except AssertionError:  # PyTorch refuses fewer samples than processes, if it drops
                drawn = []
            shares.append((drawn, len(sampler), sampler.total_size))
        assert shares[0] == shares[1]

    @pytest.mark.parametrize("rank", [-1, 2, 3])
    def test_ranks_there_are_not(self, rank):
        same_error(lambda lib: lib.utils.data.DistributedSampler([1, 2], 2, rank))


NUMBERS = st.one_of(st.integers(-5, 5), st.floats(-2, 2), st.booleans())
COLUMNS = st.one_of(  # strategies of samples that go together, or that almost do
    st.just(NUMBERS),
    st.just(st.one_of(NUMBERS, st.none())),
    st.just(st.sampled_from(["a", b"b"])),
    st.just(st.one_of(st.just(1), st.just("a"))),
    st.just(NUMBERS.map(np.float32)),
    st.just(st.integers(0, 2).map(np.zeros)),
)
SAMPLES = st.recursive(
    COLUMNS,
    lambda inner: st.one_of(
        inner.map(lambda part: st.lists(part, max_size=2)),
        st.tuples(inner, inner).map(lambda parts: st.tuples(*parts)),
        inner.map(lambda part: st.dictionaries(st.sampled_from("xy"), part, min_size=1)),
        st.tuples(inner, inner).map(lambda parts: st.fixed_dictionaries(dict(zip("xy", parts)))),
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@given(SAMPLES.flatmap(lambda samples: st.lists(samples, min_size=1, max_size=3)))
def test_collating_anything(batch):
    """The same batch, or the same type of error."""
    results = []
    for lib in (minitorch, torch):
        try:
            results.append(plain(lib.utils.data.default_collate(batch)))
        except Exception as error:
            results.append(type(error))
    assert repr(results[0]) == repr(results[1])


def test_collating_by_own_functions():
    def run(lib):
        place = lib.utils.data._utils.collate

        def longest(batch, *, collate_fn_map=None):
            return max(batch, key=len)

        functions = {**place.default_collate_fn_map, str: longest, (set, frozenset): longest}
        samples = [("a", {1}, 1.5, [np.ones(2)]), ("bc", {1, 2}, 2, [np.zeros(2)])]
        return [
            place.collate(samples, collate_fn_map=functions),
            place.collate([{"x": "a"}, {"x": "bc"}], collate_fn_map={str: longest}),
        ]

    same(run)


def test_own_subset_must_fetch_several():
    def run(lib):
        class Own(lib.utils.data.Subset):
            def __getitem__(self, i):
                return i

        Own([1], [0])

    same_error(run)


def test_old_name_of_cumulative_sizes():
    for lib in (minitorch, torch):
        both = lib.utils.data.ConcatDataset([[1, 2], [3]])
        with pytest.warns(FutureWarning, match="renamed to `cumulative_sizes`"):
            assert both.cummulative_sizes == both.cumulative_sizes == [2, 3]
