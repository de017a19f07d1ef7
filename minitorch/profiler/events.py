"""Events: what took place, when, within what, and for which module; and sums of them."""

from __future__ import annotations

from typing import Any

from minitorch.profiler.kinds import DeviceType
from minitorch.profiler.recording import BACKWARD, ENGINE, MODULE, NOTE, OP, TASK, Entry


def shown_time(us: float, unit: str | None = None) -> str:
    """A time given in microseconds, with its unit."""
    if unit == "s" or (unit is None and us >= 1e6):
        return f"{us / 1e6:.3f}s"
    if unit == "ms" or (unit is None and us >= 1e3):
        return f"{us / 1e3:.3f}ms"
    return f"{us:.3f}us"


class Interval:
    """A time between two moments, in microseconds."""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end

    def elapsed_us(self) -> float:
        """How long it is."""
        return self.end - self.start

    def __repr__(self) -> str:
        return f"Interval({self.start:.3f}, {self.end:.3f})"


class FormattedTimesMixin:
    """Times with their units, and the times on devices, of which there are none."""

    cpu_time: Any
    cpu_time_total: Any
    self_cpu_time_total: Any

    device_time = device_time_total = self_device_time_total = 0.0
    cuda_time = cuda_time_total = self_cuda_time_total = 0.0
    device_memory_usage = self_device_memory_usage = 0
    cuda_memory_usage = self_cuda_memory_usage = 0
    device_type = DeviceType.CPU
    use_device = None
    is_async = is_remote = is_legacy = False
    flops = 0
    node_id = -1

    @property
    def cpu_time_str(self) -> str:
        return shown_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        return shown_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        return shown_time(self.self_cpu_time_total)

    device_time_str = device_time_total_str = self_device_time_total_str = "0.000us"


class FunctionEvent(FormattedTimesMixin):
    """One event, with what it took place in (`cpu_parent`) and what took place in it.

    Times are in microseconds from the start of the recording. Of ours: `kind` (see
    `recording.Entry`); `op`, the operation that ran or whose derivative ran; `module`, the path of
    the module that it belongs to; `result_bytes`, the size of its results that are not views;
    `forward`, of a derivative the event of its operation, where known. `owner` is the outermost
    operation or derivative around it, `task` the innermost task, either may be itself, and
    `in_backward` tells whether it is part of a backward pass.
    """

    count = 1
    cpu_parent: FunctionEvent | None = None
    forward: FunctionEvent | None = None
    module = ""
    sequence_nr = -1
    inner = 0.0  # the time in the children
    self_cpu_memory_usage = cpu_memory_usage = 0

    def __init__(self, id: int, entry: Entry, thread: int, base: int) -> None:
        self.id, self.entry, self.thread = id, entry, thread
        self.name = self.trace_name = entry.name
        self.time_range = Interval((entry.start - base) / 1000, (entry.end - base) / 1000)
        self.kind = kind = entry.kind
        self.result_bytes, self.cpu_children = entry.size, []  # type: ignore[var-annotated]
        self.op = entry.name if kind == OP else entry.more if kind == BACKWARD else ""
        shapes, stack = entry.more if kind == OP and entry.more is not None else (None, None)
        self.input_shapes, self.stack = shapes or [], stack or []
        self.owner = self if kind in (OP, BACKWARD) else None
        self.task = self if kind == TASK else None
        self.in_backward = kind in (BACKWARD, ENGINE)

    def put_in(self, parent: FunctionEvent) -> None:
        """Make this an event within another."""
        self.cpu_parent = parent
        if self.kind == BACKWARD and parent.cpu_children:
            before = parent.cpu_children[-1]
            if before.kind == BACKWARD and before.entry.age == self.entry.age:
                self.count = 0  # the next rule of a derivative of which some were wanted
        parent.cpu_children.append(self)
        parent.inner += self.cpu_time_total
        self.owner, self.task = parent.owner or self.owner, self.task or parent.task
        self.in_backward = self.in_backward or parent.in_backward

    @property
    def key(self) -> str:
        """The name under which the event is averaged."""
        return "ProfilerStep*" if self.name.startswith("ProfilerStep#") else self.name

    @property
    def cpu_time_total(self) -> float:
        return self.time_range.elapsed_us()

    cpu_time = cpu_time_total

    @property
    def self_cpu_time_total(self) -> float:
        return self.time_range.elapsed_us() - self.inner

    @property
    def is_user_annotation(self) -> bool:
        return self.kind in (NOTE, TASK)

    @property
    def is_python_function(self) -> bool:
        return self.kind == MODULE

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start:.3f} end_us={self.time_range.end:.3f} "
            f"cpu_children={[child.id for child in self.cpu_children]} thread={self.thread} "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            f"module={self.module} seq_nr={self.sequence_nr}>"
        )


class FunctionEventAvg(FormattedTimesMixin):
    """Events of one key, added up. Times are in microseconds.

    Of ours: `forward_time_total` and `backward_time_total`, with the calls that they are of, and
    `result_bytes`; where rows are modules, `self_forward_time_total` and
    `self_backward_time_total` are without the modules inside.
    """

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.count = self.forward_count = self.backward_count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.forward_time_total = self.self_forward_time_total = 0.0
        self.backward_time_total = self.self_backward_time_total = 0.0
        self.cpu_memory_usage = self.self_cpu_memory_usage = self.result_bytes = 0
        self.input_shapes: Any = ""
        self.stack: list[str] = []
        self.is_user_annotation = False

    @property
    def cpu_time(self) -> float:
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def forward_time(self) -> float:
        return self.forward_time_total / self.forward_count if self.forward_count else 0.0

    @property
    def backward_time(self) -> float:
        return self.backward_time_total / self.backward_count if self.backward_count else 0.0

    def add(self, other: FunctionEvent | FunctionEventAvg) -> FunctionEventAvg:
        """Add one event, or others that were added up."""
        if isinstance(other, FunctionEventAvg):
            for name, value in vars(other).items():
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    setattr(self, name, getattr(self, name) + value)
            return self
        self.count += other.count
        self.cpu_memory_usage += other.cpu_memory_usage
        self.self_cpu_memory_usage += other.self_cpu_memory_usage
        self.is_user_annotation = other.is_user_annotation
        self.spend(other.kind, other.cpu_time_total, other.self_cpu_time_total)
        self.call(other)
        return self

    __iadd__ = add

    def spend(self, kind: int, us: float, own: float) -> None:
        """Add a time, and the share in it that is not that of other rows."""
        self.cpu_time_total += us
        self.self_cpu_time_total += own
        if kind == OP:
            self.forward_time_total += us
            self.self_forward_time_total += own
        elif kind == BACKWARD:
            self.backward_time_total += us
            self.self_backward_time_total += own

    def call(self, event: FunctionEvent) -> None:
        """Count an operation or a derivative, and the bytes that it made."""
        self.forward_count += event.kind == OP
        self.backward_count += event.count * (event.kind == BACKWARD)
        self.result_bytes += event.result_bytes

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time=0.000us cuda_time=0.000us "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} "
            "cuda_memory_usage=0>"
        )
