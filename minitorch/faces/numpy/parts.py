"""NumPy's elementwise functions that are no ufuncs, with NumPy's signatures, on boxes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.faces.numpy.choosing import where
from minitorch.faces.numpy.methods import ABSENT, call
from minitorch.faces.numpy.operands import boxed, common, face_among, floating, into, joined
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import is_number, to_dtype
from minitorch.ops import complex as ops
from minitorch.ops import elementwise as ew
from minitorch.ops import numbers
from minitorch.ops.complex import is_complex

Function = Callable[..., Any]

# complex numbers


def real(val: Any) -> Any:
    """`numpy.real`: the real part; of a real array, that array.

    NumPy's is a view that can be written to; this is a copy that can't be: write `x.real = ...`.
    """
    return sealed(ops.real.unary(val)) if is_complex(val) else val


def imag(val: Any) -> Any:
    """`numpy.imag`: the imaginary part; of a real array zeros. It can't be written to."""
    return sealed(ops.imag.unary(val) if is_complex(val) else identity.unary(val.detach() * 0))


def sealed(x: Box) -> Box:
    """`x`, of an array that NumPy refuses to write to."""
    if isinstance(x._value, np.ndarray):
        x._value.flags.writeable = False
    return x


def angle(z: Any, deg: bool = False) -> Any:
    """`numpy.angle`: the angle in the complex plane; its slope at 0 is taken as 0."""
    y = ew.angle.unary(z) if is_complex(z) else ufuncs[np.arctan2](0.0, z)
    return y * (180 / math.pi) if deg else y


def real_if_close(a: Any, tol: float = 100) -> Any:
    """`numpy.real_if_close`: the real part, where all imaginary parts are next to 0."""
    if not is_complex(a):
        return a
    if tol > 1:
        tol = float(np.finfo(a._value.dtype).eps) * tol
    return real(a) if np.all(np.absolute(np.asarray(a._value).imag) < tol) else a


# rounding, bounding, replacing


def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """`numpy.round`: to a number of decimals; halves go to the even digit."""
    x = boxed(a, face_among(a, out))
    if x._value.dtype.kind in "iub":
        return into(out, fresh(x.face, np.round(x._value, decimals)), "round")
    up, down = (np.multiply, np.divide) if decimals > 0 else (np.divide, np.multiply)
    scale = 10.0 ** abs(decimals)
    y = ew.rint.unary(ufuncs[up](x, scale) if decimals else x)
    return into(out, ufuncs[down](y, scale) if decimals else y, "round")


def clip(a: Any, a_min: Any = ABSENT, a_max: Any = ABSENT, out: Any = None, *, min: Any = ABSENT,
         max: Any = ABSENT, **settings: Any) -> Any:  # fmt: skip
    """`numpy.clip`: at least `a_min` and at most `a_max`; the slope at them is 1.

    `settings` are those of a ufunc: `where=`, `dtype=` and so on.
    """
    given, named = (a_min, a_max), (min, max)
    if any(b is not ABSENT for b in given) and any(b is not ABSENT for b in named):
        raise ValueError(
            "Passing `min` or `max` keyword argument when `a_min` and `a_max` are provided is "
            "forbidden."
        )
    pairs = zip(given, named, strict=True)
    low, high = (next((b for b in pair if b is not ABSENT), None) for pair in pairs)
    x = boxed(a, face_among(a, low, high, out))
    if not settings:
        return into(out, _bounded(x, low, high), "clip")
    bounds = [-math.inf if low is None else low, math.inf if high is None else high]
    return call(np._core.umath.clip, _bounded, x, *bounds, out=out, **settings)  # type: ignore[attr-defined]


def _bounded(x: Box, low: Any, high: Any) -> Any:
    bounds = [bound for bound in (low, high) if bound is not None]
    if all(is_number(bound) for bound in bounds):
        return ew.clamp.unary(to_dtype(x, common(x.face, (x, *bounds))), low, high)
    if low is not None:
        x = ew.at_least.binary(*joined(x, low))
    return x if high is None else ew.at_most.binary(*joined(x, high))


def fix(x: Any, out: Any = None) -> Any:
    """`numpy.fix`: rounded towards 0."""
    return into(out, ew.trunc.unary(boxed(x, face_among(x, out))), "fix")


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None,
               neginf: Any = None) -> Any:  # fmt: skip
    """`numpy.nan_to_num`: NaN and infinities replaced by numbers, or by elements of arrays."""
    if is_complex(x):
        y, z = (_replaced(part, nan, posinf, neginf) for part in (real(x), imag(x)))
        y = to_dtype(ufuncs[np.add](y, ufuncs[np.multiply](z, 1j)), x._value.dtype)
    else:
        y = _replaced(x, nan, posinf, neginf)
    return y if copy else into(x, y, "nan_to_num")


def _replaced(x: Box, nan: Any, posinf: Any, neginf: Any) -> Any:
    dtype = x._value.dtype
    if dtype.kind != "f":
        return identity.unary(x)
    limits = np.finfo(dtype)
    posinf = float(limits.max) if posinf is None else posinf
    neginf = float(limits.min) if neginf is None else neginf
    if is_number(nan) and is_number(posinf) and is_number(neginf):
        return ew.finite_part.unary(x, nan, posinf, neginf)
    for test, number in (
        (ew.isnan.unary(x), nan),
        (ufuncs[np.equal](x, math.inf), posinf),
        (ufuncs[np.equal](x, -math.inf), neginf),
    ):
        x = to_dtype(where(test, number, x), dtype)
    return x


def sinc(x: Any) -> Any:
    """`numpy.sinc`: sin(pi x) / (pi x), and 1 at 0."""
    return ew.sinc.unary(floating(x))


def i0(x: Any) -> Any:
    """`numpy.i0`: the modified Bessel function of the first kind, of order 0."""
    if is_complex(x):
        raise TypeError("i0 not supported for complex values")
    return numbers.bessel_i.unary(floating(x), 0)


functions: dict[Function, Function] = {
    np.real: real, np.imag: imag, np.angle: angle, np.real_if_close: real_if_close, np.fix: fix,
    np.round: round, np.around: round, np.clip: clip, np.nan_to_num: nan_to_num,
    np.sinc: sinc, np.i0: i0,
}  # fmt: skip
