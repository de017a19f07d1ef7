"""Counting, with NumPy's signatures.

Counts jump with what is counted, so no gradient flows from them to it. It does flow to weights,
to edges, and to the smallest and largest element where these tell the edges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine.box import Box
from minitorch.faces.numpy import reductions
from minitorch.faces.numpy.operands import boxed, constant, face_among, is_tracked
from minitorch.faces.numpy.shaping import ravel
from minitorch.faces.numpy.ufuncs import ufuncs
from minitorch.faces.operands import to_dtype
from minitorch.ops import index, shape

Function = Callable[..., Any]
add, subtract = ufuncs[np.add], ufuncs[np.subtract]
multiply, divide = ufuncs[np.multiply], ufuncs[np.divide]


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """`numpy.bincount`: how often each integer occurs; with weights, their sums.

    Example:
        >>> minitorch.grad(lambda w: np.bincount([0, 2, 2], w)[2])(np.ones(3))
        array([0., 1., 1.])
    """
    face = face_among(x, weights)
    places = np.asarray(constant(x, "np.bincount: x"))
    counts = np.bincount(places, minlength=minlength)
    if weights is None:
        return boxed(counts, face)
    w = _doubled(boxed(weights, face))
    if w._value.shape != places.shape:
        raise ValueError("The weights and list don't have the same length.")
    return index.put_add.unary(w, counts.shape, (places.astype(np.intp),))


def _doubled(w: Box) -> Box:
    """Weights in the dtype that NumPy adds them in; tensors keep theirs."""
    if w.face.rank and w._value.dtype.kind == "f":
        return w
    if w._value.dtype.kind == "c":
        raise TypeError("weights that are complex can't be added up as float64: use their parts")
    return to_dtype(w, np.dtype(np.float64))


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """`numpy.histogram_bin_edges`: the edges of the bins of `histogram`."""
    x = ravel(boxed(a, face_among(a, bins, weights)))
    settings = {} if weights is None else {"weights": _plain(weights).ravel()}
    range = constant(range, "range=")
    plain = bins if isinstance(bins, str) else _plain(bins)
    known = np.histogram_bin_edges(_plain(x), plain, range, **settings)
    return _edges(x, known, bins, range)


def _plain(x: Any) -> np.ndarray:
    """The array in a box, or anything else as an array."""
    return np.asarray(x._value if isinstance(x, Box) else x)


def _edges(x: Box, known: np.ndarray, bins: Any, range: Any) -> Any:
    """The edges whose values are `known`: those given, or which the elements of `x` tell."""
    if isinstance(bins, Box) and bins._value.ndim:
        return boxed(bins, x.face)
    if x.face.rank and x._value.dtype.kind == "f":
        known = known.astype(x._value.dtype)
    edges = boxed(known, x.face)
    if np.ndim(bins) or range is not None or not x._value.size or not is_tracked(x):
        return edges
    part = np.linspace(0, 1, known.size, dtype=known.dtype)
    low, high = reductions.min(x), reductions.max(x)
    return add(edges, add(multiply(_change(low), 1 - part), multiply(_change(high), part)))


def _change(x: Box) -> Any:
    """0, that changes as `x` does."""
    return subtract(x, np.array(x._value))


def _filled(w: Box, inside: np.ndarray, places: Any, sizes: tuple[int, ...]) -> Any:
    """The sums of those weights that lie inside, in an array of their bins."""
    return index.put_add.unary(index.take.unary(w, (inside,)), sizes, places)


def _places(values: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The bin of each value, and whether it lies in one; the last bin has its right edge too."""
    places = np.searchsorted(edges, values, "right") - 1
    places[values == edges[-1]] = edges.size - 2
    return places, (places >= 0) & (places < edges.size - 1)


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None,
              weights: Any = None) -> Any:  # fmt: skip
    """`numpy.histogram`: how many elements lie in each bin, or the sums of their weights.

    The counts are constant in `a`; gradients reach `weights`, and through the edges `bins` or the
    smallest and largest element.
    """
    x = ravel(boxed(a, face_among(a, bins, weights)))
    edges = histogram_bin_edges(x, bins, range, weights)
    values, known = np.asarray(x._value), np.asarray(edges._value)
    if weights is None:
        counts = boxed(np.histogram(values, known)[0], x.face)
    else:
        w = boxed(weights, x.face)
        if w._value.shape != np.shape(a):
            raise ValueError("weights should have the same shape as a.")
        places, inside = _places(values, known)
        counts = _filled(ravel(w), inside, (places[inside],), (known.size - 1,))
    if density:
        counts = divide(divide(counts, _doubled(_widths(edges))), reductions.sum(counts))
    return counts, edges


