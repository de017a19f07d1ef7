"""Loops of recurrent layers over whole sequences: the outputs, and the gradients of the products.

A step's state is a matrix with a column for each sequence: the product of the weights with it is
faster than that of its transpose, and its gates are blocks of rows, each in one piece of memory.
The input and a row of ones stand above the state, so that one product gives the sum of all. What
the gradients want is kept in such matrices too, one after the other.

Sequences lie packed: the rows of all sequences at step 0, then those at step 1, and so on. `sizes`
tells how many sequences have each step; they are sorted, so that it never grows. A layer that runs
in reverse begins at the last step, and sequences join it as they begin.
"""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np

from minitorch.kernels.seam import kernel

ndarray = np.ndarray
Sizes = tuple[int, ...]
Arrays = tuple[ndarray, ...]
CACHED = 2**18  # elements of a block that stay in cache
SMALL, LEAST = 10**6, 32  # terms of a product that OpenBLAS calls small; rows that it needs
MANY = 4  # steps from which it pays to lay out the weights


class Block(NamedTuple):
    """Steps of equal size, few enough to stay in cache; `before` is the one that ran before it."""

    start: int
    steps: int
    n: int
    reverse: bool
    before: Block | None

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + self.steps * self.n)

    def order(self, back: bool = False) -> range:
        """Its steps in the order of running, or back again."""
        steps = range(self.steps)
        return steps[::-1] if self.reverse != back else steps

    def cut(self, rows: ndarray) -> ndarray:
        """Its part of packed rows, a matrix a step."""
        return rows[self.rows].reshape(self.steps, self.n, rows.shape[1])

    def kept(self, memory: ndarray, parts: int) -> ndarray:
        """Its part of the memory of what is kept: steps, parts, elements of a state, sequences."""
        shape = self.steps, parts, memory.shape[1] // parts, self.n
        return memory[self.rows].reshape(shape)

    def entered(self, first: ndarray, states: ndarray) -> ndarray:
        """What it found as its state: the last of the block before, or the very first state.

        `states` are those of the block before, a matrix with a column a sequence each.
        """
        if self.before is None:
            return first[:, : self.n]
        last = states[self.before.order()[-1]]
        if self.before.n >= self.n:
            return last[:, : self.n]
        return np.concatenate([last, first[:, self.before.n : self.n]], 1)


