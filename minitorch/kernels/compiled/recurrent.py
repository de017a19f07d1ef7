"""Recurrent layers: what a step does beside its products, each in a pass or a few."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.kernels.compiled.jit import compiled, singles
from minitorch.kernels.recurrent import Block, lstm_states, pieces, times

HALF, ONE = np.float32(0.5), np.float32(1)


def lstm_cell(parts: Any, cell: Any) -> Any:
    if not singles(parts, cell):
        return NotImplemented
    _lstm_cell(parts.reshape(5, cell.size), cell.reshape(cell.size))
    return None


@compiled
def _lstm_cell(parts: Any, cell: Any) -> None:
    i, f, g, o, new = parts[0], parts[1], parts[2], parts[3], parts[4]
    for k in range(len(cell)):
        o[k] = o[k] * HALF + HALF
    for k in range(len(cell)):
        i[k] = i[k] * HALF + HALF
        new[k] = i[k] * g[k]
    for k in range(len(cell)):
        f[k] = f[k] * HALF + HALF
        new[k] += f[k] * cell[k]


def lstm_steps_back(kept: Any, c0: Any, gy: Any, dh: Any, dc: Any, w_hh: Any, block: Block) -> Any:
    if not singles(kept, c0, gy, dh, dc, w_hh):
        return NotImplemented
    parts, found = lstm_states(kept, c0, block)
    size, n, order = len(dh), block.n, block.order(back=True)
    bent, d = np.tanh(parts[:, 4]), np.empty((block.steps, 4, size * n), np.float32)
    sums, flat = d.reshape(block.steps, 4 * size, n), parts.reshape(block.steps, 5, size * n)
    before, rows, cells = np.ascontiguousarray(found), block.cut(gy), dc.reshape(size * n)
    cut = pieces(w_hh.T, n)
    for t in order:
        dh += rows[t].T
        last = t == order[-1]
        earlier = before.reshape(size * n) if last else flat[t + order.step, 4]
        _lstm_back(flat[t], earlier, bent[t].reshape(size * n), dh.reshape(size * n), cells, d[t])
        times(cut, sums[t], dh)
    return d.reshape(block.steps, 4, size, n)


@compiled
def _lstm_back(parts: Any, earlier: Any, bent: Any, dh: Any, dc: Any, d: Any) -> None:
    i, f, g, o = parts[0], parts[1], parts[2], parts[3]
    di, df, dg, do = d[0], d[1], d[2], d[3]
    for k in range(len(dh)):
        through = dh[k] * o[k]
        do[k] = through * bent[k] * (ONE - o[k])
        dc[k] += through * (ONE - bent[k] * bent[k])
    for k in range(len(dh)):
        di[k] = dc[k] * g[k] * i[k] * (ONE - i[k])
    for k in range(len(dh)):
        dg[k] = dc[k] * i[k] * (ONE - g[k] * g[k])
    for k in range(len(dh)):
        passed = dc[k] * f[k]
        df[k] = passed * earlier[k] * (ONE - f[k])
        dc[k] = passed
