"""The profiler: what it records, that it leaves nothing behind, and what it costs."""

from __future__ import annotations

import gc
import gzip
import json
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import minitorch
import minitorch as torch
from minitorch import nn
from minitorch.engine import reverse
from minitorch.engine.primitive import Primitive
from minitorch.engine.registry import registry, watchers
from minitorch.nn.modules import everywhere
from minitorch.profiler import profile, record_function, schedule, tensorboard_trace_handler
from minitorch.profiler.recording import Recording

F = nn.functional


class Net(nn.Module):
    """Two blocks of layers and a head, for paths of some depth."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8))
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.layers(x)))


class Slow(torch.autograd.Function):
    """The identity, that takes its time."""

    @staticmethod
    def forward(ctx, x):
        time.sleep(0.01)
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        time.sleep(0.03)
        return g


def step_of(net, *inputs):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def step():
        optimizer.zero_grad()
        loss = net(*inputs).square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def by_key(rows):
    return {row.key: row for row in rows}


def swapped():
    """All that a profiler may exchange, as it is."""
    plans = [plan for op in registry.values() for plan in op.plans if plan is not None]
    return [
        *[op.run for op in registry.values()],
        *[plan.backward for plan in plans],
        *[plan.rules for plan in plans],
        nn.Module.__call__, dict(everywhere.calls),
        torch.optim.Optimizer.zero_grad, reverse.backward, reverse.deposit,
        reverse._Sweep, tuple(watchers),
        minitorch.differential.checkpointing._Plan.__dict__["backward"],
    ]  # fmt: skip


def test_counts_of_operations_forward_and_backward():
    step = step_of(Net(), torch.ones(3, 4))
    with profile() as prof:
        for _ in range(5):
            step()
    rows = by_key(prof.by_operation())
    assert (rows["linear"].forward_count, rows["linear"].backward_count) == (15, 15)
    assert (rows["tanh"].forward_count, rows["tanh"].backward_count) == (5, 5)
    assert rows["linear"].forward_time_total > 0 and rows["linear"].backward_time_total > 0
    names = by_key(prof.key_averages())
    assert names["linear"].count == 15 and names["TanhBackward0"].count == 5
    assert names["Optimizer.step#SGD.step"].count == 5
    assert names["Optimizer.zero_grad#SGD.zero_grad"].count == 5
    assert names["torch::autograd::AccumulateGrad"].count == 30


@pytest.mark.parametrize("group", ["by_operation", "by_module", "key_averages"])
def test_all_rows_together_take_the_time_that_was_measured(group):
    step = step_of(Net(), torch.ones(3, 4))
    before = time.perf_counter()
    with profile() as prof:
        inner = time.perf_counter()
        for _ in range(5):
            step()
        inner = time.perf_counter() - inner
    outer = time.perf_counter() - before
    rows = getattr(prof, group)()
    total = sum(row.self_cpu_time_total for row in rows)
    assert all(row.self_cpu_time_total >= 0 for row in rows)
    assert total == pytest.approx(prof.events().measured)
    assert inner <= total / 1e6 <= outer


def test_the_total_of_a_row_is_that_of_what_it_encloses():
    with profile() as prof, record_function("outer"):
        time.sleep(0.01)
        with record_function("inner"):
            time.sleep(0.02)
    rows = by_key(prof.key_averages())
    assert rows["inner"].cpu_time_total >= 20e3
    assert rows["outer"].self_cpu_time_total >= 10e3
    outer, inner = prof.events()
    rest = outer.cpu_time_total - inner.cpu_time_total
    assert outer.self_cpu_time_total == pytest.approx(rest)
    assert inner.cpu_parent is outer and outer.cpu_children == [inner]


def test_a_rule_that_calls_operations_encloses_them():
    x = torch.ones(3, requires_grad=True)
    with profile() as prof:
        torch.sigmoid(x).sum().backward(create_graph=False)
        torch.cumsum(x, 0).sum().backward()
    inside = [e for e in prof.events() if e.cpu_parent and e.cpu_parent.name == "CumsumBackward0"]
    assert inside and all(e.owner.op == "cumsum" for e in inside)
    assert inside[0].name not in by_key(prof.by_operation())


def test_time_by_module_forward_and_backward():
    class Part(nn.Module):
        def forward(self, x):
            return Slow.apply(x)

    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(Part(), nn.ReLU()), nn.Linear(4, 4))
    with profile() as prof:
        net(torch.ones(2, 4)).sum().backward()
    rows = by_key(prof.by_module())
    assert list(rows)[:5] == [
        "Sequential (Sequential)", "Sequential.0 (Linear)", "Sequential.1 (Sequential)",
        "Sequential.1.0 (Part)", "Sequential.1.1 (ReLU)",
    ]  # fmt: skip
    part, above, other = (rows[k] for k in [*list(rows)[3:1:-1], "Sequential.0 (Linear)"])
    assert part.self_forward_time_total >= 10e3 and part.self_backward_time_total >= 30e3
    assert above.backward_time_total >= part.backward_time_total
    assert above.self_backward_time_total < 30e3 and other.backward_time_total > 0
    assert rows["Sequential (Sequential)"].cpu_time_total == pytest.approx(
        sum(row.self_cpu_time_total for key, row in rows.items() if key.startswith("Seq"))
    )
    operations = by_key(prof.by_operation())
    assert operations["Slow"].forward_time_total >= 10e3
    assert operations["Slow"].backward_time_total >= 30e3


def test_paths_of_modules():
    class Maker(nn.Module):
        def __init__(self):
            super().__init__()
            self.known = nn.ReLU()

        def forward(self, x):
            return nn.Tanh()(self.known(x))

    first, second = Maker(), Maker()
    with profile() as prof:
        first(torch.ones(2))
        second(torch.ones(2))
        F.relu(torch.ones(2))
    assert [row.key for row in prof.by_module()] == [
        "Maker (Maker)", "Maker.known (ReLU)", "Maker > Tanh (Tanh)",
        "Maker#2 (Maker)", "Maker#2.known (ReLU)", "Maker#2 > Tanh (Tanh)",
        "[outside of modules]", "[outside of operations]",
    ]  # fmt: skip
    modules = [event.module for event in prof.events() if event.name == "relu"]
    assert modules == ["Maker.known", "Maker#2.known", ""]


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_a_checkpoint_runs_again_has_the_path_that_it_had(reentrant):
    class Saving(Net):
        def forward(self, x):
            x = torch.utils.checkpoint.checkpoint(self.layers, x, use_reentrant=reentrant)
            return self.head(x)

    net = Saving()
    with profile() as prof:
        net(torch.ones(3, 4, requires_grad=True)).sum().backward()
    rows = prof.by_module()
    assert {row.key: row.count for row in rows} == {
        "Saving (Saving)": 1, "Saving.layers (Sequential)": 2, "Saving.layers.0 (Linear)": 2,
        "Saving.layers.1 (ReLU)": 2, "Saving.layers.2 (Linear)": 2, "Saving.head (Linear)": 1,
        "[outside of modules]": 2, "[backward pass]": 1 + reentrant, "[outside of operations]": 1,
    }  # fmt: skip
    again = [e for e in prof.events() if e.module == "Saving.layers.1" and e.name == "relu"]
    assert [e.in_backward for e in again] == [False, True]


def test_a_derivative_belongs_to_the_module_of_its_operation():
    net = Net()
    with profile() as prof:
        net(torch.ones(3, 4)).sum().backward()
    found = {(e.op, e.module) for e in prof.events() if e.name.endswith("Backward0")}
    assert ("tanh", "Net") in found and ("relu", "Net.layers.1") in found
    assert {m for op, m in found if op == "linear"} == {"Net.layers.0", "Net.layers.2", "Net.head"}
    tanh = next(e for e in prof.events() if e.name == "TanhBackward0")
    assert tanh.forward.name == "tanh" and tanh.forward.sequence_nr == tanh.sequence_nr


def test_nodes_from_before_belong_to_no_module():
    y = Net()(torch.ones(3, 4)).sum()
    with profile() as prof:
        y.backward()
    assert {e.module for e in prof.events()} == {""}
    assert by_key(prof.by_operation())["linear"].backward_count == 3


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_put_back(fails):
    step = step_of(Net(), torch.ones(3, 4))
    step()
    before = swapped()
    try:
        with profile(record_shapes=True, profile_memory=True, with_stack=True) as prof:
            assert swapped() != before
            step()
            if fails:
                raise ValueError("from the block")
    except ValueError as error:
        assert fails and str(error) == "from the block"
    after = swapped()
    assert len(before) == len(after) and all(a == b for a, b in zip(before, after))
    assert Recording.active is None
    count = len(prof.events())
    step()
    assert count == len(prof.events()) > 10


def test_what_is_made_while_profiling_is_timed_and_put_back():
    with profile() as prof:
        op = Primitive(
            "made_while_profiling", lambda x: x + 1.0, vjps=(lambda g: g * 1.0,), doc="For a test."
        )
        try:
            op(torch.ones(2, requires_grad=True)).sum().backward()
        finally:
            del registry["made_while_profiling"]
    row = by_key(prof.by_operation())["made_while_profiling"]
    assert (row.forward_count, row.backward_count) == (1, 1)
    plan = op.plans[1]
    assert (op.run.__name__, plan.backward.__name__) == ("<lambda>", "backward")
    assert plan.rules[0].__name__ == "part0"


def test_forward_derivatives_are_compiled_anew():
    sin = registry["sin"]
    with profile() as prof:
        minitorch.differential.make_jvp(np.sin)(np.ones(3))(np.ones(3))
    assert by_key(prof.key_averages())["sin"].count >= 1
    assert sin.pushes == [None, None]


def program():
    """What uses every way through the engine; its results."""
    torch.manual_seed(0)
    net, x = Net(), torch.randn(5, 4)
    out = [step_of(net, x)() for _ in range(3)]
    w = torch.randn(4, requires_grad=True)
    (g,) = torch.autograd.grad((w.exp() * w.sin()).sum(), w, create_graph=True)
    out += [g, *torch.autograd.grad((g * g).sum(), w)]
    out.append(torch.func.vmap(torch.func.grad(lambda v: (v.tanh() ** 2).sum()))(x))
    out.append(torch.func.hessian(lambda v: (v**3).sum())(w.detach()))
    out.append(torch.func.jvp(lambda v: torch.logsumexp(v, 0), (w.detach(),), (x[0],))[1])
    out.append(torch.utils.checkpoint.checkpoint(net, x, use_reentrant=False).sum())
    z = x.clone().mul_(2).add_(x).clamp_(-1, 1)
    z[0] += 1
    out += [z, torch.autograd.functional.jacobian(torch.sin, w.detach())]
    out.append(minitorch.grad(lambda a: np.sum(np.sin(a) * a))(np.ones(3)))
    u = torch.ones(3, requires_grad=True)
    a, b = u.chunk(2)
    out += torch.autograd.grad(Slow.apply(a).sum() + b.sum(), [u])
    return [np.asarray(y.detach() if isinstance(y, torch.Tensor) else y) for y in out]


def test_nothing_is_computed_otherwise():
    plain = program()
    with profile(record_shapes=True, profile_memory=True, with_stack=True) as prof:
        profiled = program()
    assert all(np.array_equal(a, b) for a, b in zip(plain, profiled, strict=True))
    assert prof.key_averages(group_by_input_shape=True, group_by_stack_n=3).table()
    assert prof.by_module().table() and prof.by_operation().table()


def test_one_profiler_records_at_a_time():
    with profile() as outer:
        torch.ones(2) + 1
        for other in (profile(), torch.autograd.profiler.profile()):
            with pytest.raises(RuntimeError, match="^Profiler is already enabled on this thread"):
                other.start()
        torch.ones(2) + 1
    assert by_key(outer.key_averages())["add"].count == 2


def test_a_profiler_that_is_lost_stops():
    lost = profile()
    lost.start()
    assert Recording.active is not None
    del lost
    gc.collect()
    assert Recording.active is None


def test_an_error_in_a_module_ends_its_event():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(3, 3))
    with profile() as prof:
        with pytest.raises(RuntimeError, match=r"in net\.1 \(Linear\)"):
            net(torch.ones(2, 4))
        torch.ones(2).exp()
    names = [(e.name, e.module) for e in prof.events()]
    assert names[:3] == [("Sequential", "Sequential"), ("Linear", "Sequential.0"),
                         ("linear", "Sequential.0")]  # fmt: skip
    assert names[-1] == ("exp", "")


def test_threads_are_told_apart():
    def work():
        with record_function("elsewhere"):
            torch.ones(3).exp()

    with profile() as prof:
        torch.ones(3).sin()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    threads = {event.name: event.thread for event in prof.events()}
    assert threads == {"sin": 1, "elsewhere": 2, "exp": 2}
    total = sum(row.self_cpu_time_total for row in prof.key_averages())
    assert total == pytest.approx(prof.events().measured)


def test_memory_of_results_comes_and_goes():
    x = torch.ones(1000)
    with profile(profile_memory=True) as prof:
        kept = x + 1
        with record_function("lost"):
            lost = x * 2
            del lost
        view = kept.reshape(10, 100)
    rows = by_key(prof.key_averages())
    assert rows["add"].cpu_memory_usage == rows["add"].self_cpu_memory_usage == 4000
    assert (rows["multiply"].cpu_memory_usage, rows["lost"].self_cpu_memory_usage) == (4000, -4000)
    assert rows["lost"].cpu_memory_usage == 0
    assert rows["reshape"].result_bytes == 0 and view.shape == (10, 100)
    assert "CPU Mem" in prof.key_averages().table()
    assert "CPU Mem" not in str(profile_of(lambda: x + 1).key_averages())


def profile_of(f, **options):
    with profile(**options) as prof:
        f()
    return prof


def test_memory_of_gradients():
    net, x = nn.Linear(10, 10), torch.ones(4, 10)
    with profile(profile_memory=True) as prof, record_function("all"):
        net(x).pow(2).sum().backward()
    rows = by_key(prof.key_averages())
    assert rows["all"].cpu_memory_usage == 440  # the weight's and the bias's are left


def test_bytes_of_results():
    x = torch.ones(100, requires_grad=True)

    def run():
        y = x * 3.0
        y.unsqueeze(0).sum().backward()
        z = torch.zeros(100)
        z += 1

    rows = by_key(profile_of(run).by_operation())
    assert rows["multiply"].result_bytes in (400, 800)  # with the gradient, if that is an array
    assert sum(row.result_bytes for key, row in rows.items() if "squeeze" in key) == 0
    assert rows["add"].result_bytes == 0  # in place


def test_results_are_not_kept_alive():
    x = torch.ones(10, requires_grad=True)
    with profile():
        y = x.exp()
        node, array = y.grad_fn, weakref.ref(y._value)
        y.sum().backward()
        del y, node
        assert array() is None


def test_modules_are_not_kept_alive():
    with profile() as prof:
        net = Net()
        net(torch.ones(3, 4))
    gone = weakref.ref(net)
    del net
    assert gone() is None
    assert by_key(prof.by_module())["Net.layers.2 (Linear)"].count == 1


def test_a_module_whose_init_failed():
    class Late(nn.Module):
        def __init__(self):
            pass

    with profile() as prof, pytest.raises(AttributeError, match="super"):
        nn.Sequential(Late())(1)
    assert [e.module for e in prof.events()] == ["Sequential"]


def test_hooks_run_as_ever():
    net, told = Net(), []
    net.head.register_forward_hook(lambda module, args, y: told.append("own") or y * 2)
    plain = net(torch.ones(3, 4))
    with profile() as prof:
        hooked = net(torch.ones(3, 4))
        with nn.modules.module.register_module_forward_hook(lambda *_: told.append("global")):
            net(torch.ones(3, 4))
    assert torch.equal(plain, hooked) and by_key(prof.by_module())["Net.head (Linear)"].count == 2
    assert told == ["own"] * 2 + ["global"] * 5 + ["own", "global"]


SCRIPT = """
import sys, torch
from torch.profiler import ProfilerActivity, profile, record_function
import torch.autograd.profiler as profiler
x = torch.ones(3, requires_grad=True)
torch.nn.Linear(3, 2)(x).sum().backward()
print(sys.argv[1:], profile.__module__, profiler.record_function is record_function)
"""


def test_the_command(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    trace = tmp_path / "trace.json"
    command = [sys.executable, "-m", "minitorch.profiler", "--rows", "20", "--trace", str(trace)]
    run = subprocess.run(
        [*command, str(tmp_path / "script.py"), "an argument"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    first, *rest = run.stdout.splitlines()
    assert first == "['an argument'] minitorch.profiler.scheduled True"
    assert any(line.split()[:1] == ["linear"] for line in rest)
    assert any(line.split()[:2] == ["Linear", "(Linear)"] for line in rest)
    assert "AddmmBackward0" in trace.read_text()


def test_shapes_and_stacks(tmp_path):
    def product():
        return torch.ones(2, 3) @ torch.ones(3, 4)

    prof = profile_of(product, record_shapes=True, with_stack=True)
    (event,) = prof.events()
    assert event.input_shapes == [[2, 3], [3, 4]]
    assert event.stack[0].endswith(": product") and event.stack[1].endswith(": profile_of")
    assert __file__ in event.stack[0] and not any("minitorch/" in place for place in event.stack)
    table = prof.key_averages(group_by_input_shape=True, group_by_stack_n=2).table()
    assert "[[2, 3], [3, 4]]" in table and "Source Location" in table
    prof.export_stacks(tmp_path / "stacks")
    stack, _, value = (tmp_path / "stacks").read_text().strip().rpartition(" ")
    assert stack.endswith(":_product") and int(value) > 0
    with pytest.raises(ValueError, match="metric should be one of"):
        prof.export_stacks(tmp_path / "stacks", "beauty")
    with pytest.raises(AssertionError, match="requires with_stack=True"):
        profile_of(product).export_stacks(tmp_path / "stacks")


def test_forms_of_arguments_are_told_apart():
    def run():
        for n in (2, 3, 3):
            torch.ones(n).exp()

    prof = profile_of(run, record_shapes=True)
    rows = [r for r in prof.key_averages(group_by_input_shape=True) if r.key == "exp"]
    assert [(row.input_shapes, row.count) for row in rows] == [([[2]], 1), ([[3]], 2)]
    assert by_key(prof.key_averages())["exp"].count == 3


@pytest.mark.parametrize("name", ["trace.json", "trace.json.gz"])
def test_chrome_trace(tmp_path, name):
    net = Net()

    def run():
        with record_function("part"):
            net(torch.ones(3, 4)).sum().backward()

    prof = profile_of(run, record_shapes=True, profile_memory=True, with_stack=True)
    prof.add_metadata("note", "a string")
    prof.add_metadata_json("number", "[1, 2]")
    prof.export_chrome_trace(tmp_path / name)
    opened = gzip.open if name.endswith("gz") else open
    with opened(tmp_path / name, "rt") as file:
        trace = json.load(file)
    assert (trace["note"], trace["number"]) == ("a string", [1, 2])
    spans = [e for e in trace["traceEvents"] if e["ph"] == "X"]
    assert len(spans) == len(prof.events())
    assert all(
        e["dur"] >= 0 and {"name", "cat", "ts", "pid", "tid", "args"} <= set(e) for e in spans
    )
    names = [e["name"] for e in spans]
    assert "nn.Module: Net.layers.2 (Linear)" in names and "TanhBackward0" in names
    part = next(e for e in spans if e["name"] == "part")
    assert all(
        part["ts"] <= e["ts"] <= e["ts"] + e["dur"] <= part["ts"] + part["dur"] for e in spans
    )
    starts = {e["id"]: e for e in trace["traceEvents"] if e["ph"] == "s"}
    ends = {e["id"]: e for e in trace["traceEvents"] if e["ph"] == "f"}
    assert starts and starts.keys() == ends.keys()
    assert all(starts[i]["ts"] < ends[i]["ts"] for i in starts)
    held = [e["args"]["Total Allocated"] for e in trace["traceEvents"] if e["ph"] == "C"]
    assert max(held) > 0


def test_cycles_of_a_schedule():
    told = []

    def ready(prof):
        counts = {row.key: row.count for row in prof.key_averages()}
        told.append((prof.step_num, counts["exp"], counts["ProfilerStep*"]))

    plan = schedule(wait=1, warmup=1, active=2, repeat=2)
    timed = []
    with profile(schedule=plan, on_trace_ready=ready) as prof:
        for _ in range(10):
            timed.append(Recording.active is not None)
            torch.ones(2).exp()
            prof.step()
    assert told == [(4, 2, 2), (8, 2, 2)]
    assert timed == [False, True, True, True] * 2 + [False] * 2
    names = [e.name for e in prof.events() if e.name.startswith("ProfilerStep")]
    assert names == ["ProfilerStep#6", "ProfilerStep#7"]


def test_a_schedule_that_ends_early_hands_over_what_there_is():
    told = []
    plan = schedule(wait=0, warmup=1, active=5)
    with profile(schedule=plan, on_trace_ready=lambda p: told.append(len(p.events()))) as prof:
        prof.step()
        torch.ones(2).exp()
    assert told == [2]  # with the step


def test_cycles_are_kept_where_that_is_asked_for():
    with pytest.warns(UserWarning, match="won't be using warmup"):
        plan = schedule(wait=1, warmup=0, active=1)
    with profile(schedule=plan, acc_events=True) as prof:
        for _ in range(4):
            torch.ones(2).exp()
            prof.step()
    rows = by_key(prof.key_averages())
    assert (rows["exp"].count, rows["ProfilerStep*"].count) == (2, 2)
    total = sum(row.self_cpu_time_total for row in rows.values())
    assert total == pytest.approx(prof.events().measured)


def test_modules_have_one_path_in_all_cycles():
    net = Net()
    with profile(schedule=schedule(wait=1, warmup=1, active=1), acc_events=True) as prof:
        for _ in range(6):
            net(torch.ones(3, 4))
            prof.step()
    assert by_key(prof.by_module())["Net.head (Linear)"].count == 2
    assert not [row.key for row in prof.by_module() if "#2" in row.key]


def test_the_memory_of_a_warmup_is_not_in_the_trace(tmp_path):
    kept, plan = [], schedule(wait=0, warmup=1, active=1, repeat=1)
    with profile(schedule=plan, profile_memory=True) as prof:
        for _ in range(2):
            kept.append(torch.ones(100).exp())
            prof.step()
    prof.export_chrome_trace(tmp_path / "trace.json")
    entries = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    held = [(e["ts"] >= 0, e["args"]["Total Allocated"]) for e in entries if e["ph"] == "C"]
    assert held == [(True, 800)] and len(kept) == 2


def test_what_a_note_says_is_in_the_trace(tmp_path):
    with profile() as prof, record_function("part", "its text"):
        torch.ones(2).exp()
    assert len(prof.events()) == 2
    prof.add_metadata("note", "added late")
    prof.export_chrome_trace(tmp_path / "trace.json")
    content = json.loads((tmp_path / "trace.json").read_text())
    spans = [e for e in content["traceEvents"] if e["ph"] == "X"]
    assert [e["args"].get("Args") for e in spans] == ["its text", None]
    assert content["note"] == "added late"


def test_traces_for_tensorboard(tmp_path):
    with profile(on_trace_ready=tensorboard_trace_handler(str(tmp_path / "new"), "me")):
        torch.ones(2).exp()
    (path,) = (tmp_path / "new").iterdir()
    assert path.name.startswith("me.") and path.name.endswith(".pt.trace.json")
    assert "exp" in path.read_text()


def test_tables():
    step = step_of(Net(), torch.ones(3, 4))
    prof = profile_of(lambda: [step() for _ in range(3)])
    rows = prof.key_averages()

    def column(table, i):
        lines = table.splitlines()
        return [line.split()[-i] for line in lines[3 : lines.index(lines[0], 3)]]

    for key in ("self_cpu_time_total", "cpu_time_total", "cpu_time", "count"):
        values = [getattr(row, key) for row in sorted(rows, key=lambda r: -getattr(r, key))]
        shown = rows.table(sort_by=key, row_limit=-1)
        assert column(shown, 1) != [] and values == sorted(values, reverse=True)
        if key == "count":
            assert list(map(int, column(shown, 1))) == values
    assert len(column(rows.table(row_limit=4), 1)) == 4
    assert rows.table(header="a header").splitlines()[1] == "a header"
    assert "ms" in rows.table(time_unit="ms") and "us" not in rows.table(time_unit="ms")
    assert "Optim..." in rows.table(max_name_column_width=8)
    assert str(rows) == rows.table()
    with pytest.raises(AttributeError, match="no attribute 'beauty' to sort by; there are .*count"):
        rows.table(sort_by="beauty")
    by_time = prof.by_operation()
    slowest = max(by_time, key=lambda row: row.backward_time_total).key
    shown = by_time.table(sort_by="backward_time_total").splitlines()
    assert shown[3].split()[0] == slowest
    assert prof.key_averages().table(sort_by="self_cuda_time_total") == rows.table()
    total = rows.total_average()
    assert total.key == "Total" and total.count == sum(row.count for row in rows)


def test_record_function_around_calls():
    @record_function("named")
    def f(x):
        """Its text."""
        return x + 1

    f(torch.ones(1))  # no profiler: nothing happens
    prof = profile_of(lambda: [f(torch.ones(1)) for _ in range(3)])
    assert by_key(prof.key_averages())["named"].count == 3
    assert f.__doc__ == "Its text."
    with profile() as prof, pytest.raises(ValueError), record_function("fails"):
        raise ValueError
    assert [e.name for e in prof.events()] == ["fails"]


def test_batches_of_a_loader():
    data = torch.utils.data.TensorDataset(torch.ones(4, 2))
    prof = profile_of(lambda: list(torch.utils.data.DataLoader(data, batch_size=2)))
    row = by_key(prof.key_averages())["enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__"]
    assert row.count == 3  # the last finds the end


class Watched(torch.utils.data.Dataset):
    """Items that tell whether the process is recorded that made them."""

    def __len__(self):
        return 4

    def __getitem__(self, i):
        torch.ones(2).exp()
        return int(Recording.active is not None or registry["exp"].run.__name__ == "timed")


def test_worker_processes_record_nothing():
    told = []
    prof = profile_of(
        lambda: told.extend(torch.utils.data.DataLoader(Watched(), batch_size=2, num_workers=1))
    )
    assert torch.cat(told).tolist() == [0] * 4
    assert "enumerate(DataLoader)#_MultiProcessingDataLoaderIter.__next__" in by_key(
        prof.key_averages()
    )


def test_operations_of_users():
    @minitorch.extend.primitive
    def twice(x):
        return 2.0 * x

    minitorch.extend.defvjp(twice, lambda ans, x: lambda g: 2.0 * g)
    x = torch.ones(3, requires_grad=True)
    prof = profile_of(lambda: twice(x).sum().backward())
    row = by_key(prof.by_operation())["twice"]
    assert (row.forward_count, row.backward_count) == (1, 1)


def test_the_profiler_costs_less_than_what_it_measures():
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    step = step_of(net, torch.ones(32, 2))
    step()

    def cost(context):
        with context:
            start = time.process_time()
            for _ in range(20):
                step()
            return time.process_time() - start

    plain, profiled = [], []
    for _ in range(40):  # the least of many, as the machine may be busy
        plain.append(cost(record_function("nothing")))
        profiled.append(cost(profile()))
    assert min(profiled) < 2 * min(plain)
