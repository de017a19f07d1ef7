"""Pictures of models and trainings: their numbers, their axes, and that nothing is disturbed."""

from __future__ import annotations

import copy
import csv
import io
import json
import math
import pickle
import random
import re
import sys
import types

import numpy as np
import pytest

import minitorch as torch
from minitorch import inspect as see
from minitorch import nn
from minitorch.inspect import plots
from minitorch.inspect.plots import displays, letters
from minitorch.inspect.plots.picture import Picture
from minitorch.utils.data import DataLoader, TensorDataset


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture
def mpl():
    """Matplotlib, none of whose global settings may change, and no figure may stay in pyplot."""
    mpl = pytest.importorskip("matplotlib")
    settings, had = dict(mpl.rcParams), "matplotlib.pyplot" in sys.modules
    yield mpl
    assert dict(mpl.rcParams) == settings
    if had:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def perceptron():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def problem(n=64):
    x = torch.randn(n, 4)
    return x, (x @ torch.randn(4, 3)).argmax(1)


def everything(model, optimizer=None):
    """All that a tool might change, as bytes and objects to compare."""
    modes = [module.training for module in model.modules()]
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    tensors = [t.detach().numpy().tobytes() for t in model.state_dict().values()]
    grads = [None if p.grad is None else p.grad.numpy().tobytes() for p in model.parameters()]
    versions = [p._version for p in model.parameters()]
    state = None if optimizer is None else pickle.dumps(plain(optimizer.state_dict()))
    rng = torch.get_rng_state().numpy().tobytes(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    return modes, hooks, tensors, grads, versions, state, rng, random.getstate()


def plain(value):
    if isinstance(value, torch.Tensor):
        return value.numpy().tobytes()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value


# -- gradients and weights ----------------------------------------------------------------------


def test_gradient_flow_is_of_all_numbers_of_a_layer():
    net, (x, y) = perceptron(), problem()
    nn.functional.cross_entropy(net(x), y).backward()
    before = everything(net)
    flow = see.gradient_flow(net)
    assert everything(net) == before
    assert [(f.name, f.kind, f.state) for f in flow.layers] == [
        ("0", "Linear", "ok"), ("2", "Linear", "ok"),
    ]  # fmt: skip
    for layer, module in zip(flow.layers, (net[0], net[2])):
        grads = np.concatenate([p.grad.numpy().ravel() for p in module.parameters()])
        assert layer.mean == pytest.approx(np.abs(grads).mean(), rel=1e-6)
        assert layer.max == np.abs(grads).max()
        assert layer.size == grads.size


class Odd(nn.Module):
    """Every kind of parameter that something can be wrong with."""

    def __init__(self):
        super().__init__()
        self.good, self.bad, self.dead = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)
        self.unused, self.frozen = nn.Linear(2, 2), nn.Linear(2, 2).requires_grad_(False)
        self.register_parameter("absent", None)
        self.empty = nn.ParameterList([torch.zeros(0, 3)])
        self.lazy = nn.LazyLinear(2)
        for layer in (self.good, self.bad, self.dead):
            for p in layer.parameters():
                p.grad = torch.ones_like(p) if layer is not self.dead else torch.zeros_like(p)
        self.bad.weight.grad[0, 0] = math.nan
        with torch.no_grad():
            self.bad.weight[0, 0], self.bad.weight[0, 1] = math.inf, math.nan


def test_layers_without_a_good_gradient_are_named():
    flow = see.gradient_flow(Odd())
    states = {layer.name: layer.state for layer in flow.layers}
    assert states == {
        "good": "ok", "bad": "not finite", "dead": "zero", "unused": "no gradient",
        "frozen": "frozen", "empty": "empty", "lazy": "no shape yet",
    }  # fmt: skip
    text = str(flow)
    assert "No gradient came to unused." in text and "NaN or infinite in bad." in text
    assert "call loss.backward() first" in str(see.gradient_flow(perceptron()))
    assert "no parameters" in str(see.gradient_flow(nn.ReLU()))


def test_vanishing_gradients_are_said():
    net = nn.Sequential(*(part for _ in range(9) for part in (nn.Linear(8, 8), nn.Sigmoid())))
    net(torch.randn(4, 8)).sum().backward()
    assert "orders of magnitude apart" in str(see.gradient_flow(net))


def test_the_picture_of_the_flow(mpl):
    (ax,) = see.gradient_flow(Odd()).plot().axes
    assert ax.get_xscale() == "log" and "log scale" in ax.get_xlabel()
    assert {"× no gradient", "× not finite", "× zero"} <= {t.get_text() for t in ax.texts}
    assert ax.get_yticklabels()[0].get_text() == "good · Linear"


