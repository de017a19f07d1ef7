"""Samples of what sorting finds."""

from __future__ import annotations

import numpy as np

from tests.samples import odd, op, real, steps, whole

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
