"""Arrays made from values and like others, with NumPy's signatures.

NumPy gives no way in to functions that make arrays, such as `np.array`. The ones of here, which
stack what is traced, are in `namespace`: `minitorch.numpy` has them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.engine.conform import identity
from minitorch.faces import arithmetic
from minitorch.faces.numpy.indexing import boxes_in, held, nested
from minitorch.faces.numpy.joining import Joiner
from minitorch.faces.numpy.mapping import vectorize
from minitorch.faces.numpy.operands import (
    WIDE,
    boxed,
    face_among,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.shaping import atleast_1d, moveaxis, ravel, sizes_of, swapaxes
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import shape as ops

Function = Callable[..., Any]
add, multiply, power = ufuncs[np.add], ufuncs[np.multiply], ufuncs[np.power]
subtract, divide = ufuncs[np.subtract], ufuncs[np.divide]

# copies and triangles


def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """`numpy.copy`: a copy that gradients flow through."""
    return identity.unary(boxed(a))


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`numpy.astype`: in another dtype."""
    y = to_dtype(boxed(x), numpy_dtype(dtype))
    return identity.unary(y) if copy and y is x else y


def _triangle(name: str, op: Any) -> Function:
    def function(m: Any, k: int = 0) -> Any:
        x = boxed(nested(m))
        if x._value.ndim == 1:
            x = ops.broadcast_to.unary(x, x._value.shape * 2)
        return op.unary(x, int(k))

    return arithmetic.named(function, name, f"`numpy.{name}`: {op.doc}.")


tril, triu = _triangle("tril", ops.tril), _triangle("triu", ops.triu)


# like another array