def test_a_narrow_range_of_gradients_has_ticks_that_can_be_read(mpl):
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    for p in net.parameters():
        p.grad = torch.full_like(p, 0.03)
    (ax,) = see.gradient_flow(net).plot().axes
    low, high = ax.get_xlim()
    assert low < 0.01 and high > 0.1
    assert not any(ax.xaxis.get_minor_formatter()(x) for x in (0.02, 0.05))


def test_a_long_name_makes_the_picture_of_the_flow_wider(mpl):
    short = see.gradient_flow(nn.ModuleDict({"a": nn.Linear(1, 1)}))
    long = see.gradient_flow(nn.ModuleDict({"a" * 80: nn.Linear(1, 1)}))
    assert long.plot().get_figwidth() > short.plot().get_figwidth()
    (label,) = [text.get_text() for text in long.plot().axes[0].get_yticklabels()]
    assert label.startswith("…aa") and len(label) == 60


def test_histograms_count_what_is_there():
    net = nn.Linear(50, 40)
    net.weight.grad = torch.randn(40, 50)
    for made, tensor in (
        (see.weight_histograms(net), net.weight), (see.gradient_histograms(net), net.weight.grad),
    ):  # fmt: skip
        spread, values = made["weight"], tensor.detach().numpy().astype(np.float64)
        counts, edges = np.histogram(values, 38)
        np.testing.assert_array_equal(spread.counts, counts)
        np.testing.assert_array_equal(spread.edges, edges)
        assert (spread.mean, spread.std) == (values.mean(), values.std())
    assert see.gradient_histograms(net)["bias"].warning == "no gradient"
    with pytest.raises(KeyError, match="there are weight, bias"):
        made["wieght"]


def test_histograms_of_broken_parameters():
    made = see.weight_histograms(Odd())
    bad = made["bad.weight"]
    assert (bad.nan, bad.infinite, bad.counts.sum()) == (1, 1, 2)
    assert made["empty.0"].warning == "empty" and made["lazy.weight"].warning == "no shape yet"
    assert "bad.weight: 1 NaN and 1 infinite of 4." in str(made)


@pytest.mark.parametrize("values", [[1.0, 1.0 + 2**-52], [-1.7e308, 1.7e308], [5e-324, 0.0], [7.0]])
def test_histograms_of_extreme_numbers(values):
    p = nn.Module()
    p.w = nn.Parameter(torch.tensor(values, dtype=torch.float64))
    spread = see.weight_histograms(p)["w"]
    assert spread.counts.sum() == len(values)
    assert np.isfinite(spread.edges).all()


def test_of_complex_numbers_the_moduli_are_shown(mpl):
    net = nn.ParameterList([torch.tensor([3 + 4j, 1.0])])
    found = see.weight_histograms(net)
    assert found["0"].moduli and found["0"].high == 5
    assert found.plot().axes[0].get_xlabel().startswith("modulus of the value")


def test_the_picture_of_histograms(mpl):
    figure = see.weight_histograms(Odd()).plot()
    panels = {ax.get_title().split()[0]: ax for ax in figure.axes if ax.get_title()}
    assert "empty" in [t.get_text() for t in panels["empty.0"].texts]
    (stairs,) = panels["good.weight"].patches
    assert stairs.get_data().values.sum() == 4
    assert figure.get_suptitle() == "Weights"
    assert figure.axes[0].get_ylabel() == "count"


def test_what_is_no_module_is_refused():
    for function in (see.gradient_flow, see.weight_histograms, see.gradient_histograms):
        with pytest.raises(TypeError, match="expected a Module, got list"):
            function([1])
        with pytest.raises(TypeError, match="the class Linear: make one of it"):
            function(nn.Linear)


# -- activations and filters --------------------------------------------------------------------


def convnet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(),
        nn.Linear(6 * 36, 5),
    )  # fmt: skip


def test_activations_are_what_the_layers_give():
    net, x = convnet().eval(), torch.randn(3, 1, 8, 8)
    seen = see.activations(net, x, sample=2)
    with torch.no_grad():
        for layer in seen.layers:
            x = net[int(layer.name)](x)
            np.testing.assert_array_equal(layer.values, x.numpy())
            assert layer.what == ("feature maps" if x.ndim == 4 else "values")
            if x.ndim == 4:
                np.testing.assert_array_equal(layer.maps, x[2].numpy())
    assert len(seen.layers) == 6


def test_looking_at_activations_disturbs_nothing():
    net, x = convnet(), torch.randn(3, 1, 8, 8)
    net(x).sum().backward()
    before = everything(net)
    see.activations(net, x)
    assert everything(net) == before


