"""torch.nn.init: distributions, exact fillings and errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minitorch as torch
from minitorch import nn
from minitorch.nn import init

BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


@BOTH
@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (lambda w: init.uniform_(w, -3, 3), math.sqrt(3)),
        (lambda w: init.normal_(w, 0, 0.5), 0.5),
        (lambda w: init.xavier_uniform_(w), math.sqrt(2 / 500)),
        (lambda w: init.xavier_normal_(w, gain=2), 2 * math.sqrt(2 / 500)),
        (lambda w: init.kaiming_uniform_(w, nonlinearity="relu"), math.sqrt(2 / 300)),
        (lambda w: init.kaiming_normal_(w, a=1), math.sqrt(1 / 300)),
        (
            lambda w: init.kaiming_normal_(w, mode="fan_out", nonlinearity="linear"),
            math.sqrt(1 / 200),
        ),
        (lambda w: init.trunc_normal_(w, std=0.1), 0.1),
    ],
)
def test_distributions(fill, std, dtype):
    w = torch.empty(200, 300, dtype=dtype)
    assert fill(w) is w
    assert w.std().item() == pytest.approx(std, rel=0.02)
    assert abs(w.mean().item()) < 0.02 * std
    assert not w.requires_grad


def test_parameters_are_filled_unrecorded():
    p = nn.Parameter(torch.empty(2, 3))
    for fill in (init.ones_, init.zeros_, init.xavier_normal_, init.eye_, init.orthogonal_):
        version = p._version
        assert fill(p) is p and p.is_leaf and p.requires_grad and p._version > version


def test_generator():
    w = torch.empty(4, 5)
    for fill in (
        init.uniform_,
        init.normal_,
        init.orthogonal_,
        init.trunc_normal_,
        init.kaiming_normal_,
    ):
        first = fill(w, generator=torch.Generator().manual_seed(5)).tolist()
        assert fill(w, generator=torch.Generator().manual_seed(5)).tolist() == first


def test_constants():
    w = torch.empty(2, 3)
    assert init.constant_(w, 0.3).tolist() == torch.full((2, 3), 0.3).tolist()
    assert init.eye_(w).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert init.zeros_(w).tolist() == [[0.0] * 3] * 2 and init.ones_(w).tolist() == [[1.0] * 3] * 2


def test_dirac():
    w = init.dirac_(torch.ones(4, 2, 3), groups=2)
    expected = np.zeros((4, 2, 3))
    for row, channel in ((0, 0), (1, 1), (2, 0), (3, 1)):
        expected[row, channel, 1] = 1
    assert w.tolist() == expected.tolist()
    assert init.dirac_(torch.ones(2, 3, 3, 3)).sum().item() == 2


@BOTH
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (3, 2, 2)])
def test_orthogonal(shape, dtype):
    w = init.orthogonal_(torch.empty(*shape, dtype=dtype), gain=2.0).numpy().reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    assert np.allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_of_nothing():
    assert init.orthogonal_(torch.empty(0, 3)).shape == (0, 3)


def test_sparse():
    w = init.sparse_(torch.empty(10, 4), sparsity=0.25, std=1.0)
    assert (w == 0).sum(0).tolist() == [3] * 4


def test_trunc_normal_is_cut():
    w = init.trunc_normal_(torch.empty(10000), mean=1.0, std=2.0, a=0.0, b=1.5)
    assert w.min() >= 0 and w.max() <= 1.5 and w.max() > 1.49 and w.min() < 0.01
    far = init.trunc_normal_(torch.empty(10000, dtype=torch.float64), a=2.0, b=9.0)
    assert far.min() >= 2 and far.mean().item() == pytest.approx(2.3732, abs=0.01)


def test_fans():
    assert init._calculate_fan_in_and_fan_out(torch.empty(3, 4)) == (4, 3)
    assert init._calculate_fan_in_and_fan_out(torch.empty(3, 4, 5, 5)) == (100, 75)


def test_gains():
    assert [init.calculate_gain(name) for name in ("linear", "conv2d", "sigmoid")] == [1, 1, 1]
    assert init.calculate_gain("tanh") == 5 / 3 and init.calculate_gain("selu") == 0.75
    assert init.calculate_gain("relu") == math.sqrt(2)
    assert init.calculate_gain("leaky_relu", 1) == 1
    assert init.calculate_gain("leaky_relu") == pytest.approx(math.sqrt(2), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.xavier_uniform_(torch.empty(3)), "fewer than 2 dimensions"),
        (lambda: init.kaiming_uniform_(torch.empty(3)), "fewer than 2 dimensions"),
        (lambda: init.kaiming_normal_(torch.empty(3, 3), mode="fan"), "Mode fan not supported"),
        (
            lambda: init.kaiming_normal_(torch.empty(3, 3), nonlinearity="x"),
            "Unsupported nonlinearity x",
        ),
        (lambda: init.calculate_gain("leaky_relu", "a"), "negative_slope a not a valid number"),
        (lambda: init.calculate_gain("leaky_relu", True), "negative_slope True not a valid number"),
        (lambda: init.eye_(torch.empty(3)), "Only tensors with 2 dimensions"),
        (lambda: init.sparse_(torch.empty(3), 0.1), "Only tensors with 2 dimensions"),
        (lambda: init.orthogonal_(torch.empty(3)), "2 or more dimensions"),
        (lambda: init.dirac_(torch.empty(3, 3)), "3, 4, or 5 dimensions"),
        (lambda: init.dirac_(torch.empty(3, 3, 3), 2), "divisible by groups"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_warnings():
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        init.kaiming_uniform_(torch.empty(0, 3))
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op"):
        init.kaiming_normal_(torch.empty(0, 3))
    with pytest.warns(UserWarning, match="more than 2 std"):
        init.trunc_normal_(torch.empty(3), mean=5.0)


@pytest.mark.parametrize(
    "name",
    ["uniform", "normal", "eye", "xavier_uniform", "xavier_normal", "kaiming_uniform",
     "kaiming_normal", "orthogonal"],
)  # fmt: skip
def test_old_names(name):
    w = torch.empty(3, 4)
    with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of"):
        assert getattr(init, name)(w) is w
    assert getattr(init, name).__name__ == name
    with pytest.warns(FutureWarning):
        assert init.constant(w, 2.0).sum().item() == 24
