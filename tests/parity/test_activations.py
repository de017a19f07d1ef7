"""Activations and dropouts against PyTorch: values, gradients twice, streams, reprs, errors."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
DTYPES = ["float64", "float32", "float16"]
SHAPES = [(4, 6), (2, 4, 3), (), (0, 4), (5,)]

FUNCTIONS = {
    "gelu": lambda F, x: F.gelu(x),
    "gelu tanh": lambda F, x: F.gelu(x, approximate="tanh"),
    "silu": lambda F, x: F.silu(x),
    "mish": lambda F, x: F.mish(x),
    "relu": lambda F, x: F.relu(x),
    "relu6": lambda F, x: F.relu6(x * 4),
    "leaky_relu": lambda F, x: F.leaky_relu(x, 0.2),
    "elu": lambda F, x: F.elu(x, 0.7),
    "celu": lambda F, x: F.celu(x, 0.5),
    "selu": lambda F, x: F.selu(x),
    "hardtanh": lambda F, x: F.hardtanh(x),
    "hardtanh bounds": lambda F, x: F.hardtanh(x, -0.5, 1.5),
    "hardsigmoid": lambda F, x: F.hardsigmoid(x * 2),
    "hardswish": lambda F, x: F.hardswish(x * 2),
    "hardshrink": lambda F, x: F.hardshrink(x, 0.3),
    "softshrink": lambda F, x: F.softshrink(x, 0.3),
    "softshrink default": lambda F, x: F.softshrink(x),
    "tanhshrink": lambda F, x: F.tanhshrink(x),
    "softsign": lambda F, x: F.softsign(x),
    "softplus": lambda F, x: F.softplus(x, 2.0, 1.0),
    "logsigmoid": lambda F, x: F.logsigmoid(x),
    "threshold": lambda F, x: F.threshold(x, 0.2, 3.0),
    "tanh": lambda F, x: F.tanh(x),
    "sigmoid": lambda F, x: F.sigmoid(x),
    "softmin": lambda F, x: F.softmin(x, -1),
    "softmax": lambda F, x: F.softmax(x, 0),
    "log_softmax": lambda F, x: F.log_softmax(x, 0),
    "rrelu": lambda F, x: F.rrelu(x, 0.1, 0.4),
    "rrelu training": lambda F, x: F.rrelu(x, 0.1, 0.4, True),
    "relu_": lambda F, x: F.relu_(x * 1),
    "elu_": lambda F, x: F.elu_(x * 1, 0.5),
    "celu_": lambda F, x: F.celu_(x * 1, 0.5),
    "selu_": lambda F, x: F.selu_(x * 1),
    "leaky_relu_": lambda F, x: F.leaky_relu_(x * 1, 0.3),
    "hardtanh_": lambda F, x: F.hardtanh_(x * 1, -0.3, 0.3),
    "rrelu_": lambda F, x: F.rrelu_(x * 1),
    "threshold_": lambda F, x: F.threshold_(x * 1, 0.1, 2.0),
    "mish in place": lambda F, x: F.mish(x * 1, True),
    "silu in place": lambda F, x: F.silu(x * 1, True),
    "hardswish in place": lambda F, x: F.hardswish(x * 1, True),
    "relu6 in place": lambda F, x: F.relu6(x * 4, True),
    "hardsigmoid in place": lambda F, x: F.hardsigmoid(x * 1, True),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name, shape, dtype):
    x = np.asarray(RNG.standard_normal(shape) * 2)
    if dtype == "float16" and name == "rrelu training":
        pytest.skip("PyTorch has none of half precision")
    if dtype == "float64" and "hardsigmoid" in name:
        pytest.skip("PyTorch's slope is 1/6 in float32")
    # and PyTorch has no second derivative of hardsigmoid
    twice = dtype != "float16" and "hardsigmoid" not in name
    compare(lambda t, x: FUNCTIONS[name](t.nn.functional, x), [x], dtype, twice)


KINKS = np.array([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, -30.0, 30.0, 100.0, -100.0])


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if "soft" not in n[:4]])
def test_kinks(name):
    # the second derivative at a kink is a matter of taste
    dtype = "float32" if "hardsigmoid" in name else "float64"
    compare(lambda t, x: FUNCTIONS[name](t.nn.functional, x), [KINKS], dtype, twice=False)


@pytest.mark.parametrize("name", ["softsign", "softplus", "softshrink", "softshrink default"])
def test_kinks_of_soft_ones(name):
    compare(lambda t, x: FUNCTIONS[name](t.nn.functional, x), [KINKS], "float64", twice=False)


@pytest.mark.parametrize("size", [5, 70000])
@pytest.mark.parametrize("name", ["relu", "relu6", "hardtanh 0", "threshold", "relu_"])
def test_no_infinite_gradient_passes_where_the_slope_is_zero(name, size):
    calls = FUNCTIONS | {
        "hardtanh 0": lambda F, x: F.hardtanh(x, 0.0, 2.0),
        "threshold": lambda F, x: F.threshold(x, 0.0, 0.0),
    }
    x = np.where(np.arange(size) % 2, 1.5, -1.0)
    call = lambda t, x: calls[name](t.nn.functional, x).sqrt()  # noqa: E731
    for dtype in ("float32", "float64"):
        compare(call, [x], dtype, twice=False)


@pytest.mark.parametrize("dim", [0, 1, -1, -2])
def test_glu(dim):
    compare(lambda t, x: t.nn.functional.glu(x, dim), [RNG.standard_normal((4, 6))], "float64")


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (3,)], ids=str)
@pytest.mark.parametrize("count", [1, 3])
def test_prelu(shape, count):
    if count == 3 and len(shape) == 1:
        pytest.skip("a vector has one channel")
    arrays = [RNG.standard_normal(shape), RNG.standard_normal(count)]
    compare(lambda t, x, w: t.nn.functional.prelu(x, w), arrays, "float64")


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("dim", [0, -1])
def test_gumbel_softmax(hard, dim):
    x = RNG.standard_normal((4, 5))
    compare(lambda t, x: t.nn.functional.gumbel_softmax(x, 0.7, hard, dim=dim), [x], "float32")


DROPOUTS = {
    "dropout1d": [(4, 3, 5), (3, 5)],
    "dropout2d": [(4, 3, 2, 2), (4, 3, 5)],
    "dropout3d": [(4, 3, 2, 2, 2), (3, 2, 2, 2)],
    "alpha_dropout": [(6, 5), (4,)],
    "feature_alpha_dropout": [(6, 5), (4, 3, 2)],
    "dropout": [(6, 5), ()],
}


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", DROPOUTS)
def test_dropouts(name, p, inplace):
    for shape in DROPOUTS[name]:
        for training in (True, False):

            def call(t, x, training=training):
                return getattr(t.nn.functional, name)(x * 1, p, training, inplace)

            compare(call, [np.asarray(RNG.standard_normal(shape))], "float32")


MODULES = {
    "GELU": lambda nn: nn.GELU("tanh"), "SELU": lambda nn: nn.SELU(True),
    "CELU": lambda nn: nn.CELU(0.5), "PReLU": lambda nn: nn.PReLU(4, 0.3),
    "RReLU": lambda nn: nn.RReLU(0.1, 0.2), "ReLU6": lambda nn: nn.ReLU6(True),
    "Hardtanh": lambda nn: nn.Hardtanh(-0.5, 2, True), "Hardsigmoid": lambda nn: nn.Hardsigmoid(),
    "Hardswish": lambda nn: nn.Hardswish(True), "Hardshrink": lambda nn: nn.Hardshrink(0.2),
    "Softshrink": lambda nn: nn.Softshrink(0.2), "Tanhshrink": lambda nn: nn.Tanhshrink(),
    "Softsign": lambda nn: nn.Softsign(), "Softmin": lambda nn: nn.Softmin(1),
    "Softmax2d": lambda nn: nn.Softmax2d(), "LogSigmoid": lambda nn: nn.LogSigmoid(),
    "Mish": lambda nn: nn.Mish(True), "GLU": lambda nn: nn.GLU(1),
    "Threshold": lambda nn: nn.Threshold(0.1, 20, True), "Dropout1d": lambda nn: nn.Dropout1d(),
    "Dropout2d": lambda nn: nn.Dropout2d(0.2), "Dropout3d": lambda nn: nn.Dropout3d(0.2),
    "AlphaDropout": lambda nn: nn.AlphaDropout(0.2, True),
    "FeatureAlphaDropout": lambda nn: nn.FeatureAlphaDropout(0.2),
}  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", MODULES)
def test_modules(name, training):
    shape = {"Dropout1d": (3, 4, 2), "Dropout3d": (2, 4, 2, 2, 2)}.get(name, (3, 4, 2, 2))
    data = RNG.standard_normal(shape).astype("f4")

    def run(t):
        module = MODULES[name](t.nn).train(training)
        x = t.tensor(data, requires_grad=True)
        y = module(x * 1)
        (y * y).sum().backward()
        return [y, x.grad, *(p.grad for p in module.parameters())], repr(module), module

    (theirs, text, twin), (ours, our_text, own) = both(run)
    assert our_text == text
    assert list(own.state_dict()) == list(twin.state_dict())
    assert len(theirs) == len(ours)
    for a, b in zip(theirs, ours, strict=True):
        assert_same(a, b, "float32")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_under_vmap(name):
    if "rrelu" in name:
        pytest.skip("random")
    x = minitorch.tensor(RNG.standard_normal((3, 4)))

    def f(row):
        return FUNCTIONS[name](minitorch.nn.functional, row)

    mapped = minitorch.vmap(f)(x)
    rows = minitorch.stack([f(row) for row in x])
    np.testing.assert_allclose(mapped.numpy(), rows.numpy(), rtol=1e-12)


ERRORS = {
    "gelu of integers": lambda t: t.nn.functional.gelu(t.ones(2).long()),
    "gelu mode": lambda t: t.nn.functional.gelu(t.ones(2), approximate="x"),
    "mish of bools": lambda t: t.nn.functional.mish(t.ones(2) > 0),
    "hardtanh of bools": lambda t: t.nn.functional.hardtanh(t.ones(2) > 0),
    "hardtanh bounds": lambda t: t.nn.functional.hardtanh(t.ones(2), 2, 1),
    "hardtanh unsigned": lambda t: t.nn.functional.hardtanh(t.ones(2).to(t.uint8)),
    "Hardtanh bounds": lambda t: t.nn.Hardtanh(2, 1),
    "hardsigmoid of integers": lambda t: t.nn.functional.hardsigmoid(t.ones(2).long()),
    "softshrink negative": lambda t: t.nn.functional.softshrink(t.ones(2), -1),
    "glu odd": lambda t: t.nn.functional.glu(t.ones(3)),
    "glu 0-d": lambda t: t.nn.functional.glu(t.ones(())),
    "glu dim": lambda t: t.nn.functional.glu(t.ones(4), 1),
    "softmin of integers": lambda t: t.nn.functional.softmin(t.ones(2).long(), 0),
    "Softmax2d": lambda t: t.nn.Softmax2d()(t.ones(2)),
    "gumbel of integers": lambda t: t.nn.functional.gumbel_softmax(t.ones(2).long()),
    "rrelu bounds": lambda t: t.nn.functional.rrelu(t.ones(2), 0.5, 0.1),
    "dropout1d rank": lambda t: t.nn.functional.dropout1d(t.ones(3)),
    "dropout2d p": lambda t: t.nn.functional.dropout2d(t.ones(3), 1.5),
    "alpha p": lambda t: t.nn.functional.alpha_dropout(t.ones(3), -1),
    "AlphaDropout p": lambda t: t.nn.AlphaDropout(2),
    "prelu channels": lambda t: t.nn.PReLU(3)(t.ones(2, 2)),
    "list": lambda t: t.nn.functional.gelu([1.0]),
    "in place on a leaf": lambda t: t.nn.functional.elu_(t.ones(1, requires_grad=True)),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    assert_same_error(ERRORS[name])


def test_integers_are_limited_too():
    theirs, ours = both(lambda t: t.nn.functional.relu6(t.tensor([-1, 3, 9])))
    assert_same(theirs, ours)
