"""The doctor changes nothing: neither a model that it examines nor a loop that it watches."""

import random

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn, optim
from minitorch.engine import modes
from minitorch.inspect import doctor
from minitorch.nn.modules.everywhere import calls
from minitorch.random import default_generator
from minitorch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    """Dropout, batch norm, functional ReLU, a frozen part, counters, and a loss of all kinds."""

    def __init__(self, weird=False):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
        self.drop, self.fc = nn.Dropout(0.3), nn.Linear(4 * 36, 3)
        self.frozen = nn.Linear(3, 3).requires_grad_(False)
        self.calls, self.seen = 0, []
        if weird:
            self.lock = (i for i in range(3))  # a generator cannot be copied

    def forward(self, x):
        self.calls += 1
        self.seen.append(len(x))
        x = self.drop(torch.relu(self.norm(self.conv(x))))
        return self.fc(x.flatten(1)) + 0.1 * self.frozen(torch.rand(len(x), 3))


def everything(model, optimizer):
    """All that must stay: bytes of parameters, buffers, gradients, state; streams, hooks, modes."""
    parameters, state = dict(model.named_parameters()), optimizer.state_dict()["state"]
    return (
        {k: v.numpy().tobytes() for k, v in model.state_dict().items()},
        [None if p.grad is None else p.grad.numpy().tobytes() for p in parameters.values()],
        [torch.as_tensor(v).numpy().tobytes() for s in state.values() for v in s.values()],
        default_generator.get_state().numpy().tobytes(),
        np.random.get_state()[1].tobytes(),  # noqa: NPY002
        random.getstate(),
        [m.training for m in model.modules()],
        model.calls,
        list(model.seen),
        [len(m._forward_hooks) + len(m._backward_hooks) for m in model.modules()],
        len(calls),
        len(optimizer._optimizer_step_pre_hooks) + len(optimizer._optimizer_step_post_hooks),
        [p.requires_grad for p in model.parameters()],
        [p._version for p in model.parameters()],
    )  # fmt: skip


