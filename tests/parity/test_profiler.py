"""The profiler is used as PyTorch's is, and tells the same of steps, loaders and named parts."""

from __future__ import annotations

import inspect
import itertools
import json
import re
import warnings

import pytest

theirs = pytest.importorskip("torch")

import torch.autograd.profiler  # noqa: E402
import torch.autograd.profiler_util  # noqa: E402
import torch.profiler  # noqa: E402, F401

import minitorch as ours  # noqa: E402
import minitorch.autograd.profiler  # noqa: E402
import minitorch.autograd.profiler_util  # noqa: E402
import minitorch.profiler  # noqa: E402

BOTH = pytest.mark.parametrize("torch", [theirs, ours], ids=["PyTorch", "minitorch"])
# what belongs to a device, to PyTorch's own tracing library or to its file formats
NOT_TAKEN = {
    "experimental_config", "execution_trace_observer", "custom_trace_id_callback",
    "post_processing_timeout_s", "activity_filters", "use_python_export",
}  # fmt: skip


def outcome(f):
    """What a call gives: its value, or its error, with the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = f()
        except Exception as error:
            result = type(error).__name__, str(error)
    return result, [(w.category.__name__, str(w.message)) for w in caught]


def actions(torch, steps=14, **settings):
    return [torch.profiler.schedule(**settings)(i).name for i in range(steps)]


@pytest.mark.parametrize("wait, warmup, active", list(itertools.product((0, 2), (0, 1), (1, 3))))
@pytest.mark.parametrize("repeat, first", [(0, 0), (2, 0), (1, 3)])
@pytest.mark.parametrize("skips_wait", [0, 1])
def test_schedules(wait, warmup, active, repeat, first, skips_wait):
    settings = {
        "wait": wait, "warmup": warmup, "active": active, "repeat": repeat, "skip_first": first,
        "skip_first_wait": skips_wait,
    }  # fmt: skip
    assert outcome(lambda: actions(ours, **settings)) == outcome(
        lambda: actions(theirs, **settings)
    )


@pytest.mark.parametrize(
    "mistake",
    [
        lambda torch: torch.profiler.schedule(wait=-1, warmup=1, active=1),
        lambda torch: torch.profiler.schedule(wait=1, warmup=1, active=0),
        lambda torch: torch.profiler.schedule(wait=1, warmup=1, active=1)(-1),
        lambda torch: torch.profiler.profile(activities=[]),
        lambda torch: torch.profiler.profile(activities=["cpu"]),
        lambda torch: torch.profiler.profile().events(),
        lambda torch: torch.profiler.profile().key_averages(),
        lambda torch: torch.profiler.profile().export_chrome_trace("never"),
        lambda torch: torch.profiler.profile().stop(),
        lambda torch: torch.profiler.profile(
            activities=[torch.profiler.ProfilerActivity.CUDA]
        ).start(),
        lambda torch: torch.profiler.tensorboard_trace_handler("/dev/null/x")(None),
        lambda torch: twice_entered(torch.autograd.profiler.profile()),
        lambda torch: torch.autograd.profiler.emit_nvtx().__enter__(),
    ],
)
def test_mistakes(mistake):
    (ours_told, _), (theirs_told, _) = (outcome(lambda t=t: mistake(t)) for t in (ours, theirs))
    assert ours_told[0] == theirs_told[0]
    assert ours_told[1].startswith(theirs_told[1])


def twice_entered(prof):
    with prof:
        pass
    with prof:
        pass


@pytest.mark.parametrize(
    "call",
    [
        lambda torch: torch.profiler.profile(
            activities=[
                torch.profiler.ProfilerActivity.CPU,
                torch.profiler.ProfilerActivity.CUDA,
            ]
        ),
        lambda torch: torch.autograd.profiler.profile(use_cuda=True),
        lambda torch: torch.autograd.profiler.profile(use_device="cuda"),
    ],
)
def test_devices_that_are_not_there_are_warned_about(call):
    if theirs.cuda.is_available():
        pytest.skip("this PyTorch has CUDA")

    def run(torch):
        with call(torch):
            pass

    assert outcome(lambda: run(ours)) == outcome(lambda: run(theirs))


def test_what_is_deprecated_in_pytorch():
    _told, warned = outcome(lambda: ours.profiler.profile(use_cuda=True).start())
    assert warned[:1] == outcome(lambda: theirs.profiler.profile(use_cuda=True))[1]
    # where PyTorch is silent
    assert warned[1:] == [("UserWarning", "CUDA is not available, disabling CUDA profiling")]


def test_a_disabled_profiler_says_so():
    prof = ours.autograd.profiler.profile(enabled=False)
    assert repr(prof) == "<disabled torch.autograd.profile>"  # PyTorch's repr fails


@BOTH
def test_a_disabled_profiler_gives_nothing(torch):
    with torch.autograd.profiler.profile(enabled=False) as entered:
        assert entered is None
    assert repr(torch.autograd.profiler.profile()) == "<unfinished torch.autograd.profile>"


def training(torch, **options):
    """A loop as scripts have it; what the profiler told at the end of each cycle."""
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(net.parameters())
    data = torch.utils.data.TensorDataset(torch.ones(12, 4), torch.zeros(12, dtype=torch.int64))
    told = []

    def ready(prof):
        told.append(
            {row.key: row.count for row in prof.key_averages() if re.search(r"[#*]|part", row.key)}
        )

    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], on_trace_ready=ready, **options
    ) as prof:
        for x, y in torch.utils.data.DataLoader(data, batch_size=2):
            with torch.profiler.record_function("part"):
                loss = torch.nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            prof.step()
    return told, prof


@pytest.mark.parametrize(
    "cycle",
    [
        None,
        {"wait": 1, "warmup": 1, "active": 2},
        {"wait": 0, "warmup": 1, "active": 1, "repeat": 2},
        {"wait": 1, "warmup": 1, "active": 9},
        {"wait": 9, "warmup": 1, "active": 1},
    ],
)
def test_a_training_loop(cycle):
    def run(torch):
        plan = None if cycle is None else torch.profiler.schedule(**cycle)
        told, prof = training(torch, schedule=plan)
        return told, prof.step_num, prof.current_action.name

    assert run(ours) == run(theirs)


@BOTH
def test_what_scripts_do_with_a_profile(torch, tmp_path):
    _, prof = training(torch, record_shapes=True, profile_memory=True, with_stack=True)
    averages = prof.key_averages(group_by_input_shape=True)
    for key in (
        "cpu_time_total", "self_cpu_time_total", "cpu_time", "count", "cpu_memory_usage",
        "self_cpu_memory_usage", "cuda_time_total", "self_cuda_time_total", "device_time_total",
        "xpu_time_total", "self_xpu_memory_usage",
    ):  # fmt: skip
        assert "Self CPU time total: " in averages.table(sort_by=key, row_limit=10)
    titles = averages.table().splitlines()[1]
    for title in (
        "Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "CPU Mem",
        "Self CPU Mem", "# of Calls", "Input Shapes",
    ):  # fmt: skip
        assert title in titles
    row = next(row for row in averages if row.key == "Optimizer.step#Adam.step")
    assert row.count == 6 and row.cpu_time == row.cpu_time_total / 6 and row.is_user_annotation
    assert row.self_cpu_time_total <= row.cpu_time_total
    event = next(event for event in prof.events() if event.name == "part")
    assert event.time_range.elapsed_us() == event.cpu_time_total == event.cpu_time
    assert all(child.cpu_parent is event for child in event.cpu_children)
    assert isinstance(event, torch.autograd.profiler_util.FunctionEvent)
    assert isinstance(prof.events(), torch.autograd.profiler_util.EventList)
    assert isinstance(row, torch.autograd.profiler_util.FunctionEventAvg)
    assert averages.total_average().key == "Total"
    assert re.fullmatch(r"[\d.]+(us|ms|s)", event.cpu_time_str)
    prof.export_chrome_trace(str(tmp_path / "trace.json"))
    entries = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    part = next(entry for entry in entries if entry["name"] == "part" and entry["ph"] == "X")
    assert part["cat"] == "user_annotation" and part["dur"] > 0
    assert {"fwdbwd"} <= {entry.get("cat") for entry in entries}


@BOTH
def test_a_derivative_for_some_arguments_counts_once(torch):
    net, x = torch.nn.Linear(4, 4), torch.ones(3, 4, requires_grad=True)
    with torch.profiler.profile() as prof:
        torch.autograd.grad(net(x).sum(), list(net.parameters()))
    assert {row.key: row.count for row in prof.key_averages()}["AddmmBackward0"] == 1


@BOTH
def test_nothing_to_sort_by(torch):
    with torch.profiler.profile() as prof:
        torch.ones(2).exp()
    with pytest.raises(AttributeError, match="'FunctionEventAvg' object has no attribute 'beauty'"):
        prof.key_averages().table(sort_by="beauty")


@BOTH
def test_the_older_form(torch):
    profiler = torch.autograd.profiler
    with profiler.profile(record_shapes=True) as prof, profiler.record_function("part"):
        torch.ones(2, 3).exp()
    assert prof.self_cpu_time_total == prof.function_events.self_cpu_time_total > 0
    assert "part" in prof.table(sort_by="self_cpu_time_total") and "part" in str(prof)
    assert prof.key_averages().table() and prof.total_average().count >= 2


@pytest.mark.parametrize(
    "name",
    [
        "profiler.profile", "profiler.schedule", "profiler.tensorboard_trace_handler",
        "profiler.record_function", "autograd.profiler.profile", "autograd.profiler.emit_itt",
        "autograd.profiler.emit_nvtx", "autograd.profiler_util.EventList.table",
        "autograd.profiler_util.EventList.key_averages", "profiler.profile.key_averages",
    ],
)  # fmt: skip
def test_parameters(name):
    def parameters(torch):
        found = torch
        for part in name.split("."):
            found = getattr(found, part)
        return list(inspect.signature(found).parameters)

    given = [p for p in parameters(theirs) if p not in NOT_TAKEN]
    mine = parameters(ours)
    assert [p for p in mine if p in given] == [p for p in given if p in mine]
    assert set(given) - set(mine) <= {"group_by_overload_name"}


def test_activities():
    for name in ("ProfilerActivity", "ProfilerAction"):
        members = set(getattr(theirs.profiler, name).__members__) - {"DEVICE_STOPPED"}
        assert members == set(getattr(ours.profiler, name).__members__)
    assert [a.name for a in ours.profiler.supported_activities()] == ["CPU"]
    assert not ours.profiler.kineto_available()


def test_nothing_speaks_to_other_profilers():
    with pytest.raises(AssertionError, match="emit_itt has nowhere to send events"):
        ours.autograd.profiler.emit_itt().__enter__()
    with ours.autograd.profiler.emit_itt(enabled=False), ours.autograd.profiler.emit_nvtx(False):
        assert float(ours.ones(1)) == 1
