"""torch.nn against PyTorch: weights for a seed, values, gradients, state dicts, reprs, errors."""

from __future__ import annotations

import copy
import warnings
from collections import OrderedDict

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}


def both(build):
    """What `build` makes with each library, from the same seed."""
    made = []
    for library in (torch, minitorch):
        library.manual_seed(7)
        made.append(build(library))
    return made


def array(tensor):
    return tensor.detach().numpy()


def assert_same(theirs, ours, **tolerance):
    assert tuple(theirs.shape) == tuple(ours.shape)
    assert str(theirs.dtype) == str(ours.dtype)
    np.testing.assert_allclose(array(ours), array(theirs), **(tolerance or TOLERANCE))


def assert_same_draws(theirs, ours):
    """Equal; but PyTorch scales uniform float64 numbers with one rounding less."""
    double = theirs.dtype == torch.float64
    assert_same(theirs, ours, rtol=1e-14 if double else 0, atol=1e-16 if double else 0)


def assert_same_parameters(theirs, ours):
    names = [name for name, _ in theirs.named_parameters()]
    assert names == [name for name, _ in ours.named_parameters()]
    for name, p in theirs.named_parameters():
        assert_same_draws(p, ours.get_parameter(name))


MODULES = {
    "linear": lambda t: t.nn.Linear(5, 7),
    "linear-no-bias": lambda t: t.nn.Linear(20, 3, bias=False),
    "linear-double": lambda t: t.nn.Linear(4, 4, dtype=t.float64),
    "bilinear": lambda t: t.nn.Bilinear(3, 4, 5),
    "mlp": lambda t: t.nn.Sequential(
        t.nn.Flatten(), t.nn.Linear(12, 30), t.nn.ReLU(), t.nn.Dropout(0.2), t.nn.Linear(30, 4)
    ),
    "named": lambda t: t.nn.Sequential(OrderedDict(a=t.nn.Linear(2, 2), b=t.nn.Tanh())),
    "list": lambda t: t.nn.ModuleList([t.nn.Linear(3, 3) for _ in range(3)] + [t.nn.Sigmoid()]),
    "dict": lambda t: t.nn.ModuleDict({"x": t.nn.Linear(1, 2), "y": t.nn.Identity()}),
    "nested": lambda t: t.nn.Sequential(
        t.nn.ModuleList([t.nn.Sequential(t.nn.ReLU(True)) for _ in range(2)]), t.nn.Sequential()
    ),
    "parameter-list": lambda t: t.nn.ParameterList([t.ones(2), t.ones(2, 3), 4]),
    "parameter-dict": lambda t: t.nn.ParameterDict({"b": t.ones(1), "a": t.ones(2, 2)}),
    "activations": lambda t: t.nn.Sequential(
        t.nn.LeakyReLU(0.2, True), t.nn.ELU(), t.nn.SiLU(), t.nn.Softplus(), t.nn.Softmax(1),
        t.nn.LogSoftmax(-1), t.nn.Dropout(), t.nn.Unflatten(1, (2, 3)), t.nn.Identity(3),
    ),
    "losses": lambda t: t.nn.Sequential(
        t.nn.CrossEntropyLoss(t.ones(3)), t.nn.MSELoss(), t.nn.NLLLoss(), t.nn.L1Loss()
    ),
}  # fmt: skip
every_module = pytest.mark.parametrize("name", MODULES)


@every_module
def test_same_seed_same_weights(name):
    assert_same_parameters(*both(MODULES[name]))


@every_module
def test_repr(name):
    theirs, ours = both(MODULES[name])
    assert repr(ours) == repr(theirs)


@every_module
def test_state_dicts_are_exchanged(name):
    theirs, ours = both(MODULES[name])
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    assert ours.state_dict()._metadata == state._metadata
    doubled = {key: minitorch.tensor(array(value) * 2) for key, value in state.items()}
    assert repr(ours.load_state_dict(doubled)) == repr(theirs.load_state_dict(state))
    for key, value in ours.state_dict().items():
        assert np.array_equal(array(value), array(state[key]) * 2)


