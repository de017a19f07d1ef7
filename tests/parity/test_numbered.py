"""The losses and embeddings of `torch.*`, and what else PyTorch has at odd places."""

from __future__ import annotations

import inspect
import typing
from collections import OrderedDict

import numpy as np
import pytest

import minitorch
from minitorch.nn import numbered
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")
pytest.importorskip("torch.nn.grad")

RNG = np.random.default_rng(0)


def numbers(*shape):
    return np.asarray(RNG.standard_normal(shape))


SIGNS = np.array([1, -1, 1, -1])
LOSSES = {
    "binary_cross_entropy_with_logits": [
        (lambda t, x, y, r: t.binary_cross_entropy_with_logits(x, y.sigmoid(), reduction=r)),
        (lambda t, x, y, r: t.binary_cross_entropy_with_logits(
            x, y, y.detach() ** 2, y[0].detach() ** 2, r)),
    ],
    "cosine_embedding_loss": [
        (lambda t, x, y, r: t.cosine_embedding_loss(x, y, t.tensor(SIGNS), 0.1, r)),
    ],
    "hinge_embedding_loss": [
        (lambda t, x, y, r: t.hinge_embedding_loss(x, t.tensor(SIGNS)[:, None], 0.5, r)),
    ],
    "kl_div": [
        (lambda t, x, y, r: t.kl_div(x, y.exp(), r)),
        (lambda t, x, y, r: t.kl_div(x, y, r, log_target=True)),
    ],
    "margin_ranking_loss": [
        (lambda t, x, y, r: t.margin_ranking_loss(x, y, t.tensor(SIGNS)[:, None], 0.5, r)),
    ],
    "poisson_nll_loss": [
        (lambda t, x, y, r: t.poisson_nll_loss(x, y.abs(), True, False, 1e-8, r)),
        (lambda t, x, y, r: t.poisson_nll_loss(x.abs(), y.abs() + 2, False, True, 1e-3, r)),
    ],
    "triplet_margin_loss": [
        (lambda t, x, y, r: t.triplet_margin_loss(x, y, x.flip(0), reduction=r)),
        (lambda t, x, y, r: t.triplet_margin_loss(x, y, y.flip(0), 0.5, 3.0, 1e-5, True, r)),
    ],
    "ctc_loss": [
        (lambda t, x, y, r: t.ctc_loss(
            (x[:, None] * y[None]).log_softmax(-1), t.tensor([[1, 2]] * 4), [4, 3, 4, 4],
            [2, 1, 1, 2], 0, r)),
    ],
}  # fmt: skip
CASES = [(name, i) for name, calls in LOSSES.items() for i in range(len(calls))]


@pytest.mark.parametrize("reduction", [0, 1, 2])
@pytest.mark.parametrize(("name", "i"), CASES)
def test_losses(name, i, reduction):
    call = LOSSES[name][i]
    arrays = [numbers(4, 3), numbers(4, 3)]
    twice = name not in ("ctc_loss", "triplet_margin_loss")
    compare(lambda t, x, y: call(t, x, y, reduction), arrays, "float64", twice)


def test_all_are_compared():
    assert set(numbered.__all__) == {*LOSSES, "embedding", "embedding_bag"}


@pytest.mark.parametrize("padding", [-1, 2])
def test_embedding(padding):
    index = RNG.integers(0, 5, (3, 2))
    compare(lambda t, w: t.embedding(w, t.tensor(index), padding, True), [numbers(5, 4)], "float64")


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("padding", [None, 2])
@pytest.mark.parametrize("last", [False, True])
def test_embedding_bag(mode, padding, last):
    index, offsets = np.array([0, 2, 5, 1, 2]), np.array([0, 3, 5] if last else [0, 3])
    w = numbers(6, 4)

    def run(t):
        leaf = t.tensor(w, requires_grad=True)
        found = t.embedding_bag(
            leaf, t.tensor(index), t.tensor(offsets), False, mode, False, None, last, padding
        )
        (found[0] ** 2).sum().backward()
        return [found[0].detach(), leaf.grad, *found[1:]]

    theirs, ours = both(run)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        computed = mode == 1 and i < 4 and a.numel()  # what PyTorch does not leave out
        if i < 2 or computed or (mode == 2 and i == 4):
            assert_same(a, b)


