"""One pass through a loader's data set whose batches are made by worker processes.

Each worker has a channel of its own, through which it gets indices and gives batches, first come,
first served. So the next batch in order is the next answer of the worker that its indices went to,
and a worker that has ended, however it did, is one whose channel has ended.
"""

from __future__ import annotations

import copy
import itertools
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
import warnings
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.util import register_after_fork
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, NoReturn

from minitorch.utils.data import worker
from minitorch.utils.data.passes import Pass, indices_of
from minitorch.utils.data.transport import Channel, packed, unpacked

if TYPE_CHECKING:
    from minitorch.utils.data.dataloader import DataLoader

LOOK = 5.0  # seconds after which workers that are silent are asked whether they are alive
GUARD = (
    ". What it printed says why. Under the start methods 'spawn' and 'forkserver' each worker "
    "imports the script anew: what starts workers belongs under `if __name__ == '__main__':`."
)


class Worker:
    """A worker process, seen from here."""

    def __init__(self, context: Any, job: worker.Job) -> None:
        here, there = context.Pipe()
        self.channel = Channel(here)
        register_after_fork(here, type(here).close)  # else later workers would keep it open
        self.process = context.Process(target=worker.run, args=(job, Channel(there)), daemon=True)
        self.active = True  # may have more batches in this pass
        self.tasks = 0  # indices that it has not answered
        try:
            self.process.start()
        except (TypeError, AttributeError, PicklingError) as error:
            here.close()
            warnings.warn(
                f"A DataLoader worker could not be started: {error}. Its data set, collate_fn and "
                "worker_init_fn are pickled under the start methods 'spawn' and 'forkserver'; "
                "define them at the top level of a module, or use "
                "multiprocessing_context='fork'.",
                stacklevel=5,
            )
            raise
        except BrokenPipeError as error:  # it ended before it had read what it is to do
            raise RuntimeError("A DataLoader worker could not be started" + GUARD) from error
        finally:
            there.close()

    def send(self, message: Any) -> None:
        """Send a message; that a worker is gone shows when its answer is waited for."""
        try:
            self.channel.send(packed(message))
        except (BrokenPipeError, ConnectionResetError):
            pass


