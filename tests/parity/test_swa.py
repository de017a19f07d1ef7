"""Averaged models and their batch-norm statistics, beside PyTorch's."""

from __future__ import annotations

import copy
import inspect
import io
import pickle

import pytest

import minitorch
from tests.parity.twins import assert_same, both, errors

torch = pytest.importorskip("torch")


def net(t):
    return t.nn.Sequential(
        t.nn.Linear(4, 6), t.nn.BatchNorm1d(6), t.nn.ReLU(), t.nn.Linear(6, 2, dtype=t.float32)
    )


def shrink(average, value, n):
    return 0.5 * average + value / (n + 2)


def shrink_lists(averages, values, n):
    assert len({a.dtype for a in averages}) == 1
    for average, value in zip(averages, values, strict=True):
        average.copy_(average // 2 + value if average.dtype.is_complex is False else value)


AVERAGES = {
    "mean": lambda u: {},
    "mean function": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "mean of lists": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "exponential": lambda u: {"avg_fn": u.get_ema_avg_fn(0.9)},
    "exponential of lists": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.9)},
    "exponential by default": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn()},
    "own": lambda u: {"avg_fn": shrink},
    "own of lists": lambda u: {"multi_avg_fn": shrink_lists},
}


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("kind", AVERAGES)
def test_averages_of_a_training(kind, use_buffers):
    """PyTorch refuses means of integers over lists (addcdiv): its function for one takes them."""

    def run(t):
        u = t.optim.swa_utils
        model = net(t)
        refused = t is torch and use_buffers and kind in ("mean", "mean of lists")
        options = AVERAGES["mean function" if refused else kind](u)
        averaged = u.AveragedModel(model, use_buffers=use_buffers, **options)
        sgd = t.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        found = []
        for _ in range(8):
            x = t.randn(16, 4)
            sgd.zero_grad()
            t.nn.functional.mse_loss(model(x), x[:, :2]).backward()
            sgd.step()
            averaged.update_parameters(model)
            found.append({k: v.clone() for k, v in averaged.state_dict().items()})
        averaged.eval()
        found.append({"y": averaged(x), "of the last": model.eval()(x)})
        return found

    for theirs, ours in zip(*both(run), strict=True):
        assert list(theirs) == list(ours)
        for key in theirs:
            assert_same(theirs[key], ours[key], "float32", key)


@pytest.mark.parametrize("kind", ["get_ema", "get_swa"])
def test_functions_by_themselves(kind):
    def run(t):
        one = getattr(t.optim.swa_utils, f"{kind}_avg_fn")()
        lists = getattr(t.optim.swa_utils, f"{kind}_multi_avg_fn")()
        found = []
        for dtype in (t.float32, t.float64, t.complex64):
            for n in (0, 3, t.tensor(2)):
                a, b = t.randn(5).to(dtype), t.randn(5).to(dtype)
                found.append(one(a, b, n))
                lists([a], [b], n)
                found.append(a)
        return found

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float32")


def test_statistics_of_a_loader():
    def run(t):
        model = t.nn.Sequential(t.nn.Conv2d(1, 3, 3), t.nn.BatchNorm2d(3, momentum=0.3))
        model.eval()
        images = t.randn(20, 1, 6, 6) * 3 + 1
        data = t.utils.data.TensorDataset(images, t.arange(20))
        t.optim.swa_utils.update_bn(t.utils.data.DataLoader(data, batch_size=6), model)
        found = [*model.state_dict().values(), model(images)]
        assert not model.training
        assert model[1].momentum == 0.3
        t.optim.swa_utils.update_bn(images.split(5), model.train(), device="cpu")
        assert model.training
        return [*found, *model.state_dict().values()]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours, "float32")


def test_nothing_happens_without_batch_norm():
    for t in (torch, minitorch):
        t.optim.swa_utils.update_bn(iter(()), t.nn.Linear(2, 2))


def test_states_go_both_ways():
    for reader, writer in ((torch, minitorch), (minitorch, torch)):
        model = writer.optim.swa_utils.AveragedModel(net(writer))
        model.update_parameters(net(writer))
        model.update_parameters(net(writer))
        file = io.BytesIO()
        writer.save(model.state_dict(), file)
        file.seek(0)
        other = reader.optim.swa_utils.AveragedModel(net(reader))
        other.load_state_dict(reader.load(file))
        assert other.n_averaged == 2
        x = [[1.0, 2.0, 3.0, 4.0]]
        mine, theirs = other.eval()(reader.tensor(x)), model.eval()(writer.tensor(x))
        assert mine.tolist()[0] == pytest.approx(theirs.tolist()[0], rel=1e-5)


def test_names_and_arguments():
    theirs, ours = torch.optim.swa_utils, minitorch.optim.swa_utils
    for name in theirs.__all__:
        a, b = (
            [(p.name, p.default) for p in inspect.signature(getattr(u, name)).parameters.values()]
            for u in (theirs, ours)
        )
        assert a == b, name


@pytest.mark.parametrize(
    "call",
    [
        lambda u, t: u.get_ema_avg_fn(1.5),
        lambda u, t: u.get_ema_multi_avg_fn(-0.1),
        lambda u, t: u.AveragedModel(net(t), avg_fn=shrink, multi_avg_fn=shrink_lists),
        lambda u, t: u.AveragedModel(net(t))(),
        lambda u, t: u.AveragedModel(net(t)).update_parameters(t.nn.Linear(9, 9)),
    ],
)
def test_errors(call):
    theirs, ours = errors(lambda t: call(t.optim.swa_utils, t))
    assert isinstance(ours, type(theirs))


def test_of_another_number_of_buffers():
    theirs, ours = errors(
        lambda t: t.optim.swa_utils.AveragedModel(t.nn.Linear(4, 6)).update_parameters(
            t.nn.Sequential(t.nn.Linear(4, 6), t.nn.BatchNorm1d(6))
        )
    )
    assert type(ours) is type(theirs) is ValueError


def test_copied_and_pickled():
    model = minitorch.optim.swa_utils.AveragedModel(net(minitorch))
    model.update_parameters(net(minitorch))
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.n_averaged == 1
        again.update_parameters(net(minitorch))
        assert (again.n_averaged, model.n_averaged) == (2, 1)
