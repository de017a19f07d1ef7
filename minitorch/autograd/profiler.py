"""torch.autograd.profiler: the profiler without a schedule."""

from __future__ import annotations

from typing import Any, NoReturn

from minitorch.profiler.annotations import record_function
from minitorch.profiler.events import FunctionEvent as FunctionEvent
from minitorch.profiler.kinds import DeviceType as DeviceType
from minitorch.profiler.kinds import ProfilerActivity as ProfilerActivity
from minitorch.profiler.lists import EventList as EventList
from minitorch.profiler.scheduled import kineto_available as kineto_available
from minitorch.profiler.session import profile

__all__ = ["EventList", "FunctionEvent", "emit_itt", "emit_nvtx", "profile", "record_function"]


class _Emitter:
    """A `with` block whose events would go to another program's profiler."""

    lacking: str

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> Any:
        if self.enabled:
            self._refuse()
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def _refuse(self) -> NoReturn:
        name = type(self).__name__
        raise AssertionError(
            f"Torch not compiled with {self.lacking} enabled: {name} has nowhere to send events. "
            "torch.profiler.profile records them, and export_chrome_trace writes them"
        )


class emit_nvtx(_Emitter):
    """Refused, unless `enabled=False`: there is no CUDA, whose profilers it is for."""

    lacking = "CUDA"


class emit_itt(_Emitter):
    """Refused, unless `enabled=False`: nothing here speaks to Intel's VTune."""

    lacking = "ITT"
