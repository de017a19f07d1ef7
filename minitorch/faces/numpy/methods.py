"""The keywords of ufuncs, and their methods: `np.add.reduce(x)`, `np.power.outer(x, y)` and so on.

What has a primitive of its own uses that; any other ufunc of two arguments is folded step by step,
so that every method of every ufunc has the derivatives that the ufunc has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.engine.views import write
from minitorch.faces.numpy import choosing, reductions
from minitorch.faces.numpy.indexing import fitted, overwrite, parts_of
from minitorch.faces.numpy.operands import (
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
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import is_number, to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index as indexing
from minitorch.ops import reduce as ops
from minitorch.ops import scan, shape

Function = Callable[..., Any]
ABSENT: Any = np._NoValue  # type: ignore[attr-defined]  # an `initial` that was not given
LOGICAL = {np.logical_and, np.logical_or, np.logical_xor}
LN2 = float(np.log(2.0))

# the call


def call(ufunc: np.ufunc, function: Function, *inputs: Any, out: Any = None, where: Any = True,
         casting: Any = "same_kind", order: str = "K", subok: bool = True,
         **settings: Any) -> Any:  # fmt: skip
    """`ufunc(*inputs, out=, where=, dtype=, signature=, casting=, order=, subok=)` on boxes."""
    outs = out if isinstance(out, tuple) else (out,) * ufunc.nout
    kinds: tuple[Any, ...] = ()
    if not any(isinstance(x, Box) for x in inputs):
        inputs = (boxed(inputs[0], face_among(*outs, where)), *inputs[1:])
    if ufunc.signature is None and (settings or casting != "same_kind"):
        kinds = resolved(ufunc, inputs, casting, **settings)
        inputs = tuple(x if is_number(x) else cast(x, k) for x, k in zip(inputs, kinds))
        settings = {}
    elif settings.get("dtype") is not None:
        dtype = numpy_dtype(settings.pop("dtype"))
        inputs = tuple(cast(x, dtype) for x in inputs)
    found = function(*inputs, **settings)
    results = found if isinstance(found, tuple) else (found,)
    if kinds:
        results = tuple(map(to_dtype, results, kinds[ufunc.nin :]))
    written = tuple(
        into(target, chosen(ufunc, y, target, where), ufunc.__name__, casting)
        for y, target in zip(results, outs, strict=True)
    )
    return written if isinstance(found, tuple) else written[0]


def resolved(ufunc: np.ufunc, inputs: tuple[Any, ...], casting: Any, dtype: Any = None,
             signature: Any = None, sig: Any = None) -> tuple[np.dtype[Any], ...]:  # fmt: skip
    """The dtypes in which NumPy computes; its own TypeError where it can't."""
    kinds = tuple(dtype_of(x) for x in inputs) + (None,) * ufunc.nout
    if dtype is not None:
        signature = (None,) * ufunc.nin + (numpy_dtype(dtype),) * ufunc.nout
    asked = {} if (signature or sig) is None else {"signature": signature or sig}
    return ufunc.resolve_dtypes(kinds, casting=casting, **asked)  # type: ignore[attr-defined]


def dtype_of(x: Any) -> Any:
    """The dtype of an operand; of a Python number, which adapts to the others, its type."""
    if isinstance(x, Box):
        return x._value.dtype
    return type(x) if type(x) in (int, float, complex) else np.asarray(x).dtype


def cast(x: Any, dtype: np.dtype[Any]) -> Any:
    """A box or an array in another dtype."""
    return to_dtype(x, dtype) if isinstance(x, Box) else np.asarray(x).astype(dtype)


def chosen(ufunc: np.ufunc, y: Box, target: Any, where: Any) -> Any:
    """`y` where a mask is true, else what is in the target yet."""
    if where is True:
        return y
    if target is None:
        raise TypeError(
            f"np.{ufunc.__name__} with where= and no out= leaves elements undefined, so that "
            "no gradient can be given; use np.where(mask, new, old)"
        )
    return choosing.where(where, y, target)