def _like(name: str, make: Function) -> Function:
    def function(a: Any, dtype: Any = None, order: str = "K", subok: bool = True,
                 shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
        kind = a._value.dtype if dtype is None else numpy_dtype(dtype)
        return fresh(a.face, make(a._value.shape if shape is None else shape, kind))

    return arithmetic.named(function, name, f"`numpy.{name}`: of the shape and dtype of another.")


zeros_like, ones_like = _like("zeros_like", np.zeros), _like("ones_like", np.ones)


def empty_like(prototype: Any, dtype: Any = None, order: str = "K", subok: bool = True,
               shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
    """`numpy.empty_like`: zeros, of the shape and dtype of another."""
    return zeros_like(prototype, dtype, shape=shape)


def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True,
              shape: Any = None, *, device: Any = None) -> Any:  # fmt: skip
    """`numpy.full_like`: one value everywhere, of the shape and dtype of another array."""
    model = a._value if isinstance(a, Box) else np.asarray(a)
    face = face_among(a, *boxes_in(fill_value))
    kind = model.dtype if dtype is None else numpy_dtype(dtype)
    value = held(fill_value, fresh(face, np.empty((), kind)))
    sizes = model.shape if shape is None else sizes_of(shape)
    return identity.unary(ops.broadcast_to.unary(value, sizes))


# ranges between tracked ends


def _ends(*ends: Any) -> list[Box]:
    """The ends of a range as boxes of one floating-point dtype, of one number of axes."""
    boxes = joined(*map(nested, ends), floats=WIDE, face=face_among(*boxes_in(ends)))
    rank = max(x._value.ndim for x in boxes)
    return [
        x if x._value.ndim == rank
        else ops.reshape.unary(x, (1,) * (rank - x._value.ndim) + tuple(x._value.shape))
        for x in boxes
    ]  # fmt: skip


def _steps(num: Any, endpoint: bool, like: Box) -> np.ndarray:
    """The `num` places from 0 to 1, to broadcast in front of the axes of a box."""
    count = num.__index__()
    if count < 0:
        raise ValueError(f"Number of samples, {count}, must be non-negative.")
    parts = count - 1 if endpoint else count
    at = np.arange(count) / (parts or 1)
    return at.astype(np.empty(0, like._value.dtype).real.dtype).reshape(
        -1, *(1,) * like._value.ndim
    )


def _placed(y: Box, dtype: Any, axis: int) -> Any:
    """Samples along the first axis brought to their axis and dtype."""
    if dtype is not None:
        kind = numpy_dtype(dtype)
        y = to_dtype(ew.floor.unary(y) if kind.kind in "iu" else y, kind)
    return moveaxis(y, 0, axis) if axis else y


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
             dtype: Any = None, axis: int = 0, *, device: Any = None) -> Any:  # fmt: skip
    """`numpy.linspace`: evenly spaced samples between two ends."""
    a, b = _ends(start, stop)
    at = _steps(num, endpoint, a)
    y = _placed(add(multiply(a, 1 - at), multiply(b, at)), dtype, axis)
    if not retstep:
        return y
    parts = num - 1 if endpoint else num
    return y, divide(subtract(b, a), parts) if parts > 0 else multiply(subtract(b, a), np.nan)


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0,
             dtype: Any = None, axis: int = 0) -> Any:  # fmt: skip
    """`numpy.logspace`: powers of a base, their exponents evenly spaced."""
    a, b, root = _ends(start, stop, base)
    return _placed(power(root, linspace(a, b, num, endpoint)), dtype, axis)


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None,
              axis: int = 0) -> Any:  # fmt: skip
    """`numpy.geomspace`: samples of which each is the one before times the same factor."""
    a, b, _ = _ends(start, stop, np.zeros(()))  # in float64 at least, as NumPy's
    if np.any(a._value == 0) or np.any(b._value == 0):
        raise ValueError("Geometric sequence cannot include zero")
    growth = ufuncs[np.log](divide(b, a))
    y = multiply(a, ufuncs[np.exp](multiply(growth, _steps(num, endpoint, a))))
    return _placed(y, dtype, axis)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """`numpy.vander`: the powers of a vector, as columns."""
    y = boxed(x)
    if y._value.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    powers = np.arange(y._value.shape[0] if N is None else N)
    return power(ops.reshape.unary(y, (-1, 1)), powers if increasing else powers[::-1])


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False,
             indexing: str = "xy") -> tuple[Any, ...]:  # fmt: skip
    """`numpy.meshgrid`: the coordinates of a grid, one array an axis."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    face, rank = face_among(*xi), len(xi)
    lines = [ravel(boxed(x, face)) for x in xi]
    turned = indexing == "xy" and rank > 1
    sizes = tuple(x._value.size for x in lines)
    out = []
    for i, x in enumerate(lines):
        y = ops.reshape.unary(x, (1,) * i + (-1,) + (1,) * (rank - i - 1))
        y = y if sparse else ops.broadcast_to.unary(y, sizes)
        y = swapaxes(y, 0, 1) if turned else y
        out.append(identity.unary(y) if copy else y)
    return tuple(out)


def ix_(*args: Any) -> tuple[Any, ...]:
    """`numpy.ix_`: vectors, each along an axis of its own, that broadcast to a grid."""
    face, rank = face_among(*args), len(args)
    lines = []
    for i, x in enumerate(args):
        y = boxed(x, face)
        if y._value.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        if y._value.dtype == bool:
            y = boxed(np.flatnonzero(y._value), face)
        lines.append(ops.reshape.unary(y, (1,) * i + (-1,) + (1,) * (rank - i - 1)))
    return tuple(lines)


functions: dict[Function, Function] = {
    np.copy: copy, np.tril: tril, np.triu: triu, np.zeros_like: zeros_like,
    np.ones_like: ones_like, np.empty_like: empty_like, np.full_like: full_like,
    np.linspace: linspace, np.logspace: logspace, np.geomspace: geomspace, np.vander: vander,
    np.meshgrid: meshgrid, np.ix_: ix_,
}  # fmt: skip
if hasattr(np, "astype"):  # NumPy 2.1 and later
    functions[np.astype] = astype

# what NumPy gives no way in to


def array(object: Any, dtype: Any = None, *, copy: bool | None = True, order: str = "K",
          subok: bool = False, ndmin: int = 0, like: Any = None, **more: Any) -> Any:  # fmt: skip
    """`numpy.array`: nested sequences of numbers, arrays and boxes are stacked.

    Example:
        >>> import minitorch.numpy as mnp
        >>> minitorch.grad(lambda t: mnp.array([[t, 1.0], [t * t, t]]).sum())(3.0)
        np.float64(8.0)
    """
    if not boxes_in(object):
        return np.array(
            object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin, like=like, **more  # type: ignore[call-overload]
        )  # fmt: skip
    x = nested(object)
    y = x if dtype is None else to_dtype(x, numpy_dtype(dtype))
    if copy is False and y is not object:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    y = identity.unary(y) if copy and y is object else y
    missing = ndmin - y._value.ndim
    return ops.reshape.unary(y, (1,) * missing + y._value.shape) if missing > 0 else y


def asarray(a: Any, dtype: Any = None, order: Any = None, *, device: Any = None,
            copy: bool | None = None, like: Any = None) -> Any:  # fmt: skip
    """`numpy.asarray`: boxes as they are, nested sequences stacked."""
    if not boxes_in(a):
        return array(a, dtype, copy=copy, order=order or "K", like=like)
    return array(a, dtype, copy=copy)


def asanyarray(a: Any, dtype: Any = None, order: Any = None, *, device: Any = None,
               copy: bool | None = None, like: Any = None) -> Any:  # fmt: skip
    """`numpy.asanyarray`: boxes as they are, nested sequences stacked."""
    if not boxes_in(a):
        return array(a, dtype, copy=copy, order=order or "K", subok=True, like=like)
    return array(a, dtype, copy=copy)


def ascontiguousarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """`numpy.ascontiguousarray`: in row-major order, of at least one axis."""
    if not boxes_in(a):
        return np.ascontiguousarray(a, dtype, like=like)  # type: ignore[call-overload]
    y = atleast_1d(asarray(a, dtype))
    value = y._value
    return y if not isinstance(value, np.ndarray) or value.flags.c_contiguous else copy(y)


def asfortranarray(a: Any, dtype: Any = None, *, like: Any = None) -> Any:
    """`numpy.asfortranarray`: in column-major order."""
    if not boxes_in(a):
        return np.asfortranarray(a, dtype, like=like)  # type: ignore[call-overload]
    y = asarray(a, dtype)
    value = y._value
    if not isinstance(value, np.ndarray) or value.flags.f_contiguous:
        return y
    order = tuple(range(value.ndim))[::-1]
    turned = identity.unary(ops.transpose.unary(y, order))
    return ops.transpose.unary(turned, order)


def asarray_chkfinite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    """`numpy.asarray_chkfinite`: `asarray`, where all elements are finite."""
    if not boxes_in(a):
        return np.asarray_chkfinite(a, dtype, order)
    y = asarray(a, dtype)
    if not np.isfinite(y._value).all():
        raise ValueError("array must not contain infs or NaNs")
    return y


def require(a: Any, dtype: Any = None, requirements: Any = None, *, like: Any = None) -> Any:
    """`numpy.require`: an array in the layout that is asked for."""
    if not boxes_in(a):
        return np.require(a, dtype, requirements, like=like)  # type: ignore[call-overload]
    wanted = {str(name)[0].upper() for name in requirements or ()}
    y = asfortranarray(a, dtype) if "F" in wanted else asarray(a, dtype)
    if "C" in wanted:
        y = ascontiguousarray(y)
    return copy(y) if wanted & {"W", "O"} and not y._value.flags.owndata else y


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", *, device: Any = None,
         like: Any = None) -> Any:  # fmt: skip
    """`numpy.full`: one value everywhere, or values that broadcast."""
    if not boxes_in(fill_value):
        return np.full(shape, fill_value, dtype, order)  # type: ignore[call-overload]
    value = asarray(fill_value, dtype)
    return identity.unary(ops.broadcast_to.unary(value, sizes_of(shape)))


def isscalar(element: Any) -> bool:
    """`numpy.isscalar`: whether it is a number; a box of no axes is one."""
    return not element._value.ndim if isinstance(element, Box) else np.isscalar(element)


def _comparing(function: Function) -> Function:
    """`array_equal` or `array_equiv`, which NumPy answers with False for what it can't convert."""

    @functools.wraps(function)
    def compare(a1: Any, a2: Any, *settings: Any, **more: Any) -> bool:
        a1, a2 = (nested(a) if boxes_in(a) else a for a in (a1, a2))
        return function(a1, a2, *settings, **more)

    return compare


namespace: dict[str, Any] = {
    "array": array, "asarray": asarray, "asanyarray": asanyarray,
    "ascontiguousarray": ascontiguousarray, "asfortranarray": asfortranarray,
    "asarray_chkfinite": asarray_chkfinite, "require": require, "full": full, "isscalar": isscalar,
    "array_equal": _comparing(np.array_equal), "array_equiv": _comparing(np.array_equiv),
    "r_": Joiner(np.r_), "c_": Joiner(np.c_), "vectorize": vectorize,
}  # fmt: skip