@every_module
def test_traversal(name):
    theirs, ours = both(MODULES[name])
    for walk in ("named_modules", "named_children", "named_parameters", "named_buffers"):
        assert [n for n, _ in getattr(ours, walk)()] == [n for n, _ in getattr(theirs, walk)()]
    assert [type(m).__name__ for m in ours.modules()] == [
        type(m).__name__ for m in theirs.modules()
    ]


INITS = {
    "uniform": lambda t, w: t.nn.init.uniform_(w, -2, 3),
    "normal": lambda t, w: t.nn.init.normal_(w, 1, 0.5),
    "xavier-uniform": lambda t, w: t.nn.init.xavier_uniform_(w, gain=2.0),
    "xavier-normal": lambda t, w: t.nn.init.xavier_normal_(w),
    "kaiming-uniform": lambda t, w: t.nn.init.kaiming_uniform_(w, a=0.3, mode="fan_out"),
    "kaiming-normal": lambda t, w: t.nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "sparse": lambda t, w: t.nn.init.sparse_(w, 0.3, 2.0),
    "eye": lambda t, w: t.nn.init.eye_(w),
    "constant": lambda t, w: t.nn.init.constant_(w, 0.1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 4), (17, 16), (5, 1)])
@pytest.mark.parametrize("name", INITS)
def test_initialisation(name, shape, dtype):
    theirs, ours = both(lambda t: INITS[name](t, t.empty(*shape, dtype=getattr(t, dtype))))
    if name in ("normal", "xavier-normal", "kaiming-normal", "sparse"):
        # the last bit of log and cos differs between vector instructions
        assert_same(theirs, ours, rtol=1e-6, atol=1e-6)
    else:
        assert_same_draws(theirs, ours)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (3, 2, 2), (5, 5)])
def test_orthogonal(shape):
    theirs, ours = both(lambda t: t.nn.init.orthogonal_(t.empty(*shape), gain=1.5))
    assert_same(theirs, ours, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"mean": 1.0, "std": 2.0, "a": 0.0, "b": 1.5}, {"a": 2.0, "b": 4.0}]
)
def test_trunc_normal(options):
    theirs, ours = both(lambda t: t.nn.init.trunc_normal_(t.empty(8, 9), **options))
    assert_same(theirs, ours, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 4, 3, 3), (2, 3, 1, 2, 3)])
def test_dirac(shape):
    theirs, ours = both(lambda t: t.nn.init.dirac_(t.empty(*shape), 2))
    assert_same(theirs, ours)


def test_gains():
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert minitorch.nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


def test_dropout_masks():
    for p in (0.0, 0.2, 0.5, 0.9, 1.0):
        theirs, ours = both(lambda t, p=p: t.nn.Dropout(p)(t.arange(100.0)))
        assert_same(theirs, ours)


LAYERS = {
    "relu": (lambda t: t.nn.ReLU(), (4, 3)),
    "relu-inplace": (lambda t: t.nn.Sequential(t.nn.Identity(), t.nn.ReLU(True)), (4, 3)),
    "tanh": (lambda t: t.nn.Tanh(), (4, 3)),
    "sigmoid": (lambda t: t.nn.Sigmoid(), (4, 3)),
    "leaky": (lambda t: t.nn.LeakyReLU(0.3), (4, 3)),
    "leaky-inplace": (lambda t: t.nn.LeakyReLU(0.3, True), (4, 3)),
    "elu": (lambda t: t.nn.ELU(0.7), (4, 3)),
    "silu": (lambda t: t.nn.SiLU(), (4, 3)),
    "silu-inplace": (lambda t: t.nn.SiLU(True), (4, 3)),
    "softplus": (lambda t: t.nn.Softplus(2, 1), (4, 3)),
    "softmax": (lambda t: t.nn.Softmax(1), (4, 3)),
    "log-softmax": (lambda t: t.nn.LogSoftmax(0), (4, 3)),
    "flatten": (lambda t: t.nn.Flatten(), (2, 3, 4)),
    "unflatten": (lambda t: t.nn.Unflatten(-1, (2, 2)), (3, 4)),
    "linear-1d": (lambda t: t.nn.Linear(4, 2), (4,)),
    "linear-3d": (lambda t: t.nn.Linear(4, 2), (2, 3, 4)),
    "linear-no-bias": (lambda t: t.nn.Linear(4, 2, bias=False), (3, 4)),
    "linear-empty": (lambda t: t.nn.Linear(4, 2), (0, 4)),
    "mlp": (MODULES["mlp"], (6, 3, 4)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, dtype):
    build, shape = LAYERS[name]
    data = RNG.standard_normal(shape).astype(dtype)
    data.reshape(-1)[:1] = 0  # a kink

    def run(t):
        layer = build(t).to(getattr(t, dtype))
        leaf = t.tensor(data, requires_grad=True)
        y = layer(leaf * 1)
        weights = t.arange(y.numel(), dtype=getattr(t, dtype)).reshape(y.shape)
        (y * weights).sum().backward()
        return [y, leaf.grad, *(p.grad for p in layer.parameters())]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours)