# reduce


def reduce(ufunc: np.ufunc, function: Function, array: Any, axis: Any = 0, dtype: Any = None,
           out: Any = None, keepdims: bool = False, initial: Any = ABSENT,
           where: Any = True) -> Any:  # fmt: skip
    """`ufunc.reduce`: the array folded along axes by a function of two arguments."""
    x = operand(ufunc, array, dtype, out, initial, where)
    if not x._value.ndim and axis in (0, -1):
        axis = None
    known = REDUCTIONS.get(ufunc)
    more = {} if initial is ABSENT else {"initial": initial}
    if known is not None:
        return into(out, known(x, axis=axis, keepdims=keepdims, where=where, **more), name(ufunc))
    axes = reductions.axes_of(axis, x._value.ndim)
    axes = tuple(range(x._value.ndim)) if axes is None else axes
    if initial is ABSENT or initial is None:
        initial = ufunc.identity
    elif ufunc in LOGICAL:
        initial = bool(initial)
    if len(axes) > 1 and ufunc.identity is None:
        raise ValueError(
            f"reduction operation {ufunc.__name__!r} is not reorderable, so at most one axis may "
            "be specified"
        )
    if initial is None:
        check_identity(ufunc, x, axes, where)
    y = folded(function, x, axes, initial, where)
    if keepdims:
        kept = tuple(1 if i in axes else n for i, n in enumerate(x._value.shape))
        y = shape.reshape.unary(y, kept)
    return into(out, y, name(ufunc))


def operand(ufunc: np.ufunc, array: Any, dtype: Any, *others: Any) -> Box:
    """The array that a method folds, in the dtype it folds it in."""
    x = boxed(array, face_among(array, *others))
    if ufunc in LOGICAL:
        return ufuncs[np.not_equal](x, 0)
    return x if dtype is None else to_dtype(x, numpy_dtype(dtype))


def name(ufunc: np.ufunc, method: str = "reduce") -> str:
    """What an error calls a method of a ufunc."""
    return f"{ufunc.__name__}.{method}"


def check_identity(ufunc: np.ufunc, x: Box, axes: tuple[int, ...], where: Any) -> None:
    """Refuse to reduce nothing where there is no value to begin with."""
    if where is not True:
        raise ValueError(
            f"reduction operation {ufunc.__name__!r} does not have an identity, so to use a where "
            "mask one has to specify 'initial'"
        )
    if any(not x._value.shape[i] for i in axes):
        raise ValueError(
            f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
        )


def folded(function: Function, x: Box, axes: tuple[int, ...], initial: Any, where: Any) -> Any:
    """The array folded along axes, element by element."""
    parts = list(shape.unbind.unary(reductions.last(x, axes), x._value.ndim - len(axes)))
    masks = [True] * len(parts)
    if where is not True:
        mask = shape.broadcast_to(reductions.masking(where, x.face), x._value.shape)
        masks = list(shape.unbind.unary(reductions.last(mask, axes), x._value.ndim - len(axes)))
    if initial is None:
        y, parts, masks = parts[0], parts[1:], masks[1:]
    else:
        sizes = tuple(n for i, n in enumerate(x._value.shape) if i not in axes)
        y = shape.broadcast_to(joined(initial, x)[0], sizes)
    for part, mask in zip(parts, masks, strict=True):
        step = function(y, part)
        y = step if mask is True else choosing.where(mask, step, y)
    return y


