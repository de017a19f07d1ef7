"""Samples of what sorting finds."""

from __future__ import annotations

import numpy as np

from tests.samples import among, odd, op, real, steps, whole

NONE = None  # no counterpart in PyTorch


def _order(x, axis, kind, descending):
    """By Python's own sort, which is stable, an axis at a time; NaN counts as the largest."""

    def of(row):
        number = sorted(range(len(row)), key=lambda i: (row[i] != row[i], 0.0))
        known = [i for i in number if row[i] == row[i]]
        known.sort(key=lambda i: -row[i] if descending else row[i])
        return np.array(known + number[len(known) :], np.intp)

    return np.apply_along_axis(of, axis, x) if x.size else np.zeros(x.shape, np.intp)


for domain in (real, steps, whole, odd):
    for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 3, 2), 1), ((7,), 0), ((0, 3), 1)):
        op("argsort", domain(*shape), numpy=_order, torch=NONE,
           params=[(axis, "stable", False), (axis, "stable", True)])  # fmt: skip
for shape, axis in (((3, 4), 0), ((3, 4), 1), ((2, 5, 2), 1), ((0, 3), 1)):
    op("argpartition", real(*shape), params=[(axis, 1), (axis, (0, 2))], torch=NONE,
       numpy=lambda x, axis, kth: np.argpartition(x.copy(), kth, axis))  # fmt: skip


def _places(x, ranks, skip):
    """A slice at a time."""
    rows, n = x.reshape(-1, x.shape[-1]), ranks.shape[-1]
    named = np.broadcast_to(ranks, (*x.shape[:-1], n)).reshape(len(rows), n)
    out = [np.argsort(row, kind="stable")[r] for row, r in zip(rows, named, strict=True)]
    return np.array(out, np.intp).reshape(*x.shape[:-1], n)


for shape in ((5,), (3, 4), (2, 3, 4), (0, 3)):
    op("ranked", real(*shape), params=[(np.array([0, 2]), False), (np.array([2]), True)],
       numpy=_places, torch=NONE)  # fmt: skip
op("ranked", real(3, 4), params=(np.array([[0, 1], [3, 3], [2, 0]]), True), numpy=_places,
   torch=NONE)  # fmt: skip


def _stable(x, axis, descending):
    """By Python's own sort, a row at a time; NaN counts as the largest."""

    def of(row):
        known = [i for i in range(len(row)) if row[i] == row[i]]
        unknown = [i for i in range(len(row)) if row[i] != row[i]]
        known.sort(key=lambda i: -row[i] if descending else row[i])
        return np.array(unknown + known if descending else known + unknown, np.intp)

    return np.apply_along_axis(of, axis, x) if x.size else np.zeros(x.shape, np.intp)


for domain in (real, steps, whole, odd):
    for shape, axis in (((3, 4), 0), ((2, 3, 2), 1), ((300,), 0), ((2, 300), 1), ((0, 3), 1)):
        op("order", domain(*shape), params=[(axis, False), (axis, True)], numpy=_stable,
           torch=lambda torch, x, axis, down:
               torch.argsort(x, dim=axis, descending=down, stable=True))  # fmt: skip


def _median_place(x, axis, skip):
    def of(row):
        places = _stable(row, 0, False)
        unknown = int(np.isnan(row).sum())
        if unknown and not skip:
            return [places[len(row) - unknown]]
        return [places[max(len(row) - unknown - 1, 0) // 2]]

    return np.apply_along_axis(of, axis, x)


def _mode_place(x, axis):
    def of(row):
        values, counts = np.unique(row, return_counts=True)
        return [np.flatnonzero(row == values[np.argmax(counts)])[-1]]

    return np.apply_along_axis(of, axis, x)


for domain in (real, steps):
    for shape, axis in (((3, 4), 0), ((3, 5), 1), ((2, 3, 2), 1), ((7,), 0)):
        op("middle_place", domain(*shape), params=[(axis, False), (axis, True)], torch=NONE,
           numpy=_median_place)  # fmt: skip
        op("mode_place", domain(*shape), params=(axis,), numpy=_mode_place, torch=NONE)
op("middle_place", real(0, 3), params=(1, False), torch=NONE,
   numpy=lambda x, axis, skip: np.zeros((0, 1), np.intp))  # fmt: skip
op("mode_place", real(0, 3), params=(1,), torch=NONE,
   numpy=lambda x, axis: np.zeros((0, 1), np.intp))  # fmt: skip
op(
    "middle",
    real(0),
    params=(False,),
    numpy=lambda x, skip: np.array(np.nan, x.dtype),
    torch=NONE,
    wrt=(),
)
op("evenly", real(0), among(1.0)(), torch=NONE, numpy=lambda x, y: x)
op("middle_place", odd(3, 6), params=[(1, False), (1, True)], numpy=_median_place, torch=NONE)
for domain in (real, steps):
    for shape in ((3, 4), (5,), ()):
        op("middle", domain(*shape), params=[(False,), (True,)],
           numpy=lambda x, skip: np.sort(x, None)[(x.size - 1) // 2],
           torch=lambda torch, x, skip: (torch.nanmedian if skip else torch.median)(x),
           wrt=() if domain is steps else None)  # fmt: skip
op("evenly", steps(4, 5), among(1.0)(), torch=NONE,
   numpy=lambda x, y: (x == y) / np.sum(x == y, dtype=x.dtype))  # fmt: skip
