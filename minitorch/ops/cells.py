"""The cells of recurrent layers: what one does at a step, and its loops over whole sequences.

Sequences lie packed: the rows of all sequences at step 0, then those at step 1, and so on. `sizes`
tells how many sequences have each step; they are sorted, so that it never grows. A cell that runs
in reverse begins at the last step, and sequences join it as they begin.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np

from minitorch.ops.elementwise import relu, sigmoid, tanh
from minitorch.ops.index import take
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import cat, getitem

Sizes = tuple[int, ...]
ndarray = np.ndarray
Spans = list[tuple[int, int]]


def spans(sizes: Sizes, reverse: bool) -> Spans:
    """The first row and the number of rows of each step, in the order of running."""
    starts = accumulate(sizes, initial=0)
    pairs = list(zip(starts, sizes, strict=False))
    return pairs[::-1] if reverse else pairs


def before(first: Any, rows: Any, sizes: Sizes, reverse: bool) -> Any:
    """For each row of a state, that which its step found: the row of the step before it."""
    size = sizes[0]
    if sizes[-1] == size:
        if reverse:
            return cat([getitem(rows, (slice(size, None),)), first], 0)
        return cat([first, getitem(rows, (slice(0, sum(sizes) - size),))], 0)
    places, current = np.empty(sum(sizes), np.int64), np.arange(size)
    for start, n in spans(sizes, reverse):
        places[start : start + n] = current[:n]
        current[:n] = np.arange(size + start, size + start + n)
    return take(cat([first, rows], 0), (places,))


def carried(state: ndarray, rows: ndarray) -> ndarray:
    """A state, the first of whose rows have become `rows`."""
    if len(rows) == len(state):
        return rows
    state = state.copy()
    state[: len(rows)] = rows
    return state


def part(x: Any, i: int, size: int) -> Any:
    """One gate of a row of gates."""
    return getitem(x, (..., slice(i * size, (i + 1) * size)))


def columns(rows: ndarray, count: int) -> ndarray:
    """Rows cut into so many blocks of columns, which come first."""
    return rows.reshape(len(rows), count, rows.shape[1] // count).swapaxes(0, 1)


class Cell:
    """What a recurrent layer repeats.

    `gates` is how many times its size the rows of its weights are; `cells` whether it has a second
    state. `step` is one step, made of primitives: it defines the cell. `run` and `back` do the
    same as loops over bare arrays: `run` gives the outputs, the last states and what `back` wants
    kept; `back` the gradients of both products' results (the second empty where they are one)
    and of the first states.
    """

    gates: ClassVar[int] = 1
    cells: ClassVar[bool] = False
    grad_name: str
    apart: ClassVar[bool] = False  # whether the gradients of the two products differ

    def __repr__(self) -> str:
        return type(self).__name__

    def step(self, z: Any, product: Any, h: Any, c: Any) -> tuple[Any, Any]:
        """The next states, from the products with the input and with the state, and the states."""
        raise NotImplementedError

    def run(self, args: tuple[ndarray, ...], order: Spans) -> tuple[ndarray, ...]:
        """Outputs, last states, what is kept."""
        raise NotImplementedError

    def back(
        self, gs: tuple[ndarray, ...], args: tuple[ndarray, ...], made: tuple[ndarray, ...],
        sizes: Sizes, reverse: bool,
    ) -> tuple[ndarray, ...]:  # fmt: skip
        """Gradients of the products' results, and of the first states."""
        raise NotImplementedError


