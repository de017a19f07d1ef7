"""`summary`: figures against formulas by hand, what its text says, and that it leaves no trace."""

from __future__ import annotations

import random

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.inspect import summary
from minitorch.inspect.summarizing.pages import memory
from minitorch.nn import functional as F


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 10))

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.head(x.flatten(1))


class Calls(nn.Module):
    """Calls a function, as `forward` of a module with these children."""

    def __init__(self, forward, **children):
        super().__init__()
        for name, child in children.items():
            setattr(self, name, child)
        self.function = forward

    def forward(self, *args, **kwargs):
        return self.function(self, *args, **kwargs)


def rows(found):
    return {row.path or row.name: row for row in found.rows if row.kind}


# multiply-adds, by hand

LAYERS = {
    "linear": (nn.Linear(7, 5), (3, 2, 7), 3 * 2 * 7 * 5),
    "conv1d": (nn.Conv1d(4, 6, 3, stride=2), (2, 4, 11), 2 * 6 * 5 * 4 * 3),
    "conv2d": (nn.Conv2d(4, 6, (3, 5), padding=(1, 2)), (2, 4, 8, 9), 2 * 6 * 8 * 9 * 4 * 15),
    "groups": (nn.Conv2d(4, 6, 3, groups=2, bias=False), (2, 4, 8, 8), 2 * 6 * 36 * 2 * 9),
    "depthwise": (nn.Conv2d(4, 4, 3, groups=4), (1, 4, 5, 5), 4 * 9 * 9),
    "dilated": (nn.Conv2d(2, 3, 3, dilation=2), (1, 2, 9, 9), 3 * 25 * 2 * 9),
    "conv3d": (nn.Conv3d(2, 3, 2), (1, 2, 4, 4, 4), 3 * 27 * 2 * 8),
    "unbatched": (nn.Conv2d(1, 2, 3), (1, 5, 5), 2 * 9 * 9),
    "transposed": (nn.ConvTranspose2d(4, 6, 3, stride=2), (2, 4, 8, 8), 2 * 4 * 64 * 6 * 9),
    "bilinear": (Calls(lambda m, x: m.b(x, x), b=nn.Bilinear(3, 3, 5)), (2, 3), 2 * 3 * 15),
    "rnn": (nn.RNN(4, 5), (7, 2, 4), 7 * 2 * 5 * (4 + 5)),
    "lstm": (nn.LSTM(4, 5), (7, 2, 4), 7 * 2 * 20 * (4 + 5)),
    "deep": (nn.LSTM(4, 5, 2, bias=False), (7, 2, 4), 7 * 2 * 20 * (4 + 5 + 5 + 5)),
    "both ways": (nn.GRU(4, 5, bidirectional=True), (7, 2, 4), 2 * 7 * 2 * 15 * (4 + 5)),
    "cell": (nn.GRUCell(4, 5), (2, 4), 2 * 15 * (4 + 5)),
    "batch norm": (nn.BatchNorm2d(4), (2, 4, 3, 3), 2 * 4 * 9),
    "layer norm": (nn.LayerNorm(6), (2, 3, 6), 36),
    "group norm": (nn.GroupNorm(2, 4), (2, 4, 3), 24),
    "instance norm": (nn.InstanceNorm1d(4), (2, 4, 3), 24),
    "rms norm": (nn.RMSNorm(6), (2, 6), 12),
    "embedding": (nn.Embedding(10, 4), (2, 3), 0),
    "activation": (nn.GELU(), (2, 3), 0),
    "pooling": (nn.AvgPool2d(2), (1, 1, 4, 4), 0),
    # projections of queries, keys, values and output; queries with keys, weights with values
    "attention": (
        Calls(lambda m, x: m.a(x, x, x)[0], a=nn.MultiheadAttention(8, 2, batch_first=True)),
        (3, 5, 8), 3 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8),
    ),
    "transformer": (
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (3, 5, 8),
        3 * (4 * 5 * 8 * 8 + 2 * 5 * 5 * 8 + 2 * 5 * 8 * 16) + 2 * 3 * 5 * 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_multiply_adds_of_layers(name):
    layer, size, wanted = LAYERS[name]
    found = summary(layer, size)
    assert found.error is None
    assert found.multiply_adds == wanted
    assert found.total_parameters == sum(p.numel() for p in layer.parameters())


FUNCTIONS = {
    "matmul": (lambda m, x: x @ x.mT, (2, 3, 4), 2 * 3 * 3 * 4),
    "vectors": (lambda m, x: torch.dot(x, x), (5,), 5),
    "einsum": (lambda m, x: torch.einsum("bij,bkj->bik", x, x), (2, 3, 4), 2 * 3 * 3 * 4),
    "linear": (lambda m, x: F.linear(x, torch.ones(5, 4)), (3, 4), 60),
    "conv": (lambda m, x: F.conv1d(x, torch.ones(2, 3, 2)), (1, 3, 6), 2 * 5 * 3 * 2),
    "attention": (
        lambda m, x: F.scaled_dot_product_attention(x, x, x), (2, 3, 4), 2 * 3 * 3 * (4 + 4),
    ),
    "elementwise": (lambda m, x: torch.exp(x * x + 1).sum(), (3, 4), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_outside_of_layers_are_counted(name):
    function, size, wanted = FUNCTIONS[name]
    assert summary(Calls(function), size, batch_dim=None).multiply_adds == wanted
    beside = summary(Calls(lambda m, x: (m.idle(x), function(m, x))[1], idle=nn.Identity()), size)
    assert beside.multiply_adds == wanted
    extra = [row for row in beside.rows if not row.kind]
    assert sum(row.multiply_adds for row in extra) == wanted
    assert len(extra) == bool(wanted)


def test_a_network_by_hand():
    found = summary(LeNet(), (8, 1, 28, 28))
    by = rows(found)
    assert by["conv1"].multiply_adds == 8 * 6 * 28 * 28 * 25
    assert by["conv2"].multiply_adds == 8 * 16 * 10 * 10 * 6 * 25
    assert by["head"].multiply_adds == 8 * (400 * 120 + 120 * 10)
    assert found.multiply_adds == sum(by[k].multiply_adds for k in ("conv1", "conv2", "head"))
    assert found.total_parameters == 156 + 2416 + 48120 + 1210
    assert by["pool"].calls == 2 and by["pool"].kernel == "2" and by["conv1"].kernel == "5×5"
    assert [form.shape for form in by["conv2"].outputs] == [(8, 16, 10, 10)]
    assert [form.shape for form in by["conv2"].inputs] == [(8, 6, 14, 14)]
    assert found.input_bytes == 8 * 28 * 28 * 4
    assert found.parameter_bytes == 4 * found.total_parameters


def test_activations_are_the_results_of_all_operations():
    found = summary(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Flatten(0)), (2, 4))
    assert found.activation_bytes == 2 * (2 * 8 * 4)  # flattening makes a view


# which modules


def test_unused_modules_and_those_whose_weights_are_read():
    def forward(m, x):
        return F.linear(x, m.read.weight)

    found = rows(summary(Calls(forward, read=nn.Linear(3, 3), idle=nn.Linear(2, 2)), (1, 3)))
    assert (found["read"].status, found["idle"].status) == ("uncalled", "unused")


def test_shared_tensors_count_once():
    embedding, out = nn.Embedding(10, 4), nn.Linear(4, 10, bias=False)
    out.weight = embedding.weight
    found = summary(nn.Sequential(embedding, out), (2, 3))
    assert found.total_parameters == 40 and found.parameter_bytes == 160
    assert rows(found)["1"].note == "weight is 0.weight"


def test_a_module_in_two_places_is_one():
    layer = nn.Linear(3, 3)
    found = summary(nn.Sequential(layer, nn.Tanh(), layer), (2, 3))
    assert found.total_parameters == 12 and found.multiply_adds == 2 * 2 * 9
    by = rows(found)
    assert by["0"].calls == 2 and (by["2"].status, by["2"].note) == ("shared", "the same as 0")


def test_frozen_parameters():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    net[0].requires_grad_(False)
    found = summary(net)
    assert (found.total_parameters, found.trainable_parameters) == (13, 4)
    assert "13, 4 trainable" in str(found)


def test_layers_in_a_plain_list_are_seen():
    net = Calls(lambda m, x: m.hidden[0](x))
    net.hidden = [nn.Linear(3, 3)]
    (row,) = [row for row in summary(net, (1, 3)).rows if row.status == "unregistered"]
    assert row.kind == "Linear" and "parameters()" in row.note
    assert row.path == "hidden[0]"


def test_layers_in_nested_lists_stand_where_they_are_called():
    net = Calls(lambda m, x: m.last(m.parts["b"][0](x)), last=nn.Linear(3, 1))
    net.parts = {"a": (nn.ReLU(),), "b": [nn.Linear(3, 3)]}
    assert [row.path for row in summary(net, (1, 3)).rows] == ["", "parts['b'][0]", "last"]


def test_lists_of_parameters_are_not_there_to_be_called():
    net = Calls(lambda m, x: x * m.used[0], used=nn.ParameterList([torch.ones(3)]))
    net.spare = nn.ParameterDict({"w": torch.ones(2)})
    by = rows(summary(net, (1, 3)))
    assert [by[k].status for k in ("used", "spare")] == ["", "unused"]


def test_containers_that_are_not_called_are_not_unused():
    net = Calls(lambda m, x: m.blocks[1](x), blocks=nn.ModuleList([nn.Linear(3, 3) for _ in "ab"]))
    by = rows(summary(net, (1, 3)))
    assert [by[k].status for k in ("blocks", "blocks.0", "blocks.1")] == ["", "unused", ""]
    assert by["blocks"].multiply_adds == 9


def test_rows_stand_in_the_order_of_calls():
    net = Calls(lambda m, x: m.first(m.second(x)), first=nn.Tanh(), second=nn.ReLU())
    assert [row.path for row in summary(net, (2,)).rows] == ["", "second", "first"]


def test_a_module_that_calls_itself():
    def forward(m, x, depth=2):
        return m(x @ torch.ones(3, 3), depth - 1) if depth else x

    found = summary(Calls(forward), (1, 3))
    assert found.multiply_adds == 2 * 9 and found.rows[0].calls == 3


# what goes in


def test_a_batch_dimension_is_added_where_it_is_missing():
    found = summary(LeNet(), (1, 28, 28))
    assert found.error is None and found.inputs[0].shape == (1, 1, 28, 28)
    assert found.notes == ["a batch dimension of size 1 was added"]
    assert summary(nn.Linear(4, 2), (4,)).inputs[0].shape == (4,)
    assert summary(nn.Linear(4, 2), 4, batch_dim=0).inputs[0].shape == (1, 4)
    assert summary(nn.LSTM(4, 5), (7, 4), batch_dim=1).inputs[0].shape == (7, 1, 4)


def test_several_inputs_and_keywords():
    net = Calls(lambda m, a, b, scale=1: (a * scale + b) @ m.w.weight.T, w=nn.Linear(3, 2))
    assert summary(net, [(4, 3), (1, 3)], scale=2).multiply_adds == 4 * 3 * 2
    data = (torch.ones(4, 3), torch.ones(3))
    assert summary(net, input_data=data).inputs[1].shape == (3,)
    assert summary(net, input_data={"a": data[0], "b": data[1]}).multiply_adds == 24
    assert summary(nn.Linear(3, 2), input_data=np.ones((5, 3), np.float32)).multiply_adds == 30


def test_dtypes():
    assert summary(nn.Linear(3, 2).double(), (1, 3)).inputs[0].dtype == np.float64
    assert summary(nn.Embedding(3, 2), (5,)).inputs[0].dtype == np.int64
    assert summary(nn.Identity(), (5,), dtypes=[torch.int32]).inputs[0].dtype == np.int32
    mixed = Calls(lambda m, i, x: m.e(i) + x, e=nn.Embedding(4, 3))
    assert summary(mixed, [(2,), (2, 3)], dtypes=[torch.long, torch.float32]).error is None


def test_without_an_input_the_parameters_are_shown():
    found = summary(LeNet())
    assert not found.ran and found.multiply_adds == 0 and found.total_parameters == 51902
    assert "weight (6, 1, 5, 5), bias (6,)" in str(found) and "multiply-adds" not in str(found)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: summary(nn.Linear), TypeError, "not a type: make one of the class"),
        (lambda: summary(nn.ReLU(), (1,), input_data=torch.ones(1)), ValueError, "not both"),
        (lambda: summary(nn.ReLU(), (-1, 2)), ValueError, "at least 0"),
        (lambda: summary(nn.ReLU(), torch.ones(2)), TypeError, "input_data="),
        (lambda: summary(nn.ReLU(), (2,), dtypes=[torch.int8] * 2), ValueError, "one for each"),
    ],
)
def test_wrong_calls(call, error, message):
    with pytest.raises(error, match=message):
        call()