MISTAKES = {
    "reduction text": lambda t: t.kl_div(t.ones(2), t.ones(2), "mean"),
    "out of range": lambda t: t.embedding(t.ones(2, 2), t.tensor([2])),
    "cosine": lambda t: t.cosine_embedding_loss(t.ones(2, 3), t.ones(2, 4), t.ones(2)),
    "missing": lambda t: t.poisson_nll_loss(t.ones(2), t.ones(2)),
    "factory": lambda t: t.nn.factory_kwargs({"size": 3}),
    "factory twice": lambda t: t.nn.factory_kwargs({"dtype": 1, "factory_kwargs": {"dtype": 2}}),
    "enum": lambda t: t.nn._reduction.get_enum("all"),
    "default": lambda t: t.nn.modules.utils._list_with_default([1, None], [2, 3]),
    "apply": lambda t: t.nn.parallel.parallel_apply([t.nn.ReLU()], [1, 2]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name):
    assert_same_error(MISTAKES[name])


CONVOLUTIONS = {
    "conv1d": ((2, 4, 9), (6, 2, 3), {"stride": 2, "padding": 1, "groups": 2}),
    "conv2d": ((2, 3, 6, 7), (4, 3, 2, 3), {"stride": (2, 1), "dilation": 2}),
    "conv3d": ((1, 2, 4, 4, 4), (3, 2, 2, 2, 2), {}),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_gradients_of_convolutions(name):
    x_shape, w_shape, options = CONVOLUTIONS[name]
    x, w = numbers(*x_shape), numbers(*w_shape)

    def run(t):
        a, b = t.tensor(x), t.tensor(w)
        g = getattr(t.nn.functional, name)(a, b, None, **options) ** 2
        grad = t.nn.grad
        return [getattr(grad, f"{name}_input")(x_shape, b, g, **options),
                getattr(grad, f"{name}_weight")(a, w_shape, g, **options)]  # fmt: skip

    for a, b in zip(*both(run), strict=True):
        assert_same(a, b)


def test_helpers():
    def run(t):
        u, r = t.nn.modules.utils, t.nn._reduction
        state = OrderedDict([("module.a", 1), ("b", 2), ("module.c", 3)])
        state._metadata = OrderedDict([("", 1), ("module", 2), ("module.a", 3)])
        u.consume_prefix_in_state_dict_if_present(state, "module.")
        return [
            u._single(3), u._pair((1, 2)), u._pair("ab"), u._triple(2), u._quadruple([1]),
            u._ntuple(5)(0), u._pair.__name__, u._reverse_repeat_tuple((1, 2), 2),
            u._list_with_default([None, 3], [7, 8, 9]), u._list_with_default(4, [1]),
            state, state._metadata, r.get_enum("sum"), r.legacy_get_string(False, None, False),
            r.legacy_get_string(None, False), r.legacy_get_enum(None, None),
            str(t.nn.factory_kwargs({"dtype": t.float64, "factory_kwargs": {"device": "cpu"}})),
            t.nn.factory_kwargs(None), str(t.types.Number), t.types._Number,
            len(typing.get_args(t.types.Device)), str(t.nn.common_types._size_2_t),
        ]  # fmt: skip

    theirs, ours = both(run)
    assert ours == theirs


def test_torch_functional():
    assert minitorch.functional.__all__ == sorted(torch.functional.__all__)
    assert all(getattr(minitorch.functional, n) is getattr(minitorch, n)
               for n in minitorch.functional.__all__)  # fmt: skip


def test_parallel():
    parallel, x = minitorch.nn.parallel, minitorch.arange(6.0).reshape(3, 2)
    net = minitorch.nn.Linear(2, 2)
    parts = parallel.scatter((x, {"k": x}), [0, 1])
    assert [tuple(p[0].shape) for p in parts] == [(2, 2), (1, 2)]
    args, kwargs = parallel.scatter_gather.scatter_kwargs((x,), {"y": x}, [0, 1])
    assert len(args) == len(kwargs) == 2 and kwargs[1]["y"].tolist() == [[4.0, 5.0]]
    outputs = parallel.parallel_apply(parallel.replicate(net, [0, 1]), [p[0] for p in parts])
    joined = parallel.gather(outputs, "cpu")
    np.testing.assert_allclose(joined.tolist(), net(x).tolist(), rtol=1e-5)
    named = parallel.gather([{"a": x, "b": [x]}, {"a": x, "b": [x]}], "cpu")
    assert named["a"].shape == (6, 2) and named["b"][0].shape == (6, 2)


def names_of(module):
    return {n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__}


PATHS = """
nn.modules.activation nn.modules.adaptive nn.modules.batchnorm nn.modules.channelshuffle
nn.modules.container nn.modules.conv nn.modules.distance nn.modules.dropout nn.modules.flatten
nn.modules.fold nn.modules.instancenorm nn.modules.lazy nn.modules.linear nn.modules.loss
nn.modules.module nn.modules.normalization nn.modules.padding nn.modules.pixelshuffle
nn.modules.pooling nn.modules.sparse nn.modules.upsampling nn.modules.utils nn.parameter
nn.utils.clip_grad nn.utils.convert_parameters nn.utils.fusion nn.utils.init
nn.utils.memory_format nn.utils.parametrizations nn.utils.parametrize nn.utils.prune
nn.utils.spectral_norm nn.utils.stateless nn.utils.weight_norm nn.parallel.scatter_gather
nn.parallel.replicate nn.parallel.parallel_apply nn.parallel.data_parallel nn.grad
""".split()


@pytest.mark.parametrize("path", PATHS)
def test_public_names_stand_at_pytorchs_paths(path):
    theirs = __import__(f"torch.{path}", fromlist=["_"])
    ours = __import__(f"minitorch.{path}", fromlist=["_"])
    wanted = {n for n in names_of(theirs) if not n.startswith("_") and n not in TYPES}
    assert {n for n in wanted if not hasattr(ours, n)} == set()


TYPES = {"T", "T_module", "ConvT", "LinearT", "is_namedtuple", "get_a_var"}  # annotations, helpers


def test_bases_that_programs_name():
    modules = minitorch.nn.modules
    assert isinstance(minitorch.nn.BatchNorm2d(2), modules.batchnorm._BatchNorm)
    assert isinstance(minitorch.nn.InstanceNorm2d(2), modules.batchnorm._NormBase)
    assert isinstance(minitorch.nn.Conv2d(1, 1, 1), modules.conv._ConvNd)
    assert isinstance(minitorch.nn.ConvTranspose2d(1, 1, 1), modules.conv._ConvTransposeNd)
    assert issubclass(minitorch.nn.BCELoss, modules.loss._Loss)
    assert issubclass(minitorch.nn.CrossEntropyLoss, modules.loss._WeightedLoss)
    assert inspect.isfunction(modules.utils._pair)
