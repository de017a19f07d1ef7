"""Special functions: those of torch.* and those that only torch.special has."""

from __future__ import annotations

from tests.parity.calls import but, named, unary, unary_in_place

UNARY = "erf erfc erfinv lgamma digamma i0"
ONLY_SPECIAL = "erfcx ndtr ndtri log_ndtr entr i0e i1 i1e gammaln psi expit sinc exp2 expm1 log1p"
# PyTorch's have no derivative, ours have
DETACHED = """airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_i0 modified_bessel_i1
    modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1
    spherical_bessel_j0"""
POLYNOMIALS = """chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v
    chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l
    legendre_polynomial_p shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u
    shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w"""


# PyTorch's trigamma is good to 1e-9 and misses the poles of whole numbers; ours is compared with
# SciPy's in tests/parity/test_special.py
TRIGAMMA = "float64; float64 complex64; int64; int32 int16; int64 float32; float32 int64"
# at infinite or NaN arguments PyTorch gives NaN (or, for the slopes of i1 and i1e, a number) where
# there is a limit (or is none)
INFINITE = "odd; odd and even"
SKIPPED = {
    **dict.fromkeys(("digamma", "psi", "lgamma", "gammaln"), f"{TRIGAMMA}; {INFINITE}"),
    **dict.fromkeys(("i0", "i1", "i1e", "log_ndtr", *DETACHED.split()), INFINITE),
    # PyTorch's are good to 1e-6 only
    **dict.fromkeys(("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"),
                    f"float64; float64 complex64; {INFINITE}"),
}  # fmt: skip


def special(name, call, title):
    return skipping(name, named(call, title, (False, "special"), (False, name)))


def skipping(name, call):
    return but(SKIPPED[name], call) if name in SKIPPED else call


def skipped(calls):
    """The calls, each without the worlds in which PyTorch's function of that name is wrong."""
    return [skipping(call.touched[0][1].rstrip("_"), call) for call in calls]


