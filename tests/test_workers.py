"""Loading by worker processes: what arrives, what errors say, and that all of them end.

What could hang runs in a process of its own that is ended after a time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections import namedtuple

import numpy as np
import pytest

import minitorch as torch
from minitorch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    get_worker_info,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are started by fork")
Point = namedtuple("Point", "x y")
LIMIT = 120  # seconds for a process


class Named:
    def __init__(self, name):
        self.name = name


class Made(Dataset):
    """Samples that a function makes of their index."""

    def __init__(self, make, n=8):
        self.make, self.n = make, n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return self.make(i)


def loaded(make, n=8, **options):
    options = {"num_workers": 2, "batch_size": None, "timeout": LIMIT, **options}
    return list(DataLoader(Made(make, n), **options))


class TestWhatArrives:
    def test_structures(self):
        def make(i):
            return {"point": Point(torch.tensor([i]), (i, "s")), "named": Named(str(i)), "n": None}

        for i, sample in enumerate(loaded(make, collate_fn=lambda sample: sample)):
            assert type(sample["point"]) is Point and sample["point"].x.tolist() == [i]
            assert sample["point"].y == (i, "s")
            assert sample["named"].name == str(i) and sample["n"] is None

    @pytest.mark.parametrize("size", [0, 3, 100_000, 2_000_000], ids=str)
    def test_tensors_of_any_size_are_ordinary(self, size):
        def make(i):
            return torch.full((size,), float(i)), torch.tensor(i), np.full(size, i, np.int16)

        for i, (x, y, z) in enumerate(loaded(make, 4)):
            assert x.shape == z.shape == (size,)
            assert y.item() == i and z.dtype is torch.int16
            assert bool((x == i).all()) and bool((z == i).all())
            x += 1
            z.zero_()
            assert bool((x == i + 1).all()) and not z.any()
            assert x._value.ctypes.data % x._value.itemsize == 0

    @pytest.mark.parametrize(
        "make",
        [
            lambda i: torch.arange(6).reshape(2, 3).t(),
            lambda i: torch.ones(3, dtype=torch.bool),
            lambda i: torch.ones(3).expand(2, 3),
            lambda i: torch.ones(2, requires_grad=True),
            lambda i: torch.nn.Parameter(torch.ones(2)),
            lambda i: torch.ones(2, dtype=torch.complex64),
            lambda i: torch.tensor(2.5, dtype=torch.float64),
        ],
    )
    def test_tensors_of_any_kind(self, make):
        expected = make(0)
        for x in loaded(make, 2):
            assert type(x) is type(expected) and x.dtype is expected.dtype
            assert x.stride() == expected.stride() and x.requires_grad == expected.requires_grad
            assert x.tolist() == expected.tolist()

    def test_a_view_comes_without_the_rest(self):
        large = torch.zeros(1000, 1000)
        for row in loaded(lambda i: large[i], 3):
            assert row.shape == (1000,) and row.untyped_storage().nbytes() == 4000

    def test_tensors_that_share_memory_still_do(self):
        def make(i):
            x = torch.zeros(4)
            return x, x.view(2, 2)

        (x, y), _ = loaded(make, 2, collate_fn=tuple)
        x += 1
        assert y.tolist() == [[1.0, 1.0], [1.0, 1.0]]

    def test_all_samples_in_order(self):
        data = TensorDataset(torch.arange(50))
        for batch_size in (1, 7, 50):
            loader = DataLoader(data, batch_size, num_workers=2, timeout=LIMIT)
            assert torch.cat([x for (x,) in loader]).tolist() == list(range(50))

    def test_large_indices_do_not_block(self):
        """More than a connection holds, both ways, and no one waits for the other."""
        batches = [list(range(400_000))] * 6
        data = TensorDataset(torch.arange(400_000))
        loader = DataLoader(
            data, batch_sampler=batches, num_workers=2, prefetch_factor=3, timeout=LIMIT
        )
        assert [len(x) for (x,) in loader] == [400_000] * 6

    def test_out_of_order_gives_all(self):
        def make(i):
            if i == 0:
                time.sleep(0.5)
            return i

        samples = [int(i) for i in loaded(make, 6, in_order=False)]
        assert sorted(samples) == list(range(6)) and samples[0] != 0

    def test_many_large_batches_are_kept(self):
        kept = loaded(lambda i: torch.full((1 << 20,), float(i)), 20, prefetch_factor=1)
        assert [x[-1].item() for x in kept] == list(range(20))

    def test_iterable_in_shares(self):
        class Share(IterableDataset):
            def __iter__(self):
                info = get_worker_info()
                return iter(range(info.id, 10, info.num_workers))

        loader = DataLoader(Share(), 2, num_workers=2, persistent_workers=True, timeout=LIMIT)
        expected = [[0, 2], [1, 3], [4, 6], [5, 7], [8], [9]]
        for _ in range(2):
            assert [b.tolist() for b in loader] == expected

    def test_iterable_without_shares_warns_of_its_length(self):
        class Count(IterableDataset):
            def __iter__(self):
                return iter(range(3))

            def __len__(self):
                return 3

        loader = DataLoader(Count(), None, num_workers=2, timeout=LIMIT)
        assert len(loader) == 3
        with pytest.warns(UserWarning, match="configuring the IterableDataset replica"):
            assert sorted(loader) == [0, 0, 1, 1, 2, 2]


class TestWorkers:
    def test_what_a_worker_knows(self):
        data = Made(lambda i: (get_worker_info().dataset is data, *get_worker_info()[:3]), 4)
        own = torch.Generator().manual_seed(1)
        samples = list(DataLoader(data, None, num_workers=2, generator=own, collate_fn=tuple))
        seed = samples[0][3]
        assert samples == [(True, i % 2, 2, seed + i % 2) for i in range(4)]
        assert get_worker_info() is None

    def test_init_function(self):
        def init(i):
            get_worker_info().dataset.mark = 10 * i

        data = Made(lambda i: data.mark, 4)
        assert list(DataLoader(data, None, num_workers=2, worker_init_fn=init)) == [0, 10, 0, 10]

    def test_persistent_workers_are_the_same(self):
        loader = DataLoader(
            Made(lambda i: os.getpid(), 6), None, num_workers=2, persistent_workers=True
        )
        next(iter(loader))  # a pass that is left
        first, second = list(loader), list(loader)
        assert first == second and len({*first}) == 2 and os.getpid() not in first

    @pytest.mark.parametrize("persistent", [False, True])
    def test_workers_end_with_their_loader(self, persistent):
        loader = DataLoader(
            Made(lambda i: os.getpid(), 100), None, num_workers=2, persistent_workers=persistent
        )
        batches = iter(loader)
        pids = {int(next(batches)) for _ in range(4)}
        assert all(running(pid) for pid in pids)
        del batches, loader
        assert not any(running(pid) for pid in pids)

    def test_no_descriptors_are_left(self):
        before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
        loaded(lambda i: torch.zeros(2_000_000), 3)
        after = len(os.listdir("/proc/self/fd")) if before else 0
        assert after == before

    def test_more_workers_than_cores(self):
        with pytest.warns(UserWarning, match="will create 1000 worker processes in total"):
            DataLoader([1], num_workers=1000)

    @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
    def test_start_methods(self, method):
        data = TensorDataset(torch.arange(4))
        loader = DataLoader(data, 2, num_workers=1, multiprocessing_context=method, timeout=LIMIT)
        assert [x.tolist() for (x,) in loader] == [[0, 1], [2, 3]]


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


def fails(error):
    def make(i):
        if i == 1:
            raise error
        return i

    return make


class TestErrors:
    @pytest.mark.parametrize(
        "error, kind",
        [
            (ValueError("unwell"), ValueError),
            (KeyError("unwell"), KeyError),
            (StopIteration("unwell"), StopIteration),
            (TwoArguments("unwell", 2), RuntimeError),
        ],
    )
    def test_an_exception_keeps_its_type_and_traceback(self, error, kind):
        batches = iter(DataLoader(Made(fails(error), 6), None, num_workers=2, timeout=LIMIT))
        assert next(batches) == 0
        with pytest.raises(kind) as caught:
            next(batches)
        text = str(caught.value)
        name = type(error).__name__
        start = f"Caught {name} in DataLoader worker process 1.\nOriginal Traceback (most recent"
        assert text.startswith(start)
        assert "raise error\n" in text and "unwell" in text
        assert list(batches) == [2, 3, 4, 5]

    def test_types_and_samples_that_cannot_be_sent(self):
        class Local(Exception):
            pass

        with pytest.raises(RuntimeError, match="Caught Local in DataLoader worker process 1"):
            loaded(fails(Local("here")))
        with pytest.raises(Exception, match=r"(?s)in DataLoader worker process 0.*local object"):
            loaded(lambda i: lambda: i)
        tracked = torch.ones(2, requires_grad=True)
        with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf"):
            loaded(lambda i: tracked * i)

    def test_init_function_that_fails(self):
        def init(i):
            raise OSError("no disk")

        with pytest.raises(OSError, match="(?s)Caught OSError in DataLoader worker.*no disk"):
            loaded(int, worker_init_fn=init)

    @pytest.mark.parametrize(
        "leave, says",
        [
            (lambda: os.kill(os.getpid(), signal.SIGKILL), "killed by SIGKILL"),
            (lambda: sys.exit(3), "exit code 3"),
            (lambda: os._exit(0), "exit code 0"),
        ],
    )
    def test_a_worker_that_is_gone(self, leave, says):
        batches = iter(DataLoader(Made(lambda i: leave() if i == 3 else i), None, num_workers=2))
        assert [next(batches) for _ in range(3)] == [0, 1, 2]
        for _ in range(2):
            with pytest.raises(
                RuntimeError, match=rf"DataLoader worker \(pid\(s\) \d+\) exited unexp.*{says}"
            ):
                next(batches)

    @pytest.mark.parametrize("in_order", [True, False])
    def test_timeout(self, in_order):
        with pytest.raises(RuntimeError, match="DataLoader timed out after 0.2 seconds"):
            loaded(lambda i: time.sleep(1), 1, timeout=0.2, in_order=in_order)

    def test_persistent_workers_start_again_after_a_loss(self):
        flag = [True]
        loader = DataLoader(
            Made(lambda i: os._exit(1) if flag[0] else i, 3), None, num_workers=1,
            persistent_workers=True,
        )  # fmt: skip
        with pytest.raises(RuntimeError, match="exited unexpectedly"):
            list(loader)
        flag[0] = False
        assert list(loader) == [0, 1, 2]

    def test_interrupt_in_the_loop_and_another_pass(self):
        """As in a notebook: the cell is interrupted, and run again."""

        def make(i):
            if i == 1:
                os.kill(os.getppid(), signal.SIGINT)
                time.sleep(0.5)
            return i

        loader = DataLoader(Made(make, 3), None, num_workers=1, persistent_workers=True)
        batches = iter(loader)
        with pytest.raises(KeyboardInterrupt):
            list(batches)
        with pytest.raises(RuntimeError, match="was interrupted: begin another"):
            next(batches)
        loader.dataset.make = int
        assert list(loader) == [0, 1, 2]

    def test_what_spawn_cannot_pickle(self):
        loader = DataLoader([1], num_workers=1, multiprocessing_context="spawn", collate_fn=int)
        loader.worker_init_fn = lambda i: None
        with (
            pytest.warns(UserWarning, match="are pickled under the start methods"),
            pytest.raises(Exception, match="pickle"),
        ):
            iter(loader)

    def test_nothing_ahead(self):
        with pytest.raises(AssertionError, match="prefetch_factor=0 must be greater than 0"):
            loaded(int, prefetch_factor=0)


SCRIPT = """
import multiprocessing, sys, time
import minitorch as torch
from minitorch.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self):
        return 10_000
    def __getitem__(self, i):
        time.sleep({seconds} if i >= 2 else 0)
        return i

