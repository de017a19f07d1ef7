"""Orthogonal polynomials of a degree per element, by their three-term recurrences (NIST 18.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.kernels.pieces import Doubles, in_double, piecewise

_TRIGONOMETRIC = 50  # the degree from which Chebyshev's polynomials on [-1, 1] come from angles
Step = Callable[[int, Doubles, Doubles, Doubles], Doubles]


def _recurrence(x: Doubles, n: Doubles, first: Doubles, step: Step) -> Doubles:
    """The polynomial of degree n, 0 for negative n; `first` is that of degree 1."""
    before, here = np.ones_like(x), first
    y = np.where(n < 0, 0.0, np.where(n == 0, before, here))
    for k in range(1, int(n.max(initial=0))):
        before, here = here, step(k, x, here, before)
        np.copyto(y, here, where=n > k)
        if np.isnan(here).all():
            break
    return y


def _whole(n: Doubles) -> Doubles:
    """Degrees as PyTorch takes them: without fraction, and none where that is no 64-bit integer."""
    return np.where(np.abs(n) < 2.0**63, np.trunc(n), -1.0)


def _plain(name: str, first: Callable[[Doubles], Doubles], step: Step) -> Callable[..., Any]:
    def kernel(x: Doubles, n: Doubles) -> Doubles:
        return _recurrence(x, _whole(n), first(x), step)

    kernel.__name__ = kernel.__qualname__ = name
    return in_double(kernel)


def _double_less(k: int, x: Doubles, here: Doubles, before: Doubles) -> Doubles:
    return 2 * x * here - before


def _chebyshev(kind: str, shifted: bool = False) -> Callable[..., Any]:
    """Chebyshev's polynomials; of high degree, on (-1, 1), as sines and cosines of angles."""
    first = {
        "t": lambda x: x,
        "u": lambda x: 2 * x,
        "v": lambda x: 2 * x - 1,
        "w": lambda x: 2 * x + 1,
    }[kind]
    wave = {
        "t": lambda n, a: np.cos(n * a),
        "u": lambda n, a: np.sin((n + 1) * a) / np.sin(a),
        "v": lambda n, a: np.cos((n + 0.5) * a) / np.cos(0.5 * a),
        "w": lambda n, a: np.sin((n + 0.5) * a) / np.sin(0.5 * a),
    }[kind]

    def kernel(x: Doubles, n: Doubles) -> Doubles:
        n, x = _whole(n), 2 * x - 1 if shifted else x
        high = (n > _TRIGONOMETRIC) & (np.abs(x) < 1)
        return piecewise(
            (x, n),
            (high, lambda x, n: wave(n, np.arccos(x))),
            (~high, lambda x, n: _recurrence(x, n, first(x), _double_less)),
        )

    kernel.__name__ = kernel.__qualname__ = f"{'shifted_' * shifted}chebyshev_polynomial_{kind}"
    return in_double(kernel)


CHEBYSHEV = {
    kernel.__name__: kernel
    for kernel in (_chebyshev(kind, shifted) for shifted in (False, True) for kind in "tuvw")
}
OTHERS = {
    kernel.__name__: kernel
    for kernel in (
        _plain("hermite_polynomial_h", lambda x: 2 * x, lambda k, x, p, o: 2 * (x * p - k * o)),
        _plain("hermite_polynomial_he", lambda x: x, lambda k, x, p, o: x * p - k * o),
        _plain("laguerre_polynomial_l", lambda x: 1 - x,
               lambda k, x, p, o: ((2 * k + 1 - x) * p - k * o) / (k + 1)),
        _plain("legendre_polynomial_p", lambda x: x,
               lambda k, x, p, o: ((2 * k + 1) * x * p - k * o) / (k + 1)),
    )
}  # fmt: skip