CALLS = [
    lambda torch: torch.special.airy_ai(x=torch.tensor([0.5, 1.5])),
    lambda torch: torch.special.spherical_bessel_j0(x=torch.tensor([0.5, 1.5])),
    lambda torch: torch.special.chebyshev_polynomial_t(x=torch.tensor([0.5]), n=torch.tensor([3])),
    *skipped(unary(UNARY)),
    *skipped(unary_in_place(" ".join(f"{name}_" for name in UNARY.split()))),
    *(special(name, lambda torch, x, name=name: getattr(torch.special, name)(x),
              f"torch.special.{name}(x)") for name in [*UNARY.split(), *ONLY_SPECIAL.split()]
      if name != "lgamma"),
    *(special(name, lambda torch, p, name=name: getattr(torch.special, name)(p),
              f"torch.special.{name}(p)") for name in "gammaln psi i0 i1 ndtr log_ndtr".split()),
    *(special(name, lambda torch, x, name=name: getattr(torch.special, name)(x.detach()),
              f"torch.special.{name}(x.detach())") for name in DETACHED.split()),
    *(special(name, lambda torch, p, name=name: getattr(torch.special, name)(p.detach() * 9),
              f"torch.special.{name}(p.detach() * 9)") for name in DETACHED.split()),
    *(special(name, lambda torch, u, rows, name=name: (
        getattr(torch.special, name)(u.detach(), rows * 3), getattr(torch.special,
            name)(u.detach(), 4),
        getattr(torch.special, name)(0.3, rows - 1), getattr(torch.special, name)(rows, 2.7)),
              f"torch.special.{name}(u.detach(), n)") for name in POLYNOMIALS.split()),
    *(special(name, lambda torch, name=name: getattr(torch.special, name)(
        torch.tensor([1.0, -1.0, 0.0, 0.3, 2.0]).double(),
        torch.tensor([[0.0], [1], [3], [7], [60], [-2]])),
              f"torch.special.{name} of high degrees") for name in POLYNOMIALS.split()),
    lambda torch, u: torch.erfinv(u),
    lambda torch, u: torch.special.ndtri(u.abs()),
    lambda torch, p: torch.lgamma(p, out=torch.empty(0)),
    lambda torch, p: torch.special.ndtr(p.detach(), out=torch.empty(2, 3)),
    lambda torch, p: torch.special.bessel_j0(p.detach(), out=torch.empty(0)),
    lambda torch: torch.erf(2),
    lambda torch: torch.special.ndtr(2),
    lambda torch: torch.lgamma(torch.tensor([0.0, -1.0, 1.0, 2.0, float("inf"), -float("inf")])),
    lambda torch: torch.digamma(torch.tensor([0.0, -0.0, -1.0, float("inf"), -float("inf")])),
    lambda torch: torch.erfinv(torch.tensor([1.0, -1.0, 2.0, 0.0], requires_grad=True)),
    lambda torch, p: (torch.igamma(p.detach(), p), torch.igammac(p.detach(), p.flip(1))),
    lambda torch, p: torch.igamma(p.detach(), torch.tensor(2.0)),
    lambda torch, p: torch.igamma(p, p.detach()),
    lambda torch, p: torch.igammac(p, p.detach()),
    lambda torch, x, y: torch.igamma(x.detach(), y.detach()),
    lambda torch, x, y: torch.igammac(x.detach(), y.detach()),
    lambda torch, p: (p.detach().igamma(p), p.detach().igammac(p)),
    lambda torch, p: p.detach().clone().igamma_(p.detach()),
    lambda torch, p: p.detach().clone().igammac_(p.detach()),
    lambda torch: torch.igamma(torch.tensor([30.0, 500, 1e5, 30]), torch.tensor([33.0, 480,
        1.001e5, 9])),
    lambda torch: torch.igammac(torch.tensor([30.0, 500, 1e5, 30]), torch.tensor([33.0, 480,
        1.001e5, 9])),
    lambda torch, p: torch.special.gammainc(p.detach(), p),
    lambda torch, p: torch.special.gammaincc(p.detach(), p),
    lambda torch, i, j: torch.igamma(i, j),
    lambda torch, x, p: (torch.xlogy(x, p), x.xlogy(p), torch.special.xlogy(x, p)),
    lambda torch, x: (torch.xlogy(2, x.abs()), torch.xlogy(x, 2), x.clone().xlogy_(2)),
    but(INFINITE, lambda torch, x, y: torch.xlogy(x, y.abs())),  # the slope at 0, 0 is 0
    lambda torch, i, j: (torch.xlogy(i, j), i.clone().xlogy_(j)),
    lambda torch, x, p: (torch.special.xlog1py(x, p), torch.special.xlog1py(2.0, p)),
    lambda torch, i, j: torch.special.xlog1py(i, j),
    lambda torch, p: torch.special.zeta(p.detach() + 1.5, p),
    lambda torch, p: (torch.special.zeta(2, p), torch.special.zeta(p.detach(), 2.0)),
    lambda torch, p: torch.special.zeta(p, 2.0),
    lambda torch: torch.special.zeta(torch.tensor([1.0, 0.5, 2, 2, 3]), torch.tensor([1.0, 1, 0,
        -1, -0.5])),
    but(TRIGAMMA, lambda torch, p: (torch.polygamma(0, p), torch.polygamma(1, p),
        torch.polygamma(n=3, input=p))),
    but(f"{TRIGAMMA}; {INFINITE}", lambda torch, x: (
        torch.polygamma(1, x), x.polygamma(2), torch.special.polygamma(2, x))),
    but(f"{TRIGAMMA}; {INFINITE}", lambda torch, x: (
        x.clone().polygamma_(1), x.clone().polygamma_(n=0))),
    lambda torch, x: torch.polygamma(-1, x),
    lambda torch, x: torch.polygamma(1.5, x),
    but(TRIGAMMA, lambda torch, p: (
        torch.mvlgamma(p + 2, 3), (p + 1).mvlgamma(p=1), torch.special.multigammaln(p + 2, 2))),
    but(TRIGAMMA, lambda torch, p: (p + 1).mvlgamma_(2)),
    lambda torch, p: torch.mvlgamma(p, 0),
    lambda torch, u: (torch.logit(u.abs()), u.abs().logit(), torch.special.logit(u.abs(), 0.1)),
    lambda torch, x: (torch.logit(x, eps=0.1), x.clone().logit_(0.1)),
    # outside of (0, 1) the slope is NaN, and ours in turn has the slope NaN
    but("float64; float64 complex64", lambda torch, x: torch.logit(x)),
    lambda torch, x: (torch.special.softmax(x, -1), torch.special.log_softmax(x, dim=-1)),
    lambda torch, x: (torch.special.logsumexp(x, -1), torch.special.round(x)),
    but(TRIGAMMA, lambda torch, p: torch.special.multigammaln(p, 5)),
]  # fmt: skip
