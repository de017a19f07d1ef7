"""torch.profiler: where the time of a program goes.

`docs/profiling.md` shows how to use it.
"""

from __future__ import annotations

from minitorch.profiler.annotations import record_function
from minitorch.profiler.kinds import DeviceType, ProfilerAction, ProfilerActivity
from minitorch.profiler.scheduled import (
    kineto_available,
    profile,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)

__all__ = [
    "DeviceType", "ProfilerAction", "ProfilerActivity", "kineto_available", "profile",
    "record_function", "schedule", "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip
