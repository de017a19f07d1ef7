"""NumPy's functions that copy, repeat, choose and round, with NumPy's signatures, on boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, face_of, fresh
from minitorch.engine.conform import identity
from minitorch.faces import arithmetic
from minitorch.faces.numpy.operands import (
    WIDE,
    axis_index,
    axis_tuple,
    boxed,
    constant,
    face_among,
    floating,
    into,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.shaping import ravel, sizes_of, swapaxes
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import shape as ops

Function = Callable[..., Any]

# moved, repeated, cut, padded


def flip(m: Any, axis: Any = None) -> Any:
    """`numpy.flip`: reversed along axes."""
    x = boxed(m)
    rank = x._value.ndim
    return ops.flip.unary(x, tuple(range(rank)) if axis is None else axis_tuple(axis, rank))


def flipud(m: Any) -> Any:
    """`numpy.flipud`: reversed along the first axis."""
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """`numpy.fliplr`: reversed along the second axis."""
    return flip(m, 1)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """`numpy.rot90`: turned by k quarters in the plane of two axes."""
    x = boxed(m)
    a, b = axis_tuple(axes, x._value.ndim)
    if k % 4 == 0:
        return identity.unary(x)
    if k % 4 == 2:
        return flip(x, (a, b))
    return swapaxes(flip(x, b), a, b) if k % 4 == 1 else flip(swapaxes(x, a, b), b)


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """`numpy.roll`: the elements moved around along axes, or in the flattened array."""
    x = boxed(a)
    if axis is None:
        return ops.reshape.unary(roll(ravel(x), shift, 0), x._value.shape)
    pairs = np.broadcast(constant(shift, "np.roll: shift"), axis)
    shifts, axes = zip(*((int(s), int(a)) for s, a in pairs), strict=True)
    return ops.roll.unary(x, axis_tuple(axes, x._value.ndim, allow_duplicate=True), shifts)


def tile(A: Any, reps: Any) -> Any:
    """`numpy.tile`: the array repeated along each axis."""
    x, reps = boxed(A), sizes_of(reps)
    own = x._value.shape
    rank = max(len(own), len(reps))
    own, reps = (1,) * (rank - len(own)) + own, (1,) * (rank - len(reps)) + reps
    paired = tuple(n for size in own for n in (1, size))
    wide = tuple(n for pair in zip(reps, own, strict=True) for n in pair)
    y = ops.broadcast_to.unary(ops.reshape.unary(x, paired), wide)
    y = ops.reshape.unary(y, tuple(c * n for c, n in zip(reps, own, strict=True)))
    return identity.unary(y) if y._view is not None else y


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """`numpy.repeat`: each element (each slice along an axis) repeated in place."""
    x = boxed(a)
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    counts = np.broadcast_to(constant(repeats, "np.repeat: repeats"), (x._value.shape[axis],))
    return ops.repeat.unary(x, axis, tuple(counts.tolist()))


def _triangle(name: str, op: Any) -> Function:
    def function(m: Any, k: int = 0) -> Any:
        x = boxed(m)
        if x._value.ndim == 1:
            x = ops.broadcast_to.unary(x, x._value.shape * 2)
        return op.unary(x, int(k))

    return arithmetic.named(function, name, f"`numpy.{name}`: {op.doc}.")


tril, triu = _triangle("tril", ops.tril), _triangle("triu", ops.triu)


def pad(array: Any, pad_width: Any, mode: Any = "constant", **settings: Any) -> Any:
    """`numpy.pad`: with constants, or with elements of the array itself.

    Modes: constant (with one constant value), edge, reflect, symmetric, wrap, empty.
    """
    x = boxed(array)
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, (0, 0)) for i in range(x._value.ndim)]
    widths = np.broadcast_to(np.asarray(pad_width), (x._value.ndim, 2))
    known = {"constant": {"constant_values"}, "reflect": {"reflect_type"},
             "symmetric": {"reflect_type"}}.get(mode, set())  # fmt: skip
    if not known.issuperset(settings):
        unknown = sorted(set(settings) - known)
        raise ValueError(f"unsupported keyword arguments for mode {mode!r}: {unknown}")
    if mode in ("constant", "empty"):
        value = constant(settings.get("constant_values", 0), "np.pad: constant_values")
        y = ops.pad.unary(x, tuple((int(a), int(b)) for a, b in widths))
        if not np.any(value):
            return y
        frame = np.pad(np.zeros(x._value.shape, x._value.dtype), widths, constant_values=value)
        return ufuncs[np.add](y, frame)
    odd = settings.get("reflect_type") == "odd"
    if odd or mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise TypeError(
            f"np.pad: mode {mode!r} {settings or ''} has no derivative here; use 'constant', "
            "'edge', 'reflect', 'symmetric' or 'wrap', or join the parts with np.concatenate"
        )
    for axis, width in enumerate(widths):
        if width.any():
            places = np.pad(np.arange(x._value.shape[axis]), tuple(width), mode)
            x = indexing.take.unary(x, (slice(None),) * axis + (places,))
    return x


def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    """`numpy.copy`: a copy that gradients flow through."""
    return identity.unary(boxed(a))


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`numpy.astype`: in another dtype."""
    y = to_dtype(boxed(x), numpy_dtype(dtype))
    return identity.unary(y) if copy and y is x else y


