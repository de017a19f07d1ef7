"""Objects from one process to another: pickled, the memory of their arrays beside the pickle.

A message is one pickle and the buffers that it names (PEP 574). Small buffers follow it through
the connection. Where Linux gives a file in memory without a name, large ones are written to such a
file, whose descriptor is sent: the kernel frees it with the last that holds it, so nothing is left
behind by a process that is killed. What arrives is ordinary memory of the process that received.
"""

from __future__ import annotations

import io
import itertools
import mmap
import os
import pickle
import struct
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

import numpy as np

from minitorch.engine.box import fresh
from minitorch.faces.pickling import reduce_tensor
from minitorch.faces.tensor import Tensor

LARGE = 1 << 18  # bytes of buffers from which a file in memory is quicker than the connection
MAPPED = 1 << 22  # bytes from which such a file is mapped rather than read
HELD = 256  # descriptors from which on such files are read; processes often may have 1024
ALIGNED = 64
HAS_MEMORY_FILES = hasattr(os, "memfd_create")


class Message(NamedTuple):
    """An object on its way: the pickle, and the memory that it names."""

    data: Any
    buffers: list[Any]


class Channel:
    """One end of a connection between two processes, which sends and receives any object."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def fileno(self) -> int:
        """For `multiprocessing.connection.wait`."""
        return self.connection.fileno()

    def send(self, message: Message) -> None:
        """Send what `packed` made; waits while the other side has much unread."""
        sizes = [buffer.nbytes for buffer in message.buffers]
        large = HAS_MEMORY_FILES and sum(sizes) >= LARGE
        head = struct.pack(f"<?q{len(sizes)}q", large, len(sizes), *sizes)
        self.connection.send_bytes(head + message.data)
        if large:
            _send_file(self.connection, message.buffers)
        else:
            for buffer in message.buffers:
                self.connection.send_bytes(buffer)

    def receive(self) -> Message:
        """The next message, for `unpacked`. EOFError or OSError: the other side is gone."""
        message = memoryview(self.connection.recv_bytes())
        start = struct.calcsize("<?q")
        large, count = struct.unpack_from("<?q", message)
        sizes = struct.unpack_from(f"<{count}q", message, start)
        if large:
            buffers = _receive_file(self.connection, sizes)
        else:
            buffers = [np.empty(size, np.uint8) for size in sizes]
            for buffer in buffers:
                self.connection.recv_bytes_into(buffer)
        return Message(message[start + 8 * count :], buffers)

    def close(self) -> None:
        """Tell the other side that nothing more will come."""
        self.connection.close()


def packed(value: Any) -> Message:
    """An object as a message; raises what pickling it raises."""
    data = io.BytesIO()
    buffers: list[pickle.PickleBuffer] = []
    # Positional: ForkingPickler, which knows locks and connections too, takes no keywords.
    Pickler(data, 5, True, buffers.append).dump(value)
    return Message(data.getvalue(), [buffer.raw() for buffer in buffers])


def unpacked(message: Message) -> Any:
    """The object of a message."""
    return pickle.loads(message.data, buffers=message.buffers)


class Pickler(ForkingPickler):
    """Pickles a tensor without the rest of a larger memory that it is a view of."""

    def reducer_override(self, obj: Any) -> Any:
        """How a tensor is pickled; all else is as ever."""
        if not isinstance(obj, Tensor):
            return NotImplemented
        if obj.requires_grad and not obj.is_leaf:
            raise RuntimeError(
                "Cowardly refusing to serialize non-leaf tensor which requires_grad, since "
                "autograd does not support crossing process boundaries. If you just want to "
                "transfer the data, call detach() on the tensor before serializing "
                "(e.g., putting it on the queue)."
            )
        value, view = obj._value, obj._view
        if view is None or view.base._value.nbytes <= value.nbytes:
            return reduce_tensor(obj)
        alone = fresh(type(obj), value.copy("K"))
        if obj.requires_grad:
            alone.requires_grad = True
        vars(alone).update(vars(obj))
        return reduce_tensor(alone)


def _send_file(connection: Connection, buffers: list[memoryview]) -> None:
    from multiprocessing.reduction import send_handle  # only where there are sockets

    descriptor = os.memfd_create("minitorch")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            for buffer in buffers:
                file.write(buffer)
                file.write(bytes(-buffer.nbytes % ALIGNED))
        send_handle(connection, descriptor, None)
    finally:
        os.close(descriptor)


def _receive_file(connection: Connection, sizes: Sequence[int]) -> list[np.ndarray]:
    """The buffers in a file that was sent: mapped, so without a copy, or read if they are small.

    The mapping is private: the file's own pages are used until they are written to. It holds the
    descriptor, so where many are held already the file is read.
    """
    from multiprocessing.reduction import recv_handle

    ends = list(itertools.accumulate(size + -size % ALIGNED for size in sizes))
    whole: Any
    with open(recv_handle(connection), "rb") as file:
        if ends[-1] >= MAPPED and file.fileno() < HELD:
            whole = mmap.mmap(file.fileno(), ends[-1], access=mmap.ACCESS_COPY)
        else:
            whole = np.empty(ends[-1], np.uint8)
            file.seek(0)
            file.readinto(whole.data)
    starts = [0, *ends]
    return [np.frombuffer(whole, np.uint8, n, at) for n, at in zip(sizes, starts)]