def _log_sum(ufunc: np.ufunc, base: float) -> Function:
    """The reduction of `logaddexp` or `logaddexp2`, whose logarithms are `base` times as large."""

    def function(x: Box, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Any:
        x = floating(reductions.selected(x, where, -np.inf))
        axes = reductions.axes_of(axis, x._value.ndim)
        y = ops.logsumexp.unary(x * base, axes, bool(keepdims)) / base
        return y if initial is None else ufuncs[ufunc](y, initial)

    return function


def _hypot(x: Box, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Any:
    squares = ew.square.unary(floating(reductions.selected(x, where, 0)))
    y = ew.root.unary(reductions.sum(squares, axis, keepdims=keepdims))
    return y if initial is None else ufuncs[np.hypot](y, initial)


def _without_nan(ufunc: np.ufunc, extreme: Function, fill: float) -> Function:
    """The reduction of `fmax` or `fmin`: NaN only where there is nothing else."""

    def function(x: Box, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Any:
        if initial is None:
            axes = range(x._value.ndim) if axis is None else axis_tuple(axis, x._value.ndim)
            check_identity(ufunc, x, tuple(axes), where)
        x = reductions.selected(x, where, np.nan)
        nothing = ew.isnan.unary(x)
        y = extreme(choosing.where(nothing, fill, x), axis, keepdims=keepdims, initial=fill)
        y = choosing.where(reductions.all(nothing, axis, keepdims=keepdims), np.nan, y)
        return y if initial is None else ufuncs[ufunc](initial, y)

    return function


def _truth(ufunc: np.ufunc, known: Function) -> Function:
    """The reduction of `logical_and` or `logical_or`."""

    def function(x: Box, axis: Any, keepdims: bool, where: Any, initial: Any = None) -> Any:
        y = known(x, axis, keepdims=keepdims, where=where)
        return y if initial is None else ufuncs[ufunc](y, initial)

    return function


REDUCTIONS: dict[np.ufunc, Function] = {
    np.add: reductions.sum, np.multiply: reductions.prod, np.maximum: reductions.max,
    np.minimum: reductions.min,
    np.logical_and: _truth(np.logical_and, reductions.all),
    np.logical_or: _truth(np.logical_or, reductions.any),
    np.logaddexp: _log_sum(np.logaddexp, 1.0), np.logaddexp2: _log_sum(np.logaddexp2, LN2),
    np.hypot: _hypot, np.fmax: _without_nan(np.fmax, reductions.max, -np.inf),
    np.fmin: _without_nan(np.fmin, reductions.min, np.inf),
}  # fmt: skip

# accumulate, reduceat


def accumulate(ufunc: np.ufunc, function: Function, array: Any, axis: Any = 0, dtype: Any = None,
               out: Any = None) -> Any:  # fmt: skip
    """`ufunc.accumulate`: all that a fold along an axis meets on its way."""
    x = operand(ufunc, array, dtype, out)
    if not x._value.ndim:
        raise TypeError(f"cannot accumulate on a scalar (np.{name(ufunc, 'accumulate')})")
    axis = axis_index(axis, x._value.ndim)
    return into(out, _accumulated(ufunc, function, x, axis), name(ufunc, "accumulate"))


def _accumulated(ufunc: np.ufunc, function: Function, x: Box, axis: int) -> Any:
    if not x._value.shape[axis]:
        return x
    if ufunc in SCANS:
        return SCANS[ufunc](x, axis)
    if ufunc in (np.maximum, np.minimum):
        places = scan.running_place.unary(x, axis, ufunc is np.maximum)
        return indexing.gather.apply((x, places), (axis,))
    first, *rest = shape.unbind.unary(x, axis)
    steps = [first]
    for part in rest:
        steps.append(function(steps[-1], part))
    return shape.stack(joined(*steps, keeps=False), axis)


SCANS: dict[np.ufunc, Function] = {np.add: reductions.cumsum, np.multiply: reductions.cumprod}


def reduceat(ufunc: np.ufunc, function: Function, array: Any, indices: Any, axis: Any = 0,
             dtype: Any = None, out: Any = None) -> Any:  # fmt: skip
    """`ufunc.reduceat`: folds of the slices that begin at `indices`, each up to the next."""
    x = operand(ufunc, array, dtype, indices, out)
    axis = axis_index(axis, x._value.ndim)
    n, starts = x._value.shape[axis], np.array(constant(indices, f"np.{name(ufunc)}at: indices"))
    for i in starts:
        if not 0 <= i < n:
            raise IndexError(f"index {i} out-of-bounds in {name(ufunc, 'reduceat')} [0, {n})")
    steps, head = np.diff(starts, append=n), (slice(None),) * axis
    if ufunc is np.add and (steps > 0).all():
        segments = np.repeat(np.arange(len(starts)), steps)
        sizes = (*x._value.shape[:axis], len(starts), *x._value.shape[axis + 1 :])
        part = shape.getitem.unary(x, (*head, slice(int(starts[0]), None)))
        y = indexing.put_add.unary(part, sizes, (*head, segments))
        return into(out, y, name(ufunc, "reduceat"))
    parts = []
    for start, step in zip(starts.tolist(), steps.tolist(), strict=True):
        part = shape.getitem.unary(x, (*head, slice(start, start + max(step, 1))))
        parts.append(reduce(ufunc, function, part, axis))
    return into(out, shape.stack(parts, axis), name(ufunc, "reduceat"))


# outer, at


def outer(ufunc: np.ufunc, function: Function, a: Any, b: Any, **settings: Any) -> Any:
    """`ufunc.outer(a, b)`: all pairs of an element of a and one of b."""
    ones = (1,) * (b._value.ndim if isinstance(b, Box) else np.ndim(b))
    if isinstance(a, Box):
        a = shape.reshape.unary(a, a._value.shape + ones)
    elif ones:
        a = np.reshape(a, np.shape(a) + ones)
    return call(ufunc, function, a, b, **settings)


def at(ufunc: np.ufunc, function: Function, target: Any, indices: Any, *others: Any) -> None:
    """`ufunc.at(a, indices, b)`: in place at an index, anew for each time it names an element."""
    if not isinstance(target, Box):
        raise TypeError(
            f"np.{name(ufunc, 'at')}: tracked values can't be written into a plain array, which "
            "would drop them from the graph; write into a box made by np.zeros_like(x) instead"
        )
    kind = target._value.dtype
    common = resolved(ufunc, (target, *others), "same_kind")[-1]
    if not np.can_cast(common, kind, "same_kind"):
        raise TypeError(f"np.{name(ufunc, 'at')}: an array of {kind} can't hold {common}")
    parts = parts_of(indices)
    places = np.arange(target._value.size).reshape(target._value.shape)[parts]
    operands = [fitted(cast(boxed(x, target.face), kind), places.shape) for x in others]
    if ufunc in (np.add, np.subtract):
        (b,) = operands
        b = b if ufunc is np.add else ew.negative.unary(b)
        write(indexing.index_put, target, b, parts, True)
        return
    vectors = [
        shape.reshape.unary(shape.broadcast_to.unary(x, places.shape), (-1,)) for x in operands
    ]
    flat = shape.reshape.unary(target, (-1,))
    for turn in turns(places.ravel()):
        named = places.ravel()[turn]
        old = indexing.take.unary(flat, (named,))
        step = function(old, *[indexing.take.unary(v, (turn,)) for v in vectors])
        flat = indexing.index_put.apply((flat, to_dtype(step, kind)), ((named,), False))
    overwrite(target, shape.reshape.unary(flat, target._value.shape))


def turns(places: np.ndarray) -> list[np.ndarray]:
    """Where in `places` each is named for the first time, the second time and so on."""
    order = np.argsort(places, kind="stable")
    ranks = np.arange(places.size)
    starts = np.concatenate([[True], np.diff(places[order]) != 0])[: places.size]
    ranks[order] = ranks - np.maximum.accumulate(np.where(starts, ranks, 0))
    return [np.flatnonzero(ranks == turn) for turn in range(ranks.max(initial=-1) + 1)]


METHODS: dict[str, Function] = {
    "__call__": call, "reduce": reduce, "accumulate": accumulate, "reduceat": reduceat,
    "outer": outer, "at": at,
}  # fmt: skip