def test_layers_are_chosen_by_name_module_and_class():
    net, x = convnet(), torch.randn(1, 1, 8, 8)
    seen = see.activations(net, x, layers=["5", net[0], nn.ReLU])
    assert sorted(layer.name for layer in seen.layers) == ["0", "2", "5"]
    assert [layer.name for layer in see.activations(net, x, "2").layers] == ["2"]
    with pytest.raises(ValueError, match=r"no layer 'conv'; there are \(the model\), 0, 1"):
        see.activations(net, x, layers=["conv"])


def test_a_layer_that_is_called_twice_is_seen_twice():
    layer = nn.Linear(2, 2)
    seen = see.activations(nn.Sequential(layer, layer), torch.ones(1, 2), layers=[layer])
    assert [each.name for each in seen.layers] == ["0", "0 #2"]


def test_a_forward_that_raises_shows_what_came_before():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5))
    before = everything(net)
    seen = see.activations(net, torch.ones(1, 2))
    assert [layer.name for layer in seen.layers] == ["0"]
    assert isinstance(seen.error, RuntimeError)
    assert "Then forward raised RuntimeError: mat1 and mat2" in str(seen)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        see.activations(net, torch.ones(1, 7))
    assert everything(net) == before


def test_the_weights_of_attention_are_seen():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    x = torch.randn(3, 5, 8)
    y = layer(x)
    seen = see.activations(layer, x)
    weights = layer.self_attn(x, x, x, average_attn_weights=False)[1]
    np.testing.assert_array_equal(seen["self_attn"].values, weights.detach().numpy())
    np.testing.assert_allclose(seen["self_attn"].maps.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(seen["norm2"].values, y.detach().numpy(), rtol=1e-5, atol=1e-6)


class TwoWays(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x):
        y, averaged = self.attention(x, x, x)
        assert averaged.shape == (1, 3, 3)
        z, none = self.attention(x, x, x, None, False)
        assert none is None
        return y + z


def test_attention_still_gives_what_the_model_asked_for():
    seen = see.activations(TwoWays(), torch.randn(1, 3, 4))
    assert [layer.values.shape for layer in seen.layers] == [(1, 2, 3, 3)] * 2
    assert seen.error is None


def test_lazy_layers_stay_lazy():
    net = nn.Sequential(nn.LazyLinear(3), nn.ReLU())
    assert see.activations(net, torch.ones(2, 5))["0"].values.shape == (2, 3)
    assert type(net[0]) is nn.LazyLinear
    with pytest.raises(ValueError, match=r"'0.weight' has no shape yet.*Call the model once"):
        see.loss_landscape(net, nn.MSELoss(), (torch.ones(2, 5), torch.ones(2, 3)))


def test_a_dead_relu_and_nan_are_said():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    with torch.no_grad():
        net[0].bias.fill_(-100)
    assert "1 (ReLU) gave nothing but zeros" in str(see.activations(net, torch.ones(1, 1, 4, 4)))
    with torch.no_grad():
        net[0].bias[0] = math.nan
    assert "0 (Conv2d): 4 NaN of 8." in str(see.activations(net, torch.ones(1, 1, 4, 4)))


def test_the_picture_of_activations(mpl):
    figure = see.activations(convnet(), torch.randn(2, 1, 8, 8)).plot()
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[0] == "0 · Conv2d (2×6×6×6)" and "5 · Linear (2×5)" in titles
    assert len(figure.axes[0].images) == 1
    assert figure.axes[titles.index("5 · Linear (2×5)")].get_xlabel().startswith("activation")


def test_what_is_not_finite_is_magenta(mpl):
    conv = nn.Conv2d(1, 2, 3)
    with torch.no_grad():
        conv.weight[1] = math.nan
    made = see.filters(conv)
    assert "9 of 18 weights are not finite." in made.notes()
    pixels = made.plot().axes[0].images[0].get_array().reshape(-1, 4)
    magenta = (pixels == [1.0, 0.0, 1.0, 1.0]).all(1).mean()
    assert 0.3 < magenta < 0.5


def test_filters_are_the_weights():
    conv, dense = nn.Conv2d(3, 4, 5), nn.Linear(12, 7)
    np.testing.assert_array_equal(see.filters(conv).images, conv.weight.detach().numpy())
    made = see.filters(dense, shape=(3, 4))
    np.testing.assert_array_equal(made.images[:, 0], dense.weight.detach().numpy().reshape(7, 3, 4))
    with pytest.raises(ValueError, match="has 10 pixels, but each row of the layer has 12"):
        see.filters(dense, shape=(2, 5))
    with pytest.raises(TypeError, match="got ReLU"):
        see.filters(nn.ReLU())


# -- confusion ----------------------------------------------------------------------------------


def test_confusion_against_a_loop():
    rng = np.random.default_rng(0)
    guess, truth = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    made = see.confusion_matrix(torch.tensor(guess), truth)
    counts = np.zeros((5, 5), np.int64)
    for g, t in zip(guess, truth):
        counts[t, g] += 1
    np.testing.assert_array_equal(made.counts, counts)
    for k in range(5):
        assert made.precision[k] == counts[k, k] / (guess == k).sum()
        assert made.recall[k] == counts[k, k] / (truth == k).sum()
    assert made.accuracy == (guess == truth).mean()


def test_confusion_takes_scores_texts_and_names():
    scores = torch.tensor([[0.1, 0.9], [0.8, 0.2], [math.nan, 0.0]])
    made = see.confusion_matrix(scores, [1, 1, 0], names=["no", "yes"])
    np.testing.assert_array_equal(made.counts, [[0, 0], [1, 1]])
    assert made.unscored == 1 and "1 samples have NaN" in str(made)
    made = see.confusion_matrix(["cat", "dog"], ["cat", "cow"])
    assert made.names == ["cat", "cow", "dog"] and made.counts.sum() == 2
    assert np.isnan(made.precision[1])
    empty = see.confusion_matrix([], [], names=["a", "b"])
    assert empty.counts.shape == (2, 2) and "No samples." in str(empty)


@pytest.mark.parametrize(
    "predicted, wanted, message",
    [
        ([0, 1], [0], "expected labels"),
        ([0.5, 1], [0, 1], "whole numbers, got 0.5: apply argmax"),
        ([0, -1], [0, 1], "negative label -1"),
        ([], [], "there are no labels"),
        ([[1.0, 2.0]], [5], "2 names, but 6 classes"),
    ],
)
def test_confusion_refuses(predicted, wanted, message):
    names = ["a", "b"] if "names" in message and predicted else None
    with pytest.raises(ValueError, match=message):
        see.confusion_matrix(predicted, wanted, names)


def test_the_picture_of_confusion(mpl):
    made = see.confusion_matrix([0, 1, 1, 1], [0, 1, 0, 1], names=["cat", "doggie"])
    ax = made.plot().axes[0]
    assert sorted(t.get_text() for t in ax.texts) == ["1", "1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "doggie"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.5, 0.5], [0, 1]])


# -- the landscape ------------------------------------------------------------------------------


def test_a_curve_of_losses_against_direct_computation():
    net, (x, y) = nn.Linear(4, 3), problem()
    before = everything(net)
    seen = see.loss_landscape(net, nn.CrossEntropyLoss(), (x, y), directions=1, steps=5, seed=3)
    assert everything(net) == before
    w = net.weight.detach().numpy()
    way = np.random.default_rng(3).standard_normal(w.shape)
    way *= np.linalg.norm(w.astype(float), axis=1, keepdims=True) / np.linalg.norm(
        way, axis=1, keepdims=True
    )
    for at, loss in zip(seen.x, seen.losses):
        moved = torch.tensor(w + (at * way).astype(np.float32))
        expected = nn.functional.cross_entropy(nn.functional.linear(x, moved, net.bias), y)
        assert loss == pytest.approx(expected.item(), rel=1e-6)
    assert seen.x[2] == 0 and seen.losses[2] == seen.center
    assert seen.center == nn.functional.cross_entropy(net(x), y).item()


def test_a_plane_crosses_the_curve():
    net, batch = convnet(), (torch.randn(4, 1, 8, 8), torch.randint(0, 5, (4,)))
    before = everything(net)
    plane = see.loss_landscape(net, nn.CrossEntropyLoss(), batch, steps=5)
    assert everything(net) == before
    line = see.loss_landscape(net, nn.CrossEntropyLoss(), batch, directions=1, steps=5)
    assert plane.losses.shape == (5, 5)
    np.testing.assert_array_equal(plane.losses[2], line.losses)
    again = see.loss_landscape(net, nn.CrossEntropyLoss(), batch, steps=5)
    np.testing.assert_array_equal(plane.losses, again.losses)


def test_the_line_between_two_states():
    net, other, batch = convnet(), convnet(), (torch.randn(4, 1, 8, 8), torch.randint(0, 5, (4,)))
    other(torch.randn(9, 1, 8, 8))  # other statistics
    states = net.state_dict(), other.state_dict()
    before = everything(net)
    seen = see.loss_landscape(net, nn.CrossEntropyLoss(), batch, between=states, steps=7)
    assert everything(net) == before
    for model, at in ((net, 0.0), (other, 1.0)):
        (i,) = np.flatnonzero(np.isclose(seen.x, at))
        loss = nn.functional.cross_entropy(model.eval()(batch[0]), batch[1]).item()
        assert seen.losses[i] == pytest.approx(loss, rel=1e-5)
    with pytest.raises(ValueError, match=r"'0.weight' is .* in the model, but nothing in the end"):
        see.loss_landscape(net, nn.MSELoss(), batch, between=(states[0], {}))


def test_landscapes_of_broken_losses():
    net, batch = perceptron(), problem()
    seen = see.loss_landscape(net, lambda y, t: y.mean().log(), batch, directions=1)
    assert np.isnan(seen.losses).any() and np.isfinite(seen.losses).any()
    assert "not finite at" in str(seen)
    before = everything(net)
    with pytest.raises(RuntimeError):
        see.loss_landscape(net, nn.CrossEntropyLoss(), (torch.ones(2, 5), batch[1]))
    assert everything(net) == before
    with pytest.raises(ValueError, match="loss_landscape: a batch is a Tensor"):
        see.loss_landscape(net, nn.MSELoss(), torch.ones(3))
    vectors = nn.Module()
    vectors.w = nn.Parameter(torch.ones(3))
    with pytest.raises(ValueError, match="no parameter of two or more dimensions"):
        see.loss_landscape(vectors, nn.MSELoss(), batch)


def test_the_picture_of_a_landscape(mpl):
    net, batch = perceptron(), problem()
    ax = see.loss_landscape(net, nn.CrossEntropyLoss(), batch, steps=5).plot().axes[0]
    assert "direction" in ax.get_xlabel() and ax.lines[0].get_xydata().tolist() == [[0.0, 0.0]]
    nowhere = see.loss_landscape(net, lambda y, t: y.sum() * math.nan, batch, steps=3)
    assert nowhere.plot().axes[0].texts[0].get_text() == "The loss is finite nowhere."


# -- the sweep ----------------------------------------------------------------------------------


def optimizers(parameters):
    groups = [{"params": [p], "lr": 0.1 * 10**-i} for i, p in enumerate(parameters)]
    return [
        torch.optim.SGD(parameters, lr=0.1, momentum=0.9), torch.optim.Adam(parameters),
        torch.optim.AdamW(groups), torch.optim.Muon([p for p in parameters if p.ndim == 2]),
        torch.optim.Rprop(parameters),
    ]  # fmt: skip


@pytest.mark.parametrize("which", range(5))
@pytest.mark.parametrize("trained", [False, True])
def test_a_sweep_restores_everything(which, trained):
    """Also what cannot be compared: the training after it goes on bit for bit as without it."""
    runs = []
    for swept in (False, True):
        torch.manual_seed(1)
        net = nn.Sequential(
            nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 3)
        )
        data = TensorDataset(*problem())
        loader = DataLoader(data, 16, shuffle=True, generator=torch.Generator().manual_seed(5))
        optimizer = optimizers(list(net.parameters()))[which]
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
        epoch = lambda: train(net, loader, optimizer, schedule)  # noqa: B023, E731
        if trained:
            epoch()
        if swept:
            grads = [p.grad for p in net.parameters()]
            before = everything(net.eval(), optimizer)
            see.lr_find(net, nn.CrossEntropyLoss(), loader, optimizer, steps=12)
            assert everything(net, optimizer) == before
            assert all(p.grad is g for p, g in zip(net.parameters(), grads))
        epoch()
        runs.append(everything(net, optimizer))
    assert runs[0] == runs[1]


def train(net, loader, optimizer, schedule):
    net.train()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    schedule.step()


def test_a_graph_from_before_the_sweep_can_still_go_backward():
    net, (x, y) = perceptron(), problem()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(net(x), y)
    wanted = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)
    see.lr_find(net, nn.CrossEntropyLoss(), (x, y), optimizer, steps=10)
    loss.backward()
    for p, g in zip(net.parameters(), wanted):
        np.testing.assert_array_equal(p.grad.numpy(), g.numpy())


