"""Optimizers move parameters as PyTorch's do, step for step, and exchange checkpoints with them."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

SHAPES = [(), (1,), (5,), (3, 4), (0,), (2, 3, 2), (70, 300)]  # the last updates without gathering
TOLERANCE = {"float32": {"rtol": 2e-5, "atol": 2e-6}, "float64": {"rtol": 1e-12, "atol": 1e-13}}
CASES = [
    *(
        ("SGD", {"lr": 0.1, **options})
        for options in (
            {},
            {"maximize": True},
            {"weight_decay": 0.1},
            {"weight_decay": 0.1, "maximize": True},
            {"momentum": 0.9},
            {"momentum": 0.9, "dampening": 0.3},
            {"momentum": 0.9, "nesterov": True},
            {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
            {"momentum": 0.5, "dampening": 0.5, "weight_decay": 0.01, "foreach": True},
        )
    ),
    *(
        (name, {"lr": 0.01, "weight_decay": decay, "amsgrad": amsgrad, "maximize": maximize})
        for name, decay, amsgrad, maximize in itertools.product(
            ("Adam", "AdamW"), (0, 0.1), (False, True), (False, True)
        )
    ),
    ("Adam", {}),
    ("AdamW", {}),
    ("Adam", {"betas": (0.5, 0.999), "lr": 2e-4}),
    ("Adam", {"betas": (0.3, 0.7), "eps": 1e-3}),
    ("Adam", {"betas": (0.0, 0.9)}),
    ("Adam", {"decoupled_weight_decay": True, "weight_decay": 0.2}),
    ("AdamW", {"fused": True}),
]


def label(case):
    name, options = case
    return name + "".join(f"-{key}={value}" for key, value in options.items())


class Pair:
    """The same parameters, optimizers and gradients on both sides."""

    def __init__(self, name, options, dtype="float32", shapes=SHAPES, seed=0):
        self.rng = np.random.default_rng(seed)
        self.dtype = dtype
        starts = [self.draw(shape) for shape in shapes]
        self.ours = [minitorch.tensor(a, requires_grad=True) for a in starts]
        self.theirs = [torch.tensor(a, requires_grad=True) for a in starts]
        if shapes:
            self.our = getattr(minitorch.optim, name)(self.ours, **options)
            self.their = getattr(torch.optim, name)(self.theirs, **options)

    def draw(self, shape):
        return np.array(self.rng.standard_normal(shape), self.dtype)

    def give(self, without=()):
        for i, (a, b) in enumerate(zip(self.ours, self.theirs)):
            g = self.draw(tuple(b.shape))
            a.grad = None if i in without else minitorch.tensor(g, dtype=a.dtype)
            b.grad = None if i in without else torch.tensor(g, dtype=b.dtype)

    def step(self, without=()):
        self.give(without)
        self.our.step()
        self.their.step()

    def check(self):
        for a, b in zip(self.ours, self.theirs):
            np.testing.assert_allclose(
                a.detach().numpy(), b.detach().numpy(), **TOLERANCE[self.dtype]
            )
        ours, theirs = self.our.state_dict(), self.their.state_dict()
        assert ours["param_groups"] == theirs["param_groups"]
        assert list(ours["state"]) == list(theirs["state"])
        for key, expected in theirs["state"].items():
            found = ours["state"][key]
            assert list(found) == list(expected)
            for name, value in expected.items():
                assert str(found[name].dtype) == str(value.dtype)
                assert tuple(found[name].shape) == tuple(value.shape)
                np.testing.assert_allclose(
                    found[name].numpy(), value.numpy(), **TOLERANCE[self.dtype]
                )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=label)
def test_trajectory(case, dtype):
    pair = Pair(*case, dtype=dtype)
    for _ in range(25):
        pair.step()
    pair.check()


@pytest.mark.parametrize("case", CASES, ids=label)
def test_parameters_without_gradients_wait(case):
    pair = Pair(*case, dtype="float64")
    for i in range(24):
        absent = {1, 6} if i < 5 else {i % 7, (i * i) % 7} if i < 18 else set()
        pair.step(without=absent)
        pair.check()


@pytest.mark.parametrize(
    "case",
    [
        ("SGD", {"momentum": 0.9, "lr": 0.1, "dampening": 0.1}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {}),
    ],
    ids=label,
)
class TestChangesOnTheWay:
    def test_options_of_a_group(self, case):
        pair = Pair(*case, dtype="float64")
        for i in range(12):
            for optimizer in (pair.our, pair.their):
                group = optimizer.param_groups[0]
                group["lr"] = 0.1 / (i + 1)
                group["weight_decay"] = 0.01 * (i % 3)
                group["maximize"] = i % 4 == 3
                if "betas" in group:
                    group["betas"] = (0.9 - 0.01 * i, 0.99)
                else:
                    group["momentum"] = 0.5 if i < 6 else 0.9
            pair.step()
        pair.check()

    def test_group_added_later(self, case):
        pair = Pair(*case, dtype="float64")
        pair.step()
        more = pair.draw((4, 2))
        pair.ours.append(minitorch.tensor(more, requires_grad=True))
        pair.theirs.append(torch.tensor(more, requires_grad=True))
        pair.our.add_param_group({"params": pair.ours[-1], "lr": 0.5})
        pair.their.add_param_group({"params": pair.theirs[-1], "lr": 0.5})
        for _ in range(5):
            pair.step()
        pair.check()

    def test_parameters_appended_to_a_group(self, case):
        pair = Pair(*case, dtype="float64")
        pair.step()
        more = pair.draw((4, 2))
        pair.ours.append(minitorch.tensor(more, requires_grad=True))
        pair.theirs.append(torch.tensor(more, requires_grad=True))
        pair.our.param_groups[0]["params"].append(pair.ours[-1])
        pair.their.param_groups[0]["params"].append(pair.theirs[-1])
        for _ in range(5):
            pair.step()
        pair.check()

    def test_state_replaced_by_hand(self, case):
        pair = Pair(*case, dtype="float64")
        for _ in range(3):
            pair.step()
        for name in list(pair.our.state[pair.ours[3]]):
            shape = tuple(pair.theirs[3].shape) if name != "step" else ()
            value = abs(pair.draw(shape)) if shape else np.float32(1)
            pair.our.state[pair.ours[3]][name] = minitorch.tensor(value)
            pair.their.state[pair.theirs[3]][name] = torch.tensor(value)
        for _ in range(3):
            pair.step()
        pair.check()

    def test_state_deleted(self, case):
        pair = Pair(*case, dtype="float64")
        for _ in range(3):
            pair.step()
        del pair.our.state[pair.ours[2]], pair.their.state[pair.theirs[2]]
        pair.step()
        pair.our.state.clear()
        pair.their.state.clear()
        for _ in range(3):
            pair.step()
        pair.check()

    def test_state_changed_in_place(self, case):
        pair = Pair(*case, dtype="float64")
        for _ in range(3):
            pair.step()
        for optimizer, params in ((pair.our, pair.ours), (pair.their, pair.theirs)):
            for value in optimizer.state[params[4]].values():
                value.mul_(2)
        for _ in range(3):
            pair.step()
        pair.check()

    def test_mixed_dtypes(self, case):
        pair = Pair(*case, shapes=[])  # filled below
        starts = [pair.draw((3, 2)).astype(d) for d in ("f4", "f8", "f4", "f8", "f2", "f4")]
        pair.ours = [minitorch.tensor(a, requires_grad=True) for a in starts]
        pair.theirs = [torch.tensor(a, requires_grad=True) for a in starts]
        name, options = case
        pair.our = getattr(minitorch.optim, name)(pair.ours, **options)
        pair.their = getattr(torch.optim, name)(pair.theirs, **options)
        for _ in range(5):
            pair.step()
        for a, b in zip(pair.ours, pair.theirs):
            assert str(a.dtype) == str(b.dtype)
            close = {"rtol": 2e-2, "atol": 2e-2} if b.dtype is torch.float16 else {"rtol": 1e-5}
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), **close)

    def test_loading_ours_into_theirs_and_back(self, case, tmp_path):
        pair = Pair(*case, dtype="float64")
        for _ in range(4):
            pair.step(without={2})
        minitorch.save(pair.our.state_dict(), tmp_path / "ours.pt")
        torch.save(pair.their.state_dict(), tmp_path / "theirs.pt")
        name, options = case
        pair.our = getattr(minitorch.optim, name)(pair.ours, **options)
        pair.their = getattr(torch.optim, name)(pair.theirs, **options)
        pair.our.load_state_dict(minitorch.load(tmp_path / "theirs.pt"))
        pair.their.load_state_dict(torch.load(tmp_path / "ours.pt"))
        pair.check()
        for _ in range(4):
            pair.step()
        pair.check()

    def test_copy_goes_its_own_way(self, case):
        pair = Pair(*case, dtype="float64")
        for _ in range(3):
            pair.step()
        ours, our = copy.deepcopy((pair.ours, pair.our))
        theirs, their = copy.deepcopy((pair.theirs, pair.their))
        for _ in range(3):
            pair.step()
        pair.check()
        pair.ours, pair.our, pair.theirs, pair.their = ours, our, theirs, their
        for _ in range(3):
            pair.step()
        pair.check()


def test_non_contiguous_parameters():
    for name, shape in itertools.product(("SGD", "Adam", "AdamW"), [(4, 6), (200, 300)]):
        pair = Pair(name, {"lr": 0.1}, "float64", shapes=[])
        base = pair.draw(shape)
        for lib, params in ((minitorch, pair.ours), (torch, pair.theirs)):
            transposed = lib.tensor(base).t().requires_grad_()
            strided = lib.tensor(base)[:, ::2].requires_grad_()
            params += [transposed, strided]
        pair.our = getattr(minitorch.optim, name)(pair.ours, lr=0.1)
        pair.their = getattr(torch.optim, name)(pair.theirs, lr=0.1)
        for _ in range(5):
            pair.step()
        pair.check()


def test_non_contiguous_gradients():
    for shape in [(4, 6), (200, 300)]:
        pair = Pair("Adam", {"lr": 0.1}, "float64", shapes=[shape])
        for _ in range(3):
            g = pair.draw(shape[::-1])
            pair.ours[0].grad = minitorch.tensor(g).t()
            pair.theirs[0].grad = torch.tensor(g).t()
            pair.our.step()
            pair.their.step()
        pair.check()


def test_parameters_that_share_memory():
    for name, shape in itertools.product(("SGD", "Adam", "AdamW"), [(4, 6), (200, 300)]):
        pair = Pair(name, {"lr": 0.1}, "float64", shapes=[(3,), shape, (2,)])
        pair.ours.append(pair.ours[1].detach().requires_grad_())
        pair.theirs.append(pair.theirs[1].detach().requires_grad_())
        pair.our = getattr(minitorch.optim, name)(pair.ours, lr=0.1)
        pair.their = getattr(torch.optim, name)(pair.theirs, lr=0.1)
        for _ in range(5):
            pair.step()
        pair.check()


@pytest.mark.filterwarnings("ignore:optimizer contains a parameter group with duplicate")
def test_parameter_listed_twice():
    pair = Pair("Adam", {}, "float64", shapes=[(3,), (4,)])
    pair.our = minitorch.optim.Adam([*pair.ours, pair.ours[0]], lr=0.1)
    pair.their = torch.optim.Adam([*pair.theirs, pair.theirs[0]], lr=0.1)
    for _ in range(4):
        pair.step()
    pair.check()


@pytest.mark.parametrize("case", [("SGD", {"momentum": 0.9}), ("Adam", {"amsgrad": True})])
def test_complex_parameters(case):
    name, options = case
    rng = np.random.default_rng(0)

    def draw():
        return rng.standard_normal(5) + 1j * rng.standard_normal(5)

    start = draw()
    a, b = minitorch.tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    ours = getattr(minitorch.optim, name)([a], lr=0.1, **options)
    theirs = getattr(torch.optim, name)([b], lr=0.1, **options)
    for _ in range(5):
        g = draw()
        a.grad, b.grad = minitorch.tensor(g), torch.tensor(g)
        ours.step()
        theirs.step()
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
    for key, value in theirs.state[b].items():
        np.testing.assert_allclose(ours.state[a][key].numpy(), value.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_learning_rate_as_tensor(name):
    pair = Pair(name, {})
    for lib, optimizer in ((minitorch, pair.our), (torch, pair.their)):
        optimizer.param_groups[0]["lr"] = lib.tensor(0.01)
    for i in range(5):
        pair.step()
        pair.our.param_groups[0]["lr"].fill_(0.02 * i)
        pair.their.param_groups[0]["lr"].fill_(0.02 * i)
    for a, b in zip(pair.ours, pair.theirs):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_training_with_closure():
    def train(lib, name):
        x = lib.arange(12, dtype=lib.float64).reshape(6, 2) / 10
        y = x.sum(1) * 3
        w = lib.tensor([0.1, -0.2], dtype=lib.float64, requires_grad=True)
        optimizer = getattr(lib.optim, name)([w], lr=0.05)

        def closure():
            optimizer.zero_grad()
            loss = ((x @ w - y) ** 2).mean()
            loss.backward()
            return loss

        return [optimizer.step(closure).item() for _ in range(30)]

    for name in ("SGD", "Adam", "AdamW"):
        np.testing.assert_allclose(train(minitorch, name), train(torch, name), rtol=1e-9)


def written_by_a_user(lib):
    class Momentum(lib.optim.Optimizer):
        def __init__(self, params, lr=0.1, beta=0.9):
            super().__init__(params, {"lr": lr, "beta": beta})

        @lib.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if len(state) == 0:
                        state["step"] = 0
                        state["sum"] = lib.zeros_like(p.data)
                    state["step"] += 1
                    state["sum"].mul_(group["beta"]).add_(p.grad, alpha=1 - group["beta"])
                    scale = group["lr"] / (1 - group["beta"] ** state["step"])
                    p.data.add_(state["sum"], alpha=-scale)
                    p.addcmul_(p, p.grad, value=-0.001)

    return Momentum


def test_optimizer_written_by_a_user():
    pair = Pair("SGD", {}, "float64")
    pair.our = written_by_a_user(minitorch)(pair.ours, lr=0.1)
    pair.their = written_by_a_user(torch)(pair.theirs, lr=0.1)
    for _ in range(5):
        pair.step()
    theirs = pair.their.state_dict()
    pair.our.load_state_dict(pair.our.state_dict())
    pair.step()
    for a, b in zip(pair.ours, pair.theirs):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)
    assert pair.our.state_dict()["state"][3]["step"] == theirs["state"][3]["step"] == 6


def both(call):
    """The same call on both sides."""
    return call(minitorch), call(torch)


@pytest.mark.parametrize(
    "make",
    [
        lambda o, p: o.SGD([p]),
        lambda o, p: o.SGD([{"params": p, "lr": 0.5, "extra": 3}], momentum=0.9),
        lambda o, p: o.Adam([("weight", p)], betas=(0.5, 0.9)),
        lambda o, p: o.AdamW([p], foreach=False),
    ],
)
def test_printing_and_groups(make):
    ours, theirs = both(lambda lib: make(lib.optim, lib.zeros(3, requires_grad=True)))
    assert repr(ours) == repr(theirs)
    assert ours.defaults == theirs.defaults
    assert list(ours.defaults) == list(theirs.defaults)
    assert [list(group) for group in ours.param_groups] == [list(g) for g in theirs.param_groups]
    assert ours.state_dict() == theirs.state_dict()


WRONG = {
    "params is a tensor": lambda o, p: o.SGD(p),
    "no params": lambda o, p: o.SGD([]),
    "params is None": lambda o, p: o.SGD(None),
    "params is a dict": lambda o, p: o.SGD({"params": [p]}),
    "an int": lambda o, p: o.SGD([1]),
    "a string": lambda o, p: o.SGD([p, "a"]),
    "non-leaf": lambda o, p: o.SGD([p * 2]),
    "in two groups": lambda o, p: o.SGD([{"params": [p]}, {"params": [p]}]),
    "some names": lambda o, p: o.SGD([("a", p), p.detach()]),
    "set in a group": lambda o, p: o.SGD([{"params": {p}}]),
    "group is a list": lambda o, p: o.SGD([{"params": [p]}, [p]]),
    "group without params": lambda o, p: o.SGD([{"param": [p]}]),
    "names later": lambda o, p: o.SGD([p]).add_param_group({"params": [("a", p.detach())]}),
    "names before": lambda o, p: o.SGD([("a", p)]).add_param_group({"params": [p.detach()]}),
    "sgd lr": lambda o, p: o.SGD([p], lr=-1),
    "sgd momentum": lambda o, p: o.SGD([p], momentum=-1),
    "sgd weight decay": lambda o, p: o.SGD([p], weight_decay=-1),
    "nesterov alone": lambda o, p: o.SGD([p], nesterov=True),
    "nesterov dampened": lambda o, p: o.SGD([p], nesterov=True, momentum=0.9, dampening=0.1),
    "sgd fused foreach": lambda o, p: o.SGD([p], fused=True, foreach=True),
    "sgd fused differentiable": lambda o, p: o.SGD([p], fused=True, differentiable=True),
    "sgd unknown option": lambda o, p: o.SGD([p], learning_rate=1),
    "sgd lr string": lambda o, p: o.SGD([p], lr="a"),
    "sgd lr long": lambda o, p: o.SGD([p], lr=p.detach()),
    "adam lr": lambda o, p: o.Adam([p], lr=-1),
    "adam nan lr": lambda o, p: o.Adam([p], lr=float("nan")),
    "adam eps": lambda o, p: o.Adam([p], eps=-1),
    "adam beta1": lambda o, p: o.Adam([p], betas=(1.0, 0.9)),
    "adam beta2": lambda o, p: o.Adam([p], betas=(0.9, -0.1)),
    "adam one beta": lambda o, p: o.Adam([p], betas=(0.9,)),
    "adam mixed betas": lambda o, p: o.Adam([p], betas=(p.detach()[0], 0.9)),
    "adam weight decay": lambda o, p: o.Adam([p], weight_decay=-1),
    "adam lr long": lambda o, p: o.Adam([p], lr=p.detach()),
    "adam lr foreach": lambda o, p: o.Adam([p], lr=p.detach()[0], foreach=True),
    "adamw lr": lambda o, p: o.AdamW([p], lr=-1),
    "no step": lambda o, p: o.Optimizer([p], {}).step(),
    "load other groups": lambda o, p: o.SGD([p]).load_state_dict({"state": {}, "param_groups": []}),
    "load other params": lambda o, p: o.SGD([p]).load_state_dict(
        {"state": {}, "param_groups": [{"params": [0, 1]}]}
    ),
    "load nothing": lambda o, p: o.SGD([p]).load_state_dict({}),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", WRONG)
def test_errors(name):
    errors = []
    for lib in (minitorch, torch):
        with pytest.raises(Exception) as caught:
            WRONG[name](lib.optim, lib.tensor([0.5, 0.5, 0.5], requires_grad=True))
        errors.append(caught)
    ours, theirs = errors
    assert ours.type is theirs.type
    if "not supported between" not in str(theirs.value):  # Python's own message
        assert str(theirs.value).split(":")[0].rstrip(".").lower() in str(ours.value).lower()
