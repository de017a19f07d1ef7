"""Lazy modules against PyTorch: what they become, their numbers, state dicts, refusals."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
# by name: the constructor's arguments, and the shape of an input
LAZY = {
    "LazyLinear": [((3,), {}, (5, 4)), ((3, False), {}, (2, 5, 4))],
    "LazyConv1d": [((4, 3), {}, (2, 3, 7)), ((6, 3, 2, 1, 1, 3, False), {}, (3, 7))],
    "LazyConv2d": [((4, 3), {"padding": "same"}, (2, 3, 5, 5)),
                   ((4, (1, 2)), {"groups": 2, "padding_mode": "circular"}, (2, 4, 5, 5))],
    "LazyConv3d": [((2, 2), {}, (1, 3, 3, 3, 3))],
    "LazyConvTranspose1d": [((4, 3), {}, (2, 3, 7))],
    "LazyConvTranspose2d": [((4, 3, 2, 1, 1), {"groups": 2}, (2, 2, 4, 4))],
    "LazyConvTranspose3d": [((2, 2), {"bias": False}, (1, 3, 3, 3, 3))],
    "LazyBatchNorm1d": [((), {}, (4, 3)), ((), {"affine": False}, (4, 3, 5))],
    "LazyBatchNorm2d": [((1e-3, None), {"bias": False}, (4, 3, 2, 2))],
    "LazyBatchNorm3d": [((), {"track_running_stats": False}, (4, 3, 2, 2, 2))],
    "LazyInstanceNorm1d": [((), {}, (4, 3, 5)), ((), {"affine": False}, (4, 3, 5))],
    "LazyInstanceNorm2d": [((1e-3,), {"bias": False}, (4, 3, 2, 2))],
    "LazyInstanceNorm3d": [((), {"track_running_stats": False}, (4, 3, 2, 2, 2))],
}  # fmt: skip
CASES = [(name, *case) for name, cases in LAZY.items() for case in cases]
each = pytest.mark.parametrize(
    ("name", "args", "options", "shape"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)


def numbers(*shape):
    return np.asarray(RNG.standard_normal(shape), "f4")


def test_all_lazy_modules_are_compared():
    assert {name for name in dir(torch.nn) if name.startswith("Lazy")} == set(LAZY)


@each
def test_first_call(name, args, options, shape):
    x = numbers(*shape)

    def run(t):
        module = getattr(t.nn, name)(*args, **options)
        before = repr(module)
        lazy = [n for n, p in (*module._parameters.items(), *module._buffers.items())
                if t.nn.parameter.is_lazy(p)]  # fmt: skip
        y = module(t.tensor(x))
        first = [before, lazy, type(module).__name__, repr(module), len(module._forward_pre_hooks)]
        return first, [y, module(t.tensor(x)), *module.state_dict().values()]

    (facts, values), (our_facts, ours) = both(run)
    assert our_facts == facts
    assert len(values) == len(ours)
    for a, b in zip(values, ours, strict=True):
        assert_same(a.detach(), b, "float32")


@pytest.mark.parametrize("name", LAZY)
def test_signatures(name):
    def parameters(t):
        found = inspect.signature(getattr(t.nn, name)).parameters.values()
        return [(p.name, p.kind, p.default) for p in found]

    theirs, ours = both(parameters)
    assert ours == theirs


@each
def test_loading_materializes(name, args, options, shape):
    x = minitorch.tensor(numbers(*shape))
    made = getattr(minitorch.nn, name)(*args, **options)
    made(x)
    waiting = getattr(minitorch.nn, name)(*args, **options)
    state = {k: v.clone() for k, v in made.state_dict().items()}
    assert repr(waiting.load_state_dict(state)) == "<All keys matched successfully>"
    assert not waiting.has_uninitialized_params()
    made.eval()
    waiting.eval()
    np.testing.assert_array_equal(waiting(x).detach().numpy(), made(x).detach().numpy())
    assert repr(waiting) == repr(made)


@pytest.mark.parametrize("name", LAZY)
def test_copies_and_pickles_before_the_first_call(name):
    args, options, shape = LAZY[name][0]
    module = getattr(minitorch.nn, name)(*args, **options)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert type(twin) is type(module) and twin.has_uninitialized_params()
        assert twin(minitorch.tensor(numbers(*shape))) is not None
        assert type(twin) is type(module).cls_to_become and not twin._forward_pre_hooks
    assert module.has_uninitialized_params()


@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("name", LAZY)
def test_conversion_before_the_first_call(name, dtype):
    args, options, _ = LAZY[name][0]

    def dtypes(t):
        module = getattr(t.nn, name)(*args, **options).to(getattr(t, dtype))
        return [str(p.dtype) for p in (*module.parameters(), *module.buffers())]

    theirs, ours = both(dtypes)
    assert ours == theirs


def test_the_cpu_before_the_first_call():
    def shape(t):
        net = t.nn.Sequential(t.nn.LazyLinear(3), t.nn.LazyBatchNorm1d()).cpu().to("cpu")
        return list(net(t.ones(2, 4)).shape)

    theirs, ours = both(shape)
    assert ours == theirs


def test_a_network_trains_as_the_eager_one():
    x, target = numbers(6, 2, 8, 8), RNG.integers(0, 3, 6)

    def run(t):
        nn = t.nn
        net = nn.Sequential(
            nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3)
        )
        optimizer = t.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(t.tensor(x)), t.tensor(target))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, list(net.state_dict()), repr(net)

    (losses, keys, text), (our_losses, our_keys, our_text) = both(run)
    np.testing.assert_allclose(our_losses, losses, rtol=1e-4)
    assert (our_keys, our_text) == (keys, text)


MISTAKES = {
    "shape": lambda t: t.nn.LazyLinear(3).weight.shape,
    "add": lambda t: t.nn.LazyLinear(3).weight + 1,
    "numel": lambda t: sum(p.numel() for p in t.nn.LazyLinear(3).parameters()),
    "tolist": lambda t: t.nn.LazyLinear(3).weight.tolist(),
    "clone": lambda t: t.nn.LazyLinear(3).weight.clone(),
    "fill": lambda t: t.nn.init.zeros_(t.nn.LazyLinear(3).weight),
    "len": lambda t: len(t.nn.LazyLinear(3).weight),
    "requires_grad_": lambda t: t.nn.LazyLinear(3).requires_grad_(False),
    "to_empty": lambda t: t.nn.LazyLinear(3).to_empty(device="cpu"),
    "share_memory": lambda t: t.nn.LazyLinear(3).share_memory(),
    "vector": lambda t: t.nn.utils.parameters_to_vector(t.nn.LazyLinear(3).parameters()),
    "buffer": lambda t: t.nn.LazyBatchNorm1d().running_mean.shape,
    "load lazy": lambda t: t.nn.Linear(2, 3).load_state_dict(t.nn.LazyLinear(3).state_dict()),
    "load mismatch": lambda t: t.nn.LazyLinear(3).load_state_dict({"weight": t.ones(3, 2)}),
    "rank": lambda t: t.nn.LazyConv2d(4, 3)(t.ones(1, 2)),
    "groups": lambda t: t.nn.LazyConv2d(4, 3, groups=2)(t.ones(1, 3, 4, 4)),
    "norm rank": lambda t: t.nn.LazyBatchNorm2d()(t.ones(2, 3)),
    "norm unbatched": lambda t: t.nn.LazyInstanceNorm1d()(t.ones(3, 4)),
    "weight_norm": lambda t: t.nn.utils.weight_norm(t.nn.LazyLinear(3)),
    "spectral_norm": lambda t: t.nn.utils.spectral_norm(t.nn.LazyLinear(3)),
    "not defined": lambda t: _bare(t)(t.ones(2)),
    "not finished": lambda t: _unfinished(t)(t.ones(2)),
}


def _bare(t):
    class Bare(t.nn.modules.lazy.LazyModuleMixin, t.nn.Module):
        pass

    return Bare()


def _unfinished(t):
    class Unfinished(t.nn.modules.lazy.LazyModuleMixin, t.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = t.nn.UninitializedParameter()

        def initialize_parameters(self, x):
            pass

    return Unfinished()


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(MISTAKES[name])


def test_files_are_exchanged(tmp_path):
    torch.save(torch.nn.LazyLinear(3).state_dict(), tmp_path / "theirs.pt")
    state = minitorch.load(tmp_path / "theirs.pt", weights_only=False)
    module = minitorch.nn.LazyLinear(3)
    assert repr(module.load_state_dict(state)) == "<All keys matched successfully>"
    assert module.has_uninitialized_params()
    minitorch.save(module.state_dict(), tmp_path / "ours.pt")
    state = torch.load(tmp_path / "ours.pt", weights_only=False)
    assert [type(value).__name__ for value in state.values()] == ["UninitializedParameter"] * 2


def test_a_lazy_module_of_ones_own():
    class Scale(minitorch.nn.modules.lazy.LazyModuleMixin, minitorch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = minitorch.nn.UninitializedParameter(dtype=minitorch.float64)

        def initialize_parameters(self, x):
            self.scale.materialize(x.shape[-1:])
            minitorch.nn.init.constant_(self.scale, 2.0)

        def forward(self, x):
            return x * self.scale

    module = Scale()
    scale = module.scale
    assert module(minitorch.ones(2, 3)).tolist() == [[2.0] * 3] * 2
    assert type(module) is Scale and module.scale is scale
    assert type(scale) is minitorch.nn.Parameter and scale.dtype is minitorch.float64
