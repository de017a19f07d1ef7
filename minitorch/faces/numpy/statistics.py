"""Averages, medians, quantiles, covariances, with NumPy's signatures.

A median or quantile is made of elements gathered at the places of some ranks (`ops/sort.py`).
The ranks are asked of NumPy itself, as quantiles of 0, 1, 2, ...: so every method is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy import reductions
from minitorch.faces.numpy.operands import (
    WIDE,
    axis_tuple,
    boxed,
    common,
    constant,
    face_among,
    floated,
    floating,
    into,
    is_tracked,
    joined,
    numpy_dtype,
)
from minitorch.faces.numpy.reductions import argument, last, selected
from minitorch.faces.numpy.shaping import moveaxis
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import elementwise as ew
from minitorch.ops import index, linalg, reduce, shape, sort
from minitorch.ops.complex import conjugate, imag, real, real_part

Function = Callable[..., Any]
add, subtract = ufuncs[np.add], ufuncs[np.subtract]
multiply, divide = ufuncs[np.multiply], ufuncs[np.divide]


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
            keepdims: bool = False) -> Any:  # fmt: skip
    """`numpy.average`: the mean along axes, weighted; gradients reach the weights too.

    Example:
        >>> x, w = np.array([1., 3.]), np.array([1., 1.])
        >>> minitorch.grad(lambda w: np.average(x, weights=w))(w)
        array([-0.5,  0.5])
    """
    x = argument(a, None, weights)
    if weights is None:
        y = reductions.mean(x, axis, keepdims=keepdims)
        total = boxed(np.asarray(x._value.size / y._value.size, y._value.dtype), x.face)
    else:
        x, w = _weighed(x, weights, axis)
        total = reductions.sum(w, axis, keepdims=keepdims)
        if isinstance(total._value, np.ndarray) and (total._value == 0).any():
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        y = divide(reductions.sum(multiply(x, w), axis, keepdims=keepdims), total)
    return (y, shape.broadcast_to(total, y._value.shape)) if returned else y


def _weighed(x: Box, weights: Any, axis: Any) -> list[Box]:
    """An array and its weights, laid along the axis, in the dtype of a weighted average."""
    w = boxed(weights, x.face)
    own, sizes = w._value.shape, x._value.shape
    if own != sizes:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        axes = axis_tuple(axis, len(sizes))
        if own != tuple(sizes[i] for i in axes):
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        w = shape.transpose.unary(w, tuple(int(i) for i in np.argsort(axes)))
        w = shape.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(sizes)))
        w = shape.broadcast_to(w, sizes)
    return joined(x, w, floats=WIDE if x._value.dtype.kind in "iub" else None)


# of ranks


def _sliced(x: Box, axis: Any) -> tuple[Box, tuple[int, ...]]:
    """`x` with the axes folded into the last one, and the shape that `keepdims` would give."""
    axes = range(x._value.ndim) if axis is None else axis_tuple(axis, x._value.ndim)
    kept = tuple(1 if i in axes else n for i, n in enumerate(x._value.shape))
    return last(x, tuple(axes)), kept


def _picked(x: Box, ranks: np.ndarray, skip: bool = False) -> Any:
    """The elements of some ranks in each slice along the last axis."""
    return index.gather.apply((x, sort.ranked.unary(x, ranks, skip)), (x._value.ndim - 1,))


def _known(x: Box) -> np.ndarray:
    """How many elements of each slice along the last axis are no NaN."""
    return np.sum(~np.isnan(np.asarray(x._value)), -1)


def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
           keepdims: bool = False) -> Any:  # fmt: skip
    """`numpy.median`: the middle of the sorted elements, or the mean of the two in the middle.

    Example:
        >>> minitorch.grad(np.median)(np.array([4., 1., 2., 9.]))
        array([0.5, 0. , 0.5, 0. ])
    """
    x, kept = _sliced(floating(argument(a, None, out)), axis)
    n = x._value.shape[-1]
    middle = _picked(x, np.unique([(n - 1) // 2, n // 2])) if n else x
    y = reduce.mean.unary(middle, (x._value.ndim - 1,), False)
    return into(out, shape.reshape.unary(y, kept) if keepdims else y, "median")


def nanmedian(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
              keepdims: bool = False) -> Any:  # fmt: skip
    """`numpy.nanmedian`: the median of the elements that are no NaN; NaN where there are none."""
    x, kept = _sliced(floating(argument(a, None, out)), axis)
    if not x._value.shape[-1]:
        return median(a, axis, out, keepdims=keepdims)
    known = _known(x)[..., np.newaxis]
    ranks = np.maximum(np.concatenate([(known - 1) // 2, known // 2], -1), 0)
    y = reduce.mean.unary(_picked(x, ranks, True), (x._value.ndim - 1,), False)
    y = selected(y, known[..., 0] > 0, np.nan)
    return into(out, shape.reshape.unary(y, kept) if keepdims else y, "nanmedian")


# the methods that are continuous in q, with the slope of the rank: that times n plus this
CONTINUOUS = {
    "linear": -1.0, "interpolated_inverted_cdf": 0.0, "hazen": 0.0, "weibull": 1.0,
    "median_unbiased": 1 / 3, "normal_unbiased": 1 / 4,
}  # fmt: skip


def quantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
             method: str = "linear", keepdims: bool = False, *,
             weights: Any = None) -> Any:  # fmt: skip
    """`numpy.quantile`: the q-th quantiles of the elements, by any of NumPy's methods.

    Gradients reach `q` too where the method is continuous in it; its slope at a sample is 0, as
    PyTorch has it. Weights (method 'inverted_cdf') are constants.

    Example:
        >>> x = np.array([4., 1., 2.])
        >>> minitorch.grad(lambda x: np.quantile(x, 0.25))(x)
        array([0. , 0.5, 0.5])
        >>> minitorch.grad(lambda q: np.sum(np.quantile(x, q)))(np.array([0.2, 0.7]))
        array([2., 4.])
    """
    return _quantile("quantile", a, q, axis, out, method, keepdims, weights, 1, False)


def percentile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
               method: str = "linear", keepdims: bool = False, *,
               weights: Any = None) -> Any:  # fmt: skip
    """`numpy.percentile`: `quantile` with q in percent."""
    return _quantile("percentile", a, q, axis, out, method, keepdims, weights, 100, False)


def nanquantile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
                method: str = "linear", keepdims: bool = False, *,
                weights: Any = None) -> Any:  # fmt: skip
    """`numpy.nanquantile`: `quantile` of the elements that are no NaN."""
    return _quantile("nanquantile", a, q, axis, out, method, keepdims, weights, 1, True)


def nanpercentile(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
                  method: str = "linear", keepdims: bool = False, *,
                  weights: Any = None) -> Any:  # fmt: skip
    """`numpy.nanpercentile`: `percentile` of the elements that are no NaN."""
    return _quantile("nanpercentile", a, q, axis, out, method, keepdims, weights, 100, True)


def _quantile(name: str, a: Any, q: Any, axis: Any, out: Any, method: str, keepdims: bool,
              weights: Any, whole: int, skip: bool) -> Any:  # fmt: skip
    x = argument(a, None, q, weights, out)
    levels = np.asarray(q._value if isinstance(q, Box) else q)
    if is_tracked(q) and method not in CONTINUOUS:
        constant(q, f"np.{name}: q of the method {method!r}")
    dtype = _quantile_dtype(name, x, q if type(q) in (int, float) else levels, method)
    x, kept = _sliced(to_dtype(x, dtype), axis)
    flat = levels.ravel() / whole
    if not x._value.shape[-1]:
        getattr(np, name)(np.empty(0), levels, method=method)  # NumPy's own error, if it is one
        x = shape.cat([x, np.full((*x._value.shape[:-1], 1), np.nan, dtype)], x._value.ndim - 1)
    ranks = _ranks(x, flat, method, _spread_weights(x, a, weights, axis), skip)
    low, high = np.floor(ranks).astype(np.intp), np.ceil(ranks).astype(np.intp)
    y = _picked(x, low, skip)
    if is_tracked(q) or (low != high).any():
        part = boxed(np.asarray(ranks - low, dtype), x.face)
        if is_tracked(q):
            part = add(part, _rank_change(x, q, ranks, method, whole, skip))
        y = ew.lerp.apply((y, _picked(x, high, skip), to_dtype(part, dtype)), ())
    if skip:
        y = selected(y, (_known(x) > 0)[..., np.newaxis], np.nan)
    rest = kept if keepdims else x._value.shape[:-1]
    return into(out, shape.reshape.unary(moveaxis(y, -1, 0), levels.shape + rest), name)


def _quantile_dtype(name: str, x: Box, q: Any, method: str) -> np.dtype[Any]:
    """The dtype of a quantile: NumPy's, or that of the tensor."""
    own = x._value.dtype
    if own.kind == "c":
        raise TypeError("a must be an array of real numbers")
    if x.face.rank:
        return floated(x.face, own, WIDE)
    return getattr(np, name)(np.ones(1, own), q * 0, method=method).dtype


