"""Samples of convolution, pooling and resampling of images."""

from __future__ import annotations

import itertools

import numpy as np

from minitorch.ops.resample import Table
from minitorch.ops.windows import Window
from tests.samples import below, op, real

NONE = None  # no counterpart in PyTorch


def window(kernel, stride=1, padding=0, dilation=1):
    """A window; one number stands for all axes."""
    rank = len(kernel)
    return Window(
        kernel,
        *(s if isinstance(s, tuple) else (s,) * rank for s in (stride, padding, dilation)),
    )


def cells(w, sizes, counts):
    """For each place of a window and each of its elements: both, and where it lies, or None."""
    for place in np.ndindex(*counts):
        for cell in np.ndindex(*w.kernel):
            at = tuple(
                p * s + c * d - e
                for p, s, c, d, e in zip(place, w.stride, cell, w.dilation, w.padding, strict=True)
            )
            inside = all(0 <= a < n for a, n in zip(at, sizes, strict=True))
            yield place, cell, at if inside else None


def _columns(x, w):
    sizes = x.shape[x.ndim - w.rank :]
    counts = w.counts(sizes)
    y = np.zeros((*x.shape[: x.ndim - w.rank], *w.kernel, *counts), x.dtype)
    for place, cell, at in cells(w, sizes, counts):
        if at is not None:
            y[(..., *cell, *place)] = x[(..., *at)]
    return y


def _uncolumns(x, w, sizes):
    counts = x.shape[x.ndim - w.rank :]
    y = np.zeros((*x.shape[: x.ndim - 2 * w.rank], *sizes), x.dtype)
    for place, cell, at in cells(w, sizes, counts):
        if at is not None:
            y[(..., *at)] += x[(..., *cell, *place)]
    return y


def wide(function):
    """A reference that float16 is computed in float32 for, as BLAS has none."""

    def computed(*args):
        dtype = args[0].dtype
        half = dtype == np.float16
        arrays = [a.astype("f4") if half and isinstance(a, np.ndarray) else a for a in args]
        return function(*arrays).astype(dtype)

    return computed