def _widths(edges: Any) -> Any:
    """The widths of the bins between edges."""
    upper = shape.getitem.unary(edges, (slice(1, None),))
    return subtract(upper, shape.getitem.unary(edges, (slice(None, -1),)))


def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None,
                weights: Any = None) -> Any:  # fmt: skip
    """`numpy.histogramdd`: `histogram` of points, in boxes that a list of edges cuts out."""
    columns, face = _columns(sample, bins, weights)
    depth = len(columns)
    if not isinstance(bins, (list, tuple)) and not np.ndim(bins):
        bins = [bins] * depth
    if len(bins) != depth:
        raise ValueError(
            "The dimension of bins must be equal to the dimension of the sample x: "
            f"{len(bins)} and {depth}"
        )
    ranges: Any = [None] * depth if range is None else constant(range, "range=")
    points, plain = [_plain(x) for x in columns], [_plain(b) for b in bins]
    known = np.histogramdd(points, plain, ranges)[1]
    edges = [_edges(*parts) for parts in zip(columns, known, bins, ranges, strict=True)]
    sizes = tuple(edge._value.size - 1 for edge in edges)
    found = [_places(x, edge) for x, edge in zip(points, known, strict=True)]
    inside = np.logical_and.reduce([mask for _, mask in found])
    places = tuple(at[inside] for at, _ in found)
    ones = np.ones(inside.shape)
    w = _doubled(boxed(ones if weights is None else weights, face))
    counts = _filled(w, inside, places, sizes)
    return (_dense(counts, edges) if density else counts), edges


def _columns(sample: Any, bins: Any, weights: Any) -> tuple[list[Any], type[Box]]:
    """The coordinates of the points, a vector each, and the face of all."""
    several = isinstance(sample, (list, tuple))
    edges = bins if isinstance(bins, (list, tuple)) else [bins]
    face = face_among(*(sample if several else [sample]), *edges, weights)
    if several:
        return [ravel(boxed(x, face)) for x in sample], face
    x = boxed(sample, face)
    if x._value.ndim > 2:
        raise ValueError(f"expected points as (N, D), not an array of shape {x._value.shape}")
    if x._value.ndim < 2:
        x = shape.reshape(x, (x._value.size, 1))
    return list(shape.unbind.unary(x, 1)), face


def _dense(counts: Any, edges: list[Any]) -> Any:
    """Counts as a density: divided by their sum and the sizes of their boxes."""
    total = reductions.sum(counts)
    for i, edge in enumerate(edges):
        laid = tuple(-1 if axis == i else 1 for axis, _ in enumerate(edges))
        counts = divide(counts, shape.reshape(_widths(edge), laid))
    return divide(counts, total)


def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None,
                weights: Any = None) -> Any:  # fmt: skip
    """`numpy.histogram2d`: `histogram` of points in the plane; also gives both edges."""
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    if (isinstance(bins, (list, tuple)) or np.ndim(bins)) and len(bins) not in (1, 2):
        bins = [bins, bins]
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, edges[0], edges[1]


functions: dict[Function, Function] = {
    np.bincount: bincount, np.histogram: histogram, np.histogramdd: histogramdd,
    np.histogram2d: histogram2d, np.histogram_bin_edges: histogram_bin_edges,
}  # fmt: skip
