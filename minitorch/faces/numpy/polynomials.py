"""Polynomials by their coefficients, highest power first, with NumPy's signatures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces import arithmetic
from minitorch.faces.numpy.creation import vander
from minitorch.faces.numpy.indexing import boxes_in, nested, slices
from minitorch.faces.numpy.joining import concatenate, stack
from minitorch.faces.numpy.operands import boxed, face_among, floating, joined
from minitorch.faces.numpy.shaping import atleast_1d
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.ops import shape as ops

Function = Callable[..., Any]
add, subtract = ufuncs[np.add], ufuncs[np.subtract]
multiply, divide, sqrt = ufuncs[np.multiply], ufuncs[np.divide], ufuncs[np.sqrt]


def _arrays(*operands: Any) -> list[Box]:
    """Numbers, sequences and polynomials as boxes of one face and dtype."""
    face = face_among(*boxes_in(operands))
    boxes = [
        boxed(np.asarray(x) if isinstance(x, np.poly1d) else nested(x), face) for x in operands
    ]
    return joined(*boxes, face=face)


def _coefficients(*polynomials: Any) -> list[Box]:
    """Polynomials as vectors of coefficients, boxes of one face and dtype."""
    return [atleast_1d(x) for x in _arrays(*polynomials)]


def _from(p: Box, start: int) -> Any:
    return ops.getitem.unary(p, (slice(start, None),))


def _trimmed(p: Box) -> Any:
    """Without zeros in front; one coefficient stays. Inside of vmap all stay."""
    if not isinstance(p._value, np.ndarray):
        return p
    places = np.flatnonzero(p._value)
    return _from(p, int(places[0]) if places.size else -1)


def _raised(p: Box, n: int) -> Any:
    """Multiplied by the n-th power of the variable: with zeros behind."""
    return ops.pad.unary(p, ((0, n),)) if n else p


def polyval(p: Any, x: Any) -> Any:
    """`numpy.polyval`: the values of a polynomial, by Horner's scheme."""
    if isinstance(x, np.poly1d):
        raise TypeError("np.polyval of traced coefficients at a poly1d is not supported")
    coefficients, x = _arrays(p, x)
    if not coefficients._value.shape[0]:
        return multiply(x, 0)
    y, *rest = slices(coefficients, 0)
    y = ops.broadcast_to.unary(y, x._value.shape) if not rest else y
    for c in rest:
        y = add(multiply(y, x), c)
    return y


def _combining(name: str, combine: Function) -> Function:
    def function(a1: Any, a2: Any) -> Any:
        a, b = _coefficients(a1, a2)
        n = max(a._value.size, b._value.size)
        return combine(*[ops.pad.unary(p, ((n - p._value.size, 0),)) for p in (a, b)])

    text = f"`numpy.{name}`: the coefficients of the {name[4:]} of two polynomials."
    return arithmetic.named(function, name, text)


polyadd, polysub = _combining("polyadd", add), _combining("polysub", subtract)


def polymul(a1: Any, a2: Any) -> Any:
    """`numpy.polymul`: the coefficients of the product of two polynomials."""
    a, b = (_trimmed(p) for p in _coefficients(a1, a2))
    if a._value.size < b._value.size:
        a, b = b, a
    n, m = a._value.size, b._value.size
    rows = multiply(ops.reshape.unary(a, (n, 1)), b)  # each product, sheared so that powers align
    sheared = ops.reshape.unary(ops.pad.unary(rows, ((0, 0), (0, n))), (-1,))
    sheared = ops.reshape.unary(ops.getitem.unary(sheared, (slice(-n),)), (n, n + m - 1))
    return np.sum(sheared, axis=0)


def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """`numpy.polydiv`: the quotient and the remainder of two polynomials."""
    r, v = (floating(p) for p in _coefficients(u, v))
    n = v._value.size
    lead, quotient = ops.getitem.unary(v, (0,)), []
    while r._value.size >= n:
        factor = divide(ops.getitem.unary(r, (0,)), lead)
        quotient.append(factor)
        r = subtract(r, _raised(multiply(factor, v), r._value.size - n))
        if r._value.size == 1:
            break
        r = _from(r, 1)
    if isinstance(r._value, np.ndarray):  # inside of vmap all coefficients stay
        while r._value.size > 1 and np.allclose(r._value[0], 0, rtol=1e-14):
            r = _from(r, 1)
    return stack(quotient) if quotient else multiply(lead, np.zeros(1)), r


def polyder(p: Any, m: int = 1) -> Any:
    """`numpy.polyder`: the coefficients of the m-th derivative."""
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    (q,) = _coefficients(p)
    size, n = q._value.size, max(q._value.size - int(m), 0)
    if not m:
        return q
    kind = int if q._value.dtype.kind in "iub" else float
    powers = np.array([math.perm(size - 1 - i, m) for i in range(n)], kind)
    return multiply(ops.getitem.unary(q, (slice(n),)), powers)


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """`numpy.polyint`: the coefficients of the m-th antiderivative, with constants `k`."""
    order = int(m)
    if order < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    if not order:
        return _coefficients(p)[0]
    q, c = _coefficients(p, 0.0 if k is None else k)
    given = c._value.size
    if given not in (1, order):
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(order):
        own = ops.getitem.unary(c, (slice(i, i + 1) if given > 1 else slice(0, 1),))
        powers = np.arange(q._value.size, 0, -1)
        q = concatenate((divide(q, powers), floating(own)))
    return q


