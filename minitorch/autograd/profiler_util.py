"""torch.autograd.profiler_util: what a profile is made of."""

from __future__ import annotations

from minitorch.profiler.events import (
    FormattedTimesMixin,
    FunctionEvent,
    FunctionEventAvg,
    Interval,
)
from minitorch.profiler.kinds import DeviceType as DeviceType
from minitorch.profiler.lists import EventList

__all__ = ["EventList", "FormattedTimesMixin", "FunctionEvent", "FunctionEventAvg", "Interval"]
