"""Samples of the operations that SciPy computes; only where it is installed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, special

import minitorch.scipy.ops
from tests.samples import (
    Domain,
    Sample,
    above_one,
    among,
    between,
    elementwise,
    op,
    positive,
    real,
    unit,
)

for found in pkgutil.iter_modules(minitorch.scipy.ops.__path__, "minitorch.scipy.ops."):
    importlib.import_module(found.name)

orders, half_orders = among(0.0, 1.0, 2.0, 3.0), among(0.0, 0.5, 1.0, 2.3)
probability, middle = between(0.05, 0.95), between(1.5, 4.0)


def theirs(name: str) -> Callable[..., Any]:
    """SciPy's function, with results in the dtype that its last argument has."""
    run = getattr(special, name)
    return lambda *arrays: np.asarray(run(*arrays)).astype(arrays[-1].dtype)


def function(name: str, *domains: Domain, **more: Any) -> None:
    elementwise(name, *domains, numpy=theirs(name), torch=None, **more)


# the gamma and beta functions

for name in ("gamma", "rgamma"):
    function(name, real)
for name in ("gammaln", "psi", "loggamma"):
    function(name, positive)
op("gammaln", real(5), numpy=theirs("gammaln"), torch=None)
function("gammasgn", real)
function("polygamma", orders, positive)
op("polygamma", among(0, 1, 2)(3), positive(2, 3), numpy=theirs("polygamma"), torch=None)
for domain, wrt in ((real, None), (among(-3.0, -1.0, 0.0, 2.0), ())):
    elementwise(
        "poles", domain, numpy=lambda x: (np.isinf(special.psi(x)) | (x < 0) * (x % 1 == 0)) * x**0,
        torch=None, wrt=wrt,
    )  # fmt: skip
op("rgamma", among(-3.0, -1.0, 0.0)(4), numpy=theirs("rgamma"), torch=None, wrt=())
for name in ("poch", "beta", "betaln"):
    function(name, positive, positive)
function("binom", middle, between(0.3, 1.4))
function("zeta", above_one, positive)
for name in ("gammainc", "gammaincc"):
    function(name, positive, positive)
    op(name, between(30.0, 90.0)(20), between(30.0, 90.0)(20), numpy=theirs(name), torch=None)
for name in ("gammaincinv", "gammainccinv"):
    function(name, between(1.1, 3.0), probability)
for name in ("betainc", "betaincc", "betaincinv", "betainccinv"):
    function(name, between(1.1, 3.0), between(1.1, 3.0), probability)

# the error function and the normal distribution

for name in ("erf", "erfc", "dawsn", "ndtr", "log_ndtr", "expit", "log_expit"):
    function(name, real)
for name in ("erfcx", "erfinv", "erfi"):
    function(name, unit)
for name in ("erfcinv", "ndtri", "logit"):
    function(name, probability)
function("ndtri_exp", between(-4.0, -0.1))
elementwise(
    "mills", real, torch=None,
    numpy=lambda x: (np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / special.ndtr(x)).astype(x.dtype),
)  # fmt: skip
op("log_ndtr", among(-1e5, -300.0, -40.0, 40.0)(4), numpy=theirs("log_ndtr"), torch=None, wrt=())
function("stdtr", positive, real)
function("stdtrit", above_one, between(0.55, 0.9))
function("owens_t", real, unit)

# entropies and losses

function("entr", positive)
for name in ("rel_entr", "kl_div"):
    function(name, positive, positive)
function("huber", between(0.9, 1.1), among(-2.3, -0.4, 0.3, 1.7))
function("pseudo_huber", positive, real)

# Bessel functions

for name in ("j0", "j1", "i0", "i1", "i0e", "i1e"):
    function(name, real)
for name in ("y0", "y1", "k0", "k1", "k0e", "k1e"):
    function(name, positive)
for domain in (real, between(-12.0, 8.0)):
    elementwise("airy_ai", domain, numpy=lambda x: special.airy(x)[0].astype(x.dtype), torch=None)
elementwise(
    "spherical_j0", real, numpy=lambda x: special.spherical_jn(0, x).astype(x.dtype), torch=None
)
for name in ("jv", "iv", "ive", "yv", "kv", "kve"):
    function(name, half_orders, between(0.5, 3.0))
for name in ("yn", "kn"):
    function(name, orders, between(0.5, 3.0))

# polynomials

degrees = among(0.0, 1.0, 2.0, 5.0)


def polynomial(name: str, theirs: Callable[..., Any], shift: bool = False) -> None:
    def run(x: np.ndarray, n: np.ndarray) -> np.ndarray:
        x = x.astype(float)
        return np.asarray(theirs(n.astype(int), 2 * x - 1 if shift else x)).astype(n.dtype)

    elementwise(name, between(-2.0, 2.0), degrees, numpy=run, torch=None)


