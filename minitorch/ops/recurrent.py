"""Recurrent layers: a whole sequence, through one layer in one direction, as one operation.

`recurrence` and its adjoint `recurrence_back` run the loops of a cell (`ops/cells.py`). Products
with the input, and the gradients of all weights, are one product for all steps together; only the
product with the state is made step by step. Tangents, and derivatives of higher order, are those
of the composition of single steps (`composed`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.engine import batch
from minitorch.engine.box import Box, unboxed
from minitorch.engine.composition import pulled, pushed
from minitorch.engine.primitive import Primitive
from minitorch.ops.cells import Cell, Sizes, before, spans
from minitorch.ops.elementwise import zeros_of
from minitorch.ops.linalg import linear, matmul, outer_rows
from minitorch.ops.reduce import shape_of, total
from minitorch.ops.shape import alike, cat, getitem, reshape, swap, transpose

ndarray = np.ndarray
LARGER = 4  # times the size of a projection, from which a layer is faster step by step
NAMES = ("x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh", "cell", "sizes", "reverse")


def composed(
    x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
    cell: Cell, sizes: Sizes, reverse: bool, w_hr: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """A layer step by step, made of primitives: the outputs and the last states.

    With `w_hr`, the state is the product of this matrix with what a step gives.
    """
    z = linear(x, w_ih, b_ih)
    return _steps(z, None, h0, c0, w_hh, b_hh, cell, sizes, reverse, w_hr)


def _steps(
    z: Any, gap: Any, h: Any, c: Any, w_hh: Any, b_hh: Any,
    cell: Cell, sizes: Sizes, reverse: bool, w_hr: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """`composed`, from the product with the input; `gap` is added to that with the state."""
    outputs: dict[int, Any] = {}
    for start, n in spans(sizes, reverse):
        rows, whole = (slice(start, start + n),), n == shape_of(h)[0]
        low, rest = (h, c), slice(n, None)
        if not whole:
            low = (getitem(h, (slice(0, n),)), getitem(c, (slice(0, n),)))
            high = (getitem(h, (rest,)), getitem(c, (rest,)))
        product = linear(low[0], w_hh, b_hh)
        if gap is not None:
            product = product + getitem(gap, rows)
        h, c = cell.step(getitem(z, rows), product, *low)
        h = h if w_hr is None else matmul(h, swap(w_hr))
        outputs[start] = h
        if not whole:
            h, c = cat([h, high[0]], 0), cat([c, high[1]], 0)
    return cat([outputs[start] for start in sorted(outputs)], 0), h, c


# on bare arrays


def _ready(arrays: tuple[ndarray, ...]) -> tuple[ndarray, ...]:
    """The arrays row by row in memory, those of half precision in float32."""
    narrow = arrays[0].dtype == np.float16 or arrays[0].dtype.kind == "V"
    return tuple([np.ascontiguousarray(a, np.float32 if narrow else None) for a in arrays])


def _plain(arrays: tuple[ndarray, ...], dtype: Any) -> tuple[ndarray, ...]:
    return tuple([np.ascontiguousarray(a, dtype) for a in arrays])


def _recurrence(
    x: ndarray, h0: ndarray, c0: ndarray, w_ih: ndarray, w_hh: ndarray, b_ih: ndarray,
    b_hh: ndarray, cell: Cell, sizes: Sizes, reverse: bool,
) -> tuple[ndarray, ...]:  # fmt: skip
    args = _ready((x, h0, c0, w_ih, w_hh, b_ih, b_hh))
    *results, kept = cell.run(args, sizes, reverse)
    return *_plain(tuple(results), x.dtype), kept.view(f"i{kept.itemsize}")


def _back(
    gy: ndarray, gh: ndarray, gc: ndarray, x: ndarray, h0: ndarray, c0: ndarray, w_ih: ndarray,
    w_hh: ndarray, b_ih: ndarray, b_hh: ndarray, cell: Cell, sizes: Sizes, reverse: bool,
    made: Any,
) -> tuple[ndarray, ...]:  # fmt: skip
    args, dtype = (x, h0, c0, w_ih, w_hh, b_ih, b_hh), x.dtype
    if made is None:
        y, _, _, kept = _recurrence(*args, cell, sizes, reverse)
    else:
        y, kept = (unboxed(value) for value in made)
    kept = kept.view(f"f{kept.itemsize}")
    *gs, y = _ready((gy, gh, gc, y))
    *products, dh, dc = cell.back(tuple(gs), _ready(args), (y, kept), sizes, reverse)
    return *(d.astype(dtype, copy=False) for d in products), *_plain((dh, dc), dtype)


# the rules


def _rule(gradient: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that makes its gradient of those that all rules share."""

    def rule(
        g: Any, x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
        cell: Cell, sizes: Sizes, reverse: bool, y0: Any, y3: Any,
    ) -> Any:  # fmt: skip
        if g.shared is None:
            args = (x, h0, c0, w_ih, w_hh, b_ih, b_hh)
            g.shared = recurrence_back(*g[:3], *args, cell, sizes, reverse, (y0, y3))
        dx, dz, *first = g.shared
        dz = dz if cell.apart else dx
        return gradient(dx, dz, first, x=x, w_ih=w_ih, state=(h0, y0, sizes, reverse))

    return rule


