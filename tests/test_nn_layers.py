"""Layers and containers of torch.nn."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn

LAYERS = [
    (nn.Linear(2, 3), "Linear(in_features=2, out_features=3, bias=True)"),
    (nn.Linear(2, 3, bias=False), "Linear(in_features=2, out_features=3, bias=False)"),
    (nn.Bilinear(2, 3, 4), "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)"),
    (nn.Identity(54, unused=1), "Identity()"),
    (nn.ReLU(), "ReLU()"),
    (nn.ReLU(inplace=True), "ReLU(inplace=True)"),
    (nn.Tanh(), "Tanh()"),
    (nn.Sigmoid(), "Sigmoid()"),
    (nn.SiLU(True), "SiLU(inplace=True)"),
    (nn.LeakyReLU(), "LeakyReLU(negative_slope=0.01)"),
    (nn.LeakyReLU(0.2, True), "LeakyReLU(negative_slope=0.2, inplace=True)"),
    (nn.ELU(), "ELU(alpha=1.0)"),
    (nn.ELU(2.0, True), "ELU(alpha=2.0, inplace=True)"),
    (nn.Softplus(), "Softplus(beta=1.0, threshold=20.0)"),
    (nn.Softmax(), "Softmax(dim=None)"),
    (nn.LogSoftmax(dim=-1), "LogSoftmax(dim=-1)"),
    (nn.Dropout(0.1), "Dropout(p=0.1, inplace=False)"),
    (nn.Flatten(), "Flatten(start_dim=1, end_dim=-1)"),
    (nn.Unflatten(1, (2, 3)), "Unflatten(dim=1, unflattened_size=(2, 3))"),
    (nn.CrossEntropyLoss(), "CrossEntropyLoss()"),
    (nn.MSELoss(), "MSELoss()"),
    (nn.L1Loss(), "L1Loss()"),
    (nn.NLLLoss(), "NLLLoss()"),
]


@pytest.mark.parametrize(("layer", "shown"), LAYERS, ids=[shown for _, shown in LAYERS])
def test_repr_and_copies(layer, shown):
    assert repr(layer) == shown
    assert repr(copy.deepcopy(layer)) == repr(pickle.loads(pickle.dumps(layer))) == shown


class TestLinear:
    def test_computes_the_product(self):
        layer = nn.Linear(3, 2)
        for shape in ((3,), (5, 3), (4, 5, 3), (0, 3)):
            x = torch.randn(*shape)
            expected = x.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
            assert np.allclose(layer(x).detach().numpy(), expected, atol=1e-6)

    def test_without_bias(self):
        layer = nn.Linear(3, 2, bias=False)
        assert layer.bias is None and list(layer.state_dict()) == ["weight"]
        assert layer(torch.ones(4, 3)).shape == (4, 2)

    def test_initial_range(self):
        layer = nn.Linear(100, 50)
        for p in layer.parameters():
            assert p.abs().max() <= 0.1 and p.std() > 0.05

    def test_dtype(self):
        assert nn.Linear(2, 2, dtype=torch.float64).bias.dtype == torch.float64
        assert nn.Linear(2, 2, device="cpu").weight.dtype == torch.float32

    def test_gradients(self):
        layer = nn.Linear(3, 2).double()
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        layer(x).sum().backward()
        assert np.allclose(layer.bias.grad.numpy(), 4)
        assert np.allclose(layer.weight.grad.numpy(), x.detach().numpy().sum(0))
        assert np.allclose(x.grad.numpy(), layer.weight.detach().numpy().sum(0))

    def test_a_weight_that_is_computed(self):
        plain = nn.Linear(2, 1)
        weight = nn.Parameter(plain.weight * 2)
        del plain.weight
        plain.weight = weight * 0.5
        assert plain(torch.ones(2)).shape == (1,)
        plain(torch.ones(2)).sum().backward()
        assert weight.grad.tolist() == [[0.5, 0.5]]

    def test_bad_shapes(self):
        with pytest.raises(RuntimeError, match=r"negative dimension"):
            nn.Linear(-1, 2)
        with pytest.raises(TypeError):
            nn.Linear(1.5, 2)
        with pytest.raises(TypeError, match="missing 1 required positional argument"):
            nn.Linear(1, 2)()
        with pytest.warns(UserWarning, match="zero-element"):
            assert nn.Linear(0, 2)(torch.ones(3, 0)).shape == (3, 2)
        with pytest.raises(ValueError, match="in1_features must be > 0"):
            nn.Bilinear(0, 1, 1)

    def test_bilinear(self):
        m = nn.Bilinear(2, 3, 4)
        a, b = torch.randn(5, 2), torch.randn(5, 3)
        expected = np.einsum("ni,kij,nj->nk", a.numpy(), m.weight.detach().numpy(), b.numpy())
        assert np.allclose(m(a, b).detach().numpy(), expected + m.bias.detach().numpy(), atol=1e-5)
        assert nn.Bilinear(2, 3, 4, bias=False)(a, b).shape == (5, 4)


class TestActivations:
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 30.0])

    @pytest.mark.parametrize(
        ("layer", "function"),
        [
            (nn.ReLU(), lambda x: np.maximum(x, 0)),
            (nn.Tanh(), np.tanh),
            (nn.Sigmoid(), lambda x: 1 / (1 + np.exp(-x))),
            (nn.SiLU(), lambda x: x / (1 + np.exp(-x))),
            (nn.LeakyReLU(0.1), lambda x: np.where(x > 0, x, 0.1 * x)),
            (nn.ELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
            (
                nn.Softplus(2.0, 10.0),
                lambda x: np.where(2 * x > 10, x, np.log1p(np.exp(2 * x)) / 2),
            ),
            (nn.Softmax(0), lambda x: np.exp(x) / np.exp(x).sum()),
            (nn.LogSoftmax(0), lambda x: x - np.log(np.exp(x).sum())),
            (nn.Identity(), lambda x: x),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_values(self, layer, function):
        expected = function(self.x.numpy().astype(np.float64))
        assert np.allclose(layer(self.x).numpy(), expected, atol=1e-6)

    @pytest.mark.parametrize(
        "layer", [nn.ReLU(True), nn.LeakyReLU(0.1, True), nn.ELU(1.0, True), nn.SiLU(True)]
    )
    def test_in_place(self, layer):
        outside = type(layer)()
        if hasattr(layer, "negative_slope"):
            outside.negative_slope = layer.negative_slope
        leaf = self.x.clone().requires_grad_()
        x = leaf * 1
        y = layer(x)
        assert y is x and np.allclose(y.tolist(), outside(self.x).tolist())
        y.sum().backward()
        other = self.x.clone().requires_grad_()
        outside(other).sum().backward()
        assert np.allclose(leaf.grad.tolist(), other.grad.tolist())

    def test_softmax_without_dim_warns(self):
        with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
            assert nn.Softmax()(torch.zeros(2, 4)).tolist() == [[0.25] * 4] * 2


class TestDropout:
    def test_training(self):
        x = torch.ones(10000)
        y = nn.Dropout(0.25)(x).numpy()
        assert set(np.unique(y)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
        assert abs((y == 0).mean() - 0.25) < 0.02

    def test_evaluation_gives_the_input(self):
        x = torch.ones(3)
        assert nn.Dropout(0.5).eval()(x) is x and nn.Dropout(0.0)(x) is x

    def test_all_dropped(self):
        assert nn.Dropout(1.0)(torch.ones(3)).tolist() == [0.0] * 3

    def test_gradient_is_the_mask(self):
        x = torch.ones(100, requires_grad=True)
        y = nn.Dropout(0.5)(x)
        y.sum().backward()
        assert np.array_equal(x.grad.numpy(), y.detach().numpy())

    def test_in_place(self):
        x = torch.ones(100)
        assert nn.Dropout(0.5, inplace=True)(x) is x and 0 < (x == 0).sum() < 100

    def test_bad_probability(self):
        for p in (-0.1, 1.5):
            with pytest.raises(ValueError, match="between 0 and 1"):
                nn.Dropout(p)

    def test_same_seed_same_mask(self):
        torch.manual_seed(3)
        a = nn.Dropout()(torch.ones(50))
        torch.manual_seed(3)
        assert a.tolist() == nn.Dropout()(torch.ones(50)).tolist()


class TestShapes:
    def test_flatten(self):
        x = torch.zeros(2, 3, 4, 5)
        assert nn.Flatten()(x).shape == (2, 60)
        assert nn.Flatten(0)(x).shape == (120,) and nn.Flatten(1, 2)(x).shape == (2, 12, 5)
        with pytest.raises(IndexError, match="Dimension out of range"):
            nn.Flatten()(torch.zeros(3))
        with pytest.raises(RuntimeError, match="start_dim cannot come after end_dim"):
            nn.Flatten(2, 1)(x)

    def test_unflatten(self):
        x = torch.zeros(2, 6)
        assert nn.Unflatten(1, (2, 3))(x).shape == nn.Unflatten(-1, [2, -1])(x).shape == (2, 2, 3)
        with pytest.raises(RuntimeError):
            nn.Unflatten(1, (4, 2))(x)
        with pytest.raises(TypeError, match="tuple of ints, but found type int"):
            nn.Unflatten(1, 3)
        with pytest.raises(TypeError, match="element of type str at pos 1"):
            nn.Unflatten(1, (2, "a"))


class TestSequential:
    def named(self):
        return nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.ReLU(), c=nn.Linear(2, 1)))

    def test_runs_in_order(self):
        net = self.named()
        x = torch.randn(4, 1)
        expected = net.c(torch.relu(net.a(x)))
        assert net(x).tolist() == expected.tolist()
        assert nn.Sequential()(3) == 3

    def test_indexing(self):
        net = self.named()
        assert net[0] is net.a and net[-1] is net.c and len(net) == 3
        assert [name for name, _ in net[1:].named_children()] == ["b", "c"]
        assert net[np.int64(1)] is net.b and list(net) == [net.a, net.b, net.c]
        assert list(reversed(net)) == [net.c, net.b, net.a] and net.b in net
        with pytest.raises(IndexError, match="index 3 is out of range"):
            net[3]
        with pytest.raises(TypeError):
            net["a"]

    def test_changing(self):
        net = nn.Sequential(nn.ReLU(), nn.Tanh())
        net[0] = nn.Sigmoid()
        assert repr(net[0]) == "Sigmoid()"
        assert net.append(nn.Identity()) is net and len(net) == 3
        assert net.extend([nn.ReLU(), nn.ReLU()]) is net and len(net) == 5
        assert net.insert(1, nn.Flatten()) is net and isinstance(net[1], nn.Flatten)
        assert list(net._modules) == [str(i) for i in range(6)]
        assert repr(net.pop(1)) == repr(nn.Flatten())
        del net[1:3]
        assert [type(m).__name__ for m in net] == ["Sigmoid", "ReLU", "ReLU"]
        assert list(net._modules) == ["0", "1", "2"]

    def test_insert_keeps_names(self):
        net = self.named()
        net.insert(1, nn.Tanh())
        assert list(net._modules) == ["a", "3", "b", "c"]

    def test_sums_and_products(self):
        a, b = nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh())
        assert [type(m) for m in a + b] == [nn.ReLU, nn.Tanh]
        twice = a * 2
        assert twice[0] is twice[1] is a[0] and len(2 * a) == 2
        a += b
        assert len(a) == 2
        a *= 2
        assert len(a) == 4 and list(a._modules) == ["0", "1", "2", "3"]
        for wrong in (nn.Tanh(), 3):
            with pytest.raises(ValueError, match="only objects of Sequential class"):
                a + wrong
        with pytest.raises(ValueError, match="Non-positive"):
            a * 0
        with pytest.raises(TypeError):
            a * "a"

    def test_wrong_kinds(self):
        with pytest.raises(TypeError, match="int is not a Module subclass"):
            nn.Sequential(3)
        with pytest.raises(
            TypeError, match=r"list is not a Module subclass.*Sequential\(\*modules\)"
        ):
            nn.Sequential([nn.ReLU()])
        with pytest.raises(AssertionError):
            nn.Sequential().insert(0, 3)
        with pytest.raises(IndexError, match="Index out of range: 5"):
            nn.Sequential().insert(5, nn.ReLU())
        with pytest.raises(TypeError):
            nn.Sequential(nn.ReLU()).append(3)


class TestModuleList:
    def test_is_a_list(self):
        layers = nn.ModuleList([nn.Linear(1, 1), nn.ReLU()])
        assert len(layers) == 2 and layers[-1] is layers[1] and layers[1] in layers
        assert isinstance(layers[1:], nn.ModuleList) and list(layers[1:]._modules) == ["0"]
        layers += [nn.Tanh()]
        assert (
            layers.append(nn.Sigmoid()) is layers and layers.extend(iter([nn.Flatten()])) is layers
        )
        layers.insert(0, nn.Identity())
        assert [type(m).__name__ for m in layers] == [
            "Identity", "Linear", "ReLU", "Tanh", "Sigmoid", "Flatten",
        ]  # fmt: skip
        assert isinstance(layers.pop(-1), nn.Flatten)
        del layers[0]
        layers[-1] = nn.ReLU()
        assert list(layers.state_dict()) == ["0.weight", "0.bias"]
        both = layers + nn.ModuleList([nn.Identity()])
        assert len(both) == 5 and len(layers) == 4 and both[0] is layers[0]

    def test_its_parameters_belong_to_the_model(self):
        assert len(list(nn.ModuleList(nn.Linear(1, 1) for _ in range(3)).parameters())) == 6

    def test_errors(self):
        layers = nn.ModuleList([nn.ReLU()])
        for i in (1, -2):
            with pytest.raises(IndexError, match="out of range"):
                layers[i]
            with pytest.raises(IndexError, match="out of range"):
                layers[i] = nn.ReLU()
        with pytest.raises(TypeError, match="should be called with an iterable, but got int"):
            layers.extend(3)
        with pytest.raises(TypeError, match="not a Module subclass"):
            nn.ModuleList([3])
        with pytest.raises(TypeError, match=r"activation.ReLU is not a Module .* of it, ReLU\("):
            layers.append(nn.ReLU)
        with pytest.raises(TypeError, match="int is not a Module subclass"):
            layers.extend([nn.Tanh(), 3])
        assert len(layers) == 1
        with pytest.raises(NotImplementedError):
            layers(1)

    def test_repr_joins_runs(self):
        net = nn.ModuleList(
            [*(nn.Sequential(nn.ReLU()) for _ in range(2)), nn.Tanh(), nn.Sequential(nn.ReLU())]
        )
        assert repr(net) == (
            "ModuleList(\n  (0-1): 2 x Sequential(\n    (0): ReLU()\n  )\n  (2): Tanh()\n"
            "  (3): Sequential(\n    (0): ReLU()\n  )\n)"
        )
        assert repr(nn.ModuleList()) == "ModuleList()"


class TestModuleDict:
    def test_is_a_dictionary(self):
        d = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
        assert list(d) == list(d.keys()) == ["b", "a"] and "a" in d and len(d) == 2
        assert d["a"] is d.a and [d["b"], d["a"]] == list(d.values())
        d.update([("c", nn.Tanh())])
        d.update(nn.ModuleDict({"e": nn.Tanh()}))
        d["f"] = nn.Identity()
        del d["b"]
        assert [key for key, _ in d.items()] == ["a", "c", "e", "f"]
        assert isinstance(d.pop("c"), nn.Tanh) and list(d.state_dict()) == ["a.weight", "a.bias"]
        d.clear()
        assert len(d) == 0

    def test_errors(self):
        d = nn.ModuleDict()
        with pytest.raises(KeyError):
            d["a"]
        with pytest.raises(KeyError, match="already exists"):
            d["keys"] = nn.ReLU()
        with pytest.raises(TypeError, match="iterable of key/value pairs"):
            d.update(3)
        with pytest.raises(TypeError, match="element #0 should be Iterable"):
            d.update([3])
        with pytest.raises(ValueError, match="element #0 has length 1; 2 is required"):
            d.update([("a",)])
        with pytest.raises(TypeError, match="not a Module subclass"):
            d["a"] = 3


class TestParameterContainers:
    def test_list(self):
        p = nn.ParameterList([torch.ones(2), nn.Parameter(torch.ones(1, 2)), 3])
        assert len(p) == 3 and list(p.state_dict()) == ["0", "1"] and p[2] == 3 and p[-1] == 3
        assert all(isinstance(t, nn.Parameter) for t in p[:2])
        p.append(torch.zeros(1))
        p += [torch.zeros(3)]
        p[0] = torch.ones(5)
        assert len(p) == 5 and len(list(p.parameters())) == 4
        assert isinstance(p[0], nn.Parameter) and p[0].shape == (5,)
        assert isinstance(p[1:3], nn.ParameterList)
        assert repr(nn.ParameterList([torch.ones(2), 3])) == (
            "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n"
            "    (1): Object of type: int\n)"
        )
        with pytest.raises(IndexError):
            p[9]
        with pytest.raises(TypeError, match="iterable"):
            nn.ParameterList(torch.ones(2))
        with pytest.raises(RuntimeError, match="should not be called"):
            p(1)

    def test_dict(self):
        p = nn.ParameterDict({"b": torch.ones(1), "a": torch.ones(2)})
        assert list(p) == ["a", "b"] and len(p) == 2 and "a" in p
        p["c"] = nn.Parameter(torch.ones(3))
        assert p.get("z", 5) == 5 and p.setdefault("d", torch.ones(4)).shape == (4,)
        assert list(p.state_dict()) == ["a", "b", "c", "d"] and next(reversed(p)) == "d"
        assert p.popitem()[0] == "d" and p.pop("c").shape == (3,)
        assert len(p | nn.ParameterDict({"z": torch.ones(1)})) == 3 and len(p.copy()) == 2
        p |= nn.ParameterDict({"z": torch.ones(1)})
        assert [tuple(t.shape) for t in p.values()] == [(2,), (1,), (1,)]
        assert list(p.fromkeys(["x", "y"], 1).items()) == [("x", 1), ("y", 1)]
        p.update({"a": torch.ones(7)})
        assert p.a is p["a"] and p["a"].shape == (7,)
        p.clear()
        assert not list(p.parameters())
        with pytest.raises(TypeError, match="not a string"):
            p[3] = torch.ones(1)
        with pytest.raises(AttributeError):
            p["missing"]
        with pytest.raises(RuntimeError, match="should not be called"):
            p(1)


class TestLossModules:
    def test_weight_is_a_buffer(self):
        loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0]))
        assert list(loss.state_dict()) == ["weight"] and loss.double().weight.dtype == torch.float64
        with pytest.raises(TypeError, match="cannot assign 'list' object to buffer 'weight'"):
            nn.NLLLoss(weight=[1.0])

    def test_old_reductions(self):
        for old, new in (
            ({"size_average": False}, "sum"), ({"reduce": False}, "none"),
            ({"size_average": True, "reduce": True}, "mean"),
        ):  # fmt: skip
            with pytest.warns(UserWarning, match=f"please use reduction='{new}'"):
                assert nn.MSELoss(**old).reduction == new

    def test_options_are_passed_on(self):
        x, target = torch.randn(4, 3), torch.tensor([0, 1, 2, 1])
        weight = torch.tensor([1.0, 2.0, 3.0])
        for options in ({"weight": weight}, {"ignore_index": 1}, {"reduction": "none"}):
            ce = nn.CrossEntropyLoss(**options)(x, target)
            nll = nn.NLLLoss(**options)(x.log_softmax(1), target)
            assert np.allclose(ce.numpy(), nll.numpy(), atol=1e-6)
        smooth = nn.CrossEntropyLoss(label_smoothing=0.5)(x, target)
        assert smooth.item() != nn.CrossEntropyLoss()(x, target).item()
        y = torch.randn(4, 3)
        assert nn.MSELoss(reduction="sum")(x, y).item() == pytest.approx(
            ((x - y) ** 2).sum().item()
        )
        assert nn.L1Loss(reduction="none")(x, y).tolist() == (x - y).abs().tolist()


def test_a_small_net_learns():
    torch.manual_seed(0)
    x = torch.rand(64, 2) * 2 - 1
    target = (x[:, 0] * x[:, 1] > 0).long()
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    loss_of = nn.CrossEntropyLoss()
    first = loss_of(net(x), target).item()
    for _ in range(200):
        net.zero_grad()
        loss = loss_of(net(x), target)
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.5 * p.grad
    assert loss.item() < first / 3
