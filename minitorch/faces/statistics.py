"""torch.*: quantiles, covariances, correlations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes
from minitorch.faces.arithmetic import functions as arithmetic
from minitorch.faces.elementwise import named
from minitorch.faces.operands import (
    axis_of,
    dim_of,
    floating,
    input_box,
    is_number,
    kept,
    to_dtype,
    warn,
)
from minitorch.faces.reductions import sum
from minitorch.faces.sorting import lifted, picked
from minitorch.ops import elementwise as ew
from minitorch.ops import linalg, shape, sort
from minitorch.ops.complex import conjugate, real_part

Function = Callable[..., Any]
INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile(name: str, skip: bool, text: str) -> Function:
    def function(input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *,
                 interpolation: str = "linear", axis: Any = None,
                 keepdims: bool = False) -> Any:  # fmt: skip
        x, dim, keepdim = input_box(input, name), dim_of(dim, axis), kept(keepdim, keepdims)
        levels = _levels(x, q, name, interpolation)
        own = x._value.shape
        if dim is None:
            along, ones = shape.reshape.unary(x, (x._value.size,)), (1,) * len(own)
            rest = ones if keepdim else ()
        else:
            at = axis_of(dim, len(own))
            along = _last(lifted(x), at)
            rest = own[:at] + ((1,) if keepdim and own else ()) + own[at + 1 :]
        if not along._value.shape[-1] or not along._value.size:
            raise RuntimeError(f"{name}() input tensor must be non-empty")
        y = _of_ranks(along, levels, interpolation, skip)
        order = (y._value.ndim - 1, *range(y._value.ndim - 1))
        return shape.reshape.unary(shape.transpose.unary(y, order), levels._value.shape + rest)

    return named(
        function, name,
        f"The q-th quantiles{text}: of all elements, or along a dimension.\n\n    Args:\n"
        "        q: a number in [0, 1], or a vector of them, which the result's first dimension "
        "then follows.\n        interpolation: 'linear', 'lower', 'higher', 'midpoint' or "
        "'nearest', between two elements.\n    ",
    )  # fmt: skip


def _levels(x: Box, q: Any, name: str, interpolation: str) -> Box:
    """`q` as a tensor of the dtype of `x`, both of them checked."""
    if x._value.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if is_number(q):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
        levels = fresh(x.face, np.asarray(q, x._value.dtype))
    elif isinstance(q, Box):
        levels = q
    else:
        raise TypeError(f"{name}(): argument 'q' must be Tensor or float, not {type(q).__name__}")
    if levels._value.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if levels._value.dtype != x._value.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, "
            f"but got {interpolation}"
        )
    known = np.asarray(levels._value)
    if not ((known >= 0) & (known <= 1)).all():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    return levels


def _last(x: Box, axis: int) -> Any:
    """`x` with one axis moved to the end."""
    others = tuple(i for i in range(x._value.ndim) if i != axis)
    return shape.transpose.unary(x, (*others, axis))


def _of_ranks(x: Box, levels: Any, interpolation: str, skip: bool) -> Any:
    """The quantiles along the last axis of `x`, along the last axis of the result."""
    axis, n = x._value.ndim - 1, x._value.shape[-1]
    places = sort.order.unary(x, axis, False)
    unknown = np.isnan(x._value).sum(-1, keepdims=True)
    most = np.where(skip, np.maximum(n - 1 - unknown, 0), n - 1).astype(x._value.dtype)
    level = shape.reshape.unary(levels, (levels._value.size,))
    ranks = ew.multiply.binary(level, fresh(x.face, most))
    if not skip:
        ranks = ew.where.apply((fresh(x.face, unknown > 0), fresh(x.face, most), ranks), ())
    known = ranks._value
    if interpolation in ("lower", "higher", "nearest"):
        rounding = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation]
        return _at(x, places, rounding(known), axis)
    low = np.floor(known)
    if interpolation == "midpoint":
        weight = fresh(x.face, np.full_like(known, 0.5))
    else:
        weight = ew.subtract.binary(ranks, fresh(x.face, low))
    ends = _at(x, places, low, axis), _at(x, places, np.ceil(known), axis)
    return ew.lerp.apply((*ends, weight), ())


def _at(x: Box, places: Box, ranks: np.ndarray, axis: int) -> Any:
    """The elements of some ranks."""
    rank = fresh(x.face, ranks.astype(np.int64))
    return picked(x, picked(places, rank, axis), axis)


quantile = _quantile("quantile", False, "")
nanquantile = _quantile("nanquantile", True, " of what is not NaN")


# of pairs


def cov(input: Any, *, correction: float = 1, fweights: Any = None,
        aweights: Any = None) -> Any:  # fmt: skip
    """The covariances of variables, a row each, whose observations are the columns.

    Args:
        correction: what is taken from the number of observations that sums are divided by.
        fweights: integers, how often each observation counts.
        aweights: the weight of each observation.

    Example:
        >>> torch.cov(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    x = input_box(input, "cov")
    if x._value.ndim > 2:
        raise RuntimeError(
            "cov(): expected input to have two or fewer dimensions but got an input with "
            f"{x._value.ndim} dimensions"
        )
    if x._value.dtype == bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = x if x._value.ndim == 2 else shape.reshape.unary(x, (1, x._value.size))
    rows, n = floating(rows), rows._value.shape[1]
    w = _weights(fweights, aweights, n)
    sums: Any = n if w is None else sum(w)
    freedom = _freedom(sums, correction, w, aweights)
    mul, div = arithmetic["mul"], arithmetic["div"]
    mean = div(sum(rows if w is None else mul(rows, w), 1, True), sums)
    centred = arithmetic["sub"](rows, mean)
    other = conjugate(centred if w is None else mul(centred, w))
    other = to_dtype(other, centred._value.dtype)
    y = div(linalg.matmul(centred, shape.swap.unary(other)), freedom)
    kept = tuple(size for size in y._value.shape if size != 1)
    return y if kept == y._value.shape else shape.reshape.unary(y, kept)


def _weights(fweights: Any, aweights: Any, n: int) -> Any:
    """The product of both kinds of weights; None where there are none."""
    found = None
    for name, given, kinds, text in (
        ("fweights", fweights, "iu", "integral"), ("aweights", aweights, "f", "floating point"),
    ):  # fmt: skip
        if given is None:
            continue
        w = input_box(given, "cov")
        rank, kind = w._value.ndim, dtypes.of(w._value.dtype).scalar_type
        if rank > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
                f"{rank} dimensions"
            )
        if w._value.dtype.kind not in kinds:
            raise RuntimeError(
                f"cov(): expected {name} to have {text} dtype but got {name} with {kind} dtype"
            )
        if w._value.size != n:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the "
                f"input but got {w._value.size} != {n}"
            )
        if n and not np.min(w._value) >= 0:  # nor NaN
            raise RuntimeError(f"cov(): {name} cannot be negative")
        found = w if found is None else arithmetic["mul"](found, w)
    return found


