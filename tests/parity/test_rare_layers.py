"""Layers that few programs use, against PyTorch: values, gradients, random places, refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def numbers(*shape):
    return np.asarray(RNG.standard_normal(shape))


POOLS = {
    "2d": (lambda F, x: F.fractional_max_pool2d(x, 2, (4, 5)), (2, 3, 9, 11)),
    "2d one": (lambda F, x: F.fractional_max_pool2d(x, (3, 2), 1), (2, 3, 5, 5)),
    "2d ratio": (lambda F, x: F.fractional_max_pool2d(x, 2, None, (0.6, 0.5)), (3, 9, 8)),
    "2d whole": (lambda F, x: F.fractional_max_pool2d(x, 1, (4, 4)), (1, 2, 4, 4)),
    "3d": (lambda F, x: F.fractional_max_pool3d(x, (2, 1, 3), (3, 4, 2)), (2, 2, 6, 7, 8)),
    "3d ratio": (lambda F, x: F.fractional_max_pool3d(x, 2, output_ratio=0.5), (2, 6, 7, 8)),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", POOLS)
def test_fractional_pools(name, dtype):
    call, shape = POOLS[name]
    compare(lambda t, x: call(t.nn.functional, x), [numbers(*shape)], dtype)


@pytest.mark.parametrize("rank", [2, 3])
def test_fractional_indices(rank):
    x, samples = numbers(2, 3, 8, 9, 7)[:, :, :, :, :7], RNG.random((2, 3, rank))
    x = x if rank == 3 else x[..., 0]

    def run(t):
        F, args = t.nn.functional, (t.tensor(x), 2, (4,) * rank)
        pool = getattr(F, f"fractional_max_pool{rank}d")
        given = {"_random_samples": t.tensor(samples)}
        module = getattr(t.nn, f"FractionalMaxPool{rank}d")(2, output_ratio=0.5, **given)
        return [*pool(*args, return_indices=True, **given),
                *getattr(F, f"fractional_max_pool{rank}d_with_indices")(*args), module(t.tensor(x)),
                *module.state_dict().values()]  # fmt: skip

    for a, b in zip(*both(run), strict=True):
        assert_same(a, b)


@pytest.mark.parametrize("shape", [(2, 7, 3, 3), (1, 2, 2, 2), (2, 1, 2, 2), (0, 5, 2, 2)])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_cross_map_lrn(size, shape):
    x = numbers(*shape)
    theirs, ours = both(lambda t: t.nn.CrossMapLRN2d(size, 0.5, 0.6, 2)(t.tensor(x)))
    assert_same(theirs, ours)
    layer, leaf = minitorch.nn.CrossMapLRN2d(size, 0.5), minitorch.tensor(x, requires_grad=True)
    assert minitorch.autograd.gradcheck(layer, (leaf,))


def test_cross_map_lrn_shows_its_settings():
    theirs, ours = both(lambda t: repr(t.nn.CrossMapLRN2d(3)))
    assert ours == theirs


ADAPTIVE = {
    "two": lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]),
    "bias": lambda nn: nn.AdaptiveLogSoftmaxWithLoss(16, 12, [2, 3, 8], 2.0, True),
    "one": lambda nn: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [4], div_value=1.0),
}
TARGETS = {"spread": [0, 11, 3, 5, 2], "frequent": [0, 1, 0, 1, 1], "rare": [11] * 5}


@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_softmax(name, targets):
    def run(t):
        layer = ADAPTIVE[name](t.nn).double()
        x = t.tensor(np.resize(np.sin(np.arange(99.0)), (5, layer.in_features)), requires_grad=True)
        target = t.tensor(np.minimum(TARGETS[targets], layer.n_classes - 1))
        output, loss = layer(x, target)
        (loss + output.square().sum()).backward()
        alone = layer(x[0].detach(), target[0])
        names = list(layer.state_dict())
        return [repr(layer), names], [
            output, loss, x.grad, *(p.grad for p in layer.parameters()), layer.log_prob(x),
            layer.predict(x), alone.output, alone.loss,
        ]  # fmt: skip

    (facts, values), (our_facts, ours) = both(run)
    assert our_facts == facts
    for a, b in zip(values, ours, strict=True):
        if a is None:  # a cluster that was not used
            assert b is None or not b.any()
        else:
            assert_same(a.detach(), b)


LINEAR = {
    "plain": ({}, (5, 4), (5,)),
    "all": ({"bias": True, "reduction": "sum", "label_smoothing": 0.1}, (5, 4), (5,)),
    "none": ({"reduction": "none", "ignore_index": 1}, (5, 4), (5,)),
    "alone": ({}, (4,), ()),
    "more": ({"out_features": (2, 3), "bias": True}, (5, 4), (5, 2, 3)),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_cross_entropy(name):
    options, shape, target = LINEAR[name]
    x, y = numbers(*shape), RNG.integers(0, 3, target)

    def run(t):
        layer = t.nn.LinearCrossEntropyLoss(4, 3, **options).double()
        leaf = t.tensor(x, requires_grad=True)
        loss = layer(leaf, t.tensor(y))
        loss.sum().backward()
        return repr(layer), [loss, leaf.grad, *(p.grad for p in layer.parameters())]

    (text, values), (our_text, ours) = both(run)
    assert our_text == text
    for a, b in zip(values, ours, strict=True):
        assert_same(a.detach(), b)


def test_linear_cross_entropy_in_pieces():
    x, y, w = numbers(5, 4), RNG.integers(0, 3, 5), numbers(3, 4)

    def run(t):
        options = t.nn.LinearCrossEntropyOptions(batch_chunk_size=2)
        call = t.nn.functional.linear_cross_entropy
        return repr(options), call(t.tensor(x), t.tensor(w), t.tensor(y), options=options)

    (text, loss), (our_text, ours) = both(run)
    assert our_text == text
    assert_same(loss, ours)


def test_old_names():
    def run(t):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = [t.nn.Container(a=t.nn.ReLU()), t.nn.Hardtanh(min_value=-2, max_value=3),
                    t.nn.NLLLoss2d(), t.nn.Hardtanh(-1, 1, True)]  # fmt: skip
        return [repr(m) for m in made], [w.category for w in caught]

    theirs, ours = both(run)
    assert ours == theirs


MISTAKES = {
    "no size": lambda t: t.nn.functional.fractional_max_pool2d(t.ones(1, 1, 4, 4), 2),
    "too large": lambda t: t.nn.functional.fractional_max_pool2d(t.ones(1, 1, 4, 4), 3, 3),
    "rank": lambda t: t.nn.functional.fractional_max_pool2d(t.ones(4, 4), 2, 2),
    "rank 3d": lambda t: t.nn.functional.fractional_max_pool3d(t.ones(4, 4), 2, 2),
    "samples": lambda t: t.nn.functional.fractional_max_pool2d(
        t.ones(1, 1, 4, 4), 2, 2, _random_samples=t.ones(1, 2, 2)
    ),
    "module no size": lambda t: t.nn.FractionalMaxPool2d(2),
    "module both": lambda t: t.nn.FractionalMaxPool3d(2, 2, 0.5),
    "ratio": lambda t: t.nn.FractionalMaxPool2d(2, output_ratio=1.5),
    "lrn rank": lambda t: t.nn.CrossMapLRN2d(2)(t.ones(3, 4, 4)),
    "cutoffs none": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, []),
    "cutoffs order": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [3, 2]),
    "cutoffs large": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [5]),
    "target out of range": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(
        t.ones(2, 4), t.tensor([1, 5])
    ),
    "target rank": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(
        t.ones(2, 4), t.ones(2, 2, dtype=t.int64)
    ),
    "sizes differ": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(
        t.ones(2, 4), t.tensor([1, 2, 3])
    ),
    "input rank": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(
        t.ones(2, 4), t.tensor(1)
    ),
    "input width": lambda t: t.nn.AdaptiveLogSoftmaxWithLoss(4, 5, [2])(
        t.ones(2, 3), t.tensor([1, 2])
    ),
    "lce features": lambda t: t.nn.LinearCrossEntropyLoss(4, 3)(t.ones(2, 5), t.tensor([0, 1])),
    "lce rank": lambda t: t.nn.LinearCrossEntropyLoss(4, 3)(t.ones(2, 2, 4), t.tensor([0, 1])),
    "lce alone": lambda t: t.nn.LinearCrossEntropyLoss(4, 3, out_features=(2,))(
        t.ones(4), t.tensor([0, 1])
    ),
    "lce weight": lambda t: t.nn.LinearCrossEntropyLoss(4, 3, weight=t.ones(2)),
    "lce smoothing": lambda t: t.nn.LinearCrossEntropyLoss(4, 3, label_smoothing=2.0),
    "lce target": lambda t: t.nn.LinearCrossEntropyLoss(4, 3)(t.ones(2, 4), t.tensor([0, 3])),
    "options": lambda t: t.nn.LinearCrossEntropyOptions(batch_chunk_size=0),
    "options method": lambda t: t.nn.LinearCrossEntropyOptions(chunking_method="some"),
    "options policy": lambda t: t.nn.LinearCrossEntropyOptions(acc_policy="some"),
    "options dtype": lambda t: t.nn.LinearCrossEntropyOptions(acc_dtype=t.int64),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(MISTAKES[name])
