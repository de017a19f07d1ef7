"""KL divergences, transforms, constraints, names and errors of torch.distributions, against
PyTorch's."""

from __future__ import annotations

import importlib
import inspect
import itertools
import pickle
import pkgutil

import numpy as np
import pytest

import minitorch
import minitorch.distributions
from tests.parity.test_distributions import (
    CASES,
    COV,
    LOGITS,
    ROWS,
    TRIL,
    WORLDS,
    Maker,
    call,
    differentiated,
    made,
    same,
)

torch = pytest.importorskip("torch")
KL = sorted(torch.distributions.kl._KL_REGISTRY, key=lambda pair: [c.__name__ for c in pair])

# two of each family that KL divergences are known of, of one batch shape
PAIRS = {
    "Bernoulli": [
        lambda D, t: D.Bernoulli(t(0.3, 0.8, 0.0)),
        lambda D, t: D.Bernoulli(t(0.5, 0.1, 1.0)),
    ],
    "Beta": [
        lambda D, t: D.Beta(t(0.7, 2.0, 1.0), t(1.5, 3.0, 2.0)),
        lambda D, t: D.Beta(t(1.7, 1.0, 3.0), t(0.5, 2.0, 2.0)),
    ],
    "Binomial": [
        lambda D, t: D.Binomial(t.constant(5.0, 3.0, 3.0), t(0.3, 0.8, 0.5)),
        lambda D, t: D.Binomial(3, t(0.3, 0.4, 0.6)),
    ],
    "Categorical": [
        lambda D, t: D.Categorical(t([0.2, 0.5, 0.3], [0.6, 0.4, 0.0], [0.1, 0.1, 0.8])),
        lambda D, t: D.Categorical(logits=t([0.2, 0.5, 0.3], [0.6, 0.4, 0.1], [0.1, 0.1, 0.8])),
        lambda D, t: D.Categorical(t(0.5, 0.5, 0.0)),
    ],
    "Cauchy": [
        lambda D, t: D.Cauchy(t(0.3, -1.0, 0.0), t(0.5, 2.0, 1.0)),
        lambda D, t: D.Cauchy(t(0.0), t(0.7)),
    ],
    "ContinuousBernoulli": [
        lambda D, t: D.ContinuousBernoulli(t(0.3, 0.8, 0.5)),
        lambda D, t: D.ContinuousBernoulli(logits=t(0.3, -1.0, 2.0)),
    ],
    "Dirichlet": [
        lambda D, t: D.Dirichlet(t([0.7, 2.0], [1.5, 3.0], [1.0, 1.0])),
        lambda D, t: D.Dirichlet(t(1.7, 1.0)),
    ],
    "Exponential": [
        lambda D, t: D.Exponential(t(0.7, 2.0, 1.0)),
        lambda D, t: D.Exponential(t(1.7, 1.0, 0.3)),
    ],
    "Gamma": [
        lambda D, t: D.Gamma(t(0.7, 2.0, 1.0), t(1.5, 0.3, 1.0)),
        lambda D, t: D.Gamma(t(1.7, 1.0, 2.0), t(0.5)),
    ],
    "Geometric": [
        lambda D, t: D.Geometric(t(0.3, 0.8, 0.5)),
        lambda D, t: D.Geometric(logits=t(0.3, -1.0, 0.0)),
    ],
    "Gumbel": [
        lambda D, t: D.Gumbel(t(0.3, -1.0, 0.0), t(0.5, 2.0, 1.0)),
        lambda D, t: D.Gumbel(t(0.0), t(0.7)),
    ],
    "HalfNormal": [
        lambda D, t: D.HalfNormal(t(0.5, 2.0, 1.0)),
        lambda D, t: D.HalfNormal(t(0.7)),
    ],
    "Independent": [
        lambda D, t: D.Independent(D.Normal(t([0.3, -1.0], [0.0, 1.0]), t(0.5, 2.0)), 1),
        lambda D, t: D.Independent(D.Normal(t(0.3, -1.0), t(1.5)).expand((2, 2)), 1),
        lambda D, t: D.Independent(D.Normal(t(0.3, -1.0), t(1.5)).expand((2, 2)), 2),
    ],
    "Laplace": [
        lambda D, t: D.Laplace(t(0.3, -1.0, 0.0), t(0.5, 2.0, 1.0)),
        lambda D, t: D.Laplace(t(0.1), t(0.7)),
    ],
    "LowRankMultivariateNormal": [
        lambda D, t: D.LowRankMultivariateNormal(
            t(0.1, 0.2, 0.3), t([1.0, 0.2], [0.5, -0.3], [0.0, 0.7]), t(0.5, 1.0, 2.0)
        ),
        lambda D, t: D.LowRankMultivariateNormal(
            t([1.0, 0.2, 0.3], [0.0] * 3), t([1.0], [0.5], [0.0]), t([0.5, 1.0, 2.0], [1.0] * 3)
        ),
    ],
    "MultivariateNormal": [
        lambda D, t: D.MultivariateNormal(t(0.1, 0.2, 0.3), t(*COV)),
        lambda D, t: D.MultivariateNormal(t([0.0] * 3, [1.0] * 3), scale_tril=t(TRIL, TRIL).tril()),
        lambda D, t: D.MultivariateNormal(t(0.1, 0.2), t([1.0, 0.0], [0.0, 1.0])),
    ],
    "Normal": [
        lambda D, t: D.Normal(t(0.3, -1.0, 0.0), t(0.5, 2.0, 1.0)),
        lambda D, t: D.Normal(t(0.1), t(0.7)),
    ],
    "OneHotCategorical": [
        lambda D, t: D.OneHotCategorical(t(*ROWS)),
        lambda D, t: D.OneHotCategorical(logits=t(*LOGITS)),
    ],
    "Pareto": [
        lambda D, t: D.Pareto(t(0.3, 1.0, 0.5), t(0.5, 3.0, 1.7)),
        lambda D, t: D.Pareto(t(0.4, 0.1, 0.5), t(0.6, 2.0, 2.5)),
    ],
    "Poisson": [
        lambda D, t: D.Poisson(t(0.7, 30.0, 2.0)),
        lambda D, t: D.Poisson(t(1.7, 3.0, 0.2)),
    ],
    "TransformedDistribution": [
        lambda D, t: D.LogNormal(t(0.3, -1.0, 0.0), t(0.5, 2.0, 1.0)),
        lambda D, t: D.LogNormal(t(0.3), t(1.5)),
        lambda D, t: D.TransformedDistribution(D.Normal(t(0.3), t(1.5)), D.TanhTransform()),
    ],
    "Uniform": [
        lambda D, t: D.Uniform(t(0.3, -1.0, 0.5), t(0.5, 2.0, 0.9)),
        lambda D, t: D.Uniform(t(0.2, -2.0, 0.6), t(0.7, 1.0, 0.8)),
        lambda D, t: D.Uniform(t(-0.5), t(1.5)),
    ],
    "ExponentialFamily": [
        lambda D, t: D.Chi2(t(0.7, 2.0, 1.0)),
        lambda D, t: D.Wishart(t(4.5), t(*COV)),
        lambda D, t: D.Wishart(t(3.5), scale_tril=t(*TRIL).tril()),
    ],
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("p", "q"), KL, ids=lambda c: c.__name__)
def test_kl(p, q, dtype):
    """Every pair of families: values, and gradients for the parameters of both."""
    firsts, seconds = PAIRS[p.__name__], PAIRS[q.__name__]
    for one, other in itertools.product(firsts, seconds):
        found = []
        for torch in WORLDS:
            maker = Maker(torch, dtype)
            D = torch.distributions
            pair = one(D, maker), other(D, maker)
            value = call(lambda D=D, pair=pair: D.kl_divergence(*pair))
            # outside of [0, 1] their gradient of a uniform against a beta distribution is NaN
            values_only = dtype == "float32" or (p.__name__, q.__name__) == ("Uniform", "Beta")
            found.append(value if values_only else differentiated(torch, value, maker.leaves))
        if "LowRank" in p.__name__ and found[0] is RuntimeError:
            continue  # theirs knows no batches of different shapes here
        same(*found, 1e-7 if dtype == "float64" else 2e-3, what=f"KL of {pair}")