# models that fail


def test_a_model_that_fails_is_shown_as_far_as_it_went():
    net = nn.Sequential(nn.Linear(4, 5), nn.Sequential(nn.ReLU(), nn.Linear(6, 2)), nn.Tanh())
    found = summary(net, (2, 4))
    by = rows(found)
    assert [by[k].status for k in ("0", "1.0", "1.1", "2")] == ["", "", "failed", "not reached"]
    assert isinstance(found.error, RuntimeError) and found.failed_in == "1.1"
    assert found.multiply_adds == 2 * 4 * 5
    assert "failed in 1.1: RuntimeError: mat1 and mat2" in str(found)
    assert "mat1 and mat2" in found._repr_html_()


def test_a_model_without_forward_and_one_without_init():
    class Empty(nn.Module):
        pass

    assert isinstance(summary(Empty(), (1,)).error, NotImplementedError)
    assert "NotImplementedError" in str(summary(Empty(), (1,)))


# it leaves no trace


class Restless(nn.Module):
    """Changes whatever a forward pass can change."""

    def __init__(self):
        super().__init__()
        self.lazy = nn.LazyLinear(3)
        self.norm = nn.BatchNorm1d(3)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("count", torch.zeros(2))
        self.steps, self.seen, self.note = 0, [], {"a": 1}
        self.cached = torch.ones(2)

    def forward(self, x):
        self.train()
        self.count += 1
        self.steps += 1
        self.seen.append(x)
        self.note["b"] = self.new = 2
        self.cached.mul_(2)
        self.norm.weight.requires_grad_(False)
        with torch.no_grad():
            self.norm.bias.add_(1)
        self.drop.register_forward_hook(lambda *args: None)
        random.random(), np.random.rand()  # noqa: NPY002
        x.add_(1)
        return self.drop(self.norm(self.lazy(x)))