def blocks(sizes: Sizes, reverse: bool, width: int) -> list[Block]:
    """All steps, in the order of running; `width` is how many elements each row has."""
    parts, start = [], 0
    for n, group in groupby(sizes):
        left, most = len(list(group)), max(1, CACHED // max(1, n * width))
        while left:
            steps = min(left, most)
            parts.append((start, steps, n))
            start, left = start + steps * n, left - steps
    found: list[Block] = []
    for part in reversed(parts) if reverse else parts:
        found.append(Block(*part, reverse, found[-1] if found else None))
    return found


def pieces(weights: ndarray, n: int) -> ndarray:
    """The weights in pieces of rows, each of which is small beside a matrix of n columns.

    OpenBLAS multiplies small matrices as they lie, without a copy in its own order of memory.
    """
    rows, inner = weights.shape
    count, terms = 1, rows * inner * n
    if SMALL < terms < 10 * SMALL:
        while terms > SMALL * count:
            count *= 2
        if rows % count or rows // count < LEAST:
            count = 1
    return weights.reshape(count, rows // count, inner)


def times(cut: ndarray, columns: ndarray, out: ndarray) -> None:
    """Write the product of `pieces` with a matrix into contiguous memory."""
    np.matmul(cut, columns, out=out.reshape(*cut.shape[:2], columns.shape[1]))


class Sum:
    """The products of weights with an input and a state, and a bias, added up step by step.

    Over many steps, weights and bias stand side by side, and the input above a row of ones and
    the state, so that there is but one product. `factor` multiplies each row of the sums.
    """

    def __init__(
        self, w_ih: ndarray, bias: ndarray, w_hh: ndarray, factor: ndarray | None, steps: int
    ) -> None:
        self.w_ih, self.bias, self.factor = w_ih, bias[:, None], factor
        self.together, self.weights = steps >= MANY, w_hh
        if self.together:
            self.weights = np.concatenate([w_ih, self.bias, w_hh], 1)
            if factor is not None:
                self.weights *= factor

    def begin(self, state: ndarray) -> ndarray:
        """Memory for the state, which holds this one at first."""
        height, n = len(state), state.shape[1]
        rows = np.empty((self.weights.shape[1], n), state.dtype)
        self.input, self.rows, self.cut = rows[: -height - 1], rows, pieces(self.weights, n)
        if self.together:
            rows[-height - 1] = 1
        rows[-height:] = state
        return rows[-height:]

    def write(self, x: ndarray, out: ndarray) -> None:
        """The sums for an input, whose rows are examples, and the present state."""
        if self.together:
            self.input[...] = x.T
            times(self.cut, self.rows, out)
            return
        times(self.cut, self.rows, out)
        first = self.w_ih @ x.T
        first += self.bias
        out += first
        if self.factor is not None:
            out *= self.factor


def spread(parts: ndarray, memory: ndarray, block: Block) -> None:
    """Write a block's gradients, of which there is a matrix a step, among those of all steps.

    These lie in memory as BLAS likes them for the gradients of weights: a row for each gate.
    """
    by_rows = parts.reshape(len(parts), len(memory), block.n).swapaxes(0, 1)
    memory[:, block.rows].reshape(by_rows.shape)[...] = by_rows


def elman(args: Arrays, relu: bool, sizes: Sizes, reverse: bool) -> Arrays:
    """y = f(z + h @ w_hh.T + b_hh)."""
    x, h0, c, w_ih, w_hh, b_ih, b_hh = args
    size, h, y = len(w_hh), h0.T.copy(), np.empty((len(x), len(w_hh)), x.dtype)
    sums = Sum(w_ih, b_ih + b_hh, w_hh, None, len(sizes))
    for block in blocks(sizes, reverse, size):
        state, new = sums.begin(h[:, : block.n]), np.empty((size, block.n), x.dtype)
        xs, ys = block.cut(x), block.cut(y)
        for t in block.order():
            sums.write(xs[t], new)
            if relu:
                np.maximum(new, 0, out=state)
            else:
                np.tanh(new, out=state)
            ys[t] = state.T
        h[:, : block.n] = state
    return y, h.T, c, np.empty((len(y), 0), y.dtype)


def elman_back(
    gs: Arrays, args: Arrays, made: Arrays, relu: bool, sizes: Sizes, reverse: bool
) -> Arrays:
    (gy, gh, gc), w_hh, y = gs, args[4], made[0]
    size = len(w_hh)
    dz, dhs = np.empty((size, len(y)), y.dtype), gh.T.copy()
    for block in reversed(blocks(sizes, reverse, size)):
        ys, gys, dh = block.cut(y).swapaxes(1, 2), block.cut(gy), dhs[:, : block.n].copy()
        ds, cut = np.empty((block.steps, size, block.n), y.dtype), pieces(w_hh.T, block.n)
        if relu:
            np.greater(ys, 0, out=ds)
        else:
            np.multiply(ys, ys, out=ds)
            np.subtract(1, ds, out=ds)
        for t in block.order(back=True):
            dh += gys[t].T
            d = np.multiply(ds[t], dh, out=ds[t])
            times(cut, d, dh)
        spread(ds, dz, block)
        dhs[:, : block.n] = dh
    return dz.T, np.empty((len(y), 0), y.dtype), dhs.T, gc


def lstm(args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
    """Keeps the gates and the cells."""
    x, h0, c0, w_ih, w_hh, b_ih, b_hh = args
    size, dtype = c0.shape[1], x.dtype
    factor = np.repeat(np.array([0.5, 0.5, 1, 0.5], dtype), size)[:, None]
    sums = Sum(w_ih, b_ih + b_hh, w_hh, factor, len(sizes))
    y, kept = np.empty((len(x), size), dtype), np.empty((len(x), 5 * size), dtype)
    h, c = h0.T.copy(), c0.T.copy()
    for block in blocks(sizes, reverse, 5 * size):
        state, cell = sums.begin(h[:, : block.n]), c[:, : block.n].copy()
        parts, xs, ys = block.kept(kept, 5), block.cut(x), block.cut(y)
        bent = np.empty_like(cell)
        for t in block.order():
            now = parts[t]
            gates = now[:4].reshape(4 * size, block.n)
            sums.write(xs[t], gates)
            # sigmoid(x) is (1 + tanh(x / 2)) / 2: one tanh serves all gates
            np.tanh(gates, out=gates)
            lstm_cell(now, cell)
            cell = now[4]
            np.tanh(cell, out=bent)
            np.multiply(now[3], bent, out=state)
            ys[t] = state.T
        h[:, : block.n], c[:, : block.n] = state, cell
    return y, h.T, c.T, kept


@kernel(pays=2**14)
def lstm_cell(parts: ndarray, cell: ndarray) -> None:
    """Make sigmoids of i, f and o among the tangents i, f, g, o, and write c' behind them."""
    half = parts.dtype.type(0.5)
    for some in (parts[:2], parts[3]):
        some *= half
        some += half
    i, f, g, _, new = parts
    np.multiply(f, cell, out=new)
    new += i * g


def lstm_back(gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
    (gy, gh, gc), c0, w_hh, kept = gs, args[2], args[4], made[1]
    dz = np.empty((len(w_hh), len(kept)), c0.dtype)
    dhs, dcs = gh.T.copy(), gc.T.copy()
    for block in reversed(blocks(sizes, reverse, len(w_hh))):
        dh, dc = dhs[:, : block.n].copy(), dcs[:, : block.n].copy()
        spread(lstm_steps_back(kept, c0, gy, dh, dc, w_hh, block), dz, block)
        dhs[:, : block.n], dcs[:, : block.n] = dh, dc
    return dz.T, np.empty((len(kept), 0), c0.dtype), dhs.T, dcs.T


def lstm_states(kept: ndarray, c0: ndarray, block: Block) -> tuple[ndarray, ndarray]:
    """What a block kept, and the cells that it found."""
    earlier = block.before.kept(kept, 5)[:, 4] if block.before else kept
    return block.kept(kept, 5), block.entered(c0.T, earlier)


@kernel(pays=2**14)
def lstm_steps_back(
    kept: ndarray, c0: ndarray, gy: ndarray, dh: ndarray, dc: ndarray, w_hh: ndarray, block: Block
) -> ndarray:
    """The gradients of a block's sums; `dh` and `dc` become those of the states that it found."""
    parts, found = lstm_states(kept, c0, block)
    d, through = _lstm_slopes(block, parts, found)
    gys, passed, cut = block.cut(gy), np.empty_like(dh), pieces(w_hh.T, block.n)
    flat = d.reshape(len(d), len(w_hh), block.n)
    for t in block.order(back=True):
        dh += gys[t].T
        dc += np.multiply(dh, through[t], out=passed)
        d[t, :3] *= dc
        d[t, 3] *= dh
        dc *= parts[t, 1]
        times(cut, flat[t], dh)
    return d


def _lstm_slopes(block: Block, parts: ndarray, found: ndarray) -> tuple[ndarray, ndarray]:
    """Derivatives of a block's steps: of c' (of h', for o) by the sums; and of h' by c'."""
    i, _, g, o, cells = (parts[:, k] for k in range(5))
    slopes = np.subtract(1, parts[:, :4])
    di, df, dg, do = (slopes[:, k] for k in range(4))
    slopes[:, :2] *= parts[:, :2]
    do *= o
    bent = g + 1
    dg *= bent
    np.tanh(cells, out=bent)
    di *= g
    dg *= i
    do *= bent
    if block.reverse:
        df[-1] *= found
        df[:-1] *= cells[1:]
    else:
        df[0] *= found
        df[1:] *= cells[:-1]
    np.square(bent, out=bent)
    np.subtract(1, bent, out=bent)
    bent *= o
    return slopes, bent


def gru(args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
    """Keeps r, u, n and the product with the state that r is multiplied with."""
    x, h0, c, w_ih, w_hh, b_ih, b_hh = args
    size, dtype = h0.shape[1], x.dtype
    both, half = 2 * size, dtype.type(0.5)
    factor = np.full((both, 1), half)
    sums = Sum(w_ih[:both], b_ih[:both] + b_hh[:both], w_hh[:both], factor, len(sizes))
    outer, inner = (b[both:, None] for b in (b_ih, b_hh))
    y, kept = np.empty((len(x), size), dtype), np.empty((len(x), 4 * size), dtype)
    h = h0.T.copy()
    for block in blocks(sizes, reverse, 4 * size):
        state, some = sums.begin(h[:, : block.n]), np.empty((size, block.n), dtype)
        parts, xs, ys = block.kept(kept, 4), block.cut(x), block.cut(y)
        cut = pieces(w_hh[both:], block.n)
        for t in block.order():
            r, u, new, product = parts[t]
            gates = parts[t, :2].reshape(both, block.n)
            sums.write(xs[t], gates)
            np.tanh(gates, out=gates)
            gates *= half
            gates += half
            times(cut, state, product)
            product += inner
            np.matmul(w_ih[both:], xs[t].T, out=new)
            new += outer
            new += np.multiply(r, product, out=some)
            np.tanh(new, out=new)
            state -= new
            state *= u
            state += new
            ys[t] = state.T
        h[:, : block.n] = state
    return y, h.T, c, kept


def gru_back(gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
    (gy, gh, gc), h0, w_hh, (y, kept) = gs, args[1], args[4], made
    size, dtype = h0.shape[1], h0.dtype
    dx, dz = (np.empty((3 * size, len(y)), dtype) for _ in range(2))
    dhs = gh.T.copy()
    for block in reversed(blocks(sizes, reverse, 8 * size)):
        slopes = _gru_slopes(block, kept, h0.T, y)
        flat = slopes[:, :3].reshape(block.steps, 3 * size, block.n)
        parts, gys, dh = block.kept(kept, 4), block.cut(gy), dhs[:, : block.n].copy()
        rest, cut = np.empty_like(dh), pieces(w_hh.T, block.n)
        for t in block.order(back=True):
            dh += gys[t].T
            slopes[t] *= dh
            np.multiply(dh, parts[t, 1], out=rest)
            times(cut, flat[t], dh)
            dh += rest
        spread(slopes[:, :3], dz, block)
        spread(slopes[:, :2], dx[: 2 * size], block)
        spread(slopes[:, 3], dx[2 * size :], block)
        dhs[:, : block.n] = dh
    return dx.T, dz.T, dhs.T, gc


def _gru_slopes(block: Block, kept: ndarray, h0: ndarray, y: ndarray) -> ndarray:
    """Derivatives of a block's h' by the sums of r and u, and by both products for n."""
    parts = block.kept(kept, 4)
    r, u, new, product = (parts[:, k] for k in range(4))
    ys = block.cut(y).swapaxes(1, 2)
    earlier = block.entered(h0, block.before.cut(y).swapaxes(1, 2) if block.before else ys)
    first, *_ = block.order()
    slopes = np.empty_like(parts)
    dr, du, inner, outer = (slopes[:, k] for k in range(4))
    gaps = dr  # memory that is free as yet
    np.subtract(earlier, new[first], out=gaps[first])
    if block.reverse:
        np.subtract(ys[1:], new[:-1], out=gaps[:-1])
    else:
        np.subtract(ys[:-1], new[1:], out=gaps[1:])
    np.subtract(1, u, out=du)
    np.square(new, out=outer)
    np.subtract(1, outer, out=outer)
    outer *= du
    du *= u
    du *= gaps
    np.multiply(outer, r, out=inner)
    np.subtract(1, r, out=dr)
    dr *= inner
    dr *= product
    return slopes
