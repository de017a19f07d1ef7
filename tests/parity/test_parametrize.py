"""Reparametrised weights against PyTorch: numbers, training, state dicts, removal, refusals."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")

RNG = np.random.default_rng(0)


def numbers(*shape):
    return np.asarray(RNG.standard_normal(shape))


LAYERS = {
    "Linear": (lambda nn: nn.Linear(4, 3), (5, 4)),
    "wide": (lambda nn: nn.Linear(3, 3, bias=False), (5, 3)),
    "Conv2d": (lambda nn: nn.Conv2d(2, 4, 3), (2, 2, 5, 5)),
    "ConvTranspose1d": (lambda nn: nn.ConvTranspose1d(2, 4, 3), (2, 2, 5)),
}
NORMS = {
    "weight_norm": lambda u, m: u.weight_norm(m),
    "weight_norm dim": lambda u, m: u.weight_norm(m, "weight", 1),
    "weight_norm whole": lambda u, m: u.weight_norm(m, dim=None),
    "spectral_norm": lambda u, m: u.spectral_norm(m),
    "spectral_norm more": lambda u, m: u.spectral_norm(m, n_power_iterations=3, eps=1e-6, dim=1),
    "new weight_norm": lambda u, m: u.parametrizations.weight_norm(m),
    "new weight_norm dim": lambda u, m: u.parametrizations.weight_norm(m, dim=1),
    "new weight_norm whole": lambda u, m: u.parametrizations.weight_norm(m, dim=None),
    "new spectral_norm": lambda u, m: u.parametrizations.spectral_norm(m),
    "new spectral_norm more": lambda u, m: u.parametrizations.spectral_norm(m, "weight", 2, dim=1),
    "both": lambda u, m: u.parametrizations.spectral_norm(u.parametrizations.weight_norm(m)),
}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("name", NORMS)
def test_norms(name, layer):
    build, shape = LAYERS[layer]
    x = numbers(*shape)

    def run(t):
        module = NORMS[name](t.nn.utils, build(t.nn).double())
        facts = [repr(module), list(module.state_dict()), [n for n, _ in module.named_buffers()]]
        optimizer = t.optim.SGD(module.parameters(), lr=0.05)
        values = []
        for _ in range(4):
            leaf = t.tensor(x, requires_grad=True)
            optimizer.zero_grad()
            (module(leaf) ** 2).sum().backward()
            optimizer.step()
            values += [leaf.grad, *(p.grad.clone() for p in module.parameters())]
        module.eval()
        values += [module(t.tensor(x)), module.weight, *module.state_dict().values()]
        return facts, values

    (facts, values), (our_facts, ours) = both(run)
    assert our_facts == facts
    assert len(ours) == len(values)
    for a, b in zip(values, ours, strict=True):
        assert_same(a.detach(), b)


@pytest.mark.parametrize("name", [n for n in NORMS if not n.startswith(("new", "both"))])
def test_old_norms_are_removed(name):
    def run(t):
        module = NORMS[name](t.nn.utils, t.nn.Linear(4, 3).double())
        module(t.tensor(np.ones((2, 4))))
        remove = getattr(t.nn.utils, f"remove_{name.split()[0]}")
        assert remove(module) is module
        assert not module._forward_pre_hooks and not module._state_dict_hooks
        return list(module.state_dict()), module.weight

    (keys, weight), (our_keys, ours) = both(run)
    assert our_keys == keys and type(ours) is minitorch.nn.Parameter
    assert_same(weight.detach(), ours)


@pytest.mark.parametrize("name", NORMS)
def test_state_dicts_are_exchanged(name):
    theirs, ours = both(lambda t: NORMS[name](t.nn.utils, t.nn.Linear(4, 3).double()))
    state = theirs.state_dict()
    assert ours.state_dict()._metadata == state._metadata
    other = NORMS[name](minitorch.nn.utils, minitorch.nn.Linear(4, 3).double())
    loaded = minitorch.nn.Module.load_state_dict(
        other, {k: minitorch.tensor(v.numpy() * 2) for k, v in state.items()}
    )
    assert repr(loaded) == "<All keys matched successfully>"
    theirs.load_state_dict({k: v * 2 for k, v in state.items()})
    x = np.ones((1, 4))
    y, our_y = theirs.eval()(torch.tensor(x)), other.eval()(minitorch.tensor(x))
    assert_same(y.detach(), our_y)


def test_the_old_weight_norms_state_is_read():
    old = minitorch.nn.utils.weight_norm(minitorch.nn.Linear(4, 3))
    new = minitorch.nn.utils.parametrizations.weight_norm(minitorch.nn.Linear(4, 3))
    assert repr(new.load_state_dict(old.state_dict())) == "<All keys matched successfully>"
    np.testing.assert_allclose(new.weight.tolist(), old.weight.tolist())


def test_spectral_norms_of_before_version_1_are_read():
    def run(t):
        module = t.nn.utils.spectral_norm(t.nn.Linear(4, 3).double())
        for _ in range(200):
            module(t.ones(2, 4, dtype=t.float64))
        state = {k: v.clone() for k, v in module.state_dict().items() if k != "weight_v"}
        state["weight"] = module.weight.detach().clone()
        fresh = t.nn.utils.spectral_norm(t.nn.Linear(4, 3).double())
        result = repr(fresh.load_state_dict(state))
        return result, fresh.eval()(t.ones(1, 4, dtype=t.float64)).detach()

    (text, y), (our_text, ours) = both(run)
    assert our_text == text
    assert_same(y, ours)


@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("how", ["matrix_exp", "cayley", "householder", None])
@pytest.mark.parametrize("sizes", [(3, 3), (5, 3), (3, 5)])
def test_orthogonal(sizes, how, trivial):
    x = numbers(4, sizes[1])

    def run(t):
        layer = t.nn.Linear(sizes[1], sizes[0]).double()
        module = t.nn.utils.parametrizations.orthogonal(
            layer, "weight", how, use_trivialization=trivial
        )
        optimizer = t.optim.SGD(module.parameters(), lr=0.05)
        values = [module.weight.detach()]
        for _ in range(3):
            optimizer.zero_grad()
            (module(t.tensor(x)) ** 3).sum().backward()
            optimizer.step()
            values += [p.grad.clone() for p in module.parameters()]
            values.append(module.weight.detach())
        return repr(module), list(module.state_dict()), values

    theirs, ours = both(run)
    assert ours[:2] == theirs[:2]
    for a, b in zip(theirs[2], ours[2], strict=True):
        assert_same(a, b)
    weight = ours[2][-1].numpy()
    product = weight.T @ weight if sizes[0] >= sizes[1] else weight @ weight.T
    if trivial or sizes[0] == sizes[1] or how != "householder":
        np.testing.assert_allclose(product, np.eye(min(sizes)), atol=1e-9)


def test_orthogonal_takes_a_value():
    def run(t):
        module = t.nn.utils.parametrizations.orthogonal(t.nn.Linear(3, 3).double())
        module.weight = t.eye(3, dtype=t.float64)[[1, 0, 2]]
        return module.weight.detach()

    assert_same(*both(run))


def pieces(t):
    """Parametrisations as programs write them."""

    class Symmetric(t.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

    class Skew(t.nn.Module):
        def forward(self, x):
            return x.triu(1) - x.triu(1).transpose(-1, -2)

        def right_inverse(self, x):
            return x.triu(1)

    class Exp(t.nn.Module):
        def forward(self, x):
            return x.exp()

        def right_inverse(self, x):
            return x.abs().log()

    class Product(t.nn.Module):
        def forward(self, a, b):
            return a * b

        def right_inverse(self, x):
            return x.sign(), x.abs()

    class Wider(t.nn.Module):
        def forward(self, x):
            return t.cat([x, x], 0)

    class Single(t.nn.Module):
        def forward(self, x):
            return x.float()

    class Lost(t.nn.Module):
        def forward(self, x):
            return 3

    class Unhelpful(t.nn.Module):
        def forward(self, x):
            return x

        def right_inverse(self, x):
            return 5

    return {c.__name__: c for c in (Symmetric, Skew, Exp, Product, Wider, Single, Lost, Unhelpful)}


def parametrized(t, *names, unsafe=False):
    module = t.nn.Linear(3, 3).double()
    for name in names:
        t.nn.utils.parametrize.register_parametrization(
            module, "weight", pieces(t)[name](), unsafe=unsafe
        )
    return module


CHAINS = [("Symmetric",), ("Skew",), ("Exp",), ("Product",), ("Exp", "Symmetric"),
          ("Symmetric", "Skew"), ("Product", "Symmetric")]  # fmt: skip


@pytest.mark.parametrize("names", CHAINS, ids=" ".join)
def test_chains(names):
    x = numbers(4, 3)

    def run(t):
        module = parametrized(t, *names)
        is_parametrized = t.nn.utils.parametrize.is_parametrized
        facts = [repr(module), list(module.state_dict()), type(module).__name__,
                 is_parametrized(module), is_parametrized(module, "weight"),
                 is_parametrized(module, "bias"),
                 t.nn.utils.parametrize.type_before_parametrizations(module).__name__]  # fmt: skip
        twin = copy.deepcopy(module)
        module(t.tensor(x)).pow(2).sum().backward()
        values = [module.weight, twin.weight, *(p.grad for p in module.parameters())]
        t.nn.utils.parametrize.remove_parametrizations(module, "weight")
        facts += [repr(module), list(module.state_dict()), is_parametrized(module)]
        return facts, [*values, module.weight], twin

    (facts, values, _), (our_facts, ours, twin) = both(run)
    assert our_facts == facts
    for a, b in zip(values, ours, strict=True):
        assert_same(a.detach(), b)
    assert_same(values[1].detach(), twin.weight)  # PyTorch's copy shares a class with the original


def test_original_comes_back():
    def run(t):
        module = parametrized(t, "Symmetric")
        original = module.parametrizations.weight.original
        t.nn.utils.parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)
        assert module.weight is original
        return original.detach()

    assert_same(*both(run))


def test_assignment_goes_through_right_inverse():
    value = np.abs(numbers(3, 3))

    def run(t):
        module = parametrized(t, "Exp")
        module.weight = t.tensor(value)
        return module.weight.detach(), module.parametrizations.weight.original.detach()

    for a, b in zip(*both(run), strict=True):
        assert_same(a, b)


def test_cached_computes_once():
    module = parametrized(minitorch, "Symmetric")
    with minitorch.nn.utils.parametrize.cached():
        first = module.weight
        assert module.weight is first
    assert module.weight is not first
    assert not minitorch.nn.utils.parametrize._cache


def test_buffers_and_unsafe_changes():
    def run(t):
        module = t.nn.Module()
        module.register_buffer("b", t.ones(2, 2))
        parametrize = t.nn.utils.parametrize
        parametrize.register_parametrization(module, "b", pieces(t)["Wider"](), unsafe=True)
        shape = tuple(module.b.shape)
        names = [n for n, _ in module.named_buffers()]
        parametrize.remove_parametrizations(module, "b")
        return shape, names, tuple(module.b.shape), list(module._buffers)

    theirs, ours = both(run)
    assert ours == theirs


def test_transfer():
    def run(t):
        source, target = parametrized(t, "Exp", "Symmetric"), t.nn.Linear(3, 3).double()
        t.nn.utils.parametrize.transfer_parametrizations_and_params(source, target)
        assert target.parametrizations.weight.original is source.parametrizations.weight.original
        return repr(target), target.weight.detach()

    (text, weight), (our_text, ours) = both(run)
    assert our_text == text
    assert_same(weight, ours)


MISTAKES = {
    "no such tensor": lambda t: t.nn.utils.parametrize.register_parametrization(
        t.nn.Linear(2, 2), "what", t.nn.Identity()
    ),
    "shape": lambda t: parametrized(t, "Wider"),
    "dtype": lambda t: parametrized(t, "Single"),
    "no tensor": lambda t: parametrized(t, "Lost"),
    "no inverse tensor": lambda t: parametrized(t, "Unhelpful"),
    "second shape": lambda t: parametrized(t, "Symmetric", "Wider"),
    "second inverse": lambda t: parametrized(t, "Symmetric", "Unhelpful"),
    "assignment": lambda t: setattr(parametrized(t, "Symmetric"), "weight", t.ones(3, 3)),
    "assigned parameter": lambda t: setattr(
        parametrized(t, "Exp"), "weight", t.nn.Parameter(t.ones(3, 3))
    ),
    "not parametrized": lambda t: t.nn.utils.parametrize.remove_parametrizations(
        t.nn.Linear(2, 2), "weight"
    ),
    "no single original": lambda t: t.nn.utils.parametrize.remove_parametrizations(
        parametrized(t, "Product"), "weight", leave_parametrized=False
    ),
    "empty list": lambda t: t.nn.utils.parametrize.ParametrizationList([], t.ones(2)),
    "pickle": lambda t: __import__("pickle").dumps(parametrized(t, "Exp")),
    "twice": lambda t: t.nn.utils.weight_norm(t.nn.utils.weight_norm(t.nn.Linear(2, 2))),
    "twice spectral": lambda t: t.nn.utils.spectral_norm(
        t.nn.utils.spectral_norm(t.nn.Linear(2, 2))
    ),
    "not there": lambda t: t.nn.utils.remove_weight_norm(t.nn.Linear(2, 2)),
    "not there either": lambda t: t.nn.utils.remove_spectral_norm(t.nn.Linear(2, 2)),
    "iterations": lambda t: t.nn.utils.spectral_norm(t.nn.Linear(2, 2), n_power_iterations=0),
    "new iterations": lambda t: t.nn.utils.parametrizations.spectral_norm(
        t.nn.Linear(2, 2), n_power_iterations=0
    ),
    "dim": lambda t: t.nn.utils.parametrizations.spectral_norm(t.nn.Linear(2, 2), dim=2),
    "no weight": lambda t: t.nn.utils.parametrizations.spectral_norm(t.nn.ReLU()),
    "no parameter": lambda t: t.nn.utils.spectral_norm(t.nn.ReLU()),
    "None": lambda t: t.nn.utils.spectral_norm(t.nn.Linear(2, 2, bias=False), "bias"),
    "map": lambda t: t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), "weight", "qr"),
    "vector": lambda t: t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), "bias"),
    "complex": lambda t: t.nn.utils.parametrizations.orthogonal(
        t.nn.Linear(2, 2, dtype=t.complex64), "weight", "householder"
    ),
    "no way back": lambda t: setattr(
        t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), use_trivialization=False),
        "weight", t.eye(2),
    ),
    "wrong shape": lambda t: setattr(
        t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2)), "weight", t.eye(3)
    ),
    "fusion in training": lambda t: t.nn.utils.fuse_conv_bn_eval(
        t.nn.Conv1d(2, 2, 1), t.nn.BatchNorm1d(2)
    ),
    "fusion of sizes": lambda t: t.nn.utils.fuse_linear_bn_eval(
        t.nn.Linear(2, 2).eval(), t.nn.BatchNorm1d(3).eval()
    ),
    "fusion untracked": lambda t: t.nn.utils.fuse_conv_bn_eval(
        t.nn.Conv1d(2, 2, 1).eval(), t.nn.BatchNorm1d(2, track_running_stats=False).eval()
    ),
    "skip_init of what": lambda t: t.nn.utils.skip_init(int),
    "skip_init deviceless": lambda t: t.nn.utils.skip_init(t.nn.ReLU),
    "short vector": lambda t: t.nn.utils.vector_to_parameters(
        t.ones(2), t.nn.Linear(2, 2).parameters()
    ),
    "no vector": lambda t: t.nn.utils.vector_to_parameters([1.0], t.nn.Linear(2, 2).parameters()),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same_error(MISTAKES[name])


FUSIONS = {
    "conv": lambda nn: (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), (2, 3, 6, 6)),
    "conv no bias": lambda nn: (nn.Conv1d(3, 4, 3, bias=False), nn.BatchNorm1d(4), (2, 3, 6)),
    "transposed": lambda nn: (nn.ConvTranspose2d(3, 4, 3), nn.BatchNorm2d(4), (2, 3, 6, 6)),
    "plain": lambda nn: (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False), (2, 3, 6, 6)),
    "linear": lambda nn: (nn.Linear(3, 4), nn.BatchNorm1d(4), (5, 3)),
    "linear one": lambda nn: (nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), (5, 3)),
}


@pytest.mark.parametrize("name", FUSIONS)
def test_fusion(name):
    x = numbers(2, 3, 6, 6)

    def run(t):
        layer, norm, shape = FUSIONS[name](t.nn)
        pair = t.nn.Sequential(layer, norm).double()
        batch = t.tensor(np.resize(x, shape))
        pair(batch * 3 + 1)
        pair.eval()
        if "linear" in name:
            fused = t.nn.utils.fuse_linear_bn_eval(layer, norm)
        else:
            fused = t.nn.utils.fuse_conv_bn_eval(layer, norm, name == "transposed")
        return [fused.weight, fused.bias, fused(batch), pair(batch)]

    theirs, ours = both(run)
    for a, b in zip(theirs, ours, strict=True):
        assert_same(a.detach(), b)
        assert a.requires_grad == b.requires_grad
    assert_same(theirs[3].detach(), ours[2])


def test_skip_init_takes_nothing_from_the_stream():
    def run(t):
        module = t.nn.utils.skip_init(t.nn.Linear, 5, 3, bias=False)
        return tuple(module.weight.shape), t.rand(1).item()

    theirs, ours = both(run)
    assert ours == theirs