class Elman(Cell):
    """h' = f(z + h @ w_hh.T + b_hh), where f is tanh or relu."""

    def __init__(self, name: str, function: Any, slope: Callable[[ndarray], ndarray]) -> None:
        self.name, self.function, self.slope = name, function, slope
        self.grad_name = f"Rnn{name.capitalize()}Backward0"

    def __repr__(self) -> str:
        return self.name

    def step(self, z: Any, product: Any, h: Any, c: Any) -> tuple[Any, Any]:
        return self.function(z + product), c

    def run(self, args: tuple[ndarray, ...], order: Spans) -> tuple[ndarray, ...]:
        x, h, c, w_ih, w_hh, b_ih, b_hh = args
        y = np.matmul(x, w_ih.T)
        y += b_ih + b_hh
        turned, product = np.ascontiguousarray(w_hh.T), np.empty_like(h)
        for start, n in order:
            rows = y[start : start + n]
            rows += np.matmul(h[:n], turned, out=product[:n])
            self.activate(rows)
            h = carried(h, rows)
        return y, h, c, np.empty((len(y), 0), y.dtype)

    def activate(self, rows: ndarray) -> None:
        if self.function is tanh:
            np.tanh(rows, out=rows)
        else:
            np.maximum(rows, 0, out=rows)

    def back(
        self, gs: tuple[ndarray, ...], args: tuple[ndarray, ...], made: tuple[ndarray, ...],
        sizes: Sizes, reverse: bool,
    ) -> tuple[ndarray, ...]:  # fmt: skip
        (gy, dh, dc), w_hh, y = gs, args[4], made[0]
        dz, dh, dtype = np.empty_like(y), dh.copy(), y.dtype
        for start, n in reversed(spans(sizes, reverse)):
            rows = slice(start, start + n)
            d = np.add(dh[:n], gy[rows], out=dz[rows])
            d *= self.slope(y[rows])
            np.matmul(d, w_hh, out=dh[:n])
        return dz, np.empty((len(dz), 0), dtype), dh, dc