def test_a_sweep_that_raises_restores_everything():
    net, (x, y) = perceptron(), problem()
    optimizer = torch.optim.Adam(net.parameters())
    before, calls = everything(net, optimizer), []

    def loss(output, target):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(output, target)

    with pytest.raises(KeyboardInterrupt):
        see.lr_find(net, loss, (x, y), optimizer)
    assert everything(net, optimizer) == before


def test_the_losses_are_those_of_a_loop():
    net, (x, y) = perceptron(), problem()
    batches = [(x[:32], y[:32]), (x[32:], y[32:])]
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    found = see.lr_find(net, nn.CrossEntropyLoss(), batches, optimizer, 1e-3, 0.1, 5)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-3, 0.1, 5))
    twin = copy.deepcopy(net)
    for i, (rate, loss) in enumerate(zip(found.rates, found.losses)):
        a, b = batches[i % 2]
        made = nn.functional.cross_entropy(twin(a), b)
        assert made.item() == loss
        twin.zero_grad()
        made.backward()
        torch.optim.SGD(twin.parameters(), lr=rate).step()


def test_rates_of_groups_keep_their_ratio():
    net, rates = perceptron(), []

    class Watched(torch.optim.SGD):
        def step(self):
            rates.append([group["lr"] for group in self.param_groups])
            super().step()

    groups = [{"params": net[0].parameters(), "lr": 0.1}, {"params": net[2].parameters()}]
    see.lr_find(net, nn.CrossEntropyLoss(), problem(), Watched(groups, lr=0.02), steps=4)
    assert all(b == pytest.approx(a / 5) for a, b in rates) and len(rates) == 4


