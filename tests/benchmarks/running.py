"""What a workload gives to those who time it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

LOSSES = 10  # training steps whose losses must agree


class Running(NamedTuple):
    """A workload that is set up: the step to time, and the numbers all libraries agree on."""

    step: Callable[[], object]
    check: Callable[[], list[float]]