def test_kl_of_subclasses():
    """The nearest classes' formula is taken; two that are equally near give a warning."""
    for torch in WORLDS:
        D = torch.distributions

        class Mine(D.Normal):
            pass

        class Yours(D.Normal):
            pass

        p, q = Mine(torch.tensor(0.0), 1.0), Yours(torch.tensor(1.0), 1.0)
        assert D.kl_divergence(p, q).item() == pytest.approx(0.5)
        D.register_kl(Mine, D.Normal)(lambda p, q: "mine")
        assert D.kl_divergence(p, q) == "mine"
        D.register_kl(D.Normal, Yours)(lambda p, q: "yours")
        with pytest.warns(RuntimeWarning, match="Ambiguous kl_divergence"):
            assert D.kl_divergence(p, q) == "mine"
        with pytest.raises(NotImplementedError, match="No KL\\(p \\|\\| q\\) is implemented for p"):
            D.kl_divergence(p, D.Cauchy(0.0, 1.0))
        with pytest.raises(TypeError):
            D.register_kl(int, 3)


# transforms: how to make them, and an argument

TRANSFORMS = {
    "abs": (lambda D, t: D.AbsTransform(), [-1.5, 2.0]),
    "affine": (lambda D, t: D.AffineTransform(t(0.5), t(-2.0, 1.0)), [-1.5, 2.0]),
    "affine numbers": (lambda D, t: D.AffineTransform(0.5, -3), [-1.5, 2.0]),
    "affine event": (lambda D, t: D.AffineTransform(t(0.5), t(2.0, 3.0), 1), [[-1.5, 2.0]] * 3),
    "affine event of a number": (lambda D, t: D.AffineTransform(0.5, 2.0, 1), [[-1.5, 2.0]] * 3),
    "cat": (
        lambda D, t: D.CatTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)], 0, [2, 1]),
        [-1.5, 2.0, 0.3],
    ),
    "cat of vectors": (
        lambda D, t: D.CatTransform(
            [D.StickBreakingTransform().inv, D.StickBreakingTransform().inv], -2, [1, 2]
        ),
        [[0.2, 0.8], [0.3, 0.7], [0.5, 0.5]],
    ),
    "compose": (
        lambda D, t: D.ComposeTransform([D.AffineTransform(t(0.5), 2.0), D.ExpTransform()]),
        [-1.5, 2.0],
    ),
    "compose of vectors": (
        lambda D, t: D.ComposeTransform([D.ExpTransform(), D.SoftmaxTransform()]), [-1.5, 2.0]
    ),
    "identity": (lambda D, t: D.identity_transform, [-1.5, 2.0]),
    "correlation": (lambda D, t: D.CorrCholeskyTransform(), [[0.3, -0.5, 1.0], [0.1, 2.0, -3.0]]),
    "cdf": (lambda D, t: D.CumulativeDistributionTransform(D.Normal(t(0.5), t(2.0))), [-1.5, 2.0]),
    "exp": (lambda D, t: D.ExpTransform(), [-1.5, 2.0]),
    "independent": (lambda D, t: D.IndependentTransform(D.ExpTransform(), 1), [[-1.5, 2.0]] * 3),
    "lower cholesky": (lambda D, t: D.LowerCholeskyTransform(), [[0.3, 1.0], [-0.5, 0.2]]),
    "positive definite": (lambda D, t: D.PositiveDefiniteTransform(), [[0.3, 1.0], [-0.5, 0.2]]),
    "power": (lambda D, t: D.PowerTransform(t(-1.5, 2.0)), [0.5, 2.0]),
    "power of a number": (lambda D, t: D.PowerTransform(2), [0.5, 2.0]),
    "reshape": (lambda D, t: D.ReshapeTransform((2, 3), (6,)), [[[1.0, 2.0, 3.0]] * 2] * 4),
    "sigmoid": (lambda D, t: D.SigmoidTransform(), [-1.5, 2.0, 60.0, -200.0]),
    "softplus": (lambda D, t: D.SoftplusTransform(), [-1.5, 2.0, 30.0]),
    "tanh": (lambda D, t: D.TanhTransform(), [-1.5, 2.0, 0.0]),
    "softmax": (lambda D, t: D.SoftmaxTransform(), [[-1.5, 2.0, 0.1]] * 2),
    "stack": (
        lambda D, t: D.StackTransform([D.ExpTransform(), D.TanhTransform()], -1), [[-1.5, 2.0]] * 3
    ),
    "stick breaking": (lambda D, t: D.StickBreakingTransform(), [[-1.5, 2.0, 0.1]] * 2),
    "inverse": (lambda D, t: D.SigmoidTransform().inv, [0.2, 0.9]),
}  # fmt: skip


