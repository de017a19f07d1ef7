"""Functions of one float32 number, of products and sums, so that loops of them become vectors.

Numba's own call the C library for each number. The polynomials are Chebyshev fits of
(exp(r) - 1 - r) / r² for |r| <= log(2) / 2 and of (tanh(x) / x - 1) / x² for x² <= 0.37. They are
within 3 units in the last place; exp of less than -87.3, which is no normal number, is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import inlined

f = np.float32
LOW, HIGH = f(-87.33), f(88.72)
PER_OCTAVE = f(1.4426950408889634)  # 1 / log(2)
OCTAVE, REST = f(0.693359375), f(-0.00021219444005471377)  # log(2) in two parts
HALF, ONE, TWO = f(0.5), f(1), f(2)
ZERO, INFINITE = f(0), f(np.inf)
NEAR = f(0.6)  # tanh of smaller numbers is a polynomial


@inlined
def exp(x: Any) -> Any:
    n = np.floor(x * PER_OCTAVE + HALF)
    n = n if n > f(-126) else f(-126)
    n = n if n < f(127) else f(127)
    r = x - n * OCTAVE - n * REST
    p = f(0.0001989130493)
    p = p * r + f(0.001393393285)
    p = p * r + f(0.008333310642)
    p = p * r + f(0.04166646237)
    p = p * r + f(0.1666666668)
    p = p * r + f(0.5000000014)
    y = (p * r * r + r + ONE) * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(
        np.float32
    )
    y = y if not x < LOW else ZERO
    return y if not x > HIGH else INFINITE


@inlined
def tanh(x: Any) -> Any:
    z = x * x
    p = f(-0.006212138674)
    p = p * z + f(0.02107438413)
    p = p * z + f(-0.05386674958)
    p = p * z + f(0.1333287116)
    p = p * z + f(-0.3333332992)
    near = x + x * z * p
    far = ONE - TWO / (exp(TWO * abs(x)) + ONE)
    return near if z < NEAR * NEAR else (far if x > ZERO else -far)


@inlined
def sigmoid(x: Any) -> Any:
    return ONE / (ONE + exp(-x))