@pytest.mark.parametrize("kind, low, high", [("SGD", 0.01, 5), ("Adam", 1e-4, 0.3)])
def test_the_suggestion_trains_well(kind, low, high):
    net, (x, y) = perceptron(), problem(512)
    optimizer = getattr(torch.optim, kind)(net.parameters(), lr=1e-8)
    found = see.lr_find(net, nn.CrossEntropyLoss(), (x, y), optimizer, end=100)
    assert low < found.suggestion < found.minimum <= high * 10 and found.suggestion < high
    assert f"Suggestion {found.suggestion:.2g}" in str(found)
    optimizer.param_groups[0]["lr"] = found.suggestion
    history = torch.fit(net, (x, y), None, nn.CrossEntropyLoss(), optimizer, 10, progress=False)
    assert history["loss"][-1] < 0.5 * found.losses[0]


def test_of_several_groups_it_is_said_whose_the_rate_is():
    torch.manual_seed(0)
    x, net = torch.randn(128, 4), nn.Linear(4, 1)
    groups = [{"params": [net.weight]}, {"params": [net.bias], "lr": 0.01}]
    sgd = torch.optim.SGD(groups, lr=0.1)
    found = see.lr_find(net, nn.MSELoss(), (x, x.sum(1, keepdim=True)), sgd)
    assert "rates of the first group" in found.reason