def test_nothing_is_changed():
    torch.manual_seed(0)
    net, x = Restless(), torch.randn(4, 2)
    net.norm.eval()
    weight, cached = net.norm.weight, net.cached
    before = {name: value.clone() for name, value in net.norm.state_dict().items()}
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    given, versions = x.clone(), (net.count._version, cached._version, weight._version)
    found = summary(net, input_data=x)
    assert found.error is None and rows(found)["lazy"].parameters == 9
    assert isinstance(net.lazy, nn.LazyLinear)
    assert isinstance(net.lazy.weight, nn.UninitializedParameter)
    assert [m.training for m in net.modules()] == [True, True, False, True]
    assert (net.steps, net.seen, net.note) == (0, [], {"a": 1}) and not hasattr(net, "new")
    assert net.norm.weight is weight and weight.requires_grad and net.cached is cached
    assert torch.equal(cached, torch.ones(2)) and torch.equal(net.count, torch.zeros(2))
    assert (net.count._version, cached._version, weight._version) == versions
    for name, value in net.norm.state_dict().items():
        assert torch.equal(value, before[name])
    assert not net.drop._forward_hooks and torch.equal(x, given)
    assert torch.equal(torch.get_rng_state(), states[0]) and random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])  # noqa: NPY002
    assert torch.is_grad_enabled()