def _ranks(
    x: Box, q: np.ndarray, method: Any, weights: np.ndarray | None, skip: bool
) -> np.ndarray:
    """The ranks, fractions among them, that the quantiles of each slice have."""
    n = x._value.shape[-1]
    if weights is not None:
        return _weighted_ranks(np.asarray(x._value), q, method, weights)
    if not skip:
        return np.quantile(np.arange(float(n)), q, method=method)
    known = _known(x)
    table = np.zeros((n + 1, q.size))
    for count in np.unique(known[known > 0]):
        table[count] = np.quantile(np.arange(float(count)), q, method=method)
    return table[known]


def _weighted_ranks(x: np.ndarray, q: np.ndarray, method: Any, weights: np.ndarray) -> np.ndarray:
    """The ranks of the weighted quantiles of the elements of each slice that are no NaN."""
    out = np.zeros((*x.shape[:-1], q.size))
    own = np.argsort(np.argsort(x, -1, kind="stable"), -1)
    for at in np.ndindex(x.shape[:-1]):
        known = ~np.isnan(x[at])
        if known.any():
            out[at] = np.quantile(own[at][known], q, method=method, weights=weights[at][known])
    return out


def _spread_weights(x: Box, a: Any, weights: Any, axis: Any) -> np.ndarray | None:
    """Weights in the shape of `x`, whose reduced axes are folded into the last."""
    if weights is None:
        return None
    w = np.asarray(constant(weights, "the weights of a quantile, which jumps with them,"))
    sizes = np.shape(a)
    if w.shape != sizes:
        w = _weighed(boxed(np.empty(sizes), x.face), w, axis)[1]._value
    return np.asarray(_sliced(boxed(w, x.face), axis)[0]._value)