def seen(torch, make, x, cache):
    """All that can be seen of a transform."""
    D = torch.distributions
    maker = Maker(torch)
    transform = call(lambda: make(D, maker).with_cache(cache))
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    inputs = [*maker.leaves, x]
    y = transform(x)
    back = transform.inv(y)
    shape = tuple(x.shape)
    yield differentiated(torch, y, inputs)
    yield differentiated(torch, back, inputs)
    yield back is x, transform.inv.inv is transform, transform.inv == transform.inv
    yield call(lambda: differentiated(torch, transform.log_abs_det_jacobian(x, y), inputs))
    yield call(lambda: differentiated(torch, transform.inv.log_abs_det_jacobian(y, x), inputs))
    for name in ("bijective", "sign", "event_dim"):
        yield call(lambda name=name: getattr(transform, name))
    yield repr(transform), repr(transform.inv)
    for t in (transform, transform.inv):
        for part in ("domain", "codomain"):
            c = getattr(t, part)
            yield call(lambda c=c: (repr(c), c.event_dim, c.is_discrete))
        yield call(lambda t=t: tuple(t.forward_shape(torch.Size(shape))))
        yield call(lambda t=t: tuple(t.inverse_shape(torch.Size(shape))))
        yield call(lambda t=t: tuple(t.forward_shape(torch.Size(()))))
        yield call(lambda t=t: tuple(t.inverse_shape(torch.Size((3,)))))


