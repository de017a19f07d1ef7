"""torch.*: counts of integers, histograms.

Counts jump with what is counted, so no gradient flows from them to it; to weights it does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.engine.box import Box, fresh
from minitorch.faces import dtypes, returns
from minitorch.faces.operands import (
    NumberArgument,
    check_memory,
    input_box,
    integer,
    integers,
    scalar,
    to_dtype,
)
from minitorch.faces.ranges import linspace
from minitorch.ops import elementwise as ew
from minitorch.ops import index, reduce

Function = Callable[..., Any]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number occurs in a vector of non-negative integers; or its sum of weights.

    Example:
        >>> torch.bincount(torch.tensor([1, 1, 3]))
        tensor([0, 2, 0, 1])
    """
    x = input_box(input, "bincount")
    values = np.asarray(x._value)
    if values.dtype.kind not in "iu":
        kind = dtypes.of(values.dtype).scalar_type
        raise NotImplementedError(f'"bincount_cpu" not implemented for {kind!r}: use .long()')
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if values.ndim != 1 or (values.size and values.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    values = values.astype(np.int64)
    if weights is None:
        return x.face._from(np.bincount(values, minlength=minlength))  # type: ignore[attr-defined]
    w = input_box(weights, "bincount")
    if not values.size:  # whatever the weights are
        return x.face._from(np.bincount(values, minlength=minlength))  # type: ignore[attr-defined]
    if w._value.shape != values.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if w._value.dtype != np.float32:
        w = to_dtype(w, np.dtype(np.float64))
    n = max(int(values.max(initial=-1)) + 1, minlength)
    return index.put_add.unary(w, (n,), (values,))


def _measured(x: Any, name: str) -> np.ndarray:
    """The values to count, which must be of floating point."""
    values = np.asarray(input_box(x, name)._value)
    if values.dtype.kind != "f":
        kind = dtypes.of(values.dtype).scalar_type
        raise NotImplementedError(
            f'"{name}" not implemented for {kind!r}: convert it with .float()'
        )
    return values


def histc(input: Any, bins: int = 100, min: NumberArgument = 0, max: NumberArgument = 0) -> Any:
    """How many elements lie in each of `bins` equal parts of [min, max]; others are not counted.

    Where min equals max, they are those of the elements.
    """
    values = _measured(input, "histc").ravel()
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, but got {bins} for dimension 0")
    check_memory((bins,), values.dtype, "histc")
    low, high = float(min), float(max)
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    inside = values[(values >= low) & (values <= high)]
    places = np.minimum(((inside - low) / (high - low) * bins).astype(np.int64), bins - 1)
    counts = np.bincount(places, minlength=bins)
    return input.face._from(counts.astype(values.dtype))


def histogram(input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None,
              density: bool = False) -> Any:  # fmt: skip
    """How many elements (or what weight of them) lie between the edges of bins: (hist, bin_edges).

    Args:
        bins: how many bins of equal width, or a tensor of their edges.
        range: the first and the last edge, where `bins` is a number.
        density: divide by the sum and the widths.
    """
    x = input_box(input, "histogram")
    points = _measured(x, "histogram").reshape(-1, 1)
    if not isinstance(bins, Box):
        bins = integer(bins, "histogram(): argument 'bins' (position 2)")
    edges = _edges(x, points, [bins], range)
    if weight is not None:
        weight = input_box(weight, "histogram")
        _check_weight(x, weight, x._value.shape)
        weight = weight.reshape(-1)  # type: ignore[attr-defined]
    return returns.histogram(_counted(x, points, edges, weight, density), edges[0])


def histogramdd(input: Any, bins: Any, *, range: Any = None, weight: Any = None,
                density: bool = False) -> Any:  # fmt: skip
    """`histogram` of points (the last dimension): counts in boxes, and a tuple of edges."""
    x = input_box(input, "histogramdd")
    values = _measured(x, "histogramdd")
    if values.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    points = values.reshape(-1, values.shape[-1])
    depth = values.shape[-1]
    if isinstance(bins, (tuple, list)):
        several = [b if isinstance(b, Box) else integers([b], "bins")[0] for b in bins]
    else:
        several = [integer(bins, "histogramdd(): argument 'bins' (position 2)")] * depth
    if len(several) != depth:
        raise RuntimeError(
            f"histogramdd: The size of bins must be equal to the innermost dimension of the input, "
            f"{depth}, not {len(several)}"
        )
    edges = _edges(x, points, several, range)
    if weight is not None:
        weight = input_box(weight, "histogramdd")
        _check_weight(x, weight, values.shape[:-1])
        weight = weight.reshape(-1)  # type: ignore[attr-defined]
    return returns.histogramdd(_counted(x, points, edges, weight, density), tuple(edges))


def _check_weight(x: Box, weight: Box, shape: tuple[int, ...]) -> None:
    if weight._value.shape != shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the "
            "input tensor excluding its innermost dimension, but got input with shape "
            f"{list(x._value.shape)}, and weight with shape {list(weight._value.shape)}"
        )
    if weight._value.dtype != x._value.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor "
            f"should have the same dtype, but got input({dtypes.of(x._value.dtype)!r}), and "
            f"weight({dtypes.of(weight._value.dtype)!r})"
        )