def test_a_failing_model_is_put_back_too():
    net = Calls(lambda m, x: (m.norm(x), 1 / 0), norm=nn.BatchNorm1d(3))
    assert isinstance(summary(net, (2, 3)).error, ZeroDivisionError)
    assert net.training and net.norm.num_batches_tracked == 0
    torch.ones(2, 2) @ torch.ones(2, 2)
    assert summary(nn.Linear(3, 2), (1, 3)).multiply_adds == 6


def test_training_goes_on_as_if_nothing_had_been():
    def trained(looked_at):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 1))
        optimizer = torch.optim.Adam(net.parameters())
        for _ in range(3):
            optimizer.zero_grad()
            loss = net(torch.randn(5, 3)).square().mean()
            if looked_at:
                summary(net, (5, 3))
            loss.backward()
            optimizer.step()
        return net.state_dict()

    plain, looked = trained(False), trained(True)
    assert all(torch.equal(plain[name], looked[name]) for name in plain)


# as text


def test_columns_are_aligned():
    net = LeNet()
    net.add_module("温度", nn.Linear(2, 2))
    lines = str(summary(net, (1, 28, 28))).splitlines()
    assert lines[0] == "LeNet on (1, 1, 28, 28)"
    end = lines[1].index("multiply-adds") + len("multiply-adds")
    wide = [line for line in lines[2:] if line.startswith(("├", "│", "└", "LeNet"))]
    for line in wide:
        shown = line.partition("←")[0].rstrip()
        assert len(shown) + 2 * ("温度" in line) == end
    assert any("温度: Linear" in line and "unused" in line for line in lines)


def test_depth():
    net = LeNet()
    assert "0: Linear" not in str(summary(net, depth=1))
    assert "0: Linear" in str(summary(net, depth=None))
    assert str(summary(net, depth=0)).count("\n") == 5


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_340_000, "2.34 MB"),
                       (999_999, "1 MB"), (10**13, "1e+04 GB")],
)  # fmt: skip
def test_memory(size, text):
    assert memory(size) == text
