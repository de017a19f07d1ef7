"""Ctrl-C, taken as a wish: the training ends where it can go on later."""

from __future__ import annotations

import signal
import threading
from typing import Any


class Interrupts:
    """Within the block, the first Ctrl-C is noted in `asked`; a second one acts as it did before.

    An exception in the middle of an update would leave some parameters new and others old. Only
    the main thread is told of signals; elsewhere, and where they are ignored, nothing is changed.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        main = threading.current_thread() is threading.main_thread()
        if main and callable(before := signal.getsignal(signal.SIGINT)):
            self._before = before
            signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *error: Any) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _ask(self, number: int, frame: Any) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, self._before)
