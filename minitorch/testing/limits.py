"""Running code under limits of time and memory, in a process of its own."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Told = dict[str, Any]
STRANGE = "the process sent what is no result of a check"
MOST = 1 << 26  # bytes of a result; a process that sends more is not waited for


class Limits(NamedTuple):
    """What code may take: seconds on the clock, megabytes beyond those in use."""

    seconds: float | None = None
    megabytes: float | None = None


def limited(job: Callable[[], Told], limits: Limits) -> Told | str:
    """What `job` returns, or a line that says why it did not.

    Without limits it is simply called. With them it runs in a forked process, which is ended,
    with all that it started, when its time is over; what it returns is sent as JSON.

    Raises:
        OSError: the system has no `fork`, or no limit of memory.
    """
    if limits == Limits():
        return job()
    _require(limits)
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():  # Python warns of threads: the child starts none, and ends
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(reading)
        _work(job, limits, writing)  # never returns
    os.close(writing)
    try:
        sent = _received(reading, limits.seconds)
    finally:
        os.close(reading)
        _end(child)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if sent is None:
        return f"it took more than {limits.seconds:g} s and was ended"
    if sent:
        try:
            found: Told | str = json.loads(sent)
        except (ValueError, RecursionError):
            return STRANGE
        return found
    if status < 0:
        return f"the process crashed: {signal.Signals(-status).name}"
    return f"the code under test ended the process, with status {status}"


def _require(limits: Limits) -> None:
    if not hasattr(os, "fork"):
        raise OSError(
            "check: limits of time and memory need os.fork, which this system has not; "
            "leave out seconds= and megabytes="
        )
    if limits.megabytes is not None and not Path("/proc/self/statm").exists():
        raise OSError(
            "check: a limit of memory needs Linux, whose kernel keeps to RLIMIT_AS; leave out "
            "megabytes= (seconds= works)"
        )
    for name, value in zip(Limits._fields, limits, strict=True):
        if value is not None and value <= 0:
            raise ValueError(f"check: {name} must be more than 0, not {value}")


def _work(job: Callable[[], Any], limits: Limits, writing: int) -> None:
    """The child: run, send, and end without what an interpreter does at its end."""
    try:
        os.setsid()  # so that it can be ended together with what it starts
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        faulthandler.disable()  # a crash is told in the report
        if limits.megabytes is not None:
            _limit_memory(limits.megabytes)
        gc.disable()  # nothing of the program's is to be ended here, its files least of all
        result: Told | str
        try:
            result = job()
        except MemoryError:
            result = "it needs more memory than it may take"
        _send(writing, json.dumps(result).encode())
    finally:
        os._exit(0)


def _limit_memory(megabytes: float) -> None:
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + int(megabytes * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _send(writing: int, data: bytes) -> None:
    data = len(data).to_bytes(8, "big") + data
    while data:
        data = data[os.write(writing, data) :]


def _received(reading: int, seconds: float | None) -> bytes | None:
    """What was sent; nothing if the process ended before; None if the time was over."""
    deadline = None if seconds is None else time.monotonic() + seconds
    data = b""
    while len(data) < 8 or len(data) < 8 + int.from_bytes(data[:8], "big"):
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        if not select.select([reading], [], [], left)[0]:
            return None
        part = os.read(reading, 1 << 16)
        if not part:
            return b""
        data += part
        if len(data) > MOST:
            return STRANGE.encode()  # no JSON
    return data[8:]


def _end(child: int) -> None:
    """End a process and those that it started, if they still run."""
    for kill in (os.killpg, os.kill):
        try:
            kill(child, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