def test_there_is_no_suggestion_where_nothing_is_learnt():
    net, (x, y) = perceptron(), problem()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    broken = see.lr_find(net, lambda o, t: o.sum() * math.nan, (x, y), optimizer)
    assert broken.suggestion is None and len(broken.losses) == 1
    assert "not the rate, but the model or the data are broken" in broken.reason
    noise = torch.Generator().manual_seed(0)
    flat = see.lr_find(
        net, lambda o, t: 0 * o.sum() + torch.rand((), generator=noise), (x, y), optimizer
    )
    assert flat.suggestion is None and "never fell clearly" in flat.reason


def test_noise_is_seldom_taken_for_learning():
    rng, rates = np.random.default_rng(0), np.geomspace(1e-7, 10, 100).tolist()
    for steps in (20, 100):
        losses = 2 + 0.3 * rng.random((200, steps))
        found = [plots.LearningRates(rates[:steps], row.tolist(), None, steps) for row in losses]
        assert sum(each.suggestion is not None for each in found) < 20


def test_a_sweep_ends_where_the_loss_diverges():
    net = nn.Linear(4, 1)
    x = torch.randn(64, 4)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    found = see.lr_find(net, nn.MSELoss(), (x, x.sum(1, keepdim=True)), sgd, end=1e4)
    assert found.diverged == found.rates[-1] < 1e4
    assert "diverged at" in str(found)


@pytest.mark.parametrize(
    "change, kind, message",
    [
        ({"start": 0.0}, ValueError, "0 < start < end"),
        ({"steps": 1}, ValueError, "at least 2 steps"),
        ({"optimizer": 3}, TypeError, "must be an Optimizer, got int"),
        ({"loss_fn": None}, TypeError, "give a loss_fn"),
        ({"data": []}, ValueError, "lr_find: data is empty"),
        ({"loss_fn": lambda o, t: o}, ValueError, "lr_find: the loss must be one number"),
        ({"model": None}, TypeError, "expected a Module, got NoneType"),
        ({"model": nn.Linear(4, 3)}, ValueError, "none of the model's parameters"),
    ],
)
def test_a_sweep_refuses(change, kind, message):
    net = perceptron()
    given = {
        "model": net, "loss_fn": nn.CrossEntropyLoss(), "data": problem(),
        "optimizer": torch.optim.SGD(net.parameters(), lr=0.1),
    }  # fmt: skip
    with pytest.raises(kind, match=message):
        see.lr_find(**given | change)


def test_the_picture_of_a_sweep(mpl):
    net = perceptron()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    found = see.lr_find(net, nn.CrossEntropyLoss(), problem(512), sgd, end=100)
    (ax,) = found.plot().axes
    assert ax.get_xscale() == "log" and ax.get_ylabel() == "loss"
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert f"suggestion {found.suggestion:.2g}" in texts and "smoothed" in texts


# -- learning curves ----------------------------------------------------------------------------