{guard}
    batches = iter(DataLoader(Slow(), None, num_workers=2, multiprocessing_context="{method}"))
    next(batches)
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)
    {then}
"""
GUARD = 'if __name__ == "__main__":'


class Script:
    """A script that loads with two workers, and then does `then`."""

    def __init__(self, tmp_path, then="list(batches)", method="fork", seconds=0.01, guard=GUARD):
        path = tmp_path / "script.py"
        path.write_text(SCRIPT.format(then=then, method=method, seconds=seconds, guard=guard))
        self.process = subprocess.Popen(
            [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        self.workers = [int(pid) for pid in self.process.stdout.readline().split()]

    def ended(self):
        """What the script wrote to stderr, when it and its workers are gone."""
        try:
            _, written = self.process.communicate(timeout=LIMIT)
            until = time.monotonic() + LIMIT
            while any(running(pid) for pid in self.workers) and time.monotonic() < until:
                time.sleep(0.02)
            assert not any(running(pid) for pid in self.workers)
            return written
        finally:
            if any(running(pid) for pid in [self.process.pid, *self.workers]):
                os.killpg(self.process.pid, signal.SIGKILL)


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not os.path.exists("/proc/self/stat")


class TestNoOrphans:
    @pytest.mark.parametrize("method", ["fork", "spawn"])
    @pytest.mark.parametrize("seconds", [0.01, 1000], ids=["at work", "stuck"])
    def test_interrupt_of_all(self, tmp_path, method, seconds):
        script = Script(tmp_path, method=method, seconds=seconds)
        os.killpg(script.process.pid, signal.SIGINT)  # as the terminal does
        written = script.ended()
        assert written.count("Traceback") == 1 and written.endswith("KeyboardInterrupt\n")

    @pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_signal_to_the_main_process(self, tmp_path, kind):
        script = Script(tmp_path)
        script.process.send_signal(kind)
        assert script.ended().count("Traceback") == (kind == signal.SIGINT)
        assert script.process.returncode == -kind

    def test_main_process_killed_while_workers_are_stuck(self, tmp_path):
        script = Script(tmp_path, seconds=1000)
        script.process.kill()
        assert script.ended() == ""

    def test_exception_in_the_loop(self, tmp_path):
        written = Script(tmp_path, then="1 / 0").ended()
        assert written.count("Traceback") == 1 and "ZeroDivisionError" in written

    def test_end_of_the_script(self, tmp_path):
        assert Script(tmp_path, then="sys.exit()").ended() == ""

    def test_fork_needs_no_guard(self, tmp_path):
        assert Script(tmp_path, then="sys.exit()", guard="if True:").ended() == ""

    def test_spawn_without_a_guard_says_so(self, tmp_path):
        written = Script(tmp_path, method="spawn", guard="if True:").ended()
        assert "under `if __name__ == '__main__':`" in written.splitlines()[-1]


def add_one(queue_in, queue_out):
    queue_out.put(queue_in.get() + 1)


def test_tensors_go_through_queues():
    mp = torch.multiprocessing
    context = mp.get_context("fork")
    there, back = context.Queue(), context.Queue()
    process = context.Process(target=add_one, args=(there, back))
    process.start()
    there.put(torch.ones(3))
    assert back.get(timeout=LIMIT).tolist() == [2.0, 2.0, 2.0]
    process.join(LIMIT)
    assert process.exitcode == 0


@pytest.fixture(autouse=True)
def quietly():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create 2")  # on one core
        yield