def _tangent(i: int) -> Callable[..., Any]:
    def rule(
        t: Any, x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
        cell: Cell, sizes: Sizes, reverse: bool, y3: Any,
    ) -> Any:  # fmt: skip
        def f(*args: Any) -> tuple[Any, ...]:
            x, h, c, *weights = args
            z = linear(x, weights[0], weights[2])
            return _steps(z, None, h, c, weights[1], weights[3], cell, sizes, reverse)

        return (*pushed(f, (x, h0, c0, w_ih, w_hh, b_ih, b_hh), i, t), zeros_of(y3))

    return rule


def _adjoint(cell: Cell, sizes: Sizes, reverse: bool) -> Callable[..., tuple[Any, ...]]:
    """`recurrence_back`, made of primitives, as a function of its arrays."""

    def adjoint(
        gy: Any, gh: Any, gc: Any, x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any,
        b_hh: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        def f(z: Any, gap: Any, h: Any, c: Any) -> tuple[Any, ...]:
            apart = gap if cell.apart else None
            return _steps(z, apart, h, c, w_hh, b_hh, cell, sizes, reverse)

        z = linear(x, w_ih, b_ih)
        rows, width = shape_of(z)
        gap = np.zeros((rows, width if cell.apart else 0), unboxed(x).dtype)
        return pulled(f, (z, gap, h0, c0), (gy, gh, gc))

    return adjoint


def _second(i: int) -> Callable[..., Any]:
    """The rule of `recurrence_back` for one of its arrays."""

    def rule(
        g: Any, gy: Any, gh: Any, gc: Any, x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any,
        b_ih: Any, b_hh: Any, cell: Cell, sizes: Sizes, reverse: bool,
    ) -> Any:  # fmt: skip
        if g.shared is None:
            args = (gy, gh, gc, x, h0, c0, w_ih, w_hh, b_ih, b_hh)
            g.shared = pulled(_adjoint(cell, sizes, reverse), args, g)
        return g.shared[i]

    return rule


def _second_tangent(i: int) -> Callable[..., Any]:
    def rule(
        t: Any, gy: Any, gh: Any, gc: Any, x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any,
        b_ih: Any, b_hh: Any, cell: Cell, sizes: Sizes, reverse: bool, made: Any,
    ) -> Any:  # fmt: skip
        args = (gy, gh, gc, x, h0, c0, w_ih, w_hh, b_ih, b_hh)
        if i < 3:  # linear in all three gradients together
            gs = [t if k == i else np.zeros(shape_of(args[k]), unboxed(x).dtype) for k in range(3)]
            return recurrence_back(*gs, *args[3:], cell, sizes, reverse, made)
        return pushed(_adjoint(cell, sizes, reverse), args, i, t)

    return rule


def _batch(op: Primitive, boxes: tuple[Box, ...], flags: Any, params: Any) -> Any:
    """Batching: examples are more rows of each step, unless they have weights of their own."""
    if any(flags[-4:]):
        return batch.each(op, boxes, flags, params)
    size, own = batch.size_of(boxes, flags), boxes[-4:]
    rows = [_folded(box) for box in alike(boxes[:-4], flags[:-4])]
    cell, sizes, *rest = params
    more = tuple([n * size for n in sizes])
    results = op(*rows, *own, cell, more, rest[0], *(None for _ in rest[1:]))
    if op is recurrence:
        *results, kept = results
        return *(_unfolded(y, size) for y in results), _unfolded_kept(kept, sizes, size)
    return tuple([_unfolded(y, size) for y in results])


def _folded(x: Box) -> Any:
    size, rows, width = x._value.shape
    return reshape(transpose(x, (1, 0, 2)), (rows * size, width))


def _unfolded(y: Box, size: int) -> Any:
    rows, width = y._value.shape
    return transpose(reshape(y, (rows // size, size, width)), (1, 0, 2))


def _unfolded_kept(kept: Box, sizes: Sizes, size: int) -> Any:
    """What was kept for each example: of each step, a matrix with a column for each row."""
    width, steps = kept._value.shape[1], []
    for start, n in spans(sizes, False):
        matrix = getitem(kept, (slice(start * size, (start + n) * size),))
        columns = transpose(reshape(matrix, (width, n, size)), (2, 0, 1))
        steps.append(reshape(columns, (size, n, width)))
    return cat(steps, 1)


def _grad_name(saved: Any) -> str:
    found = (value.grad_name for value in saved or () if isinstance(value, Cell))
    return next(found, "RnnBackward0")  # what was saved may have been freed


recurrence = Primitive(
    "recurrence", _recurrence, names=NAMES, arrays=7, several=True, batch=_batch,
    grad_name=_grad_name,
    vjps=(
        _rule(lambda dx, dz, first, w_ih, **_: matmul(dx, w_ih)),
        _rule(lambda dx, dz, first, **_: first[0]),
        _rule(lambda dx, dz, first, **_: first[1]),
        _rule(lambda dx, dz, first, x, **_: outer_rows(dx, x)),
        _rule(lambda dx, dz, first, state, **_: outer_rows(dz, before(*state))),
        _rule(lambda dx, dz, first, **_: total(dx, (0,), False)),
        _rule(lambda dx, dz, first, **_: total(dz, (0,), False)),
    ),
    jvps=[_tangent(i) for i in range(7)],
    doc="the outputs and the last states of a recurrent layer over packed sequences, and, as "
    "whole numbers, what its derivative wants kept",
)  # fmt: skip

recurrence_back = Primitive(
    "recurrence_back", _back, names=("gy", "gh", "gc", *NAMES, "made"), arrays=10, several=True,
    batch=_batch, vjps=[_second(i) for i in range(10)],
    jvps=[_second_tangent(i) for i in range(10)],
    doc="the gradients of the products with the input and the state, and of the first states; "
    "`made` are the outputs of `recurrence` and what it kept, None to make them anew",
)  # fmt: skip


def projected(
    x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
    cell: Cell, sizes: Sizes, reverse: bool, w_hr: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """A layer whose state is the product of `w_hr` with what a step gives; see `composed`.

    It is a layer without projection, whose weights of the state are `w_hh @ w_hr`. Only the first
    state is not such a product: it is seen as more inputs, which are 0 at all later steps. Where
    the projection is much smaller, these products are the larger ones: then step by step.
    """
    size, wide = shape_of(w_hr)
    dtype = unboxed(x).dtype
    if wide > LARGER * size or dtype.char not in "fd":
        return composed(x, h0, c0, w_ih, w_hh, b_ih, b_hh, cell, sizes, reverse, w_hr)
    first = before(h0, np.zeros((sum(sizes), size), dtype), sizes, reverse)
    y, h, c, _ = recurrence(
        cat([x, first], 1), np.zeros((sizes[0], wide), dtype), c0, cat([w_ih, w_hh], 1),
        matmul(w_hh, w_hr), b_ih, b_hh, cell, sizes, reverse,
    )  # fmt: skip
    return matmul(y, swap(w_hr)), matmul(h, swap(w_hr)), c
