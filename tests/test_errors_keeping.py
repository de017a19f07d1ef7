"""What errors keep and leave alone: memory, messages of their own, other processes, time."""

from __future__ import annotations

import asyncio
import gc
import pickle
import subprocess
import sys
import threading
import traceback
import weakref

import pytest

import minitorch as torch
from minitorch import errors, nn

F = nn.functional


def floats(*shape):
    return torch.zeros(*shape)


@pytest.fixture
def without_gc():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


FAILING = [
    lambda x: nn.Sequential(nn.Linear(4, 2), nn.Linear(3, 2))(x),
    lambda x: F.linear(x, floats(4, 7)),
    lambda x: F.linear(x.long(), floats(7, 4)),
    lambda x: x @ x,
    lambda x: x + floats(3),
    lambda x: torch.cat([x, floats(3)]),
    lambda x: F.cross_entropy(x, floats(5)),
    lambda x: x[20],
    lambda x: (x.requires_grad_() * 2).backward(),
]


@pytest.mark.parametrize("call", FAILING)
def test_no_tensor_outlives_its_error(call, without_gc):
    x = floats(5, 4)
    kept = weakref.ref(x)
    try:
        call(x)
    except (RuntimeError, IndexError) as error:
        assert errors.explain(error)
    else:
        pytest.fail("no error")
    del x
    assert kept() is None


def test_a_frame_that_runs_on_keeps_no_copy_of_its_variables(without_gc):
    net, kept = nn.Linear(3, 2), []
    for _ in range(3):
        batch = floats(5, 4)
        kept.append(weakref.ref(batch))
        try:
            net(batch)
        except RuntimeError as error:
            assert "in net (Linear)" in str(error)
        batch = None
    assert [ref() for ref in kept] == [None] * 3


def test_what_locals_gave_stays_as_it_is():
    net = nn.Linear(3, 2)
    mine = locals()
    with pytest.raises(RuntimeError, match="in net"):
        net(floats(4))
    assert mine["net"] is net


class Guarded(nn.Module):
    """Says of what is inside that it failed, in the way given."""

    def __init__(self, depth, say):
        super().__init__()
        self.inner = Guarded(depth - 1, say) if depth else nn.Linear(3, 3)
        self.say = say

    def forward(self, x):
        try:
            return self.inner(x)
        except RuntimeError as error:
            self.say(error)


def again(error):
    raise error


def quoted(error):
    raise RuntimeError(f"a layer failed: {error}")


def caused(error):
    raise RuntimeError("a layer failed") from error


@pytest.mark.parametrize("say", [again, quoted])
def test_a_message_is_told_once(say):
    net = Guarded(3, say)
    with pytest.raises(RuntimeError) as info:
        net(floats(2, 4))
    said = str(info.value)
    assert "in net.inner.inner.inner.inner (Linear): linear()" in said
    assert said.count("\n  at ") == said.count("\n  given ") == said.count("\n  hint: ") == 1


def test_each_of_a_chain_tells_its_own_place():
    net = Guarded(1, caused)
    with pytest.raises(RuntimeError, match=r"^a layer failed\n  in net \(Guarded\)\n  at ") as info:
        net(floats(2, 4))
    below = info.value.__cause__
    assert str(below).startswith("a layer failed\n  in net.inner (Guarded)\n")
    assert "in net.inner.inner (Linear): linear()" in str(below.__cause__)


def test_one_error_raised_many_times_does_not_grow():
    net, error = nn.Linear(3, 2), None
    lengths = []
    for _ in range(5):
        try:
            if error is not None:
                raise error
            net(floats(4))
        except RuntimeError as caught:
            error = caught
            lengths.append(len(str(error)))
    assert len(set(lengths)) == 1


class Raises(nn.Module):
    def forward(self, error):
        raise error


AS_THEY_ARE = [
    StopIteration("value"),
    StopAsyncIteration("value"),
    ImportError("no module x", name="x"),
    SyntaxError("bad"),
    KeyError("key"),
    AssertionError(),
    OSError(2, "no such file"),
    RuntimeError(ValueError("inner")),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", AS_THEY_ARE, ids=lambda error: type(error).__name__)
def test_errors_that_carry_something_else_pass_as_they_are(error):
    said, args = str(error), error.args
    with pytest.raises(type(error)) as info:
        nn.Sequential(Raises())(error)
    assert info.value is error and str(error) == said and error.args == args


def test_an_iterator_that_ends_inside_of_a_model_keeps_its_value():
    class Net(nn.Module):
        def forward(self, parts):
            return next(parts)

    def parts():
        return "the result"
        yield

    with pytest.raises(StopIteration) as info:
        Net()(parts())
    assert info.value.value == str(info.value) == "the result"


def test_recursion():
    class Net(nn.Module):
        def forward(self, x):
            return self(x)

    with pytest.raises(RecursionError, match="^maximum recursion depth exceeded") as info:
        Net()(floats(2))
    assert str(info.value).count("\n  in ") <= 1


def test_to_other_processes_and_back():
    net = nn.Linear(3, 2)
    with pytest.raises(RuntimeError) as info:
        net(floats(4))
    copy = pickle.loads(pickle.dumps(info.value))
    assert type(copy) is RuntimeError and str(copy) == str(info.value)
    with pytest.raises(RuntimeError) as once_more:
        nn.Sequential(Raises())(copy)
    assert str(once_more.value) == str(info.value)


def test_in_threads_and_tasks():
    net, said = nn.Sequential(nn.Linear(3, 2)), []

    def work():
        try:
            net(floats(4))
        except RuntimeError as error:
            said.append(str(error))

    async def task():
        await asyncio.sleep(0)
        work()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    asyncio.run(task())
    assert len(said) == 2 and all("in net.0 (Linear): linear()\n  at " in s for s in said)


def test_hooks_that_fail_are_shown():
    net = nn.Sequential(nn.Linear(2, 2))

    def hook(module, args, output):
        raise ValueError("from the hook")

    net[0].register_forward_hook(hook)
    with pytest.raises(ValueError, match="^from the hook\n  in net.0 ") as info:
        net(floats(2))
    shown = errors.frames.shortened(info.value)
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(shown)]
    assert names[-1] == "hook"
    assert "raise ValueError" in str(info.value)


def test_what_an_error_costs_does_not_grow_with_the_model(monkeypatch):
    """The steps of teaching are counted, which a machine's load does not change."""
    taught = []
    real = errors.raising._teach
    monkeypatch.setattr(errors.raising, "_teach", lambda *args: taught.append(1) or real(*args))
    counts = []
    for size in (5, 50):
        net = nn.Sequential(*[nn.Linear(4, 4) for _ in range(size)], nn.Linear(9, 2))
        with pytest.raises(RuntimeError):
            net(floats(2, 4))
        counts.append(len(taught))
        taught.clear()
    assert counts[0] == counts[1] <= 3


def test_nothing_is_loaded_for_errors_before_there_is_one():
    program = (
        "import sys, minitorch.nn.functional\n"
        "print(*sorted(m for m in sys.modules if m.startswith('minitorch.errors.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = [name.rpartition(".")[2] for name in done.stdout.split()]
    assert loaded == ["frames", "matching", "raising"], done.stderr