def _rank_change(x: Box, q: Box, ranks: np.ndarray, method: str, whole: int, skip: bool) -> Any:
    """0, that changes with `q` as the ranks do."""
    n = _known(x)[..., np.newaxis] if skip else np.asarray(x._value.shape[-1])
    slope = (n + CONTINUOUS[method]) / whole * ((ranks > 0) & (ranks < n - 1))
    level = shape.reshape.unary(q, (q._value.size,))
    return multiply(subtract(level, np.array(level._value)), slope)


# of pairs


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
        fweights: Any = None, aweights: Any = None, *, dtype: Any = None) -> Any:  # fmt: skip
    """`numpy.cov`: the covariances of the rows (or columns), weighted; of complex ones too.

    Gradients reach `m`, `y` and `aweights`.
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    x = _variables(m, y, rowvar, dtype, fweights, aweights)
    if ddof is None:
        ddof = 0 if bias else 1
    w = _weights(x, fweights, aweights)
    if w is None:
        n = x._value.shape[1]
        mean, freedom = reduce.mean.unary(x, (1,), True), max(n - ddof, 0)
    else:
        mean, freedom = average(x, 1, w, keepdims=True), _freedom(w, ddof, aweights)
    x = subtract(x, mean)
    other = conjugate(x)
    products = linalg.matmul(*joined(x, shape.swap(other if w is None else multiply(other, w))))
    y = divide(products, freedom)
    return shape.reshape(y, ()) if y._value.size == 1 else y


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any, *more: Any) -> Box:
    """The variables of `cov`, a row each, in floating point."""
    face = face_among(m, y, *more)
    x = boxed(m, face)
    if x._value.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    parts = [_rows(x, rowvar)]
    if y is not None:
        other = boxed(y, face)
        if other._value.ndim > 2:
            raise ValueError("y has more than 2 dimensions")
        parts.append(_rows(other, rowvar))
    if dtype is None:
        dtype = floated(face, common(face, parts), WIDE)
        dtype = dtype if face.rank else np.result_type(dtype, WIDE)
    parts = [to_dtype(part, numpy_dtype(dtype)) for part in parts]
    return parts[0] if y is None else shape.cat(parts, 0)


def _rows(x: Box, rowvar: bool) -> Any:
    if x._value.ndim < 2:
        return shape.reshape(x, (1, x._value.size))
    return x if rowvar or x._value.shape[0] == 1 else shape.swap(x)


def _weights(x: Box, fweights: Any, aweights: Any) -> Any:
    """The product of the two kinds of weights; None where there are none."""
    n, w = x._value.shape[1], None
    if fweights is not None:
        times = np.asarray(constant(fweights, "np.cov: fweights, which count repetitions,"))
        if not np.array_equal(times, np.around(times)):
            raise TypeError("fweights must be integer")
        w = boxed(times.astype(x._value.real.dtype), x.face)
        _check_weights("fweights", times, n)
    if aweights is not None:
        other = floating(boxed(aweights, x.face))
        _check_weights("aweights", np.asarray(other._value), n)
        w = other if w is None else multiply(w, other)
    return w


def _check_weights(name: str, w: np.ndarray, n: int) -> None:
    if w.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if w.size != n:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if (w < 0).any():
        raise ValueError(f"{name} cannot be negative")


def _freedom(w: Box, ddof: int, aweights: Any) -> Any:
    """What weighted sums of squares are divided by."""
    total = reductions.sum(w)
    if ddof == 0:
        return total
    lost: Any = ddof
    if aweights is not None:
        squares = reductions.sum(multiply(w, boxed(aweights, w.face)))
        lost = multiply(divide(squares, total), ddof)
    return ew.clamp.unary(subtract(total, lost), 0, None)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, bias: Any = None, ddof: Any = None, *,
             dtype: Any = None) -> Any:  # fmt: skip
    """`numpy.corrcoef`: the correlations of the rows (or columns); `bias` and `ddof` do nothing."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c._value.ndim:
        return divide(c, c)
    spread = ew.root.unary(real_part(shape.diagonal(c, (0, 1), 0)))
    n = spread._value.size
    c = divide(divide(c, shape.reshape(spread, (n, 1))), shape.reshape(spread, (1, n)))
    if c._value.dtype.kind != "c":
        return ew.clamp.unary(c, -1, 1)
    x, y = (ew.clamp(part, -1, 1) for part in (real(c), imag(c)))
    return add(x, multiply(y, 1j))


functions: dict[Function, Function] = {
    np.average: average, np.median: median, np.quantile: quantile, np.percentile: percentile,
    np.nanmedian: nanmedian, np.nanquantile: nanquantile, np.nanpercentile: nanpercentile,
    np.cov: cov, np.corrcoef: corrcoef,
}  # fmt: skip