@pytest.mark.parametrize("second", [(3,), (5, 2, 3)])
def test_bilinear(second):
    a, b = RNG.standard_normal((*second[:-1], 4)), RNG.standard_normal(second)

    def run(t):
        m = t.nn.Bilinear(4, 3, 2).double()
        y = m(t.tensor(a), t.tensor(b))
        y.sum().backward()
        return [y, m.weight.grad, m.bias.grad]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours)


CE = [
    {"reduction": reduction, "label_smoothing": smoothing, "ignore_index": ignore, "weighted": on}
    for reduction in ("mean", "sum", "none")
    for smoothing in (0.0, 0.3)
    for ignore in (-100, 2)
    for on in (False, True)
]


def losses_of(function, shape, target, dtype, options):
    """Loss and gradient in both libraries."""
    options = dict(options)
    weighted = options.pop("weighted", False)
    logits = RNG.standard_normal(shape).astype(dtype)
    seed = RNG.standard_normal(target.shape).astype(dtype)

    def run(t):
        leaf = t.tensor(logits, requires_grad=True)
        weight = t.tensor([1.0, 2.0, 0.5, 3.0], dtype=getattr(t, dtype)) if weighted else None
        loss = function(t)(leaf, t.tensor(target), weight=weight, **options)
        if loss.ndim:
            (loss * t.tensor(seed).reshape(loss.shape)).sum().backward()
        else:
            loss.backward()
        return loss, leaf.grad

    return both(run)


@pytest.mark.parametrize("options", CE, ids=str)
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5), (2, 4, 3, 2), (4,)])
def test_cross_entropy(shape, options):
    target = RNG.integers(0, 4, (shape[0], *shape[2:]) if len(shape) > 1 else ())
    if len(shape) > 1:
        target.reshape(-1)[0] = options["ignore_index"]
    elif target == options["ignore_index"]:
        target = np.array(1)
    for dtype in ("float32", "float64"):
        results = losses_of(lambda t: t.nn.functional.cross_entropy, shape, target, dtype, options)
        for theirs, ours in zip(*results, strict=True):
            assert_same(theirs, ours)


@pytest.mark.parametrize("options", [o for o in CE if o["ignore_index"] < 0], ids=str)
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5), (4,)])
def test_soft_cross_entropy(shape, options):
    logits, raw = RNG.standard_normal((2, *shape)).astype("float32")
    target = np.exp(raw)
    options = {k: v for k, v in options.items() if k != "ignore_index"}
    weighted = options.pop("weighted")

    def run(t):
        x, y = t.tensor(logits, requires_grad=True), t.tensor(target, requires_grad=True)
        weight = t.tensor([1.0, 2.0, 0.5, 3.0]) if weighted else None
        loss = t.nn.functional.cross_entropy(x, y, weight, **options)
        loss.sum().backward()
        return loss, x.grad, y.grad

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours)


@pytest.mark.parametrize("options", [o for o in CE if not o["label_smoothing"]], ids=str)
@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5), (2, 4, 3, 2), (4,)])
def test_nll(shape, options):
    options = {k: v for k, v in options.items() if k != "label_smoothing"}
    target = RNG.integers(0, 4, (shape[0], *shape[2:]) if len(shape) > 1 else ())
    if not target.ndim and target == options["ignore_index"]:
        target = np.array(1)
    results = losses_of(lambda t: t.nn.functional.nll_loss, shape, target, "float32", options)
    for theirs, ours in zip(*results, strict=True):
        assert_same(theirs, ours)