for name, theirs_of in {
    "chebyshev_polynomial_t": special.eval_chebyt,
    "chebyshev_polynomial_u": special.eval_chebyu,
    "chebyshev_polynomial_v": lambda n, x: (
        special.eval_jacobi(n, -0.5, 0.5, x) / special.eval_jacobi(n, -0.5, 0.5, 1.0)
    ),
    "chebyshev_polynomial_w": lambda n, x: (
        special.eval_jacobi(n, 0.5, -0.5, x) / special.eval_jacobi(n, 0.5, -0.5, 1.0) * (2 * n + 1)
    ),
}.items():
    polynomial(name, theirs_of)
    polynomial(f"shifted_{name}", theirs_of, shift=True)
polynomial("hermite_polynomial_h", special.eval_hermite)
polynomial("hermite_polynomial_he", special.eval_hermitenorm)
polynomial("laguerre_polynomial_l", special.eval_laguerre)
polynomial("legendre_polynomial_p", special.eval_legendre)

# integrals and hypergeometric functions

for name in ("expi", "exp1", "spence"):
    function(name, positive)
function("expn", among(0.0, 1.0, 4.0), positive)
function("hyp0f1", positive, positive)
function("hyp1f1", positive, positive, unit)
function("hyperu", positive, positive, positive)
for shapes in (((3,), (2, 1), (), (2, 3)), ((), (), (), ()), ((1,), (1,), (1,), (0, 3))):
    samples = [
        domain(*shape) for domain, shape in zip([positive] * 3 + [unit], shapes, strict=True)
    ]
    op("hyp2f1", *samples, numpy=theirs("hyp2f1"), torch=None)

# powers, angles

for name in ("sindg", "cosdg", "exp10", "cosm1"):
    function(name, real)
for name in ("tandg", "cotdg"):
    function(name, between(20.0, 70.0))
function("boxcox", positive, real)
op("boxcox", positive(4), among(0.0)(4), numpy=theirs("boxcox"), torch=None, wrt=(0,))
function("inv_boxcox", between(0.1, 0.4), between(0.5, 1.5))

# matrices: well-conditioned ones, with eigenvalues apart from the negative axis


def matrices(*shape: int, about: float = 3.0) -> Sample:
    """Matrices near `about` times the identity."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return about * np.eye(*shape[-2:]) + rng.uniform(-0.5, 0.5, shape)

    return Domain(draw)(*shape)


def by_matrix(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function of matrices, applied along the leading axes, in the dtype that comes in."""

    def function(*args: Any) -> np.ndarray:
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        rest = args[len(arrays) :]
        lead = arrays[0].shape[:-2]
        y = np.empty(lead + np.shape(arrays[-1])[-2:])
        for i in np.ndindex(lead):
            y[i] = run(*[a[i].astype(float) for a in arrays], *rest)
        return y.astype(arrays[-1].dtype)

    return function