def _freedom(sums: Any, correction: float, w: Any, aweights: Any) -> Any:
    """What sums of squares are divided by."""
    lost: Any = correction
    if correction and aweights is not None:
        squares = sum(arithmetic["mul"](w, aweights))
        lost = arithmetic["mul"](arithmetic["div"](squares, sums), correction)
    freedom = sums - lost
    if (freedom._value if isinstance(freedom, Box) else freedom) <= 0:
        warn("cov(): degrees of freedom is <= 0")
        return 0.0
    return freedom


def corrcoef(input: Any) -> Any:
    """The correlations of variables, a row each: their covariances, scaled to 1 on the diagonal."""
    x = input_box(input, "corrcoef")
    if x._value.ndim > 2:
        raise RuntimeError(
            "corrcoef(): expected input to have two or fewer dimensions but got an input with "
            f"{x._value.ndim} dimensions"
        )
    c = cov(x)
    if not c._value.ndim:
        return arithmetic["div"](c, c)
    spread = ew.sqrt.unary(real_part(shape.diagonal.unary(c, (0, 1), 0)))
    n = spread._value.size
    rows, columns = (shape.reshape.unary(spread, s) for s in ((n, 1), (1, n)))
    y = arithmetic["div"](arithmetic["div"](c, rows), columns)
    return y if y._value.dtype.kind == "c" else ew.clamp.unary(y, -1.0, 1.0)


functions: dict[str, Function] = {f.__name__: f for f in (quantile, nanquantile, cov, corrcoef)}
takes_out = ("quantile", "nanquantile")