def train(watch, kind, steps=25, **options):
    torch.manual_seed(0)
    model, loss_fn = Net(), nn.CrossEntropyLoss()
    optimizer = kind(model.parameters(), lr=0.01, **options)
    loader = DataLoader(TensorDataset(torch.randn(24, 1, 8, 8), torch.arange(24) % 3), 8, True)
    losses = []

    def loop():
        for _ in range(steps // 3):
            model.train()
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_fn(model(x), y)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                losses.append(loss.item())
            model.eval()
            with torch.no_grad():
                model(torch.randn(4, 1, 8, 8))

    if watch:
        with doctor(model, loss_fn, optimizer=optimizer, report=False) as diagnosis:
            loop()
        assert not diagnosis.case.trouble and diagnosis.case.steps == len(losses)
    else:
        loop()
    return losses, everything(model, optimizer)


@pytest.mark.parametrize(
    "kind, options",
    [(optim.Adam, {}), (optim.SGD, {"momentum": 0.9}), (optim.AdamW, {"amsgrad": True})],
)
def test_a_watched_loop_computes_the_same_bit_for_bit(kind, options):
    assert train(True, kind, **options) == train(False, kind, **options)


@pytest.mark.parametrize("weird", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_an_examination_leaves_everything_as_it_was(weird, broken):
    model, loss_fn = Net(weird), nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters())
    x, y = torch.randn(8, 1, 8, 8), torch.arange(8) % 3
    loss_fn(model(x), y).backward()
    optimizer.step()
    model.drop.eval()
    before, grads = everything(model, optimizer), [p.grad for p in model.parameters()]
    batch = (x, y.float() if broken else y)
    found = doctor(model, loss_fn, batch, optimizer, overfit=True)
    assert ("raised" in found) == broken
    assert everything(model, optimizer) == before
    assert all(p.grad is g for p, g in zip(model.parameters(), grads, strict=True))
    assert str(found) == str(found) and everything(model, optimizer) == before


def test_a_loader_is_asked_without_drawing_from_its_stream():
    generator = torch.Generator().manual_seed(3)
    data = TensorDataset(torch.randn(40, 4), torch.arange(40) % 3)
    loader = DataLoader(data, batch_size=8, shuffle=True, generator=generator)
    model, streams = nn.Linear(4, 3), (generator, default_generator)
    before = [stream.get_state().numpy().tobytes() for stream in streams]
    assert doctor(model, nn.CrossEntropyLoss(), loader).ok
    assert before == [stream.get_state().numpy().tobytes() for stream in streams]


def test_a_graph_that_waits_for_its_backward_pass_can_still_have_it():
    model, x, y = nn.Linear(4, 3), torch.randn(8, 4), torch.arange(8) % 3
    loss_fn = nn.CrossEntropyLoss()
    loss = loss_fn(model(x), y)
    assert doctor(model, loss_fn, (x, y)).ok
    loss.backward()
    assert model.weight.grad is not None


def test_after_the_block_nothing_watches():
    method = torch.Tensor.backward
    model = nn.Linear(2, 1)
    with pytest.raises(ValueError, match="mine"), doctor(model, report=False):
        assert torch.Tensor.backward is not method
        raise ValueError("mine")
    assert torch.Tensor.backward is method and not calls
    with doctor(model, report=False), doctor(model, report=False):
        model(torch.ones(3, 2)).sum().backward()
    assert torch.Tensor.backward is method and not calls


@pytest.mark.parametrize(
    "model", [nn.LazyLinear(3), nn.Sequential(nn.LazyLinear(4), nn.Tanh(), nn.Linear(4, 3))]
)
def test_lazy_models_stay_lazy(model):
    assert doctor(model, nn.CrossEntropyLoss(), (torch.randn(8, 4), torch.arange(8) % 3)).ok
    assert "Lazy" in repr(model)


def test_models_with_several_inputs_and_named_ones():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 1)

        def forward(self, a, b):
            return {"out": self.fc(a + b)}

    a, y = torch.randn(8, 2), torch.randn(8, 1)

    def loss_fn(output, y):
        return ((output["out"] - y) ** 2).mean()

    assert doctor(Sum(), loss_fn, (a, a, y)).ok
    assert doctor(Sum(), loss_fn, {"a": a, "b": a, "target": y}).ok
    assert doctor(nn.Linear(2, 1), batch=a).ok


class Root(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        return torch.sqrt(self.fc(x) * 0)


def test_nothing_listens_any_more_after_a_nan_was_looked_for():
    before = modes.state.recorder, modes.state.mode
    found = doctor(Root(), nn.MSELoss(), (torch.randn(8, 2), torch.randn(8, 1)))
    assert "nonfinite" in {finding.name for finding in found.findings}
    assert (modes.state.recorder, modes.state.mode) == before


def test_a_method_that_listened_is_left_out_again():
    class Recorder:
        def hear(self, *heard):
            pass

    outer, inner = Recorder(), Recorder()
    before = modes.state.recorder, modes.state.mode
    modes.listen(outer.hear)
    modes.listen(inner.hear)
    modes.unlisten(outer.hear)
    assert modes.state.recorder == inner.hear
    modes.unlisten(inner.hear)
    assert (modes.state.recorder, modes.state.mode) == before


def test_nothing_listens_after_the_birth_of_a_nan_was_searched_for():
    class Log(nn.Linear):
        def forward(self, x):
            return super().forward(x * 0).mul(0).log()

    model = Log(4, 3)
    found = doctor(model, nn.MSELoss(), (torch.randn(8, 4), torch.randn(8, 3)))
    assert found["nonfinite"].where.startswith("Log")
    assert modes.state.recorder is None and not modes.state.mode & modes.TRACE
