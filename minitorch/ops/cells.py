"""The cells of recurrent layers: what one does at a step, and the loops over whole sequences.

The loops are those of `kernels/recurrent.py`.

Sequences lie packed: the rows of all sequences at step 0, then those at step 1, and so on. `sizes`
tells how many sequences have each step; they are sorted, so that it never grows. A cell that runs
in reverse begins at the last step, and sequences join it as they begin.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any, ClassVar

import numpy as np

from minitorch.kernels import recurrent
from minitorch.kernels.recurrent import Arrays, Sizes
from minitorch.ops.activations import relu
from minitorch.ops.elementwise import sigmoid, tanh
from minitorch.ops.index import take
from minitorch.ops.reduce import shape_of
from minitorch.ops.shape import cat, getitem

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


def part(x: Any, i: int, size: int) -> Any:
    """One gate of a row of gates."""
    return getitem(x, (..., slice(i * size, (i + 1) * size)))


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

    def run(self, args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        """Outputs, last states, what is kept."""
        raise NotImplementedError

    def back(self, gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        """Gradients of the products' results, and of the first states."""
        raise NotImplementedError


class Elman(Cell):
    """h' = f(z + h @ w_hh.T + b_hh), where f is tanh or relu."""

    def __init__(self, name: str, function: Any) -> None:
        self.name, self.function = name, function
        self.grad_name = f"Rnn{name.capitalize()}Backward0"

    def __repr__(self) -> str:
        return self.name

    def step(self, z: Any, product: Any, h: Any, c: Any) -> tuple[Any, Any]:
        return self.function(z + product), c

    def run(self, args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.elman(args, self.function is relu, sizes, reverse)

    def back(self, gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.elman_back(gs, args, made, self.function is relu, sizes, reverse)


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

    def run(self, args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.lstm(args, sizes, reverse)

    def back(self, gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.lstm_back(gs, args, made, sizes, reverse)


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

    def run(self, args: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.gru(args, sizes, reverse)

    def back(self, gs: Arrays, args: Arrays, made: Arrays, sizes: Sizes, reverse: bool) -> Arrays:
        return recurrent.gru_back(gs, args, made, sizes, reverse)


TANH, RELU = Elman("TANH", tanh), Elman("RELU", relu)
LSTM_CELL, GRU_CELL = LSTM(), GRU()
