"""The names of what is profiled and of what a profiler may be asked to do."""

from __future__ import annotations

from enum import Enum


class ProfilerActivity(Enum):
    """Where what is profiled runs. All runs on the CPU; the others can be named."""

    CPU = 0
    XPU = 1
    MTIA = 2
    CUDA = 3
    HPU = 4
    PrivateUse1 = 5


class DeviceType(Enum):
    """Where an event took place."""

    CPU = 0
    CUDA = 1


class ProfilerAction(Enum):
    """What to do in a step: nothing, record and forget it, record, record and hand over."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3