@pytest.mark.parametrize("cache", [0, 1])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name, cache):
    make, x = TRANSFORMS[name]
    theirs, ours = ([*seen(torch, make, x, cache)] for torch in WORLDS)
    for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        same(a, b, 1e-9, what=f"{name}, {i}")


def test_transforms_compare_as_theirs():
    """Equality of transforms, over all pairs."""
    tables = []
    for torch in WORLDS:
        maker = Maker(torch)
        made = [make(torch.distributions, maker) for make, _ in TRANSFORMS.values()]
        again = [make(torch.distributions, maker) for make, _ in TRANSFORMS.values()]
        tables.append([call(lambda a=a, b=b: bool(a == b)) for a in made for b in again])
    assert tables[0] == tables[1]


MISTAKES = {
    "cache size": lambda D, torch: D.ExpTransform(cache_size=2),
    "parts": lambda D, torch: D.CatTransform([1, 2]),
    "lengths": lambda D, torch: D.CatTransform([D.ExpTransform()], lengths=[1, 2]),
    "length": lambda D, torch: D.CatTransform([D.ExpTransform()])(torch.zeros(2)),
    "dim": lambda D, torch: D.StackTransform([D.ExpTransform()], 3)(torch.zeros(2)),
    "elements": lambda D, torch: D.ReshapeTransform((2, 3), (4,)),
    "few dimensions": lambda D, torch: D.IndependentTransform(D.ExpTransform(), 2)(torch.zeros(3)),
    "shape": lambda D, torch: D.ReshapeTransform((2, 3), (6,)).forward_shape((3, 2)),
    "not triangular": lambda D, torch: D.CorrCholeskyTransform().forward_shape((4,)),
    "not square": lambda D, torch: D.CorrCholeskyTransform().inverse_shape((4, 3)),
    "transforms": lambda D, torch: D.TransformedDistribution(D.Normal(0.0, 1.0), [3]),
    "no transform": lambda D, torch: D.TransformedDistribution(D.Normal(0.0, 1.0), 3),
    "small base": lambda D, torch: D.TransformedDistribution(
        D.Normal(0.0, 1.0), D.StickBreakingTransform()
    ),
    "scale": lambda D, torch: D.Normal(torch.zeros(2), torch.tensor([1.0, -1.0])),
    "nan": lambda D, torch: D.Normal(torch.tensor([float("nan"), 0.0]), 1.0),
    "no number": lambda D, torch: D.Normal("a", 1.0),
    "probs and logits": lambda D, torch: D.Bernoulli(0.5, 0.5),
    "neither": lambda D, torch: D.Categorical(),
    "number": lambda D, torch: D.Categorical(torch.tensor(1.0)),
    "logit": lambda D, torch: D.Categorical(logits=torch.tensor(1.0)),
    "negative weights": lambda D, torch: D.Categorical(torch.tensor([-1.0, 2.0])),
    "probability": lambda D, torch: D.Bernoulli(torch.tensor([0.5, 1.5])),
    "continuous": lambda D, torch: D.ContinuousBernoulli(
        torch.tensor([0.5, 1.5]), validate_args=True
    ),
    "zero": lambda D, torch: D.Geometric(torch.tensor([0.5, 0.0])),
    "low": lambda D, torch: D.Uniform(torch.tensor([0.5, 2.0]), 1.0),
    "ndims": lambda D, torch: D.Independent(D.Normal(torch.zeros(2), 1.0), 2),
    "counts": lambda D, torch: D.Multinomial(torch.tensor(3), torch.ones(3)),
    "loc": lambda D, torch: D.MultivariateNormal(torch.tensor(0.0), torch.eye(2)),
    "two matrices": lambda D, torch: D.MultivariateNormal(
        torch.zeros(2), torch.eye(2), scale_tril=torch.eye(2)
    ),
    "vector": lambda D, torch: D.MultivariateNormal(torch.zeros(2), torch.ones(2)),
    "not positive": lambda D, torch: D.MultivariateNormal(torch.zeros(2), -torch.eye(2)),
    "low rank loc": lambda D, torch: D.LowRankMultivariateNormal(
        torch.tensor(0.0), torch.ones(2, 1), torch.ones(2)
    ),
    "low rank factor": lambda D, torch: D.LowRankMultivariateNormal(
        torch.zeros(2), torch.ones(3, 1), torch.ones(2)
    ),
    "low rank diag": lambda D, torch: D.LowRankMultivariateNormal(
        torch.zeros(2), torch.ones(2, 1), torch.ones(3)
    ),
    "low rank batch": lambda D, torch: D.LowRankMultivariateNormal(
        torch.zeros(3, 2), torch.ones(2, 2, 1), torch.ones(2)
    ),
    "wishart": lambda D, torch: D.Wishart(torch.tensor(0.5), torch.eye(2)),
    "wishart matrices": lambda D, torch: D.Wishart(torch.tensor(3.0)),
    "lkj": lambda D, torch: D.LKJCholesky(1),
    "dirichlet": lambda D, torch: D.Dirichlet(torch.tensor(1.0)),
    "mixture": lambda D, torch: D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(0.0, 1.0)),
    "components": lambda D, torch: D.MixtureSameFamily(
        D.Categorical(torch.ones(3)), D.Normal(torch.zeros(2), 1.0)
    ),
    "component": lambda D, torch: D.MixtureSameFamily(D.Categorical(torch.ones(3)), 3),
    "default": lambda D, torch: D.Distribution.set_default_validate_args(3),
    "value": lambda D, torch: D.Normal(0.0, 1.0).log_prob(1.0),
    "event": lambda D, torch: D.Dirichlet(torch.ones(3)).log_prob(torch.ones(2)),
    "batch": lambda D, torch: D.Normal(torch.zeros(3), 1.0).log_prob(torch.ones(2)),
    "support": lambda D, torch: D.Exponential(torch.ones(2)).log_prob(torch.tensor([1.0, -1.0])),
    "category": lambda D, torch: D.Categorical(torch.ones(3)).log_prob(torch.tensor(3)),
    "not whole": lambda D, torch: D.Poisson(torch.ones(2)).log_prob(torch.tensor([0.5, 1.0])),
    "one hot": lambda D, torch: D.OneHotCategorical(torch.ones(2)).log_prob(torch.tensor([1.0, 1])),
    "simplex": lambda D, torch: D.Dirichlet(torch.ones(2)).log_prob(torch.tensor([0.5, 0.6])),
    "no entropy": lambda D, torch: D.NegativeBinomial(2.0, torch.tensor(0.5)).entropy(),
    "no rsample": lambda D, torch: D.Poisson(2.0).rsample(),
    "no mode": lambda D, torch: D.Multinomial(2, torch.ones(2)).mode,
    "enumeration": lambda D, torch: D.Independent(
        D.Bernoulli(torch.ones(2) / 2), 1
    ).enumerate_support(),
    "unequal counts": lambda D, torch: D.Binomial(
        torch.tensor([1.0, 2.0]), torch.tensor(0.5)
    ).entropy(),
    "dependent": lambda D, torch: D.constraints.dependent.check(torch.ones(2)),
    "registry": lambda D, torch: D.transform_to(D.constraints.boolean),
    "registering": lambda D, torch: D.transform_to.register(3, None)(print),
    "triangle": lambda D, torch: D.utils.vec_to_tril_matrix(torch.ones(5)),
    "diagonal": lambda D, torch: D.utils.tril_matrix_to_vec(torch.ones(2, 2), 3),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_errors(name):
    """The same type, and a message that begins alike."""
    errors = []
    for torch in WORLDS:
        with pytest.raises(Exception) as found:
            MISTAKES[name](torch.distributions, torch)
        errors.append(found.value)
    theirs, ours = errors
    assert type(ours).__name__ == type(theirs).__name__
    start = str(theirs).replace("torch.dist", "minitorch.dist").split(":")[0][:40].rstrip(". ")
    assert str(ours).startswith(start), (str(theirs), str(ours))
    if name in ("scale", "support", "batch", "event", "nan", "category"):
        assert str(ours) == str(theirs).replace("torch.distributions", "minitorch.distributions")