def by_eigenvalues(f: Callable[..., Any]) -> Callable[..., Any]:
    def function(x: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eig(x)
        return ((vectors * f(values)) @ np.linalg.inv(vectors)).real

    return by_matrix(function)


def by_kronecker(a: np.ndarray, b: np.ndarray, q: np.ndarray) -> np.ndarray:
    m, n = q.shape
    system = np.kron(a, np.eye(n)) + np.kron(np.eye(m), b.T)
    return np.linalg.solve(system, q.ravel()).reshape(m, n)


for name in ("expm", "logm", "cosm", "sinm", "sqrtm"):
    f = {"expm": np.exp, "logm": np.log, "cosm": np.cos, "sinm": np.sin, "sqrtm": np.sqrt}[name]
    for shape in ((3, 3), (2, 2, 2), (1, 1), (0, 2, 2), (0, 0)):
        about = 1.0 if name == "expm" else 3.0
        op(name, matrices(*shape, about=about), numpy=by_eigenvalues(f), torch=None)
for shape, m, n in (((), 3, 2), ((2,), 2, 2), ((), 1, 3), ((0,), 2, 2), ((), 0, 2)):
    op("solve_sylvester", matrices(*shape, m, m), matrices(*shape, n, n), real(*shape, m, n),
       numpy=by_matrix(by_kronecker), torch=None)  # fmt: skip


def dense(bands: np.ndarray, below: int, above: int) -> np.ndarray:
    """The matrix of which these are the bands."""
    n = bands.shape[-1]
    y = np.zeros((n, n))
    for i in range(n):
        for j in range(max(0, i - below), min(n, i + above + 1)):
            y[i, j] = bands[above + i - j, j]
    return y


def bands(y: np.ndarray, below: int, above: int) -> np.ndarray:
    n = y.shape[-1]
    out = np.zeros((below + above + 1, n))
    for i in range(n):
        for j in range(max(0, i - below), min(n, i + above + 1)):
            out[above + i - j, j] = y[i, j]
    return out


def banded(*shape: int, above: int) -> Sample:
    """Bands of diagonally dominant matrices."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        y = rng.uniform(-0.5, 0.5, shape)
        y[..., above, :] += 3.0
        return y

    return Domain(draw)(*shape)


def outer_bands(a: np.ndarray, b: np.ndarray, below: int, above: int) -> np.ndarray:
    lead = a.shape[:-2]
    y = np.empty((*lead, below + above + 1, a.shape[-2]))
    for i in np.ndindex(lead):
        y[i] = bands(a[i].astype(float) @ b[i].astype(float).T, below, above)
    return y.astype(a.dtype)


for shape, n, below, above in (((), 4, 1, 2), ((2,), 3, 2, 0), ((), 1, 0, 0), ((0,), 3, 1, 1)):
    each: dict[str, Any] = {"params": (below, above), "torch": None}
    first = banded(*shape, below + above + 1, n, above=above)
    op("solve_banded", first, real(*shape, n, 2), **each,
       numpy=by_matrix(lambda x, b, *sizes: np.linalg.solve(dense(x, *sizes), b)))  # fmt: skip
    op("banded_matmul", first, real(*shape, n, 2), **each,
       numpy=by_matrix(lambda x, b, *sizes: dense(x, *sizes) @ b))  # fmt: skip
    op("banded_transpose", first, **each,
       numpy=by_matrix(lambda x, m, n: bands(dense(x, m, n).T, n, m)))  # fmt: skip
    op("banded_outer", real(*shape, n, 2), real(*shape, n, 2), **each, numpy=outer_bands)

# convolution


def convolved(a: np.ndarray, b: np.ndarray, method: str) -> np.ndarray:
    sizes = [m + n - 1 for m, n in zip(a.shape[2:], b.shape[2:], strict=True)]
    y = np.zeros((a.shape[0], b.shape[1], *sizes), a.dtype)
    for at in np.ndindex(b.shape[2:]):
        where = tuple(slice(i, i + m) for i, m in zip(at, a.shape[2:], strict=True))
        y[(..., *where)] += np.einsum("id...,dj->ij...", a, b[(..., *at)])
    return y


def slid(a: np.ndarray, b: np.ndarray, method: str) -> np.ndarray:
    sizes = [m - n + 1 for m, n in zip(a.shape[2:], b.shape[2:], strict=True)]
    y = np.zeros((a.shape[0], b.shape[0], *sizes), a.dtype)
    for at in np.ndindex(b.shape[2:]):
        where = tuple(slice(i, i + m) for i, m in zip(at, sizes, strict=True))
        y += np.einsum("id...,jd->ij...", a[(..., *where)], b[(..., *at)])
    return y


for i, d, j, m, n in ((2, 3, 2, (4,), (2,)), (1, 1, 1, (5,), (3,)), (1, 2, 3, (3, 4), (2, 1)),
                      (1, 1, 1, (3, 4), (2, 2)), (2, 2, 1, (), ()),
                      (0, 2, 1, (3,), (2,))):  # fmt: skip
    op("convolve_axes", real(i, d, *m), real(d, j, *n), params=("auto",), numpy=convolved,
       torch=None)  # fmt: skip
    op("slide_axes", real(i, d, *m), real(j, d, *n), params=("auto",), numpy=slid, torch=None)

# a differential equation: the state, the times and the parameters in one vector


def oscillation(y: Any, t: Any, theta: Any) -> Any:
    return np.stack([theta[0] * y[1], theta[1] * t - y[0]])


def starts(d: int, n: int, p: int) -> Sample:
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        times = np.cumsum(rng.uniform(0.2, 0.5, n))
        return np.concatenate([rng.uniform(0.5, 1.5, d), times, rng.uniform(0.5, 1.5, p)])

    return Domain(draw)(d + n + p)


def solved(x: np.ndarray, slope: Any, d: int, n: int, settings: dict[str, Any]) -> np.ndarray:
    if not x.size:
        return np.zeros((n, d), x.dtype)
    start, times, theta = np.split(x.astype(float), [d, d + n])
    y = integrate.odeint(slope, start, times, (theta,), **settings)
    return y.astype(x.dtype)


precise = {"rtol": 1e-13, "atol": 1e-13}
for d, n, p in ((2, 3, 2), (2, 1, 2), (0, 0, 0)):
    op("odeint", starts(d, n, p), params=(oscillation, d, n, precise), numpy=solved, torch=None)