def test_curves_by_hand():
    curves = see.LearningCurves(show=False)
    for step in range(3):
        curves.add(step, loss=torch.tensor(1.0 / (step + 1)))
        curves.add(step, valid_loss=np.float32(2.0))
    assert curves["loss"] == ([0, 1, 2], [1.0, 0.5, pytest.approx(1 / 3)])
    assert curves.rows()[1] == {"step": 1, "loss": 0.5, "valid_loss": 2.0}
    with pytest.raises(TypeError, match=r"loss must be one number, got Tensor of shape \(2,\)"):
        curves.add(3, loss=torch.ones(2))
    with pytest.raises(KeyError, match="there are: loss, valid_loss"):
        curves["acc"]
    curves.add(4, loss=math.nan)
    assert "loss is not finite at 1 points, first at step 4." in str(curves)


def fitted(callbacks, progress=False):
    torch.manual_seed(2)
    net, data = perceptron(), problem()
    adam = torch.optim.Adam(net.parameters(), lr=0.01)
    history = torch.fit(
        net, data, data, nn.CrossEntropyLoss(), adam, 3, metrics=["accuracy", "confusion"],
        callbacks=callbacks, progress=progress, batch_size=16,
    )  # fmt: skip
    return history, everything(net, adam)


def test_curves_follow_fit_and_do_not_change_it(tmp_path):
    curves = see.LearningCurves([tmp_path / "a" / "c.csv", tmp_path / "c.json"], show=False)
    history, state = fitted([curves])
    assert state == fitted([])[1]
    for name in ("loss", "valid_loss", "accuracy", "valid_accuracy"):
        assert curves[name] == ([1, 2, 3], history[name])
    steps, losses = curves["batch_loss"]
    np.testing.assert_allclose(steps, np.arange(1, 13) / 4)
    for epoch in range(3):
        mean = np.mean(losses[4 * epoch : 4 * epoch + 4])
        assert mean == pytest.approx(history["loss"][epoch])
    read = list(csv.DictReader((tmp_path / "a" / "c.csv").open()))
    assert [float(row["loss"]) for row in read if row["loss"]] == history["loss"]
    rows = json.loads((tmp_path / "c.json").read_text())["rows"]
    assert rows[-1]["valid_loss"] == history["valid_loss"][-1]