def test_no_validation():
    """Nothing is checked where that is turned off."""
    for torch in WORLDS:
        D = torch.distributions
        bad = D.Normal(torch.tensor(0.0), torch.tensor(-1.0), validate_args=False)
        assert bad.log_prob(torch.tensor(0.0)).isnan()
        D.Distribution.set_default_validate_args(False)
        try:
            assert D.Exponential(torch.tensor(1.0)).log_prob(torch.tensor(-1.0)).item() == 1
        finally:
            D.Distribution.set_default_validate_args(True)


def test_own_distributions():
    """A class of a user's, with what PyTorch asks of it."""
    for torch in WORLDS:
        D = torch.distributions

        class Bare(D.Distribution):
            pass

        class Shifted(D.Normal):
            arg_constraints = {"loc": D.constraints.real}

            def __init__(self, loc):
                super().__init__(loc, 1.0)

        with pytest.warns(UserWarning, match="does not define `arg_constraints`"):
            bare = Bare()
        for method in ("rsample", "sample", "entropy", "enumerate_support"):
            with pytest.raises(NotImplementedError):
                getattr(bare, method)()
        for name in ("mean", "mode", "variance", "support"):
            with pytest.raises(NotImplementedError):
                getattr(bare, name)
        with pytest.raises(NotImplementedError):
            bare.expand((2,))
        with pytest.warns(UserWarning, match="does not define `support`"):
            bare._validate_sample(torch.zeros(()))
        with pytest.raises(NotImplementedError, match="must also define a custom .expand"):
            Shifted(torch.zeros(2)).expand((3, 2))
        with pytest.warns(FutureWarning):
            assert D.Normal(torch.zeros(2), 1.0).sample_n(3).shape == (3, 2)