def poly(seq_of_zeros: Any) -> Any:
    """`numpy.poly`: the coefficients of the polynomial with given roots, or of a matrix."""
    z = atleast_1d(boxed(nested(seq_of_zeros)))
    if z._value.ndim == 2 and z._value.shape[0] == z._value.shape[1] != 0:
        z = np.linalg.eigvals(z)  # type: ignore[arg-type]
    elif z._value.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    y = boxed(np.ones(1, floating(z)._value.dtype), z.face)
    for root in slices(z, 0):
        y = subtract(_raised(y, 1), ops.pad.unary(multiply(y, root), ((1, 0),)))
    given = z._value
    if given.dtype.kind == "c" and np.array_equal(np.sort(given), np.sort(given.conj())):
        return np.real(y)  # type: ignore[call-overload]  # of roots in conjugate pairs
    return y


def roots(p: Any) -> Any:
    """`numpy.roots`: the zeros of a polynomial, as the eigenvalues of its companion matrix."""
    (q,) = _coefficients(p)
    if q._value.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    places = np.flatnonzero(q._value)
    if not places.size:
        return ops.getitem.unary(q, (slice(0, 0),))
    at_zero = q._value.size - 1 - int(places[-1])
    q = floating(ops.getitem.unary(q, (slice(int(places[0]), int(places[-1]) + 1),)))
    n = q._value.size - 1
    if not n:
        return multiply(q, np.zeros(at_zero)) if at_zero else _from(q, 1)
    top = divide(ops.reshape.unary(_from(q, 1), (1, n)), ops.getitem.unary(q, (slice(1),)))
    below = np.eye(n, dtype=q._value.dtype)[: n - 1]
    found: Any = np.linalg.eigvals(concatenate((ufuncs[np.negative](top), below)))
    if q._value.dtype.kind == "f" and not np.any(np.imag(found._value)):
        found = np.real(found)  # NumPy 2.5's eigenvalues are complex in any case
    return _raised(found, at_zero)


def polyfit(x: Any, y: Any, deg: Any, rcond: float | None = None, full: bool = False, w: Any = None,
            cov: Any = False) -> Any:  # fmt: skip
    """`numpy.polyfit`: the polynomial that fits points best in the least squares."""
    face = face_among(*boxes_in([x, y, w]))
    x, y = (floating(boxed(nested(part), face)) for part in (x, y))
    if x._value.ndim != 1 or y._value.ndim not in (1, 2) or not x._value.size:
        raise TypeError("expected a non-empty 1D vector for x, and a 1D or 2D array for y")
    if x._value.size != y._value.shape[0]:
        raise TypeError("expected x and y to have same length")
    order = int(deg) + 1
    if order < 1:
        raise ValueError("expected deg >= 0")
    return _fitted(vander(x, order), y, x._value.size, order, rcond, full, w, cov)


def _fitted(lhs: Any, rhs: Any, size: int, order: int, rcond: Any, full: bool, w: Any,
            cov: Any) -> Any:  # fmt: skip
    """The least squares of `polyfit`, with columns of length 1."""
    cut = size * np.finfo(lhs._value.dtype).eps if rcond is None else rcond
    if w is not None:
        weights = floating(boxed(nested(w), lhs.face))
        if weights._value.shape != (size,):
            raise TypeError("expected a 1-d array for weights, of the same length as y")
        column = ops.reshape.unary(weights, (size, 1))
        lhs = multiply(lhs, column)
        rhs = multiply(rhs, column if rhs._value.ndim == 2 else weights)
    scale = sqrt(np.sum(multiply(lhs, lhs), axis=0))
    lhs = divide(lhs, scale)
    found, residuals, rank, singular = np.linalg.lstsq(lhs, rhs, cut)
    tall = ops.reshape.unary(scale, (order, 1)) if found._value.ndim == 2 else scale
    found = divide(found, tall)
    if full:
        return found, residuals, rank, singular, cut
    if not cov:
        return found
    base = np.linalg.inv(np.matmul(ops.swap.unary(lhs), lhs))
    base = divide(base, multiply(ops.reshape.unary(scale, (order, 1)), scale))
    if isinstance(cov, str) and cov == "unscaled":
        return found, base
    if size <= order:
        raise ValueError("the number of data points must exceed order to scale the covariance")
    factor = divide(residuals, size - order)
    if found._value.ndim == 1:
        return found, multiply(base, factor)
    return found, multiply(ops.reshape.unary(base, (order, order, 1)), factor)


functions: dict[Function, Function] = {
    np.polyval: polyval, np.polyadd: polyadd, np.polysub: polysub, np.polymul: polymul,
    np.polydiv: polydiv, np.polyder: polyder, np.polyint: polyint, np.poly: poly,
    np.roots: roots, np.polyfit: polyfit,
}  # fmt: skip
