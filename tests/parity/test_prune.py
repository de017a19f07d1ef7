"""Pruning against PyTorch: masks, training under them, removal, refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both

torch = pytest.importorskip("torch")
pytest.importorskip("torch.nn.utils.prune")

RNG = np.random.default_rng(0)
SCORES = RNG.standard_normal((4, 3, 3))
MASK = RNG.integers(0, 2, (4, 3, 3))
WAYS = {
    "identity": lambda t, p, m: p.identity(m, "weight"),
    "random": lambda t, p, m: p.random_unstructured(m, "weight", 0.4),
    "random count": lambda t, p, m: p.random_unstructured(m, "bias", 2),
    "l1": lambda t, p, m: p.l1_unstructured(m, "weight", amount=0.3),
    "l1 none": lambda t, p, m: p.l1_unstructured(m, "weight", 0),
    "l1 all": lambda t, p, m: p.l1_unstructured(m, "weight", 1.0),
    "l1 scores": lambda t, p, m: p.l1_unstructured(m, "weight", 5, t.tensor(SCORES)),
    "random channels": lambda t, p, m: p.random_structured(m, "weight", 2, dim=0),
    "random channels last": lambda t, p, m: p.random_structured(m, "weight", 0.5, dim=-1),
    "ln": lambda t, p, m: p.ln_structured(m, "weight", 0.5, n=2, dim=0),
    "ln one": lambda t, p, m: p.ln_structured(m, "weight", 1, 1, -1),
    "ln inf": lambda t, p, m: p.ln_structured(m, "weight", 1, float("inf"), 1),
    "ln scores": lambda t, p, m: p.ln_structured(m, "weight", 1, 2, 0, t.tensor(SCORES)),
    "mask": lambda t, p, m: p.custom_from_mask(m, "weight", t.tensor(MASK)),
    "two": lambda t, p, m: p.l1_unstructured(
        p.random_unstructured(m, "weight", 0.3), "weight", 0.5
    ),
    "three": lambda t, p, m: p.ln_structured(
        p.custom_from_mask(p.l1_unstructured(m, "weight", 4), "weight", t.tensor(MASK)),
        "weight", 1, 2, 0,
    ),
    "structured twice": lambda t, p, m: p.random_structured(
        p.ln_structured(m, "weight", 1, 2, 0), "weight", 1, 0
    ),
    "both parameters": lambda t, p, m: p.l1_unstructured(
        p.l1_unstructured(m, "weight", 4), "bias", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_ways(name):
    x = RNG.standard_normal((2, 3, 6))

    def run(t):
        prune = t.nn.utils.prune
        module = t.nn.Conv1d(3, 4, 3).double()
        assert WAYS[name](t, prune, module) is module
        hooks = [type(h).__name__ for h in module._forward_pre_hooks.values()]
        facts = [hooks, list(module.state_dict()), prune.is_pruned(module)]
        optimizer = t.optim.SGD(module.parameters(), lr=0.1)
        values = [buffer.clone() for buffer in module.buffers()]
        for _ in range(3):
            optimizer.zero_grad()
            (module(t.tensor(x)) ** 2).sum().backward()
            optimizer.step()
        values += [module(t.tensor(x)), *module.state_dict().values()]
        twin = module if t is torch else pickle.loads(pickle.dumps(module))  # PyTorch cannot
        values.append(twin(t.tensor(x)))
        for pruned in {n.removesuffix("_mask") for n in module._buffers}:
            prune.remove(module, pruned)
        facts += [sorted(module.state_dict()), prune.is_pruned(module), repr(module)]
        return facts, [*values, module.weight, module.bias]

    (facts, values), (our_facts, ours) = both(run)
    assert our_facts == facts
    for a, b in zip(values, ours, strict=True):
        assert_same(a.detach(), b)


@pytest.mark.parametrize("amount", [0.2, 7])
@pytest.mark.parametrize("method", ["L1Unstructured", "RandomUnstructured"])
def test_global(method, amount):
    def run(t):
        prune = t.nn.utils.prune
        net = t.nn.Sequential(t.nn.Linear(4, 3), t.nn.Linear(3, 2)).double()
        places = [(net[0], "weight"), (net[0], "bias"), (net[1], "weight")]
        for _ in range(2):
            prune.global_unstructured(places, getattr(prune, method), amount=amount)
        scores = {places[0]: t.ones(3, 4, dtype=t.float64)}
        prune.global_unstructured(places, prune.L1Unstructured, scores, amount=1)
        return list(net.state_dict()), list(net.state_dict().values())

    (keys, values), (our_keys, ours) = both(run)
    assert our_keys == keys
    for a, b in zip(values, ours, strict=True):
        assert_same(a, b)


def test_a_method_of_ones_own():
    def run(t):
        class Threshold(t.nn.utils.prune.BasePruningMethod):
            PRUNING_TYPE = "unstructured"

            def __init__(self, least):
                self.least = least

            def compute_mask(self, tensor, default_mask):
                return (tensor.abs() > self.least) * default_mask

        module = t.nn.Linear(5, 4).double()
        Threshold.apply(module, "weight", 0.2)
        alone = Threshold(0.1).prune(t.linspace(-0.3, 0.3, 7, dtype=t.float64))
        return [module.weight_mask, module.weight.detach(), alone]

    for a, b in zip(*both(run), strict=True):
        assert_same(a, b)


def container(t):
    prune = t.nn.utils.prune
    first = prune.L1Unstructured(1)
    first._tensor_name = "weight"
    return prune.PruningContainer(first)


def add_for_bias(t):
    other = t.nn.utils.prune.L1Unstructured(1)
    other._tensor_name = "bias"
    container(t).add_pruning_method(other)


MISTAKES = {
    "amount": lambda t, p, m: p.l1_unstructured(m, "weight", 1.5),
    "negative": lambda t, p, m: p.l1_unstructured(m, "weight", -1),
    "text": lambda t, p, m: p.l1_unstructured(m, "weight", "all"),
    "too many": lambda t, p, m: p.l1_unstructured(m, "weight", 100),
    "vector": lambda t, p, m: p.ln_structured(m, "bias", 1, 2, 0),
    "dim": lambda t, p, m: p.ln_structured(m, "weight", 1, 2, 3),
    "no such": lambda t, p, m: p.l1_unstructured(m, "what", 1),
    "not pruned": lambda t, p, m: p.remove(m, "weight"),
    "scores": lambda t, p, m: p.l1_unstructured(m, "weight", 1, t.ones(2)),
    "mask": lambda t, p, m: p.custom_from_mask(m, "weight", t.ones(2)),
    "global structured": lambda t, p, m: p.global_unstructured(
        [(m, "weight")], p.LnStructured, amount=1, n=2
    ),
    "global of what": lambda t, p, m: p.global_unstructured(3, p.L1Unstructured, amount=1),
    "global scores": lambda t, p, m: p.global_unstructured(
        [(m, "weight")], p.L1Unstructured, [1], amount=1
    ),
    "abstract": lambda t, p, m: p.BasePruningMethod(),
    "container of what": lambda t, p, m: container(t).add_pruning_method(3),
    "container of another": lambda t, p, m: add_for_bias(t),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(lambda t: MISTAKES[name](t, t.nn.utils.prune, t.nn.Linear(3, 2)))


def test_a_failed_pruning_leaves_the_module():
    module = minitorch.nn.Linear(3, 2)
    weight = module.weight
    with pytest.raises(ValueError, match="smaller than the number"):
        minitorch.nn.utils.prune.l1_unstructured(module, "weight", 100)
    assert module.weight is weight and not module._forward_pre_hooks
    assert sorted(module.state_dict()) == ["bias", "weight"]


def test_containers_are_sequences():
    found = container(minitorch)
    assert len(found) == 1 and list(found) == [found[0]]