@wide
def _convolution(x, weight, w, groups):
    """The plain composition: all windows as columns, multiplied with the weight."""
    n, channels = x.shape[:2]
    columns = _columns(x, w)
    counts = columns.shape[2 + w.rank :]
    height, places = channels // groups * weight[0, 0].size, int(np.prod(counts))
    columns = columns.reshape(n, groups, height, places)
    rows = weight.reshape(groups, len(weight) // groups, columns.shape[2])
    return np.matmul(rows, columns).reshape(n, len(weight), *counts)


@wide
def _biased(x, weight, bias, w, groups):
    return _convolution(x, weight, w, groups) + bias.reshape(-1, *(1,) * w.rank)


@wide
def _transposed(x, weight, w, groups, sizes):
    n, o = x.shape[:2]
    rows = weight.reshape(groups, o // groups, weight[0].size).swapaxes(-1, -2)
    products = rows @ x.reshape(n, groups, o // groups, x[0, 0].size if n else 0)
    channels = weight.shape[1] * groups
    columns = products.reshape(n, channels, *w.kernel, *x.shape[2:])
    return _uncolumns(columns, w, sizes)


@wide
def _weight(x, z, w, groups):
    n, channels = x.shape[:2]
    o = z.shape[1]
    columns = _columns(x, w)
    places = int(np.prod(z.shape[2:]))
    columns = columns.reshape(n, groups, channels // groups, int(np.prod(w.kernel)), places)
    rows = z.reshape(n, groups, o // groups, places)
    return np.einsum("ngop,ngckp->gock", rows, columns).reshape(o, channels // groups, *w.kernel)


def _weighted(x, weight, w, groups):
    """The sizes of a convolution's result."""
    return (x[0], weight[0], *w.counts(x[2:]))


CONVOLUTIONS = [
    ((2, 3, 6), (4, 3, 3), window((3,)), 1),
    ((2, 4, 7), (6, 2, 2), window((2,), 2, 1, 2), 2),
    ((2, 3, 4, 5), (2, 3, 3, 2), window((3, 2)), 1),
    ((2, 2, 4, 5), (9, 2, 3, 3), window((3, 3), 1, 1), 1),
    ((2, 2, 4, 5), (4, 1, 3, 2), window((3, 2), (2, 1), (1, 0), (1, 2)), 2),
    ((2, 3, 4, 5), (3, 1, 3, 3), window((3, 3), 1, 1), 3),
    ((2, 3, 4, 5), (3, 1, 2, 2), window((2, 2), 2), 3),
    ((2, 4, 3, 2), (6, 2, 1, 1), window((1, 1)), 2),
    ((3, 2, 2, 2), (2, 2, 2, 2), window((2, 2), 1, 2), 1),
    ((1, 2, 3, 3, 4), (3, 2, 2, 3, 2), window((2, 3, 2), 1, (1, 0, 1)), 1),
    ((0, 2, 4, 4), (3, 2, 3, 3), window((3, 3)), 1),
]
for x, weight, w, groups in CONVOLUTIONS:
    y = _weighted(x, weight, w, groups)
    op("convolution", real(*x), real(*weight), params=(w, groups), numpy=_convolution, torch=NONE)
    op(
        "biased_convolution", real(*x), real(*weight), real(weight[0]), params=(w, groups),
        numpy=_biased, torch=NONE,
    )  # fmt: skip
    op(
        "transposed_convolution", real(*y), real(*weight), params=(w, groups, x[2:]),
        numpy=_transposed, torch=NONE,
    )  # fmt: skip
    op("convolution_weight", real(*x), real(*y), params=(w, groups), numpy=_weight, torch=NONE)


def _sum_pool(x, w, counts):
    sizes = x.shape[x.ndim - w.rank :]
    y = np.zeros((*x.shape[: x.ndim - w.rank], *counts), x.dtype)
    for place, _, at in cells(w, sizes, counts):
        if at is not None:
            y[(..., *place)] += x[(..., *at)]
    return y


def _unsum_pool(x, w, sizes):
    y = np.zeros((*x.shape[: x.ndim - w.rank], *sizes), x.dtype)
    for place, _, at in cells(w, sizes, x.shape[x.ndim - w.rank :]):
        if at is not None:
            y[(..., *at)] += x[(..., *place)]
    return y


def _max_pool(x, w, counts):
    sizes = x.shape[x.ndim - w.rank :]
    y = np.full((*x.shape[: x.ndim - w.rank], *counts), -np.inf, x.dtype)
    for place, _, at in cells(w, sizes, counts):
        if at is not None:
            y[(..., *place)] = np.maximum(y[(..., *place)], x[(..., *at)])
    return y


def numbered(w):
    return {cell: i for i, cell in enumerate(itertools.product(*map(range, w.kernel)))}


def _winners(x, y, w):
    sizes, counts = x.shape[x.ndim - w.rank :], y.shape[y.ndim - w.rank :]
    numbers = numbered(w)
    which = np.full(y.shape, len(numbers) - 1, np.uint8)  # where no element is y
    for place, cell, at in reversed(list(cells(w, sizes, counts))):
        if at is not None:
            part = which[(..., *place)]
            which[(..., *place)] = np.where(x[(..., *at)] == y[(..., *place)], numbers[cell], part)
    return which


def _pick(x, which, w):
    sizes, counts = x.shape[x.ndim - w.rank :], which.shape[which.ndim - w.rank :]
    y, numbers = np.zeros(which.shape, x.dtype), numbered(w)
    for place, cell, at in cells(w, sizes, counts):
        if at is not None:
            y[(..., *place)] += x[(..., *at)] * (which[(..., *place)] == numbers[cell])
    return y


def _unpick(x, which, w, sizes):
    y, numbers = np.zeros((*x.shape[: x.ndim - w.rank], *sizes), x.dtype), numbered(w)
    for place, cell, at in cells(w, sizes, which.shape[which.ndim - w.rank :]):
        if at is not None:
            y[(..., *at)] += x[(..., *place)] * (which[(..., *place)] == numbers[cell])
    return y


def _places(which, w, sizes):
    y = np.zeros(which.shape, np.int64)
    kernel = list(itertools.product(*map(range, w.kernel)))
    for index in np.ndindex(*which.shape):
        place, cell = index[which.ndim - w.rank :], kernel[which[index]]
        at = [
            p * s - e + c * d
            for p, s, e, c, d in zip(place, w.stride, w.padding, cell, w.dilation, strict=True)
        ]
        for a, n in zip(at, sizes, strict=True):
            y[index] = y[index] * n + a
    return y


POOLS = [
    ((2, 7), window((3,), 2, 1), (4,)),
    ((5,), window((2,), 2), (3,)),  # the last window ends beyond the image
    ((2, 3, 4, 6), window((2, 2), 2), (2, 3)),
    ((3, 5, 6), window((3, 2), (1, 2), (1, 0), (2, 1)), (3, 3)),
    ((2, 4, 3, 4), window((2, 2, 3), 1, (0, 1, 1)), (3, 4, 4)),
    ((2, 3), window((1, 1)), (2, 3)),
    ((0, 4, 4), window((2, 2), 2), (2, 2)),
]
for shape, w, counts in POOLS:
    lead, sizes = shape[: len(shape) - w.rank], shape[len(shape) - w.rank :]
    pooled = (*lead, *counts)
    op("sum_pool", real(*shape), params=(w, counts), numpy=_sum_pool, torch=NONE)
    op("unsum_pool", real(*pooled), params=(w, sizes), numpy=_unsum_pool, torch=NONE)
    op("max_pool", real(*shape), params=(w, counts), numpy=_max_pool, torch=NONE)
    which = below(w.kernel[0])(*pooled)
    op("winners", real(*shape), real(*pooled), params=(w,), numpy=_winners, torch=NONE)
    op("max_pool_back", real(*pooled), real(*shape), real(*pooled), params=(w, sizes), wrt=(0,),
       numpy=lambda u, x, y, w, sizes: _unpick(u, _winners(x, y, w), w, sizes),
       torch=NONE)  # fmt: skip
    op("still", real(*pooled), numpy=lambda x: x, torch=NONE)
    op("pick", real(*shape), which, params=(w,), numpy=_pick, torch=NONE)
    op("unpick", real(*pooled), which, params=(w, sizes), numpy=_unpick, torch=NONE)
    op("places_of", which, params=(w, sizes), numpy=_places, torch=NONE)
    if w.counts(sizes) == counts:
        laid = (*lead, *w.kernel, *counts)
        op("columns", real(*shape), params=(w,), numpy=_columns, torch=NONE)
        op("uncolumns", real(*laid), params=(w, sizes), numpy=_uncolumns, torch=NONE)


def _part_winners(x, index):
    best = np.argmax(x[..., index], axis=-2)
    return np.take_along_axis(index, best.reshape(-1, index.shape[1]), 0).reshape(best.shape)


for shape, form in (((2, 6), (3, 4)), ((6,), (1, 2)), ((2, 2, 6), (4, 1)), ((0, 6), (2, 3))):
    index = np.arange(np.prod(form)).reshape(form) * 5 % 6
    op("part_winners", real(*shape), params=(index,), numpy=_part_winners, torch=NONE)


def _resample(x, axis, table):
    matrix = np.zeros((table.index.shape[1], table.size))
    weights = np.ones(table.index.shape) if table.weights is None else table.weights
    for i, row in np.ndindex(*table.index.shape):
        matrix[row, table.index[i, row]] += weights[i, row]
    kind = np.result_type(x.dtype, np.float32)
    y = np.moveaxis(np.tensordot(matrix.astype(kind), x.astype(kind), (1, axis)), 0, axis)
    return y.astype(x.dtype)


MIXED = Table(np.array([[0, 3, 1], [1, 3, 2]]), np.array([[0.25, 1.0, 0.5], [0.75, 0, -0.5]]), 5)
NEAREST = Table(np.array([[0, 0, 3, 2]]), None, 4)
for shape, axis, table in (
    ((5,), 0, MIXED), ((2, 5), 1, MIXED), ((2, 5, 3), 1, MIXED), ((4, 2), 0, NEAREST),
    ((0, 5), 1, MIXED), ((2, 4), 1, NEAREST),
):  # fmt: skip
    op("resample", real(*shape), params=(axis, table), numpy=_resample, torch=NONE)
