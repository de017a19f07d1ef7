"""Data sets, samplers and the loader, as far as they need no PyTorch to compare with."""

from __future__ import annotations

import copy
import pickle
from collections import namedtuple

import numpy as np
import pytest

import minitorch as torch
from minitorch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    RandomSampler,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)
from minitorch.utils.data._utils.collate import collate, default_collate_fn_map

Point = namedtuple("Point", "x y")


class Slow(TensorDataset):
    """A tensor data set that loaders fetch sample by sample."""

    def __getitem__(self, index):
        return super().__getitem__(index)


def data(n=10, kind=TensorDataset):
    return kind(torch.arange(3.0 * n).reshape(n, 3), torch.arange(n))


class TestWholeBatches:
    """Batches taken from tensors at once are what they are sample by sample."""

    @pytest.mark.parametrize("shuffle", [False, True])
    @pytest.mark.parametrize("drop_last", [False, True])
    @pytest.mark.parametrize("batch_size", [1, 3, 10, 11])
    @pytest.mark.parametrize("wrap", [lambda d: d, lambda d: Subset(d, [7, 7, 0, -1, 4])])
    def test_same_batches(self, shuffle, drop_last, batch_size, wrap):
        batches = []
        for kind in (TensorDataset, Slow):
            torch.manual_seed(0)
            loader = DataLoader(
                wrap(data(kind=kind)), batch_size, shuffle=shuffle, drop_last=drop_last
            )
            batches.append([b for _ in range(2) for b in loader] + [len(loader)])
        fast, slow = batches
        assert fast[-1] == slow[-1]
        assert len(fast) == len(slow)
        for a, b in zip(fast[:-1], slow[:-1]):
            assert type(a) is type(b) is list
            for x, y in zip(a, b, strict=True):
                assert x.dtype is y.dtype
                assert x.tolist() == y.tolist()

    def test_batches_have_memory_of_their_own(self):
        d = data()
        before = d.tensors[0].tolist()
        for x, y in DataLoader(d, batch_size=4):
            x.zero_()
            y.zero_()
        assert d.tensors[0].tolist() == before

    def test_data_changed_between_epochs(self):
        d = data()
        loader = DataLoader(d, batch_size=10)
        d.tensors[1].add_(1)
        assert next(iter(loader))[1].tolist() == list(range(1, 11))

    def test_tracked_samples_keep_their_graph(self):
        x = torch.ones(4, requires_grad=True)
        (batch,) = next(iter(DataLoader(TensorDataset(x), batch_size=2)))
        batch.sum().backward()
        assert x.grad.tolist() == [1.0, 1.0, 0.0, 0.0]

    def test_own_fetch_is_used(self):
        class Own(TensorDataset):
            def __getitems__(self, indices):
                return [i * 100 for i in indices]

        (batch,) = DataLoader(data(2, Own), batch_size=2)
        assert batch.tolist() == [0, 100]

    def test_own_way_of_stacking_is_used(self, monkeypatch):
        monkeypatch.setitem(default_collate_fn_map, torch.Tensor, lambda batch, **_: len(batch))
        assert next(iter(DataLoader(data(), batch_size=4))) == [4, 4]


class TestLoader:
    def test_pinning_warns(self):
        with pytest.warns(UserWarning, match="no accelerator is found"):
            next(iter(DataLoader([1], pin_memory=True)))

    def test_a_pass_goes_on_after_an_error(self):
        loaded = iter(DataLoader([1, 2, None, 4]))
        assert [next(loaded).item() for _ in range(2)] == [1, 2]
        with pytest.raises(TypeError):
            next(loaded)
        assert next(loaded).item() == 4

    def test_passes_are_not_pickled(self):
        with pytest.raises(NotImplementedError, match="cannot be pickled"):
            pickle.dumps(iter(DataLoader([1])))

    def test_two_passes_at_once(self):
        loader = DataLoader(range(4), batch_size=2)
        first, second = iter(loader), iter(loader)
        assert next(first).tolist() == next(second).tolist() == [0, 1]
        assert next(first).tolist() == [2, 3]
        assert len(first) == 2
        with pytest.raises(StopIteration):
            next(first)

    def test_empty(self):
        assert list(DataLoader([])) == []
        assert len(DataLoader([])) == 0
        with pytest.raises(ValueError, match="num_samples=0: the data source has no samples"):
            DataLoader(TensorDataset(torch.zeros(0, 2)), shuffle=True)

    def test_errors_of_the_data_set_come_through(self):
        class Broken(Dataset):
            def __len__(self):
                return 3

            def __getitem__(self, i):
                raise KeyError("no such file")

        with pytest.raises(KeyError, match="no such file"):
            list(DataLoader(Broken()))

    def test_copies(self):
        loader = DataLoader(data(), batch_size=4)
        for copied in (copy.deepcopy(loader), pickle.loads(pickle.dumps(loader))):
            assert [y.tolist() for _, y in copied] == [y.tolist() for _, y in loader]
            assert copied.batch_size == 4

    def test_generic(self):
        assert DataLoader[int]
        assert Dataset[int]


