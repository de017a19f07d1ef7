"""Event files: made under TensorBoard's names, written in few pieces, complete at every exit."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any, BinaryIO

from minitorch.utils.tensorboard.messages import Event, SourceMetadata, TaggedRunMetadata
from minitorch.utils.tensorboard.records import record

Path = str | os.PathLike[str]
_numbers = itertools.count()


class EventFileWriter:
    """An event file and the events that are on their way into it.

    Events wait in memory until there are `max_queue_size` of them, `flush_secs` are over, or the
    program ends, with an exception or without; then they are written at once. Only a process that
    is killed loses those that wait. A forked process may go on writing to the file.

    Args:
        logdir: the directory of the file; it is made where there is none.
        max_queue_size: how many events wait at most.
        flush_secs: after how many seconds waiting events are written at the latest.
        filename_suffix: what the file's name ends in.
    """

    def __init__(
        self,
        logdir: Path,
        max_queue_size: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self._logdir = os.fspath(logdir)
        self._settings = max_queue_size, flush_secs, filename_suffix
        self._open()

    def _open(self) -> None:
        max_queue_size, flush_secs, suffix = self._settings
        if "://" in self._logdir:
            raise NotImplementedError(
                f"event files are written to local directories, and {self._logdir!r} is not one"
            )
        os.makedirs(self._logdir, exist_ok=True)
        host, number = socket.gethostname(), next(_numbers)
        name = f"events.out.tfevents.{int(time.time()):010d}.{host}.{os.getpid()}.{number}{suffix}"
        file = open(os.path.join(self._logdir, name), "wb")  # noqa: SIM115 (the stream closes it)
        self._stream = _Stream(file, max_queue_size)
        self._end = weakref.finalize(self, self._stream.close)  # at the program's end, too
        self.add_event(
            Event(
                wall_time=time.time(),
                file_version="brain.Event:2",
                source_metadata=SourceMetadata(writer="minitorch.utils.tensorboard"),
            )
        )
        self.flush()
        threading.Thread(target=self._stream.flush_every, args=(flush_secs,), daemon=True).start()

    def get_logdir(self) -> str:
        """The directory of the file."""
        return self._logdir

    def add_event(self, event: Any) -> None:
        """Add an event: a message of `messages.Event`, or one of the package protobuf.

        Raises:
            OSError: the writer is closed, or an earlier event could not be written.
        """
        self._stream.add(record(event.SerializeToString()))

    def flush(self) -> None:
        """Write all that waits."""
        if self._stream.closed.is_set():
            raise OSError("Writer is closed")
        self._stream.flush()

    def close(self) -> None:
        """Write all that waits and close the file."""
        self._end()

    def reopen(self) -> None:
        """Begin another file in the same directory, if this one is closed."""
        if self._stream.closed.is_set():
            self._open()


class FileWriter:
    """Writes messages to one event file; a `SummaryWriter` makes them.

    Args:
        log_dir: the file's directory.
        max_queue: how many events wait in memory at most.
        flush_secs: after how many seconds they are written at the latest.
        filename_suffix: what the file's name ends in.
    """

    def __init__(
        self,
        log_dir: Path,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self.event_writer = EventFileWriter(log_dir, max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The file's directory."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: Any = None, walltime: float | None = None) -> None:
        """Add an event at a step, as of now or as of `walltime`, in seconds since 1970."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(
        self, summary: Any, global_step: Any = None, walltime: float | None = None
    ) -> None:
        """Add a summary."""
        self.add_event(Event(summary=summary), global_step, walltime)

    def add_graph(self, graph_profile: Sequence[Any], walltime: float | None = None) -> None:
        """Add a graph, given with what is known of its run."""
        made, stats = graph_profile
        self.add_event(Event(graph_def=made.SerializeToString()), None, walltime)
        told = TaggedRunMetadata(tag="step1", run_metadata=stats.SerializeToString())
        self.add_event(Event(tagged_run_metadata=told), None, walltime)

    def add_onnx_graph(self, graph: Any, walltime: float | None = None) -> None:
        """Add a graph alone."""
        self.add_event(Event(graph_def=graph.SerializeToString()), None, walltime)

    def flush(self) -> None:
        """Write all that waits."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write all that waits and close the file."""
        self.event_writer.close()

    def reopen(self) -> None:
        """Begin another file in the same directory, if this one is closed."""
        self.event_writer.reopen()


class _Stream:
    """A file, and the records that wait to be written to it."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most = file, most
        self.waiting: list[bytes] = []
        self.lock = threading.RLock()  # a signal's handler may add events while some are added
        self.closed = threading.Event()
        _streams.add(self)

    def add(self, written: bytes) -> None:
        if self.closed.is_set():
            raise OSError("Writer is closed")
        with self.lock:
            self.waiting.append(written)
            if len(self.waiting) >= self.most:
                self.flush()

    def flush(self) -> None:
        with self.lock:
            if self.waiting:
                self.file.write(b"".join(self.waiting))
                self.waiting.clear()
            if not self.file.closed:
                self.file.flush()

    def close(self) -> None:
        self.closed.set()
        with self.lock:
            try:
                self.flush()
            finally:
                self.file.close()

    def flush_every(self, seconds: float) -> None:
        """Flush now and then until the file is closed; runs in a thread of its own."""
        while not self.closed.wait(max(seconds, 0.1)):
            try:
                self.flush()
            except OSError:
                pass  # the file keeps what it was given: the program's own next flush raises

    def forked(self) -> None:
        """In a forked process: what waits is the first process's to write."""
        self.waiting.clear()
        self.lock = threading.RLock()


_streams: weakref.WeakSet[_Stream] = weakref.WeakSet()


def _after_fork() -> None:
    for stream in list(_streams):
        stream.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