CONSTRAINTS = [
    "boolean", "corr_cholesky", "lower_cholesky", "lower_triangular", "nonnegative",
    "nonnegative_integer", "one_hot", "positive", "positive_definite", "positive_integer",
    "positive_semidefinite", "real", "real_vector", "simplex", "square", "symmetric",
    "unit_interval", "greater_than(0.5)", "greater_than_eq(1)", "less_than(t([1.0, 0.5]))",
    "interval(-1, t([1.0, 0.5]))", "half_open_interval(0, 1)", "integer_interval(0, 2)",
    "multinomial(2)", "independent(C.positive, 1)", "independent(C.real, 0)",
    "cat([C.positive, C.real], -1)", "cat([C.real, C.positive], 0, [1, 1])",
    "stack([C.positive, C.real], -1)", "stack([C.real_vector, C.simplex], -2)",
    "MixtureSameFamilyConstraint(C.positive)", "_IntegerLessThan(1)",
]  # fmt: skip
VALUES = [
    [[0.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.0], [-0.6, 0.8]],
    [[2.0, 1.0], [1.0, 3.0]], [[1.0, 2.0], [2.0, 1.0]], [[0.5, 0.5], [0.3, 0.7]],
    [[-1.0, 0.5], [float("nan"), float("inf")]], [[1.0, 1.0], [1.0, 1.0]],
]  # fmt: skip


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints(name):
    """What is in the set, and all that is known of it, also the transforms to it."""
    found = []
    for torch in WORLDS:
        C = torch.distributions.constraints
        constraint = eval(f"C.{name}", {"C": C, "t": torch.tensor})
        seen = [repr(constraint), constraint.is_discrete, constraint.event_dim]
        for value in VALUES:
            x = torch.tensor(value)
            seen.append(call(lambda c=constraint, x=x: c.check(x)))
            seen.append(call(lambda c=constraint, x=x: c.check(x[0])))
            seen.append(call(lambda c=constraint, x=x: c.check(x.expand(3, 2, 2))))
        for registry in (torch.distributions.biject_to, torch.distributions.transform_to):
            transform = call(lambda r=registry, c=constraint: r(c))
            seen.append(transform if isinstance(transform, type) else repr(transform))
        found.append(seen)
    for theirs, ours in zip(*found, strict=True):
        same(theirs, ours, 0)