def test_curves_go_on_when_a_training_is_resumed(tmp_path):
    curves = see.LearningCurves(show=False)
    fitted([curves])
    other = see.LearningCurves(show=False)
    other.load_state_dict(curves.state_dict())
    assert other.rows() == curves.rows() and other.unit == "epoch"
    fitted([curves])  # another training comes behind the first
    assert curves["loss"][0] == [1, 2, 3, 4, 5, 6]
    by_hand = see.LearningCurves(show=False)
    by_hand.add(1, loss=1.0)
    with pytest.raises(ValueError, match="give it LearningCurves of its own"):
        fitted([by_hand])


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_a_terminal_is_drawn_in_place(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    with see.LearningCurves(every=0) as curves:
        curves.add(0, loss=1.0)
        curves.add(1, loss=0.5)
    first, second = screen.getvalue().split("\x1b[2A\r\x1b[J")
    assert first.startswith("step 0\nloss") and second.startswith("step 1\nloss  █▁  0.5")
    before, screen.encoding = len(screen.getvalue()), "ascii"
    with see.LearningCurves(every=0) as curves:
        curves.add(1, loss=0.5)
    assert screen.getvalue()[before:] == "step 1\nloss  _  0.5  (best 0.5 at 1)\n"


def test_beside_the_bars_of_fit_a_terminal_is_drawn_at_the_end(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm")
    fitted([see.LearningCurves(every=0)], progress=True)
    assert screen.getvalue().startswith("epoch 3\n") and "\x1b" not in screen.getvalue()
    assert screen.getvalue().count("valid_loss") == 1


def test_what_is_no_terminal_gets_lines(capsys):
    with see.LearningCurves(every=3600) as curves:
        for step in range(5):
            curves.add(step, loss=1 / (1 + step))
    assert capsys.readouterr().out == "step 0  loss 1\nstep 4  loss 0.2\n"


def test_a_notebook_has_one_output_that_changes(monkeypatch):
    shown = []

    class Handle:
        def update(self, value):
            shown.append(("update", value.names()))

    def display(value, display_id):
        shown.append(("display", value.names()))
        return Handle()

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    module = types.ModuleType("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    with see.LearningCurves(every=0) as curves:
        curves.add(0, loss=1.0)
        curves.add(1, accuracy=1.0)
    assert shown == [("display", ["loss"]), ("update", ["loss", "accuracy"])]
    assert isinstance(displays.display_for(), displays.Notebook)


def test_a_file_that_cannot_be_written_is_a_warning_once(tmp_path):
    curves = see.LearningCurves(tmp_path / "sub" / "c.csv", every=0, show=False)
    (tmp_path / "sub").rmdir()
    with pytest.warns(UserWarning, match="cannot write") as caught:
        curves.add(0, loss=1.0)
        curves.add(1, loss=1.0)
    assert len(caught) == 1
    with pytest.raises(ValueError, match="no ending"):
        see.LearningCurves("curves")


def test_the_picture_of_curves(mpl, tmp_path):
    with see.LearningCurves(tmp_path / "c.png", show=False) as curves:
        for step in range(5):
            curves.add(step, loss=1 / (1 + step), valid_loss=math.nan, accuracy=step / 5)
    left, right = curves.plot().axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "accuracy")
    assert left.lines[0].get_xydata().tolist() == [[s, 1 / (1 + s)] for s in range(5)]
    assert "valid_loss not finite" in [t.get_text() for t in left.get_legend().get_texts()]
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in tmp_path.iterdir()] == ["c.png"]  # nothing temporary stays


# -- what all have ------------------------------------------------------------------------------


def every_picture():
    net, (x, y) = perceptron(), problem()
    nn.functional.cross_entropy(net(x), y).backward()
    curves = see.LearningCurves(show=False, title="Curves of <b>")
    curves.add(0, loss=1.0)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    return [
        see.gradient_flow(net), see.weight_histograms(net), see.gradient_histograms(net),
        see.activations(net, x), see.filters(net[0]), see.confusion_matrix(net(x), y),
        see.loss_landscape(net, nn.CrossEntropyLoss(), (x, y), steps=3),
        see.lr_find(net, nn.CrossEntropyLoss(), (x, y), sgd, steps=5), curves,
    ]  # fmt: skip


def test_every_picture_in_every_form(mpl, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    from tests.test_html import well_formed

    pictures = every_picture()
    assert pictures[0].plot()._repr_png_().startswith(b"\x89PNG")
    assert "data:image/png;base64,iVBOR" in pictures[3]._repr_html_()
    canvas = sys.modules["minitorch.inspect.plots.canvas"]
    monkeypatch.setattr(canvas, "encoded", lambda *_: b"\x89PNG")  # drawing all takes seconds
    for made in pictures:
        assert isinstance(made, Picture)
        assert repr(made).startswith("<") and "\n" not in repr(made) and str(made)
        shown = made._repr_html_()
        rest, count = re.subn(r'<img src="data:image/png;base64,[\w+/=]+" [^<>]+>', "", shown)
        well_formed(rest)
        assert count == 1 and "<b>" not in rest
        figure = made.plot()
        assert isinstance(figure, Figure)
        assert figure.get_suptitle() or figure.axes[0].get_title()
        made.save(tmp_path / "x.csv")
        with (tmp_path / "x.csv").open() as file:
            assert len(list(csv.DictReader(file))) == len(made.rows())
        made.save(tmp_path / "x.json")
        json.loads((tmp_path / "x.json").read_text(), parse_constant=pytest.fail)
        with pytest.raises(ValueError, match="give it an ending"):
            made.save(tmp_path / "x")


def test_a_picture_draws_into_given_axes(mpl):
    from matplotlib.figure import Figure

    flow, histograms, *_ = every_picture()
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert flow.plot(ax=left) is figure and left.get_title() == "Gradient flow"
    assert histograms.plot(ax=right) is figure
    (below,) = figure.subfigs
    assert right not in figure.axes and len(below.axes) == 4
    with pytest.raises(ValueError, match="it is in no grid"):
        histograms.plot(ax=Figure().add_axes((0, 0, 1, 1)))


def test_without_matplotlib_there_are_numbers_and_a_clear_error(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "minitorch.inspect.plots.canvas", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    for made in every_picture():
        with pytest.raises(ImportError, match=r"needs Matplotlib, which is .* extra `plot`"):
            made.plot()
        with pytest.raises(ImportError, match="extra `plot`"):
            made.save(tmp_path / "x.svg")
        shown = made._repr_html_()
        assert "<img" not in shown and "<table" in shown
        assert str(made) and made.rows()
    with pytest.raises(ImportError, match="extra `plot`"):
        see.LearningCurves("curves.svg")
    assert list(tmp_path.iterdir()) == []


def test_letters_say_what_is_broken():
    assert letters.sparkline([]) == "" and letters.sparkline([5]) == "▁"
    assert letters.sparkline([1, math.inf, 2], plain=True) == "_!#"
    assert letters.chart([], {"loss": []}) == "(no finite values)"
    drawn = letters.chart([1, 10, 100], {"a": [0, 1, 2], "b": [2, 1, 0]}, 21, 3, log_x=True)
    assert drawn.splitlines()[1].count("o") == 1 and "o b" in drawn
