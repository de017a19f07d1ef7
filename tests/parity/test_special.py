"""torch.special is PyTorch's, name by name, and good over all of the float64 numbers."""

from __future__ import annotations

import numpy as np
import pytest

import minitorch
from minitorch import special
from tests.parity.calls.special import CALLS

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("scipy.special")

RANDOM = np.random.default_rng(0)


def test_the_names_are_pytorchs():
    modules = {"Tensor", "torch", "common_args", "multi_dim_common"}
    wanted = {n for n in dir(torch.special) if not n.startswith("_")} - modules
    assert set(special.__all__) == wanted


def test_every_name_is_compared():
    source = {name for call in CALLS for _, name in getattr(call, "touched", ())}
    written = {n for call in CALLS for n in call.__code__.co_names}
    assert set(special.__all__) - source - written == set()


def spread(low: float, high: float, count: int = 2000) -> np.ndarray:
    """Numbers of every magnitude, of both signs."""
    size = 10 ** RANDOM.uniform(low, high, count)
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, -2.0, 0.5]
    return np.concatenate([size, -size, RANDOM.normal(size=count) * 3, odd])


# name: its SciPy name, the magnitudes, the relative error that is allowed, and the absolute one,
# where the function has zeros about which none of the two is exact to the last bit
CASES = {
    "erf": ("erf", (-300, 3), 1e-15, 0),
    "erfc": ("erfc", (-300, 1.3), 1e-13, 1e-307),
    "erfcx": ("erfcx", (-300, 1.4), 1e-13, 0),
    "ndtr": ("ndtr", (-300, 1.5), 5e-13, 1e-307),
    "log_ndtr": ("log_ndtr", (-300, 9), 5e-13, 1e-307),
    "gammaln": ("gammaln", (-300, 300), 1e-13, 1e-14),
    "digamma": ("psi", (-300, 300), 1e-13, 1e-13),
    "i0": ("i0", (-300, 2.8), 1e-14, 0),
    "i1": ("i1", (-300, 2.8), 1e-14, 0),
    "i0e": ("i0e", (-300, 300), 1e-14, 0),
    "i1e": ("i1e", (-300, 300), 1e-14, 1e-305),
    "bessel_j0": ("j0", (-300, 3), 1e-13, 5e-15),
    "bessel_j1": ("j1", (-300, 3), 1e-13, 5e-15),
    "bessel_y0": ("y0", (-300, 3), 1e-13, 5e-15),
    "bessel_y1": ("y1", (-300, 3), 1e-13, 5e-15),
    "modified_bessel_k0": ("k0", (-300, 2.8), 1e-13, 0),
    "modified_bessel_k1": ("k1", (-300, 2.8), 1e-13, 0),
    "scaled_modified_bessel_k0": ("k0e", (-300, 300), 1e-14, 0),
    "scaled_modified_bessel_k1": ("k1e", (-300, 300), 1e-14, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_over_all_magnitudes(name):
    of, magnitudes, relative, absolute = CASES[name]
    x = spread(*magnitudes)
    with np.errstate(all="ignore"):
        want = getattr(theirs, of)(x)
    got = getattr(special, name)(minitorch.from_numpy(x)).numpy()
    known = ~(np.isinf(x) & np.isnan(want)) & ~((x == -np.inf) & (name == "gammaln"))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(got[known], want[known], relative, absolute)


@pytest.mark.parametrize("name", ["ndtri", "erfinv"])
def test_quantiles(name):
    p = np.concatenate([RANDOM.uniform(size=2000), 10 ** RANDOM.uniform(-307, 0, 2000)])
    p = np.concatenate([p, 1 - p, [0, 1, -0.1, 1.1, np.nan, 0.5]])
    if name == "erfinv":
        p = np.concatenate([p, -p])
    got = getattr(special, name)(minitorch.from_numpy(p)).numpy()
    np.testing.assert_allclose(got, getattr(theirs, name)(p), 2e-15, 1e-300)


@pytest.mark.parametrize("upper", [False, True])
def test_incomplete_gamma(upper):
    a = 10 ** RANDOM.uniform(-3, 2.2, 4000)
    x = np.concatenate([a[:2000] * RANDOM.uniform(0.3, 2, 2000), 10 ** RANDOM.uniform(-3, 2, 2000)])
    name = "gammaincc" if upper else "gammainc"
    got = getattr(special, name)(minitorch.from_numpy(a), minitorch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, getattr(theirs, name)(a, x), 5e-13, 1e-300)


def test_incomplete_gamma_of_tiny_and_huge_numbers():
    # by mpmath 1.4: gammainc(a, x, regularized=True) with 50 digits
    a, x = (
        np.array([835904.823521603, 9.297520214224325e-19]),
        np.array([831536.8491851066, 1.9040816627791282e-22]),
    )
    lower = special.gammainc(minitorch.from_numpy(a[:1]), minitorch.from_numpy(x[:1])).numpy()
    np.testing.assert_allclose(lower, [8.5284114157432045328e-7], 1e-11)
    upper = special.gammaincc(minitorch.from_numpy(a[1:]), minitorch.from_numpy(x[1:])).numpy()
    np.testing.assert_allclose(upper, [4.5962901612731031799e-17], 1e-14)


def test_airy():
    x = np.concatenate([RANDOM.uniform(-60, 20, 4000), [0.0, 2.0, -9.0, -9.0001]])
    got = special.airy_ai(minitorch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, theirs.airy(x)[0], 5e-13, 1e-13)


def test_zeta_and_polygamma():
    s, q = RANDOM.uniform(1.01, 30, 3000), 10 ** RANDOM.uniform(-3, 6, 3000)
    got = special.zeta(minitorch.from_numpy(s), minitorch.from_numpy(q)).numpy()
    np.testing.assert_allclose(got, theirs.zeta(s, q), 1e-13)
    x = np.concatenate([q, RANDOM.uniform(-9, 0, 500)])
    for n in (1, 2, 5, 20):
        got = special.polygamma(n, minitorch.from_numpy(x)).numpy()
        np.testing.assert_allclose(got, theirs.polygamma(n, x), 1e-12, 1e-11)


def test_erf_in_float32_is_good_to_4_units_and_reaches_1():
    x = np.concatenate([RANDOM.normal(size=20000), np.linspace(-6, 6, 20001)]).astype(np.float32)
    got = minitorch.erf(minitorch.from_numpy(x)).numpy()
    want = theirs.erf(x.astype(np.float64))
    assert (np.abs(got - want) <= 4 * np.spacing(np.abs(want).astype(np.float32))).all()
    assert (got[np.abs(x) > 4.2] == np.sign(x[np.abs(x) > 4.2])).all()
    odd = minitorch.erf(minitorch.tensor([float("inf"), float("-inf"), float("nan"), -0.0])).numpy()
    np.testing.assert_array_equal(odd, [1, -1, np.nan, 0])
    assert np.signbit(odd[3])


@pytest.mark.parametrize("name", ["bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1",
                                  "modified_bessel_k0", "scaled_modified_bessel_k1",
                                  "spherical_bessel_j0", "modified_bessel_i1"])  # fmt: skip
def test_bessel_functions_have_derivatives(name):
    x = minitorch.tensor([0.7, 2.0, 6.5, 30.0], dtype=minitorch.float64, requires_grad=True)
    y = getattr(special, name)(x)
    (g,) = minitorch.autograd.grad(y.sum(), x)
    h = 1e-6
    above, below = (getattr(special, name)(x.detach() + s) for s in (h, -h))
    np.testing.assert_allclose(g.numpy(), ((above - below) / (2 * h)).numpy(), 1e-6, 1e-9)


@pytest.mark.parametrize("name", ["airy_ai", "legendre_polynomial_p", "zeta"])
def test_what_has_no_derivative_says_so(name):
    x = minitorch.tensor([1.5], requires_grad=True)
    y = special.airy_ai(x) if name == "airy_ai" else getattr(special, name)(x, 2)
    with pytest.raises(NotImplementedError, match=f"derivative for '{name}' is not implemented"):
        y.sum().backward()
