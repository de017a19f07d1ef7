"""Samples of whole recurrent layers."""

from __future__ import annotations

import numpy as np

from minitorch.ops import cells
from minitorch.ops.recurrent import recurrence
from tests.samples import op, small


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _step(cell, z, product, h, c):
    if cell is cells.TANH:
        return np.tanh(z + product), c
    if cell is cells.RELU:
        return np.maximum(z + product, 0), c
    zs, ps = (np.split(x, cell.gates, 1) for x in (z, product))
    if cell is cells.LSTM_CELL:
        i, f, g, o = (a + b for a, b in zip(zs, ps, strict=True))
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c
    r, u = (_sigmoid(zs[k] + ps[k]) for k in (0, 1))
    return (1 - u) * np.tanh(zs[2] + r * ps[2]) + u * h, c


def layer(x, h0, c0, w_ih, w_hh, b_ih, b_hh, cell, sizes, reverse):
    """Outputs and last states, a step at a time; what is kept is known to the operation alone."""
    h, c, y = h0.copy(), c0.copy(), np.zeros((len(x), h0.shape[1]), x.dtype)
    starts = np.cumsum([0, *sizes])
    steps = list(zip(starts, sizes, strict=False))
    for start, n in reversed(steps) if reverse else steps:
        z, product = x[start : start + n] @ w_ih.T + b_ih, h[:n] @ w_hh.T + b_hh
        h[:n], c[:n] = _step(cell, z, product, h[:n].copy(), c[:n].copy())
        y[start : start + n] = h[:n]
    kept = recurrence.run(x, h0, c0, w_ih, w_hh, b_ih, b_hh, cell, sizes, reverse)[3]
    return y, h, c, kept


def back(gy, gh, gc, x, h0, c0, w_ih, w_hh, b_ih, b_hh, cell, sizes, reverse, made):
    """The gradients by what is added to the products, by imaginary steps: exact to rounding."""
    shapes = [(len(x), len(b_ih)), (len(x), len(b_ih) if cell.apart else 0), h0.shape, c0.shape]
    starts = np.cumsum([0, *sizes])
    steps = list(zip(starts, sizes, strict=False))

    def value(dx, dz, dh, dc):
        h, c, total = h0 + dh, c0 + dc, 0.0
        for start, n in reversed(steps) if reverse else steps:
            at = slice(start, start + n)
            z, product = x[at] @ w_ih.T + b_ih + dx[at], h[:n] @ w_hh.T + b_hh
            product = product + dz[at] if cell.apart else product
            h[:n], c[:n] = _step(cell, z, product, h[:n].copy(), c[:n].copy())
            total += np.sum(gy[at] * h[:n])
        return total + np.sum(gh * h) + np.sum(gc * c)

    grads = [np.zeros(shape, x.dtype) for shape in shapes]
    for i, shape in enumerate(shapes):
        for at in np.ndindex(shape):
            moved = [np.zeros(s, complex) for s in shapes]
            moved[i][at] = 1e-30j
            grads[i][at] = value(*moved).imag / 1e-30
    return tuple(grads)


def _state(cell, sizes, size):
    """The arrays of a layer of one input."""
    batch, width = sizes[0], cell.gates * size
    return [
        small(sum(sizes), 1), small(batch, size), small(batch, size if cell.cells else 0),
        small(width, 1), small(width, size), small(width), small(width),
    ]  # fmt: skip


ALL = (cells.TANH, cells.RELU, cells.LSTM_CELL, cells.GRU_CELL)
SETTINGS = [((2, 2), False), ((2, 1), False), ((2, 1), True), ((1, 1, 1), True), ((0, 0), False)]
for cell in ALL:
    for sizes, reverse in SETTINGS:
        arrays = _state(cell, sizes, 2)
        op("recurrence", *arrays, params=(cell, sizes, reverse), numpy=layer, torch=None)
FEW = [(*pair, k % 2 == 1) for k, pair in enumerate(zip(ALL, [(2, 1)] * 4, strict=True))]
for cell, sizes, reverse in [*FEW, (cells.GRU_CELL, (0,), False)]:
    arrays = _state(cell, sizes, 1)
    gs = [small(sum(sizes), 1), *arrays[1:3]]
    settings = (cell, sizes, reverse, None)
    op("recurrence_back", *gs, *arrays, params=settings, numpy=back, torch=None)
