"""What a worker process does: take indices, fetch their batches, send them back."""

from __future__ import annotations

import os
import queue
import random
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minitorch import settings
from minitorch.errors.frames import shortened
from minitorch.random import manual_seed
from minitorch.utils.data import info
from minitorch.utils.data.fetching import _DatasetKind
from minitorch.utils.data.transport import Channel, Message, packed, unpacked

GRACE = 5.0  # seconds that a worker has to finish its batch when it is to end


class Caught:
    """An exception of another process, to be raised here with its traceback as its text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind: type[BaseException] = type(error)
        trace = "".join(traceback.format_exception(type(error), error, shortened(error)))
        self.text = f"Caught {type(error).__name__} {where}.\nOriginal {trace}"

    def untyped(self) -> Caught:
        """The same as a RuntimeError: for a type that cannot be sent."""
        self.kind = RuntimeError
        return self

    def reraise(self) -> None:
        """Raise it here: the same type, if that takes a text alone, or else a RuntimeError."""
        try:
            error = self.kind(_Shown(self.text) if self.kind is KeyError else self.text)
        except Exception:
            raise RuntimeError(self.text) from None
        raise error


class _Shown(str):
    """A text that KeyError, which shows the repr of its argument, shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Ended:
    """Instead of a batch: the worker's iterable data set has no more samples."""


class Restart:
    """To a worker: a new pass begins. From it: what follows belongs to the new pass."""


class Closed:
    """Within a worker: no more indices will come."""


class Job(NamedTuple):
    """All that a worker is told at its start."""

    kind: int
    dataset: Any
    auto_collation: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    base_seed: int
    init_fn: Callable[[int], None] | None
    id: int
    num_workers: int


def run(job: Job, channel: Channel) -> None:
    """The whole life of a worker: it ends when the main process closes its end, or is gone."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not what the program does of them
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if hasattr(signal, "pthread_sigmask"):  # workers are started with it blocked
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        _prepare(job)
        _answer_all(job, channel)
    except (KeyboardInterrupt, BrokenPipeError, ConnectionResetError):
        pass  # the main process tells of the interrupt, or wants no more batches


def _prepare(job: Job) -> None:
    """Seed everything, as PyTorch does, and let `get_worker_info` tell of this worker."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of BLAS libraries that cannot be told
        settings.set_num_threads(1)
    seed = job.base_seed + job.id
    random.seed(seed)
    manual_seed(seed)
    entropy = [job.id, job.base_seed & 0xFFFFFFFF, job.base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(entropy).generate_state(4))  # noqa: NPY002
    info._worker_info = info.WorkerInfo(job.id, job.num_workers, seed, job.dataset)


def _inbox(channel: Channel, where: str) -> queue.SimpleQueue[Any]:
    """Where messages lie ready; `Closed` after the last.

    A thread takes them in at once, so that the main process never waits to send while this one
    waits to send to it. It is also the watchdog: with the main process its end of the channel is
    gone, however it ended.
    """
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def take_in() -> None:
        while True:
            try:
                message = channel.receive()
            except (EOFError, OSError):
                break
            try:
                inbox.put(unpacked(message))
            except Exception as error:
                inbox.put(Caught(error, where))
        inbox.put(Closed())
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=take_in, daemon=True).start()
    return inbox


def _answer_all(job: Job, channel: Channel) -> None:
    where = f"in DataLoader worker process {job.id}"
    inbox = _inbox(channel, where)
    fetch = _fetch_of(job, where, first=True)
    ended = False
    while not isinstance(index := inbox.get(), Closed):
        answer: Any = index
        if isinstance(index, Restart):
            fetch, ended = _fetch_of(job, where), False
        elif ended:
            continue
        elif not isinstance(index, Caught):
            try:
                answer = fetch(index)
            except StopIteration as stop:
                ended = job.kind == _DatasetKind.Iterable
                answer = Ended() if ended else Caught(stop, where)
            except Exception as error:
                answer = Caught(error, where)
        message = _sendable(answer, where)
        del answer
        channel.send(message)


def _sendable(answer: Any, where: str) -> Message:
    """The message of an answer, or of why it cannot be sent."""
    try:
        return packed(answer)
    except Exception as error:
        failed = answer if isinstance(answer, Caught) else Caught(error, where)
    try:
        return packed(failed)
    except Exception:
        return packed(failed.untyped())


def _fetch_of(job: Job, where: str, first: bool = False) -> Callable[[Any], Any]:
    """What makes a batch; where making it failed, it gives the error for every batch."""
    try:
        if first and job.init_fn is not None:
            job.init_fn(job.id)
        return _DatasetKind.create_fetcher(
            job.kind, job.dataset, job.auto_collation, job.collate_fn, job.drop_last
        ).fetch
    except Exception as error:
        caught = Caught(error, where)
        return lambda index: caught