def _edges(x: Box, points: np.ndarray, bins: Sequence[Any], range: Any) -> list[Any]:
    """The edges of the bins of each coordinate."""
    if range is not None and len(range) != 2 * len(bins):
        raise RuntimeError(
            f"torch.histogramdd: for a {len(bins)}-dimensional histogram range should have "
            f"{2 * len(bins)} elements, but got {len(range)}"
        )
    out = []
    for i, count in enumerate(bins):
        if isinstance(count, Box):
            if count._value.ndim != 1:
                raise RuntimeError(
                    "torch.histogramdd: bins tensor should have one dimension, but got "
                    f"{count._value.ndim} dimensions in the bins tensor for dimension {i}"
                )
            if not count._value.size:
                raise RuntimeError(
                    "torch.histogramdd: bins tensor should have at least 1 element, but got 0 "
                    f"elements in the bins tensor for dimension {i}"
                )
            if count._value.dtype != x._value.dtype:
                raise RuntimeError(
                    "torch.histogramdd: input tensor and bins tensors should have the same dtype, "
                    f"but got input with {dtypes.of(x._value.dtype)!r} and bins tensor for "
                    f"dimension {i} with {dtypes.of(count._value.dtype)!r}"
                )
            out.append(count)
            continue
        if count <= 0:
            raise RuntimeError(
                f"torch.histogramdd(): bins must be > 0, but got {count} for dimension {i}"
            )
        low, high = _limits(points[:, i], range and range[2 * i : 2 * i + 2], i)
        out.append(linspace(low, high, count + 1, dtype=dtypes.of(x._value.dtype)))
    return out


def _limits(values: np.ndarray, given: Any, dim: int) -> tuple[float, float]:
    """The first and the last edge."""
    low, high = (float(scalar(v, "argument 'range'")) for v in given) if given else (0.0, 1.0)
    if not given and values.size:
        low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(
            f"torch.histogramdd: dimension {dim}'s range [{low}, {high}] is not finite"
        )
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low} max {high} for "
            f"dimension {dim}"
        )
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _counted(x: Box, points: np.ndarray, edges: list[Any], weight: Any, density: bool) -> Any:
    """The weights summed in each box between the edges."""
    known = [np.asarray(edge._value) for edge in edges]
    sizes = tuple(edge.size - 1 for edge in known)
    inside, places = np.ones(len(points), bool), []
    for values, edge in zip(points.T, known, strict=True):
        at = np.searchsorted(edge, values, "right") - 1
        at[values == edge[-1]] = edge.size - 2
        inside &= (at >= 0) & (at < edge.size - 1) & (values <= edge[-1]) & (values >= edge[0])
        places.append(at)
    if weight is None:
        weight = fresh(x.face, np.ones(len(points), x._value.dtype))
    kept = index.take.unary(weight, (inside,))
    counts = index.put_add.unary(kept, sizes, tuple(at[inside] for at in places))
    if not density:
        return counts
    for i, edge in enumerate(known):
        widths = np.diff(edge).reshape([-1 if d == i else 1 for d, _ in enumerate(known)])
        counts = ew.divide.binary(counts, fresh(x.face, widths))
    return ew.divide.binary(counts, reduce.total.unary(kept, None, False))


functions: dict[str, Function] = {f.__name__: f for f in (bincount, histc, histogram, histogramdd)}
functions_only = ("histogramdd",)
takes_out = ("histc", "histogram")
