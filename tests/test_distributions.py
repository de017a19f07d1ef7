"""Distributions as such: densities integrate to 1, samples have the moments and gradients."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import minitorch as torch
from minitorch import distributions as D
from minitorch.distributions import constraints
from minitorch.distributions.implicit import _dirichlet_grad, _standard_gamma_grad
from minitorch.distributions.utils import tril_matrix_to_vec, vec_to_tril_matrix


def t(*values):
    return torch.tensor(values if len(values) > 1 else values[0], dtype=torch.float64)


# one-dimensional continuous distributions, and between which numbers their mass lies
CONTINUOUS = {
    "Beta": (D.Beta(t(2.0), t(3.5)), 0, 1),
    "Cauchy": (D.Cauchy(t(0.5), t(2.0)), -1e5, 1e5),
    "Chi2": (D.Chi2(t(5.0)), 0, 80),
    "ContinuousBernoulli": (D.ContinuousBernoulli(t(0.2)), 0, 1),
    "ContinuousBernoulli about 1/2": (D.ContinuousBernoulli(t(0.5004)), 0, 1),
    "Exponential": (D.Exponential(t(0.7)), 0, 60),
    "FisherSnedecor": (D.FisherSnedecor(t(5.0), t(9.0)), 0, 1e3),
    "Gamma": (D.Gamma(t(2.5), t(0.7)), 0, 80),
    "GeneralizedPareto": (D.GeneralizedPareto(t(1.0), t(2.0), t(0.2)), 1, 1e4),
    "GeneralizedPareto, bounded": (D.GeneralizedPareto(t(1.0), t(2.0), t(-0.5)), 1, 5),
    "Gumbel": (D.Gumbel(t(0.5), t(2.0)), -6, 60),
    "HalfCauchy": (D.HalfCauchy(t(2.0)), 0, 1e5),
    "HalfNormal": (D.HalfNormal(t(2.0)), 0, 25),
    "InverseGamma": (D.InverseGamma(t(4.0), t(2.0)), 1e-9, 1e3),
    "Kumaraswamy": (D.Kumaraswamy(t(2.0), t(3.5)), 0, 1),
    "Laplace": (D.Laplace(t(0.5), t(2.0)), -80, 80),
    "LogNormal": (D.LogNormal(t(0.5), t(0.4)), 1e-9, 60),
    "Mixture": (
        D.MixtureSameFamily(D.Categorical(t(0.3, 0.7)), D.Normal(t(-1.0, 2.0), t(0.5, 1.0))), -9, 12
    ),
    "Normal": (D.Normal(t(0.5), t(2.0)), -20, 20),
    "Pareto": (D.Pareto(t(0.5), t(4.5)), 0.5, 150),
    "RelaxedBernoulli": (D.RelaxedBernoulli(t(2.0), t(0.3)), 1e-9, 1 - 1e-9),
    "StudentT": (D.StudentT(t(5.0), t(0.5), t(2.0)), -1e3, 1e3),
    "Tanh": (
        D.TransformedDistribution(D.Normal(t(0.3), t(0.5)), D.TanhTransform()), 1e-9 - 1, 1 - 1e-9
    ),
    "Uniform": (D.Uniform(t(0.5), t(2.0)), 0.5, 2 - 1e-12),
    "VonMises": (D.VonMises(t(0.0), t(2.0)), -math.pi, math.pi),
    "Weibull": (D.Weibull(t(2.0), t(1.5)), 0, 60),
}  # fmt: skip
DISCRETE = {
    "Bernoulli": D.Bernoulli(t(0.3)),
    "Binomial": D.Binomial(7, t(0.3)),
    "Categorical": D.Categorical(t(0.3, 0.2, 0.5)),
    "Geometric": D.Geometric(t(0.3)),
    "NegativeBinomial": D.NegativeBinomial(t(2.5), t(0.4)),
    "Poisson": D.Poisson(t(4.0)),
}


def grid(low, high, count=200_001):
    """Points and weights of an integral, dense at both ends and in the middle of long ranges."""
    u = np.linspace(-1, 1, count)
    if high - low > 200:  # equidistant in asinh
        a, b = np.arcsinh(low), np.arcsinh(high)
        s = a + (b - a) * (u + 1) / 2
        x, slope = np.sinh(s), np.cosh(s) * (b - a) / 2
    else:  # x = low … high, with a slope of 0 at both ends
        s = (u * (15 - 10 * u**2 + 3 * u**4)) / 8
        x, slope = (low + high) / 2 + s * (high - low) / 2, 15 / 16 * (1 - u**2) ** 2 * (high - low)
    return np.clip(x, low, high), slope * (u[1] - u[0])


@pytest.mark.parametrize("name", CONTINUOUS)
def test_density(name):
    """It integrates to 1, to the cdf, to the moments and to the entropy."""
    d, low, high = CONTINUOUS[name]
    x, weights = grid(low, high)
    inner = slice(1, -1)
    x, weights = x[inner], weights[inner]
    log_prob = d.log_prob(torch.tensor(x)).numpy()
    mass = np.exp(log_prob) * weights
    assert mass.sum() == pytest.approx(1, abs=3e-5)
    if name in ("Cauchy", "HalfCauchy"):
        assert not np.isfinite(d.variance.numpy())
        mean = variance = None
    else:
        mean, variance = (mass * x).sum(), None
        variance = (mass * (x - mean) ** 2).sum()
        if name not in ("RelaxedBernoulli", "Tanh", "VonMises"):
            assert d.mean.item() == pytest.approx(mean, rel=1e-3, abs=1e-4)
            assert d.variance.item() == pytest.approx(variance, rel=3e-3)
            assert d.stddev.item() == pytest.approx(math.sqrt(variance), rel=3e-3)
    if name not in ("FisherSnedecor", "RelaxedBernoulli", "Mixture", "Tanh", "VonMises"):
        entropy = -(mass * np.where(mass > 0, log_prob, 0)).sum()
        assert d.entropy().item() == pytest.approx(entropy, rel=2e-3, abs=2e-3)
    try:
        below = d.cdf(torch.tensor(x)).numpy()
    except NotImplementedError:
        below = np.cumsum(mass)
    np.testing.assert_allclose(below, np.cumsum(mass) - mass / 2, atol=3e-4)
    try:
        quantiles = d.icdf(t(0.1, 0.5, 0.9))
    except NotImplementedError:
        pass
    else:
        np.testing.assert_allclose(d.cdf(quantiles).numpy(), [0.1, 0.5, 0.9], rtol=1e-7)
    # Kolmogorov and Smirnov's distance of a sample
    torch.manual_seed(0)
    drawn = np.sort(d.sample((4000,)).numpy())
    expected = np.interp(drawn, x, below)
    distance = np.abs(expected - (np.arange(4000) + 0.5) / 4000).max()
    assert distance < 1.63 / math.sqrt(4000)  # passed by 99 samples of 100


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities(name):
    """They sum to 1, to the moments, and to what samples show."""
    d = DISCRETE[name]
    if d.has_enumerate_support:
        values = d.enumerate_support()
        assert d.entropy().item() == pytest.approx(
            -(d.log_prob(values).exp() * d.log_prob(values)).sum().item()
        )
    else:
        values = torch.arange(200, dtype=torch.float64)
    p, x = d.log_prob(values).exp().numpy(), values.numpy()
    assert p.sum() == pytest.approx(1, abs=1e-9)
    mean = (p * x).sum()
    if name != "Categorical":
        assert d.mean.item() == pytest.approx(mean)
        assert d.variance.item() == pytest.approx((p * (x - mean) ** 2).sum())
    if name != "Bernoulli":
        assert p[int(d.mode.item())] == pytest.approx(p.max())
    torch.manual_seed(0)
    drawn = d.sample((4000,)).numpy()
    found = np.array([(drawn == k).mean() for k in x])
    assert np.abs(found - p).max() < 4 * math.sqrt(0.25 / 4000)


def test_vectors_and_matrices():
    """Moments of samples of distributions of vectors and matrices."""
    torch.manual_seed(0)
    covariance = t([2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0])
    mean = t(0.1, 0.2, 0.3)
    factor = t([1.0, 0.2], [0.5, -0.3], [0.0, 0.7])
    for d in (
        D.MultivariateNormal(mean, covariance),
        D.MultivariateNormal(mean, precision_matrix=covariance),
        D.LowRankMultivariateNormal(mean, factor, t(0.5, 1.0, 2.0)),
        D.Dirichlet(t(0.7, 2.0, 3.0)),
        D.Multinomial(6, t(0.2, 0.3, 0.5)),
        D.OneHotCategorical(t(0.2, 0.3, 0.5)),
    ):
        x = d.sample((20_000,))
        np.testing.assert_allclose(x.mean(0).numpy(), d.mean.numpy(), atol=0.05)
        np.testing.assert_allclose(x.var(0).numpy(), d.variance.numpy(), rtol=0.05, atol=5e-3)
        if hasattr(d, "covariance_matrix"):
            np.testing.assert_allclose(
                torch.cov(x.T).numpy(), d.covariance_matrix.numpy(), atol=0.1
            )
            inverse = torch.linalg.inv(d.covariance_matrix)
            np.testing.assert_allclose(d.precision_matrix.numpy(), inverse.numpy(), rtol=1e-9)
    wishart = D.Wishart(t(5.0), covariance)
    x = wishart.sample((5000,))
    np.testing.assert_allclose(x.mean(0).numpy(), wishart.mean.numpy(), rtol=0.1, atol=0.1)
    np.testing.assert_allclose(x.var(0).numpy(), wishart.variance.numpy(), rtol=0.2)
    lkj = D.LKJCholesky(3, t(1.0)).sample((5000,))
    # the correlation is 2 b - 1 with b from Beta(3 / 2, 3 / 2), of variance 1 / 16
    assert (lkj @ lkj.mT)[:, 0, 1].var().item() == pytest.approx(0.25, rel=0.1)
    # a Dirichlet's density over the triangle of probabilities
    a = np.linspace(0, 1, 402)[1:-1]
    x, y = np.meshgrid(a, a)
    inside = x + y < 1
    points = np.stack([x[inside], y[inside], 1 - x[inside] - y[inside]], -1)
    density = D.Dirichlet(t(2.0, 3.0, 2.5)).log_prob(torch.tensor(points)).exp()
    assert density.sum().item() * (a[1] - a[0]) ** 2 == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("family", ["gamma", "beta"])
def test_slopes_of_samples(family):
    """How a sample moves with a parameter is how the quantile moves, to nine digits."""
    special = pytest.importorskip("scipy.special")
    a = np.array([0.3, 0.7, 1.0, 2.0, 9.0, 80.0, 1000.0])[:, None]
    p = np.array([0.02, 0.3, 0.5, 0.9, 0.999])
    if family == "gamma":
        quantile = lambda a: special.gammaincinv(a, p)  # noqa: E731
    else:
        quantile = lambda a: special.betaincinv(a, 2.5, p)  # noqa: E731
    x, h = quantile(a), a * 2e-3
    slope = 8 * (quantile(a + h) - quantile(a - h)) - quantile(a + 2 * h) + quantile(a - 2 * h)
    alpha = torch.tensor(a + 0 * x)
    ours = (
        _standard_gamma_grad(alpha, torch.tensor(x)).numpy()
        if family == "gamma"
        else _dirichlet_grad(torch.tensor(x), alpha, alpha + 2.5).numpy() * (1 - x)
    )
    np.testing.assert_allclose(ours, slope / (12 * h), rtol=2e-7)


@pytest.mark.parametrize(
    "make",
    [
        lambda a: D.Gamma(a, 2.0), lambda a: D.Beta(a, 3.0), lambda a: D.Beta(2.0, a),
        lambda a: D.Chi2(a), lambda a: D.InverseGamma(2 + a, 1.0), lambda a: D.Normal(a, a),
        lambda a: D.Laplace(a, 1.0), lambda a: D.Weibull(a, 2.0), lambda a: D.Kumaraswamy(a, 2.0),
        lambda a: D.Gumbel(a, 1.0), lambda a: D.LogNormal(0.0, 0.3 * a),
        lambda a: D.Uniform(0.0, a),
        lambda a: D.ContinuousBernoulli(a / 3), lambda a: D.Exponential(a),
        lambda a: D.HalfNormal(a), lambda a: D.Pareto(a, 6.0),
        lambda a: D.GeneralizedPareto(0.0, 1.0, 0.1 * a),
    ],
)  # fmt: skip
def test_pathwise_gradient_of_the_mean(make):
    """The mean of samples' gradients is the gradient of the mean."""
    torch.manual_seed(0)
    a = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
    make(a).rsample((20_000,)).mean().backward()
    estimate, a.grad = a.grad.item(), None
    make(a).mean.backward()
    assert estimate == pytest.approx(a.grad.item(), rel=0.05, abs=0.01)


