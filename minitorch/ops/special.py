"""Special functions, from kernels in NumPy alone; formulas are those of the NIST Handbook of
Mathematical Functions (Olver et al., 2010).

`minitorch.scipy.special` is made of these too, and of SciPy's own for what PyTorch has not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from minitorch.engine.primitive import Primitive
from minitorch.kernels import bessel, error, gamma
from minitorch.kernels.polynomials import CHEBYSHEV, OTHERS
from minitorch.ops.elementwise import (
    Slope,
    elementwise,
    exp,
    log,
    sgn,
    sinc_slope,
    zeros_of,
)
from minitorch.ops.numbers import xlog1py as xlog1py
from minitorch.ops.numbers import xlogy

ROOT_PI, ROOT_2PI = math.sqrt(math.pi), math.sqrt(2.0 * math.pi)


def function(
    name: str,
    run: Callable[..., Any],
    slopes: Sequence[Slope],
    doc: str,
    names: Sequence[str] = ("x",),
    grad_name: str | None = None,
) -> Primitive:
    """Declare a special function."""
    return elementwise(name, run, slopes, names=names, arrays=len(names), doc=doc,
                       grad_name=grad_name)  # fmt: skip


def underivable(theirs: str, name: str, argument: str) -> Slope:
    """The slope of what has no derivative in closed form: to compute it is an error.

    As in PyTorch, the error comes with the gradient and not with the value; `theirs` is what
    PyTorch calls the derivative.
    """

    def slope(y: Any) -> NoReturn:
        raise NotImplementedError(
            f"the derivative for {theirs!r} is not implemented: {name} has none in closed form "
            f"with respect to its argument {argument!r}; detach() that argument if it is meant to "
            "be a constant"
        )

    slope.refuses = True  # type: ignore[attr-defined]
    return slope


# the error function and the normal distribution

erf = function("erf", error.erf, (lambda x: 2 / ROOT_PI * exp(-x * x),), "the error function")
erfc = function("erfc", error.erfc, (lambda x: -2 / ROOT_PI * exp(-x * x),), "1 - erf(x)")
erfcx = function(
    "erfcx", error.erfcx, (lambda x, y: 2 * (x * y - 1 / ROOT_PI),), "exp(x ** 2) erfc(x)",
    grad_name="SpecialErfcxBackward0",
)  # fmt: skip
erfinv = function(
    "erfinv",
    error.erfinv,
    (lambda x: ROOT_PI / 2 * exp(erfinv(x) * erfinv(x)),),
    "the inverse of erf",
)
ndtr = function(
    "ndtr", error.ndtr, (lambda x: exp(-0.5 * x * x) / ROOT_2PI,),
    "the normal distribution function",
)  # fmt: skip
ndtri = function(
    "ndtri", error.ndtri, (lambda y: exp(0.5 * y * y) * ROOT_2PI,), "the inverse of ndtr",
    grad_name="SpecialNdtriBackward0",
)  # fmt: skip
log_ndtr = function(
    "log_ndtr", error.log_ndtr, (lambda x: mills(x),), "log(ndtr(x)), exact for negative x",
    grad_name="SpecialLogNdtrBackward0",
)  # fmt: skip
mills = function(
    "mills", error.mills, (lambda x, y: -y * (x + y),),
    "the normal density divided by its distribution function: the slope of log_ndtr",
)  # fmt: skip

# the gamma function

gammaln = function(
    "gammaln", gamma.gammaln, (lambda x: psi(x),), "log |gamma(x)|", grad_name="LgammaBackward0"
)
psi = function(
    "psi", gamma.digamma, (lambda x: polygamma(zeros_of(x) * 0 + 1, x),),
    "the digamma function: the slope of gammaln", grad_name="DigammaBackward0",
)  # fmt: skip
polygamma = function(
    "polygamma", gamma.polygamma, (None, lambda n, x: polygamma(n + 1, x)),
    "the n-th derivative of psi", ("n", "x"),
)  # fmt: skip
zeta = function(
    "zeta", gamma.zeta, (underivable("zeta", "zeta", "x"), lambda x, q: -x * zeta(x + 1, q)),
    "the sum of (k + q) ** -x over k >= 0", ("x", "q"), grad_name="SpecialZetaBackward0",
)  # fmt: skip


def gamma_density(a: Any, x: Any) -> Any:
    """The slope of gammainc in x."""
    return exp(xlogy(a - 1, x) - x - gammaln(a))


gammainc = function(
    "gammainc", gamma.gammainc,
    (underivable("igamma: input", "gammainc", "a"), lambda a, x: gamma_density(a, x)),
    "the regularized lower incomplete gamma function", ("a", "x"), grad_name="IgammaBackward0",
)  # fmt: skip
gammaincc = function(
    "gammaincc", gamma.gammaincc,
    (underivable("igammac: input", "gammaincc", "a"), lambda a, x: -gamma_density(a, x)),
    "the regularized upper incomplete gamma function", ("a", "x"), grad_name="IgammacBackward0",
)  # fmt: skip

# logarithms


def _logit(x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        near = np.log1p((2 * x - 1) / (1 - x))  # exact about 1/2, where the logarithm is 0
        return np.where(np.abs(x - 0.5) < 0.2, near, np.log(x / (1 - x))).astype(x.dtype)


def _entr(x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        y = np.where(x == 0, 0, -x * np.log(x))
        return np.where(x < 0, -np.inf, y).astype(x.dtype)


logit = function(
    "logit", _logit, (lambda y: exp(y) + exp(-y) + 2,), "log(x / (1 - x)), the inverse of sigmoid"
)
entr = function(
    "entr", _entr, (lambda x: -log(x) - 1,), "-x log(x)", grad_name="SpecialEntrBackward0"
)

# Bessel functions


def over(y: Any, x: Any) -> Any:
    """y / x of an odd function y with slope 1/2 at 0."""
    hole = zeros_of(x)
    return (y + 0.5 * hole) / (x + hole)


first, modified = "the Bessel function of the first kind", "the modified Bessel function of the"
j0 = function("j0", bessel.j0, (lambda x: -j1(x),), f"{first}, of order 0")
j1 = function("j1", bessel.j1, (lambda x, y: j0(x) - over(y, x),), f"{first}, of order 1")
y0 = function(
    "y0", bessel.y0, (lambda x: -y1(x),), "the Bessel function of the second kind, of order 0"
)
y1 = function(
    "y1", bessel.y1, (lambda x, y: y0(x) - y / x,),
    "the Bessel function of the second kind, of order 1",
)  # fmt: skip
i0 = function("i0", bessel.i0, (lambda x: i1(x),), f"{modified} first kind, of order 0")
i1 = function(
    "i1", bessel.i1, (lambda x, y: i0(x) - over(y, x),), f"{modified} first kind, of order 1",
    grad_name="SpecialI1Backward0",
)  # fmt: skip
i0e = function(
    "i0e", bessel.i0e, (lambda x, y: i1e(x) - sgn(x) * y,), "exp(-|x|) i0(x)",
    grad_name="SpecialI0EBackward0",
)  # fmt: skip
i1e = function(
    "i1e", bessel.i1e, (lambda x, y: i0e(x) - over(y, x) - sgn(x) * y,), "exp(-|x|) i1(x)",
    grad_name="SpecialI1EBackward0",
)  # fmt: skip
k0 = function("k0", bessel.k0, (lambda x: -k1(x),), f"{modified} second kind, of order 0")
k1 = function(
    "k1", bessel.k1, (lambda x, y: -k0(x) - y / x,), f"{modified} second kind, of order 1"
)
k0e = function("k0e", bessel.k0e, (lambda x, y: y - k1e(x),), "exp(x) k0(x)")
k1e = function("k1e", bessel.k1e, (lambda x, y: y - k0e(x) - y / x,), "exp(x) k1(x)")
airy_ai = function(
    "airy_ai", bessel.airy_ai, (underivable("airy_ai", "airy_ai", "x"),), "Airy's function Ai"
)


def _spherical(x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        y = np.sin(x) / np.where(x == 0, 1, x)
        return np.where(np.isinf(x), 0, np.where(x == 0, 1, y)).astype(x.dtype)


spherical_j0 = function(
    "spherical_j0", _spherical, (lambda x: sinc_slope(x * (1 / math.pi), 1) * (1 / math.pi),),
    "the spherical Bessel function of the first kind, of order 0",
)  # fmt: skip

polynomials = {
    name: function(
        name, kernel, tuple(underivable(name, name, argument) for argument in ("x", "n")),
        f"the {name.replace('_', ' ')} of degree n", ("x", "n"),
    )
    for name, kernel in {**CHEBYSHEV, **OTHERS}.items()
}  # fmt: skip