class WorkerPass(Pass):
    """Batches made ahead by `num_workers` processes, `prefetch_factor` for each."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if not loader.prefetch_factor:
            raise AssertionError(
                f"prefetch_factor={loader.prefetch_factor} must be greater than 0: it is how many "
                "batches each worker loads ahead"
            )
        self._loader = copy.copy(loader)  # which does not hold this pass
        context = loader.multiprocessing_context or multiprocessing
        self._workers: list[Worker] = []
        # Runs when the pass is dropped, and when Python ends.
        self._close = weakref.finalize(self, _close, self._workers, os.getpid())
        with _without_interrupts(context.get_start_method()):
            for i in range(loader.num_workers):
                self._workers.append(Worker(context, loader._job(i, self._base_seed)))
        self._lost = ""  # why the pass cannot go on
        self._answered = False  # has a worker ever
        self._begin()

    @property
    def closed(self) -> bool:
        """Whether the workers are gone."""
        return not self._close.alive

    def restart(self, loader: DataLoader[Any]) -> None:
        """Begin a new pass with the same workers."""
        self._loader = copy.copy(loader)
        with self._ending_when_interrupted():
            for each in self._workers:
                each.send(worker.Restart())
            for each in self._workers:
                while not isinstance(self._answer([each])[1], worker.Restart):
                    pass  # batches of the pass before, which was left
                each.active, each.tasks = True, 0
            self._yielded = 0
            self._begin()

    def _begin(self) -> None:
        loader = self._loader
        self._indices = indices_of(loader)
        self._turns = itertools.cycle(self._workers)
        self._waiting: deque[Worker] = deque()  # who is to give the batches to come, in order
        self._ahead = (loader.prefetch_factor or 0) * loader.num_workers
        for _ in range(self._ahead):
            self._hand_out()

    def _hand_out(self) -> None:
        """Give the next indices, if there are, to the worker whose turn it is."""
        try:
            index = next(self._indices)
        except StopIteration:
            return
        active = sum(each.active for each in self._workers)
        for each in itertools.islice(self._turns, len(self._workers)):
            if each.active and (self._loader.in_order or each.tasks < self._ahead // active):
                each.send(index)
                each.tasks += 1
                self._waiting.append(each)
                return

    def _next_batch(self) -> Any:
        if self._lost:
            raise RuntimeError(self._lost)
        with self._ending_when_interrupted():
            batch = self._next_answer()
        if isinstance(batch, worker.Ended):
            raise StopIteration
        if isinstance(batch, worker.Caught):
            batch.reraise()
        return batch

    @contextmanager
    def _ending_when_interrupted(self) -> Iterator[None]:
        """An interrupt may come within a message: what follows in the channel is of no use then."""
        try:
            yield
        except KeyboardInterrupt:
            self._lost = "This pass through a DataLoader was interrupted: begin another"
            self._close()
            raise

    def _next_answer(self) -> Any:
        """The next batch or error; `Ended` after the last."""
        while self._waiting:
            if not self._waiting[0].active:  # it ended before it came to these indices
                self._waiting.popleft()
                continue
            each, batch = self._answer(self._first())
            self._waiting.remove(each)
            each.tasks -= 1
            if isinstance(batch, worker.Ended):
                each.active = False
                if not self._loader.persistent_workers:
                    each.channel.close()
            self._hand_out()
            if not isinstance(batch, worker.Ended):
                return batch
        if not self._loader.persistent_workers:
            self._close()
        return worker.Ended()

    def _first(self) -> list[Worker]:
        """Those of whom one is to give the next batch."""
        if self._loader.in_order:
            return [self._waiting[0]]
        return [each for each in self._workers if each.active and each in self._waiting]

    def _answer(self, asked: list[Worker]) -> tuple[Worker, Any]:
        """What the first to answer answers."""
        limit = self._loader.timeout
        among = {each.channel.connection: each for each in asked}
        while not (ready := multiprocessing.connection.wait(list(among), limit or LOOK)):
            if not all(each.process.is_alive() for each in asked):
                self._lose()
            if limit:
                raise RuntimeError(f"DataLoader timed out after {limit} seconds")
        each = among[ready[0]]  # type: ignore[index]
        try:
            message = each.channel.receive()
        except (EOFError, OSError):
            message = None
        if message is None:
            each.process.join(LOOK)
            self._lose()
        self._answered = True
        return each, unpacked(message)

    def _lose(self) -> NoReturn:
        """End the pass because of workers that are gone."""
        gone = [each.process for each in self._workers if each.active]
        gone = [process for process in gone if not process.is_alive()]
        pids = ", ".join(str(process.pid) for process in gone)
        ends = ", ".join(_ending(process.exitcode) for process in gone)
        self._lost = f"DataLoader worker (pid(s) {pids}) exited unexpectedly: {ends}"
        method = (self._loader.multiprocessing_context or multiprocessing).get_start_method()
        if method != "fork" and not self._answered:
            self._lost += GUARD
        self._close()
        raise RuntimeError(self._lost)


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"


@contextmanager
def _without_interrupts(method: str) -> Iterator[None]:
    """Workers start with SIGINT blocked, until they can end quietly; so an interrupt waits."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    if method != "fork":
        resource_tracker.ensure_running()  # its own start would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _close(workers: list[Worker], owner: int) -> None:
    """End the workers: each may finish its batch, but not for long."""
    if os.getpid() != owner:  # a copy of the pass, in a process that was forked
        return
    for each in workers:
        each.channel.close()
    until = time.monotonic() + worker.GRACE
    for each in workers:
        each.process.join(max(0.0, until - time.monotonic()))
    for each in workers:
        if each.process.is_alive():
            each.process.terminate()
    for each in workers:
        each.process.join(worker.GRACE)
        if each.process.is_alive():
            each.process.kill()
            each.process.join()
