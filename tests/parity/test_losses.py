"""Losses against PyTorch: values, gradients twice, reductions, shapes, dtypes, modules, errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minitorch
from tests.parity.twins import assert_same, assert_same_error, both, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
REDUCTIONS = ["mean", "sum", "none"]


def real(*shape):
    return np.asarray(RNG.standard_normal(shape) * 1.5)


def share(*shape):
    return np.asarray(RNG.uniform(0.05, 0.95, shape))


def signs(*shape):
    return np.asarray(RNG.choice([-1.0, 1.0], shape))


def whole_signs(*shape):
    return np.asarray(RNG.choice([-1, 1], shape))


def count(*shape):
    return np.asarray(RNG.integers(0, 5, shape)).astype(float)


def below(n):
    return lambda *shape: np.asarray(RNG.integers(0, n, shape))


def log_shares(*shape):
    x = RNG.standard_normal(shape)
    return np.asarray(x - np.log(np.exp(x).sum(-1, keepdims=True)))


PAIR = [((3, 4), (3, 4)), ((), ()), ((0,), (0,)), ((2, 3, 2), (2, 3, 2))]
LOSSES = {
    "binary_cross_entropy": ([share, share], PAIR, [{}]),
    "binary_cross_entropy_with_logits": ([real, share], PAIR, [{}]),
    "kl_div": ([log_shares, share], [((3, 4), (3, 4)), ((2, 3, 2), (2, 3, 2))], [{}]),
    "kl_div of logarithms": ([log_shares, log_shares], [((3, 4), (3, 4))], [{"log_target": True}]),
    "smooth_l1_loss": ([real, real], PAIR, [{}, {"beta": 0.5}, {"beta": 0.0}, {"beta": 3}]),
    "huber_loss": ([real, real], PAIR, [{}, {"delta": 0.5}, {"delta": 3.0}]),
    "mse_loss": ([real, real], PAIR, [{}]),
    "l1_loss": ([real, real], PAIR, [{}]),
    "poisson_nll_loss": (
        [real, count], PAIR, [{}, {"full": True}, {"eps": 0.1, "full": True}]
    ),
    "poisson_nll_loss of counts": (
        [share, count], PAIR, [{"log_input": False}, {"log_input": False, "eps": 0.1}]
    ),
    "gaussian_nll_loss": (
        [real, real, share],
        [((3, 4), (3, 4), sizes) for sizes in ((3, 4), (3,), (3, 1))] + [((2,), (2,), (2,))],
        [{}, {"full": True}, {"eps": 0.4}],
    ),
    "hinge_embedding_loss": ([real, signs], PAIR, [{}, {"margin": 0.3}]),
    "margin_ranking_loss": (
        [real, real, signs], [((3, 4),) * 3, ((5,),) * 3, ((), (), ())], [{}, {"margin": 0.5}]
    ),
    "cosine_embedding_loss": (
        [real, real, whole_signs], [((5, 3), (5, 3), (5,)), ((3,), (3,), ())], [{}, {"margin": 0.2}]
    ),
    "triplet_margin_loss": (
        [real, real, real],
        [((5, 3),) * 3, ((3,),) * 3, ((2, 5, 3),) * 3],
        [{}, {"p": 1}, {"p": 3.0, "eps": 0.1}, {"swap": True}, {"margin": 3.0}],
    ),
    "triplet_margin_with_distance_loss": (
        [real, real, real], [((5, 3),) * 3], [{}, {"swap": True, "margin": 2.0}]
    ),
    "multi_margin_loss": (
        [real, below(4)],
        [((5, 4), (5,)), ((4,), ()), ((4,), (1,)), ((1, 4), (1,))],
        [{}, {"margin": 0.3}, {"p": 2}],
    ),
    "multilabel_margin_loss": (
        [real, lambda *s: RNG.integers(-1, 4, s)], [((5, 4), (5, 4)), ((4,), (4,))], [{}]
    ),
    "multilabel_soft_margin_loss": (
        [real, share], [((5, 4), (5, 4)), ((4,), (4,)), ((2, 3, 4), (2, 3, 4))], [{}]
    ),
    "soft_margin_loss": ([real, signs], PAIR, [{}]),
}  # fmt: skip
# What PyTorch differentiates once only, or wrongly for the target.
ONCE = (
    "multi_margin_loss",
    "multilabel_margin_loss",
    "triplet_margin_loss",
    "l1_loss",
    "huber_loss",
)
FIXED_TARGETS = ("soft_margin_loss", "hinge_embedding_loss")


def arguments(name):
    draws, shapes, options = LOSSES[name]
    for sizes in shapes:
        for keywords in options:
            yield [np.asarray(d(*s)) for d, s in zip(draws, sizes, strict=True)], keywords


def call_of(name, keywords, fixed=False):
    function = name.split(" of ")[0]

    def call(t, *tensors):
        if fixed:
            tensors = [tensors[0], *(x.detach() for x in tensors[1:])]
        return getattr(t.nn.functional, function)(*tensors, **keywords)

    return call


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name, reduction, dtype):
    for arrays, keywords in arguments(name):
        call = call_of(name, {**keywords, "reduction": reduction}, name in FIXED_TARGETS)
        compare(call, arrays, dtype, twice=name not in ONCE)


@pytest.mark.parametrize("name", ["mse_loss", "smooth_l1_loss", "huber_loss", "soft_margin_loss"])
def test_half_precision(name):
    compare(call_of(name, {}, True), [real(3, 4), signs(3, 4)], "float16", twice=False)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights(reduction):
    for name, weight, keyword in (
        ("binary_cross_entropy", (3, 4), "weight"),
        ("binary_cross_entropy_with_logits", (4,), "weight"),
        ("binary_cross_entropy_with_logits", (4,), "pos_weight"),
        ("multilabel_soft_margin_loss", (4,), "weight"),
        ("huber_loss", (3, 4), "weight"),
    ):

        def call(t, x, y, w, name=name, keyword=keyword):
            options = {"reduction": reduction, keyword: w.detach()}
            return getattr(t.nn.functional, name)(x, y, **options)

        twice = name != "huber_loss"
        compare(call, [share(3, 4), share(3, 4), share(*weight)], "float64", twice)
    compare(
        lambda t, x, y, w: t.nn.functional.multi_margin_loss(
            x, y, 2, 0.5, w.detach(), reduction=reduction
        ),
        [real(5, 4), below(4)(5), share(4)], "float64", twice=False,
    )  # fmt: skip


def test_kl_batchmean():
    for shape in ((3, 4), (4,), ()):
        arrays = [np.log(share(*shape)), share(*shape)]
        compare(lambda t, *x: t.nn.functional.kl_div(*x, reduction="batchmean"), arrays, "float64")


def test_certain_probabilities():
    arrays = [np.array([0.0, 1.0, 0.0, 1.0, 0.5, 1e-20]), np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.3])]
    # in float64 too PyTorch has 1e-12 in float32 there
    compare(
        lambda t, *x: t.nn.functional.binary_cross_entropy(*x, reduction="none"), arrays,
        "float32", twice=False,
    )  # fmt: skip


def test_large_logits():
    arrays = [np.array([1e4, -1e4, 90.0, -90.0, 12.0]), np.array([1.0, 1.0, 0.5, 0.2, 1.0])]
    for name in ("binary_cross_entropy_with_logits", "multilabel_soft_margin_loss"):
        for dtype in ("float32", "float64"):
            compare(call_of(name, {}), arrays, dtype, twice=False)


@pytest.mark.parametrize("beta", [0.5, 1.0])
def test_huber_at_its_bounds(beta):
    x = np.array([-beta, beta, 0.0, 2 * beta])
    for name, keyword in (("smooth_l1_loss", "beta"), ("huber_loss", "delta")):
        compare(call_of(name, {keyword: beta}), [x, np.zeros(4)], "float64", twice=False)


CTC = {
    "matrix": lambda t: (t.tensor([[1, 2, 2], [3, 1, 0], [1, 3, 1]]), (7, 5, 6), (3, 2, 3)),
    "row": lambda t: (t.tensor([1, 2, 2, 3, 1, 1, 3, 1]), (7, 5, 6), (3, 2, 3)),
    "tensors": lambda t: (
        t.tensor([[1, 2], [3, 1], [1, 3]]), t.tensor([7, 5, 6]), t.tensor([2, 0, 1])
    ),
    "impossible": lambda t: (t.tensor([[1, 2, 2], [3, 1, 0], [1, 1, 1]]), (7, 5, 4), (3, 2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("zero_infinity", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", CTC)
def test_ctc(name, reduction, zero_infinity, raw):
    def call(t, x):
        scores = x if raw else x.log_softmax(2)
        return t.nn.functional.ctc_loss(
            scores, *CTC[name](t), reduction=reduction, zero_infinity=zero_infinity
        )

    for dtype in ("float64", "float32"):
        compare(call, [real(7, 3, 4)], dtype, twice=False)


def test_ctc_of_one_example_and_another_blank():
    def call(t, x):
        scores = x.log_softmax(1)
        return t.nn.CTCLoss(blank=3, reduction="none")(scores, t.tensor([1, 0, 0]), (6,), (3,))

    compare(call, [real(7, 4)], "float64", twice=False)


def test_ctc_has_second_derivatives():
    def loss(x):
        return minitorch.nn.functional.ctc_loss(
            x.log_softmax(1).unsqueeze(1), minitorch.tensor([[1, 2]]), (4,), (2,)
        )

    assert minitorch.autograd.gradgradcheck(
        loss, (minitorch.tensor(real(4, 3), requires_grad=True),)
    )


@pytest.mark.parametrize("name", [n for n in LOSSES if n != "gaussian_nll_loss"])
def test_under_vmap(name):
    arrays, keywords = next(iter(arguments(name)))
    stacks = [minitorch.tensor(np.stack([a, a[::-1].copy()])) for a in arrays]
    call = call_of(name, {**keywords, "reduction": "sum"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mapped = minitorch.vmap(lambda *x: call(minitorch, *x))(*stacks)
        rows = [call(minitorch, *x) for x in zip(*stacks, strict=True)]
    np.testing.assert_allclose(mapped.numpy(), minitorch.stack(rows).numpy(), rtol=1e-12)


MODULES = {
    "BCELoss": (lambda nn, t: nn.BCELoss(t.tensor([0.5, 2.0])), [share, share]),
    "BCEWithLogitsLoss": (
        lambda nn, t: nn.BCEWithLogitsLoss(t.ones(2), pos_weight=t.tensor([0.5, 2.0])),
        [real, share],
    ),
    "KLDivLoss": (lambda nn, t: nn.KLDivLoss(reduction="batchmean", log_target=True), [real, real]),
    "SmoothL1Loss": (lambda nn, t: nn.SmoothL1Loss(beta=0.5), [real, real]),
    "HuberLoss": (lambda nn, t: nn.HuberLoss("sum", 0.5), [real, real]),
    "PoissonNLLLoss": (lambda nn, t: nn.PoissonNLLLoss(full=True), [real, count]),
    "GaussianNLLLoss": (lambda nn, t: nn.GaussianNLLLoss(full=True), [real, real, share]),
    "HingeEmbeddingLoss": (lambda nn, t: nn.HingeEmbeddingLoss(0.5), [real, signs]),
    "MarginRankingLoss": (lambda nn, t: nn.MarginRankingLoss(0.5), [real, real, signs]),
    "CosineEmbeddingLoss": (
        lambda nn, t: nn.CosineEmbeddingLoss(0.1), [real, real, lambda *s: whole_signs(s[0])]
    ),
    "TripletMarginLoss": (lambda nn, t: nn.TripletMarginLoss(0.5, 1, swap=True), [real] * 3),
    "TripletMarginWithDistanceLoss": (
        lambda nn, t: nn.TripletMarginWithDistanceLoss(
            distance_function=lambda a, b: (a - b).abs().amax(-1)
        ), [real] * 3,
    ),
    "MultiMarginLoss": (
        lambda nn, t: nn.MultiMarginLoss(2, 0.5, t.tensor([0.5, 2.0])),
        [real, lambda *s: below(2)(s[0])],
    ),
    "MultiLabelMarginLoss": (lambda nn, t: nn.MultiLabelMarginLoss(), [real, below(2)]),
    "MultiLabelSoftMarginLoss": (lambda nn, t: nn.MultiLabelSoftMarginLoss(), [real, share]),
    "SoftMarginLoss": (lambda nn, t: nn.SoftMarginLoss(), [real, whole_signs]),
    "PairwiseDistance": (lambda nn, t: nn.PairwiseDistance(1, keepdim=True), [real, real]),
    "CosineSimilarity": (lambda nn, t: nn.CosineSimilarity(0), [real, real]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(name):
    build, draws = MODULES[name]
    arrays = [np.asarray(draw(5, 2)) for draw in draws]
    theirs, ours = both(lambda t: build(t.nn, t))
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.reduction == theirs.reduction if hasattr(theirs, "reduction") else True
    compare(lambda t, *x: build(t.nn, t)(*x), arrays, "float32", twice=False)


@pytest.mark.parametrize("old", [(None, False), (False, None), (True, True), (False, False)])
def test_old_reductions(old):
    """`size_average` and `reduce` still work, with a warning."""
    x, y = share(3, 2).astype("f4"), share(3, 2).astype("f4")
    names = ("binary_cross_entropy", "kl_div", "smooth_l1_loss", "multilabel_soft_margin_loss")
    for name in names:
        results = []
        for t in (torch, minitorch):
            function = getattr(t.nn.functional, name)
            with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
                results.append(
                    function(t.tensor(x), t.tensor(y), size_average=old[0], reduce=old[1])
                )
        assert_same(*results, "float32")


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_broadcasting_warns(name):
    arrays = [real(3, 4), real(4)]
    results = []
    for t in (torch, minitorch):
        with pytest.warns(UserWarning, match="Using a target size"):
            x = [t.tensor(a) for a in arrays]
            results.append(getattr(t.nn.functional, name)(*x, reduction="none"))
    assert_same(*results)


def lp(t):
    return t.zeros(5, 2, 4).log_softmax(2)


ERRORS = {
    "bce range": lambda t: t.nn.functional.binary_cross_entropy(t.ones(2) * 2, t.ones(2)),
    "bce shape": lambda t: t.nn.functional.binary_cross_entropy(t.ones(2), t.ones(3)),
    "bce dtype": lambda t: t.nn.functional.binary_cross_entropy(t.ones(2), t.ones(2).double()),
    "bce target": lambda t: t.nn.functional.binary_cross_entropy(t.ones(2), t.ones(2).long()),
    "bce long": lambda t: t.nn.functional.binary_cross_entropy(t.ones(2).long(), t.ones(2).long()),
    "bce target range": lambda t: t.nn.BCELoss()(t.ones(2), t.full((2,), 2.0)),
    "bce nan": lambda t: t.nn.BCELoss()(t.ones(2), t.full((2,), float("nan"))),
    "tensors for settings": lambda t: t.nn.MSELoss(t.ones(3), t.ones(3)),
    "bce reduction": lambda t: t.nn.BCELoss(reduction="x")(t.ones(2), t.ones(2)),
    "logits shape": lambda t: t.nn.BCEWithLogitsLoss()(t.ones(2), t.ones(2, 1)),
    "logits target": lambda t: t.nn.BCEWithLogitsLoss()(t.ones(2), t.ones(2).long()),
    "logits long": lambda t: t.nn.BCEWithLogitsLoss()(t.ones(2).long(), t.ones(2).long()),
    "kl long": lambda t: t.nn.functional.kl_div(t.ones(2), t.ones(2).long(), reduction="sum"),
    "kl reduction": lambda t: t.nn.functional.kl_div(t.ones(2), t.ones(2), reduction="x"),
    "smooth long": lambda t: t.nn.functional.smooth_l1_loss(t.ones(2).long(), t.ones(2).long()),
    "smooth beta": lambda t: t.nn.functional.smooth_l1_loss(t.ones(2), t.ones(2), beta=-1),
    "huber delta": lambda t: t.nn.functional.huber_loss(t.ones(2), t.ones(2), delta=-1),
    "huber weight": lambda t: t.nn.functional.huber_loss(t.ones(2), t.ones(2), weight=t.ones(3)),
    "poisson shape": lambda t: t.nn.functional.poisson_nll_loss(t.ones(2), t.ones(3)),
    "poisson reduction": lambda t: t.nn.PoissonNLLLoss(reduction="x")(t.ones(2), t.ones(2)),
    "gauss shape": lambda t: t.nn.GaussianNLLLoss()(t.ones(2, 3), t.ones(2, 3), t.ones(3)),
    "gauss negative": lambda t: t.nn.GaussianNLLLoss()(t.ones(2), t.ones(2), -t.ones(2)),
    "gauss number": lambda t: t.nn.GaussianNLLLoss()(t.ones(2), t.ones(2), -1.0),
    "hinge shape": lambda t: t.nn.HingeEmbeddingLoss()(t.ones(2), t.ones(3)),
    "ranking ranks": lambda t: t.nn.MarginRankingLoss()(t.ones(2), t.ones(2), t.ones(())),
    "cosine ranks": lambda t: t.nn.CosineEmbeddingLoss()(t.ones(2, 3), t.ones(2, 3), t.ones(())),
    "cosine target": lambda t: t.nn.CosineEmbeddingLoss()(*[t.ones(2, 3)] * 2, t.ones(2, 1)),
    "cosine sizes": lambda t: t.nn.CosineEmbeddingLoss()(t.ones(2, 3), t.ones(2, 2), t.ones(2)),
    "triplet ranks": lambda t: t.nn.TripletMarginLoss()(t.ones(2, 3), t.ones(3), t.ones(2, 3)),
    "triplet margin": lambda t: t.nn.TripletMarginLoss(margin=-1),
    "multi range": lambda t: t.nn.MultiMarginLoss()(t.ones(2, 3), t.tensor([0, 3])),
    "multi shape": lambda t: t.nn.MultiMarginLoss()(t.ones(2, 3), t.tensor([0, 1, 1])),
    "multi ranks": lambda t: t.nn.MultiMarginLoss()(t.ones(2, 3, 1), t.tensor([0, 1])),
    "multi p": lambda t: t.nn.MultiMarginLoss(3),
    "multi weight": lambda t: t.nn.MultiMarginLoss(weight=t.ones(2))(t.ones(1, 3), t.tensor([0])),
    "multi weight rank": lambda t: t.nn.MultiMarginLoss(weight=t.ones(1, 3)),
    "multi target": lambda t: t.nn.MultiMarginLoss()(t.ones(2, 3), t.ones(2)),
    "multi long": lambda t: t.nn.MultiMarginLoss()(t.ones(2, 3).long(), t.tensor([0, 1])),
    "labels range": lambda t: t.nn.MultiLabelMarginLoss()(t.ones(1, 3), t.tensor([[0, 3, 1]])),
    "labels shape": lambda t: t.nn.MultiLabelMarginLoss()(t.ones(1, 3), t.tensor([[0, 1]])),
    "labels floats": lambda t: t.nn.MultiLabelMarginLoss()(t.ones(1, 3), t.ones(1, 3)),
    "soft labels shape": lambda t: t.nn.MultiLabelSoftMarginLoss()(t.ones(2, 3), t.ones(2, 2)),
    "soft shape": lambda t: t.nn.SoftMarginLoss()(t.ones(2), t.ones(3)),
    "soft long": lambda t: t.nn.SoftMarginLoss()(t.ones(2).long(), t.ones(2).long()),
    "ctc input": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3).long(), (5, 6), (3, 3)),
    "ctc target": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3).long(), (5, 5), (3, 4)),
    "ctc row": lambda t: t.nn.CTCLoss()(lp(t), t.ones(5).long(), (5, 5), (3, 3)),
    "ctc blank": lambda t: t.nn.CTCLoss(4)(lp(t), t.ones(2, 3).long(), (5, 5), (3, 3)),
    "ctc sizes": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3).long(), (5,), (3, 3)),
    "ctc floats": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3).long(), t.ones(2), t.ones(2)),
    "ctc long": lambda t: t.nn.CTCLoss()(lp(t).long(), t.ones(2, 3).long(), (5, 5), (3, 3)),
    "ctc surplus": lambda t: t.nn.CTCLoss()(lp(t), t.ones(7).long(), (5, 5), (3, 3)),
    "ctc rows": lambda t: t.nn.CTCLoss()(lp(t), t.ones(3, 3).long(), (5, 5), (3, 3)),
    "ctc ranks": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3, 1).long(), (5, 5), (3, 3)),
    "ctc nothing": lambda t: t.nn.CTCLoss()(lp(t)[:0], t.ones(2, 3).long(), (0, 0), (3, 3)),
    "ctc negative": lambda t: t.nn.CTCLoss()(lp(t), t.ones(2, 3).long(), (5, 5), (3, -1)),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    assert_same_error(ERRORS[name])


def test_the_mean_of_no_losses_is_nan_in_silence(recwarn):
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        nothing = minitorch.ones(0, requires_grad=True)
        loss = getattr(minitorch.nn.functional, name)(nothing, minitorch.ones(0))
        loss.backward()
        assert loss.isnan() and nothing.grad.shape == (0,)
    assert not recwarn.list


def test_labels_that_ctc_does_not_have_are_an_error():
    for label in (-1, 4):  # PyTorch reads what lies there in memory
        with pytest.raises(RuntimeError, match="labels from 0 to 3, but there are values from"):
            minitorch.nn.CTCLoss()(lp(minitorch), minitorch.full((2, 3), label), (5, 5), (3, 3))