class LSTM(Cell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), with a forget gate.

    c' = f * c + i * g and h' = o * tanh(c'), with i, f, g, o in this order in the rows of weights.
    """

    gates, cells = 4, True
    grad_name = "LstmBackward0"

    def step(self, z: Any, product: Any, h: Any, c: Any) -> tuple[Any, Any]:
        z, size = z + product, shape_of(c)[-1]
        i, f, g, o = (part(z, k, size) for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c

    def run(self, args: tuple[ndarray, ...], order: Spans) -> tuple[ndarray, ...]:
        x, h, c, w_ih, w_hh, b_ih, b_hh = args
        size, dtype = c.shape[1], x.dtype
        # sigmoid(x) is (1 + tanh(x / 2)) / 2: one tanh serves all gates
        scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], dtype), size)
        shift, bias = 1 - scale, (b_ih + b_hh) * scale
        turned = np.ascontiguousarray((w_hh * scale[:, None]).T)
        y, kept = np.empty((len(x), size), dtype), np.empty((len(x), 6 * size), dtype)
        np.matmul(x, (w_ih * scale[:, None]).T, out=kept[:, : 4 * size])
        products, candidates = np.empty((len(h), 4 * size), dtype), np.empty_like(c)
        for start, n in order:
            rows = slice(start, start + n)
            gates, product, new = kept[rows, : 4 * size], products[:n], candidates[:n]
            np.matmul(h[:n], turned, out=product)
            product += gates
            product += bias
            np.tanh(product, out=product)
            product *= scale
            np.add(product, shift, out=gates)
            i, f, g, o, cell, bent = columns(kept[rows], 6)
            np.multiply(f, c[:n], out=cell)
            cell += np.multiply(i, g, out=new)
            np.tanh(cell, out=bent)
            np.multiply(o, bent, out=y[rows])
            h, c = carried(h, y[rows]), carried(c, cell)
        return y, h, c, kept

    def back(
        self, gs: tuple[ndarray, ...], args: tuple[ndarray, ...], made: tuple[ndarray, ...],
        sizes: Sizes, reverse: bool,
    ) -> tuple[ndarray, ...]:  # fmt: skip
        (gy, dh, dc), c0, w_hh, kept = gs, args[2], args[4], made[1]
        size, dtype = c0.shape[1], c0.dtype
        offset = np.repeat(np.array([0, 0, 1, 0], dtype), size)
        one = dtype.type(1)
        earlier = before(c0, kept[:, 4 * size : 5 * size], sizes, reverse)
        dz, dh, dc = np.empty((len(kept), 4 * size), dtype), dh.copy(), dc.copy()
        slopes, wide, narrow = np.empty_like(dz[: len(c0)]), np.empty_like(dz[: len(c0)]), c0.copy()
        for start, n in reversed(spans(sizes, reverse)):
            rows = slice(start, start + n)
            gates = kept[rows, : 4 * size]
            i, f, g, o, _, bent = columns(kept[rows], 6)
            d, slope, rest, t, u, v = dz[rows], slopes[:n], wide[:n], narrow[:n], dh[:n], dc[:n]
            di, df, dg, do = columns(d, 4)
            u += gy[rows]
            np.multiply(u, bent, out=do)
            u *= o
            np.subtract(one, np.multiply(bent, bent, out=t), out=t)
            v += np.multiply(t, u, out=t)
            np.multiply(v, g, out=di)
            np.multiply(v, earlier[rows], out=df)
            np.multiply(v, i, out=dg)
            v *= f
            np.add(gates, offset, out=slope)  # s (1 - s), and (1 + t) (1 - t) for the tanh
            slope *= np.subtract(one, gates, out=rest)
            d *= slope
            np.matmul(d, w_hh, out=u)
        return dz, np.empty((len(dz), 0), dtype), dh, dc


class GRU(Cell):
    """The gated recurrent unit (Cho et al., 2014, arXiv 1406.1078), its reset after the product.

    h' = (1 - u) * n + u * h with n = tanh(z_n + r * (h @ w_n.T + b_n)); r, u, n in this order.
    """

    gates, apart = 3, True
    grad_name = "GruBackward0"

    def step(self, z: Any, product: Any, h: Any, c: Any) -> tuple[Any, Any]:
        size = shape_of(h)[-1]
        r = sigmoid(part(z, 0, size) + part(product, 0, size))
        u = sigmoid(part(z, 1, size) + part(product, 1, size))
        n = tanh(part(z, 2, size) + r * part(product, 2, size))
        return (h - n) * u + n, c

    def run(self, args: tuple[ndarray, ...], order: Spans) -> tuple[ndarray, ...]:
        x, h, c, w_ih, w_hh, b_ih, b_hh = args
        size, dtype = h.shape[1], x.dtype
        scale = np.repeat(np.array([0.5, 0.5, 1], dtype), size)
        half = dtype.type(0.5)
        z = np.matmul(x, (w_ih * scale[:, None]).T)
        z += b_ih * scale
        turned, bias = np.ascontiguousarray((w_hh * scale[:, None]).T), b_hh * scale
        y, kept = np.empty((len(x), size), dtype), np.empty((len(x), 4 * size), dtype)
        products = np.empty((len(h), 3 * size), dtype)
        for start, n in order:
            rows = slice(start, start + n)
            product = np.matmul(h[:n], turned, out=products[:n])
            product += bias
            both = np.add(product[:, : 2 * size], z[rows, : 2 * size], out=kept[rows, : 2 * size])
            np.tanh(both, out=both)
            both *= half
            both += half
            r, u, new, inner = columns(kept[rows], 4)
            inner[...] = product[:, 2 * size :]
            np.multiply(r, inner, out=new)
            new += z[rows, 2 * size :]
            np.tanh(new, out=new)
            out = np.subtract(h[:n], new, out=y[rows])
            out *= u
            out += new
            h = carried(h, out)
        return y, h, c, kept

    def back(
        self, gs: tuple[ndarray, ...], args: tuple[ndarray, ...], made: tuple[ndarray, ...],
        sizes: Sizes, reverse: bool,
    ) -> tuple[ndarray, ...]:  # fmt: skip
        (gy, dh, dc), h0, w_hh, (y, kept) = gs, args[1], args[4], made
        size, dtype = h0.shape[1], h0.dtype
        one = dtype.type(1)
        earlier = before(h0, y, sizes, reverse)
        dx, dz, dh = (
            np.empty((len(y), 3 * size), dtype),
            np.empty((len(y), 3 * size), dtype),
            dh.copy(),
        )
        rests, products = np.empty((len(h0), 2 * size), dtype), np.empty_like(h0)
        for start, n in reversed(spans(sizes, reverse)):
            rows = slice(start, start + n)
            r, u, new, inner = columns(kept[rows], 4)
            d, e, rest, v = dx[rows], dz[rows], rests[:n], dh[:n]
            dr, du, dn = columns(d, 3)
            v += gy[rows]
            np.subtract(one, kept[rows, : 2 * size], out=rest)
            np.multiply(new, new, out=dn)
            np.subtract(one, dn, out=dn)
            dn *= rest[:, size:]
            dn *= v
            np.multiply(dn, inner, out=dr)
            np.subtract(earlier[rows], new, out=du)
            du *= v
            both = d[:, : 2 * size]
            both *= kept[rows, : 2 * size]
            both *= rest
            e[:, : 2 * size] = both
            np.multiply(dn, r, out=e[:, 2 * size :])
            v *= u
            v += np.matmul(e, w_hh, out=products[:n])
        return dx, dz, dh, dc


TANH = Elman("TANH", tanh, lambda y: 1 - y * y)
RELU = Elman("RELU", relu, lambda y: y > 0)
LSTM_CELL, GRU_CELL = LSTM(), GRU()