class TestSamples:
    def test_default_collate_says_what_to_do(self):
        with pytest.raises(TypeError, match=r"found <class 'NoneType'>.*collate_fn"):
            default_collate([None])
        with pytest.raises(RuntimeError, match=r"sizes are \[2, 1\]; pad the samples"):
            default_collate([[1, 2], [1]])

    @pytest.mark.parametrize(
        "batch, error, says",
        [
            (
                [{"image": (torch.zeros(n), 1)} for n in (2, 3)],
                RuntimeError,
                r"got \[2\] at entry 0 and \[3\] at entry 1 \(in sample\['image'\]\[0\] of",
            ),
            ([Point(1, [1]), Point(1, [])], RuntimeError, r"sizes are \[1, 0\].*in sample\.y of"),
            ([(1, {"a": None})] * 2, TypeError, r"NoneType.*in sample\[1\]\['a'\] of"),
            ([{"a": 1}, {"b": 1}], KeyError, "'a': the batch's first sample has it, not sample 1"),
            ([(1, 2.5), (1, None)], TypeError, r"NoneType: .*None is sample 1 \(in sample\[1\] of"),
        ],
    )
    def test_what_does_not_collate_is_named(self, batch, error, says):
        with pytest.raises(error, match=says):
            default_collate(batch)

    def test_own_functions_for_types(self):
        def words(batch, *, collate_fn_map=None):
            return " ".join(batch)

        functions = {**default_collate_fn_map, str: words}
        assert collate([("a", 1), ("b", 2)], collate_fn_map=functions)[0] == "a b"
        assert collate([{"x": "a"}, {"x": "b"}], collate_fn_map={str: words}) == {"x": "a b"}
        with pytest.raises(TypeError, match="found <class 'int'>"):
            collate([1, 2])

    def test_arrays_are_copied(self):
        array = np.ones(3)
        batch = default_collate([array])
        array[0] = 5
        assert batch.tolist() == [[1.0, 1.0, 1.0]]

    def test_mapping_that_cannot_be_copied(self):
        class Fixed(dict):
            def update(self, *args):
                raise TypeError("fixed")

        assert default_collate([Fixed(a=1), Fixed(a=2)])["a"].tolist() == [1, 2]

    def test_iterating_stops_at_the_end(self):
        assert [y.item() for _, y in data(3)] == [0, 1, 2]
        assert list(ConcatDataset([[1, 2], [3]])) == [1, 2, 3]
        assert list(Subset("abc", [2, 0])) == ["c", "a"]

    def test_adding(self):
        both = data(2) + data(3)
        assert isinstance(both, ConcatDataset)
        assert len(both) == 5

    def test_split_of_a_split(self):
        generator = torch.Generator().manual_seed(0)
        first, _ = random_split(data(), [8, 2], generator)
        second, _ = random_split(first, [0.5, 0.5], generator)
        loaded = [y.tolist() for _, y in DataLoader(second, batch_size=4)]
        assert loaded == [[second[i][1].item() for i in range(4)]]


class TestSamplers:
    def test_each_sample_once(self):
        assert sorted(RandomSampler(range(100))) == list(range(100))

    def test_length_follows_the_data(self):
        samples = [1, 2]
        sampler = RandomSampler(samples)
        samples.append(3)
        assert len(sampler) == 3
        assert sorted(sampler) == [0, 1, 2]

    @pytest.mark.parametrize(
        "indices", [[5, 1, 3], np.array([5, 1, 3]), range(1, 6, 2), ["a", "b"]]
    )
    def test_arrays_of_indices_are_those_one_by_one(self, indices):
        class Echo(Dataset):
            def __getitem__(self, i):
                return i

        sampler = torch.utils.data.SubsetRandomSampler(indices)
        batches = list(DataLoader(Echo(), 2, sampler=sampler, collate_fn=list))
        torch.manual_seed(0)
        torch.empty((), dtype=torch.int64).random_()  # the seed of the pass
        assert [i for batch in batches for i in batch] == list(sampler)

    def test_next_shuffle_is_drawn_when_it_is_needed(self):
        """Leaving a pass early leaves the generator where PyTorch's would be."""
        generator = torch.Generator().manual_seed(0)
        next(iter(DataLoader(range(4), 2, shuffle=True, generator=generator)))
        other = torch.Generator().manual_seed(0)
        torch.randperm(4, generator=other)
        torch.empty((), dtype=torch.int64).random_(generator=other)
        state = generator.get_state()
        assert (state == other.get_state()).all()

    def test_generator_must_be_one(self):
        with pytest.raises(TypeError, match="generator must be"):
            list(RandomSampler([1, 2], generator=3))
