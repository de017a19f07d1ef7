"""`minitorch.scipy`: SciPy's functions on boxes, beside SciPy, HIPS autograd and JAX."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import minitorch
from minitorch import grad, make_jvp
from minitorch.faces.array import Array

scipy = pytest.importorskip("scipy")
MODULES = ("integrate", "linalg", "signal", "special", "stats")
integrate, linalg, signal, special, stats = (getattr(minitorch.scipy, name) for name in MODULES)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
close = np.testing.assert_allclose
rng = np.random.default_rng(0)
V, W, U = rng.uniform(0.3, 0.9, 4), rng.uniform(1.2, 2.5, 4), rng.uniform(0.5, 1.5, (2, 3))
M = rng.uniform(-0.5, 0.5, (3, 3)) + 2 * np.eye(3)
N, B, P = M[:2, :2] + 1.0, rng.normal(size=(3, 2)), M @ M.T + np.eye(3)


def weighted(f):
    """A number that changes with all that `f` gives."""

    def scalar(*xs):
        ys = f(*xs)
        ys = ys if isinstance(ys, tuple) else (ys,)
        total = 0.0
        for y in ys:
            total = total + np.sum(np.cos(np.arange(1.0, np.size(y) + 1)).reshape(np.shape(y)) * y)
        return total

    return scalar


def slope(f, xs, vs, step=1e-6):
    up, down = ([x + s * v for x, v in zip(xs, vs, strict=True)] for s in (step, -step))
    return (f(*up) - f(*down)) / (2 * step)


def check(f, *xs, second=True, rtol=1e-6):
    """First derivatives in both modes, and second ones of both over reverse, by differences."""
    f, where = weighted(f), tuple(range(len(xs)))
    draw = np.random.default_rng(1)
    vs = tuple(draw.uniform(0.5, 1.5, np.shape(x)) for x in xs)
    want, grads = slope(f, xs, vs), grad(f, where)(*xs)
    dot = sum(np.sum(g * v) for g, v in zip(grads, vs, strict=True))
    close(dot, want, rtol, 1e-6)
    close(make_jvp(f, where)(*xs)(vs)[1], want, rtol, 1e-6)
    if not second:
        return

    def along(*xs):
        return sum(np.sum(g * v) for g, v in zip(grad(f, where)(*xs), vs, strict=True))

    want = slope(along, xs, vs)
    bends = grad(along, where)(*xs)
    close(sum(np.sum(g * v) for g, v in zip(bends, vs, strict=True)), want, 1e-5, 1e-5)
    close(make_jvp(along, where)(*xs)(vs)[1], want, 1e-5, 1e-5)


# special

SPECIAL = {
    "beta": (V, W), "betaln": (V, W), "betainc": (2.0, 3.0, V), "psi": (V,), "digamma": (V,),
    "gamma": (W,), "gammaln": (W,), "rgamma": (W,), "gammainc": (2.0, W), "gammaincc": (2.0, W),
    "j0": (W,), "j1": (W,), "y0": (W,), "y1": (W,), "jn": (2, W), "yn": (2, W), "i0": (W,),
    "i1": (W,), "iv": (2, W), "ive": (2, W), "erf": (V,), "erfc": (V,), "erfinv": (V,),
    "erfcinv": (V,), "logit": (V,), "expit": (V,), "gammasgn": (V,), "polygamma": (1, W),
    "multigammaln": (W, 2),
}  # fmt: skip
JAXS = {
    "xlogy": (V, W), "xlog1py": (V, W), "entr": (V,), "rel_entr": (V, W), "kl_div": (V, W),
    "ndtr": (V,), "log_ndtr": (V,), "ndtri": (V,), "i0e": (W,), "i1e": (W,), "zeta": (2.0, W),
    "expi": (W,), "exp1": (W,), "expit": (V,), "logit": (V,), "betainc": (2.0, 3.0, V),
    "spence": (V,), "gammainc": (2.0, W), "erfinv": (V,), "poch": (V, W),
}  # fmt: skip


def differentiable(name, args):
    """The arguments that are arrays."""
    return [i for i, a in enumerate(args) if isinstance(a, np.ndarray)]


@pytest.mark.parametrize("name", SPECIAL)
def test_special_beside_hips_autograd(name):
    theirs = pytest.importorskip("autograd.scipy.special")
    hips = pytest.importorskip("autograd")
    args = SPECIAL[name]
    for i in differentiable(name, args):
        if name in ("gammasgn",):
            assert not grad(lambda x: special.gammasgn(x).sum())(*args).any()
            continue
        want = hips.elementwise_grad(getattr(theirs, name), i)(*args)
        if name == "erfcinv":  # its rule there reads erfinv of the argument
            want = -np.sqrt(np.pi) / 2 * np.exp(scipy.special.erfcinv(V) ** 2)
        got = grad(lambda *a: getattr(special, name)(*a).sum(), i)(*args)
        close(got, want, 1e-9)


@pytest.mark.parametrize("name", JAXS)
def test_special_beside_jax(name):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    theirs = getattr(pytest.importorskip("jax.scipy.special"), name)
    args = JAXS[name]
    for i in differentiable(name, args):
        want = jax.grad(lambda *a: theirs(*a).sum(), i)(*args)
        close(grad(lambda *a: getattr(special, name)(*a).sum(), i)(*args), want, 1e-7)


def test_plain_scipy_ufuncs_take_boxes():
    check(lambda x: scipy.special.erf(x * x), V)
    check(lambda a, b: scipy.special.betaln(a, b), V, W)
    y = scipy.special.gammaln(minitorch.tensor([2.0, 5.0], requires_grad=True))
    y.sum().backward()
    assert y.dtype == minitorch.float32


@pytest.mark.parametrize("name", sorted(SPECIAL.keys() | JAXS.keys()))
def test_special_keeps_float32_and_faces(name):
    args = SPECIAL.get(name) or JAXS[name]
    single = [a.astype("f4") if isinstance(a, np.ndarray) else a for a in args]
    boxed = [Array(a) if isinstance(a, np.ndarray) else a for a in single]
    y, want = getattr(special, name)(*boxed), getattr(scipy.special, name)(*args)
    assert type(y) is Array
    assert y.dtype == np.float32
    close(y._value, want, 2e-5)
    tensors = [minitorch.tensor(a) if isinstance(a, np.ndarray) else a for a in single]
    assert getattr(special, name)(*tensors).dtype == minitorch.float32
    for i in differentiable(name, args):
        assert grad(lambda *a: getattr(special, name)(*a).sum(), i)(*single).dtype == np.float32


def test_integers_become_float64_and_halves_float32():
    for kind, wide in (("i8", "f8"), ("i4", "f8"), ("u1", "f8"), ("?", "f8"), ("f2", "f4")):
        y = special.erf(Array(np.array([1, 1, 0]).astype(kind)))
        assert y.dtype == wide
        close(y._value, scipy.special.erf([1.0, 1.0, 0.0]), 1e-6)


LOGSUMEXP = [
    lambda x: special.logsumexp(x), lambda x: special.logsumexp(x, axis=0, keepdims=True),
    lambda x: special.logsumexp(x, axis=(0, 1)), lambda x: special.softmax(x),
    lambda x: special.logsumexp(x, axis=1, b=np.array([1.0, 0.0, 2.0])),
    lambda x: special.logsumexp(x, b=np.array([-3.0, 1.0, 0.5]), return_sign=True, keepdims=True),
    lambda x: special.logsumexp(1.0, b=x, axis=-1), lambda x: special.softmax(x, axis=1),
    lambda x: special.log_softmax(x, axis=0), lambda x: special.log_softmax(x),
    lambda x: special.multigammaln(x + 2, 3), lambda x: special.softmax(x, axis=(0, 1)),
    lambda x: special.polygamma(np.array([0, 1, 2]), x), lambda x: special.zeta(2.5, x),
    lambda x: special.sinc(x), lambda x: special.expm1(x), lambda x: special.log1p(x),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(LOGSUMEXP)))
def test_special_functions_in_python(number):
    f = LOGSUMEXP[number]
    got, want = f(Array(U)), f(U)
    pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
    for a, b in pairs:
        close(a._value if isinstance(a, Array) else a, b, 1e-13)
        assert np.shape(a) == np.shape(b)
    check(f, U)


def test_logsumexp_at_its_limits():
    far = np.array([1000.0, -1000.0, np.inf])
    for f in (lambda x: special.logsumexp(x, b=np.array([1.0, 1.0, 0.0])),
              lambda x: special.logsumexp(x[:2])):  # fmt: skip
        assert float(f(Array(far))._value) == 1000.0
        close(grad(f)(far), [1.0, 0.0, 0.0])
    none = np.full(2, -np.inf)
    assert special.logsumexp(Array(none), b=np.ones(2))._value == -np.inf


def test_finite_slopes_at_the_edge():
    assert grad(special.xlogy, (0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert grad(special.xlogy)(0.0, 2.0) == np.log(2.0)
    assert grad(special.xlog1py, (0, 1))(0.0, -1.0) == (0.0, 0.0)
    assert grad(special.gammainc, 1)(1.0, 0.0) == 1.0
    assert grad(special.spence)(1.0) == -1.0
    close(grad(special.rgamma)(-2.0), 2.0)
    close(grad(special.log_ndtr)(-1e6), 1e6)
    for x in (-1e8, -40.0, 40.0, 1e8):
        assert np.isfinite(grad(grad(special.log_ndtr))(x))


def test_complex_arguments():
    z = np.array([0.4 + 0.3j, -0.2 + 0.7j])
    rules = {
        "erf": lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z),
        "loggamma": scipy.special.psi,
        "expi": lambda z: np.exp(z) / z,
    }
    for name, rule in rules.items():
        value, tangent = make_jvp(getattr(special, name))(z)(np.ones(2, complex))
        close(value, getattr(scipy.special, name)(z))
        close(tangent, rule(z))


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: special.gammainc(x, 1.0), "gammainc.*'a'"),
        (lambda x: special.jv(x, 1.0), "jv.*'v'"),
        (lambda x: scipy.special.ellipk(x), "scipy.special.ellipk"),
        (lambda x: special.lambertw(x), "scipy.special.lambertw"),
        (lambda x: special.zeta(x), "zeta.*'x'"),
        (lambda x: linalg.toeplitz([x, x]), "scipy.linalg.toeplitz"),
        (lambda x: linalg.qr(x * np.eye(2), pivoting=True), "pivoting"),
        (lambda x: signal.lfilter([x], [1.0], V), "scipy.signal.lfilter"),
        (lambda x: integrate.quad(np.sin, 0, x), "scipy.integrate.quad"),
        (lambda x: stats.norm.rvs(x), "scipy.stats.norm.rvs"),
        (lambda x: stats.gamma.cdf(1.0, x), "gammainc.*'a'"),
        (lambda x: stats.poisson.pmf(x, 1.0), "poisson: k"),
        (lambda x: stats.gumbel_r.pdf(x), "traced"),
    ],
)
def test_what_has_no_derivative_says_so(f, words):
    with pytest.raises((TypeError, NotImplementedError), match=words):
        grad(f)(0.5)


# linalg

LIFT = np.array([[0.0], [3.0], [0.0]])
MATRICES = {
    "sqrtm": (lambda a: linalg.sqrtm(a), M), "expm": (lambda a: linalg.expm(a), M),
    "logm": (lambda a: linalg.logm(a), M), "cosm": (lambda a: linalg.cosm(a), M),
    "sinm": (lambda a: linalg.sinm(a), M), "tanm": (lambda a: linalg.tanm(a * 0.2), M),
    "coshm": (lambda a: linalg.coshm(a), M), "sinhm": (lambda a: linalg.sinhm(a), M),
    "tanhm": (lambda a: linalg.tanhm(a), M),
    "expm of stacks": (lambda a: linalg.expm(np.stack([a, -a])), M),
    "sylvester": (lambda a, b, q: linalg.solve_sylvester(a, b, q), M, N, B),
    "lyapunov": (lambda a, q: linalg.solve_continuous_lyapunov(a, q), M, P),
    "cholesky": (lambda a: linalg.cholesky(a @ a.T), M),
    "lower cholesky": (lambda a: linalg.cholesky(a @ a.T, lower=True), M),
    "cho_solve": (lambda a, b: linalg.cho_solve(linalg.cho_factor(a @ a.T), b), M, B[:, 0]),
    "cho_solve, lower": (lambda a, b: linalg.cho_solve(linalg.cho_factor(a @ a.T, True), b), M, B),
    "solve": (lambda a, b: linalg.solve(a, b), M, B[:, 0]),
    "solve, transposed": (lambda a, b: linalg.solve(a, b, transposed=True), M, B),
    "solve, positive": (lambda a, b: linalg.solve(a @ a.T, b, assume_a="pos"), M, B),
    "solve, triangular": (
        lambda a, b: linalg.solve(np.triu(a), b, assume_a="upper triangular"), M, B),
    "inv": (lambda a: linalg.inv(a), M), "det": (lambda a: linalg.det(a), M),
    "pinv": (lambda a: linalg.pinv(a), B), "norm": (lambda a: linalg.norm(a), M),
    "eigh": (lambda a: linalg.eigh(a + a.T)[0], M), "svdvals": (lambda a: linalg.svdvals(a), B),
    "eigvalsh": (lambda a: linalg.eigvalsh(a + a.T), M),
    "svd": (lambda a: linalg.svd(a, full_matrices=False)[1], B),
    "qr": (lambda a: linalg.qr(a, mode="economic"), B),
    "block_diag": (lambda a, b: linalg.block_diag(a, b, a), M, B),
    "solve_banded": (lambda a, b: linalg.solve_banded((1, 1), a + LIFT, b), M, B),
    "solve_banded, a vector": (
        lambda a, b: linalg.solve_banded((2, 0), a + np.roll(LIFT, -1, 0), b), M, B[:, 0]),
} | {
    f"solve_triangular {flags}": (
        lambda a, b, flags=flags: linalg.solve_triangular(a, b, *flags), M, b)
    for flags in ((0,), ("T", True), (2, False, True), ("N", True, True))
    for b in (B, B[:, 0])
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_matrices(name):
    f, *xs = MATRICES[name]
    got, want = f(*map(Array, xs)), f(*xs)
    pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
    for a, b in pairs:
        close(a._value, b, 1e-9, 1e-12)
    check(f, *xs)


def test_solve_triangular_gives_nothing_to_what_it_does_not_read():
    g = grad(lambda a: linalg.solve_triangular(a, B, lower=True, unit_diagonal=True).sum())(M)
    assert not np.triu(g).any()
    assert np.tril(g, -1).any()


def test_complex_solves():
    a, b = M + 1j * M.T, B + 2j
    for trans in (0, 1, 2):
        _, tangent = make_jvp(lambda a, t=trans: linalg.solve_triangular(a, b, t))(a)(a)
        close(tangent, -scipy.linalg.solve_triangular(a, b, trans), 1e-10)


# signal

HIPS_CALLS = [
    ((4, 5), (3, 2), None, ((), ())), ((2, 3, 5, 6), (3, 4, 2, 2), [(2, 3), (2, 3)], [(1,), (0,)]),
    ((2, 5), (3, 4), [(1,), (1,)], ((), ())), ((3, 2), (4, 5), None, ((), ())),
    ((3, 6), (5,), [(1,), (0,)], ((), ())),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize(("m", "n", "axes", "dots"), HIPS_CALLS)
def test_convolve_beside_hips_autograd(m, n, axes, dots, mode):
    theirs = pytest.importorskip("autograd.scipy.signal")
    a, b = rng.normal(size=m), rng.normal(size=n)
    settings = {"axes": axes, "dot_axes": dots, "mode": mode}
    want = theirs.convolve(a, b, **settings)
    close(signal.convolve(Array(a), Array(b), **settings)._value, want, 1e-10, 1e-12)
    if axes is not None:
        close(signal.convolve(a, b, **settings), want, 1e-10, 1e-12)
    check(lambda a, b: signal.convolve(a, b, **settings), a, b)


@pytest.mark.parametrize("mode", ["full", "valid", "same"])
@pytest.mark.parametrize(
    "name", ["convolve", "correlate", "fftconvolve", "oaconvolve", "convolve2d", "correlate2d"]
)
def test_signal(name, mode):
    a, b = rng.normal(size=(5, 4)), rng.normal(size=(2, 3))
    f = getattr(signal, name)
    got = f(Array(a), Array(b), mode=mode)._value
    close(got, getattr(scipy.signal, name)(a, b, mode=mode), 1e-10, 1e-12)
    check(lambda a, b: f(a, b, mode=mode), a, b)


def test_convolve_keeps_float32_and_refuses_what_does_not_fit():
    a = Array(V.astype("f4"))
    assert signal.convolve(a, a).dtype == np.float32
    with pytest.raises(ValueError, match="valid"):
        signal.convolve(Array(np.ones((2, 5))), np.ones((3, 2)), "valid")
    with pytest.raises(ValueError, match="mode="):
        signal.convolve(a, a, [(0,), (0,)])


# integrate


def pendulum(y, t, k, drag):
    return [y[1], -k * np.sin(y[0]) - drag["b"] * y[1] + 0.1 * t]


def swing(y0, t, k, b):
    return integrate.odeint(pendulum, y0, t, (k, {"b": b}), rtol=1e-11, atol=1e-11)


TIMES = np.array([0.0, 0.4, 1.1, 1.5])


def test_odeint():
    y0 = np.array([1.0, 0.2])
    want = scipy.integrate.odeint(pendulum, y0, TIMES, (1.3, {"b": 0.2}), rtol=1e-11, atol=1e-11)
    close(swing(Array(y0), TIMES, 1.3, 0.2)._value, want, 1e-9)
    check(swing, y0, TIMES, 1.3, 0.2)


def test_odeint_beside_hips_autograd():
    theirs = pytest.importorskip("autograd.scipy.integrate").odeint
    hips = pytest.importorskip("autograd")
    hnp, y0, p = pytest.importorskip("autograd.numpy"), np.array([1.0, 0.5]), np.array([0.7, 1.3])

    def loss(ode, np, tuple):
        def f(y, t, p):
            parts = p[0] * y[1] + np.sin(t), -y[0] * p[1]
            return np.stack(parts) if np is not hnp else np.array(parts)

        return lambda y0, t, p: np.sum(
            ode(f, y0, t, tuple((p,)), rtol=1e-10, atol=1e-10) * np.arange(8.0).reshape(4, 2)
        )

    for i in range(3):
        want = hips.grad(loss(theirs, hnp, hips.builtins.tuple), i)(y0, TIMES, p)
        close(grad(loss(integrate.odeint, np, tuple), i)(y0, TIMES, p), want, 1e-6)


def test_odeint_backward_in_time_and_of_one_number():
    def f(y0, k):
        return integrate.odeint(
            lambda t, y, k: -k * y, y0, TIMES[::-1], (k,), tfirst=True, rtol=1e-11, atol=1e-11
        )

    check(f, np.array([1.0]), 0.7)


def test_odeint_refuses_what_is_traced_from_around_it():
    def f(k):
        return integrate.odeint(lambda y, t: -k * y, np.ones(1), TIMES)[-1, 0]

    with pytest.raises((TypeError, RuntimeError)):
        grad(f)(1.0)


def test_sampled_integrals():
    check(lambda y, x: integrate.trapezoid(y, x), V, np.cumsum(W))
    check(lambda y: integrate.cumulative_trapezoid(y, dx=0.3, axis=0, initial=0), U)
    x = np.cumsum(W)
    got = integrate.cumulative_trapezoid(Array(V), x)._value
    close(got, scipy.integrate.cumulative_trapezoid(V, x))


# stats

CONTINUOUS = {
    "norm": (), "lognorm": (0.7,), "t": (2.5,), "cauchy": (), "logistic": (), "laplace": (),
    "uniform": (), "expon": (), "weibull_min": (1.7,), "pareto": (2.2,), "gamma": (2.3,),
    "invgamma": (2.3,), "chi2": (3.0,), "beta": (2.0, 1.5),
}  # fmt: skip
DISCRETE = {
    "poisson": (2.2,), "bernoulli": (0.3,), "binom": (7, 0.3), "geom": (0.3,), "nbinom": (2.5, 0.4),
}  # fmt: skip
DENSITIES, FUNCTIONS = ("pdf", "logpdf"), ("cdf", "logcdf", "sf", "logsf", "ppf", "isf")
NO_CLOSED_FORM = {"t", "gamma", "invgamma", "chi2", "beta"}  # of their functions, in the shape
INSIDE = {"uniform": 0.4, "beta": 0.4, "pareto": 2.3}


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("method", DENSITIES + FUNCTIONS)
def test_continuous(name, method):
    ours, theirs = (getattr(getattr(s, name), method) for s in (stats, scipy.stats))
    shapes = CONTINUOUS[name]
    quantile = method in ("ppf", "isf")
    many = [-0.1, 0.05, 0.3, 0.5, 0.8, 0.97, 1.1] if quantile else np.linspace(-2, 5, 15)
    many = np.append(many, np.nan)
    settings = {"loc": 0.3, "scale": 1.4}
    got = ours(Array(many), *shapes, **settings)._value
    want = theirs(many, *shapes, **settings)
    close(got, want, 1e-9, 1e-13)
    close(ours(Array(many[3:5]), *shapes, 0.3, -1.0)._value, np.nan)
    assert ours(0.3, *shapes) == theirs(0.3, *shapes)
    assert ours(Array(np.float32([0.4])), *shapes, **settings).dtype == np.float32
    x = np.array([0.4, 0.6]) if quantile else INSIDE.get(name, 1.3) * 1.2 + 0.2
    free = shapes if method in DENSITIES or name not in NO_CLOSED_FORM else ()

    def f(x, loc, scale, *free):
        return ours(x, *(free or shapes), loc=loc, scale=scale)

    check(f, np.asarray(x), 0.2, 1.2, *free, rtol=2e-6)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_gradients_are_finite_outside_of_the_support(name):
    far = np.array([-300.0, -0.5, 300.0])
    for method in ("pdf", "cdf", "sf"):
        f = getattr(getattr(stats, name), method)
        assert np.isfinite(grad(lambda x, f=f: f(x, *CONTINUOUS[name]).sum())(far)).all()


@pytest.mark.parametrize("name", DISCRETE)
@pytest.mark.parametrize("method", ["pmf", "logpmf", "cdf", "logcdf", "sf", "logsf"])
def test_discrete(name, method):
    ours, theirs = (getattr(getattr(s, name), method) for s in (stats, scipy.stats))
    shapes, k = DISCRETE[name], np.array([-1.0, 0, 1, 2, 2.5, 3, 7, 20])
    got = ours(k, *shapes[:-1], Array(shapes[-1]), loc=1)._value
    close(got, theirs(k, *shapes, loc=1), 1e-10, 1e-14)
    inside = np.array([0.0 if name == "bernoulli" else 1.0])
    check(lambda p: ours(inside, *shapes[:-1], p), np.array([0.35, 0.6]))


@pytest.mark.parametrize("name", ["norm", "t", "beta", "gamma", "chi2", "poisson"])
def test_stats_beside_jax(name):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    theirs = getattr(pytest.importorskip("jax.scipy.stats"), name)
    method = "logpmf" if name == "poisson" else "logpdf"
    args = (2.0 if name == "poisson" else 0.4, *(CONTINUOUS | DISCRETE)[name])
    for i in range(name == "poisson", len(args)):
        want = jax.grad(lambda *a: getattr(theirs, method)(*a), i)(*args)
        close(grad(getattr(getattr(stats, name), method), i)(*args), want, 1e-9)


def test_frozen_distributions_and_the_rest_of_scipy():
    f = stats.gamma(2.0, scale=1.5)
    assert f.pdf(1.0) == scipy.stats.gamma(2.0, scale=1.5).pdf(1.0)
    assert f.mean() == 3.0
    check(lambda x, a: stats.gamma(a, scale=1.5).logpdf(x), 1.0, 2.0)
    assert stats.norm.mean(loc=2.0) == 2.0
    assert stats.norm.rvs(size=3, random_state=0).shape == (3,)
    assert stats.gumbel_r.pdf(0.0) == scipy.stats.gumbel_r.pdf(0.0)
    with pytest.raises(TypeError, match="scale"):
        stats.norm.pdf(Array(1.0), 0.0, 1.0, scale=2.0)
    with pytest.raises(TypeError, match="missing the parameters a, b"):
        stats.beta.pdf(Array(0.3))


MVN = {
    "plain": (B.T, V[:3], P), "one point": (B[:, 0], V[:3], P), "scalar": (V, 0.2, 1.5),
    "diagonal": (B.T, V[:3], W[:3]), "grid": (rng.normal(size=(2, 4, 3)), V[:3], P),
}  # fmt: skip


@pytest.mark.parametrize("name", MVN)
@pytest.mark.parametrize("method", ["pdf", "logpdf"])
def test_multivariate_normal(name, method):
    x, mean, cov = MVN[name]
    ours = getattr(stats.multivariate_normal, method)
    got = ours(Array(x), mean, cov)._value
    want = getattr(scipy.stats.multivariate_normal, method)(x, mean, cov)
    close(got, want, 1e-10)
    assert got.shape == np.shape(want)
    spread = (lambda c: (c + c.T) * 0.5) if np.ndim(cov) == 2 else (lambda c: c)
    check(lambda x, m, c: ours(x, m, spread(c)), x, mean, cov)


def test_multivariate_normal_beside_hips_autograd():
    hips = pytest.importorskip("autograd")
    theirs = pytest.importorskip("autograd.scipy.stats").multivariate_normal
    ours = stats.multivariate_normal
    for i in range(3):
        want = hips.grad(lambda *a: hips.numpy.sum(theirs.logpdf(*a)), i)(B.T, V[:3], P)
        close(grad(lambda *a: ours.logpdf(*a).sum(), i)(B.T, V[:3], P), want, 1e-9)
    close(grad(ours.entropy, 1)(V[:3], P), hips.grad(theirs.entropy, 1)(V[:3], P), 1e-10)
    assert float(ours.entropy(Array(V[:3]), P)._value) == pytest.approx(
        scipy.stats.multivariate_normal.entropy(V[:3], P)
    )
    with pytest.raises(TypeError, match="allow_singular"):
        ours.logpdf(Array(V[:3]), V[:3], P, allow_singular=True)


def test_dirichlet():
    x, alpha = np.array([0.2, 0.5, 0.3]), np.array([1.2, 2.0, 0.7])
    theirs = scipy.stats.dirichlet
    for points in (x, x[:2], np.stack([x, x[::-1]], 1)):
        close(stats.dirichlet.logpdf(Array(points), alpha)._value, theirs.logpdf(points, alpha))
        check(lambda a, p=points: stats.dirichlet.pdf(p, a), alpha)

    def unchecked(x, alpha):  # SciPy wants points of the simplex, differences leave it
        return stats.dirichlet.logpdf(x if isinstance(x, Array) else Array(x), alpha)

    check(unchecked, x, alpha)
    with pytest.raises(ValueError, match="3 elements"):
        stats.dirichlet.pdf(Array(np.ones(5)), alpha)


# the package


def child(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_scipy_is_imported_only_when_asked_for():
    assert child("import sys, minitorch; assert 'scipy' not in sys.modules").returncode == 0
    code = "import minitorch, scipy.special as s; print(float(minitorch.grad(s.ndtr)(0.)))"
    assert float(child(code).stdout) == pytest.approx(1 / np.sqrt(2 * np.pi))
    lazy = "import sys, minitorch.scipy; assert 'scipy.stats' not in sys.modules"
    assert child(lazy).returncode == 0


def test_without_scipy_the_import_says_how_to_get_it():
    found = child("import sys; sys.modules['scipy'] = None; import minitorch; minitorch.scipy")
    assert "ModuleNotFoundError: minitorch.scipy needs SciPy" in found.stderr
    assert "pip install 'scipy>=" in found.stderr


@pytest.mark.parametrize("name", MODULES)
def test_every_name_of_scipy_is_there(name):
    ours, theirs = getattr(minitorch.scipy, name), getattr(scipy, name)
    assert all(hasattr(ours, part) for part in theirs.__all__)
    assert set(theirs.__all__) <= set(dir(ours))
    with pytest.raises(AttributeError, match="no_such"):
        _ = ours.no_such
