"""torch.multiprocessing: Python's, with PyTorch's `spawn`. Tensors are sent by pickling."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import *  # noqa: F403
from typing import Any

__all__ = [
    *multiprocessing.__all__, "ProcessExitedException", "ProcessRaisedException",
    "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
    "start_processes",
]  # fmt: skip

_STRATEGIES = ("file_descriptor", "file_system")
_strategy = _STRATEGIES[0]


def get_all_sharing_strategies() -> set[str]:
    """PyTorch's names."""
    return {*_STRATEGIES}


def get_sharing_strategy() -> str:
    """What was last set."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Kept: tensors are sent to other processes by pickling, whatever is set."""
    global _strategy
    if new_strategy not in _STRATEGIES:
        raise AssertionError(f"{new_strategy!r} is not one of {', '.join(_STRATEGIES)}")
    _strategy = new_strategy


class ProcessRaisedException(Exception):
    """A spawned process ended by an exception: `error_index` is its number, `error_pid` its id."""

    def __init__(self, msg: str, error_index: int, error_pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid


class ProcessExitedException(ProcessRaisedException):
    """A spawned process ended with a status other than 0, or by a signal."""

    def __init__(self, msg: str, error_index: int, error_pid: int | None, exit_code: int) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code


class ProcessContext:
    """Processes that were started together."""

    def __init__(self, processes: list[Any], errors: list[Any]) -> None:
        self.processes, self._errors = processes, errors

    def pids(self) -> list[int | None]:
        """The ids of the processes."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Wait for them all; the first failure ends the others, and is raised here.

        Args:
            timeout: seconds; whether all have ended by then is returned.
        """
        waiting = {process.sentinel: i for i, process in enumerate(self.processes)}
        while waiting:
            ended = multiprocessing.connection.wait(list(waiting), timeout)
            if not ended:
                return False
            for sentinel in ended:
                i = waiting.pop(sentinel)  # type: ignore[call-overload]
                self.processes[i].join()
                if self.processes[i].exitcode:
                    self._fail(i)
        return True

    def _fail(self, i: int) -> None:
        for process in self.processes:
            if process.is_alive():
                process.terminate()
            process.join()
        failed = self.processes[i]
        try:
            told = self._errors[i].recv()
        except EOFError:  # it ended without a word
            pass
        else:
            text = f"\n\n-- Process {i} terminated with the following error:\n{told}"
            raise ProcessRaisedException(text, i, failed.pid)
        raise ProcessExitedException(
            f"process {i} terminated with exit code {failed.exitcode}", i, failed.pid,
            failed.exitcode,
        )  # fmt: skip


def start_processes(fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1,
                    join: bool = True, daemon: bool = False,
                    start_method: str = "spawn") -> ProcessContext | None:  # fmt: skip
    """Start `nprocs` processes of `fn(i, *args)`; see `spawn`."""
    context: Any = multiprocessing.get_context(start_method)
    processes, errors = [], []
    for i in range(nprocs):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(fn, i, args, there), daemon=daemon)
        process.start()
        there.close()
        processes.append(process)
        errors.append(here)
    started = ProcessContext(processes, errors)
    if not join:
        return started
    started.join()
    return None


def _run(fn: Callable[..., Any], i: int, args: tuple[Any, ...], errors: Any) -> None:
    import sys
    import traceback

    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass
    except Exception:
        errors.send(traceback.format_exc())
        sys.exit(1)


def spawn(fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
          daemon: bool = False, start_method: str = "spawn") -> ProcessContext | None:  # fmt: skip
    """Run `fn(i, *args)` in `nprocs` new processes, i from 0.

    Args:
        join: wait for them; else a `ProcessContext` is returned at once, whose `join()` does.

    Raises:
        ProcessRaisedException: one of them raised; the text has its traceback.
        ProcessExitedException: one of them ended otherwise.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)