def test_samples_are_differentiable_once():
    """A second derivative of a gamma sample is refused, not wrong."""
    a = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(D.Gamma(a, 1.0).rsample(), a, create_graph=True)
    with pytest.raises(RuntimeError):
        slope.backward()


def test_transforms_to_constraints():
    """Whatever real numbers come, `biject_to` and `transform_to` satisfy the constraint."""
    torch.manual_seed(0)
    for constraint, shape in (
        (constraints.positive, (5,)), (constraints.unit_interval, (5,)),
        (constraints.interval(-2.0, 3.0), (5,)), (constraints.less_than(1.0), (5,)),
        (constraints.simplex, (5, 4)), (constraints.corr_cholesky, (5, 6)),
        (constraints.real_vector, (5, 4)), (constraints.lower_cholesky, (5, 3, 3)),
        (constraints.positive_definite, (5, 3, 3)),
        (constraints.independent(constraints.positive, 1), (5, 4)),
    ):  # fmt: skip
        for registry in (D.biject_to, D.transform_to):
            if registry is D.biject_to and constraint in (
                constraints.lower_cholesky, constraints.positive_definite,
            ):  # fmt: skip
                continue
            x = torch.randn(shape, dtype=torch.float64)
            transform = registry(constraint)
            y = transform(x)
            assert constraint.check(y).all()
            assert y.shape == transform.forward_shape(x.shape)
            if transform.bijective:
                np.testing.assert_allclose(
                    transform.inv(y).numpy(), x.numpy(), rtol=1e-6, atol=1e-9
                )
                # the determinant, against the Jacobian itself
                if len(shape) == 2 and y.shape[1:] == x.shape[1:]:
                    whole = torch.func.jacrev(transform)(x[0])
                    expected = torch.linalg.slogdet(whole).logabsdet
                    found = transform.log_abs_det_jacobian(x, y)[0]
                    np.testing.assert_allclose(found.item(), expected.item(), rtol=1e-9, atol=1e-9)