def test_everything_ignored():
    for reduction in ("mean", "sum", "none"):
        options = {"reduction": reduction}
        target = np.full(3, -100)
        results = losses_of(
            lambda t: t.nn.functional.cross_entropy, (3, 4), target, "float32", options
        )
        for theirs, ours in zip(*results, strict=True):
            assert_same(theirs, ours)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 4), (4,)), ((), ()), ((0,), (0,))])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_of_pairs(shapes, name, reduction, weighted):
    a, b = (RNG.standard_normal(shape).astype("float32") for shape in shapes)
    w = np.abs(RNG.standard_normal(shapes[0]).astype("float32")) if weighted else None

    def run(t):
        x, y = t.tensor(a, requires_grad=True), t.tensor(b, requires_grad=True)
        weight = None if w is None else t.tensor(w)
        loss = getattr(t.nn.functional, name)(x, y, reduction=reduction, weight=weight)
        loss.sum().backward()
        return loss, x.grad, y.grad

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for theirs, ours in zip(*both(run), strict=True):
            assert_same(theirs, ours)


def test_one_hot():
    for classes in (-1, 5):
        theirs, ours = both(
            lambda t, c=classes: t.nn.functional.one_hot(t.tensor([[0, 3], [1, 1]]), c)
        )
        assert_same(theirs, ours)


@pytest.mark.parametrize("kind", [1, 2, 2.5, float("inf")])
@pytest.mark.parametrize("bound", [0.1, 100.0])
def test_clipping(kind, bound):
    gradients = [RNG.standard_normal(shape).astype("float32") for shape in ((3, 4), (5,), ())]

    def run(t):
        parameters = [t.nn.Parameter(t.zeros(g.shape)) for g in gradients]
        for p, g in zip(parameters, gradients, strict=True):
            p.grad = t.tensor(g.copy())
        total = t.nn.utils.clip_grad_norm_(parameters, bound, kind)
        t.nn.utils.clip_grad_value_(parameters[:1], 0.05)
        return [total, *(p.grad for p in parameters)]

    for theirs, ours in zip(*both(run), strict=True):
        assert_same(theirs, ours)


def test_backward_hooks_see_the_same():
    def run(t):
        seen = []
        net = t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 2))
        for module in net:
            module.register_full_backward_hook(lambda m, gi, go: seen.extend([*gi, *go]))
            module.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
        x = t.ones(5, 3).requires_grad_()
        (net(x) ** 2).sum().backward()
        return [*seen, x.grad, *(p.grad for p in net.parameters())]

    theirs, ours = both(run)
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        assert_same(a, b)


def test_a_training_run():
    x, y = RNG.standard_normal((64, 6)).astype("float32"), RNG.integers(0, 3, 64)

    def run(t):
        net = t.nn.Sequential(
            t.nn.Linear(6, 20), t.nn.ReLU(), t.nn.Dropout(0.3), t.nn.Linear(20, 3)
        )
        loss_of = t.nn.CrossEntropyLoss(label_smoothing=0.1)
        optimizer = t.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
        losses = []
        for _ in range(30):
            loss = loss_of(net(t.tensor(x)), t.tensor(y))
            optimizer.zero_grad()
            loss.backward()
            t.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            optimizer.step()
            losses.append(loss.item())
        return losses, net.eval()(t.tensor(x))

    (theirs, end), (ours, our_end) = both(run)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert_same(end, our_end, rtol=1e-3, atol=1e-4)


def late(t, value):
    class Late(t.nn.Module):
        def __init__(self):
            self.value = value(t)

    return Late()


