"""Bessel functions of the orders 0 and 1, and Airy's function.

Near 0 their power series, far out Hankel's asymptotic series. Between: J and Y by Miller's
backward recurrence and Neumann's series (W. Gautschi, "Computational aspects of three-term
recurrence relations", 1967); K by the trapezoidal rule on its integral (L. N. Trefethen and
J. A. C. Weideman, "The exponentially convergent trapezoidal rule", 2014); Airy's function by Taylor
series about known values. Formulas are those of the NIST Handbook of Mathematical Functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from minitorch.kernels.gamma import EULER
from minitorch.kernels.pieces import Doubles, in_double, piecewise, polynomial

Pair = tuple[Doubles, Doubles]


@cache
def _series(order: int, count: int = 50) -> tuple[list[float], list[float]]:
    """Coefficients 1 / (k! (k + order)!), and these times psi(k + 1) + psi(k + order + 1)."""
    plain, logarithmic, harmonic = [], [], 0.0
    for k in range(count):
        harmonic += 1 / k if k else 0.0
        c = 1 / math.factorial(k) / math.factorial(k + order)
        plain.append(c)
        digammas = 2 * (harmonic - EULER) + (1 / (k + 1) if order else 0.0)
        logarithmic.append(c * digammas)
    return plain, logarithmic


@cache
def _hankel(order: float, count: int) -> list[float]:
    """a_k of NIST 10.17.1: the coefficients of the asymptotic series."""
    a = [1.0]
    for k in range(1, count):
        a.append(a[-1] * (4 * order * order - (2 * k - 1) ** 2) / (8 * k))
    return a


# J and Y


def _power_j(order: int, x: Doubles) -> Doubles:
    return (0.5 * x) ** order * polynomial(-0.25 * x * x, _series(order, 14)[0])


def _power_y(order: int, x: Doubles) -> Doubles:
    rest = (0.5 * x) ** order * polynomial(-0.25 * x * x, _series(order, 14)[1])
    y = 2 * np.log(0.5 * x) * _power_j(order, x) - rest
    return (y - 2 / x if order else y) / np.pi


def _miller(x: Doubles) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """J0, J1, Y0 and Y1 for 2 <= x <= 25, from J of higher orders down."""
    top = 64
    above, here = np.zeros_like(x), np.full_like(x, 1e-250)
    norm, y0, y1 = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    inverse = 2 / x
    for n in range(top, 0, -1):  # here is J_n up to a factor
        k = n // 2
        sign = -1.0 if k % 2 else 1.0
        if n % 2 == 0:
            norm += here
            y0 += (sign / k) * here
        elif k:
            y1 += (sign * n / (k * (k + 1))) * here
        above, here = here, n * inverse * here - above
    norm = 1 / (here + 2 * norm)
    j0, j1, y0, y1 = here * norm, above * norm, y0 * norm, y1 * norm
    logarithm = np.log(0.5 * x) + EULER
    y0 = (logarithm * j0 - 2 * y0) * (2 / np.pi)
    y1 = ((logarithm - 1) * j1 - y1 - j0 / x) * (2 / np.pi)
    return j0, j1, y0, y1


def _waves(order: int, x: Doubles) -> Pair:
    """J and Y of an order, far out."""
    a, inverse = _hankel(order, 24), 1 / x
    signs = [(-1) ** (k // 2) * c for k, c in enumerate(a)]
    p = polynomial(inverse * inverse, signs[0::2])
    q = inverse * polynomial(inverse * inverse, signs[1::2])
    sine, cosine = np.sin(x), np.cos(x)
    c, s = cosine + sine, sine - cosine  # of x - pi / 4, times sqrt(2)
    if order:
        c, s = s, -c
    size = np.sqrt(inverse / np.pi)
    far = np.isinf(x)
    return np.where(far, 0, size * (p * c - q * s)), np.where(far, 0, size * (p * s + q * c))


def _first(order: int, x: Doubles) -> Doubles:
    size = np.abs(x)
    y = piecewise(
        (size,),
        (size < 2, lambda x: _power_j(order, x)),
        ((size >= 2) & (size < 25), lambda x: _miller(x)[order]),
        (size >= 25, lambda x: _waves(order, x)[0]),
    )
    return np.copysign(1, x) * y if order else y


def _second(order: int, x: Doubles) -> Doubles:
    return piecewise(
        (x,),
        ((x > 0) & (x < 2), lambda x: _power_y(order, x)),
        ((x >= 2) & (x < 25), lambda x: _miller(x)[2 + order]),
        (x >= 25, lambda x: _waves(order, x)[1]),
        (x == 0, lambda x: np.full_like(x, -np.inf)),
    )


def _kernel(name: str, function: Callable[[int, Doubles], Doubles], order: int) -> Callable:
    def kernel(x: Doubles) -> Doubles:
        return function(order, x)

    kernel.__name__ = kernel.__qualname__ = name
    return in_double(kernel)


j0, j1 = _kernel("j0", _first, 0), _kernel("j1", _first, 1)
y0, y1 = _kernel("y0", _second, 0), _kernel("y1", _second, 1)

# I and K


def _power_i(order: int, x: Doubles) -> Doubles:
    return (0.5 * x) ** order * polynomial(0.25 * x * x, _series(order)[0])


def _scaled_i(order: int, x: Doubles) -> Doubles:
    """exp(-|x|) I(x)."""
    size = np.abs(x)
    y = piecewise(
        (size,),
        (size <= 20, lambda x: np.exp(-x) * _power_i(order, x)),
        (size > 20, lambda x: _far_i(order, x)),
    )
    return np.copysign(1, x) * y if order else y


def _far_i(order: int, x: Doubles) -> Doubles:
    terms = [(-1) ** k * c for k, c in enumerate(_hankel(order, 28))]
    return polynomial(1 / x, terms) / np.sqrt(2 * np.pi * x)


def _plain_i(order: int, x: Doubles) -> Doubles:
    size = np.abs(x)
    y = piecewise(
        (size,),
        (size <= 20, lambda x: _power_i(order, x)),
        (size > 20, lambda x: np.exp(0.5 * x) * _far_i(order, x) * np.exp(0.5 * x)),
    )
    y = np.where(np.isinf(x), np.inf, y)
    return np.copysign(1, x) * y if order else y


def _power_k(order: int, x: Doubles) -> Doubles:
    rest = 0.5 * (0.5 * x) ** order * polynomial(0.25 * x * x, _series(order, 14)[1])
    product = np.log(0.5 * x) * _power_i(order, x)
    return 1 / x + product - rest if order else rest - product


def _far_k(order: float, x: Doubles) -> Doubles:
    """exp(x) K(x) for x >= 1.8: the integral of exp(-x (cosh(t) - 1)) cosh(order t)."""
    step = 0.125 * np.minimum(1, np.sqrt(20 / x))
    total = np.full_like(x, 0.5)
    for k in range(1, 33):
        t = k * step
        half = np.sinh(0.5 * t)
        total += np.exp(-2 * x * half * half) * np.cosh(order * t)
    return step * total


def _scaled_k(order: int, x: Doubles) -> Doubles:
    return piecewise(
        (x,),
        ((x > 0) & (x < 2), lambda x: np.exp(x) * _power_k(order, x)),
        (x >= 2, lambda x: np.where(np.isinf(x), 0, _far_k(order, x))),
        (x == 0, lambda x: np.full_like(x, np.inf)),
    )


def _plain_k(order: int, x: Doubles) -> Doubles:
    return piecewise(
        (x,),
        ((x > 0) & (x < 2), lambda x: _power_k(order, x)),
        (x >= 2, lambda x: np.where(np.isinf(x), 0, np.exp(-x) * _far_k(order, x))),
        (x == 0, lambda x: np.full_like(x, np.inf)),
    )


i0, i1 = _kernel("i0", _plain_i, 0), _kernel("i1", _plain_i, 1)
i0e, i1e = _kernel("i0e", _scaled_i, 0), _kernel("i1e", _scaled_i, 1)
k0, k1 = _kernel("k0", _plain_k, 0), _kernel("k1", _plain_k, 1)
k0e, k1e = _kernel("k0e", _scaled_k, 0), _kernel("k1e", _scaled_k, 1)

# Airy's function and its slope at -9, -8.5, …, 2
_AIRY = np.array([
    (-0.022133721547341403, -0.9756639809263316), (-0.33029023763020887, -0.03231334828463914),
    (-0.0527050503563862, 0.9355609381983065), (0.3217757163806479, 0.3188095066985546),
    (0.18428083525050565, -0.7710081684101265), (-0.2380203019971158, -0.6749524925132022),
    (-0.3291451736298231, 0.3459354872813429), (0.017781541276574976, 0.8641972177713984),
    (0.35076100902411433, 0.32719281855444315), (0.2921527810559595, -0.5233625323157477),
    (-0.07026553294928951, -0.7906285753685813), (-0.37553382314043193, -0.34344343345404815),
    (-0.37881429367765806, 0.3145837692165988), (-0.11232506769296609, 0.6788527342647943),
    (0.22740742820168558, 0.618259020741691), (0.4642565777488694, 0.3091869672024104),
    (0.5355608832923521, -0.01016056711664521), (0.4757280916105396, -0.20408167033954738),
    (0.3550280538878172, -0.2588194037928068), (0.23169360648083348, -0.2249105326646839),
    (0.13529241631288141, -0.1591474412967932), (0.07174949700810541, -0.09738201284230132),
    (0.03492413042327438, -0.05309038443365363),
])  # fmt: skip


def _airy_taylor(x: Doubles) -> Doubles:
    """About the nearest known point: y'' = x y gives all derivatives there."""
    centre = np.rint(2 * x) / 2
    d = x - centre
    known = _AIRY[np.rint(2 * centre + 18).astype(int)]
    a, b = known[:, 0], known[:, 1]
    before, here, after = np.zeros_like(x), a.copy(), b.copy()
    total, power = a + b * d, d.copy()
    for n in range(22):
        before, here, after = here, after, (centre * here + before) / ((n + 1) * (n + 2))
        power *= d
        total += after * power
    return total


def _airy_far(x: Doubles) -> Doubles:
    zeta = 2 / 3 * x * np.sqrt(x)
    y = np.exp(-zeta) * np.sqrt(x / 3) / np.pi * _far_k(1 / 3, zeta)
    return np.where(zeta > 750, 0, y)


def _airy_waves(x: Doubles) -> Doubles:
    x = -x
    zeta = 2 / 3 * x * np.sqrt(x)
    a, inverse = _hankel(1 / 3, 26), 1 / zeta
    u = [(-1) ** (k // 2) * abs(c) for k, c in enumerate(a)]
    even = polynomial(inverse * inverse, u[0::2])
    odd = inverse * polynomial(inverse * inverse, u[1::2])
    angle = zeta - 0.25 * np.pi
    y = (np.cos(angle) * even + np.sin(angle) * odd) / np.sqrt(np.pi * np.sqrt(x))
    return np.where(np.isinf(x), 0, y)


@in_double
def airy_ai(x: Doubles) -> Doubles:
    """Airy's function Ai."""
    return piecewise(
        (x,),
        (np.abs(x + 3.5) <= 5.5, _airy_taylor),
        (x > 2, _airy_far),
        (x < -9, _airy_waves),
    )
