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
WHOLE = f(12582912)  # added to a small number, rounds it to a whole one, kept in its last bits
ZERO, INFINITE = f(0), f(np.inf)
NEAR = f(0.6)  # tanh of smaller numbers is a polynomial
TINY, FINER, NAN = np.finfo(f).tiny, f(2**23), f(np.nan)
ROOT = np.float32(0.5**0.5).view(np.int32)


@inlined
def exp(x: Any) -> Any:
    shifted = x * PER_OCTAVE + WHOLE
    n = shifted - WHOLE
    r = x - n * OCTAVE - n * REST
    p = f(0.0013926183587)
    p = p * r + f(0.0083631790527)
    p = p * r + f(0.041666554617)
    p = p * r + f(0.16666576990)
    p = p * r + f(0.5)
    p = p * r + ONE
    p = p * r + ONE
    exponent = f(shifted).view(np.int32) << np.int32(23)  # n, where float32 has its exponent
    y = np.int32(f(p).view(np.int32) + exponent).view(np.float32)
    y = y if x <= HIGH else x * INFINITE
    return y if not x < LOW else ZERO


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


@inlined
def log(x: Any) -> Any:
    """Of -0 and what has no logarithm, NaN or -infinity; of infinity it is a large number."""
    small = x < TINY
    normal = x * FINER if small else x
    bits = f(normal).view(np.int32)
    n = np.int32(np.int32(bits - ROOT) >> np.int32(23))
    m = np.int32(bits - np.int32(n << np.int32(23))).view(np.float32)  # from √½ to √2
    s = (m - ONE) / (m + ONE)
    z = s * s
    p = f(1 / 9) * z + f(1 / 7)
    p = p * z + f(1 / 5)
    p = p * z + f(1 / 3)
    e = f(n) - f(23) if small else f(n)
    y = e * OCTAVE + (e * REST + TWO * (s + s * z * p))
    return y if x > ZERO else (-INFINITE if x == ZERO else NAN)


@inlined
def apart(x: Any, top: Any, level: Any) -> Any:
    """(x - top) - level, in this order: x - (top + level) loses the digits of a small level."""
    return (x - top) - level