ERRORS = {
    "late parameter": lambda t: late(t, lambda t: t.nn.Parameter(t.ones(1))),
    "late module": lambda t: late(t, lambda t: t.nn.ReLU()),
    "late call": lambda t: late(t, lambda t: 3)(1),
    "missing attribute": lambda t: t.nn.ReLU().nope,
    "delete missing": lambda t: delattr(t.nn.ReLU(), "nope"),
    "tensor as parameter": lambda t: setattr(t.nn.Linear(1, 1), "weight", t.ones(1)),
    "module as parameter": lambda t: setattr(t.nn.Linear(1, 1), "weight", t.nn.ReLU()),
    "number as child": lambda t: setattr(t.nn.Sequential(t.nn.ReLU()), "0", 3),
    "number as buffer": lambda t: setattr(t.nn.NLLLoss(t.ones(1)), "weight", 3),
    "register tensor": lambda t: t.nn.ReLU().register_parameter("p", t.ones(1)),
    "register over": lambda t: t.nn.Linear(1, 1).register_buffer("weight", t.ones(1)),
    "register dot": lambda t: t.nn.ReLU().register_buffer("a.b", t.ones(1)),
    "register number": lambda t: t.nn.ReLU().register_buffer(3, t.ones(1)),
    "add number": lambda t: t.nn.ReLU().add_module("a", 3),
    "submodule": lambda t: t.nn.ReLU().get_submodule("a"),
    "parameter path": lambda t: t.nn.Linear(1, 1).get_parameter("x"),
    "buffer path": lambda t: t.nn.Linear(1, 1).get_buffer("weight"),
    "train": lambda t: t.nn.ReLU().train(3),
    "to integer": lambda t: t.nn.Linear(1, 1).to(t.int64),
    "to cuda": lambda t: t.nn.Linear(1, 1).to("cuda"),
    "to nothing": lambda t: t.nn.Linear(1, 1).to(colour=1),
    "no forward": lambda t: t.nn.Module()(1),
    "no argument": lambda t: t.nn.ReLU()(),
    "too many": lambda t: t.nn.ReLU()(t.ones(1), 1),
    "list": lambda t: t.nn.Linear(1, 1)([1.0]),
    "shape": lambda t: t.nn.Linear(3, 2)(t.ones(4, 5)),
    "dtype": lambda t: t.nn.Linear(3, 2)(t.ones(4, 3, dtype=t.int64)),
    "double": lambda t: t.nn.Linear(3, 2)(t.ones(4, 3, dtype=t.float64)),
    "negative size": lambda t: t.nn.Linear(-1, 2),
    "fraction of a size": lambda t: t.nn.Linear(1.5, 2),
    "integer weights": lambda t: t.nn.Linear(1, 2, dtype=t.int64),
    "parameter of a list": lambda t: t.nn.Parameter([1.0]),
    "parameter of integers": lambda t: t.nn.Parameter(t.tensor([1])),
    "load list": lambda t: t.nn.Linear(1, 1).load_state_dict([1]),
    "load missing": lambda t: t.nn.Linear(1, 1).load_state_dict({"a.b": t.ones(1)}),
    "load shape": lambda t: t.nn.Linear(1, 1).load_state_dict(
        {"weight": t.ones(2, 2), "bias": [1]}, strict=False
    ),
    "dropout": lambda t: t.nn.Dropout(1.5),
    "sequential of a number": lambda t: t.nn.Sequential(3),
    "sequential index": lambda t: t.nn.Sequential()[0],
    "sequential name": lambda t: t.nn.Sequential(t.nn.ReLU())["0"],
    "sequential sum": lambda t: t.nn.Sequential() + t.nn.ReLU(),
    "sequential product": lambda t: t.nn.Sequential() * 0,
    "sequential insert": lambda t: t.nn.Sequential().insert(0, 3),
    "list of numbers": lambda t: t.nn.ModuleList([3]),
    "list index": lambda t: t.nn.ModuleList()[0],
    "list extend": lambda t: t.nn.ModuleList().extend(3),
    "dict of a number": lambda t: t.nn.ModuleDict(3),
    "dict of triples": lambda t: t.nn.ModuleDict([(1, 2, 3)]),
    "dict key": lambda t: t.nn.ModuleDict()["a"],
    "dict of numbers": lambda t: t.nn.ModuleDict({"a": 3}),
    "parameter list of a tensor": lambda t: t.nn.ParameterList(t.ones(2)),
    "parameter list index": lambda t: t.nn.ParameterList()[0],
    "parameter list call": lambda t: t.nn.ParameterList()(1),
    "parameter dict key": lambda t: t.nn.ParameterDict()["a"],
    "parameter dict number": lambda t: t.nn.ParameterDict({3: t.ones(1)}),
    "flatten": lambda t: t.nn.Flatten()(t.ones(3)),
    "unflatten": lambda t: t.nn.Unflatten(1, 3),
    "unflatten sizes": lambda t: t.nn.Unflatten(1, (2, 3))(t.ones(2, 7)),
    "target too large": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3), t.tensor([12])),
    "target negative": lambda t: t.nn.NLLLoss()(t.ones(1, 3), t.tensor([-1])),
    "batch sizes": lambda t: t.nn.CrossEntropyLoss()(t.ones(2, 3), t.tensor([1])),
    "target of floats": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3), t.tensor([1.0])),
    "target of int32": lambda t: t.nn.NLLLoss()(t.ones(1, 3), t.tensor([1], dtype=t.int32)),
    "target columns": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3), t.tensor([[1]])),
    "target image": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3, 2), t.tensor([[1]])),
    "integer probabilities": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3), t.tensor([[1, 0, 0]])),
    "integer logits": lambda t: t.nn.CrossEntropyLoss()(t.tensor([[1, 2]]), t.tensor([1])),
    "no target": lambda t: t.nn.CrossEntropyLoss()(t.ones(1, 3)),
    "class weights": lambda t: t.nn.CrossEntropyLoss(t.ones(2))(t.ones(1, 3), t.tensor([1])),
    "class weight dtype": lambda t: t.nn.NLLLoss(t.ones(3).double())(t.ones(1, 3), t.tensor([1])),
    "reduction": lambda t: t.nn.CrossEntropyLoss(reduction="x")(t.ones(1, 3), t.tensor([1])),
    "smoothing": lambda t: t.nn.CrossEntropyLoss(label_smoothing=2)(t.ones(1, 3), t.tensor([1])),
    "mse of a number": lambda t: t.nn.MSELoss()(t.ones(1), 1.0),
    "mse of integers": lambda t: t.nn.MSELoss()(t.tensor([1]), t.tensor([1])),
    "one hot": lambda t: t.nn.functional.one_hot(t.tensor([3]), 2),
    "one hot of floats": lambda t: t.nn.functional.one_hot(t.ones(2)),
    "softmax of integers": lambda t: t.nn.functional.softmax(t.tensor([1]), 0),
    "relu of bools": lambda t: t.nn.ReLU()(t.tensor([True])),
    "relu of a leaf": lambda t: t.nn.ReLU(True)(t.ones(1, requires_grad=True)),
    "fan of a vector": lambda t: t.nn.init.xavier_normal_(t.ones(3)),
    "fan mode": lambda t: t.nn.init.kaiming_normal_(t.ones(3, 3), mode="x"),
    "gain": lambda t: t.nn.init.calculate_gain("x"),
    "uniform bounds": lambda t: t.nn.init.uniform_(t.ones(3), 2, 1),
    "normal std": lambda t: t.nn.init.normal_(t.ones(3), 0, -1),
    "init of integers": lambda t: t.nn.init.uniform_(t.tensor([1])),
    "short vector": lambda t: t.nn.utils.vector_to_parameters(
        t.ones(2), t.nn.Linear(1, 2).parameters()
    ),
    "vector of a list": lambda t: t.nn.utils.vector_to_parameters([1], []),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_have_the_same_type(name):
    kinds = []
    for t in (torch, minitorch):
        with warnings.catch_warnings(), pytest.raises(Exception) as info:
            warnings.simplefilter("ignore")
            ERRORS[name](t)
        kinds.append(info.type)
    assert issubclass(kinds[1], kinds[0]), kinds


def test_loading_problems_are_told_in_the_same_words():
    texts = []
    for t in (torch, minitorch):
        net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.Linear(3, 1))
        state = OrderedDict({"0.weight": t.ones(1, 2), "1.bias": t.ones(1), "x": 3, "1.y": 3})
        with pytest.raises(RuntimeError) as info:
            net.load_state_dict(state)
        texts.append(str(info.value))
    theirs, ours = texts
    assert ours.startswith(theirs)


def test_copies_behave_alike():
    theirs, ours = both(lambda t: copy.deepcopy(t.nn.Linear(2, 2)))
    assert_same_parameters(theirs, ours)
    p, q = (t.nn.Parameter(t.ones(1)) for t in (torch, minitorch))
    for parameter, t in ((p, torch), (q, minitorch)):
        parameter.grad = t.ones(1)
    assert copy.deepcopy(p).grad is None is copy.deepcopy(q).grad