# choice


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """`numpy.where`: x where the condition is true, else y; without them, where it is true."""
    if x is None and y is None:
        face, value = condition.face, constant(condition, "np.where: the condition alone")
        return tuple(boxed(places, face) for places in np.nonzero(value))
    face = face_among(condition, x, y)
    mask = to_dtype(boxed(condition, face), np.dtype(bool))
    a, b = joined(x, y, keeps=False, face=face)
    return ew.where.apply((mask, a, b), ())


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None,
         max: Any = None) -> Any:  # fmt: skip
    """`numpy.clip`: at least `a_min` and at most `a_max`; the slope at them is 1."""
    low, high = a_min if min is None else min, a_max if max is None else max
    x = boxed(a, face_among(a, low, high, out))
    if not any(isinstance(bound, (Box, np.ndarray, list, tuple)) for bound in (low, high)):
        x = joined(x, *[bound for bound in (low, high) if bound is not None])[0]
        low, high = (b.item() if isinstance(b, np.generic) else b for b in (low, high))
        return into(out, ew.clamp.unary(x, low, high), "clip")
    if low is not None:
        x = where(ufuncs[np.less](x, low), low, x)
    if high is not None:
        x = where(ufuncs[np.greater](x, high), high, x)
    return into(out, x, "clip")


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None,
         mode: str = "raise") -> Any:  # fmt: skip
    """`numpy.take`: the elements, or slices along an axis, that indices name."""
    x = boxed(a, face_among(a, indices, out))
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    places = np.array(constant(indices, "np.take: indices"))
    if mode != "raise":
        n = x._value.shape[axis]
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    y = indexing.take.unary(x, (slice(None),) * axis + (places,))
    return into(out, y, "take")


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """`numpy.take_along_axis`: the elements that indices of the same rank name along an axis."""
    face = face_among(arr, indices)
    x = boxed(arr, face)
    places = boxed(indices if isinstance(indices, Box) else np.array(indices), face)
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_index(axis, x._value.ndim)
    if places._value.ndim != x._value.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    own, named = list(x._value.shape), list(places._value.shape)
    n, m = own[axis], named[axis]
    own[axis] = named[axis] = 1
    sizes = list(np.broadcast_shapes(tuple(own), tuple(named)))
    sizes[axis] = n
    x = ops.broadcast_to.unary(x, tuple(sizes))
    sizes[axis] = m
    places = ops.broadcast_to.unary(places, tuple(sizes))
    return indexing.gather.apply((x, places), (axis,))


def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """`numpy.round`: to a number of decimals; halves go to the even digit."""
    x = boxed(a)
    if x._value.dtype.kind in "iub":
        y = boxed(np.round(x._value, decimals), x.face)
    elif not decimals:
        y = ew.rint.unary(x)
    else:
        scale = 10.0**decimals
        y = ufuncs[np.divide](ew.rint.unary(ufuncs[np.multiply](x, scale)), scale)
    return into(out, y, "round")


def sinc(x: Any) -> Any:
    """`numpy.sinc`: sin(pi x) / (pi x), and 1 at 0."""
    return ew.sinc.unary(floating(x, WIDE))


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None,
               neginf: Any = None) -> Any:  # fmt: skip
    """`numpy.nan_to_num`: NaN and infinities replaced by numbers."""
    if x._value.dtype.kind != "f":
        return identity.unary(x)
    limits, value = np.finfo(x._value.dtype), np.asarray(x._value)
    infinite = np.isinf(value)
    for mask, number in (
        (np.isnan(value), nan),
        (infinite & (value > 0), float(limits.max) if posinf is None else posinf),
        (infinite & (value < 0), float(limits.min) if neginf is None else neginf),
    ):
        if mask.any():
            x = where(mask, number, x)
    return x


# like another array, without a gradient


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
    boxes = tuple(x for x in (a, fill_value) if isinstance(x, Box))
    model = a._value if isinstance(a, Box) else np.asarray(a)
    kind = model.dtype if dtype is None else numpy_dtype(dtype)
    if isinstance(fill_value, Box) and kind.kind not in "fc":
        fill_value = constant(fill_value, f"np.full_like: the value for an array of {kind}")
    value = to_dtype(boxed(fill_value, face_of(boxes)), kind)
    sizes = model.shape if shape is None else sizes_of(shape)
    return identity.unary(ops.broadcast_to.unary(value, sizes))


functions: dict[Function, Function] = {
    np.flip: flip, np.flipud: flipud, np.fliplr: fliplr, np.rot90: rot90, np.roll: roll,
    np.tile: tile, np.repeat: repeat, np.tril: tril, np.triu: triu, np.pad: pad, np.copy: copy,
    np.where: where, np.clip: clip, np.take: take, np.take_along_axis: take_along_axis,
    np.round: round, np.around: round, np.sinc: sinc, np.nan_to_num: nan_to_num,
    np.zeros_like: zeros_like, np.ones_like: ones_like, np.empty_like: empty_like,
    np.full_like: full_like,
}  # fmt: skip
if hasattr(np, "astype"):  # NumPy 2.1 and later
    functions[np.astype] = astype