def test_names():
    """Every public name, module by module, with the same parameters."""
    theirs = torch.distributions
    assert sorted(minitorch.distributions.__all__) == sorted(theirs.__all__)
    for found in pkgutil.iter_modules(theirs.__path__):
        ours = importlib.import_module(f"minitorch.distributions.{found.name}")
        module = importlib.import_module(f"torch.distributions.{found.name}")
        for name in getattr(module, "__all__", ()):
            assert hasattr(ours, name), f"{found.name}.{name}"
    for name in theirs.__all__:
        one, other = getattr(theirs, name), getattr(minitorch.distributions, name)
        if inspect.isclass(one):
            assert [*inspect.signature(one).parameters] == [*inspect.signature(other).parameters]
            public = {n for n in dir(one) if not n.startswith("_")}
            assert public - set(dir(other)) <= {"is_discrete"}, name


def test_primitives_of_samplers():
    """torch._standard_gamma and its like."""
    found = []
    for torch in WORLDS:
        torch.manual_seed(0)
        a = torch.tensor([0.3, 2.0, 10.0], requires_grad=True)
        x = torch._standard_gamma(a)
        y = torch._sample_dirichlet(a.detach())
        x.sum().backward()
        slope = torch._dirichlet_grad(y, a.detach(), a.detach().sum().expand(3))
        found.append([x, y, a.grad, slope, torch._standard_gamma(torch.zeros(2)),
                      call(lambda t=torch: t._standard_gamma(t.tensor([1, 2]))),
                      call(lambda t=torch: t._sample_dirichlet(t.tensor([1, 2])))])  # fmt: skip
    for theirs, ours in zip(*found, strict=True):
        same(theirs, ours, 3e-3)


@pytest.mark.parametrize("name", CASES)
def test_pickles(name):
    """A distribution pickled and read again gives the same samples."""
    _, (_, d, _) = made(CASES[name][0], "float64")
    minitorch.manual_seed(1)
    drawn = d.sample((2,))
    twin = pickle.loads(pickle.dumps(d))
    minitorch.manual_seed(1)
    np.testing.assert_array_equal(twin.sample((2,)).numpy(), drawn.numpy())
    assert repr(twin) == repr(d)