def test_triangles():
    """Vectors of the lower triangle, to matrices and back."""
    for diag, count in ((0, 6), (-1, 3), (-1, 6), (1, 8)):
        vec = torch.arange(2.0 * count).reshape(2, count)
        assert torch.equal(tril_matrix_to_vec(vec_to_tril_matrix(vec, diag), diag), vec)


def test_caching():
    """With a cache, the inverse of what was just computed is what it was computed from."""
    x = torch.tensor([50.0])
    tanh = D.TanhTransform(cache_size=1)
    assert tanh.inv(tanh(x)) is x
    assert D.TanhTransform().inv(D.TanhTransform()(x)).isinf().all()


def test_under_vmap():
    """Densities of a batch of parameters and samples of each."""
    loc = torch.tensor([0.0, 1.0, 2.0])

    def log_prob(m):
        return D.Normal(m, torch.tensor(1.0), validate_args=False).log_prob(torch.tensor(0.5))

    assert torch.allclose(torch.vmap(log_prob)(loc), D.Normal(loc, 1.0).log_prob(torch.tensor(0.5)))
    slopes = torch.vmap(torch.func.grad(log_prob))(loc)
    assert torch.allclose(slopes, 0.5 - loc)

    def draw(m):
        return D.Normal(m, torch.tensor(1.0), validate_args=False).sample((4,))

    assert torch.vmap(draw, randomness="different")(loc).shape == (3, 4)
    assert (
        torch.func.grad(lambda m: D.Gamma(m, 1.0).log_prob(torch.tensor(1.0)))(t(2.0)).shape == ()
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: D.Bernoulli(0.5).rsample(), "Bernoulli'> does not implement rsample"),
        (lambda: D.Bernoulli(0.5).icdf(t(0.5)), "Bernoulli'> does not implement icdf"),
        (lambda: D.Normal(0.0, 1.0).enumerate_support(), "Normal'> does not implement enumerate_"),
        (lambda: D.Poisson(2.0).entropy(), "Poisson'> does not implement entropy"),
        (lambda: D.Distribution().mean, "Distribution'> does not implement mean"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*does not define `arg_constraints`")
def test_what_a_distribution_lacks_is_named(call, name):
    with pytest.raises(NotImplementedError, match=name):
        call()


def test_shapes_of_samples_are_tuples_of_sizes():
    normal = D.Normal(t(0.0, 1.0), 1.0)
    with pytest.raises(TypeError, match=r"'int' object is not iterable: .* such as \(3,\), not 5"):
        normal.sample(5)
    with pytest.raises(RuntimeError, match=r"sample_shape \(-1,\) has a negative dimension"):
        normal.sample((-1,))
    assert normal.sample([0, 3]).shape == (0, 3, 2)


def test_import_is_lazy():
    """`import minitorch` does not bring the distributions."""
    code = "import sys, minitorch; print('minitorch.distributions' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
